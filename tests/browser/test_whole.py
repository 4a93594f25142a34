"""A whole survey by those for whom most forms fail: by keyboard alone, without scripts, without cookies, on the
narrowest phone, with the text twice as large."""

import json

import pytest

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.soundness import overhang
from tests.browser.walker import MIDDLE, SHORT, Keys, Walker, enlarge, report, saves

pytestmark = [pytest.mark.browser, pytest.mark.long]


def is_the_whole(clinic, visit, steps) -> None:
    """Whether each screen of the middling form was saved once, as it was answered, and sent."""
    answers = report(clinic, visit)
    assert saves(clinic, visit) == steps == list(dict.fromkeys(steps))
    assert (answers["nrs_average"], answers["nrs_worst"], answers["who"]) == (0, 10, "proxy")
    assert (answers["med_strength/nsaid_oral"], answers["med_unit/nsaid_oral"]) == (500, "mcg")
    assert answers["med_days/nsaid_oral"] == {"not_sure": True} and answers["med_change/nsaid_oral"] == "more"
    assert (answers["care_on"], answers["care_for"], answers["comment"]) == ("2026-03-20", "A fall", "All good")


@pytest.mark.parametrize("script", [False, True])
def test_by_keyboard_alone(visit, phone, script):
    clinic, ada, address = visit
    keys = Keys(phone(360, java_script_enabled=script, locale="en-US"), address)
    steps = keys.walks(MIDDLE)
    keys.goes_on()
    assert "Thank you" in keys.page.inner_text("h1")
    is_the_whole(clinic, ada, steps)


def test_without_scripts(visit, phone):
    clinic, ada, address = visit
    page = phone(360)
    asked = []
    page.on("request", lambda request: asked.append(request.resource_type))
    walker = Walker(page, address)
    steps = walker.walks(MIDDLE)
    walker.goes_on()
    is_the_whole(clinic, ada, steps)
    assert set(asked) <= {"document", "other"}


def test_with_cookies_forbidden(visit, tmp_path, chromium):
    clinic, ada, address = visit
    folder = tmp_path / "browser" / "Default"
    folder.mkdir(parents=True)
    forbidden = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (folder / "Preferences").write_text(json.dumps(forbidden))  # the one without windows reads none
    context = chromium.browser_type.launch_persistent_context(
        str(folder.parent), executable_path=CHROMIUM, args=ARGUMENTS, viewport={"width": 360, "height": 720}
    )
    try:
        page = context.new_page()
        given = []
        page.on("response", lambda reply: given.append(reply.headers.get("set-cookie")))
        walker = Walker(page, address)
        assert page.evaluate("document.cookie = 'a=b'; document.cookie") == ""
        steps = walker.walks(SHORT)
        walker.goes_on()
        assert "Thank you" in page.inner_text("h1") and saves(clinic, ada) == steps
        assert len(report(clinic, ada)) == len(SHORT) and set(given) == {None}
    finally:
        context.close()


def test_at_320_pixels(visit, phone):
    clinic, ada, address = visit
    walker = Walker(phone(320), address)
    assert overhang(walker.page) == []

    def fits(walker):
        walker.goes_on()
        assert overhang(walker.page) == []

    steps = walker.walks(MIDDLE, fits)
    fits(walker)
    is_the_whole(clinic, ada, steps)


def test_with_the_text_twice_as_large(visit, phone):
    clinic, ada, address = visit
    walker = Walker(phone(360, java_script_enabled=True), address)
    enlarge(walker.page)

    def fits(walker):
        assert overhang(walker.page) == []
        walker.goes_on()

    steps = walker.walks(MIDDLE, fits)
    fits(walker)
    assert overhang(walker.page) == []
    is_the_whole(clinic, ada, steps)


def taps_in_vain(walker) -> None:
    walker.taps()
    walker.page.wait_for_url("chrome-error://**")


def unheard(walker) -> None:
    """The network is gone before the server hears anything."""
    walker.page.context.set_offline(True)
    taps_in_vain(walker)
    walker.page.context.set_offline(False)


def unanswered(walker) -> None:
    """The server does as it was told, and its reply gets lost."""
    walker.page.route("**/s/**", lambda route: (route.fetch(max_redirects=0), route.abort("connectionreset")))
    taps_in_vain(walker)
    walker.page.unroute_all()


@pytest.mark.parametrize("fails", [unheard, unanswered])
def test_without_scripts_a_cut_costs_a_reload(visit, phone, fails):
    clinic, ada, address = visit
    page = phone(360)

    def cut(walker):
        before = walker.sheet
        fails(walker)
        page.reload()
        walker.waits(before)

    walker = Walker(page, address)
    steps = walker.walks(SHORT, cut)
    cut(walker)
    assert "Thank you" in page.inner_text("h1")
    assert saves(clinic, ada) == steps and report(clinic, ada)["nrs_worst"] == 7


def test_back_and_reload_after_sending_lead_to_the_thanks(visit, phone):
    clinic, ada, address = visit
    page = phone(360)
    walker = Walker(page, address)
    walker.walks(SHORT)
    walker.goes_on()
    page.reload()
    assert "Thank you" in page.inner_text("h1")
    page.go_back()
    assert "Thank you" in page.inner_text("h1") and page.locator("form[data-screen]").count() == 0
    assert len(report(clinic, ada)) == len(SHORT)


@pytest.mark.parametrize("script", [False, True])
def test_two_tabs_tell_of_each_other(visit, phone, script):
    clinic, ada, address = visit
    one = Walker(phone(360, java_script_enabled=script), address)
    one.answers("none")
    one.goes_on()
    two = Walker(phone(360, java_script_enabled=script), f"{address}?at=2")
    one.answers("4")
    two.answers("6")
    one.goes_on()
    two.goes_on()
    told = two.page.get_by_role("alert")
    assert "answered on another page meanwhile: 4." in told.inner_text()
    assert two.page.locator(":checked").get_attribute("value") == "6"
    two.goes_on()
    assert two.step == one.step == "nrs_worst"
    assert saves(clinic, ada) == ["red_flags", "nrs_average", "nrs_average"]
