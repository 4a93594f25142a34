"""The participant's form behind a link: takes a screen, sends the whole, leads on.

Only a POST changes anything. Every POST leads on by 303, so that Back never sends a form again: what cannot be kept is
held and shown again by the page that it leads to. To the script of the page (`survey.js`) the same POST answers with
what that page shows, at once.
"""

from collections.abc import Iterable
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from prom.actions import answer, language, links
from prom.actions.links import Opened
from prom.errors import AlreadyAnswered, ChangedElsewhere, LinkClosed, Refusal
from prom.rules.instrument import Step, warns
from prom.store import reports
from prom.web import guards, survey_advice, survey_pages
from prom.web.sitting import REVIEW, Sitting, page_known
from prom.web.survey_forms import StepForm

bp = Blueprint("survey", __name__)
bp.context_processor(survey_advice.words)
LAYOUTS = ("row", "column")  # of the pain scale
PAGES_BESIDE = ("stop", "not-me")  # the pages beside the form on which the language can be changed


@bp.route("/s/<token>", methods=["GET", "POST"])
@bp.route("/s/<token>/<given>", methods=["GET", "POST"])
@guards.token
def survey(opened: Opened, token: str) -> Response:
    """Show one screen of a visit's form and take its answers; review, send, thank."""
    if request.method != "POST" and request.path != opened.address:  # with a pass that has run out, or that nobody gave
        return redirect(survey_pages.address(opened, request.args.to_dict()), 303)
    if request.method != "POST" and not request.args and survey_pages.goes_back_to_first(opened):
        return redirect(survey_pages.address(opened, {"at": "1"}), 303)
    if request.method != "POST":
        return survey_pages.show(opened, request.args)
    if "language" in request.form:
        return _speak(opened)
    return _send(opened) if "send" in request.form else _take(opened)


@bp.route("/s/<token>/", methods=["GET", "POST"])
@bp.route("/s/<token>/<given>/", methods=["GET", "POST"])
@guards.token
def with_slash(opened: Opened, token: str) -> Response:
    """Lead a link that was copied with a slash at its end to its plain address."""
    address, query = request.path.rstrip("/"), request.query_string.decode()
    return redirect(f"{address}?{query}" if query else address, 308 if request.method == "POST" else 302)


def _take(opened: Opened) -> Response:
    """Save the screen that was sent, or hold it where it cannot be kept. Back does so with what is new on it, and says
    nothing of faults: they show when the screen is opened again."""
    sitting = Sitting(opened, g.now)
    step = sitting.named(request.form.get("step", ""))
    if step is None:
        if opened.state == "ask":
            answer.open_visit(g.db, g.means, opened.visit["id"], g.now)
        return _lead_on(opened)
    form = sitting.form(step, _sent())
    if _back() and not _is_new(form, sitting.unsaved(step) or sitting.form(step)):
        return _lead(opened, at=_following(opened, step))
    return _save(opened, form) if form.validate() else _hold(opened, form)


def _sent() -> MultiDict:
    """What was sent; Back says nothing to what is asked about once."""
    unsaid = ("prompted",) if _back() else ()
    return MultiDict((name, value) for name, value in request.form.items(multi=True) if name not in unsaid)


def _back() -> bool:
    return "back" in request.form


def _is_new(form: StepForm, made: StepForm) -> bool:
    """Whether something else stands on a screen than it was made with: what is only to be looked at is no answer."""
    return any(_said(field.sent) != _said(made[field.name].sent) for field in form)


def _said(values: Iterable[str]) -> set[str]:
    return {value for value in values if value.strip()}


def _is_filled(form: StepForm) -> bool:
    return any(_said(field.sent) for field in form)


def _save(opened: Opened, form: StepForm) -> Response:
    """Keep a valid screen. One that the link does not ask for any more is kept for the nurses and leads to the page
    that says why; of somebody who left, or by a link that ended itself, only a warning sign is kept."""
    if (opened.state == "withdrawn" or opened.ended) and not warns(opened.study, form.answers):
        return _lead(opened)
    page = None if opened.unknown else page_known(request.form)  # else it would tell of the other answer
    try:
        answer.save(
            *(g.db, g.means, opened.visit["id"], form.step.key, form.answers, g.now),
            layout=_layout(form.step),
            page=page,
            by=opened,
        )
    except ChangedElsewhere:
        return _lead(opened, **_held(opened, form))
    except (AlreadyAnswered, LinkClosed):
        if opened.unknown and opened.state == "ask":  # once the year is given it can be kept
            return _lead(opened, **{name: told for name, told in _held(opened, form).items() if name != "at"})
        return _lead(opened, **_why_not_kept(opened, form))
    if opened.unknown:
        return _lead(opened)
    return _lead(opened, at=_following(opened, form.step))


def _why_not_kept(opened: Opened, form: StepForm) -> dict[str, str]:
    """What the address tells the page that follows a screen that came too late: that a warning sign came by an ended
    link, or that another answer than the one sent did not change it. Whoever is unknown learns of no answer."""
    if opened.ended:
        return {survey_pages.WARNED: "1"}
    sent = {} if opened.unknown else reports.standing(g.db, opened.visit["id"])
    otherwise = any(key in sent and sent[key] != value for key, value in form.answers.items())
    return {survey_pages.UNCHANGED: "1"} if otherwise and opened.visit["submitted_at"] else {}


def _following(opened: Opened, step: Step) -> str:
    """The place that Next leads to from a screen, or Back."""
    sitting = Sitting(opened, g.now)
    if _back():
        return sitting.place(sitting.wanted(request.form["back"]))
    return sitting.place(sitting.after(step, "change" in request.form))


def _layout(step: Step) -> str | None:
    """How the pain scale of a screen stood on the phone, where the page tells."""
    told = request.form.get("layout")
    return told if told in LAYOUTS and any(item.kind == "nrs" for item in step.items) else None


def _hold(opened: Opened, form: StepForm) -> Response:
    """Lead back to a screen that was not kept, with what was chosen and typed; or on to where Back leads."""
    held = _held(opened, form)
    return _lead(opened, **({"at": _following(opened, form.step)} if _back() else held))


def _held(opened: Opened, form: StepForm) -> dict[str, str]:
    """Hold what was chosen and typed on a screen; the query of the page that shows it again, {} where none does."""
    fields = [*(field.name for field in form), "prompted", "seen"]
    sent = {name: values for name, values in _sent().lists() if name in fields}
    held_id = None
    if opened.state == "ask":
        held_id = answer.hold(
            *(g.db, g.means, opened.visit["id"], form.step.key, form.kept_of(sent), g.now), by=opened
        )
    if held_id is None:
        return {}
    change = {"change": "1"} if "change" in request.form else {}
    return {"at": Sitting(opened, g.now).place(form.step)} | change | {"held": held_id}


def _speak(opened: Opened) -> Response:
    """Another language from now on. What stands on the screen and was not saved comes along."""
    language.change(g.db, g.means, opened.person["id"], request.form["language"], g.now)
    if opened.state == "ask":
        answer.open_visit(g.db, g.means, opened.visit["id"], g.now)
    page = request.form.get("page", "")
    path = f"{opened.address}/{page}" if page in PAGES_BESIDE else opened.address
    whole = {survey_pages.WHOLE: "1"} if survey_pages.for_script() else {}
    query = _standing(opened) | whole
    return redirect(f"{path}?{urlencode(query)}" if query else path, 303)


def _standing(opened: Opened) -> dict[str, str]:
    """The query of the screen or review that the page showed."""
    sitting = Sitting(opened, g.now)
    step = sitting.named(request.form.get("step", ""))
    if step is None:
        return {"at": REVIEW} if request.form.get("page") == REVIEW else {}
    form = sitting.form(step, request.form)
    change = {"change": "1"} if "change" in request.form else {}
    return (_held(opened, form) if _is_filled(form) else {}) or {"at": sitting.place(step)} | change


def _send(opened: Opened) -> Response:
    """Send the form; a second time leads to the same thanks, an unfinished one to what is missing, and one whose
    answers changed since they were reviewed back to the review."""
    if opened.state != "ask" or opened.unknown:
        return _lead(opened)
    page, identity_check = page_known(request.form), opened.identity_check
    try:
        answer.submit(g.db, g.means, opened.visit["id"], g.now, identity_check=identity_check, page=page)
    except (AlreadyAnswered, LinkClosed):
        return _lead(opened)
    except ChangedElsewhere:
        return _lead(opened, at=REVIEW, changed="1")
    except Refusal as refusal:
        if refusal.key != "not_finished":
            raise
        answer.open_visit(g.db, g.means, opened.visit["id"], g.now)
        return _lead_on(opened)
    return _lead(opened)


def _lead_on(opened: Opened) -> Response:
    """Lead to the first screen without an answer."""
    return _lead(opened, **({"at": "2"} if survey_pages.goes_back_to_first(opened) else {}))


def _lead(opened: Opened, **query: str) -> Response:
    """Lead on to a page of the form, or to the script give what that page shows, in one round trip."""
    if survey_pages.for_script():
        return survey_pages.show(links.again(g.db, opened, g.now), query)
    return redirect(survey_pages.address(opened, query), 303)
