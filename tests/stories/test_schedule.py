"""A participant's way through the study: what was recorded, what was texted, who was called, what was kept."""

from datetime import time
from zoneinfo import ZoneInfo

import pytest

from prom.actions import enrol, texting, tick
from prom.actions import procedures as recording
from prom.actions.enrol import Enrolment
from prom.actions.procedures import Recorded
from prom.errors import Conflict, LinkClosed
from prom.rules.times import DAY, at_time, instant, local_day
from prom.rules.visit import flags, reference, since, status
from prom.store import contacts, participants, procedures, reports, visits
from prom.store.connect import rows
from tests.web.browsing import staff_at
from tests.web.filling import Phone

NEW_YORK = ZoneInfo("America/New_York")
HOURS = (time(0), time(10))  # of each day, at which the clock stops


def passes(clinic, until: str, zone: ZoneInfo = NEW_YORK) -> None:
    """Let days pass until a stored instant: the tick runs at midnight and at ten."""
    last, day = instant(until), local_day(clinic.now, zone)
    while day <= local_day(last, zone):
        for hour in HOURS:
            moment = at_time(day, hour, zone)
            if clinic.now < moment <= last:
                clinic.clock.set(moment)
                clinic.tick()
        day += DAY
    clinic.at(until)
    clinic.tick()


def states(clinic, kind="injection", code="P-001") -> dict[str, str]:
    """{timepoint: status} of a procedure's first occasions."""
    return {
        visit["timepoint"]: status(visit, clinic.now)
        for visit in clinic.visits(code)
        if visit["procedure_kind"] == kind and visit["occasion"] == 1
    }


def texted(clinic, visit) -> list[tuple[str, str]]:
    """(kind, when it left) of a visit's texts that left."""
    left = [text for text in clinic.messages("P-001") if text["visit_id"] == visit["id"] and text["sent_at"]]
    return sorted(((text["kind"], text["sent_at"]) for text in left), key=lambda text: text[1])


def called(clinic) -> list[tuple[str, str]]:
    """(timepoint, day) of the open calls."""
    return [(task["timepoint"], task["due_on"]) for task in clinic.open_tasks("call")]


@pytest.fixture
def injected(clinic):
    """Enrolled on 2 March, baseline sent on the 5th, injected on the 12th, recorded at two in the afternoon."""
    clinic.enrol(on="2026-03-12")
    passes(clinic, "2026-03-05T16:00:00Z")
    clinic.answers(clinic.visit("P-001", "baseline"), 8)
    passes(clinic, "2026-03-12T18:00:00Z")
    clinic.records("P-001", "performed", "2026-03-12", time="09:00")
    return clinic


# ---- the ladder of a visit


def test_a_silent_participant_is_invited_reminded_twice_and_called(injected):
    passes(injected, "2026-04-25T18:00:00Z")
    assert texted(injected, injected.visit("P-001", "1m")) == [
        ("invitation", "2026-04-12T14:00:00Z"),
        ("reminder", "2026-04-14T14:00:00Z"),
        ("reminder", "2026-04-17T14:00:00Z"),
    ]
    assert called(injected) == [("1m", "2026-04-20")]


def test_the_call_ends_when_the_visit_is_missed(injected):
    passes(injected, "2026-05-19T18:00:00Z")
    assert called(injected) == [("1m", "2026-04-20")]
    passes(injected, "2026-05-20T05:00:00Z")
    assert states(injected)["1m"] == "missed" and called(injected) == []


def test_the_call_ends_when_the_report_is_sent_and_nothing_more_goes_out(injected):
    passes(injected, "2026-04-21T18:00:00Z")
    injected.answers(injected.visit("P-001", "1m"))
    assert called(injected) == []
    passes(injected, "2026-05-25T18:00:00Z")
    assert len(texted(injected, injected.visit("P-001", "1m"))) == 3 and called(injected) == []


def test_the_call_ends_when_a_crossover_overtakes_the_visit(injected):
    passes(injected, "2026-04-21T18:00:00Z")
    injected.adds("P-001", "embolization", "performed", "2026-04-21")
    assert injected.visit("P-001", "1m")["cancel_reason"] == "overtaken" and called(injected) == []


def test_a_baseline_is_invited_on_its_day_and_reminded_the_day_before(clinic):
    clinic.enrol(on="2026-03-20")
    passes(clinic, "2026-03-20T13:00:00Z")
    assert texted(clinic, clinic.visit("P-001", "baseline")) == [
        ("invitation", "2026-03-13T14:00:00Z"),
        ("reminder", "2026-03-19T14:00:00Z"),
    ]


def test_enrolled_on_the_day_the_baseline_is_invited_at_once(clinic):
    clinic.enrol(on="2026-03-02")
    clinic.tick()
    assert [kind for kind, _ in texted(clinic, clinic.visit("P-001", "baseline"))] == ["invitation"]


def test_the_texts_follow_the_participants_own_zone(clinic):
    auckland = ZoneInfo("Pacific/Auckland")
    clinic.enrol(zone="Pacific/Auckland", status="performed", on="2026-03-03")
    passes(clinic, "2026-04-06T00:00:00Z", auckland)  # the clocks there went back on 5 April
    assert texted(clinic, clinic.visit("P-001", "1m")) == [
        ("invitation", "2026-04-02T21:00:00Z"),
        ("reminder", "2026-04-04T22:00:00Z"),
    ]


# ---- reached otherwise


@pytest.mark.parametrize("given", [{"contact_mode": "phone"}, {"contact_mode": "paper"}, {"texts_consent_on": None}])
def test_who_is_not_reached_by_text_is_called_on_the_day(clinic, given):
    clinic.enrol(on="2026-03-12", **given)
    passes(clinic, "2026-03-05T14:59:00Z")
    assert called(clinic) == []
    passes(clinic, "2026-03-05T15:00:00Z")
    assert called(clinic) == [("baseline", "2026-03-05")]
    passes(clinic, "2026-03-11T18:00:00Z")
    assert clinic.messages("P-001") == [] and len(rows(clinic.db, "select id from task where kind = 'call'")) == 1


def test_a_number_opted_out_is_not_texted_and_its_owner_is_called(clinic):
    clinic.enrol(on="2026-03-12")
    hashes = clinic.means.keys.number_hashes(clinic.number("P-001"))
    contacts.opt_out(clinic.db, hashes[0], "text", "2026-03-02T15:00:00Z")
    passes(clinic, "2026-03-06T18:00:00Z")
    assert clinic.texts("P-001") == [] and called(clinic) == [("baseline", "2026-03-05")]


def test_who_stops_texts_after_the_invitation_is_called_and_not_reminded(injected):
    passes(injected, "2026-04-12T18:00:00Z")
    injected.becomes("P-001", "stopped_texts")
    injected.tick()
    passes(injected, "2026-04-20T18:00:00Z")
    assert [kind for kind, _ in texted(injected, injected.visit("P-001", "1m"))] == ["invitation"]
    assert called(injected) == [("1m", "2026-04-12")]


def test_nothing_is_asked_of_whoever_left(injected):
    injected.becomes("P-001", "left_follow_up")
    passes(injected, "2026-04-20T18:00:00Z")
    assert set(states(injected).values()) == {"submitted", "cancelled"}
    assert called(injected) == [] and texted(injected, injected.visit("P-001", "1m")) == []
    injected.becomes("P-001", "undone")
    passes(injected, "2026-04-20T18:05:00Z")
    assert states(injected)["1m"] == "open" and len(texted(injected, injected.visit("P-001", "1m"))) == 1


def test_while_a_red_alert_waits_no_text_goes_and_each_due_visit_is_a_call(injected):
    passes(injected, "2026-04-06T18:00:00Z")
    injected.saves(injected.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    passes(injected, "2026-04-15T18:00:00Z")
    assert texted(injected, injected.visit("P-001", "1m")) == [] and called(injected) == [("1m", "2026-04-12")]
    [alert] = injected.alerts("P-001")
    injected.acknowledges(alert)
    injected.closes(alert, texts="resume")
    passes(injected, "2026-04-15T18:01:00Z")
    assert [kind for kind, _ in texted(injected, injected.visit("P-001", "1m"))] == ["invitation"]


def test_nothing_is_ever_asked_of_contact_mode_none(clinic):
    clinic.enrol(contact_mode="none", mobile="", status="performed", on="2026-02-01")
    passes(clinic, "2026-03-20T18:00:00Z")
    assert clinic.messages("P-001") == [] and clinic.open_tasks() == []


def test_imported_people_are_never_planned_texted_or_called(clinic):
    person = enrol.enrol(
        clinic.db, clinic.means, Enrolment("P-001", contact_mode="none"), clinic.now, imported=True
    )  # fmt: skip
    given = Recorded("injection", "performed", local_day(clinic.now, NEW_YORK))
    recording.add_procedure(clinic.db, clinic.means, person, given, clinic.now)
    passes(clinic, "2026-04-20T18:00:00Z")
    assert clinic.visits("P-001") == [] and clinic.open_tasks() == [] and clinic.messages("P-001") == []


# ---- postponed, cancelled, undone


def test_a_postponed_procedure_moves_an_unsent_baseline_and_its_invitation(clinic):
    clinic.enrol(on="2026-03-12")
    clinic.records("P-001", "postponed", "2026-03-24")
    passes(clinic, "2026-03-16T18:00:00Z")
    assert clinic.messages("P-001") == []
    passes(clinic, "2026-03-24T13:00:00Z")
    assert texted(clinic, clinic.visit("P-001", "baseline")) == [
        ("invitation", "2026-03-17T14:00:00Z"),
        ("reminder", "2026-03-23T14:00:00Z"),
    ]


def test_a_baseline_moved_after_its_invitation_is_invited_on_its_new_day(clinic):
    clinic.enrol(on="2026-03-12")
    passes(clinic, "2026-03-06T18:00:00Z")
    clinic.records("P-001", "postponed", "2026-05-20")
    passes(clinic, "2026-05-13T13:00:00Z")
    assert len(clinic.messages("P-001")) == 1 and called(clinic) == []
    passes(clinic, "2026-05-20T13:00:00Z")
    assert texted(clinic, clinic.visit("P-001", "baseline")) == [
        ("invitation", "2026-03-05T15:00:00Z"),
        ("again", "2026-05-13T14:00:00Z"),
        ("reminder", "2026-05-19T14:00:00Z"),
    ]


@pytest.mark.parametrize("moved_to, further", [("2026-03-26", False), ("2026-03-27", True)])
def test_a_sent_baseline_older_by_more_than_14_days_asks_for_a_further_one(clinic, moved_to, further):
    clinic.enrol(on="2026-03-12")
    passes(clinic, "2026-03-05T16:00:00Z")
    clinic.answers(clinic.visit("P-001", "baseline"), 8)
    clinic.records("P-001", "postponed", moved_to)
    passes(clinic, f"{moved_to}T14:30:00Z")
    second = [visit for visit in clinic.visits("P-001") if visit["occasion"] == 2]
    invited = [texted(clinic, visit)[0] for visit in second]
    assert invited == ([("invitation", "2026-03-20T14:00:00Z")] if further else [])


def test_the_last_baseline_before_the_procedure_is_its_reference(clinic):
    clinic.enrol(on="2026-03-12")
    clinic.answers(clinic.visit("P-001", "baseline"), 8)
    clinic.records("P-001", "postponed", "2026-04-20")
    passes(clinic, "2026-04-14T18:00:00Z")
    clinic.answers(clinic.visit("P-001", "baseline", occasion=2), 6)
    passes(clinic, "2026-04-20T18:00:00Z")
    clinic.records("P-001", "performed", "2026-04-20", time="12:00")
    found = reference(clinic.study, clinic.procedure("P-001"), True, clinic.visits("P-001"), NEW_YORK)
    assert found["occasion"] == 2


def test_a_cancelled_procedure_cancels_its_visits_and_texts_and_undone_restores_them(clinic):
    clinic.enrol(on="2026-03-12")
    before = states(clinic)
    clinic.records("P-001", "cancelled")
    assert set(states(clinic).values()) == {"cancelled"}
    passes(clinic, "2026-03-06T18:00:00Z")
    assert clinic.messages("P-001") == []
    clinic.undoes("P-001")
    assert states(clinic) == before
    passes(clinic, "2026-03-06T18:05:00Z")
    assert [kind for kind, _ in texted(clinic, clinic.visit("P-001", "baseline"))] == ["invitation"]


def test_a_text_queued_for_a_cancelled_visit_never_leaves_and_goes_once_restored(clinic):
    clinic.enrol(on="2026-03-12")
    clinic.at("2026-03-05T15:00:00Z")
    tick.tick(clinic.db, clinic.means, clinic.now)  # queued, not sent
    clinic.records("P-001", "cancelled")
    clinic.tick()
    assert [message["reason"] for message in clinic.messages("P-001")] == ["visit_cancelled"]
    clinic.undoes("P-001")
    clinic.tick()
    assert len(clinic.texts("P-001")) == 1


def test_undone_performed_gives_the_dates_back_and_keeps_what_was_sent(injected):
    passes(injected, "2026-04-13T18:00:00Z")
    injected.answers(injected.visit("P-001", "1m"), 4)
    injected.undoes("P-001")
    assert states(injected) == {"baseline": "submitted", "1m": "submitted", "3m": "planned", "6m": "planned"}
    assert injected.visit("P-001", "3m")["due_on"] is None
    passes(injected, "2026-06-20T18:00:00Z")
    assert texted(injected, injected.visit("P-001", "3m")) == []
    injected.records("P-001", "performed", "2026-03-13")
    assert injected.visit("P-001", "3m")["due_on"] == "2026-06-13"


def test_undone_performed_reopens_an_unsent_baseline(clinic):
    clinic.enrol(on="2026-03-02")
    clinic.records("P-001", "performed", "2026-03-02")
    assert states(clinic)["baseline"] == "missed"
    clinic.undoes("P-001")
    assert states(clinic) == {"baseline": "open", "1m": "planned", "3m": "planned", "6m": "planned"}


# ---- a baseline and its day


@pytest.mark.parametrize(
    "time_of_day, flagged, serves",
    [(None, ("baseline_same_day",), True), ("12:00", (), True), ("09:00", ("baseline_after_procedure",), False)],
)
def test_a_baseline_of_the_day_itself_is_judged_by_the_recorded_time(clinic, time_of_day, flagged, serves):
    clinic.enrol(on="2026-03-02")
    clinic.answers(clinic.visit("P-001", "baseline"), 8)  # at ten
    clinic.at("2026-03-02T20:00:00Z")
    clinic.records("P-001", "performed", "2026-03-02", time=time_of_day)
    procedure, visit = clinic.procedure("P-001"), clinic.visit("P-001", "baseline")
    assert flags(clinic.study, visit, procedure, [procedure], NEW_YORK) == flagged
    found = reference(clinic.study, procedure, True, clinic.visits("P-001"), NEW_YORK)
    assert (found is not None) == serves


def test_a_baseline_sent_after_a_procedure_recorded_late_is_kept_and_never_a_reference(clinic):
    clinic.enrol(on="2026-03-03")
    clinic.at("2026-03-05T18:00:00Z")
    clinic.answers(clinic.visit("P-001", "baseline"), 8)
    clinic.records("P-001", "performed", "2026-03-03")
    procedure, visit = clinic.procedure("P-001"), clinic.visit("P-001", "baseline")
    assert status(visit, clinic.now) == "submitted"
    assert flags(clinic.study, visit, procedure, [procedure], NEW_YORK) == ("baseline_after_procedure",)
    assert reference(clinic.study, procedure, True, clinic.visits("P-001"), NEW_YORK) is None


def test_a_closed_baseline_takes_no_answers_and_a_begun_one_does_until_midnight(clinic):
    clinic.enrol("P-001", on="2026-03-02")
    clinic.enrol("P-002", on="2026-03-02")
    clinic.saves(clinic.visit("P-002", "baseline"), "red_flags", {"red_flags": ["none"]})
    for code in ("P-001", "P-002"):
        clinic.records(code, "performed", "2026-03-02")
    with pytest.raises(LinkClosed):
        clinic.saves(clinic.visit("P-001", "baseline"), "red_flags", {"red_flags": ["none"]})
    clinic.at("2026-03-03T04:59:00Z")
    clinic.answers(clinic.visit("P-002", "baseline"), 7)
    assert clinic.visit("P-002", "baseline")["submitted_at"]


# ---- late entry


def test_a_back_dated_entry_invites_the_newest_open_visit_and_never_a_backlog(clinic):
    clinic.enrol(status="performed", on="2025-11-20")
    assert states(clinic) == {"baseline": "missed", "1m": "missed", "3m": "open", "6m": "planned"}
    clinic.tick()
    passes(clinic, "2026-03-03T18:00:00Z")
    assert len(clinic.texts("P-001")) == 1
    assert texted(clinic, clinic.visit("P-001", "3m")) == [("invitation", "2026-03-02T15:00:00Z")]


def test_a_back_dated_crossover_invites_the_newest_visit_of_the_embolization(injected):
    passes(injected, "2026-06-13T18:00:00Z")
    many = len(injected.texts("P-001"))
    injected.adds("P-001", "embolization", "performed", "2026-05-14")
    passes(injected, "2026-06-15T18:00:00Z")
    assert states(injected) == {"baseline": "submitted", "1m": "cancelled", "3m": "cancelled", "6m": "cancelled"}
    assert injected.visit("P-001", "1m", "embolization")["due_on"] == "2026-06-14"
    assert len(injected.texts("P-001")) == many + 1


def test_a_report_sent_after_a_crossover_that_was_entered_late_is_flagged(injected):
    passes(injected, "2026-06-13T18:00:00Z")
    injected.answers(injected.visit("P-001", "3m"), 6)
    injected.adds("P-001", "embolization", "performed", "2026-06-10")
    known = procedures.of_participant(injected.db, injected.id("P-001"))
    visit = injected.visit("P-001", "3m")
    assert flags(injected.study, visit, known[0], known, NEW_YORK) == ("after_next_procedure",)
    found = reference(injected.study, known[1], False, injected.visits("P-001"), NEW_YORK)
    assert found is None  # the 1-month report was never sent, the 3-month report came after


# ---- crossover


def test_a_crossover_cancels_what_was_not_sent_and_overtakes_what_was(injected):
    passes(injected, "2026-06-13T18:00:00Z")
    assert states(injected)["1m"] == "missed"
    injected.adds("P-001", "embolization", "performed", "2026-06-13")
    assert states(injected)["1m"] == "missed"
    assert injected.visit("P-001", "3m")["cancel_reason"] == "overtaken"
    assert injected.visit("P-001", "6m")["cancel_reason"] == "cancelled"
    passes(injected, "2026-10-01T18:00:00Z")
    assert texted(injected, injected.visit("P-001", "6m")) == []


def test_a_crossover_cancels_an_open_visit_that_was_never_sent(injected):
    passes(injected, "2026-06-01T18:00:00Z")
    assert states(injected)["3m"] == "open"
    injected.adds("P-001", "embolization", "performed", "2026-06-01")
    assert injected.visit("P-001", "3m")["cancel_reason"] == "cancelled"


def test_a_crossover_overtakes_a_begun_visit_and_keeps_its_draft(injected):
    passes(injected, "2026-06-01T18:00:00Z")
    visit = injected.visit("P-001", "3m")
    injected.saves(visit, "red_flags", {"red_flags": ["none"]})
    injected.adds("P-001", "embolization", "performed", "2026-06-01")
    assert injected.visit("P-001", "3m")["cancel_reason"] == "overtaken"
    assert len(rows(injected.db, "select seq from draft where visit_id = :id", {"id": visit["id"]})) == 1
    with pytest.raises(LinkClosed):
        injected.saves(visit, "nrs_average", {"nrs_average": 4})


def test_a_report_serves_as_the_baseline_of_the_embolization(injected):
    passes(injected, "2026-06-12T18:00:00Z")
    injected.answers(injected.visit("P-001", "3m"), 7)
    injected.adds("P-001", "embolization", "planned", "2026-07-10")  # 28 days later
    passes(injected, "2026-07-10T18:00:00Z")
    injected.records("P-001", "performed", "2026-07-10", kind="embolization")
    assert "baseline" not in states(injected, "embolization")
    served = reference(
        injected.study, injected.procedure("P-001", "embolization"), False, injected.visits("P-001"), NEW_YORK
    )
    assert served["timepoint"] == "3m"


def test_an_embolization_without_a_fresh_report_gets_a_baseline_of_its_own(injected):
    passes(injected, "2026-06-12T18:00:00Z")
    injected.answers(injected.visit("P-001", "3m"), 7)
    injected.adds("P-001", "embolization", "planned", "2026-07-15")
    passes(injected, "2026-07-14T18:00:00Z")
    visit = injected.visit("P-001", "baseline", "embolization")
    assert texted(injected, visit) == [
        ("invitation", "2026-07-08T14:00:00Z"),
        ("reminder", "2026-07-14T14:00:00Z"),
    ]
    injected.answers(visit, 9)
    passes(injected, "2026-07-15T18:00:00Z")
    injected.records("P-001", "performed", "2026-07-15", kind="embolization")
    own = reference(
        injected.study, injected.procedure("P-001", "embolization"), False, injected.visits("P-001"), NEW_YORK
    )
    assert own["id"] == visit["id"]


def test_an_open_follow_up_visit_serves_and_is_invited_once_more_7_days_before(injected):
    passes(injected, "2026-06-15T18:00:00Z")
    injected.adds("P-001", "embolization", "planned", "2026-07-05")
    passes(injected, "2026-07-05T03:00:00Z")
    assert "baseline" not in states(injected, "embolization")
    assert texted(injected, injected.visit("P-001", "3m")) == [
        ("invitation", "2026-06-12T14:00:00Z"),
        ("reminder", "2026-06-14T14:00:00Z"),
        ("reminder", "2026-06-17T14:00:00Z"),
        ("again", "2026-06-28T14:00:00Z"),
    ]


def test_a_serving_visit_that_was_answered_is_not_invited_again(injected):
    passes(injected, "2026-06-15T18:00:00Z")
    injected.adds("P-001", "embolization", "planned", "2026-07-05")
    injected.answers(injected.visit("P-001", "3m"), 7)
    passes(injected, "2026-07-05T03:00:00Z")
    assert "again" not in [kind for kind, _ in texted(injected, injected.visit("P-001", "3m"))]
    assert "baseline" not in states(injected, "embolization")


def test_a_begun_baseline_stays_and_the_follow_up_visit_waits_for_it(injected):
    passes(injected, "2026-08-18T18:00:00Z")
    injected.adds("P-001", "embolization", "planned", "2026-08-28")
    own = injected.visit("P-001", "baseline", "embolization")
    injected.saves(own, "red_flags", {"red_flags": ["none"]})
    injected.records("P-001", "postponed", "2026-09-08", kind="embolization")
    passes(injected, "2026-09-01T18:00:00Z")  # the 6-month visit would open on 29 August
    assert (states(injected, "embolization")["baseline"], states(injected)["6m"]) == ("started", "planned")
    injected.answers(own, 6)
    assert states(injected)["6m"] == "open"


def test_a_second_injection_moves_the_unopened_visits_and_their_invitations(injected):
    passes(injected, "2026-04-10T18:00:00Z")
    assert states(injected)["1m"] == "open"
    injected.adds("P-001", "injection", "performed", "2026-04-10")
    passes(injected, "2026-05-11T18:00:00Z")
    assert texted(injected, injected.visit("P-001", "1m")) == [("invitation", "2026-05-10T14:00:00Z")]
    assert len(injected.visits("P-001")) == 4


def test_a_co_intervention_moves_nothing(injected):
    passes(injected, "2026-06-13T18:00:00Z")
    injected.adds("P-001", "embolization", "performed", "2026-06-13")
    before = injected.visits("P-001")
    injected.at("2026-06-20T18:00:00Z")
    injected.adds("P-001", "injection", "performed", "2026-06-20")
    assert [visit["id"] for visit in injected.visits("P-001")] == [visit["id"] for visit in before]
    assert injected.visit("P-001", "1m", "embolization")["due_on"] == "2026-07-13"


def test_an_attempted_embolization_ends_nothing_and_counts_for_since(injected):
    passes(injected, "2026-06-13T18:00:00Z")
    injected.adds("P-001", "embolization", "attempted", "2026-06-13")
    assert states(injected)["3m"] == "open" and "1m" not in states(injected, "embolization")
    known, everything = procedures.of_participant(injected.db, injected.id("P-001")), injected.visits("P-001")
    day = since(known, everything, injected.visit("P-001", "3m"), NEW_YORK)
    assert day.isoformat() == "2026-06-13"


# ---- a quiet tick


def test_a_tick_with_nothing_due_does_no_work(injected):
    """Nobody is planned or looked at before the next midnight, invitation, reminder or closing."""
    for moment in ("2026-04-01T18:00:00Z", "2026-04-12T18:00:00Z", "2026-04-22T18:00:00Z", "2026-05-25T18:00:00Z"):
        passes(injected, moment)
        soon = injected.now.strftime("%Y-%m-%dT%H:%M:59Z")
        assert participants.to_replan(injected.db, soon, 10) == []
        assert visits.to_look_at(injected.db, soon, 10) == []


def test_a_participant_whose_visits_are_over_is_never_planned_again(injected):
    passes(injected, "2026-04-12T18:00:00Z")
    injected.adds("P-001", "embolization", "cancelled")
    injected.records("P-001", "cancelled")
    passes(injected, "2026-04-13T18:00:00Z")
    assert rows(injected.db, "select id from participant where replan_at is not null") == []
    assert rows(injected.db, "select id from visit where look_at is not null") == []


def test_a_form_begun_waits_with_its_answers_while_its_procedure_is_not_done_any_more(clinic):
    clinic.enrol("ADA", status="performed", on="2026-03-02")
    passes(clinic, "2026-04-02T15:00:00Z")
    visit = clinic.visit("ADA", "1m")
    phone = Phone(clinic, clinic.token(visit))
    phone.opens()
    phone.fills("none")
    texted = clinic.texts("ADA")
    assert texted
    clinic.records("ADA", "planned", "2026-05-20")
    assert "not open yet" in phone.sees(phone.link)
    with pytest.raises(LinkClosed):
        clinic.saves(clinic.visit("ADA", "1m"), "pain", {"nrs_average": 4})
    with pytest.raises(Conflict) as refused:
        texting.send_link(clinic.db, clinic.means, visit["id"], clinic.now, staff_id=clinic.staff["cora"])
    assert refused.value.key == "no_text_planned"
    nina = staff_at(clinic, "nina")
    assert "Injection, 1 month" in nina.opens("/care/reports")  # what was answered is kept, and for a nurse to read
    passes(clinic, "2026-04-10T15:00:00Z")
    assert clinic.texts("ADA") == texted
    clinic.records("ADA", "performed", "2026-04-01")
    passes(clinic, "2026-05-01T15:00:00Z")
    assert clinic.visit("ADA", "1m")["due_on"] == "2026-05-01"
    assert len(clinic.texts("ADA")) == len(texted) + 1
    assert reports.answers(clinic.db, visit["id"])["red_flags"] == ["none"]
    clinic.answers(clinic.visit("ADA", "1m"))
    assert clinic.visit("ADA", "1m")["submitted_at"]
