"""Instants, days and zones. Stored instants are `2026-03-01T09:00:00Z`, so that text order is time order."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def stamp(at: datetime) -> str:
    """An aware instant as it is stored, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """A stored instant, aware, UTC."""
    return datetime.fromisoformat(text)


def day_of(text: str) -> date:
    """A stored date."""
    return date.fromisoformat(text)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The calendar day of an instant in a zone."""
    return at.astimezone(zone).date()


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a calendar day in a zone, in UTC."""
    return at_time(day, time(0), zone)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after a calendar day in a zone, in UTC."""
    return start_of(day + DAY, zone)


def at_time(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """A time of day on a calendar day in a zone, in UTC. In the hour that a change of clocks skips or
    doubles: the later instant of the skipped, the first of the doubled."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later, clamped to the month's last day (31 January + 1: 28 or 29)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    last = (date(year + month // 12, month % 12 + 1, 1) - DAY).day
    return date(year, month, min(day.day, last))
