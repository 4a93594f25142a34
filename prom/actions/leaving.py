"""Stopping by the participant's own page: texts at once; leaving and erasure are requests that people see to."""

from dataclasses import dataclass
from datetime import datetime

from prom.actions import numbers, withdraw
from prom.actions.means import Means
from prom.errors import Refusal
from prom.rules.times import stamp
from prom.store import audit, contacts, participants, tasks
from prom.store.connect import Database, Row, write

WISHES = {"texts": "", "leave": "leave_asked", "erasure": "erasure_asked"}  # wish: its task
PAGE, TEXT = "page", "text"  # sources of a status event


@dataclass(frozen=True)
class Standing:
    """What stands of what can be wished. texts: they have stopped, for this person or for the number; leave, erasure:
    asked for and not yet seen to, or left already. What starts them again, none of these where staff must be called:
    resumes, the page, as it stopped them; where the number is opted out start, START by text, if texts go both ways,
    and stop_link, the link texted to stop them that did."""

    texts: bool
    leave: bool
    erasure: bool
    resumes: bool = False
    start: bool = False
    stop_link: bool = False


def standing(db: Database, means: Means, person: Row) -> Standing:
    """What a participant has stopped or asked for. The page starts no text to a number that is opted out."""
    asked = {wish: tasks.is_open(db, kind, person["id"]) for wish, kind in WISHES.items() if kind}
    leave, erasure = asked["leave"] or person["left"], asked["erasure"]
    out = contacts.opted_out_how(db, numbers.hashes_of(means, contacts.of_participant(db, person["id"])))
    stopped = bool(person["texts_stopped"])
    if leave or erasure or stopped and _stopped_by(db, person["id"]) != PAGE:
        return Standing(stopped or bool(out), leave, erasure)
    if out:
        two_way = means.study(db).texting.two_way
        return Standing(True, leave, erasure, start=two_way, stop_link=out == PAGE)
    return Standing(stopped, leave, erasure, resumes=stopped)


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
    the number is opted out, or the person asked to leave or to be erased."""
    with write(db):
        if standing(db, means, participants.by_id(db, participant_id)).resumes:
            _status(db, means, participant_id, "resumed_texts", now)


def start_by_text(db: Database, means: Means, participant_id: str, now: datetime) -> bool:
    """START came from a participant's number, which is not opted out any more: it ends a stop of their own page.

    Whether texts go again. Where not, a task asks a person to see to it: staff stopped them, they have left or asked to
    leave or to be erased, or others share the phone, and one of them may have meant their own. Call it inside a write.
    """
    person = participants.by_id(db, participant_id)
    if not (person["texts_stopped"] or person["left"]):
        return True
    if standing(db, means, person).resumes and not numbers.shares(db, means, participant_id):
        _status(db, means, participant_id, "resumed_texts", now, source=TEXT)
        return True
    tasks.raise_task(db, "start_asked", participant_id, stamp(now), participant_id=participant_id)
    return False


def _status(
    db: Database, means: Means, participant_id: str, kind: str, now: datetime, source: str = PAGE
) -> None:
    withdraw.record_status(db, means, participant_id, kind, now, source=source, staff_id=None)
