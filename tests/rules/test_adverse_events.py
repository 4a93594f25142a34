"""What of a report is graded, which gradings are whole, and the investigator's clock."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from prom.rules import adverse_events as rules
from prom.rules.adverse_events import Grading, clock, faults, record, reported, thing_of, words
from prom.rules.instrument import kept
from prom.rules.study_check import check
from prom.rules.times import instant

TODAY = date(2026, 4, 3)
DONE = {"id": "p1", "status": "performed"}
PLANNED = {"id": "p2", "status": "planned"}
MILD = Grading(
    "Bruise", date(2026, 3, 4), date(2026, 3, 9), 1, 1, "probably", "p1", False, (), "recovered", ("none",)
)
TOLD = {
    "red_flags": ["none"], "nrs_average": 3, "nrs_worst": 4, "med_any": "no", "care_any": "hospital_stay",
    "care_on": "2026-03-20", "care_for": "zebra", "se_any": "yes", "se_list": ["fever", "numb"],
}  # fmt: skip


# ---- what is graded


@pytest.mark.parametrize(
    "changed, found",
    [
        ({}, ("care_any", "se_list/numb", "se_list/fever")),  # in the order of the list
        ({"care_any": "no"}, ("se_list/numb", "se_list/fever")),
        ({"care_any": "emergency_room", "se_any": "no"}, ("care_any",)),
        ({"care_any": {"declined": True}, "se_list": {"declined": True}}, ()),
        ({"se_any": "no"}, ("care_any",)),  # the ticks behind a branch since changed do not count
        ({"care_any": "no", "se_any": "no"}, ()),
    ],
)
def test_each_problem_and_each_stay_of_a_report_is_graded(study, changed, found):
    assert reported(study, "1m", TOLD | changed) == found


@pytest.mark.parametrize("changed", [{}, {"se_any": "no"}, {"se_any": {"declined": True}}, {"se_list": []}])
@pytest.mark.parametrize("timepoint", ["baseline", "1m"])
def test_only_answers_that_stand_are_graded(study, timepoint, changed):
    live = kept(study, timepoint, TOLD | changed)
    assert reported(study, timepoint, TOLD | changed) == reported(study, timepoint, live)
    assert {key.partition("/")[0] for key in reported(study, timepoint, TOLD | changed)} <= set(live)


def test_a_baseline_reports_no_side_effect(study):
    assert "se_list/fever" not in reported(study, "baseline", kept(study, "baseline", TOLD))


@pytest.mark.parametrize(
    "key, thing",
    [
        ("care_any", "care_any"),
        ("care_for", "care_any"),
        ("se_care/fever", "se_list/fever"),
        ("se_severity/numb", "se_list/numb"),
        ("se_list/fever", "se_list/fever"),
        ("se_list", None),
        ("nrs_average", None),
        ("red_flags", None),
        ("med_name/opioid_weak.2", None),
        ("gone", None),
        ("gone/fever", None),
    ],
)
def test_an_answer_tells_about_one_thing_or_none(study, key, thing):
    assert thing_of(study, key) == thing


def test_what_was_reported_is_said_in_the_words_of_its_choice(study):
    assert words(study, "se_list/headache", TOLD, "en") == "Headache"
    assert words(study, "care_any", TOLD, "en") == "Hospital stay"
    assert words(study, "gone/x", TOLD, "en") == "gone/x"


# ---- what is whole


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"ctcae": None},
        {"sir": None, "ctcae": 3},
        {"related": "not", "procedure_id": None},
        {"started_on": None, "ended_on": None},
        {"started_on": TODAY, "ended_on": TODAY},
        {"serious": True, "criteria": ("hospital_stay", "important")},
        {"serious": True, "criteria": ("death",), "ctcae": 5, "sir": None, "outcome": "fatal"},
        {"serious": True, "criteria": ("life_threatening",), "ctcae": 4, "sir": 4},
        {"actions": ("advice", "visit")},
    ],
)
def test_a_whole_grading_has_no_fault(study, changed):
    assert faults(study, replace(MILD, **changed), TODAY, [DONE, PLANNED]) == []


@pytest.mark.parametrize(
    "changed, found",
    [
        ({"term": " "}, ("term", "term_missing")),
        ({"term": "x" * 201}, ("term", "note_too_long")),
        ({"note": "x" * 2001}, ("note", "note_too_long")),
        ({"started_on": date(2026, 4, 4), "ended_on": None}, ("started_on", "date_future")),
        ({"ended_on": date(2026, 4, 4)}, ("ended_on", "date_future")),
        ({"ended_on": date(2026, 3, 3)}, ("ended_on", "ended_before_start")),
        ({"ctcae": None, "sir": None}, ("ctcae", "grade_missing")),
        ({"ctcae": 6}, ("ctcae", "grade_unknown")),
        ({"sir": -1}, ("sir", "grade_unknown")),
        ({"related": None}, ("related", "related_required")),
        ({"related": "maybe"}, ("related", "related_required")),
        ({"related": "not"}, ("procedure_id", "procedure_unasked")),
        ({"procedure_id": None}, ("procedure_id", "procedure_required")),
        ({"procedure_id": "p2"}, ("procedure_id", "procedure_not_found")),
        ({"procedure_id": "somebody else's"}, ("procedure_id", "procedure_not_found")),
        ({"serious": None}, ("serious", "serious_required")),
        ({"serious": True}, ("criteria", "criterion_required")),
        ({"serious": True, "criteria": ("bad",)}, ("criteria", "criterion_required")),
        ({"criteria": ("important",)}, ("criteria", "criterion_unasked")),
        ({"ctcae": 4}, ("serious", "grade_is_serious")),
        ({"sir": 4}, ("serious", "grade_is_serious")),
        ({"outcome": None}, ("outcome", "outcome_required")),
        ({"outcome": "well"}, ("outcome", "outcome_required")),
        ({"actions": ()}, ("actions", "action_required")),
        ({"actions": ("prayer",)}, ("actions", "action_required")),
        ({"actions": ("none", "advice")}, ("actions", "action_alone")),
        ({"outcome": "fatal"}, ("ctcae", "death_needs_grade")),
        ({"outcome": "fatal", "ctcae": 5, "serious": True, "criteria": ("death",)}, ("sir", "death_needs_grade")),
        ({"ctcae": 5, "sir": 5, "serious": True, "criteria": ("important",), "outcome": "fatal"},
         ("criteria", "death_needs_criterion")),
        ({"ctcae": 5, "sir": 5, "serious": True, "criteria": ("death",)}, ("outcome", "death_needs_outcome")),
    ],
)  # fmt: skip
def test_what_is_missing_or_contradicts_itself_is_found(study, changed, found):
    assert found in faults(study, replace(MILD, **changed), TODAY, [DONE, PLANNED])


def test_before_any_procedure_none_can_be_named(study):
    assert faults(study, replace(MILD, procedure_id=None), TODAY, [PLANNED]) == []


def test_every_field_of_a_grading_is_signed():
    signed = dict.fromkeys(rules._SIGNED) | {"id": "e", "version": 1}
    names = set(Grading.__dataclass_fields__)
    assert names <= set(record(signed).content)


# ---- the clock


@pytest.mark.parametrize(
    "hours, step", [(0, 0), (19.9, 0), (20, 1), (23.9, 1), (24, 2), (100, 2)]
)
def test_the_clock_warns_four_hours_before_its_end(study, hours, step):
    since = "2026-04-03T22:00:00Z"  # a Friday evening
    found = clock(study, since, instant(since) + timedelta(hours=hours))
    assert found.step == step
    assert found.due == datetime.fromisoformat("2026-04-04T22:00:00Z")
    assert found.overdue == (step == 2)


# ---- the study file


@pytest.mark.parametrize(
    "changed, place",
    [
        ({"reported": "nrs_average"}, "adverse_events.reported"),
        ({"starts": "care_on"}, "adverse_events.starts"),
        ({"ends": "gone"}, "adverse_events.ends"),
        ({"care": ("ambulance",)}, "adverse_events.care"),
        ({"unrelated": "never"}, "adverse_events.unrelated"),
        ({"warn_hours": 24}, "adverse_events.warn_hours"),
        ({"outcomes": ()}, "adverse_events.outcomes"),
    ],
)
def test_a_study_file_that_cannot_be_graded_by_is_refused(study, changed, place):
    odd = study.model_copy(update={"adverse_events": study.adverse_events.model_copy(update=changed)})
    assert place in [where for where, _ in check(odd)]
    assert check(study) == []


def test_the_shipped_rules_on_hospital_and_emergency_room_may_be_serious(study):
    assert [rule.key for rule in study.rules if rule.serious] == ["care", "se_care"]
