"""What is derived of a visit: status, window, path, reference, flags, "since"."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from prom.rules.times import day_of, instant
from prom.rules.visit import flags, in_window, path, reference, side_of, since, status, takes_answers

ZONE = ZoneInfo("America/New_York")
OPENS, CLOSES, FINISH = "2026-04-05T04:00:00Z", "2026-05-20T04:00:00Z", "2026-05-21T04:00:00Z"


def a_visit(**given) -> dict:
    return {
        "id": "v1", "procedure_id": "p1", "timepoint": "1m", "opens_at": OPENS, "closes_at": CLOSES,
        "finish_by": FINISH, "started_at": None, "submitted_at": None, "cancelled_at": None,
        "window_opens_on": "2026-04-05", "window_closes_on": "2026-04-19",
    } | given  # fmt: skip


def a_procedure(performed_on=None, time=None, **given) -> dict:
    return {
        "id": "p1", "kind": "injection", "status": "performed" if performed_on else "planned",
        "planned_on": None, "performed_on": performed_on, "performed_time": time,
    } | given  # fmt: skip


def a_report(submitted_at, timepoint="baseline", procedure_id="p1") -> dict:
    return a_visit(id=submitted_at, timepoint=timepoint, procedure_id=procedure_id, submitted_at=submitted_at)


# ---- status


@pytest.mark.parametrize(
    "given, now, expected",
    [
        ({}, "2026-04-05T03:59:59Z", "planned"),
        ({}, OPENS, "open"),
        ({}, "2026-05-20T03:59:59Z", "open"),
        ({}, CLOSES, "missed"),
        ({"opens_at": None, "closes_at": None, "finish_by": None}, CLOSES, "planned"),
        ({"closes_at": None, "finish_by": None}, "2027-01-01T00:00:00Z", "open"),
        ({"started_at": OPENS}, OPENS, "started"),
        ({"started_at": OPENS}, CLOSES, "started"),
        ({"started_at": OPENS}, "2026-05-21T03:59:59Z", "started"),
        ({"started_at": OPENS}, FINISH, "missed"),
        ({"started_at": OPENS, "closes_at": None, "finish_by": None}, "2027-01-01T00:00:00Z", "started"),
        ({"submitted_at": OPENS}, FINISH, "submitted"),
        ({"cancelled_at": OPENS}, FINISH, "cancelled"),
        ({"cancelled_at": OPENS, "started_at": OPENS}, OPENS, "cancelled"),
    ],
)
def test_status_follows_from_the_facts_and_now(given, now, expected):
    visit = a_visit(**given)
    assert status(visit, instant(now)) == expected
    assert takes_answers(visit, instant(now)) == (expected in ("open", "started"))


@pytest.mark.parametrize(
    "submitted_at, expected",
    [
        (None, None),
        ("2026-04-05T03:59:59Z", 0),  # still the 4th in New York
        ("2026-04-05T04:00:00Z", 1),
        ("2026-04-20T03:59:59Z", 1),
        ("2026-04-20T04:00:00Z", 0),
    ],
)
def test_in_window_is_judged_on_the_participants_calendar(submitted_at, expected):
    assert in_window(a_visit(submitted_at=submitted_at), ZONE) == expected


# ---- path


@pytest.mark.parametrize(
    "procedures, decided, expected",
    [
        ([], False, ""),
        ([a_procedure("2026-03-12")], False, ""),
        ([a_procedure("2026-03-12")], True, "injection_only"),
        ([a_procedure("2026-03-12"), a_procedure("2026-06-12", kind="embolization")], False, "TAE"),
        ([a_procedure("2026-03-12"), a_procedure("2026-06-12", kind="embolization")], True, "TAE"),
        ([a_procedure("2026-03-12"), a_procedure(kind="embolization")], False, ""),
        ([a_procedure("2026-06-12", kind="embolization", status="attempted")], False, ""),
    ],
)
def test_the_path_is_the_crossover_else_the_decision_else_undecided(study, procedures, decided, expected):
    assert path(study, procedures, decided) == expected


# ---- before, on the day, after


@pytest.mark.parametrize(
    "time, submitted_at, expected",
    [
        (None, "2026-03-12T03:59:59Z", "before"),  # the evening of the 11th in New York
        (None, "2026-03-12T04:00:00Z", "same_day"),
        (None, "2026-03-13T03:59:59Z", "same_day"),
        (None, "2026-03-13T04:00:00Z", "after"),
        ("09:00", "2026-03-12T12:59:59Z", "before"),
        ("09:00", "2026-03-12T13:00:00Z", "after"),
        ("09:00", "2026-03-11T20:00:00Z", "before"),
    ],
)
def test_before_is_an_earlier_day_or_before_the_recorded_time(time, submitted_at, expected):
    assert side_of(a_procedure("2026-03-12", time), a_report(submitted_at), ZONE) == expected


@pytest.mark.parametrize(
    "time, filled_on, expected",
    [
        (None, "2026-03-11", "before"),
        ("09:00", "2026-03-11", "before"),
        ("09:00", "2026-03-12", "same_day"),
        ("09:00", "2026-03-13", "after"),
    ],
)
def test_a_paper_form_lies_on_the_day_on_which_it_was_filled_in(time, filled_on, expected):
    on_paper = a_report("2026-03-14T15:00:00Z") | {"filled_on": filled_on}
    assert side_of(a_procedure("2026-03-12", time), on_paper, ZONE) == expected


@pytest.mark.parametrize(
    "filled_on, expected", [("2026-04-04", 0), ("2026-04-05", 1), ("2026-04-19", 1), (None, 0)]
)
def test_a_paper_form_is_in_the_window_by_the_day_on_which_it_was_filled_in(filled_on, expected):
    assert in_window(a_visit(submitted_at="2026-04-25T15:00:00Z", filled_on=filled_on), ZONE) == expected


def test_since_names_the_day_on_which_a_paper_form_was_filled_in():
    on_paper = a_report("2026-04-14T15:00:00Z", "1m") | {"filled_on": "2026-04-10"}
    later = a_visit(id="v2", timepoint="3m")
    assert since([a_procedure("2026-03-12")], [on_paper, later], later, ZONE) == date(2026, 4, 10)


@pytest.mark.parametrize(
    "time, submitted_at, flagged, serves",
    [
        (None, "2026-03-10T15:00:00Z", (), True),
        (None, "2026-03-12T15:00:00Z", ("baseline_same_day",), True),
        ("12:00", "2026-03-12T15:00:00Z", (), True),
        ("09:00", "2026-03-12T15:00:00Z", ("baseline_after_procedure",), False),
        (None, "2026-03-13T15:00:00Z", ("baseline_after_procedure",), False),
    ],
)
def test_a_baseline_after_the_procedure_is_flagged_and_never_a_reference(study, time, submitted_at, flagged, serves):
    procedure, visit = a_procedure("2026-03-12", time), a_report(submitted_at)
    assert flags(study, visit, procedure, [procedure], ZONE) == flagged
    assert (reference(study, procedure, True, [visit], ZONE) is visit) == serves


def test_an_unsent_visit_has_no_flags(study):
    procedure = a_procedure("2026-03-12")
    assert flags(study, a_visit(timepoint="baseline"), procedure, [procedure], ZONE) == ()


@pytest.mark.parametrize(
    "kind, state, submitted_at, flagged",
    [
        ("embolization", "performed", "2026-06-11T15:00:00Z", ()),
        ("embolization", "performed", "2026-06-12T15:00:00Z", ()),  # the same day, no time known
        ("embolization", "performed", "2026-06-13T15:00:00Z", ("after_next_procedure",)),
        ("embolization", "attempted", "2026-06-13T15:00:00Z", ()),
        ("injection", "performed", "2026-06-13T15:00:00Z", ()),
    ],
)
def test_a_report_after_the_next_procedure_is_flagged(study, kind, state, submitted_at, flagged):
    first = a_procedure("2026-03-12")
    second = a_procedure("2026-06-12", id="p2", kind=kind, status=state)
    assert flags(study, a_report(submitted_at, "3m"), first, [first, second], ZONE) == flagged


# ---- reference


def test_the_last_baseline_submitted_before_the_procedure_is_the_reference(study):
    procedure = a_procedure("2026-05-12")
    old, new, late = (a_report(f"2026-{day}T15:00:00Z") for day in ("03-06", "05-06", "05-13"))
    assert reference(study, procedure, True, [new, late, old], ZONE) is new
    assert reference(study, procedure, True, [old, late], ZONE) is old  # of any age
    assert reference(study, procedure, True, [late], ZONE) is None


@pytest.mark.parametrize(
    "submitted_at, serves",
    [
        ("2026-05-15T15:00:00Z", True),  # 28 days
        ("2026-05-15T03:59:00Z", False),  # the 14th in New York: 29 days
        ("2026-05-14T15:00:00Z", False),
        ("2026-06-11T15:00:00Z", True),
        ("2026-06-12T12:59:00Z", True),  # an hour before it began
        ("2026-06-12T14:00:00Z", False),
    ],
)
def test_a_later_procedure_refers_to_the_last_report_of_28_days_or_less(study, submitted_at, serves):
    crossover = a_procedure("2026-06-12", "09:00", id="p2", kind="embolization")
    report = a_report(submitted_at, "3m")
    assert reference(study, crossover, False, [report], ZONE) is (report if serves else None)


def test_a_later_procedure_else_refers_to_a_baseline_of_its_own(study):
    crossover = a_procedure("2026-07-20", id="p2", kind="embolization")
    report, own = a_report("2026-06-12T15:00:00Z", "3m"), a_report("2026-06-20T15:00:00Z", "baseline", "p2")
    assert reference(study, crossover, False, [report, own], ZONE) is own
    assert reference(study, crossover, False, [report], ZONE) is None  # not evaluable, never filled in


def test_the_last_report_serves_even_beside_a_baseline_of_its_own(study):
    crossover = a_procedure("2026-06-20", id="p2", kind="embolization")
    own, report = a_report("2026-06-10T15:00:00Z", "baseline", "p2"), a_report("2026-06-12T15:00:00Z", "3m")
    assert reference(study, crossover, False, [own, report], ZONE) is report


def test_reports_after_the_crossover_and_unsent_visits_are_never_its_reference(study):
    crossover = a_procedure("2026-06-12", id="p2", kind="embolization")
    visits = [a_report("2026-07-12T15:00:00Z", "1m", "p2"), a_visit(timepoint="3m")]
    assert reference(study, crossover, False, visits, ZONE) is None


# ---- since


def test_since_is_the_later_of_the_last_procedure_done_and_the_last_report():
    injection = a_procedure("2026-03-12")
    tried = a_procedure("2026-05-20", id="p2", kind="embolization", status="attempted")
    first, now = a_report("2026-04-12T15:00:00Z", "1m"), a_visit(timepoint="3m")
    assert since([], [now], now, ZONE) is None
    assert since([a_procedure()], [now], now, ZONE) is None
    assert since([injection], [now], now, ZONE) == day_of("2026-03-12")
    assert since([injection], [first, now], now, ZONE) == day_of("2026-04-12")
    assert since([injection, tried], [first, now], now, ZONE) == day_of("2026-05-20")


def test_since_looks_back_from_a_report_that_was_sent():
    injection, later = a_procedure("2026-03-12"), a_procedure("2026-06-12", id="p2", kind="embolization")
    first, second = a_report("2026-04-12T15:00:00Z", "1m"), a_report("2026-07-12T15:00:00Z", "1m", "p2")
    assert since([injection, later], [first, second], first, ZONE) == day_of("2026-03-12")
    assert since([injection, later], [first, second], second, ZONE) == day_of("2026-06-12")
