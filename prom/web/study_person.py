"""One participant as a coordinator sees them: what stands, and the forms that change it. No name and no number
without the audited tap."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import g, render_template
from flask_wtf import FlaskForm

from prom.actions import contact as contacting
from prom.actions import texting
from prom.actions.disclose import Contact
from prom.errors import NotFound
from prom.rules import funnel
from prom.rules.languages import choosable
from prom.rules.sending import LINKING
from prom.rules.times import instant, local_day
from prom.rules.visit import path, status, takes_answers
from prom.store import alerts, messages, participants, procedures, reports, tasks, visits
from prom.store import funnel as recorded
from prom.store.connect import Row
from prom.store.participants import LEAVING
from prom.web import history, message_words, spoken, study_words
from prom.web.study_forms import (
    ConsentForm,
    ContactForm,
    DecideForm,
    FurtherForm,
    LanguageForm,
    ModeForm,
    ProcedureForm,
    StatusForm,
)

VIEW = ("coordinator", "nurse", "investigator", "admin")
CHANGE = ("coordinator", "admin")
HAND_OVER = ("coordinator", "nurse", "admin")
READ_TEXTS = ("coordinator", "nurse")
TASKS = ("coordinator", "nurse")
LISTS = ("coordinator",)  # procedures of the day, and what a coordinator does from the tasks


@dataclass(frozen=True)
class Shown:
    """A procedure with its words, the form that changes it, the version that it shows, and what one tap can do."""

    row: Row
    title: str
    state: str
    form: ProcedureForm
    version: str
    open: bool
    can_undo: bool


@dataclass(frozen=True)
class Line:
    """A visit in words. story: what happened with its texts and its link. waiting: the text that has not left yet and
    would go; texted: whether one with its link left, or was to."""

    row: Row
    title: str
    standing: str
    story: tuple[str, ...]
    takes_answers: bool
    waiting: Row | None
    texted: bool


def found(code: str) -> Row:
    """The participant of a code, at the viewer's sites. Raises NotFound."""
    person = participants.by_code(g.db, code, g.sites)
    if person is None:
        raise NotFound("participant_not_found", code=code)
    return person


def may(*roles: str) -> bool:
    """Whether the viewer has one of these roles."""
    return bool(set(roles) & set(g.staff["roles"]))


def page(person: Row, forms: dict[str, FlaskForm] | None = None, contact: Contact | None = None) -> str:
    """The page. forms: those that were sent and refused, by place (a procedure's id, or further, decide, status,
    consent, contact, mode). contact: name and number, where they were asked for."""
    whole = history.of(g.db, person["id"])
    everything = alerts.of_participant(g.db, person["id"])
    return render_template(
        "study/participant.html",
        person=person,
        arm=path(g.study, whole.procedures, bool(person["decided"])) or "undecided",
        entry=_entry(person),
        consents=_consents(person),
        reach=contacting.reach(g.db, g.means, person["id"]),
        procedures=[_shown(row, forms or {}) for row in whole.procedures],
        lines=lines(whole, g.now),
        decision=participants.decision(g.db, person["id"]),
        events=participants.status_events(g.db, person["id"]),
        wishes=[_wish(task) for task in tasks.of_participant(g.db, tuple(study_words.WISHES), person["id"])],
        open_alerts=[alert for alert in everything if not alert["closed_at"]],
        open_tasks=[
            task | {"about": study_words.task_about(g.study, task)}
            for task in tasks.open_tasks(g.db, g.sites)
            if task["participant_id"] == person["id"]
        ],
        forms=_forms(person, contact) | (forms or {}),
        sent=set(forms or {}),
        contact=contact,
        words=study_words,
        can_change=may(*CHANGE),
        sees_tasks=may(*TASKS),
        sees_log=may(*READ_TEXTS),
        can_hand_over=may(*HAND_OVER) and bool(person["study_consent"]) and not person["left"],
    )


def lines(whole: history.History, now: datetime) -> list[Line]:
    """A participant's visits in words."""
    reach = contacting.reach(g.db, g.means, whole.person["id"])
    person = whole.person | {"has_number": reach.number}
    changes = recorded.reach(g.db, person["id"]).get(person["id"], [])
    texts: dict[str, list[Row]] = {visit["id"]: [] for visit in whole.visits}
    for message in messages.of_participant(g.db, whole.person["id"]):
        if message["kind"] in LINKING:
            texts[message["visit_id"]].append(texting.as_decided(g.db, g.means, message, now))
    return [
        Line(
            visit,
            history.title(g.study, visit),
            spoken.visit_standing(visit, status(visit, now)),
            (
                *_story(visit, next(iter(texts[visit["id"]]), None)),
                *_how_far(visit, texts[visit["id"]], person, changes, now),
            ),
            takes_answers(visit, now),
            next((each for each in texts[visit["id"]] if each["status"] == "queued" and not each["will_drop"]), None),
            bool(texts[visit["id"]]),
        )
        for visit in sorted(whole.visits, key=_place(whole))
    ]


def status_kinds(person: Row) -> tuple[str, ...]:
    """What can be recorded of somebody now."""
    if person["left"]:
        return ("undone",)
    return ("resumed_texts" if person["texts_stopped"] else "stopped_texts", *LEAVING)


def _place(whole: history.History) -> Callable[[Row], tuple[int, int, int]]:
    """The order of procedures, then of the study's timepoints: a baseline stands first however late it came due."""
    first = {row["id"]: number for number, row in enumerate(whole.procedures)}
    points = {point.key: number for number, point in enumerate(g.study.timepoints)}
    return lambda visit: (first[visit["procedure_id"]], points.get(visit["timepoint"], 99), visit["occasion"])


def _story(visit: Row, message: Row | None):
    if message:
        at = spoken.moment(message["sent_at"] or message["queued_at"])
        yield f"{message_words.kind(message)} {at}: {message_words.standing(message)}"
    if visit["generation"] and not visits.link_of(g.db, visit["id"]):
        yield "the link that was given out has ended or is locked"
    saved = reports.screens(g.db, visit["id"])
    by_staff = bool(saved and saved[0]["staff_id"] and saved[0]["saved_at"] == visit["opened_at"])
    opened = "entry by staff begun" if by_staff else "link opened"
    for column, words in (("opened_at", opened), ("started_at", "begun"), ("submitted_at", "answered")):
        if visit[column]:
            yield f"{words} {spoken.moment(visit[column])}"


def _how_far(visit: Row, texts: list[Row], person: Row, changes: list[Row], now: datetime):
    """Where a visit that came due and was not answered stands in the funnel. texts: newest first."""
    if funnel.came_due(visit, ZoneInfo(person["zone"]), now) and not visit["submitted_at"]:
        fate = history.fate(g.db, visit, texts[::-1], person, changes, now)
        yield f"So far: {message_words.fate(fate.step, fate.why)}"


def _entry(person: Row) -> list[tuple[str, str]]:
    """Entry questions with their answers."""
    answers = json.loads(person["eligibility"])
    language = g.study.study.default_language
    given = {key: f"{number:g}" for key, number in answers.items()}
    return [
        (g.study.words(question.text, language), given.get(question.key, "not asked"))
        for question in g.study.eligibility
    ]


def _wish(task: Row) -> str:
    """What somebody asked for on the form's page and what became of it, each with its day in the study's zone."""

    def on(at: str) -> str:
        return spoken.day(local_day(instant(at), g.study.zone))

    asked = study_words.WISHES[task["kind"]].format(asked=on(task["raised_at"]))
    if not task["done_at"]:
        return f"{asked}; not seen to yet."
    return f"{asked}; {study_words.ENDED[task['outcome']].lower()} ({on(task['done_at'])})."


def _consents(person: Row) -> dict[str, Row | None]:
    """{kind: the last consent that was recorded, or None}."""
    return dict.fromkeys(study_words.CONSENTS) | {row["kind"]: row for row in participants.consents(g.db, person["id"])}


def _shown(row: Row, forms: dict[str, Any]) -> Shown:
    standing = [event for event in procedures.events(g.db, row["id"]) if not event["undone_at"]]
    form = forms.get(row["id"]) or ProcedureForm.of(row)
    title, version = g.study.procedures[row["kind"]].title, procedures.version(g.db, row["id"])
    state, is_open = study_words.PROCEDURES[row["status"]], row["id"] in forms
    return Shown(row, title, state, form, version, is_open, len(standing) > 1)


def _forms(person: Row, contact: Contact | None) -> dict[str, FlaskForm]:
    """The forms as they stand before anybody fills them in."""
    today = local_day(g.now, ZoneInfo(person["zone"]))
    known = contact.__dict__ if contact else {}
    fresh: dict[str, Any] = {"formdata": None}
    return {
        "further": FurtherForm(g.study, prefix="further", **fresh),
        "decide": DecideForm(prefix="decide", on=today, **fresh),
        "status": StatusForm(status_kinds(person), prefix="status", **fresh),
        "consent": ConsentForm(prefix="consent", on=today, **fresh),
        "contact": ContactForm(prefix="contact", **fresh, **{name: known.get(name) for name in ContactForm.names}),
        "language": LanguageForm(
            choosable(g.study, g.means.live), prefix="language", language=person["language"], **fresh
        ),
        "mode": ModeForm(
            prefix="mode",
            contact_mode=person["contact_mode"],
            needs_interpreter=bool(person["needs_interpreter"]),
            **fresh,
        ),
    }
