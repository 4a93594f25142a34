"""Warning signs and what they show, after sending and by links that ask nothing too."""

import re

import pytest

from prom.actions import contact
from prom.actions.contact import Person
from prom.store import reports
from prom.store.connect import rows
from tests.web.filling import LONG, SHORT, Phone, classes, everything, saved

# ---- warning signs


def test_a_warning_sign_brings_advice_and_alert_at_once_and_stays_in_sight(treated, visit, phone):
    phone.fills(["bleed", "none"])
    assert saved(treated, visit)["red_flags"] == ["bleed"]
    assert classes(treated) == ["red"]
    for _ in range(len(SHORT) - 1):
        main = phone.text.split("Check-in", 1)[1].strip()
        assert main.startswith("Get help now. Call 911 , or the emergency number where you are.")
        assert "Say that you had a treatment at Example Clinic on March 2." in main
        assert "Our team may not see this soon" in main
        assert '<a class="call" href="tel:911">Call 911</a>' in phone.page
        phone.fills(SHORT[phone.step])
    assert phone.step == "" and "Get help now." in phone.text
    phone.posts(send="1")
    assert "Get help now." in phone.text and "We have your answers." in phone.text
    treated.at("2026-04-03T15:01:00Z")
    phone.opens()
    assert "Get help now." not in phone.text and "You sent this form on April 2." in phone.text


def test_a_warning_sign_taken_back_keeps_its_advice(phone, treated):
    phone.fills(["chest"])
    phone.opens(at="1")
    assert "Get help now." in phone.text and phone.ticked() == ["chest"]
    assert "Which signs?" not in phone.text
    phone.fills("none")
    assert "Get help now." in phone.text
    assert classes(treated) == ["red"]


def test_before_any_procedure_the_advice_names_no_treatment(clinic):
    clinic.enrol("ADA", on="2026-03-09")
    phone = Phone(clinic, clinic.token(clinic.visit("ADA", "baseline")))
    phone.opens()
    phone.fills(["chest"])
    assert "Get help now." in phone.text and "Say that you had" not in phone.text


def test_declining_the_warning_signs_shows_the_advice_and_raises_routine(treated, phone):
    phone.fills("_declined")
    assert "If you have any of these warning signs: Get help now. Call 911" in phone.text
    assert "Which signs? New chest pain," in phone.text and "You fainted or had a fit" in phone.text
    assert "None of these" not in phone.text and "lie down and press hard" not in phone.text
    assert classes(treated) == ["routine"]
    phone.opens(at="1")
    phone.fills("none")
    assert "Get help now." not in phone.text


def test_a_tick_counts_before_declining(treated, visit, phone):
    phone.fills(["stroke", "none", "_declined"])
    assert saved(treated, visit)["red_flags"] == ["stroke"]
    assert classes(treated) == ["red"]


def test_none_of_these_counts_before_declining(treated, visit, phone):
    phone.fills(["none", "_declined"])
    assert saved(treated, visit)["red_flags"] == ["none"]
    assert classes(treated) == [] and "Get help now." not in phone.text


@pytest.mark.parametrize("at, said", [
    ("2026-04-02T15:00:00Z", "Please call us today: +1 555 010 0100 , until 5:00 pm."),
    ("2026-04-03T22:00:00Z", "We are closed until Monday, April 6, 8:00 am."),
])  # fmt: skip
def test_a_high_report_is_told_to_call_as_the_hours_stand(treated, phone, at, said):
    treated.at(at)
    phone.answers(LONG)
    phone.posts(send="1")
    assert said in phone.text
    assert 'href="tel:+15550100100"' in phone.page
    assert classes(treated) == ["high"]


def test_pain_alone_is_told_when_a_nurse_will_look(treated):
    treated.enrol("BEN", on="2026-04-02")
    treated.answers(treated.visit("BEN", "baseline"), nrs=5)
    treated.records("BEN", "performed", "2026-04-02")
    treated.at("2026-05-01T15:00:00Z")  # a Friday
    phone = Phone(treated, treated.token(treated.visit("BEN", "1m")))
    phone.opens()
    phone.answers(SHORT | {"nrs_average": "9"})
    phone.posts(send="1")
    assert "A nurse will look at this by May 4." in phone.text
    assert "Please call us today" not in phone.text


# ---- after sending, and dead ends


def test_sending_twice_and_reloading_show_the_same_thanks(treated, visit, phone):
    phone.answers(SHORT)
    phone.posts(send="1")
    thanks = phone.page
    assert phone.posts(send="1") == thanks
    assert phone.opens() == thanks
    assert phone.posts(step="nrs_average", nrs_average="5") == thanks
    phone.posts(step="nrs_average", nrs_average="9")
    assert "What you sent then did not change." in phone.text
    phone.opens()
    assert len(rows(treated.db, "select * from response", {})) == 1
    assert saved(treated, visit)["nrs_average"] == 5
    assert "shoulder" not in thanks and "5" not in re.sub(r"<footer>.*", "", phone.text.split("+1")[0])


def test_a_warning_sign_ticked_in_another_tab_after_sending_is_told_and_advised(treated, visit, phone):
    other = Phone(treated, treated.token(visit))
    other.opens()
    phone.answers(SHORT)
    phone.posts(send="1")
    treated.at("2026-04-09T15:00:00Z")
    report = reports.response_of(treated.db, visit["id"])
    other.fills(["chest"])
    said = "You had sent this form before, on April 2. What you sent then did not change."
    assert "Get help now." in other.text and said in other.text
    assert classes(treated) == ["red"]
    assert reports.response_of(treated.db, visit["id"]) == report
    assert phone.opens() == other.page
    other.posts(step="red_flags", red_flags="chest")
    assert len(treated.alerts("ADA")) == 1
    treated.at("2026-04-10T15:01:00Z")
    phone.opens()
    assert "Get help now." not in phone.text and "You sent this form on April 2." in phone.text


def test_a_screen_sent_after_closing_is_kept_and_answered_with_the_closed_page(treated, visit, phone):
    phone.fills("none")
    treated.at("2026-06-30T15:00:00Z")
    phone.fills("4", status=410)
    closed_on = re.search(r"This form closed on (May [0-9]+)\. If", phone.text).group(1)
    assert 'href="tel:+15550100100"' in phone.page
    screens = reports.screens(treated.db, visit["id"])
    assert [(screen["step"], screen["late"]) for screen in screens] == [("red_flags", 0), ("nrs_average", 1)]
    phone.posts(410, send="1")
    phone.opens(status=410)
    assert treated.visit("ADA", "1m")["submitted_at"] is None
    treated.at("2027-01-04T15:00:00Z")
    phone.opens(status=410)
    assert f"This form closed on {closed_on}, 2026. If" in phone.text


def test_a_warning_sign_sent_too_late_still_gets_its_advice(treated, visit, phone):
    treated.at("2026-06-30T15:00:00Z")
    phone.fills(["chest"], status=410)
    assert "Get help now." in phone.text and "This form closed on" in phone.text
    assert reports.screens(treated.db, visit["id"])[0]["late"] == 1
    phone.opens(status=410)
    assert "Get help now." in phone.text


@pytest.mark.parametrize("given, advised", [(["chest"], True), ("none", False), ("_declined", False)])
def test_a_closed_link_keeps_the_advice_of_a_warning_sign_in_its_draft(treated, phone, given, advised):
    phone.fills(given)
    treated.at("2026-06-30T15:00:00Z")
    phone.opens(status=410)
    assert ("Get help now." in phone.text) is advised and "This form closed on" in phone.text
    phone.posts(410, send="1")
    assert ("Get help now." in phone.text) is advised
    phone.posts(410, step="nrs_average", nrs_average="4")
    assert ("Get help now." in phone.text) is advised


def test_a_form_not_yet_open_says_when(treated):
    later = treated.visit("ADA", "3m")
    phone = Phone(treated, treated.token(later))
    phone.opens()
    assert "This form opens on May 19." in phone.text and phone.step == ""
    phone.posts(200, step="red_flags", red_flags="none")
    assert "This form opens on May 19." in phone.text
    assert saved(treated, later) == {}


def test_a_warning_sign_on_a_form_that_moved_is_kept_and_told(treated, visit, phone):
    treated.records("ADA", "performed", "2026-03-30")
    phone.fills("none", status=200)
    assert "This form opens on" in phone.text and "Get help now." not in phone.text
    phone.posts(200, step="red_flags", red_flags="chest")
    assert "This form opens on" in phone.text and "Get help now." in phone.text
    assert [screen["late"] for screen in reports.screens(treated.db, visit["id"])] == [1, 1]
    assert classes(treated) == ["red"] and saved(treated, visit) == {}


def leaves(clinic):
    clinic.becomes("ADA", "left_follow_up")


def changes_number(clinic):
    given = Person("Ada Example", "+15550109999", 1960)
    assert contact.change(clinic.db, clinic.means, clinic.id("ADA"), given, clinic.now, staff_id=clinic.staff["cora"])


@pytest.mark.parametrize(
    "ends, words",
    [(leaves, "You do not get these forms any more."), (changes_number, "This link has ended")],
)
def test_of_somebody_who_left_or_by_an_ended_link_only_a_warning_sign_is_kept(treated, visit, phone, ends, words):
    ends(treated)
    phone.fills("none", status=410)
    assert words in phone.text and "Get help now." not in phone.text
    assert reports.screens(treated.db, visit["id"]) == []
    phone.posts(410, step="red_flags", red_flags="chest")
    assert words in phone.text and "Get help now." in phone.text
    assert classes(treated) == ["red"] and saved(treated, visit) == {}
    assert [screen["late"] for screen in reports.screens(treated.db, visit["id"])] == [1]


def test_an_unknown_link_is_not_found_and_says_nothing_of_anybody(treated):
    before = everything(treated)
    phone = Phone(treated, "A" * 22)
    phone.opens(status=404)
    assert "We do not know this link." in phone.text and 'href="tel:+15550100100"' in phone.page
    assert "Example Clinic" not in phone.text
    phone.posts(404, step="red_flags", red_flags="none")
    assert everything(treated) == before


def test_a_slash_at_the_end_of_a_link_leads_on(treated, visit, phone):
    found = phone.client.get(f"{phone.path}/?at=1", base_url=phone.base)
    assert (found.status_code, found.headers["Location"]) == (302, f"{phone.path}?at=1")
    assert phone.client.get(f"{phone.path}/?token=x", base_url=phone.base).status_code == 302
    sent = phone.client.post(f"{phone.path}/", data={"step": "red_flags"}, base_url=phone.base)
    assert (sent.status_code, sent.headers["Location"]) == (308, phone.path)
    assert "We do not know this link." in Phone(treated, "A" * 22 + "/").opens(status=404)


def test_looking_changes_nothing(treated, visit, phone):
    phone.fills("none")
    phone.fills("5")
    before = everything(treated)
    for at in ("", "1", "2", "nrs_worst", "review", "who"):
        phone.opens(at=at)
    phone.client.head(phone.path, base_url=phone.base)
    assert everything(treated) == before
    phone.opens()
    phone.answers(SHORT)
    before = everything(treated)
    phone.opens(at="review")
    assert everything(treated) == before
    phone.posts(send="1")
    before = everything(treated)
    phone.opens()
    assert everything(treated) == before


def test_no_page_asks_elsewhere_and_its_script_is_its_only_request(phone):
    while True:
        assert re.findall(r"<script[^>]*>", phone.page) == re.findall(r'<script defer src="/static/[^"]+">', phone.page)
        assert phone.page.count("<script") == 1 and '<link rel="icon" href="data:,">' in phone.page
        assert not re.search(r'(src|href)="https?://', phone.page) and "style=" not in phone.page
        if not phone.step:
            break
        phone.fills(LONG[phone.step])
