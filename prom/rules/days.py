"""Which days can be meant of a procedure or a consent: a slip of the year is refused before anything hangs on it."""

from datetime import date

from prom.errors import Refusal
from prom.rules.times import add_months

DONE_MONTHS = 360  # nothing that was done or given is recorded from longer ago
PLANNED_MONTHS = 24  # nothing is planned further ahead
PASSED_MONTHS = 12  # nor recorded as planned for a day that passed longer ago


def check_done(day: date, today: date) -> None:
    """The day of what was done, decided or given. Raises Refusal for one to come, or longer ago than can be meant."""
    if day > today:
        raise Refusal("date_future")
    earliest = add_months(today, -DONE_MONTHS)
    if day < earliest:
        raise Refusal("date_odd", earliest=earliest.isoformat(), latest=today.isoformat())


def check_planned(day: date, today: date) -> None:
    """The day that something is planned for. Raises Refusal for one further off than can be meant."""
    earliest, latest = add_months(today, -PASSED_MONTHS), add_months(today, PLANNED_MONTHS)
    if not earliest <= day <= latest:
        raise Refusal("date_odd", earliest=earliest.isoformat(), latest=latest.isoformat())
