"""Another language on the page, with and without the script: by tap and by keyboard, nothing typed is lost."""

import pytest

from tests.browser.conftest import tap
from tests.web.filling import SHORT

DUE = "2026-04-02T15:00:00Z"


@pytest.fixture
def form(served):
    """The link of a form that has come to its comment."""
    clinic = served()
    clinic.enrol(status="performed", on="2026-03-02")
    clinic.at(DUE)
    visit = clinic.visit("P-001", "1m")
    for step in ("red_flags", "nrs_average", "nrs_worst", "med_any", "care_any", "se_any"):
        value = {"red_flags": ["none"], "nrs_average": 5, "nrs_worst": 7}.get(step, SHORT[step])
        clinic.saves(visit, step, {step: value})
    return f"{clinic.means.base_url}/s/{clinic.token(visit)}"


@pytest.mark.browser
@pytest.mark.parametrize("script", [False, True])
def test_what_was_typed_is_there_in_the_other_language(form, phone, script):
    page = phone(320, java_script_enabled=script)
    page.goto(form)
    page.fill("textarea", "Half a thought")
    tap(page.get_by_role("button", name="Español"))
    page.wait_for_selector("html[lang=es]")
    assert page.input_value("textarea") == "Half a thought"
    assert page.get_by_text("¿Hay algo más que quiera decirnos?").is_visible()
    assert page.locator(".error").count() == 0
    tap(page.get_by_role("button", name="Siguiente"))
    page.get_by_text("¿Cuándo quiere que le contactemos?").wait_for()
    assert page.locator("html").get_attribute("lang") == "es"


@pytest.mark.browser
def test_the_language_is_changed_by_keyboard(form, phone):
    page = phone(320)
    page.goto(f"{form}?at=1")
    page.get_by_role("button", name="中文").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("html[lang=zh-Hant]")
    assert page.get_by_role("group").first.is_visible()
    box = page.get_by_role("button", name="English").bounding_box()
    assert box["height"] >= 44 and box["x"] >= 0


@pytest.mark.browser
@pytest.mark.parametrize("language", ["es", "zh-Hant"])
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_the_ends_of_the_scale_stand_below_it_in_each_language(served, phone, language, width):
    clinic = served()
    clinic.enrol(status="performed", on="2026-03-02", language=language)
    clinic.at(DUE)
    visit = clinic.visit("P-001", "1m")
    clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
    page = phone(width)
    page.goto(f"{clinic.means.base_url}/s/{clinic.token(visit)}?at=2")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    low, high = (page.locator(f".ends span >> nth={number}").bounding_box() for number in (0, 1))
    first, last = (page.locator(f".scale label >> nth={number}").bounding_box() for number in (0, 10))
    assert low["y"] >= first["y"] + first["height"] and high["y"] == low["y"]
    assert abs(low["x"] - first["x"]) <= 2
    assert abs(high["x"] + high["width"] - last["x"] - last["width"]) <= 2
    assert low["x"] + low["width"] <= high["x"]
