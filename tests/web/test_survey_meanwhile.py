"""Screens that come from the script, from two tabs, from two phones, or a second time."""

import csv
import re

from prom.store import reports
from prom.store.connect import rows
from tests.web.filling import LONG, SHORT, Phone, classes, drafts, held, saved

# ---- to the script of the page


def posts_by_script(phone, **fields):
    """Send the screen it sees as the script does; the reply, whose fragment becomes the page."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', phone.page))
    reply = phone.client.post(phone.path, data=hidden | fields, base_url=phone.base, headers={"X-Screen": "1"})
    phone.page = reply.get_data(as_text=True)
    return reply


def test_the_script_gets_the_next_screen_from_the_same_reply(treated, visit, phone):
    reply = posts_by_script(phone, red_flags="none")
    assert (reply.status_code, reply.headers["X-At"]) == (200, f"{phone.path}?at=2")
    assert phone.page.strip().startswith("<main>") and phone.page.strip().endswith("</main>")
    fragment = phone.page
    phone.opens(at="2")
    sheet = re.compile(r'name="seen" value="[^"]*"')
    assert sheet.sub("", fragment.strip()) in sheet.sub("", phone.page)
    assert saved(treated, visit) == {"red_flags": ["none"]}


def test_the_script_gets_faults_conflicts_and_the_thanks_by_the_same_path(treated, visit, phone):
    posts_by_script(phone, red_flags="none")
    reply = posts_by_script(phone, nrs_average="11")
    assert "held=" in reply.headers["X-At"] and phone.errors == ["Give a number from 0 to 10."]
    phone.opens("2")
    other = Phone(treated, treated.token(visit))
    other.opens("2")
    other.fills("3")
    posts_by_script(phone, nrs_average="4")
    assert "meanwhile: 3." in phone.text
    posts_by_script(phone, nrs_average="4")
    phone.opens()
    phone.answers(SHORT)
    for _ in range(2):
        reply = posts_by_script(phone, send="1")
        assert (reply.status_code, reply.headers["X-At"]) == (200, phone.path)
        assert "Thank you" in phone.text and 'name="send"' not in phone.page
    assert len(rows(treated.db, "select * from response", {})) == 1


def test_the_script_gets_the_closed_page_too_and_an_unknown_link_as_it_is(treated, visit, phone):
    treated.at("2026-06-30T15:00:00Z")
    reply = posts_by_script(phone, red_flags="chest")
    assert reply.status_code == 200 and "Get help now." in phone.text and "This form closed on" in phone.text
    unknown = phone.client.post("/s/" + "A" * 22, base_url=phone.base, headers={"X-Screen": "1"})
    assert unknown.status_code == 404 and "X-At" not in unknown.headers


def test_how_the_scale_stood_is_kept_of_scales_alone(treated, visit, phone):
    for given, told, kept in (("none", "row", None), ("5", "column", "column"), ("7", "sideways", None)):
        phone.fills({phone.step: given, "layout": told})
        assert reports.screens(treated.db, visit["id"])[-1]["layout"] == kept
    phone.answers(SHORT)
    phone.posts(send="1")
    assert reports.response_of(treated.db, visit["id"])["layout"] == "column"
    sheet = treated.signed_in("anna").get("/study/export/responses.csv", base_url=phone.base).get_data(as_text=True)
    (line,) = [row for row in csv.DictReader(sheet.splitlines()) if row["timepoint"] == "1m"]
    assert line["layout"] == "column"


# ---- two tabs, two phones


def test_what_was_answered_elsewhere_meanwhile_is_not_overwritten_in_silence(treated, visit, phone):
    other = Phone(treated, treated.token(visit))
    phone.fills("none")
    other.opens("2")
    phone.fills("4")
    other.fills("6")
    assert saved(treated, visit)["nrs_average"] == 4
    assert "This was answered on another page meanwhile: 4." in other.text
    assert (other.step, other.ticked()) == ("nrs_average", ["6"])
    other.fills("6")
    assert other.step == "nrs_worst" and saved(treated, visit)["nrs_average"] == 6
    assert drafts(treated, visit, "nrs_average") == 2 and held(treated) == 0


def test_a_change_made_elsewhere_while_the_page_that_tells_of_one_was_open_is_told_too(treated, visit, phone):
    other = Phone(treated, treated.token(visit))
    phone.fills("none")
    other.opens("2")
    phone.fills("4")
    other.fills("6")
    phone.opens(at="2")
    phone.fills("7")
    other.fills("6")
    assert "meanwhile: 7." in other.text and saved(treated, visit)["nrs_average"] == 7


def test_the_same_answer_from_two_pages_is_saved_once_and_leads_on(treated, visit, phone):
    other = Phone(treated, treated.token(visit))
    phone.fills("none")
    other.opens("2")
    phone.fills("4")
    other.fills("4")
    assert (other.step, drafts(treated, visit)) == ("nrs_worst", 2)


def test_another_answer_from_a_page_left_open_while_the_form_was_sent_is_not_dropped_in_silence(treated, visit, phone):
    other = Phone(treated, treated.token(visit))
    phone.fills("none")
    other.opens("2")
    phone.answers(SHORT)
    phone.posts(send="1")
    left_open = other.page
    other.fills(SHORT["nrs_average"])
    assert "did not change" not in other.text
    other.page = left_open
    other.fills("9")
    assert "What you sent then did not change. Call" in other.text
    assert reports.response_of(treated.db, visit["id"])["answers"]["nrs_average"] != 9


def test_a_double_tap_saves_one_screen_once(treated, visit, phone):
    page = phone.page
    for _ in range(3):
        phone.page = page
        phone.fills("none")
    assert (phone.step, drafts(treated, visit)) == ("nrs_average", 1)


def test_an_answer_changed_on_the_page_it_was_sent_from_is_no_conflict(treated, visit, phone):
    """The reply was lost, or the browser showed the old page again on Back."""
    phone.fills("none")
    page = phone.page
    phone.fills("4")
    phone.page = page
    phone.fills("6")
    assert phone.step == "nrs_worst" and saved(treated, visit)["nrs_average"] == 6


def test_a_number_answered_elsewhere_is_named_with_its_unit(treated, visit, phone):
    while phone.step != "med_strength/paracetamol":
        phone.fills(LONG[phone.step])
    other = Phone(treated, treated.token(visit))
    other.opens()
    phone.fills({"med_strength": "500", "med_unit": "mg"})
    other.fills({"med_strength": "250", "med_unit": "mg"})
    assert "meanwhile: 500 mg." in other.text and 'value="250"' in other.page


def test_a_warning_sign_is_kept_and_told_whatever_another_page_said(treated, visit, phone):
    other = Phone(treated, treated.token(visit))
    other.opens()
    phone.fills("none")
    other.fills(["chest"])
    assert saved(treated, visit)["red_flags"] == ["chest"] and classes(treated) == ["red"]
    assert "Get help now." in other.text and other.step == "nrs_average"
    phone.opens(at="1")
    stale = Phone(treated, treated.token(visit))
    stale.opens(at="1")
    phone.fills(["faint"])
    stale.fills("none")
    assert saved(treated, visit)["red_flags"] == ["faint"]
    assert "You fainted or had a fit" in stale.text and "Get help now." in stale.text


def test_a_warning_sign_sent_twice_is_saved_once_and_judged_each_time(treated, visit, phone):
    page = phone.page
    phone.fills(["chest"])
    phone.page = page
    phone.fills(["chest"])
    assert drafts(treated, visit) == 1 and len(treated.alerts("ADA")) == 1
    treated.at("2026-06-30T15:00:00Z")
    for _ in range(2):
        phone.page = page
        phone.fills(["chest"], status=410)
    assert drafts(treated, visit) == 2  # too late: kept once more


def test_answers_changed_elsewhere_are_reviewed_again_before_they_are_sent(treated, visit, phone):
    phone.answers(SHORT)
    other = Phone(treated, treated.token(visit))
    other.opens(at="2")
    other.fills("9")
    phone.fills({"send": "1"})
    assert "An answer was changed on another page meanwhile." in phone.text
    assert treated.visit("ADA", "1m")["submitted_at"] is None
    phone.fills({"send": "1"})
    assert "Thank you" in phone.text
    assert reports.response_of(treated.db, visit["id"])["answers"]["nrs_average"] == 9


def test_a_page_left_open_for_days_still_submits(treated, visit, phone):
    treated.at("2026-04-05T15:00:00Z")
    treated.tick()
    phone.fills("none")
    treated.at("2026-04-07T15:00:00Z")
    treated.tick()
    phone.answers(SHORT)
    treated.at("2026-04-08T15:00:00Z")
    phone.fills({"send": "1"})
    assert "Thank you" in phone.text
