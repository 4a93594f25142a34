"""Stopping by the participant's own page: texts at once; leaving and erasure are requests that people see to."""

from dataclasses import dataclass
from datetime import datetime

from prom.actions import withdraw
from prom.actions.means import Means
from prom.errors import Refusal
from prom.rules.times import stamp
from prom.store import audit, participants, tasks
from prom.store.connect import Database, Row, write

WISHES = {"texts": "", "leave": "leave_asked", "erasure": "erasure_asked"}  # wish: its task
PAGE = "page"  # the source of the status event


@dataclass(frozen=True)
class Standing:
    """What stands of what can be wished. texts: they have stopped; leave, erasure: asked for and not yet seen to, or
    left already; resumes: the texts were stopped on the page, and may be started again there."""

    texts: bool
    leave: bool
    erasure: bool
    resumes: bool = False


def standing(db: Database, person: Row) -> Standing:
    """What a participant has stopped or asked for."""
    asked = {wish: tasks.is_open(db, kind, person["id"]) for wish, kind in WISHES.items() if kind}
    stopped, leave, erasure = bool(person["texts_stopped"]), asked["leave"] or person["left"], asked["erasure"]
    resumes = stopped and not leave and not erasure and _stopped_by(db, person["id"]) == PAGE
    return Standing(stopped, leave, erasure, resumes)


def _stopped_by(db: Database, participant_id: str) -> str:
    """The source of the event that stopped the texts."""
    events = participants.status_events(db, participant_id)
    return next(event["source"] for event in reversed(events) if event["kind"] == "stopped_texts")


def wish(db: Database, means: Means, participant_id: str, what: str, now: datetime) -> None:
    """Stop the texts at once; a wish to leave, or for erasure, is a task besides: it closes no form and deletes
    nothing. Wished twice it is done once. Raises Refusal for a wish that is not known."""
    if what not in WISHES:
        raise Refusal("wish_unknown")
    with write(db):
        if not participants.by_id(db, participant_id)["texts_stopped"]:
            _status(db, means, participant_id, "stopped_texts", now)
        kind = WISHES[what]
        if kind and tasks.raise_task(db, kind, participant_id, stamp(now), participant_id=participant_id):
            audit.record(db, stamp(now), "participant", kind, participant_id)


def resume(db: Database, means: Means, participant_id: str, now: datetime) -> None:
    """Start the texts again; nothing happens where they have not stopped, or were stopped by staff or by a text, or
    the person asked to leave or to be erased."""
    with write(db):
        if standing(db, participants.by_id(db, participant_id)).resumes:
            _status(db, means, participant_id, "resumed_texts", now)


def _status(db: Database, means: Means, participant_id: str, kind: str, now: datetime) -> None:
    withdraw.record_status(db, means, participant_id, kind, now, source=PAGE, staff_id=None)
