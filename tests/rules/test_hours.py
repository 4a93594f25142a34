"""Opening hours in the study's zone (New York, Monday to Friday, 8:00 to 17:00), texting hours in the
participant's. 2 March 2026 is a Monday; clocks go forward on 8 March and back on 1 November."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from prom.rules import hours

NEW_YORK = ZoneInfo("America/New_York")
TAIPEI = ZoneInfo("Asia/Taipei")


def local(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def shut_on(study, *days: date, **clinic):
    return study.model_copy(update={"clinic": study.clinic.model_copy(update={"closed_on": days} | clinic)})


@pytest.mark.parametrize(
    "at, answer",
    [
        ("2026-03-02T07:59:59", False),
        ("2026-03-02T08:00", True),
        ("2026-03-02T16:59:59", True),
        ("2026-03-02T17:00", False),
        ("2026-03-01T12:00", False),
        ("2026-03-09T08:00", True),
        ("2026-03-09T07:30", False),
    ],
)
def test_somebody_is_there_in_opening_hours_only(study, at, answer):
    assert hours.is_open(study, local(at)) is answer


def test_the_clinic_is_closed_on_a_day_named_so(study):
    assert not hours.is_open(shut_on(study, date(2026, 3, 2)), local("2026-03-02T10:00"))


# Holidays by the calendars of the US Office of Personnel Management and of Taiwan's Executive Yuan for 2026.
@pytest.mark.parametrize(
    "holidays, day, name",
    [
        ("", date(2026, 12, 25), ""),
        ("US", date(2026, 12, 25), "Christmas Day"),
        ("US", date(2026, 7, 3), "Independence Day (observed)"),
        ("US", date(2026, 2, 12), ""),
        ("US-NY", date(2026, 2, 12), "Lincoln's Birthday"),
        ("US", date(2026, 2, 17), ""),
        ("TW", date(2026, 2, 17), "Chinese New Year"),
        ("TW", date(2026, 7, 4), ""),
    ],
)
def test_the_clinic_is_closed_on_the_public_holidays_of_its_place(study, holidays, day, name):
    clinic = shut_on(study, holidays=holidays)
    assert hours.holiday(clinic, day) == name
    assert hours.is_working_day(clinic, day) == (not name and day.weekday() < 5)


def test_hours_and_working_days_pass_over_a_public_holiday(study):
    friday = local("2026-05-22T16:30")  # Monday is Memorial Day
    assert hours.next_opening(study, local("2026-05-25T10:00")) == local("2026-05-26T08:00")
    assert hours.after_open_minutes(study, friday, 60) == local("2026-05-26T08:30")
    assert hours.minutes_open(study, friday, local("2026-05-26T08:30")) == 60
    assert hours.working_days_after(study, friday.date(), 1) == date(2026, 5, 26)


@pytest.mark.parametrize("day", [date(2026, 12, 25), date(2026, 3, 7)], ids=["holiday", "Saturday"])
def test_a_day_named_as_open_is_open_whatever_day_it_is(study, day):
    assert not hours.is_working_day(study, day)
    assert hours.is_working_day(shut_on(study, open_on=(day,)), day)


def test_a_year_of_holidays_is_reckoned_once():
    assert hours.holidays_of("US-NY", 2031) is hours.holidays_of("US-NY", 2031)


@pytest.mark.parametrize(
    "at, opens",
    [
        ("2026-03-02T10:00", "2026-03-02T10:00"),
        ("2026-03-02T06:00", "2026-03-02T08:00"),
        ("2026-03-02T17:00", "2026-03-03T08:00"),
        ("2026-03-06T18:00", "2026-03-09T08:00"),  # over a change of clocks
        ("2026-10-30T18:00", "2026-11-02T08:00"),
    ],
)
def test_next_opening(study, at, opens):
    assert hours.next_opening(study, local(at)) == local(opens)


def test_next_opening_passes_over_holidays(study):
    shut = shut_on(study, date(2026, 3, 2), date(2026, 3, 3))
    assert hours.next_opening(shut, local("2026-02-28T09:00")) == local("2026-03-04T08:00")


@pytest.mark.parametrize(
    "start, end, minutes",
    [
        ("2026-03-02T08:00", "2026-03-02T17:00", 540),
        ("2026-03-02T16:30", "2026-03-03T08:30", 60),
        ("2026-03-06T16:00", "2026-03-09T09:00", 120),
        ("2026-03-07T00:00", "2026-03-08T23:59", 0),
        ("2026-03-02T10:00", "2026-03-02T10:00:30", 0.5),
        ("2026-03-02T12:00", "2026-03-02T11:00", 0),
        ("2026-03-03T12:00", "2026-03-02T11:00", 0),
    ],
)
def test_minutes_open_between_two_instants(study, start, end, minutes):
    assert hours.minutes_open(study, local(start), local(end)) == minutes


@pytest.mark.parametrize(
    "start, minutes, reached",
    [
        ("2026-03-02T10:00", 0, "2026-03-02T10:00"),
        ("2026-03-02T18:00", 0, "2026-03-03T08:00"),
        ("2026-03-02T10:00", 240, "2026-03-02T14:00"),
        ("2026-03-02T16:00", 60, "2026-03-02T17:00"),
        ("2026-03-02T16:00", 61, "2026-03-03T08:01"),
        ("2026-03-06T16:00", 240, "2026-03-09T11:00"),
        ("2026-03-02T09:00", 1080, "2026-03-04T09:00"),
    ],
)
def test_so_many_minutes_of_opening_hours_later(study, start, minutes, reached):
    found = hours.after_open_minutes(study, local(start), minutes)
    assert found == local(reached)
    assert hours.minutes_open(study, local(start), found) == minutes


@pytest.mark.parametrize(
    "day, n, reached",
    [
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
        (date(2026, 3, 2), 1, date(2026, 3, 3)),
        (date(2026, 3, 6), 1, date(2026, 3, 9)),
        (date(2026, 3, 7), 2, date(2026, 3, 10)),
    ],
)
def test_working_days_after_a_day(study, day, n, reached):
    assert hours.working_days_after(study, day, n) == reached
    assert hours.working_days_after(shut_on(study, date(2026, 3, 9)), date(2026, 3, 6), 1) == date(2026, 3, 10)


@pytest.mark.parametrize(
    "ask",
    [
        lambda study, at: hours.next_opening(study, at),
        lambda study, at: hours.is_open(study, at),
        lambda study, at: hours.after_open_minutes(study, at, 10),
        lambda study, at: hours.working_days_after(study, at.date(), 1),
    ],
)
def test_a_clinic_that_never_opens_is_told_not_waited_for(study, ask):
    start = date(2026, 1, 1)
    shut = shut_on(study, *(start + timedelta(days=number) for number in range(500)))
    with pytest.raises(ValueError, match="400 days"):
        ask(shut, local("2026-01-02T10:00"))


@pytest.mark.parametrize(
    "zone, at, sends",
    [
        (NEW_YORK, "2026-03-02T08:59", "2026-03-02T09:00"),
        (NEW_YORK, "2026-03-02T09:00", "2026-03-02T09:00"),
        (NEW_YORK, "2026-03-02T19:59:59", "2026-03-02T19:59:59"),
        (NEW_YORK, "2026-03-02T20:00", "2026-03-03T09:00"),
        (NEW_YORK, "2026-03-07T22:00", "2026-03-08T09:00"),
        (NEW_YORK, "2026-10-31T22:00", "2026-11-01T09:00"),
        (TAIPEI, "2026-03-02T23:00", "2026-03-03T09:00"),
    ],
)
def test_texts_wait_for_the_participants_texting_hours(study, zone, at, sends):
    assert hours.texting_from(study.texting, zone, local(at, zone)) == local(sends, zone)


def test_the_night_of_a_change_of_clocks_is_an_hour_shorter_or_longer(study):
    def wait(at):
        return hours.texting_from(study.texting, NEW_YORK, at.astimezone(ZoneInfo("UTC"))) - at.astimezone(
            ZoneInfo("UTC")
        )

    assert wait(local("2026-03-07T21:00")) == timedelta(hours=11)
    assert wait(local("2026-03-09T21:00")) == timedelta(hours=12)
    assert wait(local("2026-10-31T21:00")) == timedelta(hours=13)
