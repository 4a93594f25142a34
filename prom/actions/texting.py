"""Texts that somebody on the staff sends by hand, or takes back: the one that waits, the invitation before its hour,
the same link once more.

The rules of every other text decide, here to say in words why none may go, and again when it is sent (`send`).
"""

from datetime import datetime

from prom.actions import queue, send
from prom.actions.means import Means
from prom.errors import Conflict, NotFound
from prom.rules import sending
from prom.rules.contacting import by_hand
from prom.rules.times import stamp
from prom.store import audit, messages, participants, visits
from prom.store.connect import Database, Row, write


def send_link(db: Database, means: Means, visit_id: str, now: datetime, *, staff_id: str) -> datetime:
    """Have a text with a visit's link go; returns when: now, or as texting hours begin.

    The text that waits already, else the invitation where none left, else the link once more: asked for twice it goes
    once. Raises Conflict with the reason where none may go.
    """
    with write(db):
        texts = [each for each in messages.of_visit(db, visit_id) if each["kind"] in sending.LINKING]
        if any(each["status"] == "sending" for each in texts):
            raise Conflict("no_text_on_its_way")
        waiting = next((each for each in texts if each["status"] == "queued"), None)
        message = waiting or _made(db, means, visits.by_id(db, visit_id), texts, now)
        due_at = _due_at(send.verdict(db, means, message, now), now, waits=bool(waiting))
        if waiting:
            messages.settle(db, waiting["id"], "queued", due_at=stamp(due_at))
        else:
            queue.ensure_link(db, means, visit_id, now)
            messages.queue(db, **message | {"due_at": stamp(due_at)})
        audit.record(db, stamp(now), staff_id, "text_by_hand", visit_id, kind=message["kind"], step=message["step"])
        visits.look_again(db, message["participant_id"], stamp(now))
        return due_at


def as_decided(db: Database, means: Means, message: Row, now: datetime) -> Row:
    """A message with `will_drop`: why a waiting text to a participant would not go as things stand; "" for others.
    It is decided again when it is sent, and what is undone before lets it go."""
    waits = message["lane"] == "participant" and message["status"] == "queued"
    decided = send.verdict(db, means, message, now) if waits else sending.GO
    return message | {"will_drop": decided.reason if decided.what == "drop" else ""}


def cancel(db: Database, participant_id: str, message_id: str, now: datetime, *, staff_id: str) -> None:
    """Take back a text with a link that has not left yet; no other one follows it by itself on that step. Raises
    NotFound, and Conflict where it is on its way or gone."""
    with write(db):
        message = messages.by_id(db, message_id)
        if not message or message["participant_id"] != participant_id or message["kind"] not in sending.LINKING:
            raise NotFound("not_found")
        if message["status"] != "queued":
            raise Conflict("text_gone")
        messages.settle(db, message_id, "dropped", reason=sending.CANCELLED)
        audit.record(db, stamp(now), staff_id, "text_cancelled", message_id, kind=message["kind"])
        visits.look_again(db, participant_id, stamp(now))


def _made(db: Database, means: Means, visit: Row, texts: list[Row], now: datetime) -> Row:
    """The text that nobody queued yet, as a row. It reads as an invitation where none may have arrived."""
    person = participants.by_id(db, visit["participant_id"])
    kind, step = by_hand(texts)
    arrived = any(each["status"] in ("sent", "delivered", "unknown") for each in texts)
    return {
        "lane": "participant",
        "kind": kind,
        "step": step,
        "about": visit["id"],
        "recipient": person["id"],
        "participant_id": person["id"],
        "staff_id": None,
        "visit_id": visit["id"],
        "text_key": "sms_remind" if arrived else "sms_invite",
        "language": person["language"],
        "study_version": visit["study_version"] or means.version,
        "attempts": 0,
        "queued_at": stamp(now),
        "due_at": stamp(now),
    }


def _due_at(verdict: sending.Verdict, now: datetime, *, waits: bool) -> datetime:
    """When the text may go. A new one may wait for texting hours; one that waits is told why it still does."""
    if verdict.what == "go":
        return now
    if verdict.reason == "texting_hours" and verdict.until and not waits:
        return verdict.until
    raise Conflict(f"no_text_{verdict.reason}")
