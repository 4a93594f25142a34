"""Who holds the phone: what they send about that, beside the form."""

from flask import Blueprint, g, redirect, request
from werkzeug.wrappers import Response

from prom.actions import answer, identity
from prom.actions.answer import Opened
from prom.rules.identity import year as year_typed
from prom.web import guards, survey_advice, survey_pages
from prom.web.year import kept

bp = Blueprint("door", __name__)
bp.context_processor(survey_advice.words)


@bp.route("/s/<token>/year", methods=["GET", "POST"])
@guards.token
def year(opened: Opened, token: str) -> Response:
    """Try a year of birth: the right one leads on to the form, with a pass in the address."""
    if request.method == "GET" or opened.identified:
        return redirect(opened.address, 303)
    query, typed = kept(request.form), year_typed(request.form.get("birth_year", ""))
    if typed is None:
        return redirect(survey_pages.address(opened, query | {"again": "digits"}), 303)
    tried = identity.give_year(g.db, g.means, opened.link["id"], typed, g.now)
    if tried.passed:
        known = answer.find(g.db, g.means, token, g.now, tried.passed)
        return redirect(survey_pages.address(known or opened, query), 303)
    return redirect(survey_pages.address(opened, query | {"again": "wrong"}), 303)
