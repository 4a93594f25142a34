"""When the clinic is open and when a participant may be texted. Opening hours are the study zone's;
texting hours are the participant's. Public holidays are those of the `holidays` package for the study file's country.
Instants are aware; those made here are UTC."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays import country_holidays, list_supported_countries

from prom.rules.study import Study, Texting
from prom.rules.times import DAY, MINUTE, at_time, local_day

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_CLOSURE_DAYS = 400  # closed for longer than this: the study file is wrong


def is_working_day(study: Study, day: date) -> bool:
    """Whether the clinic opens on a calendar day: one of its days and no holiday, or one named as open all the same."""
    clinic = study.clinic
    if day in clinic.open_on:
        return True
    return WEEK[day.weekday()] in clinic.days and day not in clinic.closed_on and not holiday(study, day)


def holiday(study: Study, day: date) -> str:
    """The name of the public holiday of a day, in English where the package has it; "" for none."""
    place = study.clinic.holidays
    return holidays_of(place, day.year).get(day, "") if place else ""


def knows_holidays(place: str) -> bool:
    """Whether the holidays of a place are known: a country, or with one of its parts, by their codes (ISO 3166)."""
    country, dash, part = place.partition("-")
    parts = list_supported_countries(include_aliases=False).get(country)
    return parts is not None and (not dash or part in parts)


@cache  # hours are asked many times a tick, and a year of holidays takes milliseconds to reckon
def holidays_of(place: str, year: int) -> Mapping[date, str]:
    """The public holidays of a year, by day. place: one that is known, such as "US" or "US-NY"."""
    country, _, part = place.partition("-")
    return dict(country_holidays(country, subdiv=part or None, years=year, language="en_US"))


def is_open(study: Study, at: datetime) -> bool:
    """Whether somebody is there: from opening until just before closing."""
    return _opens(study, at) <= at


def next_opening(study: Study, at: datetime) -> datetime:
    """When the clinic next opens; `at` itself while it is open. Raises ValueError if it never does."""
    return max(_opens(study, at), at)


def minutes_open(study: Study, start: datetime, end: datetime) -> float:
    """Minutes of opening hours between two instants; 0 if they stand the wrong way round."""
    first, last = local_day(start, study.zone), local_day(end, study.zone)
    total = timedelta(0)
    for number in range((last - first).days + 1):
        day = first + number * DAY
        if is_working_day(study, day):
            opens, closes = _hours_of(study, day)
            total += max(min(closes, end) - max(opens, start), timedelta(0))
    return total / MINUTE


def after_open_minutes(study: Study, start: datetime, minutes: float) -> datetime:
    """The instant at which so many minutes of opening hours have passed since `start`; with 0 minutes
    the first instant of opening hours. Raises ValueError if the clinic never opens."""
    left = minutes * MINUTE
    for opens, closes in _openings(study, start):
        begins = max(opens, start)
        if begins + left <= closes:
            return begins + left
        left -= closes - begins
    raise AssertionError("openings do not end")


def working_days_after(study: Study, day: date, n: int) -> date:
    """The n-th working day after a day (n = 0: the day itself). Raises ValueError if there is none."""
    closed_for = 0
    while n:
        day += DAY
        working = is_working_day(study, day)
        n -= working
        closed_for = 0 if working else closed_for + 1
        _give_up(closed_for)
    return day


def texting_from(texting: Texting, zone: ZoneInfo, at: datetime) -> datetime:
    """The earliest instant from `at` on that lies inside texting hours of a participant's zone."""
    day = local_day(at, zone)
    if at < at_time(day, texting.to, zone):
        return max(at, at_time(day, texting.from_, zone))
    return at_time(day + DAY, texting.from_, zone)


def _opens(study: Study, at: datetime) -> datetime:
    """When the present opening began, or the next one begins."""
    return next(_openings(study, at))[0]


def _openings(study: Study, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    day, closed_for = local_day(at, study.zone), 0
    while True:
        opens, closes = _hours_of(study, day)
        if is_working_day(study, day) and at < closes:
            closed_for = 0
            yield opens, closes
        else:
            closed_for += 1
        _give_up(closed_for)
        day += DAY


def _hours_of(study: Study, day: date) -> tuple[datetime, datetime]:
    return at_time(day, study.clinic.open, study.zone), at_time(day, study.clinic.close, study.zone)


def _give_up(closed_for: int) -> None:
    if closed_for > LONGEST_CLOSURE_DAYS:
        raise ValueError(f"the clinic is closed for more than {LONGEST_CLOSURE_DAYS} days on end")
