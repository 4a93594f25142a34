"""The morning digest: when it goes and whether there is anything to tell; and which visits are overdue."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from prom.rules.hours import is_open
from prom.rules.study import Study
from prom.rules.times import at_time, day_of, local_day
from prom.rules.visit import takes_answers

Row = dict[str, Any]

STALE = timedelta(hours=2)  # after opening nobody wants it any more


@dataclass(frozen=True)
class Counts:
    """What waits for a nurse. overdue: of the open alerts, those that nobody took, acted on or
    closed in time."""

    alerts: int = 0
    overdue: int = 0
    reports: int = 0
    visits: int = 0

    @property
    def tells(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.alerts or self.reports or self.visits)


def morning(study: Study, now: datetime) -> date | None:
    """The working day whose digest may be queued, and may leave, at this instant: in opening hours, within two hours of
    opening. None at any other time, on a closed day, and where the study wants no digest."""
    day = local_day(now, study.zone)
    opened_for = now - at_time(day, study.clinic.open, study.zone)
    right = study.alerts.digest and timedelta(0) <= opened_for < STALE and is_open(study, now)
    return day if right else None


def overdue_since(visit: Row, now: datetime) -> date | None:
    """The day from which a visit that still takes answers is overdue: the earlier of the one on which a call about it
    came due and the last one of its window, now past. None for one that is not.

    visit: its row with zone (of the participant) and call_due_on (of the open call, None without one)."""
    if not takes_answers(visit, now):
        return None
    today = local_day(now, ZoneInfo(visit["zone"]))
    called = [day_of(visit["call_due_on"])] if visit["call_due_on"] else []
    closed = [day_of(visit["window_closes_on"])] if visit["window_closes_on"] else []
    past = [day for day in called if day <= today] + [day for day in closed if day < today]
    return min(past, default=None)
