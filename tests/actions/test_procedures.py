"""Recording procedures: what is refused, what is kept, what is undone, and the decision against a further one."""

from datetime import date

import pytest

from prom.actions import procedures
from prom.actions.procedures import Recorded
from prom.errors import Conflict, NotFound, Refusal
from prom.store import audit, participants
from prom.store import procedures as procedure_rows
from prom.store.connect import rows


@pytest.mark.parametrize(
    "given, key",
    [
        (Recorded("injection", "unheard_of"), "status_unknown"),
        (Recorded("injection", "performed"), "date_missing"),
        (Recorded("injection", "attempted"), "date_missing"),
        (Recorded("injection", "performed", date(2026, 3, 3)), "date_future"),
        (Recorded("injection", "attempted", date(2026, 3, 3)), "date_future"),
        (Recorded("injection", "performed", date(1026, 3, 1)), "date_odd"),
        (Recorded("injection", "performed", date(1, 1, 1)), "date_odd"),
        (Recorded("injection", "planned", date(9999, 12, 31)), "date_odd"),
        (Recorded("injection", "postponed", date(1, 1, 1)), "date_odd"),
        (Recorded("injection", "performed", date(2026, 3, 2), "10:01"), "date_future"),
        (Recorded("injection", "performed", date(2026, 3, 2), "29:00"), "time_odd"),
        (Recorded("injection", "performed", date(2026, 3, 2), "9 am"), "time_odd"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(clinic, given, key):
    clinic.enrol(on="2026-03-02")
    before = clinic.procedure("P-001"), clinic.visits("P-001")
    with pytest.raises(Refusal) as refused:
        procedures.change_procedure(clinic.db, clinic.means, before[0]["id"], given, clinic.now)
    assert refused.value.key == key
    assert (clinic.procedure("P-001"), clinic.visits("P-001")) == before


def test_a_procedure_that_is_not_there_cannot_be_changed(clinic):
    with pytest.raises(NotFound):
        procedures.change_procedure(clinic.db, clinic.means, "none", Recorded("injection", "cancelled"), clinic.now)


def test_a_kind_that_the_study_does_not_have_is_refused(clinic):
    clinic.enrol(on="2026-03-02")
    with pytest.raises(Refusal) as refused:
        clinic.adds("P-001", "surgery", "planned", "2026-04-02")
    assert refused.value.key == "procedure_unknown"


def test_the_future_is_that_of_the_participants_calendar(clinic):
    clinic.enrol(zone="Pacific/Auckland", on="2026-03-03")
    clinic.records("P-001", "performed", "2026-03-03")  # it is the third there already
    assert clinic.procedure("P-001")["performed_on"] == "2026-03-03"


def test_every_change_is_kept_and_on_the_record(clinic):
    clinic.enrol(on="2026-03-12")
    clinic.records("P-001", "postponed", "2026-03-20")
    clinic.undoes("P-001")
    procedure_id = clinic.procedure("P-001")["id"]
    events = procedure_rows.events(clinic.db, procedure_id)
    assert [(event["status"], event["planned_on"], bool(event["undone_at"])) for event in events] == [
        ("planned", "2026-03-12", False), ("postponed", "2026-03-20", True),
    ]  # fmt: skip
    recorded = [row["action"] for row in audit.of_subject(clinic.db, procedure_id)]
    assert sorted(recorded) == ["procedure_recorded", "procedure_recorded", "procedure_undone"]


def test_undo_goes_back_one_step_at_a_time_and_not_beyond_the_first(clinic):
    clinic.enrol(on="2026-03-12")
    clinic.records("P-001", "postponed", "2026-03-20")
    clinic.records("P-001", "cancelled")
    clinic.undoes("P-001")
    assert (clinic.procedure("P-001")["status"], clinic.procedure("P-001")["planned_on"]) == ("postponed", "2026-03-20")
    clinic.undoes("P-001")
    assert (clinic.procedure("P-001")["status"], clinic.procedure("P-001")["planned_on"]) == ("planned", "2026-03-12")
    with pytest.raises(Conflict):
        clinic.undoes("P-001")


def test_what_stands_already_is_recorded_once_and_one_undo_takes_it_back(clinic):
    clinic.enrol(on="2026-03-02")
    clinic.records("P-001", "performed", "2026-03-02", time="09:00")
    before = clinic.procedure("P-001"), clinic.visits("P-001"), rows(clinic.db, "select * from audit")
    assert clinic.records("P-001", "performed", "2026-03-02", time="09:00") == []
    assert (clinic.procedure("P-001"), clinic.visits("P-001"), rows(clinic.db, "select * from audit")) == before
    clinic.undoes("P-001")
    assert clinic.procedure("P-001")["status"] == "planned"


def test_a_correction_keeps_when_it_was_first_recorded_and_so_does_its_undoing(clinic):
    clinic.enrol(on="2026-03-02")
    clinic.records("P-001", "performed", "2026-03-02")
    first = clinic.procedure("P-001")["performed_recorded_at"]
    for day, time in (("2026-03-03T15:00:00Z", "09:00"), ("2026-03-04T15:00:00Z", "09:30")):
        clinic.at(day)
        clinic.records("P-001", "performed", "2026-03-02", time=time)
    assert clinic.procedure("P-001")["performed_recorded_at"] == first
    clinic.undoes("P-001")
    assert (clinic.procedure("P-001")["performed_time"], clinic.procedure("P-001")["performed_recorded_at"]) == (
        "09:00", first,
    )  # fmt: skip


def test_the_planned_day_is_kept_when_the_procedure_is_performed(clinic):
    clinic.enrol(on="2026-03-02")
    clinic.at("2026-03-03T15:00:00Z")
    clinic.records("P-001", "performed", "2026-03-03")
    assert clinic.procedure("P-001")["planned_on"] == "2026-03-02"


# ---- the decision


def decided(clinic) -> bool:
    return bool(participants.by_id(clinic.db, clinic.id("P-001"))["decided"])


def decide(clinic) -> None:
    procedures.decide(clinic.db, clinic.means, clinic.id("P-001"), clinic.now.date(), clinic.now, clinic.staff["cora"])


def test_the_decision_stands_once_and_is_taken_back_by_hand(clinic):
    clinic.enrol(status="performed", on="2026-03-02")
    decide(clinic)
    decide(clinic)
    assert len(rows(clinic.db, "select id from decision")) == 1 and decided(clinic)
    procedures.undo_decision(clinic.db, clinic.id("P-001"), clinic.now)
    assert not decided(clinic)
    with pytest.raises(Conflict):
        procedures.undo_decision(clinic.db, clinic.id("P-001"), clinic.now)


def test_a_later_embolization_ends_the_decision_and_its_undoing_gives_it_back(clinic):
    clinic.enrol(status="performed", on="2026-03-02")
    decide(clinic)
    clinic.at("2026-06-02T15:00:00Z")
    clinic.adds("P-001", "embolization", "planned", "2026-06-02")
    assert decided(clinic)  # a plan decides nothing
    clinic.records("P-001", "performed", "2026-06-02", kind="embolization")
    assert not decided(clinic)
    with pytest.raises(Conflict):
        decide(clinic)
    clinic.undoes("P-001", "embolization")
    assert decided(clinic)


def test_an_attempted_embolization_or_a_second_injection_leaves_the_decision(clinic):
    clinic.enrol(status="performed", on="2026-03-02")
    decide(clinic)
    clinic.at("2026-06-02T15:00:00Z")
    clinic.adds("P-001", "embolization", "attempted", "2026-06-02")
    clinic.adds("P-001", "injection", "performed", "2026-06-02")
    assert decided(clinic)


# ---- the day's list


def test_an_unconfirmed_procedure_becomes_a_task_after_2_working_days(clinic):
    clinic.enrol(on="2026-03-05")  # a Thursday
    clinic.ticks_until("2026-03-09T03:00:00Z")
    assert clinic.open_tasks("procedure_to_confirm") == []
    clinic.ticks_until("2026-03-09T15:00:00Z")  # Monday: Friday was the first working day
    assert len(clinic.open_tasks("procedure_to_confirm")) == 1
    clinic.records("P-001", "performed", "2026-03-05")
    clinic.ticks(hours=2)
    assert clinic.open_tasks("procedure_to_confirm") == []


def test_a_postponed_procedure_is_asked_about_again_on_its_new_day(clinic):
    clinic.enrol(on="2026-03-03")
    clinic.ticks_until("2026-03-05T15:00:00Z")
    assert len(clinic.open_tasks("procedure_to_confirm")) == 1
    clinic.records("P-001", "postponed", "2026-03-09")
    clinic.ticks_until("2026-03-11T03:00:00Z")
    assert clinic.open_tasks("procedure_to_confirm") == []
    clinic.ticks_until("2026-03-11T15:00:00Z")
    assert len(clinic.open_tasks("procedure_to_confirm")) == 1


def test_nobody_is_asked_about_the_procedure_of_whoever_left(clinic):
    clinic.enrol(on="2026-03-03")
    clinic.becomes("P-001", "deceased")
    clinic.ticks_until("2026-03-06T15:00:00Z")
    assert clinic.open_tasks("procedure_to_confirm") == []


def test_a_procedure_performed_in_the_past_needs_no_confirmation(clinic):
    clinic.enrol(status="performed", on="2026-02-20")
    clinic.ticks(days=1)
    assert clinic.open_tasks("procedure_to_confirm") == []
