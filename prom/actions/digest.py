"""The morning digest: at opening one text to each person on call and each lead, where anything waits at their sites.
Counts alone; it tells of no alert and stands in for no text about one."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from prom.actions import escalate, staff_text
from prom.actions.means import Means
from prom.actions.rota import on_call_at
from prom.rules import sending, worklist
from prom.rules.digest import Counts, morning, overdue_since
from prom.rules.times import day_of, instant, local_day, stamp
from prom.store import alerts, health, today
from prom.store.connect import Database, Row, write

_JOB = "digest"  # its heartbeat says on which day it was last seen to


def due(db: Database, means: Means, now: datetime) -> list[str]:
    """The day whose digest is to be seen to, [] for none: once a working day, at opening."""
    study = means.study(db)
    day = morning(study, now)
    if day is None:
        return []
    last = health.heartbeats(db).get(_JOB)
    return [] if last and local_day(instant(last), study.zone) == day else [day.isoformat()]


def see_to(db: Database, means: Means, day: str, now: datetime) -> None:
    """Queue a day's texts, where there is anything to tell. What comes in later that morning waits for no text."""
    with write(db):
        if due(db, means, now) != [day]:
            return
        health.beat(db, _JOB, stamp(now))
        for person, sites in _on_call(db, means, now).items():
            if counts(db, means, sites, now).tells:
                _queue(db, means, day, person, now)


def counts(db: Database, means: Means, sites: tuple[str, ...], now: datetime) -> Counts:
    """What waits at these sites."""
    open_now = sum(alert["site_id"] in sites for alert in alerts.open_alerts(db))
    unread = sum(visit["site_id"] in sites for visit in alerts.unread(db, stamp(now)))
    return Counts(open_now, overdue_alerts(db, means, sites, now), unread, len(overdue_visits(db, sites, now)))


def overdue_alerts(db: Database, means: Means, sites: tuple[str, ...], now: datetime) -> int:
    """How many open alerts of these sites are past the time that counts for them now."""
    open_now = [alert for alert in alerts.open_alerts(db) if alert["site_id"] in sites]
    return sum(_is_overdue(db, means, alert, now) for alert in open_now)


def overdue_visits(db: Database, sites: tuple[str, ...], now: datetime) -> list[tuple[date, Row]]:
    """(since when, visit as `today.open_visits` has it) of each overdue visit of these sites, the longest overdue
    first."""
    found = [(overdue_since(visit, now), visit) for visit in today.open_visits(db, stamp(now))]
    return sorted(
        ((since, visit) for since, visit in found if since and visit["site_id"] in sites), key=lambda each: each[0]
    )


def is_stale(db: Database, means: Means, message: Row, now: datetime) -> bool:
    """Whether the morning of a digest is over."""
    return morning(means.study(db), now) != day_of(message["about"])


def is_so(db: Database, means: Means, message: Row, now: datetime) -> bool:
    """Whether its recipient is still on call and there is still anything to tell."""
    return counts(db, means, _on_call(db, means, now).get(message["staff_id"], ()), now).tells


def values(db: Database, means: Means, message: Row, now: datetime) -> dict[str, Any]:
    """What fills its text, as things stand now."""
    sites = _on_call(db, means, now)[message["staff_id"]]
    return asdict(counts(db, means, sites, now)) | {"link": f"{means.base_url}/care/today"}


def _on_call(db: Database, means: Means, now: datetime) -> dict[str, tuple[str, ...]]:
    """{staff id: the sites at which they are on call or the lead} of everybody who can be told."""
    found: dict[str, tuple[str, ...]] = {}
    for site in escalate.all_sites(db):
        here = on_call_at(db, means, site, now)
        for person in dict.fromkeys((*here.nurses, *([here.lead] if here.lead else []))):
            found[person] = (*found.get(person, ()), site)
    return found


def _is_overdue(db: Database, means: Means, alert: Row, now: datetime) -> bool:
    study = escalate.study_of(db, means, alert["id"])
    return worklist.standing(study, alert["class"], alerts.events(db, alert["id"]), now).overdue


def _queue(db: Database, means: Means, day: str, staff_id: str, now: datetime) -> None:
    staff_text.queue(db, means, sending.DIGEST, "staff_digest", staff_id, now, about=day)
