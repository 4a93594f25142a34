"""A text that did not arrive: what that means beyond the message. Told by a receipt or by the provider's list."""

from datetime import datetime

from prom.actions import alarms, holds, numbers, opt_out
from prom.actions.means import Means
from prom.rules import provider_codes as codes
from prom.rules import sending
from prom.rules.times import DAY, stamp
from prom.store import audit, contacts, messages, staff, tasks, visits
from prom.store.connect import Database, Row

_BLOCKED_A_DAY = 3  # so many texts that carriers disliked are the wording, or the link's domain


def see_to(db: Database, means: Means, message: Row, code: str, now: datetime) -> None:
    """An opt-out, a further try, or a number for a person to see to; call it inside a write, after the message was
    settled. code: the provider's, "" for none."""
    what = codes.calls_for(code)
    if what == codes.CONFIGURATION:
        holds.begin(db, means, f"{holds.LATER} {code}", now)
    if what == codes.BLOCKED and _blocked_today(db, message["lane"], now) >= _BLOCKED_A_DAY:
        alarms.alarm(db, means, "texts_blocked", stamp(now)[:10], now)
    if what == codes.OPTED_OUT:
        mirror_opt_out(db, message, now)
    elif message["participant_id"] and not _goes_again(db, means, message, what, now):
        ask_about_number(db, message, "undelivered", now)
        if what in codes.NUMBER_FAILS:
            _number_fails(db, means, message, now)
    if message["participant_id"]:
        visits.look_again(db, message["participant_id"], stamp(now))


def ask_about_number(db: Database, message: Row, kind: str, now: datetime) -> None:
    """Raise the task to see to a participant's number. kind: wrong_number | undelivered."""
    about = {"participant_id": message["participant_id"], "visit_id": message["visit_id"]}
    tasks.raise_task(db, kind, message["participant_id"], stamp(now), **about)


def number_fails(db: Database, hashes: tuple[str, ...], now: datetime) -> None:
    """No text goes to a number until it is mended, whoever has it: what is due meanwhile are calls. hashes: the
    number's, under all keys."""
    contacts.note_failed(db, hashes, stamp(now))
    for participant_id in opt_out.who_has(db, hashes):
        if not any(tasks.is_open(db, kind, participant_id) for kind in ("wrong_number", "undelivered")):
            tasks.raise_task(db, "wrong_number", participant_id, stamp(now), participant_id=participant_id)
        visits.look_again(db, participant_id, stamp(now))


def _number_fails(db: Database, means: Means, message: Row, now: datetime) -> None:
    """As `number_fails`, of the number that a text went to: not where there is another one since."""
    contact = contacts.of_participant(db, message["participant_id"])
    if message["claimed_at"] >= (contact["number_since"] or ""):
        number_fails(db, numbers.hashes_of(means, contact), now)


def mirror_opt_out(db: Database, message: Row, now: datetime) -> None:
    """The provider sends no more to this number: mirror its opt-out."""
    person = staff.by_id(db, message["staff_id"]) if message["staff_id"] else None
    if message["participant_id"]:
        person = contacts.of_participant(db, message["participant_id"])
    if person and person["number_hash"]:
        contacts.opt_out(db, person["number_hash"], "provider", stamp(now), at_provider=True)
        audit.record(db, stamp(now), "system", "opted_out", message["recipient"], how="provider")


def _goes_again(db: Database, means: Means, message: Row, what: str, now: datetime) -> bool:
    """Queue a text with a link once more, where its failure will pass. It is decided anew when it goes: the form may
    have closed by then."""
    tries = len(messages.failed_tries(db, message["id"]))
    due_at = sending.again_at(message["kind"], what, tries, means.waits, now)
    if due_at:
        messages.settle(db, message["id"], "queued", due_at=stamp(due_at), provider_id=None)
    return due_at is not None


def _blocked_today(db: Database, lane: str, now: datetime) -> int:
    found = messages.failed_since(db, lane, stamp(now - DAY))
    return sum(many for code, many in found.items() if codes.calls_for(code) == codes.BLOCKED)
