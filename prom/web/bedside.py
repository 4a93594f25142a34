"""The waiting room: a visit's link as a square for the participant's own phone, or this device given over to them.

The page shows nothing of anybody, and giving the device over ends the staff's session on it.
"""

import segno
from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from prom.actions import contact as contacting
from prom.actions import disclose, links, queue
from prom.actions.links import Opened
from prom.errors import Conflict, NotFound
from prom.rules.languages import direction
from prom.store import participants, visits
from prom.store.connect import Row
from prom.web import auth, guards, language
from prom.web.study_person import HAND_OVER

bp = Blueprint("bedside", __name__, url_prefix="/study/here")
_QUIET = 4  # modules of light around the square, as its standard asks (ISO/IEC 18004)


@bp.get("/<visit_id>")
@guards.staff(*HAND_OVER)
def show(visit_id: str) -> str | Response:
    """The square of a visit's link, bare: no name, no answer, no other page in sight. The participant reads it
    in their language, staff in English. Where the link is locked or has ended a new one is made by the
    participant's page: looking makes none."""
    person = _at_site(visit_id)
    if visits.link_of(g.db, visit_id) is None and visits.by_id(g.db, visit_id)["generation"]:
        flash("The link is locked or has ended. Show the QR code again: that makes a new link.", "warning")
        return redirect(url_for("study.participant", code=person["code"]))
    opened, address = _found(visit_id)
    disclose.viewed(g.db, visit_id, g.now, staff_id=g.staff["id"])
    language.speak(opened.language)
    given = {"opened": opened, "address": address, "square": square(address), "direction": direction}
    return render_template("study/here.html", **given)


@bp.post("/<visit_id>")
@guards.staff(*HAND_OVER)
def use(visit_id: str) -> Response:
    """Give this device over: the staff's session on it ends, and it opens the form."""
    _at_site(visit_id)
    session = request.cookies[current_app.config["STAFF_COOKIE"]]
    contacting.link_for_here(g.db, g.means, visit_id, g.now, staff_id=g.staff["id"], session=session)
    opened, _ = _found(visit_id)
    return auth.forget(redirect(opened.address, 303))


def square(address: str) -> Markup:
    """A QR code as SVG, dark on light whatever the page's colours, its quiet zone around it."""
    code = segno.make_qr(address, error="m")
    drawn = code.svg_inline(border=_QUIET, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None)
    return Markup(drawn)


def _at_site(visit_id: str) -> Row:
    """The participant of a visit. Raises NotFound, also for one of another site."""
    try:
        person = participants.by_id(g.db, visits.by_id(g.db, visit_id)["participant_id"])
    except KeyError:
        raise NotFound("not_found") from None
    if person["site_id"] not in g.sites:
        raise NotFound("not_found")
    return person


def _found(visit_id: str) -> tuple[Opened, str]:
    """What the standing link of a visit that takes answers leads to, and its whole address. Raises NotFound without
    one; Conflict."""
    link = visits.link_of(g.db, visit_id)
    address = queue.link(g.means, link) if link else ""
    opened = links.find(g.db, g.means, address.rpartition("/")[2], g.now) if link else None
    if opened is None:
        raise NotFound("not_found")
    if opened.state != "ask":
        raise Conflict("visit_not_open")
    return opened, address
