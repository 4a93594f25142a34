"""The nurse's path on a phone 360 pixels wide without scripts, and every page of hers as a screen reader meets it."""

from datetime import date

import pytest
from playwright.sync_api import expect

from prom.actions import alerts as alert_actions
from prom.actions import receive, snooze
from prom.sms.gateway import Inbound
from tests.browser.conftest import tap
from tests.browser.soundness import violations
from tests.study import PASSWORD

pytestmark = pytest.mark.long

REHEARSED = (
    "",
    "?rule=free_text&run=1&alert_class=high",
    "?rule=red_flag&run=1&alert_class=red&any_of=chest",
    "?rule=nrs_severe&run=1&alert_class=high&at_least=11",
)


@pytest.fixture
def clinic(served):
    """P-001 with a red alert of an unsent form, P-002 with a routine one."""
    clinic = served()
    for code in ("P-001", "P-002"):
        clinic.enrol(code, on="2026-03-03", second_contact="Synthetic Sister", record_number="R-77")
        clinic.answers(clinic.visit(code, "baseline"), nrs=7)
    clinic.at("2026-03-03T15:00:00Z")
    for code in ("P-001", "P-002"):
        clinic.records(code, "performed", "2026-03-03")
    clinic.at("2026-04-03T15:00:00Z")
    clinic.tick()
    clinic.answers(clinic.visit("P-002", "1m"), nrs=3, comment="Slept well")
    clinic.saves(clinic.visit("P-001", "1m"), "red_flags", {"red_flags": ["bleed"]})
    clinic.tick()
    return clinic


def log_in(page, clinic, path="/login"):
    page.goto(f"{clinic.means.base_url}{path}")
    page.get_by_label("Login").fill("nina")
    page.get_by_label("Password").fill(PASSWORD)
    tap(page.get_by_role("button", name="Log in"))


def fits(page) -> bool:
    """Whether nothing stands beyond the right edge."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_nurses_path_without_scripts(clinic, phone):
    page = phone(360)
    log_in(page, clinic)
    body = page.locator("body")
    assert page.locator("article").first.inner_text().startswith("RED P-001")
    tap(page.get_by_role("link", name="P-001"))
    assert "Warning sign: Heavy bleeding" in body.inner_text()
    assert "Synthetic P-001" not in body.inner_text()

    tap(page.get_by_role("button", name="I have it"))
    assert "You have this alert." in body.inner_text()
    tap(page.get_by_role("button", name="Show name and number"))
    assert "Synthetic P-001" in body.inner_text() and "Synthetic Sister" in body.inner_text()
    assert page.locator(f'a[href="tel:{clinic.number("P-001")}"]').is_visible()
    assert "Synthetic" not in page.url + page.title()

    page.get_by_label("Note on the call").fill("It has stopped.")
    tap(page.get_by_role("button", name="Spoke to them"))
    page.get_by_label("Note: what you did").fill("Pressed on it for ten minutes.")
    tap(page.get_by_role("button", name="Close the alert"))
    assert "Choose an outcome." in body.inner_text()
    assert page.get_by_label("Note: what you did").input_value() == "Pressed on it for ten minutes."
    page.get_by_label("Advice given").check()
    page.get_by_label("No, texts stay stopped").check()
    tap(page.get_by_role("button", name="Close the alert"))
    assert "The alert is closed." in body.inner_text()
    tap(page.get_by_text("Closed alerts"))
    assert "by Nina Example: Advice given" in body.inner_text()

    tap(page.get_by_role("link", name="Reports to read"))
    assert "Slept well" in body.inner_text()
    tap(page.get_by_role("button", name="I have read P-002"))
    assert "Slept well" not in body.inner_text()
    tap(page.get_by_role("button", name="Log out"))
    page.goto(f"{clinic.means.base_url}/care/alerts")
    assert page.get_by_label("Password").is_visible()


def test_from_the_text_to_the_closed_alert_takes_twelve_taps(clinic, phone):
    """Each tap of a nurse who meets a red alert by its text, on a phone 360 pixels wide; what is typed is not counted:
    login, password, one note."""
    link = next(word for word in clinic.sms.texts_to("+15550100011")[0].split() if word.startswith("http"))
    page, taps = phone(360), []

    def touch(what):
        taps.append(what)
        tap(what)

    taps.append("the link in the text")
    page.goto(link)
    touch(page.get_by_label("Login"))
    page.get_by_label("Login").fill("nina")
    touch(page.get_by_label("Password"))
    page.get_by_label("Password").fill(PASSWORD)
    touch(page.get_by_role("button", name="Log in"))
    assert "Warning sign: Heavy bleeding" in page.locator("body").inner_text()  # the story stands there at once
    touch(page.get_by_role("button", name="I have it"))
    touch(page.get_by_role("button", name="Show name and number"))
    taps.append(page.locator(f'a[href="tel:{clinic.number("P-001")}"]'))
    assert taps[-1].is_visible()
    touch(page.get_by_role("button", name="Spoke to them"))
    touch(page.get_by_label("Advice given"))
    touch(page.get_by_label("Note: what you did"))
    page.get_by_label("Note: what you did").fill("Pressed on it for ten minutes.")
    touch(page.get_by_label("Yes, texts may go on"))
    touch(page.get_by_role("button", name="Close the alert"))
    assert "The alert is closed." in page.locator("body").inner_text()
    assert len(taps) == 12


def test_a_path_by_keyboard_alone(clinic, phone):
    page = phone(360)
    page.goto(f"{clinic.means.base_url}/login")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("nina")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="P-001")
    for _ in range(20):
        page.keyboard.press("Tab")
        if link.evaluate("each => each === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("Warning sign")


@pytest.mark.parametrize("width, scheme", [(320, "light"), (1280, "light"), (360, "dark")])
def test_every_page_is_sound_and_fits(clinic, phone, width, scheme):
    text = Inbound("SM1", clinic.number("P-002"), "Shall I come in?", "")
    receive.inbound(clinic.db, clinic.means, text, clinic.now)
    page = phone(width, java_script_enabled=True, color_scheme=scheme)
    page.goto(f"{clinic.means.base_url}/login")
    assert violations(page) == [] and fits(page)
    log_in(page, clinic)
    alerts = [f"/care/alerts/{alert['id']}" for code in ("P-001", "P-002") for alert in clinic.alerts(code)]
    assert len(alerts) == 3
    clinic.acknowledges(clinic.alerts("P-001")[0])
    figures = ("/care/today", "/care/figures", "/care/figures?since=2026-04-04")  # the last one with a fault
    snooze_comment(clinic)
    snoozing = [f"/care/alerts/{clinic.alerts('P-002')[-1]['id']}/snooze/free_text", "/care/participants/P-002"]
    people = ("/care/participants/P-001", *snoozing, "/care/alerts/none")
    rehearsals = [f"/care/rehearsal{asked}" for asked in REHEARSED]
    for path in ("/care/alerts?still=1", *alerts, "/care/reports", *figures, *people, *rehearsals):
        page.goto(f"{clinic.means.base_url}{path}")
        assert violations(page) == [], path
        assert fits(page), path
        assert page.evaluate("document.documentElement.dataset.bsTheme") == scheme


@pytest.mark.parametrize("width, scheme", [(320, "light"), (360, "dark")])
def test_a_snooze_that_lacks_its_reason_says_so_soundly(clinic, phone, width, scheme):
    page = phone(width, java_script_enabled=True, color_scheme=scheme)
    log_in(page, clinic, f"/login?next=/care/alerts/{clinic.alerts('P-002')[-1]['id']}")
    tap(page.get_by_role("link", name="Snooze: Wrote a comment"))
    tap(page.get_by_role("button", name="Snooze it"))
    assert "Write why" in page.locator("body").inner_text()
    assert violations(page) == [] and fits(page)
    page.get_by_label("Until, that day").fill("2026-04-20")
    page.get_by_label("Why?").fill("x" * 500)
    tap(page.get_by_role("button", name="Snooze it"))
    assert "Snoozed until 20 Apr 2026." in page.locator("body").inner_text()
    assert fits(page)
    page.goto(f"{clinic.means.base_url}/care/participants/P-002")
    assert violations(page) == [] and fits(page)


def test_a_rule_is_rehearsed_without_scripts(clinic, phone):
    page = phone(360)
    log_in(page, clinic)
    tap(page.get_by_role("link", name="Rehearse rules"))
    page.get_by_label("Rule", exact=True).select_option("free_text")
    tap(page.get_by_role("button", name="Choose this rule"))
    page.get_by_label("High", exact=True).check()
    tap(page.get_by_role("button", name="Rehearse", exact=True))
    assert page.get_by_role("heading", name="Alerts of a higher class: 1").is_visible()
    risen = page.locator("section", has_text="Alerts of a higher class: 1").locator("tbody tr")
    assert "P-002" in risen.inner_text() and "Wrote a comment" in risen.inner_text()
    assert page.get_by_text('class = "high"').is_visible()
    assert page.get_by_label("Rule", exact=True).input_value() == "free_text"


@pytest.mark.parametrize("width", [320, 1280])
def test_a_note_without_a_space_stays_on_the_page(clinic, phone, width):
    alert = clinic.alerts("P-001")[0]
    nina = {"staff_id": clinic.staff["nina"], "sites": ("main",)}
    alert_actions.act(clinic.db, alert["id"], "contacted", clinic.now, note="x" * 2000, **nina)
    clinic.closes(alert, note="y" * 2000)
    page = phone(width)
    log_in(page, clinic)
    for path in (f"/care/alerts/{alert['id']}", "/care/participants/P-001", "/care/alerts?still=1"):
        page.goto(f"{clinic.means.base_url}{path}")
        assert fits(page), path


def test_the_number_stands_above_the_fold_while_calling(clinic, phone):
    alert = clinic.alerts("P-001")[0]
    clinic.acknowledges(alert)
    page = phone(360, viewport={"width": 360, "height": 740})
    log_in(page, clinic, f"/login?next=/care/alerts/{alert['id']}")
    tap(page.get_by_role("button", name="Show name and number"))
    tap(page.get_by_role("button", name="Call tried"))
    number = page.locator(f'a[href="tel:{clinic.number("P-001")}"]').bounding_box()
    assert 0 <= number["y"] and number["y"] + number["height"] <= 740


def snooze_comment(clinic):
    """Noor snoozes what P-002 writes."""
    who = {"staff_id": clinic.staff["noor"], "sites": ("main",)}
    alert, day = clinic.alerts("P-002")[-1]["id"], date(2026, 4, 20)
    snooze.snooze(clinic.db, clinic.means, alert, "free_text", clinic.now, until_on=day, reason="As always", **who)
