"""Who is told, and when. New York, Monday to Friday, 8:00 to 17:00; 2 March 2026 is a Monday."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from prom.rules import ladder

NEW_YORK = ZoneInfo("America/New_York")
NIGHT, DAY = "2026-03-01T23:00", "2026-03-02T10:00"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def uncovered(study):
    return study.model_copy(update={"night": study.night.model_copy(update={"cover": False})})


@pytest.mark.parametrize(
    "alert_class, raised_at, times",
    [
        ("red", NIGHT, ["2026-03-01T23:00", "2026-03-01T23:30", "2026-03-02T00:00"]),
        ("red", DAY, ["2026-03-02T10:00", "2026-03-02T10:30", "2026-03-02T11:00"]),
        ("high", DAY, ["2026-03-02T10:00", "2026-03-02T14:00", "2026-03-03T09:00"]),
        ("high", NIGHT, ["2026-03-02T08:00", "2026-03-02T12:00", "2026-03-02T16:00"]),
        ("high", "2026-03-06T16:00", ["2026-03-06T16:00", "2026-03-09T11:00", "2026-03-09T15:00"]),
        ("routine", DAY, []),
    ],
)
def test_when_each_rung_comes_due(study, alert_class, raised_at, times):
    assert ladder.rung_times(study, alert_class, local(raised_at)) == tuple(map(local, times))


def test_a_routine_alert_texts_nobody_whatever_its_ladder(study):
    routine = study.alerts.routine.model_copy(update={"ladder": study.alerts.high.ladder})
    laddered = study.model_copy(update={"alerts": study.alerts.model_copy(update={"routine": routine})})
    assert ladder.rung_times(laddered, "routine", local(DAY)) == ()


@pytest.mark.parametrize(
    "alert_class, now, due",
    [
        ("red", "2026-03-02T09:59", ()),
        ("red", "2026-03-02T10:00", (0,)),
        ("red", "2026-03-02T10:29:59", (0,)),
        ("red", "2026-03-02T10:30", (0, 1)),
        ("red", "2026-03-02T11:14:59", (0, 1, 2)),
        ("red", "2026-03-02T11:15", (0, 1, 2, 3)),
        ("red", "2026-03-02T11:30", (0, 1, 2, 4)),
        ("red", "2026-03-02T12:01", (0, 1, 2, 6)),
        ("high", "2026-03-09T10:00", (0, 1, 2)),
        ("high", "2026-03-02T13:59", (0,)),
        ("high", "2026-03-02T14:00", (0, 1)),
        ("routine", "2026-03-09T10:00", ()),
    ],
)
def test_rungs_that_are_due(study, alert_class, now, due):
    assert ladder.rungs_due(study, alert_class, local(DAY), None, local(now)) == due


def test_high_goes_on_in_opening_hours(study):
    high = study.alerts.high.model_copy(update={"repeat_minutes": 60})
    going_on = study.model_copy(update={"alerts": study.alerts.model_copy(update={"high": high})})
    for now, due in (
        ("2026-03-03T09:59", (0, 1, 2)),  # the last rung came due at 9:00
        ("2026-03-03T10:00", (0, 1, 2, 3)),
        ("2026-03-04T07:59", (0, 1, 2, 10)),
        ("2026-03-04T08:30", (0, 1, 2, 10)),
        ("2026-03-04T09:00", (0, 1, 2, 11)),
    ):
        assert ladder.rungs_due(going_on, "high", local(DAY), None, local(now)) == due


@pytest.mark.parametrize(
    "alert_class, given_up",
    [("red", "2026-03-02T11:30"), ("high", "2026-03-03T13:00"), ("routine", None)],
)
def test_when_the_whole_ladder_was_in_vain(study, alert_class, given_up):
    assert ladder.given_up_at(study, alert_class, local(DAY)) == (local(given_up) if given_up else None)


def test_nobody_more_is_told_once_acknowledged(study):
    assert ladder.rungs_due(study, "red", local(DAY), local("2026-03-02T10:05"), local("2026-03-02T12:00")) == ()


@pytest.mark.parametrize(
    "alert_class, raised_at, by",
    [
        ("red", NIGHT, "2026-03-01T23:30"),
        ("high", NIGHT, "2026-03-02T12:00"),
        ("routine", DAY, "2026-03-04T10:00"),
        ("routine", "2026-03-06T10:00", "2026-03-10T10:00"),
    ],
)
def test_by_when_it_must_be_acknowledged(study, alert_class, raised_at, by):
    assert ladder.acknowledge_by(study, alert_class, local(raised_at)) == local(by)


@pytest.mark.parametrize(
    "rung, on_call, lead, told",
    [
        (0, ("ada", "ben"), "lea", "ada"),
        (1, ("ada", "ben"), "lea", "ben"),
        (2, ("ada", "ben"), "lea", "lea"),
        (1, ("ada",), "lea", "ada"),
        (0, (), "lea", "lea"),
        (1, (), "lea", "lea"),
        (2, ("ada",), None, "ada"),  # no lead: better the last nurse again than nobody
        (3, ("ada", "ben"), "lea", "ada"),
        (5, ("ada", "ben"), "lea", "lea"),
        (0, (), None, None),
        (0, ("ada",), None, "ada"),
    ],
)
def test_who_is_told_at_a_rung(study, rung, on_call, lead, told):
    for alert_class in ("red", "high"):
        assert ladder.person(study, alert_class, rung, on_call, lead, local(DAY)) == told


@pytest.mark.parametrize(
    "alert_class, at, rung, lead, told",
    [
        ("red", NIGHT, 0, "lea", "lea"),
        ("red", NIGHT, 1, "lea", "lea"),
        ("red", NIGHT, 2, "lea", "lea"),
        ("red", DAY, 0, "lea", "ada"),
        ("high", NIGHT, 0, "lea", "ada"),
        ("red", NIGHT, 0, None, "ada"),  # better a nurse woken than nobody told
    ],
)
def test_without_night_cover_red_goes_to_the_lead(study, alert_class, at, rung, lead, told):
    assert ladder.person(uncovered(study), alert_class, rung, ("ada", "ben"), lead, local(at)) == told


def test_with_night_cover_red_goes_to_the_nurse(study):
    assert ladder.person(study, "red", 0, ("ada", "ben"), "lea", local(NIGHT)) == "ada"
