"""The coordinator's pages: everybody, one participant, enrolling, the day's procedures, tasks."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, render_template, url_for

from prom.actions import contact as contacting
from prom.actions import disclose
from prom.actions import enrol as enrolment
from prom.actions import tasks as task_actions
from prom.actions.answer import asks
from prom.errors import Conflict, NotFound, Refusal
from prom.rules.languages import choosable, english_name, own_name
from prom.rules.times import DAY, day_of, local_day, stamp
from prom.rules.visit import path, status, takes_answers
from prom.store import alerts, contacts, messages, procedures, tasks, visits, worklists
from prom.store import participants as people
from prom.store import staff as staff_rows
from prom.store.connect import Row
from prom.web import bedside, guards, history, phone_entry, spoken, study_changes, study_words, texting
from prom.web.study_forms import EnrolForm, NumberForm, TaskForm, enrol_form, place
from prom.web.study_person import CHANGE, LISTS, READ_TEXTS, TASKS, VIEW, found, may, page

bp = Blueprint("study", __name__)
OF_NUMBER = (*contacting.WRONG, "not_for_me")  # tasks that another number ends
bp.register_blueprint(study_changes.bp)
bp.register_blueprint(bedside.bp)
bp.add_app_template_filter(english_name, "language")
bp.add_app_template_filter(own_name, "own_language")


@dataclass(frozen=True)
class Listed:
    """One participant in the list. next: the visit that comes next, in words. remarks: what somebody should see to."""

    person: Row
    arm: str
    next: str
    alerts: int
    tasks: int
    remarks: tuple[str, ...]


@bp.get("/study/participants")
@guards.staff(*VIEW)
def participants():
    """Everybody at the viewer's sites."""
    live, done = worklists.live_visits(g.db, stamp(g.now)), worklists.performed(g.db)
    opted_out = contacts.opted_out_people(g.db)
    alerts, open_tasks = worklists.open_alerts(g.db), worklists.open_tasks(g.db)
    listed = [
        Listed(
            person,
            path(g.study, done.get(person["id"], []), bool(person["decided"])) or "undecided",
            _next(live.get(person["id"], [])),
            alerts.get(person["id"], 0),
            open_tasks.get(person["id"], 0),
            tuple(_remarks(person, person["id"] in opted_out)),
        )
        for person in worklists.everybody(g.db, g.sites)
    ]
    fares = texting.panel() if may(*CHANGE) else None
    return render_template("study/participants.html", listed=listed, can_change=may(*CHANGE), texting=fares)


@bp.route("/study/participants/new", methods=["GET", "POST"])
@guards.staff(*CHANGE)
def enrol():
    """Enrol somebody; on the day of the procedure the next page is the baseline."""
    form = enrol_form(g.study, choosable(g.study, g.means.live), g.now)
    if form.is_submitted() and _may_enrol(form):
        try:
            participant_id = enrolment.enrol(
                g.db, g.means, form.enrolment(g.staff["site_id"]), g.now, staff_id=g.staff["id"]
            )
        except Refusal as refusal:
            place(form, refusal)
        else:
            return _enrolled(participant_id)
    words = {each: study_words.consent_to_texts(g.study, each) for each in choosable(g.study, g.means.live)}
    answer = render_template("study/enrol.html", form=form, consent_words=words)
    return answer, 400 if form.is_submitted() else 200


@bp.get("/study/participants/<code>")
@guards.staff(*VIEW)
def participant(code):
    """One participant."""
    person = found(code)
    disclose.viewed(g.db, person["id"], g.now, staff_id=g.staff["id"])
    return page(person)


@bp.get("/study/day")
@guards.staff(*LISTS)
def day():
    """The procedures planned for today, and those whose day has passed with no word."""
    shown = [
        row | {"today": local_day(g.now, ZoneInfo(row["zone"])), "title": g.study.procedures[row["kind"]].title}
        | {"version": procedures.version(g.db, row["id"])}
        for row in procedures.planned_until(g.db, (local_day(g.now, g.study.zone) + DAY).isoformat())
        if row["site_id"] in g.sites
    ]
    return render_template(
        "study/day.html",
        today=[row | {"baseline": _open_baseline(row)} for row in shown if day_of(row["planned_on"]) == row["today"]],
        overdue=[row for row in shown if day_of(row["planned_on"]) < row["today"]],
        on=local_day(g.now, g.study.zone),
    )


def _open_baseline(procedure: Row) -> str | None:
    """The id of the baseline that takes answers before a procedure; None where none does."""
    person = people.by_id(g.db, procedure["participant_id"])
    own = [visit for visit in visits.of_participant(g.db, person["id"]) if visit["procedure_id"] == procedure["id"]]
    points = {point.key for point in g.study.timepoints if point.baseline}
    return next((each["id"] for each in own if each["timepoint"] in points and asks(each, person, g.now)), None)


@bp.route("/study/tasks", methods=["GET"], endpoint="tasks")
@guards.staff(*TASKS)
def task_list():
    """The open tasks, the longest due first."""
    return _tasks()


@bp.post("/study/tasks/<task_id>")
@guards.staff(*TASKS)
def finish(task_id):
    """A task is done."""
    form = TaskForm(prefix=task_id)
    if form.validate_on_submit():
        try:
            task_actions.finish(
                g.db,
                task_id,
                g.now,
                staff_id=g.staff["id"],
                sites=g.sites,
                outcome=form.outcome.data or "",
                note=form.note.data or "",
            )
        except NotFound:
            raise
        except Conflict:
            flash(_done_meanwhile(task_id, form.note.data or ""), "warning")
            return _tasks(), 409
        except Refusal as refusal:
            place(form, refusal)
        else:
            flash("The task is done.")
            return redirect(url_for("study.tasks"))
    return _tasks({task_id: form}), 400


def _done_meanwhile(task_id: str, note: str) -> str:
    """Who was first with a task, and what of one's own was not kept."""
    by = staff_rows.by_id(g.db, (tasks.by_id(g.db, task_id) or {}).get("done_by") or "")
    told = f"{by['name'] if by else 'The system'} finished this task meanwhile; yours was not kept."
    return f"{told} Your note was: {note}" if note.strip() else told


@bp.post("/study/tasks/<task_id>/number")
@guards.staff(*LISTS)
def mend_number(task_id):
    """Another number in place of the one that a task is about."""
    task = next((each for each in tasks.open_tasks(g.db, g.sites) if each["id"] == task_id), None)
    if task is None or task["kind"] not in OF_NUMBER:
        raise NotFound("task_not_found")
    form = NumberForm(prefix=f"number-{task_id}")
    if form.validate_on_submit():
        try:
            texted = contacting.mend_number(
                *(g.db, g.means, task["participant_id"], form.mobile.data, g.now),
                staff_id=g.staff["id"],
                shared=form.shared.data,
                called=form.call_name.data,
            )
        except Refusal as refusal:
            place(form, refusal)
        else:
            flash(f"{task['code']}: {study_words.number_mended(texted)}")
            return redirect(url_for("study.tasks"))
    return _tasks(numbers={task_id: form}), 400


@bp.post("/study/tasks/<task_id>/texts")
@guards.staff(*READ_TEXTS)
def show_texts(task_id):
    """The tasks, with the texts and the number that one is about, on the record."""
    return _tasks(texts={task_id: disclose.texts(g.db, g.means, task_id, g.now, staff_id=g.staff["id"], sites=g.sites)})


def _may_enrol(form: EnrolForm) -> bool:
    """Whether nothing is wrong with the form, and the person is eligible or the coordinator has said to enrol all the
    same; all that stands against it is said at once."""
    right = form.validate()
    if not form.confirm.data:
        form.ask_entry_questions()
        form.not_eligible = not form.entry_faults() and not enrolment.is_eligible(g.study, form.entry_answers())
    found = enrolment.faults(g.db, g.means, form.enrolment(g.staff["site_id"]), g.now)
    for refusal in found:
        place(form, refusal)
    return right and not found and not form.unanswered and not form.not_eligible


def _enrolled(participant_id: str) -> Any:
    person = people.by_id(g.db, participant_id)
    eligible = "" if person["eligible"] else " Recorded as not eligible."
    flash(f"{person['code']} is enrolled.{eligible}")
    today = local_day(g.now, ZoneInfo(person["zone"])).isoformat()
    for visit in visits.of_participant(g.db, participant_id):
        if visit["planned_for"] == today and takes_answers(visit, g.now) and person["study_consent"]:
            contacting.link_for_here(g.db, g.means, visit["id"], g.now, staff_id=g.staff["id"])
            return redirect(url_for("study.bedside.show", visit_id=visit["id"]))
    return redirect(url_for("study.participant", code=person["code"]))


def _next(live: list[Row]) -> str:
    """The visit that takes answers, else the one due next, in words; "" when none is to come."""
    coming = [each for each in live if status(each, g.now) != "missed"]
    visit = next((each for each in coming if takes_answers(each, g.now)), coming[0] if coming else None)
    if visit is None:
        return ""
    if not visit["due_on"]:
        return "waits for the procedure"
    standing = spoken.visit_standing(visit, status(visit, g.now))
    return f"{history.title(g.study, visit)}: due {spoken.day(visit['due_on'])}, {standing}"


def _remarks(person: Row, opted_out: bool):
    if person["left"]:
        yield study_words.LEFT[person["left_how"]]
        return
    if not person["eligible"]:
        yield "Not eligible"
    if person["contact_mode"] == "none":
        return
    if not person["study_consent"]:
        yield "No consent to the study"
    if person["contact_mode"] == "text":
        yield from _text_remarks(person, opted_out)


def _text_remarks(person: Row, opted_out: bool):
    if opted_out or person["texts_stopped"]:
        yield "Stopped texts"
    elif not person["texts_consent"]:
        yield "No consent to texts"
    elif person["plain_stop"]:
        yield "Seems to want no more texts"
    if not person["has_number"]:
        yield "No number"
    elif person["wrong_since"]:
        yield "Number not theirs"
    elif person["failed_since"]:
        yield "Number does not work"
    elif not person["verified"]:
        yield "Number not verified"


def _tasks(
    refused: dict[str, TaskForm] | None = None,
    texts: dict[str, list[disclose.Text]] | None = None,
    numbers: dict[str, NumberForm] | None = None,
) -> str:
    open_tasks = tasks.open_tasks(g.db, g.sites)
    shown = [
        task
        | {
            "words": _words(task),
            "about": study_words.task_about(g.study, task),
            "form": (refused or {}).get(task["id"]) or TaskForm(formdata=None, prefix=task["id"]),
            "version": procedures.version(g.db, task["procedure_id"]) if task["procedure_id"] else "",
            "refused": task["id"] in (refused or {}),
            "number": _number_form(task, numbers or {}),
            "enters": task["kind"] == "call" and may(*phone_entry.ROLES) and _takes_answers(task["visit_id"]),
            "of_nobody": task["kind"] in disclose.OF_NOBODY and may(*READ_TEXTS),
            "texts": (texts or {}).get(task["id"]),
            "late": bool(task["due_on"]) and date.fromisoformat(task["due_on"]) < local_day(g.now, g.study.zone),
        }
        for task in open_tasks
    ]
    return render_template("study/tasks.html", shown=shown, can_change=may(*LISTS))


def _words(task: Row) -> tuple[str, str]:
    """What a task is, and why."""
    what, why = study_words.task(task["kind"], task["kind"] == "call" and _held(task))
    failed = messages.last_failed(g.db, task["participant_id"]) if task["kind"] == "undelivered" else None
    return what, study_words.undelivered(failed["reason"] or "") if failed else why


def _held(task: Row) -> bool:
    return alerts.texts_waiting(g.db, task["participant_id"])


def _takes_answers(visit_id: str | None) -> bool:
    visit = visits.by_id(g.db, visit_id) if visit_id else None
    return visit is not None and asks(visit, people.by_id(g.db, visit["participant_id"]), g.now)


def _number_form(task: Row, refused: dict[str, NumberForm]) -> NumberForm | None:
    """The form for another number, where a task is about one and the viewer may give one."""
    if task["kind"] not in OF_NUMBER or not may(*LISTS):
        return None
    return refused.get(task["id"]) or NumberForm(formdata=None, prefix=f"number-{task['id']}")
