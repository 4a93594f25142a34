"""The participant's pages in Chromium, JavaScript off: what only a browser can tell."""

import pytest

from prom.store import reports
from prom.store.connect import rows
from tests.browser.conftest import tap

pytestmark = pytest.mark.browser

STARTED, DUE = "2026-03-02", "2026-04-02T15:00:00Z"


@pytest.fixture
def link(served):
    """A served clinic and the link of a first follow-up report."""
    clinic = served()
    clinic.enrol("ADA", status="performed", on=STARTED)
    clinic.at(DUE)
    clinic.tick()
    return clinic, f"{clinic.means.base_url}/s/{clinic.token(clinic.visit('ADA', '1m'))}"


def chooses(page, *names: str) -> None:
    """Tap the answers by what is written on them, then Next."""
    for name in names:
        page.get_by_label(name, exact=True).check()
    tap(page.get_by_role("button", name="Next"))


def fits(page) -> bool:
    """Whether nothing stands out to the right: the page scrolls up and down only."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_whole_report_on_a_phone_without_script_or_cookies(link, phone):
    clinic, address = link
    page = phone(360)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    chooses(page, "Heavy bleeding, or bleeding that does not stop when you press on it")
    advice = page.locator(".help")
    assert advice.bounding_box()["y"] < 40
    assert advice.get_by_role("link", name="Call 911").get_attribute("href") == "tel:911"
    tap(page.locator(".scale label").nth(0))
    tap(page.get_by_role("button", name="Next"))
    tap(page.get_by_role("button", name="Back"))
    assert page.locator(".scale input:checked").get_attribute("value") == "0"
    tap(page.get_by_role("button", name="Next"))
    chooses(page, "10 Worst pain you can imagine")
    chooses(page, "Yes")
    chooses(page, "Tramadol or codeine")
    chooses(page, "Tramadol")
    page.get_by_label("How strong is one dose?").fill("50")
    page.get_by_label("Its unit").select_option("mg")
    chooses(page)
    page.get_by_label("How many times a day?").fill("3")
    chooses(page)
    page.get_by_label("On how many of the last 7 days?").fill("7")
    chooses(page)
    chooses(page, "The same")
    chooses(page, "No")
    chooses(page, "No")
    chooses(page, "No")
    page.get_by_label("Is there anything else you want to tell us?").fill("Nothing")
    chooses(page)
    chooses(page, "It can wait")
    chooses(page, "Me")
    assert page.get_by_role("heading", level=1).inner_text() == "Check your answers"
    tap(page.get_by_role("link", name="how bad was this pain at its worst?"))
    chooses(page, "4")
    assert advice.is_visible()
    tap(page.get_by_role("button", name="Send my answers"))
    assert "We have your answers." in page.inner_text("main") and advice.is_visible()
    page.reload()
    assert "We have your answers." in page.inner_text("main")
    page.go_back()
    assert page.context.cookies() == []
    assert all(url.startswith(clinic.means.base_url) for url in asked if not url.startswith("data:"))
    answers = reports.response_of(clinic.db, clinic.visit("ADA", "1m")["id"])["answers"]
    assert (answers["nrs_average"], answers["nrs_worst"]) == (0, 4)
    assert answers["med_unit/opioid_weak"] == "mg" and answers["who"] == "self"
    assert len(rows(clinic.db, "select * from response", {})) == 1


def test_nothing_stands_out_of_a_narrow_screen_and_the_scale_stays_one_row(link, phone):
    clinic, address = link
    clinic.saves(clinic.visit("ADA", "1m"), "red_flags", {"red_flags": ["chest"]})
    page = phone(320)
    for at in ("1", ""):
        page.goto(f"{address}?at={at}")
        assert fits(page)
        assert page.get_by_role("button", name="Next").bounding_box()["height"] >= 44
    cells = [cell.bounding_box() for cell in page.locator(".scale label").all()]
    assert len(cells) == 11 and len({round(cell["y"]) for cell in cells}) == 1
    assert min(cell["width"] for cell in cells) >= 24
    assert min(cell["height"] for cell in cells) >= 56
    assert max(cell["width"] for cell in cells) - min(cell["width"] for cell in cells) < 1
    chooses(page)
    assert fits(page) and page.locator(".error").is_visible()  # the soft prompt
    chooses(page, "I prefer not to answer")
    chooses(page, "3")
    chooses(page, "Yes")
    chooses(page, "Paracetamol or acetaminophen (Panadol, Tylenol)")
    page.get_by_label("What is its name?").fill("Long" * 20)
    chooses(page)
    assert fits(page) and page.get_by_label("How strong is one dose?").is_visible()
    chooses(page)
    assert fits(page) and page.locator(".error").count() == 2
    tap(page.get_by_role("link", name="Its unit"))
    assert page.url.endswith("#med_unit")


def test_with_text_twice_as_large_the_scale_is_a_list(link, phone):
    clinic, address = link
    clinic.saves(clinic.visit("ADA", "1m"), "red_flags", {"red_flags": ["none"]})
    page = phone(360, bypass_csp=True, java_script_enabled=True)  # the style that a reader's browser lays on top
    page.goto(f"{address}?at=2")
    before = page.locator(".scale label > span").nth(5).evaluate("box => getComputedStyle(box).fontSize")
    assert page.locator(".ends").is_visible()
    page.add_style_tag(content="html { font-size: 200% }")
    cells = [cell.bounding_box() for cell in page.locator(".scale label").all()]
    assert fits(page) and len({round(cell["x"]) for cell in cells}) == 1
    assert [cell["y"] for cell in cells] == sorted(cell["y"] for cell in cells)
    assert min(cell["height"] for cell in cells) >= 44
    after = page.locator(".scale label > span").nth(5).evaluate("box => getComputedStyle(box).fontSize")
    assert float(after.removesuffix("px")) >= 2 * float(before.removesuffix("px"))
    assert page.locator(".scale label").first.inner_text().split() == ["0", "No", "pain"]
    ten = page.locator(".scale label > span").last
    lines = "box => { const r = new Range(); r.selectNode(box.firstChild); return r.getClientRects().length }"
    assert ten.evaluate(lines) == 1  # "10" is not cut in two
    assert not page.locator(".ends").is_visible()


def test_every_control_is_reached_by_keyboard(link, phone):
    _, address = link
    page = phone(360)
    page.goto(address)
    page.get_by_label("None of these").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_role("group", name="on average").wait_for()
    page.locator(".scale input").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_role("group", name="at its worst").wait_for()
    page.get_by_role("button", name="Back").press("Enter")
    page.get_by_role("group", name="on average").wait_for()
    assert page.locator(".scale input:checked").get_attribute("value") == "3"
