"""The order of the nurses' list, and what is overdue."""

from datetime import timedelta

import pytest

from prom.rules.times import instant
from prom.rules.worklist import place, standing

NINE = "2026-03-02T14:00:00Z"  # a Monday, 09:00 in New York, an hour after opening


@pytest.mark.parametrize(
    "alert_class, minutes, overdue",
    [
        ("red", 30, False), ("red", 31, True),
        ("high", 240, False), ("high", 241, True),
        ("routine", 60 * 24, False),
    ],
)  # fmt: skip
def test_an_alert_nobody_took_in_time_is_overdue(study, alert_class, minutes, overdue):
    found = standing(study, alert_class, [event("raised", NINE)], instant(NINE) + timedelta(minutes=minutes))
    assert (found.state, found.taken, found.overdue) == ("open", None, overdue)


def test_an_alert_that_somebody_has_is_not_overdue(study):
    took = event("acknowledged", "2026-03-02T14:05:00Z", "nina")
    found = standing(study, "red", [event("raised", NINE), took], instant(NINE) + timedelta(days=2))
    assert (found.state, found.taken, found.overdue) == ("acknowledged", took, False)


def test_a_climb_calls_anew(study):
    climbed = "2026-03-02T15:00:00Z"
    events = [event("raised", NINE), event("acknowledged", NINE, "nina"), event("climbed", climbed)]
    assert standing(study, "red", events, instant(climbed) + timedelta(minutes=30)).overdue is False
    late = standing(study, "red", events, instant(climbed) + timedelta(minutes=31))
    assert (late.taken, late.overdue) == (None, True)


def test_red_stands_first_then_the_overdue_then_by_class_and_age():
    wanted = [
        ("red", True, "10:00"), ("red", False, "09:00"), ("red", False, "11:00"),
        ("high", True, "08:00"), ("routine", True, "01:00"),
        ("high", False, "07:00"), ("high", False, "08:30"), ("routine", False, "02:00"),
    ]  # fmt: skip
    backwards = wanted[::-1]
    assert sorted(backwards, key=lambda each: place(*each)) == wanted


def event(kind, at, staff_id=None):
    return {"kind": kind, "at": at, "staff_id": staff_id}
