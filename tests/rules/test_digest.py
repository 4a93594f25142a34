"""When the morning digest goes, and which visits are overdue."""

from datetime import date

import pytest

from prom.rules.digest import Counts, morning, overdue_since
from prom.rules.study import parse
from prom.rules.times import instant
from tests.study import SHIPPED

OURS = SHIPPED.read_text(encoding="utf-8")
HOLIDAYS = OURS.replace("closed_on = []", 'closed_on = ["2026-03-03"]')


@pytest.mark.parametrize(
    "at, day",
    [
        ("2026-03-02T12:59:59Z", None),  # a Monday; 8:00 in New York is 13:00
        ("2026-03-02T13:00:00Z", date(2026, 3, 2)),
        ("2026-03-02T14:59:59Z", date(2026, 3, 2)),
        ("2026-03-02T15:00:00Z", None),
        ("2026-03-03T03:00:00Z", None),  # still Monday there, at night
        ("2026-03-03T13:00:00Z", None),  # a holiday
        ("2026-03-04T13:00:00Z", date(2026, 3, 4)),
        ("2026-03-07T13:00:00Z", None),  # a Saturday
        ("2026-03-09T12:00:00Z", date(2026, 3, 9)),  # the clocks have changed
    ],
)
def test_a_digest_belongs_to_the_first_two_hours_of_a_working_day(at, day):
    assert morning(parse(HOLIDAYS, "study"), instant(at)) == day


def test_a_study_may_have_none():
    without = parse(OURS.replace("digest = true", "digest = false"), "study")
    assert morning(without, instant("2026-03-02T13:00:00Z")) is None


def test_a_clinic_that_closes_within_two_hours_sends_none_once_closed():
    short = parse(OURS.replace('close = "17:00"', 'close = "09:00"'), "study")
    assert morning(short, instant("2026-03-02T13:59:59Z")) == date(2026, 3, 2)
    assert morning(short, instant("2026-03-02T14:00:00Z")) is None


@pytest.mark.parametrize(
    "counts, tells",
    [(Counts(), False), (Counts(alerts=1), True), (Counts(reports=1), True), (Counts(visits=1), True)],
)
def test_nothing_is_told_where_nothing_waits(counts, tells):
    assert counts.tells == tells


@pytest.mark.parametrize(
    "given, since",
    [
        ({}, None),
        ({"call_due_on": "2026-04-10"}, date(2026, 4, 10)),
        ({"call_due_on": "2026-04-11"}, None),  # tomorrow
        ({"window_closes_on": "2026-04-10"}, None),  # its last day
        ({"window_closes_on": "2026-04-09"}, date(2026, 4, 9)),
        ({"window_closes_on": "2026-04-09", "call_due_on": "2026-04-08"}, date(2026, 4, 8)),
        ({"window_closes_on": "2026-04-07", "call_due_on": "2026-04-08"}, date(2026, 4, 7)),
        ({"call_due_on": "2026-04-08", "submitted_at": "2026-04-09T12:00:00Z"}, None),
        ({"call_due_on": "2026-04-08", "cancelled_at": "2026-04-09T12:00:00Z"}, None),
        ({"window_closes_on": "2026-04-09", "closes_at": "2026-04-10T15:00:00Z"}, None),  # over
        ({"window_closes_on": "2026-04-09", "zone": "Asia/Taipei"}, date(2026, 4, 9)),
        ({"window_closes_on": "2026-04-10", "zone": "Asia/Tokyo"}, date(2026, 4, 10)),  # the next day there
    ],
)
def test_a_visit_is_overdue_past_its_window_or_once_a_call_is_due(given, since):
    visit = {
        "opens_at": "2026-03-26T04:00:00Z", "closes_at": "2026-05-09T04:00:00Z", "finish_by": "2026-05-10T04:00:00Z",
        "started_at": None, "submitted_at": None, "cancelled_at": None, "window_closes_on": "2026-04-30",
        "call_due_on": None, "zone": "America/New_York",
    } | given  # fmt: skip
    assert overdue_since(visit, instant("2026-04-10T16:00:00Z")) == since
