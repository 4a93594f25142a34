"""The call for somebody who is not reached by text stays a task until it is done or the visit is over."""

from prom.actions import contact, tasks


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
