"""A fresh link to the form that is open now, texted: asked for on a page that leads no further, or because the number
was mended."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from prom.actions import queue
from prom.actions.answer import asks
from prom.actions.means import Means
from prom.rules.contacting import reachable
from prom.rules.sending import LINKING, NEW_LINK
from prom.rules.times import DAY, MINUTE, instant, local_day, stamp
from prom.rules.visit import status
from prom.store import audit, contacts, messages, participants, visits
from prom.store.connect import Database, Row, write

MOST_A_DAY = 3


def ask(db: Database, means: Means, participant_id: str, now: datetime) -> str:
    """Queue the text: sent | often (three were asked for in the last day) | nothing_open.

    The same answer whatever is on file: whether it may go, and to which number, is decided when it is sent. Asked twice
    within a minute it goes once. A link that is locked or has ended is followed by a new one."""
    with write(db):
        person = participants.by_id(db, participant_id)
        visit = _open(db, person, now)
        if visit is None:
            return "nothing_open"
        if messages.queued_since(db, participant_id, NEW_LINK, stamp(now - DAY)) >= MOST_A_DAY:
            return "often"
        queued = _queue(db, means, person, visit, "sms_link", now)
        if queued:
            audit.record(db, stamp(now), "participant", "link_asked", visit["id"])
    return "sent"


def after_mending(db: Database, means: Means, participant_id: str, now: datetime) -> bool:
    """Queue the text for somebody whose number was mended, where the form that is open now was texted before: whether
    it was. Call it inside a write. It reads as an invitation does: the one that went was not theirs, or is ended."""
    person = participants.by_id(db, participant_id)
    visit = _open(db, person, now)
    if visit is None or person["plain_stop"] or not _texted(db, visit) or not _by_text(db, means, person):
        return False
    return bool(_queue(db, means, person, visit, "sms_invite", now))


def next_on(db: Database, participant_id: str, now: datetime) -> date | None:
    """The day on which the next form opens, in the participant's zone; None where that is not known."""
    person = participants.by_id(db, participant_id)
    coming = [visit for visit in visits.of_participant(db, participant_id) if status(visit, now) == "planned"]
    opens = [visit["opens_at"] for visit in coming if visit["opens_at"]]
    if person["left"] or not opens:
        return None
    return local_day(instant(min(opens)), ZoneInfo(person["zone"]))


def _open(db: Database, person: Row, now: datetime) -> Row | None:
    """The visit that takes answers now."""
    return next((visit for visit in visits.of_participant(db, person["id"]) if asks(visit, person, now)), None)


def _texted(db: Database, visit: Row) -> bool:
    """Whether a text with the visit's link left, or was refused at once. One that waits goes to the new number by
    itself, and one that was dropped is due again."""
    texts = [each for each in messages.of_visit(db, visit["id"]) if each["kind"] in LINKING]
    return any(each["status"] not in ("queued", "dropped") for each in texts)


def _by_text(db: Database, means: Means, person: Row) -> bool:
    number = means.keys.open(contacts.of_participant(db, person["id"])["mobile_sealed"])
    return reachable(person, number, contacts.opted_out(db, means.keys.number_hashes(number)) if number else False)


def _queue(db: Database, means: Means, person: Row, visit: Row, text_key: str, now: datetime) -> str | None:
    """The message's id; None when one was queued within the minute."""
    queue.ensure_link(db, means, visit["id"], now)
    return messages.queue(
        db,
        lane="participant",
        kind=NEW_LINK,
        step=int(now.timestamp() // MINUTE.total_seconds()),
        about=visit["id"],
        recipient=person["id"],
        participant_id=person["id"],
        visit_id=visit["id"],
        text_key=text_key,
        language=person["language"],
        study_version=visit["study_version"] or means.version,
        queued_at=stamp(now),
        due_at=stamp(now),
    )
