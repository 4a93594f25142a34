"""Who holds the phone, in Chromium, at 360 px: the year of birth the whole way, and "this is not for me"."""

import re

import pytest

from prom.store import reports
from prom.store.connect import rows
from tests.browser.conftest import tap
from tests.browser.test_survey import chooses, fits

pytestmark = pytest.mark.browser


@pytest.fixture
def couple(served):
    """Ada and Bob, who share a phone; Ada's first report is due. The clinic, and the address that was texted."""
    clinic = served()
    clinic.enrol("ADA", status="performed", on="2026-03-02", birth_year=1950)
    clinic.enrol("BOB", mobile=clinic.number("ADA"), birth_year=1951)
    clinic.at("2026-04-02T15:00:00Z")
    clinic.tick()
    return clinic, f"{clinic.means.base_url}/s/{clinic.token(clinic.visit('ADA', '1m'))}"


def gives(page, year: str) -> None:
    """Type the year of birth, then Next."""
    page.get_by_label("Year of birth").fill(year)
    tap(page.get_by_role("button", name="Next"))


@pytest.mark.parametrize("script", [False, True], ids=["plain", "script"])
def test_the_year_of_birth_stands_before_the_answers_the_whole_way(couple, phone, script):
    clinic, address = couple
    page = phone(360, java_script_enabled=script)
    page.goto(address)
    chooses(page, "None of these")
    page.get_by_label("Year of birth").wait_for()
    assert page.get_by_label("Year of birth").get_attribute("inputmode") == "numeric" and fits(page)
    gives(page, "50")
    assert "Write the year with 4 digits" in page.inner_text("main")
    gives(page, "1951")
    assert "Tries left: 4." in page.inner_text("main") and fits(page)
    gives(page, "1950")
    page.locator(".scale").wait_for()
    assert re.fullmatch(re.escape(address) + "/[0-9A-Za-z]{22}", page.url.partition("?")[0])
    tap(page.locator(".scale label").nth(4))
    tap(page.get_by_role("button", name="Next"))
    page.get_by_text("at its worst").first.wait_for()
    page.goto(address)
    assert "What year were you born?" in page.inner_text("main")
    gives(page, "1950")
    page.get_by_text("at its worst").first.wait_for()
    assert reports.answers(clinic.db, clinic.visit("ADA", "1m")["id"])["nrs_average"] == 4
    assert page.context.cookies() == []


def test_not_for_me_stops_the_texts_and_ends_the_link(couple, phone):
    clinic, address = couple
    page = phone(360)
    page.goto(address)
    chooses(page, "None of these")
    way = page.get_by_role("link", name="This is not for me")
    assert way.bounding_box()["height"] >= 44
    tap(way)
    assert fits(page)
    tap(page.get_by_role("button", name="This is not for me"))
    assert page.get_by_role("heading", level=1).inner_text() == "The texts for this form will stop"
    assert page.get_by_role("link", name="+1 555 010 0100").first.get_attribute("href") == "tel:+15550100100"
    page.reload()
    page.go_back()
    page.go_forward()
    assert page.get_by_role("heading", level=1).inner_text() == "The texts for this form will stop" and fits(page)
    assert rows(clinic.db, "select * from draft", {}) == []
    assert [task["kind"] for task in clinic.open_tasks("not_for_me")] == ["not_for_me"]
