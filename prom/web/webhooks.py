"""What the provider posts: receipts and inbound texts. The gateway checks the signature against PROM_BASE_URL."""

from flask import Blueprint, g, request
from werkzeug.wrappers import Response

from prom.actions import receipts, receive
from prom.web import guards

bp = Blueprint("webhooks", __name__)
_NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@bp.post("/sms/status")
@guards.provider
def status():
    """A receipt."""
    given = g.means.gateway.read_status(request.full_path, request.form, request.headers)
    receipts.take(g.db, g.means, given, g.now)
    return Response(status=204)


@bp.post("/sms/inbound")
@guards.provider
def inbound():
    """An inbound text. The answer is empty: what we say goes out as a message of its own."""
    given = g.means.gateway.read_inbound(request.full_path.rstrip("?"), request.form, request.headers)
    receive.inbound(g.db, g.means, given, g.now)
    return Response(_NOTHING_TO_SAY, mimetype="text/xml")
