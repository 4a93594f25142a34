"""The script of the form, and a network that goes away: at each screen, before the server heard of it and after."""

from contextlib import suppress

import pytest
from playwright.sync_api import Error

from prom.store import reports
from prom.store.connect import rows
from tests.browser.conftest import tap
from tests.browser.walker import LONG, SHORT, Walker, enlarge, report, saves

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture
def page(phone):
    """A phone with the script. Whatever it complains of fails the test."""
    found = phone(360, java_script_enabled=True)
    said = []
    found.on("pageerror", lambda error: said.append(str(error)))
    yield found
    assert said == []


def chosen(page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll(':checked')].map(one => one.value)")


def test_a_screen_costs_one_round_trip_and_no_page(visit, page):
    clinic, ada, address = visit
    asked = []
    page.on("request", lambda request: asked.append((request.method, request.resource_type)))
    walker = Walker(page, address)
    assert [kind for _, kind in asked if kind != "other"] == ["document", "script"]
    del asked[:]
    steps = walker.walks(SHORT)
    assert asked == [("POST", "fetch")] * len(steps)
    walker.goes_on()
    assert "Thank you" in page.inner_text("h1") and asked == [("POST", "fetch")] * (len(steps) + 1)
    assert saves(clinic, ada) == steps == list(SHORT) and report(clinic, ada)["nrs_average"] == 5
    assert page.title() == "Check-in" and page.context.cookies() == []


def test_cut_before_the_server_heard_each_answer_stays_and_is_sent_once(visit, page):
    clinic, ada, address = visit
    walker, offline = Walker(page, address), page.locator("#offline")

    def cut(walker):
        step, before, given = walker.step, walker.sheet, chosen(page)
        page.context.set_offline(True)
        walker.taps()
        offline.wait_for()
        said = offline.inner_text()
        assert "No connection. Your answer is still here." in said and "We could not save" not in said
        assert offline.get_by_role("link", name="911").is_visible()
        assert (walker.step, chosen(page)) == (step, given)
        page.context.set_offline(False)
        walker.waits(before)
        assert not offline.is_visible()

    steps = walker.walks(SHORT, cut)
    cut(walker)
    assert "Thank you" in page.inner_text("h1")
    assert saves(clinic, ada) == steps and report(clinic, ada)["nrs_worst"] == 7


def test_cut_after_the_server_heard_nothing_is_saved_or_sent_twice(visit, page):
    clinic, ada, address = visit
    lost = []

    def lose(route):
        """The server does as it was told, and its reply gets lost: every other time."""
        if route.request.method == "POST" and len(lost) % 2 == 0:
            lost.append(route.fetch().status)
            route.abort("connectionreset")
        else:
            lost.append(0)
            route.continue_()

    page.route("**/s/**", lose)
    walker = Walker(page, address)
    del lost[:]

    def cut(walker):
        before = walker.sheet
        walker.taps()
        page.locator("#offline").wait_for()
        walker.taps()  # not waiting for the next try
        walker.waits(before)

    steps = walker.walks(SHORT, cut)
    walker.goes_on()  # the form was sent; the second try, by itself, finds the thanks
    assert "Thank you" in page.inner_text("h1")
    assert lost == [200, 0] * (len(steps) + 1)
    assert saves(clinic, ada) == steps and report(clinic, ada)["who"] == "self"


def failing(page, statuses):
    """Answer the next sendings with these statuses, not asking the server; when each came, in milliseconds."""
    came, left = [], list(statuses)

    def fail(route):
        if route.request.method == "POST":
            came.append(page.evaluate("performance.now()"))
        if route.request.method == "POST" and left:
            route.fulfill(status=left.pop(0), body="<h1>Bad gateway</h1>")
        else:
            route.continue_()

    page.route("**/s/**", fail)
    return came


def test_an_ailing_server_is_tried_again_with_growing_waits(visit, page):
    clinic, ada, address = visit
    walker = Walker(page, address)
    came = failing(page, [503, 503])
    walker.answers("none")
    walker.goes_on()
    assert len(came) == 3 and saves(clinic, ada) == ["red_flags"]
    waits = [later - earlier for earlier, later in zip(came, came[1:], strict=False)]
    assert 1000 <= waits[0] < 2000 <= waits[1] < 4000


def test_what_an_ailing_server_says_is_not_shown(visit, page):
    clinic, ada, address = visit
    walker, statuses = Walker(page, address), [400, 403, 408, 413, 429, 500, 502, 504]

    def ails(walker):
        before, given = walker.sheet, chosen(page)
        failing(page, [statuses.pop(0)])
        walker.taps()
        page.locator("#offline").wait_for()
        assert walker.sheet == before and chosen(page) == given
        said = page.locator("#offline").inner_text()
        assert "We could not save this yet. Your answer is still here." in said and "No connection" not in said
        page.unroute_all()
        walker.goes_on()

    steps = walker.walks(SHORT, lambda walker: ails(walker) if statuses else walker.goes_on())
    assert saves(clinic, ada) == steps and statuses == []


def test_an_answer_changed_while_cut_waits_for_next(visit, page):
    clinic, ada, address = visit
    walker = Walker(page, address)
    walker.answers("none")
    walker.goes_on()
    page.context.set_offline(True)
    walker.answers("4")
    walker.taps()
    page.locator("#offline").wait_for()
    walker.answers("6")
    assert not page.locator("#offline").is_visible()
    page.context.set_offline(False)
    page.wait_for_timeout(1500)
    assert walker.step == "nrs_average" and saves(clinic, ada) == ["red_flags"]
    walker.goes_on()
    assert walker.step == "nrs_worst" and saves(clinic, ada) == ["red_flags", "nrs_average"]


def test_the_browsers_back_leaves_what_waits_for_the_network_on_the_page(visit, page):
    clinic, ada, address = visit
    walker = Walker(page, address)
    while walker.step != "comment":
        walker.answers(SHORT[walker.step])
        walker.goes_on()
    before = walker.sheet
    page.route("**/*", lambda route: route.abort())
    walker.answers("My arm hurts")
    walker.taps()
    page.locator("#offline").wait_for()
    page.evaluate("history.back()")
    page.wait_for_timeout(300)
    assert walker.sheet == before and page.locator("textarea").input_value() == "My arm hurts"
    page.unroute_all()
    walker.waits(before)
    assert walker.step == "urgency" and reports.answers(clinic.db, ada["id"])["comment"] == "My arm hurts"


@pytest.mark.parametrize("heard", [True, False])
def test_what_is_typed_while_a_screen_is_sent_is_kept(visit, page, heard):
    clinic, ada, address = visit
    walker, hung = Walker(page, address), []
    while walker.step != "comment":
        walker.answers(SHORT[walker.step])
        walker.goes_on()

    def hang(route):
        if heard:
            route.fetch()
        hung.append(route)

    page.route("**/s/**", hang, times=1)
    walker.answers("My arm hurts")
    before = walker.sheet
    walker.taps()
    page.wait_for_selector(".busy")
    page.locator("textarea").press_sequentially(" a lot")
    page.locator("body:not(.busy)").wait_for()
    for _ in range(100):
        if not hung:
            page.wait_for_timeout(50)
    with suppress(Error):  # nobody waits for it any more
        hung[0].continue_() if not heard else hung[0].fulfill(status=200, body="<main></main>", headers={"X-At": "/"})
    page.wait_for_timeout(1500)
    assert walker.sheet == before and page.locator("textarea").input_value() == "My arm hurts a lot"
    assert not page.locator("#offline").is_visible()
    walker.goes_on()
    assert walker.step == "urgency" and reports.answers(clinic.db, ada["id"])["comment"] == "My arm hurts a lot"


def test_a_double_tap_sends_one_request(visit, page):
    clinic, ada, address = visit
    walker, asked = Walker(page, address), []
    page.on("request", lambda request: asked.append(request.method))
    walker.answers("none")
    before = walker.sheet
    button = page.get_by_role("button", name="Next")
    button.evaluate("button => { button.click(); button.click(); button.click() }")
    walker.waits(before)
    assert asked == ["POST"] and saves(clinic, ada) == ["red_flags"]


def test_advice_gets_the_focus_once_and_each_later_screen_its_heading(visit, page):
    _, _, address = visit
    focus = "document.activeElement.className || document.activeElement.tagName"
    walker = Walker(page, address)
    walker.answers("bleed")
    walker.goes_on()
    assert page.evaluate(focus) == "help" and page.evaluate("scrollY") == 0
    walker.answers("5")
    walker.goes_on()
    assert page.evaluate(focus) == "H1" and page.locator(".help").is_visible()
    walker.goes_on()
    assert page.evaluate(focus) == "error" and "Choose a number" in page.locator(":focus").inner_text()
    assert "held=" in page.url


def test_the_browsers_back_shows_the_screen_before(visit, page):
    clinic, ada, address = visit
    walker = Walker(page, address)
    for given in ("none", "4", "6"):
        walker.answers(given)
        walker.goes_on()
    assert walker.step == "med_any"
    for step, value in (("nrs_worst", "6"), ("nrs_average", "4"), ("red_flags", "none")):
        before = walker.sheet
        page.go_back()
        walker.waits(before)
        assert (walker.step, chosen(page)) == (step, [value])
    assert page.url.endswith("?at=1")
    walker.goes_on()
    walker.goes_on()
    assert walker.step == "nrs_worst"
    before = walker.sheet
    page.get_by_role("button", name="Back").click()
    walker.waits(before)
    assert walker.step == "nrs_average" and saves(clinic, ada) == ["red_flags", "nrs_average", "nrs_worst"]


def test_the_browsers_back_from_the_second_screen_shows_the_first_without_scripts_too(visit, phone):
    clinic, ada, address = visit
    page = phone(360, java_script_enabled=False)
    walker = Walker(page, address)
    walker.answers("none")
    walker.goes_on()
    assert walker.step == "nrs_average"
    page.go_back()
    assert (walker.step, page.url) == ("red_flags", f"{address}?at=1")
    walker.goes_on()
    assert walker.step == "nrs_average"
    page.go_back()
    assert walker.step == "red_flags"


def test_back_after_sending_leads_to_the_thanks(visit, page):
    clinic, ada, address = visit
    walker = Walker(page, address)
    walker.walks(SHORT)
    walker.goes_on()
    for _ in range(2):
        page.go_back()
        page.wait_for_load_state()
        assert "Thank you" in page.inner_text("h1") and page.locator("form[data-screen]").count() == 0
    page.reload()
    assert "Thank you" in page.inner_text("h1") and report(clinic, ada)["nrs_average"] == 5


def test_how_the_scale_stood_is_kept(visit, phone):
    clinic, ada, address = visit
    for script, enlarged, key, layout in (
        (True, False, False, "row"), (True, True, False, "column"), (True, True, True, "column"),
        (False, False, False, "row"), (False, True, False, "column"), (False, False, True, None),
    ):  # fmt: skip
        page = phone(360, java_script_enabled=script)
        walker = Walker(page, f"{address}?at=1")
        walker.answers("none")
        walker.goes_on()
        if enlarged:
            enlarge(page)
        walker.answers(str(len(rows(clinic.db, "select * from draft", {})) % 10))
        before = walker.sheet
        page.locator(".scale :checked").press("Enter") if key else walker.taps()
        walker.waits(before)
        saved = rows(clinic.db, "select layout from draft order by seq desc limit 1", {})
        assert saved == [{"layout": layout}], (script, enlarged, key)


def test_a_long_form_with_the_script(visit, page):
    clinic, ada, address = visit
    walker = Walker(page, address)
    steps = walker.walks(LONG)
    tap(page.locator("a[href='?at=2&change=1']"))
    walker.answers("2")
    walker.goes_on()
    assert page.inner_text("h1") == "Check your answers"
    walker.goes_on()
    answers = report(clinic, ada)
    assert saves(clinic, ada) == [*steps, "nrs_average"] and answers["nrs_average"] == 2
    assert answers["se_text/other"] == "Ears ring" and answers["comment"] == "All good & <well>"
