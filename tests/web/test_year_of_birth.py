"""Who holds the phone: the year of birth, the pass in the address, and what a link shows before it is given."""

import html
import re

import pytest

from prom.store import reports, visits
from prom.store.connect import rows, write
from tests.study import Study
from tests.web.browsing import staff_at
from tests.web.filling import HIDDEN, SHORT, Phone, everything, gives, link_routes, passes, posts_to, saved


@pytest.fixture
def couple(clinic) -> Study:
    """Ada and Bob, who share a phone; Ada's first report is due."""
    clinic.enrol("ADA", status="performed", on="2026-03-02", birth_year=1950)
    clinic.enrol("BOB", mobile=clinic.number("ADA"), birth_year=1951)
    clinic.at("2026-04-02T15:00:00Z")  # a Thursday, 11:00 in New York
    clinic.tick()
    return clinic


@pytest.fixture
def visit(couple):
    return couple.visit("ADA", "1m")


@pytest.fixture
def link(couple, visit) -> str:
    return f"/s/{couple.token(visit)}"


@pytest.fixture
def phone(couple, link):
    """A phone on which the first screen is seen."""
    found = Phone(couple, link.removeprefix("/s/"))
    found.opens()
    return found


def test_warning_signs_come_first_then_the_year_of_birth_then_the_form(couple, visit, phone):
    assert phone.step == "red_flags"
    phone.fills("none")
    assert "What year were you born?" in phone.text and phone.step == ""
    assert "We ask so that nobody else sees your answers." in phone.text
    assert "This form is not watched." in phone.text and 'inputmode="numeric"' in phone.page
    address = passes(phone)
    assert phone.step == "nrs_average"
    phone.answers(SHORT)
    phone.posts(send="1")
    assert phone.at == address and "We will text you again around" in phone.text
    report = reports.response_of(couple.db, visit["id"])
    assert report["identity_check"] == "birth_year" and report["answers"]["nrs_average"] == 5


OTHERS = {
    "en": "Is this form for someone else who uses this phone? Then open the link in the text that is for you.",
    "es": "¿Este cuestionario es para otra persona que usa este teléfono?",
    "zh-Hant": "這份問卷是給另一位使用這支手機的人的嗎？",
}


@pytest.mark.parametrize("language, words", OTHERS.items())
def test_where_the_phone_is_shared_the_page_leads_each_to_their_own_text(couple, visit, phone, language, words):
    phone.fills("none")
    phone.posts(language=language)
    assert words in phone.text
    assert gives(phone, "1951").endswith("?again=wrong") and words in phone.text
    assert "ada 1" not in phone.text.lower()  # her call name
    passes(phone)
    assert words not in phone.text


def test_a_form_that_was_sent_leads_each_to_their_own_text_too(couple, visit, phone):
    couple.answers(visit)
    phone.opens()
    assert "Give the year to read what to do next." in phone.text and OTHERS["en"] in phone.text


def test_where_nobody_else_has_the_phone_now_the_page_speaks_of_nobody(couple, visit, phone):
    phone.fills("none")
    couple.becomes("BOB", "left_follow_up")
    phone.opens()
    assert "What year were you born?" in phone.text and OTHERS["en"] not in phone.text


def test_without_a_check_a_report_says_that_the_link_identified(clinic):
    clinic.enrol("ADA", status="performed", on="2026-03-02")
    clinic.at("2026-04-02T15:00:00Z")
    visit = clinic.visit("ADA", "1m")
    phone = Phone(clinic, clinic.token(visit))
    phone.opens()
    phone.answers(SHORT)
    phone.posts(send="1")
    assert reports.response_of(clinic.db, visit["id"])["identity_check"] == "link"


def test_whoever_has_not_given_the_year_sees_nothing_of_the_form(phone):
    phone.fills("none")
    passes(phone)
    phone.answers(SHORT)
    for at in ("", "2", "nrs_average", "8", "review", "3&change=1"):
        seen = phone.sees(f"{phone.link}?at={at}" if at else phone.link)
        assert "What year were you born?" in seen and not [word for word in HIDDEN if word in seen.lower()]


def test_the_first_screen_can_be_opened_again_and_shows_no_answer(couple, visit, phone):
    phone.fills(["bleed"])
    phone.opens(at="1")
    assert phone.step == "red_flags" and phone.ticked() == []
    phone.fills(["chest"])
    assert saved(couple, visit)["red_flags"] == ["chest"]
    assert "What year were you born?" in phone.text
    phone.goes(passes(phone))
    phone.opens(at="1")
    assert phone.ticked() == ["chest"]


def test_with_a_warning_sign_the_advice_stands_over_the_year_and_names_nothing(couple, phone):
    phone.fills(["bleed"])
    main = phone.text.split("Check-in", 1)[1].strip()
    assert main.startswith("Get help now. Call 911") and 'href="tel:911"' in phone.page
    assert "Say that you had a treatment" not in phone.text
    assert [alert["class"] for alert in couple.alerts("ADA")] == ["red"]
    passes(phone)
    assert "Say that you had a treatment" in phone.text


def test_declined_warning_signs_are_not_named_over_the_year(phone):
    phone.fills("_declined")
    assert "What year were you born?" in phone.text and "Get help now." in phone.text
    assert "Which signs?" not in phone.text and "bleeding, or" not in phone.text
    passes(phone)
    assert "Which signs?" in phone.text


def test_a_wrong_year_says_how_many_tries_are_left(phone):
    phone.fills("none")
    assert gives(phone, "1951").endswith("?again=wrong")
    assert phone.errors == ["This is not the year we have. Check it and try again. Tries left: 4."]
    assert 'aria-invalid="true"' in phone.page and "1951" not in phone.page
    gives(phone, "1952")
    assert phone.errors == ["This is not the year we have. Check it and try again. Tries left: 3."]
    passes(phone)
    phone.goes(f"{phone.link}?again=wrong")
    assert phone.errors == []


@pytest.mark.parametrize("typed", ["", "50", "abcd", "19500", "1950 or 1951"])
def test_what_is_no_year_is_asked_again_and_not_counted(couple, phone, typed):
    phone.fills("none")
    for _ in range(6):
        gives(phone, typed)
        assert phone.errors == ["Write the year with 4 digits, such as 1956."]
    assert rows(couple.db, "select max(wrong_years) as n from link", {})[0]["n"] == 0
    passes(phone)


def test_five_wrong_years_lock_the_link_and_a_new_one_unlocks(couple, visit, phone):
    phone.fills("none")
    for year in range(1900, 1905):
        gives(phone, str(year))
    assert phone.status == 403 and "This link is locked" in phone.text
    assert f'href="{phone.link}/not-me"' in phone.page and phone.page.count('value="es"') == 1
    assert 'href="tel:+15550100100"' in phone.page
    gives(phone, "1950")
    assert "This link is locked" in phone.text
    phone.opens(at="1", status=403)
    phone.posts(403, step="nrs_average", nrs_average="4")
    assert "This link is locked" in phone.text and saved(couple, visit) == {"red_flags": ["none"]}
    phone.posts(403, step="red_flags", red_flags="bleed")
    assert "This link is locked" in phone.text and "Get help now." in phone.text
    assert [alert["class"] for alert in couple.alerts("ADA")] == ["red"]
    again = Phone(couple, couple.token(visit))
    assert again.path != phone.path
    again.opens()
    again.goes(passes(again))
    assert again.step == "nrs_average"


def test_only_the_first_screen_is_taken_without_the_year(couple, visit, phone):
    phone.posts(step="nrs_average", nrs_average="4")
    assert phone.step == "red_flags"
    phone.fills("none")
    for fields in ({"step": "nrs_average", "nrs_average": "4"}, {"send": "1"}, {"step": "nonsense"}, {}):
        phone.posts(**fields)
        assert "What year were you born?" in phone.text
    assert saved(couple, visit) == {"red_flags": ["none"]}


def test_an_unknown_pass_is_as_none(couple, visit, phone):
    phone.fills("none")
    stranger = phone.client.get(f"{phone.link}/{'A' * 22}", base_url=phone.base)
    assert (stranger.status_code, stranger.headers["Location"]) == (303, phone.link)
    phone.path = f"{phone.link}/{'A' * 22}"
    phone.posts(step="nrs_average", nrs_average="4")
    assert saved(couple, visit) == {"red_flags": ["none"]}


def test_a_pass_that_ran_out_keeps_what_is_sent_shows_nothing_and_asks_again(couple, visit, phone):
    phone.fills("none")
    first = passes(phone)
    couple.at("2026-04-02T17:01:00Z")
    assert phone.sees(first, 303) == ""
    phone.posts(step="nrs_average", nrs_average="4")
    assert phone.at == f"{phone.link}?at=3" and "What year were you born?" in phone.text
    assert saved(couple, visit)["nrs_average"] == 4
    second = passes(phone)
    assert second != first and phone.step == "nrs_worst"


def test_what_a_pass_that_ran_out_sends_oddly_is_shown_after_the_year_alone(couple, visit, phone):
    phone.fills("none")
    passes(phone)
    couple.at("2026-04-02T17:01:00Z")
    phone.posts(step="nrs_average", nrs_average="11")
    assert "What year were you born?" in phone.text and phone.errors == []
    assert saved(couple, visit) == {"red_flags": ["none"]}
    kept = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', phone.page))
    assert set(kept) == {"at", "held"}
    gives(phone, "1951", **kept)
    assert dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', phone.page)) == kept
    gives(phone, "1950", **kept)
    assert (phone.step, phone.errors) == ("nrs_average", ["Give a number from 0 to 10."])


def test_to_the_script_a_pass_that_ran_out_shows_nothing_either(couple, visit, phone):
    phone.fills("none")
    address = passes(phone)
    couple.at("2026-04-02T17:01:00Z")
    form = {"step": "nrs_average", "nrs_average": "4"}
    sent = phone.client.post(address, data=form, base_url=phone.base, headers={"X-Screen": "1"})
    main = sent.get_data(as_text=True)
    assert "What year were you born?" in main and "nrs_worst" not in main
    assert sent.headers["X-At"] == f"{phone.link}?at=3" and saved(couple, visit)["nrs_average"] == 4


def test_two_phones_without_the_year_do_not_read_each_others_warning_signs(couple, visit, phone):
    other = Phone(couple, phone.link.removeprefix("/s/"))
    other.opens()
    phone.fills("_declined")
    other.fills("none")
    assert "What year were you born?" in other.text
    assert saved(couple, visit) == {"red_flags": {"declined": True}}


def test_without_the_year_a_correction_waits_until_it_is_given(couple, visit, phone):
    phone.fills("bleed")
    phone.opens(at="1")
    phone.fills("none")
    assert "What year were you born?" in phone.text and saved(couple, visit) == {"red_flags": ["bleed"]}
    kept = re.search(r'name="held" value="(\w+)"', phone.page).group(1)
    gives(phone, "1950", held=kept)
    assert phone.step == "red_flags" and phone.ticked() == ["none"]
    phone.fills("none")
    assert phone.step == "nrs_average" and saved(couple, visit) == {"red_flags": ["none"]}


def test_what_came_too_late_shuts_nobody_out_who_must_give_the_year(couple, visit, phone):
    with write(couple.db):
        reports.save(couple.db, visit["id"], "red_flags", {"red_flags": ["chest"]}, "2026-04-02T14:00:00Z",
                     layout=None, late=True)  # fmt: skip
    phone.opens()
    phone.fills("none")
    assert "What year were you born?" in phone.text and saved(couple, visit) == {"red_flags": ["none"]}


def test_without_the_year_a_stale_page_takes_no_warning_sign_back(couple, visit, phone):
    stale = Phone(couple, phone.link.removeprefix("/s/"))
    stale.opens()
    phone.fills("bleed")
    before = everything(couple)["draft"]
    stale.fills("none")
    assert "What year were you born?" in stale.text and "at=" not in stale.at
    assert everything(couple)["draft"] == before
    stale.posts(step="red_flags", red_flags="chest")
    assert saved(couple, visit) == {"red_flags": ["chest"]}
    phone.goes(passes(phone))
    phone.opens(at="1")
    phone.fills("none")
    assert saved(couple, visit) == {"red_flags": ["none"]}


def test_a_form_sent_with_a_pass_that_ran_out_is_sent(couple, visit, phone):
    phone.fills("none")
    passes(phone)
    phone.answers(SHORT)
    couple.at("2026-04-02T18:00:00Z")
    phone.posts(send="1")
    assert reports.response_of(couple.db, visit["id"])["identity_check"] == "birth_year"
    assert "You sent this form on April 2." in phone.text and "around June" not in phone.text
    assert "Give the year to read what to do next." in phone.text
    passes(phone)
    assert "around June" in phone.text


@pytest.fixture
def high(couple, phone):
    """A form of her own that raises a High alert, sent with a pass that ran out; the page that it leads to."""
    phone.fills("none")
    passes(phone)
    phone.answers(SHORT | {"care_any": "hospital_stay", "care_on": "2026-03-20", "care_for": "fever"})
    couple.at("2026-04-02T18:30:00Z")
    phone.posts(send="1")
    return phone


def test_call_us_today_is_read_once_the_year_is_given_after_sending(couple, high):
    assert [alert["class"] for alert in couple.alerts("ADA")] == ["high"]
    assert "call us today" not in high.text and not [word for word in HIDDEN if word in high.text.lower()]
    gives(high, "1951")
    assert high.errors == ["This is not the year we have. Check it and try again. Tries left: 4."]
    assert "call us today" not in high.text and "You sent this form on April 2." in high.text
    passes(high)
    assert "Please call us today: +1 555 010 0100 , until 5:00 pm." in high.text
    assert "What year were you born?" not in high.text


def test_a_sent_form_asks_for_the_year_while_there_is_more_to_read(couple, high):
    asked = "What year were you born?"
    assert asked in high.sees(high.link)
    couple.at("2026-04-03T18:30:00Z")
    assert asked not in high.sees(high.link)


def test_a_sent_form_whose_link_is_locked_says_whom_to_call(high):
    for year in range(1900, 1905):
        gives(high, str(year))
    assert "What year were you born?" not in high.text and "call us today" not in high.text
    assert "If you need us, call +1 555 010 0100" in high.text


def test_opening_pages_does_not_make_a_pass_last(couple, phone):
    phone.fills("none")
    address = passes(phone)
    couple.at("2026-04-02T16:30:00Z")
    before = everything(couple)
    phone.sees(address, 200)
    assert everything(couple) == before
    couple.at("2026-04-02T17:01:00Z")
    phone.sees(address, 303)


def test_sending_makes_a_pass_last(couple, phone):
    phone.fills("none")
    address = passes(phone)
    couple.at("2026-04-02T16:30:00Z")
    phone.fills("5")
    couple.at("2026-04-02T18:00:00Z")
    phone.sees(address, 200)


def test_after_sending_the_bare_link_says_only_when(couple, phone):
    phone.fills(["bleed"])
    address = passes(phone)
    phone.answers(SHORT)
    phone.posts(send="1")
    seen = phone.sees(phone.link)
    assert "You sent this form on April 2." in seen and "Get help now." in seen
    assert not [word for word in (*HIDDEN, "around june") if word in seen.lower()]
    assert "Say that you had a treatment" in phone.sees(address)
    couple.at("2026-04-03T16:00:00Z")
    assert "Get help now." not in phone.sees(phone.link)


def test_a_link_with_a_pass_and_a_slash_leads_to_its_address(phone):
    phone.fills("none")
    address = passes(phone)
    sent = phone.client.get(f"{address}/?at=1", base_url=phone.base)
    assert (sent.status_code, sent.headers["Location"]) == (302, f"{address}?at=1")


def test_the_address_of_the_try_leads_back(phone):
    phone.fills("none")
    sent = phone.client.get(f"{phone.link}/year", base_url=phone.base)
    assert (sent.status_code, sent.headers["Location"]) == (303, phone.link)


def test_a_year_on_a_link_that_does_not_ask_changes_nothing(clinic):
    clinic.enrol("ADA", status="performed", on="2026-03-02")
    clinic.at("2026-04-02T15:00:00Z")
    phone = Phone(clinic, clinic.token(clinic.visit("ADA", "1m")))
    before = everything(clinic)
    assert gives(phone, "1900") == phone.link
    assert everything(clinic) == before


def test_no_page_names_a_pass_in_its_title_or_to_others(phone):
    phone.fills("none")
    address = passes(phone)
    given = address.rsplit("/", 1)[1]
    assert given not in re.search("<title>(.*?)</title>", phone.page).group(1)
    sent = phone.client.get(address, base_url=phone.base)
    assert sent.headers["Referrer-Policy"] == "no-referrer" and sent.headers["Cache-Control"] == "no-store"


def test_a_visit_that_closed_shows_no_treatment_to_a_holder_who_is_not_known(couple, visit, phone):
    phone.fills(["bleed"])
    visits.change(couple.db, visit["id"], finish_by="2026-04-02T15:30:00Z")
    couple.at("2026-04-02T16:00:00Z")
    phone.opens(status=410)
    assert "This form closed on April 2." in phone.text and "Get help now." in phone.text
    assert "treatment" not in html.unescape(phone.page)


# ---- the ways out of such a link


def test_the_first_screen_and_the_year_offer_not_me_and_no_other(phone):
    assert f'href="{phone.link}/not-me"' in phone.page and "This is not for me" in phone.text
    phone.fills("none")
    assert f'href="{phone.link}/not-me"' in phone.page
    passes(phone)
    assert "This is not for me" not in phone.text
    phone.opens(at="1")
    assert f'href="{phone.path}/not-me"' in phone.page


def test_not_me_works_with_a_pass_and_on_a_sent_form(couple, visit, phone):
    phone.fills("none")
    phone.goes(passes(phone))
    phone.answers(SHORT)
    phone.posts(send="1")
    phone.goes(f"{phone.path}/not-me")
    assert "Nothing that was written here is kept." not in phone.text  # it was sent
    phone.path = phone.path.removesuffix("/not-me")
    posts_to(phone, "/not-me", 410)
    assert reports.response_of(couple.db, visit["id"])
    assert "You sent this form" not in phone.text


def test_stop_keeps_the_pass(phone):
    phone.fills("none")
    address = passes(phone)
    assert f'href="{address}/stop?at=2"' in phone.page
    assert posts_to(phone, "/stop", wish="texts") == f"{address}/stop"
    assert f'href="{address}">Back to the form' in phone.page


def test_a_locked_link_texts_a_new_one(couple, visit, phone):
    phone.fills("none")
    for year in range(1900, 1905):
        gives(phone, str(year))
    phone.path = phone.link
    posts_to(phone, "/new-link")
    assert "a new link is on its way" in phone.text
    couple.tick()
    token = re.search("/s/([0-9A-Za-z]{22})", couple.texts("ADA")[-1]).group(1)
    again = Phone(couple, token)
    assert again.link != phone.link
    again.opens()
    again.goes(passes(again))
    assert again.step == "nrs_average"
    phone.goes(phone.link)
    assert "This link is locked" in phone.text


def test_the_day_of_the_next_form_is_told_to_no_stranger(couple, phone):
    couple.answers(couple.visit("ADA", "1m"))
    couple.at("2026-05-10T15:00:00Z")
    for seen in (phone.sees(f"{phone.link}/new-link?said=nothing_open"), posts_to(phone, "/new-link") and phone.text):
        assert "No form is open now. If you need us, call +1 555 010 0100 ." in seen and "May" not in seen


def test_a_fault_on_these_pages_logs_no_link_and_no_pass(couple, phone, caplog, monkeypatch):
    phone.fills("none")
    address = passes(phone)

    def breaks(*args, **kwargs):
        raise RuntimeError(address)

    monkeypatch.setattr("prom.actions.leaving.standing", breaks)
    web = couple.app()
    web.testing = False
    assert web.test_client().get(f"{address}/stop", base_url=phone.base).status_code == 500
    assert caplog.text and not [part for part in address.split("/")[2:] if part in caplog.text]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_only_a_post_changes_anything(couple, phone, method):
    addresses = link_routes(couple, phone.link.removeprefix("/s/"))
    before = everything(couple)
    for address in addresses:
        for query in ("", "?at=1", "?said=nothing_open", "?language=es", "?step=red_flags&red_flags=chest"):
            phone.client.open(address + query, method=method, base_url=phone.base)
    assert everything(couple) == before and len(addresses) > 8


def test_a_coordinator_reads_of_a_locked_link(couple, phone):
    phone.fills("none")
    for year in range(1900, 1905):
        gives(phone, str(year))
    cora = staff_at(couple, "cora")
    assert "A link is locked" in cora.opens("/study/tasks")
    assert "has ended or is locked" in cora.opens("/study/participants/ADA")
