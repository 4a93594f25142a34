"""Answers that staff enter: how they came is kept with the report, and all that a link's answers do follows."""

from datetime import date

import pytest

from prom.actions import links, phone_entry
from prom.errors import AlreadyAnswered, ChangedElsewhere, Conflict, LinkClosed, NotFound, Refusal
from prom.rules.instrument import first_open
from prom.rules.saving import Page
from prom.store import audit, reports
from prom.store.connect import rows, write
from tests.report.reading import row
from tests.web.filling import everything

PLAIN = {
    "red_flags": ["none"], "nrs_average": 3, "nrs_worst": 5, "med_any": "no", "care_any": "no", "se_any": "no",
    "comment": "", "urgency": "can_wait", "who": "self",
}  # fmt: skip


@pytest.fixture
def due(clinic):
    """P-001, injected on 3 March, on 8 April: the 1 month report of 3 April is open, in its window until the 10th."""
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    clinic.at("2026-04-08T15:00:00Z")
    clinic.tick()
    return clinic


def visit(clinic):
    return clinic.visit("P-001", "1m")


def begins(clinic, login="nina", mode="phone", filled_on=None, speaker="participant", sites=("main",)):
    given = {"mode": mode, "filled_on": filled_on, "speaker": speaker, "sites": sites}
    phone_entry.begin(clinic.db, visit(clinic)["id"], clinic.now, staff_id=clinic.staff[login], **given)


def saves(clinic, step, answers, login="nina", page=None):
    opened = links.for_staff(clinic.db, clinic.means, visit(clinic)["id"], clinic.now, "/entry")
    who = clinic.staff[login]
    phone_entry.save(clinic.db, clinic.means, opened, step, answers, clinic.now, staff_id=who, page=page)


def fills(clinic, login="nina", **given):
    """Every screen that is not answered yet."""
    while step := first_open(clinic.study, "1m", reports.answers(clinic.db, visit(clinic)["id"])):
        saves(clinic, step.key, {key: (PLAIN | given)[key] for key in step.answer_keys}, login)


def sends(clinic, login="nina", page=None, sites=("main",)):
    given = {"staff_id": clinic.staff[login], "sites": sites, "page": page}
    return phone_entry.submit(clinic.db, clinic.means, visit(clinic)["id"], clinic.now, **given)


def test_a_phone_entry_makes_the_report_with_how_it_came_and_who_entered_it(due):
    begins(due)
    fills(due, who="helped")
    sends(due)
    sent = reports.response_of(due.db, visit(due)["id"])
    told = {name: sent[name] for name in ("mode", "recorded_by", "filled_on", "who", "identity_check", "layout")}
    assert told == {
        "mode": "phone", "recorded_by": due.staff["nina"], "filled_on": None, "who": "helped",
        "identity_check": "staff", "layout": None,
    }  # fmt: skip
    assert {one["staff_name"] for one in reports.screens(due.db, visit(due)["id"])} == {"Nina Example"}
    found = row(due, "P-001", "1m")
    assert (found["mode"], found["identity_check"], found["filled_on"], found["status"]) == (
        "phone", "staff", "", "submitted",
    )  # fmt: skip


def test_a_warning_sign_heard_on_the_phone_alarms_when_its_screen_is_saved(due):
    begins(due)
    due.sms.sent.clear()
    saves(due, "red_flags", {"red_flags": ["chest"]})
    (alert,) = due.alerts("P-001")
    assert (alert["class"], alert["visit_id"]) == ("red", visit(due)["id"])
    due.tick()
    assert [to for to, _, _ in due.sms.sent] == ["+15550100011"]


def test_other_rules_run_when_it_is_sent(due):
    begins(due)
    fills(due, comment="Made-up words")
    assert due.alerts("P-001") == []
    sends(due)
    assert [alert["class"] for alert in due.alerts("P-001")] == ["routine"]


def test_paper_is_judged_by_the_day_on_which_it_was_filled_in(due):
    due.at("2026-04-20T15:00:00Z")
    begins(due, mode="paper", filled_on=date(2026, 4, 9), speaker=None)
    fills(due)
    sends(due)
    found = row(due, "P-001", "1m")
    assert (found["mode"], found["filled_on"], found["in_window"]) == ("paper", "2026-04-09", "1")
    assert found["submitted_at"] == "2026-04-20T15:00:00Z"


def test_paper_of_a_day_after_the_window_is_outside_it(due):
    due.at("2026-04-20T15:00:00Z")
    begins(due, mode="paper", filled_on=date(2026, 4, 10), speaker=None)
    fills(due)
    sends(due)
    assert row(due, "P-001", "1m")["in_window"] == "0"


def test_a_baseline_on_paper_of_the_day_before_serves_though_it_is_sent_on_the_day(clinic):
    clinic.enrol("P-001", on="2026-03-03")
    clinic.at("2026-03-03T15:00:00Z")
    baseline = clinic.visit("P-001", "baseline")
    given = {"mode": "paper", "filled_on": date(2026, 3, 2), "staff_id": clinic.staff["nina"], "sites": ("main",)}
    phone_entry.begin(clinic.db, baseline["id"], clinic.now, **given)
    clinic.fills(baseline, nrs=7)
    with_them = {"staff_id": clinic.staff["nina"], "sites": ("main",), "page": None}
    phone_entry.submit(clinic.db, clinic.means, baseline["id"], clinic.now, **with_them)
    clinic.records("P-001", "performed", "2026-03-03")
    found = row(clinic, "P-001", "baseline")
    assert (found["flags"], found["reference_on"], found["reference_age_days"]) == ("", "2026-03-02", "1")


def test_it_goes_on_from_what_the_participant_saved(due):
    due.saves(visit(due), "red_flags", {"red_flags": ["none"]})
    due.saves(visit(due), "nrs_average", {"nrs_average": 2})
    begins(due)
    fills(due)
    sends(due)
    assert reports.response_of(due.db, visit(due)["id"])["answers"]["nrs_average"] == 2
    names = [one["staff_name"] for one in reports.screens(due.db, visit(due)["id"])]
    assert names[:3] == [None, None, "Nina Example"]


def test_two_at_once_do_not_overwrite_each_other(due):
    begins(due)
    due.saves(visit(due), "nrs_average", {"nrs_average": 2})
    with pytest.raises(ChangedElsewhere):
        saves(due, "nrs_average", {"nrs_average": 8}, page=Page(None))
    assert reports.answers(due.db, visit(due)["id"]) == {"nrs_average": 2}
    fills(due)
    seen = reports.screens(due.db, visit(due)["id"])[-1]["seq"]
    due.saves(visit(due), "nrs_average", {"nrs_average": 4})
    with pytest.raises(ChangedElsewhere):
        sends(due, page=Page(seen))
    assert reports.response_of(due.db, visit(due)["id"]) is None


def test_the_call_is_done_and_no_text_goes_once_it_is_sent(due):
    due.ticks_until("2026-04-17T15:00:00Z", every="hour")
    assert [task["visit_id"] for task in due.open_tasks("call")] == [visit(due)["id"]]
    begins(due)
    fills(due)
    sends(due)
    assert due.open_tasks("call") == []
    before = len(due.texts("P-001"))
    due.ticks(days=3)
    assert len(due.texts("P-001")) == before


def test_it_is_refused_outside_the_visits_time(due):
    with pytest.raises(Conflict, match="visit_not_open"):
        later = due.visit("P-001", "3m")["id"]
        phone_entry.begin(due.db, later, due.now, staff_id=due.staff["nina"], sites=("main",), mode="phone")
    begins(due)
    fills(due)
    due.at(visit(due)["closes_at"])  # begun: it may be finished for a day
    begins(due, mode="paper", filled_on=due.now.date(), speaker=None)
    due.at(visit(due)["finish_by"])
    with pytest.raises(LinkClosed):
        sends(due)
    with pytest.raises(Conflict, match="visit_not_open"):
        begins(due, mode="paper", filled_on=date(2026, 4, 8), speaker=None)
    with pytest.raises(LinkClosed):
        saves(due, "nrs_worst", {"nrs_worst": 9})
    assert reports.response_of(due.db, visit(due)["id"]) is None


def test_a_paper_form_that_nobody_began_to_enter_is_too_late_when_the_visit_has_closed(due):
    due.at(visit(due)["closes_at"])
    with pytest.raises(Conflict, match="visit_not_open"):
        begins(due, mode="paper", filled_on=date(2026, 4, 8), speaker=None)


@pytest.mark.parametrize(
    "given, key",
    [
        ({"mode": None}, "entry_mode"),
        ({"speaker": None}, "entry_speaker"),
        ({"mode": "paper"}, "entry_date"),
        ({"mode": "paper", "filled_on": date(2026, 4, 9)}, "entry_date"),
        ({"mode": "paper", "filled_on": date(2026, 3, 2)}, "entry_date"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_written(due, given, key):
    was = everything(due)
    with pytest.raises(Refusal, match=key):
        begins(due, **given)
    assert everything(due) == was


def test_another_site_and_an_unknown_visit_are_not_found(due):
    with pytest.raises(NotFound):
        begins(due, sites=("north",))
    begins(due)
    fills(due)
    with pytest.raises(NotFound):
        sends(due, sites=("north",))
    with pytest.raises(NotFound):
        phone_entry.begin(due.db, "none", due.now, staff_id=due.staff["nina"], sites=("main",), mode="phone")


def test_nobody_sends_without_having_said_how_it_came_nor_twice_nor_unfinished(due):
    begins(due)
    with pytest.raises(Refusal, match="not_finished"):
        saves(due, "red_flags", {"red_flags": ["none"]})
        sends(due)
    fills(due)
    with pytest.raises(Refusal, match="entry_mode"):
        sends(due, "noor")
    sends(due)
    with pytest.raises(AlreadyAnswered):
        sends(due)


def test_the_audit_names_who_entered_and_no_answer(due):
    begins(due)
    fills(due, comment="Made-up words")
    sends(due)
    entries = audit.of_subject(due.db, visit(due)["id"])
    mine = [entry["action"] for entry in entries if entry["actor"] == due.staff["nina"]]
    assert mine == ["entry_begun", "submitted"]
    told = str(rows(due.db, "select * from audit_detail"))
    assert "Made-up" not in told and '"phone"' in told


def test_a_choice_that_is_made_again_replaces_the_one_before(due):
    begins(due)
    begins(due, mode="paper", filled_on=date(2026, 4, 7), speaker=None)
    (kept,) = rows(due.db, "select * from entry")
    assert (kept["mode"], kept["filled_on"], kept["speaker"]) == ("paper", "2026-04-07", None)


def test_the_database_takes_no_paper_without_its_day(due):
    begins(due)
    with pytest.raises(Exception, match="CHECK constraint"), write(due.db):
        due.db.execute("update entry set mode = 'paper', speaker = null")
