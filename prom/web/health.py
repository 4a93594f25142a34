"""Whether this system lives (`/healthz`), does its work (`/readyz`), and how it fares in numbers (`/metrics`)."""

from flask import Blueprint, Response, g, jsonify

from prom.actions import watch
from prom.rules.ailing import ailing
from prom.store import contacts, health
from prom.web import guards, metrics, unknown_links

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz():
    """The web process answers and reads its database."""
    health.heartbeats(g.db)
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz():
    """503 with the names of what ails while anything does: what staff read at the top of their pages."""
    ails = list(dict.fromkeys(each.name for each in ailing(watch.facts(g.db, g.now))))
    return jsonify(status="ailing" if ails else "ok", ails=ails), 503 if ails else 200


@bp.get("/metrics")
@guards.monitor
def figures():
    """The facts as Prometheus reads them."""
    text = metrics.text(watch.facts(g.db, g.now), contacts.count_opted_out(g.db), unknown_links.so_far())
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")
