"""Entering answers on a phone 360 pixels wide without scripts, and each of its pages as a screen reader meets it."""

import pytest

from prom.store import reports
from tests.browser.conftest import log_in, tap
from tests.browser.soundness import violations

pytestmark = pytest.mark.long

BEGIN = "Enter the answers by phone or from paper"


@pytest.fixture
def clinic(served):
    """P-001 and, in Spanish, P-002: the 1 month report of each is open."""
    clinic = served()
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    clinic.enrol("P-002", status="performed", on="2026-03-02", language="es")
    clinic.at("2026-04-08T15:00:00Z")
    clinic.tick()
    return clinic


def entry(clinic, code: str, page: str = "") -> str:
    return f"{clinic.means.base_url}/care/visits/{clinic.visit(code, '1m')['id']}/entry{page}"


def fits(page) -> bool:
    """Whether nothing stands beyond the right edge."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def begins(page, clinic, code: str) -> None:
    page.goto(entry(clinic, code))
    page.get_by_label("By phone: I ask").check()
    page.get_by_label("The participant", exact=True).check()
    tap(page.get_by_role("button", name="Begin"))


def test_answers_are_entered_by_phone_without_scripts(clinic, phone):
    page = phone(360)
    log_in(page, clinic, "nina")
    page.goto(f"{clinic.means.base_url}/care/participants/P-001")
    tap(page.get_by_role("link", name=BEGIN))
    tap(page.get_by_role("button", name="Begin"))
    body = page.locator("body")
    assert "Choose where the answers come from." in body.inner_text()
    page.get_by_label("From paper", exact=True).check()
    page.get_by_label("From paper: on which day").fill("2026-04-07")
    tap(page.get_by_role("button", name="Begin"))
    assert "From paper of 7 Apr 2026." in body.inner_text()
    page.get_by_label("None of these").check()
    tap(page.get_by_role("button", name="Next"))
    for nrs in ("3", "5"):
        page.get_by_role("radio", name=nrs, exact=True).check()
        tap(page.get_by_role("button", name="Next"))
    tap(page.get_by_role("button", name="Back"))
    assert page.get_by_role("radio", name="5", exact=True).is_checked()
    tap(page.get_by_role("button", name="Next"))
    for _ in range(3):  # medicines, care, side effects
        page.get_by_label("No", exact=True).check()
        tap(page.get_by_role("button", name="Next"))
    tap(page.get_by_role("button", name="Next"))  # no comment
    page.get_by_role("radio").last.check()
    tap(page.get_by_role("button", name="Next"))
    page.get_by_label("Me", exact=True).check()
    tap(page.get_by_role("button", name="Next"))
    assert "Check the answers" in body.inner_text()
    assert fits(page)
    tap(page.get_by_role("button", name="Send the answers"))
    assert "The answers are sent." in body.inner_text()
    sent = reports.response_of(clinic.db, clinic.visit("P-001", "1m")["id"])
    assert (sent["mode"], sent["filled_on"], sent["answers"]["nrs_worst"]) == ("paper", "2026-04-07", 5)


@pytest.mark.parametrize("width, scheme", [(320, "light"), (1280, "light"), (360, "dark")])
def test_every_page_of_it_is_sound_and_fits(clinic, phone, width, scheme):
    page = phone(width, java_script_enabled=True, color_scheme=scheme)
    log_in(page, clinic, "nina")

    def is_sound(what: str) -> None:
        assert violations(page) == [], what
        assert fits(page), what

    page.goto(entry(clinic, "P-002"))
    is_sound("begin")
    tap(page.get_by_role("button", name="Begin"))
    is_sound("begin, with a fault")
    begins(page, clinic, "P-002")
    is_sound("warning signs, in two languages")
    tap(page.get_by_role("button", name="Next"))
    is_sound("warning signs, with a fault")
    page.get_by_role("checkbox").first.check()
    tap(page.get_by_role("button", name="Next"))
    assert page.get_by_text("Quizás nuestro equipo").is_visible()
    is_sound("what to tell them, and the scale")
    tap(page.get_by_role("button", name="I have it"))
    is_sound("taken")
    assert not page.get_by_text("Quizás nuestro equipo").is_visible()
    tap(page.get_by_text("Tell them:"))
    assert page.get_by_text("Quizás nuestro equipo").is_visible()
    clinic.fills(clinic.visit("P-002", "1m"), med_any="yes", med_classes=["paracetamol"], **MEDICINE)
    for number in range(1, 16):
        page.goto(entry(clinic, "P-002", f"/form?at={number}"))
        is_sound(f"screen {number}")
    page.goto(entry(clinic, "P-002", "/form?at=review"))
    assert "Check the answers" in page.locator("body").inner_text()
    is_sound("review")
    tap(page.get_by_role("button", name="Send the answers"))
    is_sound("sent")


MEDICINE = {
    "med_name/paracetamol": "Made-up 500", "med_strength/paracetamol": 500, "med_unit/paracetamol": "mg",
    "med_times/paracetamol": 2, "med_days/paracetamol": 7, "med_change/paracetamol": "same",
}  # fmt: skip
