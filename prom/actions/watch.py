"""Watch: the facts by which the system itself is judged, gathered for pages, monitors and the operator."""

from datetime import datetime

from prom.actions import numbers
from prom.actions.means import Means
from prom.rules.ailing import JOBS, WAITS, Facts
from prom.rules.times import DAY, instant, stamp
from prom.store import contacts, health, staff, studies, texting
from prom.store.connect import Database, Row

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


def opted_out(db: Database, means: Means) -> dict[str, int]:
    """{participants, staff: how many of their numbers are opted out, each once, under whichever key it was written
    down}. Opens every number once somebody has opted out: not for every page."""
    out = contacts.opted_out_hashes(db)
    sites = tuple(site["id"] for site in studies.sites(db))
    team = [person for person in staff.of_sites(db, sites) if person["active"]] if out else []
    people = contacts.with_number(db) if out else []
    return {"participants": _numbers_out(means, people, out), "staff": _numbers_out(means, team, out)}


def _numbers_out(means: Means, people: list[Row], out: set[str]) -> int:
    hashes = [numbers.hashes_of(means, each) for each in people]
    return len({each[0] for each in hashes if out.intersection(each)})


def _seconds(since: str | None, now: datetime) -> float | None:
    return (now - instant(since)).total_seconds() if since else None


def _count(statuses: dict[str, int], which: tuple[str, ...]) -> int:
    return sum(statuses.get(status, 0) for status in which)
