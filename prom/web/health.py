"""Whether this system lives (`/healthz`) and does its work (`/readyz`)."""

from datetime import datetime, timedelta

from flask import Blueprint, g, jsonify

from prom.rules.times import instant
from prom.store import health
from prom.store.connect import Database

bp = Blueprint("health", __name__)
JOBS = ("tick", "send_staff", "send_participant")
LATE = timedelta(seconds=60)


@bp.get("/healthz")
def healthz():
    """The web process answers and reads its database."""
    health.heartbeats(g.db)
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz():
    """503 when a job is late: texts and alerts stand still."""
    late = late_jobs(g.db, g.now)
    return jsonify(status="late" if late else "ok", late=late), 503 if late else 200


def late_jobs(db: Database, now: datetime) -> list[str]:
    """The jobs that have not run for a minute, or seem to run later than now: the clock was set back, and whether they
    still run will not be known until it is as late again."""
    beats = health.heartbeats(db)
    return [job for job in JOBS if job not in beats or abs(now - instant(beats[job])) > LATE]
