"""Watch: the facts by which the system itself is judged, gathered for pages, monitors and the operator."""

from datetime import datetime

from prom.rules.ailing import JOBS, WAITS, Facts
from prom.rules.times import DAY, instant, stamp
from prom.store import health, texting
from prom.store.connect import Database

_FAILED = ("failed", "undelivered")
_TAKEN = ("sent", "delivered", *_FAILED)


def facts(db: Database, now: datetime) -> Facts:
    """What can be told of the system at this instant; quick enough for every page of the staff."""
    beats, due = health.heartbeats(db), texting.oldest_due(db, stamp(now))
    day = texting.outcomes_since(db, stamp(now - DAY))
    return Facts(
        jobs={job: _seconds(beats.get(job), now) for job in JOBS},
        waiting={lane: _seconds(due.get(lane), now) or 0.0 for lane in WAITS},
        sent={lane: _count(day.get(lane, {}), _TAKEN) for lane in WAITS},
        failed={lane: _count(day.get(lane, {}), _FAILED) for lane in WAITS},
        unknown=texting.count_unknown(db),
        faults=tuple((fault["step"], fault["subject"]) for fault in health.standing_faults(db)),
    )


def _seconds(since: str | None, now: datetime) -> float | None:
    return (now - instant(since)).total_seconds() if since else None


def _count(statuses: dict[str, int], which: tuple[str, ...]) -> int:
    return sum(statuses.get(status, 0) for status in which)
