"""The call for somebody who is not reached by text stays a task until it is done or the visit is over."""

import pytest

from prom.actions import contact, new_link, not_theirs, tasks
from prom.errors import SmsRejected
from prom.store import visits


def calls(clinic):
    return [task["visit_id"] for task in clinic.open_tasks("call")]


def test_the_call_for_a_baseline_waits_until_the_procedure(clinic):
    clinic.enrol(contact_mode="phone", on="2026-03-06")
    baseline = clinic.visit("P-001", "baseline")["id"]
    clinic.ticks(days=1)
    assert calls(clinic) == [baseline]
    clinic.at("2026-03-06T20:00:00Z")
    clinic.records("P-001", "performed", "2026-03-06")
    clinic.ticks(minutes=2, every="minute")
    assert calls(clinic) == []


def test_a_sent_report_ends_its_call(clinic):
    clinic.enrol(contact_mode="phone", on="2026-03-06")
    clinic.ticks(days=1)
    clinic.answers(clinic.visit("P-001", "baseline"))
    clinic.ticks(minutes=2, every="minute")
    assert calls(clinic) == []


def test_nobody_is_called_who_left(clinic):
    clinic.enrol(contact_mode="phone", on="2026-03-06")
    clinic.ticks(days=1)
    assert calls(clinic)
    clinic.becomes("P-001", "lost")
    assert calls(clinic) == []


def missing(clinic):
    return [task["code"] for task in clinic.open_tasks("consent_missing")]


def consents(clinic, given: bool):
    contact.consent(
        *(clinic.db, clinic.means, clinic.id("P-001"), "study", given),
        *(clinic.now.date(), clinic.now),
        staff_id=clinic.staff["cora"],
    )


def test_without_consent_to_the_study_nobody_is_called_and_one_task_asks_for_it(clinic):
    clinic.enrol(contact_mode="phone", on="2026-03-05", study_consent_on=None)
    clinic.ticks(days=2)
    assert (calls(clinic), missing(clinic)) == ([], ["P-001"])
    consents(clinic, True)
    clinic.tick()
    assert (calls(clinic), missing(clinic)) == ([clinic.visit("P-001", "baseline")["id"]], [])


def test_consent_withdrawn_ends_the_call_and_asks_once(clinic):
    clinic.enrol(contact_mode="phone", status="performed", on="2026-02-01")
    clinic.tick()
    assert calls(clinic) == [clinic.visit("P-001", "1m")["id"]]
    consents(clinic, False)
    assert calls(clinic) == []
    clinic.tick()
    assert missing(clinic) == ["P-001"]
    tasks.finish(
        clinic.db, clinic.open_tasks("consent_missing")[0]["id"], clinic.now,
        staff_id=clinic.staff["cora"], sites=("main",), outcome="done", note="",
    )  # fmt: skip
    clinic.ticks(days=3)
    assert (calls(clinic), missing(clinic)) == ([], [])


def test_nobody_asks_for_the_consent_of_whoever_left(clinic):
    clinic.enrol(contact_mode="phone", status="performed", on="2026-02-01", study_consent_on=None)
    clinic.tick()
    assert missing(clinic) == ["P-001"]
    clinic.becomes("P-001", "left_follow_up")
    assert missing(clinic) == []


# ---- no call that misleads


@pytest.fixture
def invited(clinic):
    """Somebody who was invited to the report after a month."""
    clinic.enrol("P-001", status="performed", on="2026-02-02")
    clinic.tick()
    assert len(clinic.texts("P-001")) == 1
    return clinic


def words(clinic) -> str:
    page = clinic.signed_in("cora").get("/study/tasks", base_url=clinic.means.base_url).get_data(as_text=True)
    return page.partition("Call this person")[2].partition("</section>")[0]


def test_nobody_is_called_at_a_number_that_is_not_theirs(invited):
    invited.ticks(days=9, every="day")
    assert len(calls(invited)) == 1
    not_theirs.say(invited.db, invited.means, visits.link_of(invited.db, calls(invited)[0])["id"], invited.now)
    invited.ticks(days=70, every="day")
    assert calls(invited) == [] and [task["kind"] for task in invited.open_tasks()] == ["not_for_me"]
    contact.verify(
        invited.db, invited.means, invited.id("P-001"), "code", invited.now, staff_id=invited.staff["cora"]
    )
    before = len(invited.texts("P-001"))
    invited.ticks(days=1)
    assert len(invited.texts("P-001")) == before + 1


def test_a_red_tick_calls_nobody_before_the_day_of_the_call_and_the_task_says_why(invited):
    invited.saves(invited.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    invited.ticks(days=7, every="day")
    assert calls(invited) == [] and len(invited.texts("P-001")) == 1
    invited.ticks(days=1, hours=2)
    assert calls(invited) == [invited.visit("P-001", "1m")["id"]]
    assert "texts wait for a nurse's word about a red alert" in words(invited).replace("&#39;", "'")
    (alert,) = invited.alerts("P-001")
    invited.acknowledges(alert)
    invited.closes(alert)
    assert "The form was not answered" in words(invited)


def test_a_visit_that_comes_due_under_a_red_alert_is_a_call_at_once(invited):
    invited.saves(invited.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    invited.ticks_until("2026-05-02T15:00:00Z", every="day")
    assert invited.visit("P-001", "3m")["id"] in calls(invited)


def test_a_call_in_place_of_texts_ends_once_a_text_has_gone_to_the_mended_number(clinic):
    clinic.sms.faults = [SmsRejected("21211")]
    clinic.enrol("P-001", status="performed", on="2026-02-02")
    clinic.ticks(days=10, every="day")
    assert len(calls(clinic)) == 1
    contact.mend_number(
        clinic.db, clinic.means, clinic.id("P-001"), "+15550107777", clinic.now, staff_id=clinic.staff["cora"]
    )
    assert len(calls(clinic)) == 1
    clinic.tick()
    assert calls(clinic) == [] and len(clinic.sms.texts_to("+15550107777")) == 1
    clinic.ticks(days=7, every="day")
    assert calls(clinic) == [] and len(clinic.sms.texts_to("+15550107777")) == 3  # two reminders
    clinic.ticks(days=2, every="day")
    assert len(calls(clinic)) == 1  # the form is still not answered


def test_a_call_because_nobody_answered_outlives_a_further_text(invited):
    invited.ticks(days=9, every="day")
    new_link.ask(invited.db, invited.means, invited.id("P-001"), invited.now)
    before = len(invited.texts("P-001"))
    invited.tick()
    assert len(invited.texts("P-001")) == before + 1 and len(calls(invited)) == 1
