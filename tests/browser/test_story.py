"""The whole story in a phone's browser, against one process as the demo runs it, on the machine's clock."""

import csv
import io
import socket
from datetime import timedelta
from threading import Thread

import pytest
from werkzeug.serving import make_server

import app as house
from prom.actions import enrol, staff
from prom.actions.enrol import Enrolment
from prom.actions.procedures import Recorded
from prom.clock import Machine
from tests.browser.conftest import _Quiet, tap
from tests.study import PASSWORD, SHIPPED, make_settings

pytestmark = pytest.mark.long

NURSE = "+15550100011"
PATIENT = "+15550101001"


@pytest.fixture
def demo(tmp_path):
    """One process with web, jobs and on-screen phone; texts leave at any hour. Its address."""
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in (
        ('from = "09:00" ', 'from = "00:00" '),
        ('to = "20:00"', 'to = "23:59"'),
        ('send_at = "10:00"', 'send_at = "00:00"'),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    given = make_settings(tmp_path, PROM_BASE_URL=address, PROM_STUDY=str(tmp_path / "study.toml"))
    installation = house.assemble(given)
    _people(installation)
    app, jobs = house.all_in_one(installation)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    jobs.start()
    yield address
    jobs.stop()
    server.shutdown()
    thread.join()
    server.server_close()


def _people(installation) -> None:
    db, means, now = installation.connections.here(), installation.means, Machine().now()
    nurse = staff.add_staff(db, means, "nina", "Nina Example", ("nurse",), PASSWORD, now, mobile=NURSE)
    staff.add_staff(db, means, "cora", "Cora Example", ("coordinator",), PASSWORD, now)
    staff.set_on_call(db, "main", [nurse], None, now, by=None)
    today = now.astimezone(means.study(db).zone).date()
    given = Enrolment(
        "P-001", name="Synthetic Person", mobile=PATIENT, birth_year=1960, study_consent_on=today,
        texts_consent_on=today, second_contact="Synthetic Relative",
        procedure=Recorded("injection", "planned", today + timedelta(days=5)),
    )  # fmt: skip
    enrol.enrol(db, means, given, now, synthetic=True)


def text_on_phone(page, demo: str, number: str, within: str):
    """Open the on-screen phone at a number until a text is there; its link."""
    address = f"{demo}/demo/phone?to={number.replace('+', '%2B')}"
    for _ in range(40):
        page.goto(address)
        link = page.locator("article", has_text=within).get_by_role("link")
        if link.count():
            return link.first
        page.wait_for_timeout(250)
    raise AssertionError(f"no text with {within!r} came to {number}")


def answers(page, *choices: str) -> None:
    """Pick each choice by its words and go on."""
    for choice in choices:
        page.get_by_label(choice, exact=True).check()
    tap(page.get_by_role("button", name="Next"))


def test_text_answer_alert_call_close_download(demo, phone):
    patient = phone(360)
    tap(text_on_phone(patient, demo, PATIENT, "check-in is ready"))
    assert "This form is not watched" in patient.locator("body").inner_text()
    assert "pain between" not in patient.locator("body").inner_text()

    answers(patient, "A cold, blue or very painful arm or leg")
    assert "Get help now" in patient.locator("body").inner_text()
    assert patient.locator(".help .call").is_visible()

    answers(patient, "6")
    answers(patient, "8")
    answers(patient, "No")
    tap(patient.get_by_role("button", name="Next"))  # nothing to add
    answers(patient, "It can wait")
    answers(patient, "Me")
    tap(patient.get_by_role("button", name="Send"))
    assert "Thank you" in patient.locator("body").inner_text()
    assert "Get help now" in patient.locator("body").inner_text()

    nurse = phone(360)
    tap(text_on_phone(nurse, demo, NURSE, "URGENT"))
    nurse.get_by_label("Login").fill("nina")
    nurse.get_by_label("Password").fill(PASSWORD)
    tap(nurse.get_by_role("button", name="Log in"))
    page = nurse.locator("body")
    assert "cold, blue or very painful" in page.inner_text()
    assert "Synthetic Person" not in page.inner_text()
    tap(nurse.get_by_role("button", name="I have it"))
    tap(nurse.get_by_role("button", name="Show name and number"))
    assert "Synthetic Person" in page.inner_text() and "Synthetic Relative" in page.inner_text()
    assert nurse.locator(f'a[href="tel:{PATIENT}"]').is_visible()
    tap(nurse.get_by_role("button", name="Spoke"))
    nurse.get_by_label("Advice given").check()
    nurse.get_by_label("Note", exact=False).last.fill("Spoke at noon, went to the emergency room.")
    nurse.get_by_role("radio", name="Yes, texts may go on").check()
    tap(nurse.get_by_role("button", name="Close the alert"))
    assert "Closed" in page.inner_text()

    coordinator = phone(360)
    coordinator.goto(f"{demo}/login")
    coordinator.get_by_label("Login").fill("cora")
    coordinator.get_by_label("Password").fill(PASSWORD)
    tap(coordinator.get_by_role("button", name="Log in"))
    coordinator.goto(f"{demo}/study/export")
    with coordinator.expect_download() as download:
        tap(coordinator.get_by_role("link", name="responses.csv").first)
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    baseline = next(row for row in rows if row["timepoint"] == "baseline")
    assert baseline["participant"] == "P-001"
    pain = baseline["nrs_average"], baseline["nrs_average_status"]
    assert (baseline["status"], pain) == ("submitted", ("6", "answered"))
    assert (baseline["alert"], baseline["red_flags"], baseline["who"]) == ("red", "limb", "self")
    assert baseline["sent_at"] and baseline["submitted_at"] and baseline["in_window"] == "1"


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_being_written_on_the_screen_outlives_its_looking_again(demo, phone, scripts):
    patient = phone(360, java_script_enabled=scripts)
    text_on_phone(patient, demo, PATIENT, "check-in is ready")
    if not scripts:
        tap(patient.get_by_role("link", name="Write from this phone"))
    box = patient.get_by_label("Write from this phone")
    box.click()
    box.press_sequentially("please stop texting me")
    patient.wait_for_timeout(6000)
    assert box.input_value() == "please stop texting me"
    tap(patient.get_by_role("button", name="Send"))
    patient.locator("article", has_text="we do not read replies").wait_for(timeout=20000)  # it looks again by itself
    assert patient.locator("article.written").inner_text().endswith("please stop texting me")
