"""The clock of what may be a serious adverse event: an investigator is texted before its end and at it, until one has
decided. It runs on an alert whose reasons may be serious, and on an event that somebody else graded as serious, or
otherwise than an investigator had signed."""

from datetime import datetime

from prom.actions import staff_text
from prom.actions.alarms import alarm, keep
from prom.actions.escalate import study_of
from prom.actions.means import Means
from prom.actions.rota import can_be_told, fault_of, on_call_at
from prom.rules import sending
from prom.rules.adverse_events import Clock, clock
from prom.rules.times import stamp
from prom.store import adverse_events, messages, staff
from prom.store.connect import Database, Row, write

OVERDUE = "decision_overdue"
_STEPS = 2  # texts of a clock: before its end, and at it


def due(db: Database) -> list[Row]:
    """What waits for an investigator's decision: alerts (rows as `adverse_events.undecided` gives them) and events (as
    `unsigned` does, with source); the one that began first comes first. A grading of what an alert asks about, made
    while its clock runs, waits with the alert."""
    asked = adverse_events.undecided(db)
    graded = [event for event in adverse_events.unsigned(db) if not any(_with(alert, event) for alert in asked)]
    return sorted([*asked, *graded], key=lambda each: each["serious_since"])


def _with(alert: Row, event: Row) -> bool:
    about_it = alert["id"] == event["alert_id"] or alert["visit_id"] and alert["visit_id"] == event["visit_id"]
    return bool(about_it) and alert["serious_since"] <= event["serious_since"]


def waits(db: Database, subject: str) -> Row | None:
    """The alert or event of that id while it waits for an investigator; else None."""
    return next((each for each in due(db) if each["id"] == subject), None)


def clocks(db: Database, means: Means, now: datetime) -> dict[str, Clock]:
    """The clocks that run, by alert or event, the one due first first."""
    return {each["id"]: _clock(db, means, each, now) for each in due(db)}


def clock_of(db: Database, means: Means, subject: str, now: datetime) -> Clock | None:
    """The clock that runs on an alert or an event; None where none does."""
    found = waits(db, subject)
    return _clock(db, means, found, now) if found else None


def of_event(subject: Row) -> bool:
    """Whether what is due is an event, not an alert."""
    return "item" in subject


def _clock(db: Database, means: Means, subject: Row, now: datetime) -> Clock:
    study = means.study(db) if of_event(subject) else study_of(db, means, subject["id"])
    return clock(study, subject["serious_since"], now)


def to_tell(db: Database, means: Means, now: datetime) -> list[str]:
    """The undecided alerts and events whose clock has reached a step of which no investigator was told, or was in
    vain."""
    return [each["id"] for each in due(db) if _untold(db, means, each, now)]


def tell(db: Database, means: Means, subject_id: str, now: datetime) -> None:
    """Text the lead who is an investigator, or another investigator. Where a text was lost, the operator is told and
    the next one is texted; with nobody to tell, the operator is told that."""
    with write(db):
        subject = waits(db, subject_id)
        found = _untold(db, means, subject, now) if subject else None
        if subject is None or found is None:
            return
        step, lost = found
        for text in messages.about(db, sending.DECISION, subject_id):
            if text["step"] == step and text["reason"] == "overtaken":  # it waits again, and so does its text
                messages.settle(db, text["id"], "queued", reason=None, due_at=stamp(now), rerouted_at=None)
                return
        for text in lost:
            messages.rerouted(db, text["id"], stamp(now))
            alarm(db, means, "text_failed", text["id"], now)
        in_vain = {text["staff_id"] for text in lost}
        person = _investigator(db, means, subject["site_id"], in_vain, now)
        if person is None:
            alarm(db, means, "nobody_to_decide", subject_id, now, step=step)
            return
        staff_text.queue(
            db, means, sending.DECISION, "staff_decision", person["id"], now,
            about=subject_id, step=step, alert_id=None if of_event(subject) else subject_id,
        )  # fmt: skip


def watch(db: Database, means: Means, now: datetime) -> None:
    """A decision that is overdue is a fault until it is made."""
    late = {subject for subject, each in clocks(db, means, now).items() if each.overdue}
    keep(db, means, OVERDUE, late, "overdue", now)


def _untold(db: Database, means: Means, subject: Row, now: datetime) -> tuple[int, list[Row]] | None:
    """The step of the text that is to be queued, and the texts of that step, all of which were lost; None while there
    is nothing to tell. Steps: of the first clock 0 and 1, of the second 2 and 3, and so on; where both have come due at
    once, only the latter goes."""
    reached = _clock(db, means, subject, now).step
    if not reached:
        return None
    step = _STEPS * subject["decided_before"] + reached - 1
    every = [text for text in messages.about(db, sending.DECISION, subject["id"]) if text["step"] == step]
    texts = [text for text in every if text["reason"] != "overtaken"]
    if any(not staff_text.lost(means.study(db), text, now) for text in texts):
        return None
    return (step, texts) if not texts or any(text["rerouted_at"] is None for text in texts) else None


def _investigator(db: Database, means: Means, site_id: str, in_vain: set[str], now: datetime) -> Row | None:
    """Who decides and can be told, of those who were not told in vain: who is there before who is away, and the lead
    before others."""
    lead = on_call_at(db, means, site_id, now).lead
    people = [each for each in staff.with_role(db, site_id, "investigator") if each["may_grade"]]
    people.sort(key=lambda person: (not can_be_told(db, means, person["id"], now), person["id"] != lead))
    return next((each for each in people if each["id"] not in in_vain and not fault_of(db, means, each)), None)
