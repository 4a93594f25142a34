"""Silence: a follow-up visit that ends without a report, of somebody whose last one was bad, calls for a nurse."""

from datetime import date, timedelta

import pytest

from prom.actions import alerts as alert_actions
from prom.actions import silence, snooze
from prom.rules.times import instant, stamp
from prom.store import alerts, audit, participants, snoozes
from prom.store.connect import run, write
from tests.study import SHIPPED, Study
from tests.web.browsing import staff_at

HIGH = SHIPPED.read_text().replace('key = "silence_pain"\nclass = "routine"', 'key = "silence_pain"\nclass = "high"')
NINA = "+15550100011"


def begun(clinic, code="P-001", nrs=9, **given) -> Study:
    """Somebody injected on 3 March who sent a report at 1 month and whose alerts of it are closed."""
    clinic.at("2026-03-03T15:00:00Z")
    clinic.enrol(code, status="performed", on="2026-03-03")
    clinic.at("2026-04-03T15:00:00Z")
    clinic.tick()
    clinic.answers(clinic.visit(code, "1m"), nrs=nrs, **given)
    for alert in clinic.alerts(code):
        clinic.acknowledges(alert)
        clinic.closes(alert)
    return clinic


def ends(clinic, timepoint="3m", code="P-001") -> None:
    """The visit ends, its time to finish included, and a tick goes by."""
    clinic.at(clinic.visit(code, timepoint)["finish_by"])
    clinic.tick()


def of_silence(clinic, code="P-001") -> list[dict]:
    return [alert for alert in clinic.alerts(code) if alert["source"] == "silence"]


def reasons(clinic, code="P-001") -> list[tuple[str, str]]:
    """(rule, timepoint) of the reasons of a participant's alerts of silence."""
    found = [reason for alert in of_silence(clinic, code) for reason in alerts.reasons(clinic.db, alert["id"])]
    return [(reason["rule"], reason["details"]["timepoint"]) for reason in found]


def test_a_visit_that_ends_without_a_report_after_a_bad_one_raises_once(clinic):
    begun(clinic)
    visit = clinic.visit("P-001", "3m")
    clinic.at(stamp(instant(visit["finish_by"]) - timedelta(seconds=1)))
    clinic.tick()
    assert of_silence(clinic) == []
    ends(clinic)
    clinic.ticks(minutes=3, every="minute")
    (alert,) = of_silence(clinic)
    assert (alert["class"], alert["visit_id"], alert["raised_at"]) == ("routine", None, visit["finish_by"])
    (reason,) = alerts.reasons(clinic.db, alert["id"])
    assert (reason["rule"], reason["class"], reason["item"]) == ("silence_pain", "routine", "nrs_average")
    assert (reason["rules_version"], reason["study_version"]) == ("1", clinic.means.version)
    assert reason["details"] == {
        "value": 9, "timepoint": "3m", "last_on": "2026-04-03", "missed_on": visit["finish_by"][:10],
        "visit": visit["id"], "last_visit": clinic.visit("P-001", "1m")["id"],
    }  # fmt: skip
    events = alerts.events(clinic.db, alert["id"])
    assert [event["kind"] for event in events] == ["raised"]
    assert audit.of_subject(clinic.db, alert["id"])[0]["action"] == "alert_raised"


def test_a_call_stands_among_the_tasks(clinic):
    begun(clinic)
    ends(clinic)
    clinic.ticks(days=1)
    (task,) = clinic.open_tasks("call")
    assert (task["code"], task["timepoint"]) == ("P-001", "3m")
    assert (task["visit_id"], task["alert_id"]) == (clinic.visit("P-001", "3m")["id"], of_silence(clinic)[0]["id"])


def test_a_silence_of_class_high_is_texted_by_the_ladder_of_high(tmp_path):
    study = begun(Study(tmp_path, study_text=HIGH))
    heard = len(study.sms.texts_to(NINA))
    ends(study)
    assert of_silence(study)[0]["class"] == "high"
    study.ticks(days=4)
    texts = study.sms.texts_to(NINA)[heard:]
    about = [text for text in texts if not text.endswith("/care/today")]  # the morning digest tells of no alert
    assert len(about) == 1 and "a report needs you today" in about[0]


@pytest.mark.parametrize("nrs, given", [(7, {}), (2, {"comment": "Made-up"})])
def test_after_a_report_that_was_not_bad_nobody_is_called(clinic, nrs, given):
    begun(clinic, nrs=nrs, **given)
    ends(clinic)
    assert of_silence(clinic) == []
    assert clinic.open_tasks("call") == []


def test_an_alert_of_the_last_report_is_bad_enough(clinic):
    begun(clinic, nrs=2, red_flags=["chest"])
    ends(clinic)
    assert reasons(clinic) == [("silence_alert", "3m")]


def test_who_never_reported_is_not_silent(clinic):
    clinic.at("2026-03-03T15:00:00Z")
    clinic.enrol("P-001", status="performed", on="2026-03-03")
    ends(clinic)
    assert of_silence(clinic) == []


@pytest.mark.parametrize("kind", ["left_follow_up", "deceased", "lost", "entered_in_error", "screen_failure"])
def test_who_left_or_died_is_not_silent(clinic, kind):
    begun(clinic)
    clinic.at("2026-06-20T15:00:00Z")
    clinic.tick()
    visit = clinic.visit("P-001", "3m")
    clinic.becomes("P-001", kind)
    clinic.at(visit["finish_by"])
    clinic.ticks(hours=2)
    assert of_silence(clinic) == []


def test_who_left_while_the_visit_was_not_cancelled_yet_is_not_silent(clinic):
    begun(clinic)
    visit = clinic.visit("P-001", "3m")
    clinic.at(visit["finish_by"])
    with write(clinic.db):
        participants.add_status(clinic.db, clinic.id("P-001"), "deceased", stamp(clinic.now), "staff", None)
    silence.judge(clinic.db, clinic.means, visit, clinic.now)
    assert of_silence(clinic) == []


def test_a_cancelled_visit_is_no_silence(clinic):
    begun(clinic)
    clinic.at("2026-06-20T15:00:00Z")
    visit = clinic.visit("P-001", "3m")
    clinic.records("P-001", "cancelled")
    clinic.at(visit["finish_by"])
    clinic.ticks(hours=2)
    assert of_silence(clinic) == []


def test_a_visit_that_a_further_procedure_overtook_is_no_silence(clinic):
    begun(clinic)
    clinic.at("2026-06-20T15:00:00Z")
    visit = clinic.visit("P-001", "3m")
    clinic.adds("P-001", "embolization", "performed", "2026-06-20")
    clinic.at(visit["finish_by"])
    clinic.ticks(hours=2)
    assert of_silence(clinic) == []


@pytest.mark.parametrize(
    "statement",
    [
        "update participant set imported = 1",
        "update participant set contact_mode = 'none'",
        "update consent set given = 0 where kind = 'study'",
    ],
)
def test_who_is_not_asked_for_reports_is_not_silent(clinic, statement):
    begun(clinic)
    with write(clinic.db):
        run(clinic.db, statement)
    ends(clinic)
    assert of_silence(clinic) == []


def test_who_sent_a_later_report_since_is_not_silent(clinic):
    """The tick stood still until the next report was in."""
    begun(clinic)
    missed = clinic.visit("P-001", "3m")
    clinic.at("2026-09-03T15:00:00Z")
    clinic.answers(clinic.visit("P-001", "6m"), nrs=9)
    silence.judge(clinic.db, clinic.means, missed, clinic.now)
    assert of_silence(clinic) == []


def test_a_later_silence_joins_the_open_alert_and_calls_again_where_somebody_has_it(clinic):
    begun(clinic)
    ends(clinic)
    (alert,) = of_silence(clinic)
    clinic.acknowledges(alert)
    ends(clinic, "6m")
    assert [each["id"] for each in of_silence(clinic)] == [alert["id"]]
    assert reasons(clinic) == [("silence_pain", "3m"), ("silence_pain", "6m")]
    assert [event["kind"] for event in alerts.events(clinic.db, alert["id"])] == ["raised", "acknowledged", "climbed"]


def test_a_silence_after_the_alert_was_closed_raises_another(clinic):
    begun(clinic)
    ends(clinic)
    clinic.acknowledges(of_silence(clinic)[0])
    clinic.closes(of_silence(clinic)[0])
    ends(clinic, "6m")
    assert sorted(reasons(clinic)) == [("silence_pain", "3m"), ("silence_pain", "6m")]
    assert len(of_silence(clinic)) == 2


def test_a_visit_whose_end_moved_is_judged_again_and_tells_nothing_twice(clinic):
    begun(clinic)
    ends(clinic)
    clinic.acknowledges(of_silence(clinic)[0])
    clinic.closes(of_silence(clinic)[0])
    later = {"at": stamp(clinic.now + timedelta(days=1))}
    with write(clinic.db):
        run(clinic.db, "update visit set finish_by = :at where timepoint = '3m'", later)
    ends(clinic)
    assert len(of_silence(clinic)) == 1
    visit = clinic.visit("P-001", "3m")
    assert visit["silence_judged_at"] == visit["finish_by"]


def test_a_snoozed_rule_on_silence_raises_nothing_and_is_kept(clinic):
    begun(clinic)
    ends(clinic)
    (alert,) = of_silence(clinic)
    clinic.at(stamp(instant(clinic.visit("P-001", "6m")["finish_by"]) - timedelta(days=20)))
    who = {"staff_id": clinic.staff["noor"], "sites": ("main",)}
    day = date.fromisoformat(clinic.visit("P-001", "6m")["finish_by"][:10]) + timedelta(days=2)
    snooze.snooze(
        clinic.db, clinic.means, alert["id"], "silence_pain", clinic.now, until_on=day, reason="Away", **who
    )
    ends(clinic, "6m")
    assert reasons(clinic) == [("silence_pain", "3m")]
    kept = snoozes.reasons_of_visit(clinic.db, clinic.visit("P-001", "6m")["id"])
    assert [reason["rule"] for reason in kept] == ["silence_pain"]
    assert [task["timepoint"] for task in clinic.open_tasks("call")] == ["3m"]


def test_the_page_of_a_silence_tells_it_and_shows_the_last_report(clinic):
    begun(clinic)
    ends(clinic)
    (alert,) = of_silence(clinic)
    page = staff_at(clinic, "nina").opens(f"/care/alerts/{alert['id']}")
    assert "No report at 3 months; NRS 9 on April 3" in page
    assert "Injection, 1 month" in page and "REASON" in page
    assert "No report at 3 months; NRS 9 on April 3" in staff_at(clinic, "nina").opens("/care/alerts")


def test_a_silence_is_closed_by_a_person_as_any_alert(clinic):
    begun(clinic)
    ends(clinic)
    (alert,) = of_silence(clinic)
    who = {"staff_id": clinic.staff["nina"], "sites": ("main",)}
    alert_actions.act(clinic.db, alert["id"], "contacted", clinic.now, **who)
    clinic.closes(alert)
    assert of_silence(clinic)[0]["closed_at"]
    assert clinic.open_tasks("call") == []  # with the alert the call that it asked for is over
