"""When a canary begins, and where it stands: steps and their times in opening hours."""

import pytest

from prom.rules.canary import STEPS, due, procedure, steps
from prom.rules.study_check import parse_checked
from prom.rules.times import MINUTE, day_of
from tests.study import SHIPPED, utc

ASKS_BEFORE = 'timepoints = ["baseline", "1m", "3m", "6m"]'

MONDAY = utc("2026-03-02T15:00:00Z")  # 10:00 in New York; open from 8:00 to 17:00


def states(study, now, **done) -> dict[str, str]:
    found = steps(study, MONDAY, dict.fromkeys(STEPS) | done, now)
    return {step.name: step.state for step in found}


@pytest.mark.parametrize(
    "begun_on, now, begins",
    [
        (None, "2026-03-02T15:00:00Z", True),
        (None, "2026-03-02T12:59:59Z", False),  # before opening
        ("2026-03-02", "2026-03-08T15:00:00Z", False),
        ("2026-03-02", "2026-03-09T12:00:00Z", True),  # summer time since the day before
        ("2026-02-28", "2026-03-07T16:00:00Z", False),  # a Saturday
        ("2026-02-28", "2026-03-09T16:00:00Z", True),
    ],
)
def test_one_begins_a_week_after_the_last_in_opening_hours(study, begun_on, now, begins):
    assert due(study, begun_on and day_of(begun_on), utc(now)) == begins


def test_the_first_step_that_is_not_done_waits_and_then_is_late(study):
    assert set(states(study, MONDAY + 240 * MINUTE).values()) == {"waits", "later"}
    late = states(study, MONDAY + 241 * MINUTE)
    assert (late["planned"], late["accepted"]) == ("late", "later")


def test_no_night_counts(study):
    evening = utc("2026-03-02T21:55:00Z")  # 16:55
    morning = utc("2026-03-03T13:00:00Z")  # 8:00
    assert states(study, morning + 10 * MINUTE, planned=evening)["accepted"] == "waits"
    assert states(study, morning + 11 * MINUTE, planned=evening)["accepted"] == "late"


def test_a_later_step_proves_the_earlier_ones(study):
    found = states(study, MONDAY + 300 * MINUTE, planned=MONDAY, answered=MONDAY + 299 * MINUTE)
    assert list(found.values()) == ["done", "done", "done", "done", "waits", "later"]


@pytest.mark.parametrize(
    "timepoints, today, recorded",
    [
        ('["baseline", "1m"]', "2026-03-02", ("injection", "planned", "2026-03-09")),
        ('["1m", "3m"]', "2026-03-02", ("injection", "performed", "2026-02-02")),
        ('["3m"]', "2026-03-02", ("injection", "performed", "2025-12-02")),
        ('["1m"]', "2026-03-31", ("injection", "performed", "2026-02-28")),  # due three days before
        ('["1m"]', "2026-02-28", ("injection", "performed", "2026-01-31")),
    ],
)
def test_a_form_is_due_on_the_day_that_it_begins_whatever_the_study_asks_when(timepoints, today, recorded):
    text = SHIPPED.read_text(encoding="utf-8").replace(ASKS_BEFORE, f"timepoints = {timepoints}")
    kind, status, on = procedure(parse_checked(text, "study.toml"), day_of(today))
    assert (kind, status, on.isoformat()) == recorded
