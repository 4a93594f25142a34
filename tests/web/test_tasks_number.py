"""The tasks page: another number in place of one that does not work, right there."""

import pytest

from prom.errors import SmsRejected
from prom.store import contacts
from prom.store.connect import write
from tests.web.browsing import staff_at

TASKS = "/study/tasks"


@pytest.fixture
def task(clinic) -> str:
    """The id of the task about a number that the provider refused."""
    clinic.sms.faults = [SmsRejected("21211")]
    clinic.enrol("P-001", status="performed", on="2026-01-30")
    clinic.tick()
    clinic.enrol("P-002", birth_year=1971)
    return clinic.open_tasks("wrong_number")[0]["id"]


def gives(person, task: str, mobile: str, answer: int = 302, **more):
    person.opens(TASKS)
    person.sends(f"{TASKS}/{task}/number", answer, **{f"number-{task}-mobile": mobile}, **more)


def test_a_coordinator_mends_the_number_on_the_tasks_page(clinic, task):
    cora = staff_at(clinic, "cora")
    gives(cora, task, "+1 555 010 7777")
    page = cora.opens(TASKS)
    assert "P-001: Saved. The links that went to the old number have ended." in page
    assert "A text with the form's link goes to the new number." in page and "Nothing waits for you here." in page
    assert clinic.number("P-001") == "+15550107777"


def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_stays(clinic, task):
    cora = staff_at(clinic, "cora")
    gives(cora, task, "555", 400)
    assert "Give a mobile number with its country code" in cora.page and 'value="555"' in cora.page
    gives(cora, task, "", 400)
    assert "Give a mobile number." in cora.page
    gives(cora, task, clinic.number("P-002"), 400)
    assert "if they share the phone, confirm that" in cora.page and "Shared phone: yes" in cora.page
    gives(cora, task, clinic.number("P-002"), **{f"number-{task}-shared": "y"})
    assert clinic.number("P-001") == clinic.number("P-002")


def test_a_call_name_is_asked_for_where_none_is_on_file(clinic, task):
    with write(clinic.db):
        contacts.change(clinic.db, clinic.id("P-001"), call_name_sealed=None)
    cora, shared = staff_at(clinic, "cora"), {f"number-{task}-shared": "y"}
    assert "Call name" not in cora.opens(TASKS)
    gives(cora, task, clinic.number("P-002"), 400, **shared)
    assert f'number-{task}-call_name-error">Give a call name' in cora.page
    gives(cora, task, clinic.number("P-002"), **shared, **{f"number-{task}-call_name": "Ada"})
    assert clinic.number("P-001") == clinic.number("P-002")


def test_a_nurse_sees_the_task_and_changes_no_number(clinic, task):
    nina = staff_at(clinic, "nina")
    assert "The number does not work" in nina.opens(TASKS) and "Record another number" not in nina.page
    nina.sends(f"{TASKS}/{task}/number", 403, **{f"number-{task}-mobile": "+1 555 010 7777"})


def test_a_task_about_something_else_takes_no_number(clinic, task):
    clinic.enrol("P-003", status="performed", on="2026-01-30", contact_mode="phone")
    clinic.tick()
    (call,) = (each for each in clinic.open_tasks("call") if each["code"] == "P-003")
    cora = staff_at(clinic, "cora")
    for other in (call["id"], "none"):
        gives(cora, other, "+1 555 010 7777", 404)
