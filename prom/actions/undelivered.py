"""A text that did not arrive: what that means beyond the message. Told by a receipt or by the provider's list.

It may be told late, of a number that was mended since: what it says holds for the number that the text went to.
"""

from datetime import datetime

from prom.actions import alarms, holds, numbers, opt_out
from prom.actions.means import Means
from prom.rules import provider_codes as codes
from prom.rules import sending
from prom.rules.times import DAY, stamp
from prom.store import audit, contacts, messages, tasks, visits
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
        mirror_opt_out(db, means, message, now)
    elif went_to_number_of_now(db, means, message) and not _goes_again(db, means, message, what, now):
        ask_about_number(db, message, "undelivered", now)
        if what in codes.NUMBER_FAILS:
            number_fails(db, numbers.all_hashes(db, means, message["number_hash"]), now)
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


def went_to_number_of_now(db: Database, means: Means, message: Row) -> bool:
    """Whether a text went to the number that its participant has now; False for a text to staff. Else nothing that is
    heard of it calls for anything of that person: there is another number to try, or none."""
    if not message["participant_id"]:
        return False
    return message["number_hash"] in numbers.hashes_of(means, contacts.of_participant(db, message["participant_id"]))


def mirror_opt_out(db: Database, means: Means, message: Row, now: datetime, *, earlier_try: bool = False) -> None:
    """The provider sends no more to the number that a text went to: mirror its opt-out. earlier_try: the text went
    again since; where the number was mended in between, nobody knows any more which one it went to, and nothing is
    opted out: the provider refuses the next text to it."""
    if not message["number_hash"] or earlier_try and _mended_between(db, message):
        return
    hashes = numbers.all_hashes(db, means, message["number_hash"])
    contacts.opt_out(db, hashes[0], "provider", stamp(now), at_provider=True)
    people = opt_out.who_has(db, hashes)
    for participant_id in people:
        visits.look_again(db, participant_id, stamp(now))
    for subject in people or [message["recipient"]]:
        audit.record(db, stamp(now), "system", "opted_out", subject, how="provider", message=message["id"])


def _mended_between(db: Database, message: Row) -> bool:
    if not message["participant_id"]:
        return False
    since = contacts.of_participant(db, message["participant_id"])["number_since"] or ""
    return message["queued_at"] < since <= message["claimed_at"]


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
