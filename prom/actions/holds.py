"""Holds: while our own configuration is wrong, no text to a participant is claimed but one trial a minute.

A hold is a fault that stands; when the next trial is due, the last claim of the lane says. Texts to staff are never
held: each is tried, then goes up the ladder.
"""

from datetime import datetime, timedelta

from prom.actions import alarms
from prom.actions.means import Means
from prom.rules import provider_codes
from prom.rules.times import stamp
from prom.store import health, messages
from prom.store.connect import Database, Row

_FAULT = ("provider", "held")  # step and subject
LATER = "undelivered"


def standing(db: Database) -> bool:
    """Whether texts to participants are held."""
    return health.standing_fault(db, *_FAULT) is not None


def trial(db: Database, means: Means, now: datetime) -> list[Row]:
    """The text for a trial that is due while texts to participants are held; [] for none now."""
    last = messages.last_claimed(db, "participant")
    if last and last > stamp(now - timedelta(seconds=means.waits.trial)):
        return []
    return messages.next_trial(db, stamp(now))


def since(db: Database, at: str) -> list[Row]:
    """The holds that had not ended by an instant, as `sending.held_for` takes them."""
    return health.periods(db, *_FAULT, at)


def begin(db: Database, means: Means, reason: str, now: datetime) -> None:
    """Hold the texts to participants; the operator is told once. reason: begins with LATER where texts were taken in,
    and then failed."""
    alarms.fault(db, means, *_FAULT, reason, now)


def accepted(db: Database, means: Means, message: Row, now: datetime) -> None:
    """The provider took a text in: a hold that began before it was claimed is over, and the operator is told once."""
    fault = health.standing_fault(db, *_FAULT)
    if fault and not fault["what"].startswith(LATER):
        _end(db, means, fault, message, now)


def refused(db: Database, means: Means, message: Row, code: str, now: datetime) -> None:
    """The provider refused a text for what it is alone: so is a hold that began because it refused all."""
    fault = health.standing_fault(db, *_FAULT)
    began = fault["what"].partition(" ") if fault else ("", "", "")
    if fault and began[0] == provider_codes.CONFIGURATION and provider_codes.proves_mended(code, began[2]):
        _end(db, means, fault, message, now)


def arrived(db: Database, means: Means, message: Row, now: datetime) -> None:
    """A carrier took a text: so is one that began because texts were taken in, and then failed."""
    fault = health.standing_fault(db, *_FAULT)
    if fault:
        _end(db, means, fault, message, now)


def _end(db: Database, means: Means, fault: Row, message: Row, now: datetime) -> None:
    if message["lane"] == "participant" and message["claimed_at"] and message["claimed_at"] > fault["at"]:
        alarms.well(db, means, *_FAULT, now)
