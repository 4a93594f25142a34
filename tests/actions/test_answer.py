"""Answers: saved screen by screen, sent once, judged even where they were never sent."""

import threading
from dataclasses import replace

import pytest

from prom.actions import answer, queue
from prom.errors import AlreadyAnswered, LinkClosed, Refusal
from prom.rules.times import MINUTE, instant, stamp
from prom.store import alerts, messages, reports, studies, visits
from prom.store.connect import open_database, rows, write
from tests.study import SHIPPED, Study

OPENS = "2026-03-20T14:00:00Z"


@pytest.fixture
def visit(clinic):
    """The open 1-month visit of P-001, a minute after its invitation."""
    return ready(clinic)


def ready(study: Study) -> dict:
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.at(OPENS)
    study.tick()
    study.at("2026-03-20T14:01:00Z")
    return study.visit("P-001", "1m")


def after(study: Study, moment: str) -> None:
    study.at(moment)
    study.tick()


def checks(study: Study) -> int:
    return len(rows(study.db, "select * from draft_check"))


def rules(study: Study) -> list[str]:
    return [reason["rule"] for alert in study.alerts("P-001") for reason in alerts.reasons(study.db, alert["id"])]


# ---- saving


def test_each_screen_is_kept_and_the_last_of_each_counts(clinic, visit):
    clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
    clinic.saves(visit, "nrs_average", {"nrs_average": 7})
    clinic.saves(visit, "nrs_average", {"nrs_average": 4})
    assert reports.answers(clinic.db, visit["id"]) == {"red_flags": ["none"], "nrs_average": 4}
    assert len(reports.screens(clinic.db, visit["id"])) == 3
    found = visits.by_id(clinic.db, visit["id"])
    assert found["opened_at"] == found["started_at"] == "2026-03-20T14:01:00Z"


def test_opening_is_not_starting(clinic, visit):
    answer.open_visit(clinic.db, clinic.means, visit["id"], clinic.now)
    found = visits.by_id(clinic.db, visit["id"])
    assert (found["opened_at"], found["started_at"]) == ("2026-03-20T14:01:00Z", None)
    clinic.at("2026-03-20T15:00:00Z")
    answer.open_visit(clinic.db, clinic.means, visit["id"], clinic.now)
    assert visits.by_id(clinic.db, visit["id"])["opened_at"] == "2026-03-20T14:01:00Z"


def test_a_red_screen_its_alert_and_its_text_are_one_write(clinic, visit, monkeypatch):
    monkeypatch.setattr(messages, "queue", refuses)
    with pytest.raises(ZeroDivisionError):
        clinic.saves(visit, "red_flags", {"red_flags": ["chest"]})
    assert (reports.screens(clinic.db, visit["id"]), clinic.alerts("P-001")) == ([], [])


def refuses(*_, **__):
    raise ZeroDivisionError


def test_a_visit_keeps_the_study_file_it_was_opened_with(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8")
    study = Study(tmp_path, study_text=text)
    visit = ready(study)
    study.saves(visit, "red_flags", {"red_flags": ["none"]})
    first = study.means.version
    changed = text.replace("at_least = 8\n", "at_least = 2\n").replace('version = "1"', 'version = "2"')
    with write(study.db):
        version = studies.keep(study.db, changed, "changed", stamp(study.now))
    study.means = replace(study.means, version=version)
    assert version != first
    study.answers(study.visit("P-001", "1m"), nrs=5)
    report = reports.response_of(study.db, visit["id"])
    assert (visits.by_id(study.db, visit["id"])["study_version"], report["study_version"]) == (first, first)


# ---- sending


def test_a_report_is_sent_once(clinic, visit):
    clinic.answers(visit, nrs=3)
    report = reports.response_of(clinic.db, visit["id"])
    assert (report["version"], report["mode"], report["who"], report["identity_check"]) == (1, "web", "self", "link")
    assert report["answers"]["nrs_average"] == 3
    with pytest.raises(AlreadyAnswered):
        answer.submit(clinic.db, clinic.means, visit["id"], clinic.now)
    with pytest.raises(AlreadyAnswered):
        clinic.saves(visit, "nrs_average", {"nrs_average": 9})
    assert reports.response_of(clinic.db, visit["id"])["answers"]["nrs_average"] == 3


def test_two_taps_at_once_make_one_report(clinic, visit):
    clinic.fills(visit, nrs=9, red_flags=["chest"])
    outcomes, together = [], threading.Barrier(2)

    def tap():
        db = open_database(clinic.db.path)
        together.wait()
        try:
            answer.submit(db, clinic.means, visit["id"], clinic.now)
            outcomes.append("sent")
        except AlreadyAnswered:
            outcomes.append("again")

    threads = [threading.Thread(target=tap) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["again", "sent"]
    assert len(rows(clinic.db, "select * from response")) == 1
    assert len(clinic.alerts("P-001")) == 1


def test_an_unfinished_report_is_not_sent(clinic, visit):
    clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
    with pytest.raises(Refusal) as refusal:
        answer.submit(clinic.db, clinic.means, visit["id"], clinic.now)
    assert refusal.value.key == "not_finished"
    assert visits.by_id(clinic.db, visit["id"])["submitted_at"] is None


def test_answers_behind_a_branch_since_changed_are_not_sent(clinic, visit):
    clinic.fills(visit, care_any="hospital_stay", care_on="2026-03-10", care_for="A giraffe")
    clinic.saves(visit, "care_any", {"care_any": "no"})
    answer.submit(clinic.db, clinic.means, visit["id"], clinic.now)
    assert not {"care_on", "care_for"} & set(reports.response_of(clinic.db, visit["id"])["answers"])
    assert rules(clinic) == []


def test_sending_ends_the_call_that_asked_for_it(clinic, visit):
    after(clinic, "2026-03-28T15:00:00Z")
    assert [task["kind"] for task in clinic.open_tasks()] == ["call"]
    clinic.answers(visit)
    assert clinic.open_tasks() == []
    after(clinic, "2026-04-02T15:00:00Z")
    assert clinic.open_tasks() == []


def test_nothing_is_texted_about_a_report_that_was_sent(clinic, visit):
    clinic.answers(visit)
    sent = len(clinic.texts("P-001"))
    for day in range(21, 30):
        after(clinic, f"2026-03-{day}T15:00:00Z")
    assert len(clinic.texts("P-001")) == sent


# ---- too late


def test_a_screen_that_comes_late_is_kept_for_the_nurses_and_counts_for_nothing(clinic, visit):
    clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
    after(clinic, "2026-06-20T14:00:00Z")
    with pytest.raises(LinkClosed):
        clinic.saves(visit, "nrs_average", {"nrs_average": 10})
    assert [screen["late"] for screen in reports.screens(clinic.db, visit["id"])] == [0, 1]
    assert reports.answers(clinic.db, visit["id"]) == {"red_flags": ["none"]}
    with pytest.raises(LinkClosed):
        answer.submit(clinic.db, clinic.means, visit["id"], clinic.now)


@pytest.mark.parametrize("late", ["closed", "left"])
def test_a_warning_sign_that_comes_late_is_an_alert_all_the_same(clinic, visit, late):
    if late == "left":
        clinic.becomes("P-001", "left_follow_up")
    else:
        after(clinic, "2026-06-20T14:00:00Z")
    with pytest.raises(LinkClosed):
        clinic.saves(visit, "red_flags", {"red_flags": ["chest"]})
    assert [alert["class"] for alert in clinic.alerts("P-001")] == ["red"]
    clinic.tick()
    assert len(clinic.sms.texts_to("+15550100011")) == 1


def test_a_warning_sign_after_sending_is_kept_and_told_beside_the_report(clinic, visit):
    clinic.answers(visit)
    report = reports.response_of(clinic.db, visit["id"])
    with pytest.raises(AlreadyAnswered):
        clinic.saves(visit, "red_flags", {"red_flags": ["chest"]})
    assert [alert["class"] for alert in clinic.alerts("P-001")] == ["red"]
    assert reports.screens(clinic.db, visit["id"])[-1]["late"] == 1
    assert reports.response_of(clinic.db, visit["id"]) == report
    clinic.tick()
    assert len(clinic.sms.texts_to("+15550100011")) == 1


@pytest.mark.parametrize("answers", [{"red_flags": ["none"]}, {"red_flags": {"declined": True}}, {"nrs_average": 10}])
def test_nothing_else_is_kept_after_sending(clinic, visit, answers):
    clinic.answers(visit)
    before = reports.screens(clinic.db, visit["id"])
    with pytest.raises(AlreadyAnswered):
        clinic.saves(visit, next(iter(answers)), answers)
    assert (reports.screens(clinic.db, visit["id"]), clinic.alerts("P-001")) == (before, [])


def test_a_report_begun_may_be_finished_for_a_day_after_closing(clinic, visit):
    closes = visits.by_id(clinic.db, visit["id"])["closes_at"]
    clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
    after(clinic, closes)
    clinic.answers(visit)
    assert visits.by_id(clinic.db, visit["id"])["submitted_at"] == closes


def test_a_report_not_begun_may_not(clinic, visit):
    after(clinic, visits.by_id(clinic.db, visit["id"])["closes_at"])
    with pytest.raises(LinkClosed):
        clinic.saves(visit, "red_flags", {"red_flags": ["none"]})


# ---- drafts that are never sent


def test_a_draft_is_judged_an_hour_after_its_last_save_and_once(clinic, visit):
    clinic.fills(visit, care_any="emergency_room", care_on={"not_sure": True}, care_for="It")
    after(clinic, "2026-03-20T15:00:59Z")
    assert rules(clinic) == []
    after(clinic, "2026-03-20T15:01:00Z")
    assert rules(clinic) == ["care", "care_text"]
    for minute in range(2, 5):
        after(clinic, f"2026-03-20T15:0{minute}:00Z")
    assert checks(clinic) == 1


def test_a_further_save_starts_the_hour_anew(clinic, visit):
    clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
    clinic.at("2026-03-20T14:50:00Z")
    clinic.saves(visit, "care_any", {"care_any": "emergency_room"})
    after(clinic, "2026-03-20T15:05:00Z")
    assert checks(clinic) == 0
    after(clinic, "2026-03-20T15:50:00Z")
    assert checks(clinic) == 1


def test_a_draft_judged_and_then_changed_is_judged_again(clinic, visit):
    clinic.fills(visit)
    after(clinic, "2026-03-20T15:01:00Z")
    assert (rules(clinic), checks(clinic)) == ([], 1)
    clinic.saves(visit, "care_any", {"care_any": "hospital_stay"})
    after(clinic, "2026-03-20T16:01:00Z")
    assert (rules(clinic), checks(clinic)) == (["care"], 2)


def test_a_draft_is_judged_when_its_visit_closes(clinic, visit):
    clinic.fills(visit)
    after(clinic, "2026-03-20T16:00:00Z")
    finish_by = visits.by_id(clinic.db, visit["id"])["finish_by"]
    clinic.clock.set(instant(finish_by) - 10 * MINUTE)
    clinic.saves(visit, "care_any", {"care_any": "hospital_stay"})
    clinic.tick()
    assert (rules(clinic), checks(clinic)) == ([], 1)
    after(clinic, finish_by)
    assert (rules(clinic), checks(clinic)) == (["care"], 2)


def test_a_draft_is_judged_when_its_visit_is_cancelled(clinic, visit):
    clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
    clinic.saves(visit, "care_any", {"care_any": "hospital_stay"})
    clinic.becomes("P-001", "left_follow_up")
    clinic.tick()
    assert checks(clinic) == 1


def test_a_report_that_was_sent_is_no_draft(clinic, visit):
    clinic.answers(visit)
    after(clinic, "2026-03-20T16:00:00Z")
    assert checks(clinic) == 0


def test_the_link_is_the_same_for_invitation_and_reminder(clinic, visit):
    link = queue.link(clinic.means, queue.ensure_link(clinic.db, clinic.means, visit["id"], clinic.now))
    after(clinic, "2026-03-22T14:00:00Z")
    texts = clinic.texts("P-001")
    assert len(texts) == 2 and all(link in text for text in texts)
