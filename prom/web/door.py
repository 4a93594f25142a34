"""Who holds the phone, and leaving: the pages beside the form. Each is a GET that says what will happen and a POST
that does it and leads on by 303."""

import re

from flask import Blueprint, g, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from prom.actions import identity, leaving, links, new_link, not_theirs, numbers
from prom.actions.links import Opened
from prom.rules.identity import year as year_typed
from prom.rules.texts import spoken_day
from prom.store import reports
from prom.web import guards, survey_advice, survey_pages, thanks
from prom.web.year import kept

bp = Blueprint("door", __name__)
_BACK = re.compile(r"\d{1,3}|review")  # how the address names a screen
bp.context_processor(survey_advice.words)


@bp.route("/s/<token>/year", methods=["GET", "POST"])
@guards.token
def year(opened: Opened, token: str) -> Response:
    """Try a year of birth: the right one leads on to the form, with a pass in the address."""
    if request.method != "POST" or opened.identified:
        return redirect(opened.address, 303)
    query, typed = kept(request.form), year_typed(request.form.get("birth_year", ""))
    if typed is None:
        return redirect(survey_pages.address(opened, query | {"again": "digits"}), 303)
    passed = identity.give_year(g.db, g.means, opened.link["id"], typed, g.now)
    if passed is None:
        return redirect(survey_pages.address(opened, query), 303)
    if passed:
        known = links.find(g.db, g.means, token, g.now, passed)
        return redirect(survey_pages.address(known or opened, query), 303)
    return redirect(survey_pages.address(opened, query | {"again": "wrong"}), 303)


@bp.route("/s/<token>/not-me", methods=["GET", "POST"])
@bp.route("/s/<token>/<given>/not-me", methods=["GET", "POST"])
@guards.token
def not_me(opened: Opened, token: str) -> Response:
    """This is not for me: no more texts for this person, and nothing that was written is kept."""
    if request.method == "POST":
        not_theirs.say(g.db, g.means, opened.link["id"], g.now)
        return redirect(f"/s/{token}", 303)
    shared = numbers.shares(g.db, g.means, opened.person["id"])
    return _page("not_me.html", opened, beside="not-me", shared=shared)


@bp.route("/s/<token>/stop", methods=["GET", "POST"])
@bp.route("/s/<token>/<given>/stop", methods=["GET", "POST"])
@guards.token
def stop(opened: Opened, token: str) -> Response:
    """Stop the texts, leave the study, erase the contact data; or start the texts again. at, in the query: the screen
    from which it was opened, to which it leads back."""
    back = _BACK.fullmatch(request.args.get("at", ""))
    query = f"?at={back[0]}" if back else ""
    person_id, here = opened.person["id"], f"{opened.address}/stop{query}"
    if request.method == "POST" and "again" in request.form:
        leaving.resume(g.db, g.means, person_id, g.now)
        return redirect(here, 303)
    if request.method == "POST":
        wish = request.form.get("wish", "")
        if wish not in leaving.WISHES:
            return redirect(f"{here}{'&' if query else '?'}missing=1", 303)
        leaving.wish(g.db, g.means, person_id, wish, g.now)
        return redirect(here, 303)
    error = gettext("Choose what you want.") if "missing" in request.args else ""
    standing = leaving.standing(g.db, g.means, opened.person)
    return _page("stop.html", opened, beside="stop", standing=standing, error=error, back=query)


@bp.route("/s/<token>/new-link", methods=["GET", "POST"])
@bp.route("/s/<token>/<given>/new-link", methods=["GET", "POST"])
@guards.token
def another_link(opened: Opened, token: str) -> Response:
    """Text a new link, or say why none goes. The page says the same whatever number is on file."""
    if request.method == "POST":
        came_of_it = new_link.ask(g.db, g.means, opened.person["id"], g.now)
        return redirect(f"{opened.address}/new-link?said={came_of_it}", 303)
    said = request.args.get("said")
    if said not in ("sent", "often", "nothing_open"):
        return redirect(opened.address, 303)
    tells = said == "nothing_open" and opened.identified
    opens_on = new_link.next_on(g.db, opened.person["id"], g.now) if tells else None
    opens = spoken_day(opens_on, opened.language) if opens_on else ""
    return _page("new_link.html", opened, said=said, opens=opens)


def _page(template: str, opened: Opened, **values) -> Response:
    return survey_pages.page(template, opened, advice=_advice(opened), **values)


def _advice(opened: Opened) -> survey_advice.Advice | None:
    """The emergency advice beside the form: as on the page that the link shows now."""
    if opened.state == "ask":
        return survey_advice.emergency_advice(g.db, opened, reports.answers(g.db, opened.visit["id"]))
    if opened.state == "submitted":
        return thanks.told(g.db, g.means, opened, g.now).advice
    return survey_advice.ending_advice(g.db, opened, g.now)
