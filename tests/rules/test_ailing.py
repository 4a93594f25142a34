"""What ails the system, judged on facts alone."""

from dataclasses import replace

import pytest

from prom.rules.ailing import JOBS, Ailment, Facts, ailing

WELL = Facts(
    jobs=dict.fromkeys(JOBS, 1.0),
    waiting={"staff": 0.0, "participant": 0.0},
    sent={"staff": 0, "participant": 0},
    failed={"staff": 0, "participant": 0},
    unknown=0,
    faults=(),
)


def names(**facts) -> list[str]:
    return [each.name for each in ailing(replace(WELL, **facts))]


def test_nothing_ails_where_all_is_well():
    assert ailing(WELL) == ()


@pytest.mark.parametrize("seconds, late", [(60, False), (61, True), (None, True), (-60, False), (-61, True)])
def test_a_job_is_late_after_a_minute_or_when_it_ran_in_the_future(seconds, late):
    assert names(jobs=WELL.jobs | {"tick": seconds}) == ["late:tick"] * late


@pytest.mark.parametrize(
    "lane, seconds, waits", [("staff", 60, 0), ("staff", 61, 1), ("participant", 3600, 0), ("participant", 3601, 1)]
)
def test_a_text_that_waits_ails_sooner_where_it_goes_to_a_nurse(lane, seconds, waits):
    assert names(waiting=WELL.waiting | {lane: seconds}) == [f"waits:{lane}"] * waits


@pytest.mark.parametrize("failed, sent, fails", [(4, 4, 0), (5, 26, 0), (5, 25, 1), (6, 6, 1), (0, 0, 0)])
def test_many_that_fail_at_once_ail_and_a_few_wrong_numbers_do_not(failed, sent, fails):
    day = {"sent": {"staff": 0, "participant": sent}, "failed": {"staff": 0, "participant": failed}}
    assert names(**day) == ["failing:participant"] * fails


def test_every_fault_that_stands_ails_and_its_name_tells_no_id():
    faults = (("judge", "4711"), ("provider", "staff"), ("nobody_on_call", "main"))
    assert ailing(replace(WELL, faults=faults)) == tuple(Ailment(*fault) for fault in faults)
    assert names(faults=faults) == ["judge", "provider:staff", "nobody_on_call"]


def test_texts_of_unknown_outcome_are_told_and_ail_nobody():
    assert names(unknown=3) == []
