"""Which due texts may be claimed now, and how fast.

Texts to participants are handed over no faster than the sender carries them: what waits at the provider would stand in
front of a nurse's text. How much went lately the rows say, so that two processes keep one pace between them.
"""

from datetime import datetime, timedelta

from prom.actions import address, holds
from prom.actions.means import Means
from prom.rules import sending
from prom.rules.times import stamp
from prom.store import messages
from prom.store.connect import Database, Row

_LOOKS_BACK = timedelta(seconds=20)  # longer than the largest text, alone at the slowest pace, takes to be carried


def due(db: Database, means: Means, lane: str, many: int, now: datetime) -> list[Row]:
    """The due texts of a lane that may be claimed now, `many` at most: the longest due first. While texts to
    participants are held, the one for a trial; else those that somebody waits for, at once, then the others at the
    pace. Nothing at all while the address is to be confirmed."""
    if address.held(db):
        return []
    if lane == "staff":
        return messages.due(db, lane, stamp(now), many)
    if holds.standing(db):
        return holds.trial(db, means, now)
    if not means.pace:
        return messages.due(db, lane, stamp(now), many)
    asked_for = messages.due_at_once(db, stamp(now), many)
    room = sending.room(means.pace, messages.segments_claimed(db, lane, stamp(now - _LOOKS_BACK)), now)
    return asked_for or messages.due(db, lane, stamp(now), min(many, room))
