"""Adverse events in a browser: graded and signed on a phone without scripts; each page as a screen reader meets it."""

import pytest

from tests.browser.conftest import tap
from tests.browser.soundness import violations
from tests.browser.test_care import fits
from tests.study import PASSWORD

pytestmark = pytest.mark.long

UNSURE = {"not_sure": True}
TOLD = {
    "care_any": "hospital_stay", "care_on": "2026-03-30", "care_for": "x" * 200, "se_any": "yes",
    "se_list": ["fever"], "se_severity/fever": "strong", "se_interference/fever": "a_bit",
    "se_care/fever": "called", "se_start/fever": UNSURE, "se_now/fever": "yes",
}  # fmt: skip


@pytest.fixture
def clinic(served):
    """P-001 reported a hospital stay an hour ago, and a fever."""
    clinic = served()
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    clinic.at("2026-04-03T15:00:00Z")
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "1m"), **TOLD)
    clinic.at("2026-04-03T16:00:00Z")
    clinic.tick()
    return clinic


def log_in(page, clinic, path):
    page.goto(f"{clinic.means.base_url}/login?next={path}")
    page.get_by_label("Login").fill("leda")
    page.get_by_label("Password").fill(PASSWORD)
    tap(page.get_by_role("button", name="Log in"))


def test_an_investigator_decides_on_a_phone_without_scripts(clinic, phone):
    page = phone(360)
    log_in(page, clinic, f"/care/alerts/{clinic.alerts('P-001')[0]['id']}")
    body = page.locator("main")
    assert "23 h left." in body.inner_text()
    tap(page.get_by_role("link", name="Grade Hospital stay").first)
    assert "What the participant reported" in body.inner_text()
    page.get_by_label("What it was").fill("Y" * 150)
    page.get_by_role("group", name="Grade, SIR 2017").get_by_label("3 Severe").check()
    page.get_by_label("Not related").check()
    page.get_by_label("Yes", exact=True).check()
    page.get_by_role("group", name="Outcome").get_by_label("Recovered", exact=True).check()
    page.get_by_label("Hospital or emergency room").check()
    page.get_by_label("Your password").fill("wrong")
    tap(page.get_by_role("button", name="Sign the grading"))
    assert page.get_by_role("alert").filter(has_text="what makes it serious").count() == 1
    assert page.get_by_label("Your password").input_value() == ""
    page.get_by_role("group", name="what makes it so").get_by_label("Hospital stay").check()
    page.get_by_label("Your password").fill(PASSWORD)
    tap(page.get_by_role("button", name="Sign the grading"))
    assert "Signed by Leda Example" in body.inner_text() and fits(page)
    tap(page.get_by_role("link", name="The alert"))
    assert "Decided by Leda Example" in body.inner_text() and "left." not in body.inner_text()
    assert fits(page)


@pytest.mark.parametrize("width, scheme", [(320, "light"), (1280, "light"), (360, "dark")])
def test_every_page_is_sound_and_fits(clinic, phone, width, scheme):
    page = phone(width, java_script_enabled=True, color_scheme=scheme)
    visit, alert = clinic.visit("P-001", "1m")["id"], clinic.alerts("P-001")[0]["id"]
    asked = f"visit={visit}&item=care_any&alert={alert}"
    forms = [f"/care/participants/P-001/adverse-events/{what}?{asked}" for what in ("new", "none")]
    log_in(page, clinic, "/care/adverse-events")
    event = _graded(page, clinic, f"/care/participants/P-001/adverse-events/new?visit={visit}&item=se_list/fever")
    clinic.at("2026-04-04T15:30:00Z")  # overdue
    clinic.tick()
    log_in(page, clinic, "/care/adverse-events")
    paths = ("/care/adverse-events", event, f"{event}/correct", *forms, f"/care/alerts/{alert}",
             "/care/participants/P-001", "/study/export")  # fmt: skip
    for path in paths:
        page.goto(f"{clinic.means.base_url}{path}")
        assert violations(page) == [], path
        assert fits(page), path
        assert page.get_by_role("heading", level=1).count() == 1
    for path in forms:
        page.goto(f"{clinic.means.base_url}{path}")
        tap(page.get_by_role("button", name="Sign"))
        assert page.get_by_role("alert").filter(has_text="Give your password to sign.").count() == 1
        assert violations(page) == [] and fits(page), path


def _graded(page, clinic, path: str) -> str:
    """Grade by the form; the path of the event."""
    page.goto(f"{clinic.means.base_url}{path}")
    page.get_by_role("group", name="Grade, CTCAE").get_by_label("2 Moderate").check()
    page.get_by_label("Not related").check()
    page.get_by_label("No", exact=True).check()
    page.get_by_label("Recovering").check()
    page.get_by_label("Advice").check()
    page.get_by_label("Your password").fill(PASSWORD)
    tap(page.get_by_role("button", name="Sign the grading"))
    return page.url.removeprefix(clinic.means.base_url)
