"""The schedule, sentence by sentence of DESIGN.md section 7, on lives without a database."""

from datetime import date

import pytest

from prom.rules.follow_up import due
from prom.rules.series import series_of
from tests.rules.life import Life

ENROLLED = "2026-03-02T15:00:00Z"  # a Monday, 10:00 in New York


@pytest.fixture
def life(study) -> Life:
    return Life(study, ENROLLED)


@pytest.fixture
def injected(life) -> Life:
    """Enrolled on 2 March, baseline sent on the 6th, injected on the 12th at nine."""
    life.adds("injection", "planned", "2026-03-12")
    life.at("2026-03-06T15:00:00Z")
    life.submits(life.visit("baseline"))
    life.at("2026-03-12T18:00:00Z")
    life.records("p1", "performed", "2026-03-12", "09:00")
    return life


def dates(life: Life, *names: str, timepoint: str, of: str = "p1", occasion: int = 1) -> tuple:
    visit = life.visit(timepoint, of, occasion)
    return tuple(visit[name] for name in names)


# ---- baseline


@pytest.mark.parametrize(
    "planned_on, opens_at, due_on",
    [
        (None, "2026-03-02T05:00:00Z", "2026-03-02"),
        ("2026-03-02", "2026-03-02T05:00:00Z", "2026-03-02"),
        ("2026-03-09", "2026-03-02T05:00:00Z", "2026-03-02"),
        ("2026-03-10", "2026-03-02T05:00:00Z", "2026-03-03"),
        ("2026-03-16", "2026-03-02T05:00:00Z", "2026-03-09"),
        ("2026-03-17", "2026-03-03T05:00:00Z", "2026-03-10"),
        ("2026-05-01", "2026-04-17T04:00:00Z", "2026-04-24"),
    ],
)
def test_a_baseline_opens_at_enrolment_at_the_earliest_14_days_before_and_is_due_7_days_before(
    life, planned_on, opens_at, due_on
):
    life.adds("injection", "planned", planned_on)
    assert dates(life, "opens_at", "due_on", "closes_at", timepoint="baseline") == (opens_at, due_on, None)


def test_follow_ups_are_held_until_the_procedure_is_performed(life):
    life.adds("injection", "planned", "2026-03-12")
    for timepoint in ("1m", "3m", "6m"):
        assert dates(life, "due_on", "opens_at", "closes_at", "window_opens_on", timepoint=timepoint) == (None,) * 4
        assert life.status(timepoint) == "planned"


def test_recording_the_procedure_closes_an_open_baseline_at_once(life):
    life.adds("injection", "planned", "2026-03-03")
    assert life.status("baseline") == "open"
    life.at("2026-03-03T15:00:00Z")
    life.records("p1", "performed", "2026-03-03")
    assert life.status("baseline") == "missed"
    assert dates(life, "closes_at", "window_closes_on", timepoint="baseline") == ("2026-03-03T15:00:00Z", "2026-03-03")


def test_a_baseline_begun_before_may_be_finished_until_the_end_of_that_day(life):
    life.adds("injection", "planned", "2026-03-03")
    life.starts(life.visit("baseline"))
    life.at("2026-03-03T15:00:00Z")
    life.records("p1", "performed", "2026-03-03")
    assert life.status("baseline") == "started"
    life.at("2026-03-04T04:59:59Z")
    assert life.status("baseline") == "started"
    life.at("2026-03-04T05:00:00Z")
    assert life.status("baseline") == "missed"


def test_a_procedure_recorded_late_closes_its_baseline_at_the_end_of_its_own_day(life):
    life.adds("injection", "planned", "2026-03-03")
    life.at("2026-03-20T15:00:00Z")
    life.records("p1", "performed", "2026-03-03")
    assert dates(life, "closes_at", timepoint="baseline") == ("2026-03-04T05:00:00Z",)
    assert life.status("baseline") == "missed"


def test_an_unconfirmed_procedure_leaves_its_baseline_open(life):
    life.adds("injection", "planned", "2026-03-03")
    life.at("2026-04-03T15:00:00Z")
    assert life.status("baseline") == "open"


def test_enrolled_after_the_procedure_the_baseline_is_missed_and_never_open(life):
    life.adds("injection", "performed", "2026-02-20")
    assert life.status("baseline") == "missed"
    assert life.visit("baseline")["opens_at"] == life.visit("baseline")["closes_at"] == "2026-02-21T05:00:00Z"
    assert life.visit("baseline")["window_opens_on"] <= life.visit("baseline")["window_closes_on"]


def test_enrolled_on_the_day_the_baseline_is_open_and_due_today(life):
    life.adds("injection", "planned", "2026-03-02")
    assert life.status("baseline") == "open" and life.visit("baseline")["due_on"] == "2026-03-02"


def test_an_unsubmitted_baseline_moves_with_its_procedure(life):
    life.adds("injection", "planned", "2026-03-12")
    life.at("2026-03-06T15:00:00Z")
    life.records("p1", "postponed", "2026-04-30")
    assert dates(life, "opens_at", "due_on", "window_closes_on", timepoint="baseline") == (
        "2026-04-16T04:00:00Z", "2026-04-23", "2026-04-30",
    )  # fmt: skip
    assert life.status("baseline") == "planned" and life.visit("baseline", occasion=2) is None


def test_a_baseline_begun_stays_open_when_its_procedure_moves_and_may_be_outgrown(life):
    life.adds("injection", "planned", "2026-03-12")
    life.at("2026-03-06T15:00:00Z")
    life.starts(life.visit("baseline"))
    life.records("p1", "postponed", "2026-04-30")
    assert life.status("baseline") == "started"
    life.submits(life.visit("baseline"))
    assert life.visit("baseline", occasion=2)["due_on"] == "2026-04-23"


@pytest.mark.parametrize("moved_to, further", [("2026-03-19", False), ("2026-03-26", False), ("2026-03-27", True)])
def test_a_postponement_by_more_than_14_days_asks_for_a_further_baseline(life, moved_to, further):
    life.adds("injection", "planned", "2026-03-12")
    life.at("2026-03-06T15:00:00Z")
    life.submits(life.visit("baseline"))
    life.records("p1", "postponed", moved_to)
    again = life.visit("baseline", occasion=2)
    assert (again is not None) == further
    assert life.status("baseline") == "submitted"


def test_two_short_postponements_add_up(life):
    life.adds("injection", "planned", "2026-03-12")
    life.submits(life.visit("baseline"))
    life.records("p1", "postponed", "2026-03-22")
    assert life.visit("baseline", occasion=2) is None
    life.records("p1", "postponed", "2026-03-29")
    assert life.visit("baseline", occasion=2)["due_on"] == "2026-03-22"


def test_a_postponement_to_a_day_not_yet_known_counts_from_the_day_first_planned(life):
    life.adds("injection", "planned", "2026-03-12")
    life.records("p1", "postponed", None)
    life.submits(life.visit("baseline"))
    life.records("p1", "postponed", "2026-03-26")
    assert life.visit("baseline", occasion=2) is None
    life.records("p1", "postponed", "2026-06-01")
    assert life.visit("baseline", occasion=2)["due_on"] == "2026-05-25"


def test_a_further_baseline_goes_when_the_date_comes_back_and_returns_with_it(life):
    life.adds("injection", "planned", "2026-03-12")
    life.submits(life.visit("baseline"))
    life.records("p1", "postponed", "2026-04-30")
    life.records("p1", "planned", "2026-03-12")
    assert life.visit("baseline", occasion=2)["cancel_reason"] == "not_needed"
    life.records("p1", "postponed", "2026-05-07")
    assert life.visit("baseline", occasion=2)["cancel_reason"] is None
    assert life.visit("baseline", occasion=3) is None


def test_each_long_postponement_asks_for_one_more(life):
    life.adds("injection", "planned", "2026-03-12")
    life.submits(life.visit("baseline"))
    life.records("p1", "postponed", "2026-04-30")
    life.at("2026-04-24T15:00:00Z")
    life.submits(life.visit("baseline", occasion=2))
    life.records("p1", "postponed", "2026-06-30")
    assert life.visit("baseline", occasion=3)["due_on"] == "2026-06-23"


# ---- follow-up


@pytest.mark.parametrize(
    "performed_on, timepoint, due_on",
    [
        (date(2026, 1, 31), "1m", date(2026, 2, 28)),
        (date(2028, 1, 31), "1m", date(2028, 2, 29)),
        (date(2027, 12, 31), "1m", date(2028, 1, 31)),
        (date(2025, 11, 30), "3m", date(2026, 2, 28)),
        (date(2027, 11, 30), "3m", date(2028, 2, 29)),
        (date(2026, 8, 31), "6m", date(2027, 2, 28)),
        (date(2028, 2, 29), "6m", date(2028, 8, 29)),
        (date(2026, 3, 12), "3m", date(2026, 6, 12)),
    ],
)
def test_follow_up_is_due_so_many_calendar_months_later_clamped_to_the_months_last_day(
    study, performed_on, timepoint, due_on
):
    assert due(study.timepoint(timepoint), performed_on) == due_on


def test_follow_up_may_be_due_in_days(study):
    point = study.timepoint("1m").model_copy(update={"months": 0, "days": 14})
    assert due(point, date(2026, 2, 20)) == date(2026, 3, 6)


@pytest.mark.parametrize(
    "timepoint, window, opens_at, closes_at",
    [
        # 1 month: at most 30 days after the window; 3 months: until the day before 6 months can open
        ("1m", ("2026-04-05", "2026-04-19"), "2026-04-05T04:00:00Z", "2026-05-20T04:00:00Z"),
        ("3m", ("2026-05-29", "2026-06-26"), "2026-05-29T04:00:00Z", "2026-07-27T04:00:00Z"),
        ("6m", ("2026-08-29", "2026-09-26"), "2026-08-29T04:00:00Z", "2026-10-27T04:00:00Z"),
    ],
)
def test_windows_and_the_life_of_the_link(injected, timepoint, window, opens_at, closes_at):
    assert dates(injected, "window_opens_on", "window_closes_on", timepoint=timepoint) == window
    assert dates(injected, "opens_at", "closes_at", timepoint=timepoint) == (opens_at, closes_at)


def test_a_link_closes_the_day_before_the_next_follow_up_can_open(study):
    short = study.model_copy(update={"schedule": study.schedule.model_copy(update={"late_days": 90})})
    life = Life(short, ENROLLED)
    life.adds("injection", "performed", "2026-03-02")
    assert life.visit("1m")["closes_at"] == life.visit("3m")["opens_at"] == "2026-05-19T04:00:00Z"


def test_a_report_with_a_saved_screen_may_be_finished_for_24_hours_and_the_next_visit_waits_for_it(study):
    short = study.model_copy(update={"schedule": study.schedule.model_copy(update={"late_days": 90})})
    life = Life(short, ENROLLED)
    life.adds("injection", "performed", "2026-03-02")
    life.at("2026-05-18T20:00:00Z")
    life.starts(life.visit("1m"))
    life.at("2026-05-19T05:00:00Z")
    assert (life.status("1m"), life.status("3m")) == ("started", "planned")
    assert life.visit("3m")["opens_at"] == "2026-05-20T04:00:00Z"
    life.at("2026-05-20T04:00:00Z")
    assert (life.status("1m"), life.status("3m")) == ("missed", "open")


def test_the_next_visit_opens_at_once_when_the_late_report_is_sent(study):
    short = study.model_copy(update={"schedule": study.schedule.model_copy(update={"late_days": 90})})
    life = Life(short, ENROLLED)
    life.adds("injection", "performed", "2026-03-02")
    life.at("2026-05-18T20:00:00Z")
    life.starts(life.visit("1m"))
    life.at("2026-05-19T05:00:00Z")
    life.submits(life.visit("1m"))
    assert life.status("3m") == "open"


@pytest.mark.parametrize(
    "zone, opens_at, closes_at",
    [
        # the clocks of New York change on 8 March and 1 November 2026, those of Auckland on 5 April and 27 September
        ("America/New_York", "2026-03-06T05:00:00Z", "2026-04-20T04:00:00Z"),
        ("Pacific/Auckland", "2026-03-05T11:00:00Z", "2026-04-19T12:00:00Z"),
        ("Asia/Taipei", "2026-03-05T16:00:00Z", "2026-04-19T16:00:00Z"),
    ],
)
def test_windows_are_days_of_the_participants_own_calendar(study, zone, opens_at, closes_at):
    life = Life(study, "2026-02-13T15:00:00Z", zone)
    life.adds("injection", "performed", "2026-02-13")
    assert life.visit("1m")["due_on"] == "2026-03-13"
    assert dates(life, "opens_at", "closes_at", timepoint="1m") == (opens_at, closes_at)


def test_grace_is_added_in_utc_across_a_change_of_clocks(study):
    life = Life(study, "2026-08-24T15:00:00Z")
    life.adds("injection", "performed", "2026-08-24")
    visit = life.visit("1m")  # closes at the end of 31 October; the day after has 25 hours
    assert (visit["closes_at"], visit["finish_by"]) == ("2026-11-01T04:00:00Z", "2026-11-02T04:00:00Z")


def test_a_corrected_date_moves_every_follow_up(injected):
    injected.at("2026-04-12T18:00:00Z")
    injected.submits(injected.visit("1m"))
    injected.records("p1", "performed", "2026-03-11")
    assert dates(injected, "due_on", "window_opens_on", timepoint="1m") == ("2026-04-11", "2026-04-04")
    assert dates(injected, "due_on", timepoint="3m") == ("2026-06-11",)


# ---- cancelled, attempted, undone


def test_a_cancelled_procedure_cancels_its_visits_and_undoing_restores_them(life):
    life.adds("injection", "planned", "2026-03-12")
    before = life.standing()
    life.records("p1", "cancelled")
    assert {visit["cancel_reason"] for visit in life.visits} == {"cancelled"}
    life.undoes("p1")
    assert life.standing() == before


def test_a_submitted_baseline_stays_when_its_procedure_is_cancelled(life):
    life.adds("injection", "planned", "2026-03-12")
    life.submits(life.visit("baseline"))
    life.records("p1", "cancelled")
    assert life.status("baseline") == "submitted" and life.status("1m") == "cancelled"


def test_undoing_performed_brings_the_dates_back_and_holds_follow_up_again(life):
    life.adds("injection", "planned", "2026-03-12")
    life.at("2026-03-12T18:00:00Z")
    before = life.standing()
    life.records("p1", "performed", "2026-03-12")
    assert life.visit("1m")["due_on"] == "2026-04-12" and life.status("baseline") == "missed"
    life.undoes("p1")
    assert life.standing() == before
    assert life.visit("1m")["due_on"] is None and life.status("baseline") == "open"


def test_what_was_submitted_stays_when_performed_is_undone_and_what_was_begun_is_held(injected):
    injected.at("2026-04-12T18:00:00Z")
    injected.submits(injected.visit("1m"))
    injected.at("2026-06-12T18:00:00Z")
    injected.starts(injected.visit("3m"))
    injected.undoes("p1")
    assert [injected.status(timepoint) for timepoint in ("baseline", "1m", "3m", "6m")] == [
        "submitted", "submitted", "planned", "planned",
    ]  # fmt: skip
    assert injected.visit("1m")["due_on"] == "2026-04-12"
    assert injected.visit("3m")["due_on"] is None and injected.visit("3m")["started_at"]


def test_a_report_begun_goes_on_by_the_plan_once_its_procedure_is_done_again(injected):
    injected.at("2026-06-12T18:00:00Z")
    injected.starts(injected.visit("3m"))
    injected.undoes("p1")
    texts = len(injected.texts)
    injected.at("2026-06-19T18:00:00Z")  # neither reminded nor taking answers
    assert injected.status("3m") == "planned" and len(injected.texts) == texts
    injected.records("p1", "performed", "2026-03-20")
    assert (injected.status("3m"), injected.visit("3m")["due_on"]) == ("started", "2026-06-20")


def test_a_baseline_that_reopens_waits_for_no_report_that_is_held(life):
    life.adds("injection", "performed", "2026-03-02")
    life.at("2026-04-02T18:00:00Z")
    life.starts(life.visit("1m"))
    life.records("p1", "planned", "2026-05-20")
    assert (life.status("1m"), life.status("baseline")) == ("planned", "planned")
    life.at("2026-05-06T18:00:00Z")
    assert (life.status("1m"), life.status("baseline")) == ("planned", "open")


def test_an_attempted_procedure_anchors_nothing(life):
    life.adds("injection", "planned", "2026-03-02")
    life.records("p1", "attempted", "2026-03-02")
    assert series_of(life.study, life.procedures) == []
    assert {visit["cancel_reason"] for visit in life.visits} == {"cancelled"}
    life.adds("injection", "planned", "2026-03-20")
    assert life.status("baseline", "p2") == "planned" and life.visit("1m", "p2") is not None


def test_an_attempted_embolization_ends_nothing(injected):
    injected.adds("embolization", "attempted", "2026-03-12")
    assert [injected.status(timepoint) for timepoint in ("1m", "3m", "6m")] == ["planned"] * 3
    assert len(injected.visits) == 4


def test_what_an_import_did_not_collect_never_comes_back(life):
    life.adds("injection", "planned", "2026-03-12")
    life.visit("1m").update(cancel_reason="not_collected", cancelled_at=ENROLLED)
    life.records("p1", "cancelled")
    life.undoes("p1")
    life.records("p1", "postponed", "2026-04-12")
    assert life.visit("1m")["cancel_reason"] == "not_collected"


def test_leaving_cancels_what_is_not_over_and_coming_back_restores_it(injected):
    injected.at("2026-06-12T18:00:00Z")
    assert injected.status("1m") == "missed"
    injected.leaves()
    assert [injected.visit(timepoint)["cancel_reason"] for timepoint in ("1m", "3m", "6m")] == [
        None, "withdrawn", "withdrawn",
    ]  # fmt: skip
    injected.at("2026-12-01T18:00:00Z")
    assert injected.status("3m") == "cancelled"
    injected.person["left"] = False
    injected.keep()
    assert [injected.status(timepoint) for timepoint in ("1m", "3m", "6m")] == ["missed"] * 3


# ---- a second session, a co-intervention


def test_a_second_session_moves_the_visits_not_yet_opened_and_makes_none(injected):
    injected.at("2026-04-12T18:00:00Z")
    injected.submits(injected.visit("1m"))
    injected.at("2026-04-20T18:00:00Z")
    injected.adds("injection", "performed", "2026-04-20")
    assert len(injected.visits) == 4
    assert [injected.visit(timepoint)["due_on"] for timepoint in ("1m", "3m", "6m")] == [
        "2026-04-12", "2026-07-20", "2026-10-20",
    ]  # fmt: skip


def test_a_second_session_moves_an_open_visit_that_nobody_opened_and_leaves_a_begun_one(injected):
    injected.at("2026-04-13T18:00:00Z")
    assert injected.status("1m") == "open"
    injected.adds("injection", "performed", "2026-04-13")
    assert injected.visit("1m")["due_on"] == "2026-05-13" and injected.status("1m") == "planned"
    injected.at("2026-05-13T18:00:00Z")
    injected.opens(injected.visit("1m"))
    injected.at("2026-05-13T18:10:00Z")
    injected.adds("injection", "performed", "2026-05-13")
    assert [injected.visit(timepoint)["due_on"] for timepoint in ("1m", "3m")] == ["2026-05-13", "2026-08-13"]


def test_a_missed_visit_stays_missed_when_a_second_session_follows(injected):
    injected.at("2026-05-21T18:00:00Z")
    injected.adds("injection", "performed", "2026-05-21")
    assert injected.status("1m") == "missed" and injected.visit("1m")["due_on"] == "2026-04-12"
    assert injected.visit("3m")["due_on"] == "2026-08-21"


def test_a_session_entered_late_leaves_what_was_opened_before_it_was_entered(injected):
    injected.at("2026-04-12T18:00:00Z")
    injected.submits(injected.visit("1m"))
    injected.at("2026-04-20T18:00:00Z")
    injected.adds("injection", "performed", "2026-04-10")
    assert injected.visit("1m")["due_on"] == "2026-04-12"
    assert injected.visit("3m")["due_on"] == "2026-07-10"


def test_an_earlier_session_entered_late_makes_no_visit_anew(injected):
    injected.at("2026-03-20T18:00:00Z")
    injected.adds("injection", "performed", "2026-03-05")
    assert {visit["procedure_id"] for visit in injected.visits} == {"p1"}
    assert injected.visit("1m")["due_on"] == "2026-04-12"


def test_an_earlier_session_entered_late_takes_no_visit_from_the_one_that_was_recorded_before(injected):
    injected.at("2026-03-20T18:00:00Z")
    before = injected.standing()
    injected.adds("injection", "performed", "2025-10-01")  # its visits would all be over
    assert injected.standing() == before


def test_a_planned_second_session_moves_nothing(injected):
    before = injected.standing()
    injected.adds("injection", "planned", "2026-04-20")
    assert injected.standing() == before


def test_a_co_intervention_moves_nothing(injected):
    injected.at("2026-06-20T18:00:00Z")
    injected.adds("embolization", "performed", "2026-06-20")
    before = injected.standing()
    injected.adds("injection", "performed", "2026-06-20", "15:00")
    assert injected.standing() == before and len(injected.visits) == 7


# ---- crossover


def crossed(life: Life, on: str = "2026-06-20") -> Life:
    life.at(f"{on}T18:00:00Z")
    life.adds("embolization", "performed", on)
    return life


def test_crossing_over_cancels_what_was_not_sent(injected):
    crossed(injected, "2026-05-25")
    assert [injected.visit(timepoint)["cancel_reason"] for timepoint in ("3m", "6m")] == ["cancelled", "cancelled"]
    assert [injected.visit(timepoint, "p2")["due_on"] for timepoint in ("1m", "3m", "6m")] == [
        "2026-06-25", "2026-08-25", "2026-11-25",
    ]  # fmt: skip


def test_crossing_over_cancels_an_open_visit_that_was_not_sent(injected):
    injected.at("2026-05-30T18:00:00Z")
    assert injected.status("3m") == "open" and not injected.visit("3m")["invited"]
    crossed(injected, "2026-05-30")
    assert injected.visit("3m")["cancel_reason"] == "cancelled"


def test_crossing_over_overtakes_an_invited_visit(injected):
    injected.at("2026-06-13T18:00:00Z")
    assert injected.visit("3m")["invited"]
    crossed(injected)
    assert injected.visit("3m")["cancel_reason"] == "overtaken" and injected.visit("6m")["cancel_reason"] == "cancelled"


def test_crossing_over_overtakes_a_begun_visit(injected):
    injected.at("2026-05-30T18:00:00Z")
    injected.starts(injected.visit("3m"))
    crossed(injected, "2026-05-30")
    assert injected.visit("3m")["cancel_reason"] == "overtaken" and injected.visit("3m")["started_at"]


def test_visits_missed_before_the_crossover_stay_missed(injected):
    crossed(injected)
    assert injected.status("1m") == "missed"


def test_a_visit_missed_only_after_the_performed_day_is_overtaken_by_a_late_entry(injected):
    injected.at("2026-06-01T18:00:00Z")
    assert injected.status("1m") == "missed"
    injected.adds("embolization", "performed", "2026-05-10")
    assert injected.visit("1m")["cancel_reason"] == "overtaken"


def test_a_report_sent_between_the_performed_day_and_its_late_entry_stays(injected):
    injected.at("2026-04-14T18:00:00Z")
    injected.submits(injected.visit("1m"))
    injected.at("2026-04-20T18:00:00Z")
    injected.adds("embolization", "performed", "2026-04-13")
    assert injected.status("1m") == "submitted" and injected.status("3m") == "cancelled"


def test_undoing_the_crossover_restores_the_visits_of_the_injection(injected):
    injected.adds("embolization", "planned", "2026-06-20")
    injected.at("2026-06-20T18:00:00Z")
    before = injected.standing()
    injected.records("p2", "performed", "2026-06-20")
    assert injected.visit("3m")["cancel_reason"] == "overtaken"
    injected.undoes("p2")
    assert injected.standing() == before


# ---- the baseline of a later procedure


def test_no_baseline_is_made_where_a_report_serves(injected):
    injected.at("2026-06-12T18:00:00Z")
    injected.submits(injected.visit("3m"))
    injected.adds("embolization", "planned", "2026-07-10")  # 28 days
    assert injected.visit("baseline", "p2") is None
    injected.at("2026-07-10T18:00:00Z")
    injected.records("p2", "performed", "2026-07-10")
    assert injected.visit("baseline", "p2") is None


def test_a_baseline_is_made_where_the_last_report_will_be_too_old(injected):
    injected.at("2026-06-12T18:00:00Z")
    injected.submits(injected.visit("3m"))
    injected.adds("embolization", "planned", "2026-07-11")  # 29 days
    assert dates(injected, "opens_at", "due_on", "planned_for", timepoint="baseline", of="p2") == (
        "2026-06-27T04:00:00Z", "2026-07-04", "2026-07-11",
    )  # fmt: skip


def test_no_baseline_is_made_for_a_later_procedure_without_a_date_or_one_performed_already(injected):
    injected.at("2026-05-22T18:00:00Z")
    injected.adds("embolization", "planned", None)
    assert injected.visit("baseline", "p2") is None
    injected.records("p2", "performed", "2026-05-22")
    assert injected.visit("baseline", "p2") is None


def test_an_open_follow_up_visit_serves_and_is_invited_once_more_7_days_before(injected):
    injected.at("2026-06-12T18:00:00Z")
    injected.adds("embolization", "planned", "2026-07-01")
    assert injected.visit("baseline", "p2") is None and injected.visit("3m")["serves_on"] == "2026-06-24"
    injected.at("2026-07-01T18:00:00Z")
    again = [text for text in injected.texts if text["visit"] is injected.visit("3m") and text["kind"] == "again"]
    assert [text["claimed_at"] for text in again] == ["2026-06-24T16:00:00Z"]


def test_a_visit_that_is_due_after_the_procedure_is_invited_7_days_before_it(injected):
    injected.at("2026-05-29T18:00:00Z")
    injected.adds("embolization", "planned", "2026-06-11")  # the 3-month visit is due on the 12th
    injected.at("2026-06-11T03:00:00Z")
    texts = [(text["kind"], text["claimed_at"]) for text in injected.texts if text["visit"] is injected.visit("3m")]
    assert texts[0] == ("invitation", "2026-06-04T16:00:00Z") and "again" not in [kind for kind, _ in texts]


def test_a_visit_that_serves_is_let_go_when_the_procedure_moves_or_is_cancelled(injected):
    injected.at("2026-06-12T18:00:00Z")
    injected.adds("embolization", "planned", "2026-07-01")
    injected.records("p2", "postponed", "2026-08-20")
    assert injected.visit("3m")["serves_on"] is None
    assert injected.visit("baseline", "p2")["due_on"] == "2026-08-13"
    injected.records("p2", "cancelled")
    assert injected.visit("3m")["serves_on"] is None and injected.status("baseline", "p2") == "cancelled"


def test_it_is_decided_anew_when_the_serving_visit_closes(injected):
    injected.at("2026-07-01T18:00:00Z")
    injected.adds("embolization", "planned", "2026-07-30")  # the 3-month link closes at the end of 26 July
    assert injected.visit("3m")["serves_on"] == "2026-07-23" and injected.visit("baseline", "p2") is None
    injected.at("2026-07-27T04:00:00Z")
    assert injected.status("3m") == "missed" and injected.visit("3m")["serves_on"] is None
    assert injected.status("baseline", "p2") == "open"


def test_it_is_decided_anew_when_a_report_comes_in(injected):
    injected.at("2026-07-01T18:00:00Z")
    injected.adds("embolization", "planned", "2026-08-20")
    assert injected.visit("baseline", "p2")["cancel_reason"] is None
    injected.at("2026-07-25T18:00:00Z")
    injected.submits(injected.visit("3m"))
    assert injected.visit("baseline", "p2")["cancel_reason"] == "not_needed"
    injected.at("2026-08-20T18:00:00Z")
    injected.records("p2", "performed", "2026-08-20")
    assert injected.visit("baseline", "p2")["cancel_reason"] == "not_needed"


def test_it_is_decided_anew_when_a_date_changes(injected):
    injected.at("2026-06-12T18:00:00Z")
    injected.submits(injected.visit("3m"))
    injected.adds("embolization", "planned", "2026-07-01")
    assert injected.visit("baseline", "p2") is None
    injected.records("p2", "postponed", "2026-08-01")
    assert injected.visit("baseline", "p2")["due_on"] == "2026-07-25"
    injected.records("p2", "planned", "2026-07-01")
    assert injected.visit("baseline", "p2")["cancel_reason"] == "not_needed"


def test_a_baseline_begun_stays_and_a_follow_up_that_would_open_beside_it_waits(injected):
    injected.at("2026-08-10T18:00:00Z")
    injected.adds("embolization", "planned", "2026-08-24")
    injected.starts(injected.visit("baseline", "p2"))
    injected.records("p2", "postponed", "2026-09-05")  # the 6-month visit opens on 29 August
    assert injected.status("baseline", "p2") == "started"
    injected.at("2026-09-01T18:00:00Z")
    assert (injected.status("baseline", "p2"), injected.status("6m")) == ("started", "planned")
    injected.submits(injected.visit("baseline", "p2"))
    assert injected.status("6m") == "open"


def test_a_follow_up_that_waits_for_a_baseline_never_finished_is_missed_at_its_own_end(injected):
    injected.at("2026-08-10T18:00:00Z")
    injected.adds("embolization", "planned", "2026-08-24")
    injected.starts(injected.visit("baseline", "p2"))
    injected.at("2026-10-27T04:00:00Z")
    assert (injected.status("baseline", "p2"), injected.status("6m")) == ("started", "missed")


def test_an_unbegun_baseline_gives_way_to_a_follow_up_when_its_day_passes_unconfirmed(injected):
    injected.at("2026-08-10T18:00:00Z")
    injected.adds("embolization", "planned", "2026-08-14")
    assert injected.status("baseline", "p2") == "open"
    injected.at("2026-08-28T18:00:00Z")
    assert injected.status("baseline", "p2") == "open"
    injected.at("2026-08-29T04:00:00Z")
    assert (injected.visit("baseline", "p2")["cancel_reason"], injected.status("6m")) == ("not_needed", "open")


def test_a_baseline_is_never_made_after_the_planned_day(injected):
    injected.at("2026-06-12T18:00:00Z")
    injected.submits(injected.visit("3m"))
    injected.adds("embolization", "planned", "2026-07-09")
    injected.at("2026-08-20T18:00:00Z")  # unconfirmed for six weeks, the last report has become old
    assert injected.visit("baseline", "p2") is None


def test_a_later_baseline_that_nobody_answered_is_missed_when_nothing_else_stood_for_it(injected):
    injected.at("2026-08-01T18:00:00Z")
    injected.adds("embolization", "planned", "2026-08-14")
    injected.at("2026-08-14T18:00:00Z")
    injected.records("p2", "performed", "2026-08-14")
    assert injected.status("baseline", "p2") == "missed"


def test_a_baseline_made_by_a_mistake_that_was_undone_is_not_counted_as_missed(injected):
    injected.at("2026-08-01T18:00:00Z")
    injected.adds("embolization", "performed", "2026-08-01")
    injected.at("2026-08-02T18:00:00Z")
    injected.records("p2", "planned", "2026-08-10")
    assert injected.status("baseline", "p2") == "open"
    injected.at("2026-08-02T18:05:00Z")
    injected.undoes("p2")
    assert injected.visit("baseline", "p2")["cancel_reason"] == "not_needed"


def test_a_later_baseline_postponed_asks_again_only_where_nothing_else_serves(injected):
    injected.at("2026-08-10T18:00:00Z")
    injected.adds("embolization", "planned", "2026-08-24")
    injected.submits(injected.visit("baseline", "p2"))
    injected.records("p2", "postponed", "2026-09-20")  # the 6-month visit is open then
    assert injected.visit("baseline", "p2", occasion=2) is None
    assert injected.visit("6m")["serves_on"] == "2026-09-13"
    injected.records("p2", "postponed", "2026-11-20")
    assert injected.visit("baseline", "p2", occasion=2)["due_on"] == "2026-11-13"


# ---- late entry


@pytest.mark.parametrize(
    "performed_on, states",
    [
        ("2026-02-25", ["planned", "planned", "planned"]),
        ("2026-02-01", ["open", "planned", "planned"]),
        ("2025-12-01", ["missed", "open", "planned"]),
        ("2025-09-10", ["missed", "missed", "open"]),
        ("2025-10-01", ["missed", "missed", "planned"]),
        ("2025-06-01", ["missed", "missed", "missed"]),
    ],
)
def test_a_back_dated_procedure_opens_the_newest_visit_alone(life, performed_on, states):
    life.adds("injection", "performed", performed_on)
    assert [life.status(timepoint) for timepoint in ("1m", "3m", "6m")] == states


def test_a_back_dated_crossover_cancels_the_injections_visits_and_opens_its_own_newest(injected):
    injected.at("2026-08-20T18:00:00Z")
    injected.adds("embolization", "performed", "2026-05-25")
    assert [injected.visit(timepoint)["cancel_reason"] for timepoint in ("1m", "3m", "6m")] == [
        None, "overtaken", "cancelled",
    ]  # fmt: skip
    assert [injected.status(timepoint, "p2") for timepoint in ("1m", "3m", "6m")] == ["missed", "open", "planned"]
