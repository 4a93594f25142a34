"""The call for somebody who is not reached by text stays a task until it is done or the visit is over."""

from prom.actions import withdraw


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
    withdraw.record_status(
        clinic.db, clinic.means, clinic.id("P-001"), "lost", clinic.now, source="staff", staff_id=clinic.staff["cora"]
    )
    assert calls(clinic) == []
