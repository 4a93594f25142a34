"""Holds: while our own configuration is wrong, no text to a participant is claimed but one trial a minute.

A hold is a fault that stands; when the next trial is due, the last claim of the lane says. Texts to staff are never
held: each is tried, then goes up the ladder.
"""

from datetime import datetime, timedelta

from prom.actions import alarms
from prom.actions.means import Means
from prom.rules.sending import TRIAL_SECONDS
from prom.rules.times import stamp
from prom.store import health, messages
from prom.store.connect import Database, Row

_FAULT = ("provider", "held")  # step and subject


def due(db: Database, lane: str, many: int, now: datetime) -> list[Row]:
    """The due texts of a lane that may be claimed now, `many` at most: the longest due first; while the lane is held,
    the one for a trial."""
    if lane == "staff" or not standing(db):
        return messages.due(db, lane, stamp(now), many)
    last = messages.last_claimed(db, lane)
    if last and last > stamp(now - timedelta(seconds=TRIAL_SECONDS)):
        return []
    return messages.next_trial(db, stamp(now))


def standing(db: Database) -> bool:
    """Whether texts to participants are held."""
    return health.standing_since(db, *_FAULT) is not None


def since(db: Database, at: str) -> list[Row]:
    """The holds that had not ended by an instant, as `sending.held_for` takes them."""
    return health.periods(db, *_FAULT, at)


def begin(db: Database, means: Means, reason: str, now: datetime) -> None:
    """Hold the texts to participants; the operator is told once."""
    alarms.fault(db, means, *_FAULT, reason, now)


def accepted(db: Database, means: Means, message: Row, now: datetime) -> None:
    """The provider took a text in: if it was claimed since the hold began, that is over, and the operator told once."""
    began = health.standing_since(db, *_FAULT)
    if began and message["lane"] == "participant" and message["claimed_at"] > began:
        alarms.well(db, means, *_FAULT, now)
