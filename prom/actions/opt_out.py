"""Opting a number out of texts, and in again: one fact of the number, for all who have it, however it came.

A STOP that the provider knows it keeps, too, and sends nothing to that number until it gets a START that it knows. Ours
alone, of a word that it does not know or of the page, others may end.
"""

from datetime import datetime

from prom.actions.means import Means
from prom.errors import Conflict
from prom.rules.times import stamp
from prom.store import audit, contacts, participants, staff, tasks, visits
from prom.store.connect import Database, write

UNHEARD = "start_unheard"  # the task


def stop(
    db: Database,
    hashes: tuple[str, ...],
    people: list[str],
    now: datetime,
    *,
    how: str,
    at_provider: bool = False,
) -> bool:
    """The number gets no more texts; whether it got any before. Where it is a nurse's, the watch over the on-call list
    tells the operator. Call it inside a write. hashes: the number's, newest key first. people: the participants who
    have it. how: text | page. at_provider: the provider blocks it too."""
    new = not contacts.opted_out(db, hashes)
    contacts.opt_out(db, hashes[0], how, stamp(now), at_provider=at_provider)
    for participant_id in people:
        audit.record(db, stamp(now), "participant", "opted_out", participant_id, how=how)
        visits.look_again(db, participant_id, stamp(now))
    for person in staff.by_number(db, hashes):
        audit.record(db, stamp(now), person["id"], "opted_out", person["id"], how=how)
    return new


def start(db: Database, hashes: tuple[str, ...], people: list[str], now: datetime, *, how: str) -> None:
    """The number may get texts again. Arguments as for `stop`; call it inside a write."""
    contacts.opt_in(db, hashes, how, stamp(now))
    for participant_id in people:
        audit.record(db, stamp(now), "participant", "opted_in", participant_id, how=how)
        _goes_on(db, participant_id, now)


def start_unheard(db: Database, hashes: tuple[str, ...], people: list[str], now: datetime) -> bool:
    """A START by a word that the provider does not know, where it blocks the number: nothing could be sent. Somebody is
    asked to tell them which word it knows. False where it does not block it. Call it inside a write."""
    if not blocked(db, hashes):
        return False
    for participant_id in people:
        tasks.raise_task(db, UNHEARD, participant_id, stamp(now), participant_id=participant_id)
    return True


def asked_again(db: Database, means: Means, participant_id: str, now: datetime, *, staff_id: str) -> None:
    """A participant told somebody of the staff that texts are to come again: the number gets them again, for all who
    have it. Raises Conflict where it is not opted out, and where the provider blocks it."""
    with write(db):
        number = means.keys.open(contacts.of_participant(db, participant_id)["mobile_sealed"])
        hashes = means.keys.number_hashes(number)
        if not contacts.opted_out(db, hashes):
            raise Conflict("not_opted_out")
        if blocked(db, hashes):
            raise Conflict("provider_blocks")
        contacts.opt_in(db, hashes, "staff", stamp(now), staff_id)
        audit.record(db, stamp(now), staff_id, "opted_in", participant_id, how="staff")
        for each in who_has(db, hashes):
            _goes_on(db, each, now)


def blocked(db: Database, hashes: tuple[str, ...]) -> bool:
    """Whether the provider itself sends nothing to a number until it gets a START."""
    return any(each["at_provider"] and not each["ended_at"] for each in contacts.opt_outs(db, hashes))


def _goes_on(db: Database, participant_id: str, now: datetime) -> None:
    tasks.finish_for(db, UNHEARD, participant_id, stamp(now), None, "texts_again")
    visits.look_again(db, participant_id, stamp(now))


def who_has(db: Database, hashes: tuple[str, ...]) -> list[str]:
    """The participants who have a number, but for those that were imported."""
    return [each for each in contacts.sharing(db, hashes) if not participants.by_id(db, each)["imported"]]
