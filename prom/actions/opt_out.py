"""Opting a number out of texts, and in again: one fact of the number, for all who have it, however it came."""

from datetime import datetime

from prom.rules.times import stamp
from prom.store import audit, contacts, participants, staff, visits
from prom.store.connect import Database


def stop(db: Database, hashes: tuple[str, ...], people: list[str], now: datetime, *, how: str) -> bool:
    """The number gets no more texts; whether it got any before. Where it is a nurse's, the watch over the on-call list
    tells the operator. Call it inside a write. hashes: the number's, newest key first. people: the participants who
    have it. how: text | page."""
    new = not contacts.opted_out(db, hashes)
    contacts.opt_out(db, hashes[0], how, stamp(now))
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
        visits.look_again(db, participant_id, stamp(now))


def who_has(db: Database, hashes: tuple[str, ...]) -> list[str]:
    """The participants who have a number, but for those that were imported."""
    return [each for each in contacts.sharing(db, hashes) if not participants.by_id(db, each)["imported"]]
