"""Adverse events: what waits to be graded and decided, the forms that grade, correct and sign, and the table of them.
What the participant reported stands beside every form and is part of none."""

import json
from datetime import date
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from prom.actions import adverse_events as actions
from prom.actions import decisions, disclose, export
from prom.actions.adverse_events import About, Hand
from prom.errors import Forbidden, NotFound, Refusal
from prom.report import adverse_events as table_of
from prom.rules import adverse_events as rules
from prom.rules.instrument import split_key
from prom.rules.times import day_of, local_day
from prom.store import adverse_events as rows
from prom.store import participants, procedures, reports, visits
from prom.store.connect import Row
from prom.web import adverse_story, answered, guards, history
from prom.web.adverse_forms import AgreeForm, GradeForm, NoneForm, SignedForm

bp = Blueprint("adverse_events", __name__)
GRADERS = ("nurse", "investigator")
READERS = ("nurse", "investigator", "coordinator", "analyst")
_WHOLE = "other"  # of the list of problems: what it was is said in words of their own
_SHOWN = 50


@bp.app_context_processor
def who_grades() -> dict[str, Any]:
    """What the reader may do with adverse events, for the pages that show them."""
    person = g.get("staff")
    return {
        "may_grade": bool(person and actions.may_grade(person)),
        "may_decide": bool(person and actions.may_decide(person)),
    }


@bp.get("/care/adverse-events")
@guards.staff(*GRADERS)
def index():
    """What waits for an investigator's decision, what waits to be graded, what is serious, and the others."""
    clocks = decisions.clocks(g.db, g.means, g.now)
    found = rows.newest(g.db, g.sites)
    events = [adverse_story.event(g.db, g.means, row, clocks.get(row["id"])) for row in found]
    waiting = adverse_story.waiting(g.db, g.means, g.sites)
    return render_template(
        "care/adverse_events.html",
        asked=adverse_story.asked_of_site(g.db, g.means, g.sites, g.now),
        waiting=waiting[:_SHOWN],
        many=len(waiting),
        serious=[event for event in events if _first(event)],
        others=[event for event in events if not _first(event)][:_SHOWN],
    )


def _first(event: adverse_story.Event) -> bool:
    """Whether it stands above the others: it is serious, waits for an investigator, or is nobody's grading."""
    return bool(event.row["serious"] or event.waits or not event.valid)


@bp.get("/care/adverse-events.csv")
@guards.staff(*READERS)
def table():
    """Every version, and what was reported and not judged, as a file."""
    lines = table_of.lines(g.db.path, g.means.version, g.sites)
    data = export.recorded(g.db, lines, "adverse-events.csv", g.now, by=g.staff["id"])
    answer = Response(data, mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="adverse-events.csv"'
    return answer


@bp.get("/care/adverse-events/<event_id>")
@guards.staff(*GRADERS)
def show(event_id):
    """One adverse event with its signatures, its earlier versions and what was reported."""
    event = _event(event_id)
    disclose.viewed(g.db, event_id, g.now, staff_id=g.staff["id"])
    return _shown(event, AgreeForm(formdata=None))


@bp.route("/care/participants/<code>/adverse-events/new", methods=["GET", "POST"])
@guards.staff(*GRADERS)
def new(code):
    """Grade what was reported, or enter an event by hand."""
    person, about = _about(code)
    _may_grade()
    form = _grade_form(person, by_hand=about.item is None, **_told(about))
    if form.validate_on_submit():
        try:
            given = About(**vars(about) | {"source": _source(form), "event_id": form.made.data})
            event_id = actions.grade(g.db, g.means, given, form.grading(), g.now, _hand(form))
        except Refusal as refusal:
            form.place(refusal)
            return _form_page("adverse_event_form.html", person, about, form, refusal.status)
        flash("Graded and signed.")
        return redirect(url_for("adverse_events.show", event_id=event_id))
    return _form_page("adverse_event_form.html", person, about, form)


@bp.route("/care/participants/<code>/adverse-events/none", methods=["GET", "POST"])
@guards.staff(*GRADERS)
def none(code):
    """Decide that something is no adverse event of its own."""
    person, about = _about(code)
    _may_grade()
    if about.item is None and about.alert_id is None:
        raise NotFound("not_reported")
    form = NoneForm()
    if form.validate_on_submit():
        try:
            given = About(**vars(about) | {"source": "visit", "event_id": form.made.data})
            actions.find_none(g.db, g.means, given, form.reason.data, g.now, _hand(form))
        except Refusal as refusal:
            form.place(refusal)
            return _form_page("adverse_event_none.html", person, about, form, refusal.status)
        flash("Signed: no adverse event of its own.")
        return redirect(_back(person, about))
    return _form_page("adverse_event_none.html", person, about, form)


@bp.route("/care/adverse-events/<event_id>/correct", methods=["GET", "POST"])
@guards.staff(*GRADERS)
def correct(event_id):
    """Correct a grading: a version of its own, with a reason and a signature."""
    event = _event(event_id)
    _may_grade()
    person = participants.by_id(g.db, event["participant_id"])
    about = About(person["id"], event["visit_id"], event["item"], event["source"], event["alert_id"])
    form = _grade_form(person, corrects=True, **_as_graded(event))
    seen = request.form.get("seen", event["version"], type=int)
    if form.validate_on_submit():
        given, reason = form.grading(), form.reason.data
        try:
            actions.correct(g.db, g.means, event_id, given, reason, g.now, _hand(form), seen=seen)
        except Refusal as refusal:
            form.place(refusal)
            status = refusal.status
            return _form_page("adverse_event_form.html", person, about, form, status, event=event, seen=seen)
        flash("Corrected and signed. The version before stays on record.")
        return redirect(url_for("adverse_events.show", event_id=event_id))
    return _form_page("adverse_event_form.html", person, about, form, event=event, seen=seen)


@bp.route("/care/adverse-events/<event_id>/agree", methods=["GET", "POST"])
@guards.staff(*GRADERS)
def agree(event_id):
    """An investigator signs what somebody else graded."""
    event, form = _event(event_id), AgreeForm()
    if request.method == "GET":
        return redirect(url_for("adverse_events.show", event_id=event_id))
    if not form.validate():
        return _shown(event, form), 400
    try:
        seen = request.form.get("seen", 0, type=int)
        actions.agree(g.db, g.means, event_id, g.now, _hand(form), seen=seen)
    except Refusal as refusal:
        form.place(refusal)
        return _shown(_event(event_id), form), refusal.status
    flash("Signed.")
    return redirect(url_for("adverse_events.show", event_id=event_id))


# ---- what was asked for


def _event(event_id: str) -> Row:
    found = rows.by_id(g.db, event_id, g.sites)
    if found is None:
        raise NotFound("adverse_event_not_found")
    return found


def _may_grade() -> None:
    if not actions.may_grade(g.staff):
        raise Forbidden("may_not_grade")


def _about(code: str) -> tuple[Row, About]:
    """The participant, and what of theirs is judged: by the query, which a form keeps as it is sent."""
    person = participants.by_code(g.db, code, g.sites)
    if person is None:
        raise NotFound("participant_not_found", code=code)
    visit_id, item = request.args.get("visit"), request.args.get("item")
    if not (visit_id and item):
        visit_id = item = None
    elif not any(visit["id"] == visit_id for visit in visits.of_participant(g.db, person["id"])):
        raise NotFound("not_reported")
    return person, About(person["id"], visit_id, item, alert_id=request.args.get("alert"))


def _hand(form: SignedForm) -> Hand:
    return Hand(g.staff["id"], g.sites, form.password.data or "", request.remote_addr or "")


def _source(form: GradeForm) -> str:
    return form.source.data if "source" in form._fields else "report"


def _grade_form(person: Row, **given: Any) -> GradeForm:
    return GradeForm(g.study, procedures.of_participant(g.db, person["id"]), local_day(g.now, g.study.zone), **given)


def _told(about: About) -> dict[str, Any]:
    """What the fields begin with: what was reported, to be mended by who grades."""
    if about.item is None:
        return {}
    visit = visits.by_id(g.db, str(about.visit_id))
    study, answers = g.means.study(g.db, visit["study_version"]), reports.standing(g.db, visit["id"])
    choice = split_key(about.item)[1]
    said = rules.words(study, about.item, answers, study.study.default_language)
    days = {
        name: _day(answers.get(f"{key}/{choice}"))
        for name, key in (("started_on", study.adverse_events.starts), ("ended_on", study.adverse_events.ends))
    }
    return {"term": "" if choice == _WHOLE or not choice else said} | days


def _day(answer: Any) -> date | None:
    return day_of(answer) if isinstance(answer, str) else None


def _as_graded(event: Row) -> dict[str, Any]:
    """What the fields of a correction begin with."""
    as_text = {name: str(event[name] or "") for name in ("ctcae", "sir", "procedure_id")}
    as_is = {name: event[name] for name in ("term", "related", "outcome", "note")}
    days = {name: day_of(event[name]) if event[name] else None for name in ("started_on", "ended_on")}
    lists = {name: json.loads(event[name]) for name in ("criteria", "actions")}
    return as_text | as_is | days | lists | {"serious": str(event["serious"])}


# ---- pages


def _form_page(
    template: str, person: Row, about: About, form: SignedForm, status: int | None = None, **more: Any
) -> tuple[str, int]:
    page = render_template(
        f"care/{template}",
        person=person,
        about=about,
        form=form,
        reported=_reported(person, about.visit_id, about.item),
        back=_back(person, about),
        lists=g.study.adverse_events,
        meaning=_meaning("none_meaning" if template == "adverse_event_none.html" else "meaning"),
        **more,
    )
    return page, status or (400 if form.is_submitted() else 200)


def _shown(event: Row, form: AgreeForm) -> str:
    clock = decisions.clock_of(g.db, g.means, event["id"], g.now)
    found = rows.versions(g.db, event["id"])
    versions = [
        adverse_story.event(g.db, g.means, row, None if earlier else clock) for earlier, row in enumerate(found)
    ]
    person = participants.by_id(g.db, event["participant_id"])
    newest = versions[0]
    signed_by = [each["signed_by"] for each in newest.signatures]
    return render_template(
        "care/adverse_event.html",
        event=newest,
        earlier=versions[1:],
        person=person,
        form=form,
        can_agree=actions.may_decide(g.staff) and newest.valid and g.staff["id"] not in signed_by,
        reported=_reported(person, event["visit_id"], event["item"]),
        meaning=_meaning("agree_meaning"),
        sources=adverse_story.SOURCES,
    )


def _meaning(name: str) -> str:
    return g.study.words(getattr(g.study.adverse_events, name), g.study.study.default_language)


def _reported(person: Row, visit_id: str | None, item: str | None) -> dict[str, Any] | None:
    """What the participant said of it: the report, its lines, what in words. None where it came to be known
    otherwise."""
    if not visit_id or not item:
        return None
    visit = visits.by_id(g.db, visit_id)
    study = g.means.study(g.db, visit["study_version"])
    report = answered.report(g.db, g.means, visit, history.of(g.db, person["id"]), g.now)
    said = rules.words(study, item, reports.standing(g.db, visit_id), study.study.default_language)
    return {"report": report, "lines": adverse_story.told_of(study, report, item), "said": said}


def _back(person: Row, about: About) -> str:
    """Where somebody came from: the alert, or the participant's page."""
    if about.alert_id:
        return url_for("care.alert", alert_id=about.alert_id)
    return url_for("participant.show", code=person["code"])
