"""Stopping texts without a link of one's own and without a reply: a public page that takes a number, and the page of
the link that is texted to it. Opening either changes nothing."""

from urllib.parse import urlencode

from flask import Blueprint, g, make_response, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from prom.actions import stop_page
from prom.errors import Refusal
from prom.rules import numbers
from prom.rules.languages import choosable
from prom.web import language, survey_advice, unknown_links

bp = Blueprint("stop", __name__)
bp.context_processor(survey_advice.words)


@bp.route("/stop", methods=["GET", "POST"])
def ask() -> Response:
    """Take a mobile number. What was entered is in no address, and the answer is the same for every number; what cannot
    be one is asked for again."""
    offered = choosable(g.study, g.means.live)
    asked = request.values.get("language", "")
    language.speak(asked if asked in offered else None)
    if request.method == "POST":
        query = {"language": g.language, _taken(request.form.get("mobile", "").strip()): "1"}
        return redirect(f"/stop?{urlencode(query)}", 303)
    others = [each for each in offered if each != g.language]
    return make_response(
        render_template("survey/stop_texts.html", said="said" in request.args, error=_error(), others=others)
    )


@bp.route("/stop/<token>", methods=["GET", "POST"])
def confirm(token: str) -> Response:
    """The page of a texted link: a tap stops the texts, and another one starts them again."""
    found = stop_page.find(g.db, token, g.now)
    if found is None:
        unknown_links.note()
        language.speak()
        return make_response(render_template("survey/stop_unknown.html"), 404)
    language.speak(found["language"])
    if request.method == "POST":
        act = stop_page.resume if "again" in request.form else stop_page.stop
        act(g.db, g.means, found["id"], g.now)
        return redirect(request.path, 303)
    stands = stop_page.standing(g.db, g.means, found)
    return make_response(render_template("survey/stop_link.html", stands=stands, token=token))


def _taken(typed: str) -> str:
    """Ask for the link; what is said of it: said | missing (nothing was entered) | odd (that is no whole number)."""
    if not typed:
        return "missing"
    try:
        stop_page.ask(g.db, g.means, typed, g.now)
    except Refusal:
        return "odd"
    return "said"


def _error() -> str:
    """What to put right; "" for nothing."""
    if "odd" in request.args:
        example = numbers.example(g.study.clinic.phone)
        return gettext("Write the whole number, such as %(example)s.", example=example)
    return gettext("Write your mobile number.") if "missing" in request.args else ""
