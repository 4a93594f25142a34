"""Who holds the phone: the year of birth, the pass in the address, and what a link shows before it is given."""

import html
import re

import pytest

from prom.actions import contact, not_theirs
from prom.actions.contact import Person
from prom.actions.tasks import finish
from prom.store import reports, visits
from prom.store.connect import rows, write
from tests.study import Study
from tests.web.browsing import staff_at
from tests.web.filling import SHORT, Phone, everything

HIDDEN = ("none of these", "check your answers", "treatment", "shoulder", "injection", "synthetic", "ada")


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


def gives(phone, year: str, **kept) -> str:
    """The year of birth, as typed; where it leads."""
    sent = phone.client.post(f"{phone.link}/year", data={"birth_year": year} | kept, base_url=phone.base)
    assert sent.status_code == 303
    phone.goes(sent.headers["Location"])
    return sent.headers["Location"]


def passes(phone, year="1950") -> str:
    """The address with its pass."""
    address = gives(phone, year)
    assert re.fullmatch(phone.link + "/[0-9A-Za-z]{22}", address)
    return address


def saved(clinic, visit) -> dict:
    return reports.answers(clinic.db, visit["id"])


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


# ---- this is not for me


@pytest.fixture
def alone(clinic) -> Phone:
    """Ada's own phone, on the first screen of her first report."""
    clinic.enrol("ADA", status="performed", on="2026-03-02", verified="call")
    clinic.at("2026-04-02T15:00:00Z")
    clinic.tick()
    found = Phone(clinic, clinic.token(clinic.visit("ADA", "1m")))
    found.opens()
    return found


def posts_to(phone, path: str, status: int = 200, **fields) -> str:
    """Send a form to a path under the link; where it leads, with that page's status."""
    sent = phone.client.post(phone.path + path, data=fields, base_url=phone.base)
    assert sent.status_code == 303, sent.status_code
    phone.goes(sent.headers["Location"])
    assert phone.status == status, phone.status
    return sent.headers["Location"]


def test_the_first_screen_and_the_year_offer_not_me_and_no_other(phone):
    assert f'href="{phone.link}/not-me"' in phone.page and "This is not for me" in phone.text
    phone.fills("none")
    assert f'href="{phone.link}/not-me"' in phone.page
    passes(phone)
    assert "This is not for me" not in phone.text
    phone.opens(at="1")
    assert f'href="{phone.path}/not-me"' in phone.page


def test_not_me_says_first_what_will_happen_and_a_get_changes_nothing(clinic, alone):
    before = everything(clinic)
    alone.goes(f"{alone.link}/not-me")
    assert "We will send no more of these texts to this number. Nothing that was written here is kept." in alone.text
    assert f'action="{alone.link}/not-me"' in alone.page and f'<a class="way" href="{alone.link}">' in alone.page
    assert not [word for word in HIDDEN if word in alone.text.lower()]
    assert everything(clinic) == before


def test_not_me_ends_the_link_and_says_so(clinic, alone):
    alone.fills("none")
    alone.fills("7")
    assert posts_to(alone, "/not-me", 410) == alone.link
    assert "Thank you for telling us. No more of these texts will come here." in alone.text
    assert "Was this a mistake? Call +1 555 010 0100 ." in alone.text and 'href="tel:+15550100100"' in alone.page
    assert "new link" not in alone.text and "Stop or leave" not in alone.text
    assert rows(clinic.db, "select * from draft", {}) == []
    for path in ("/not-me", "/stop", "/new-link"):
        assert alone.sees(f"{alone.link}{path}", 303) == ""
    before = everything(clinic)
    posts_to(alone, "/not-me", 410)
    posts_to(alone, "/new-link", 410)
    posts_to(alone, "/stop", 410, wish="texts")
    assert everything(clinic) == before


def test_after_not_me_only_a_warning_sign_is_kept(clinic, alone):
    posts_to(alone, "/not-me", 410)
    alone.posts(410, step="red_flags", red_flags="none")
    assert rows(clinic.db, "select * from draft", {}) == []
    alone.posts(410, step="red_flags", red_flags="chest")
    assert "Get help now." in alone.text and "treatment" not in alone.text
    assert [alert["class"] for alert in clinic.alerts("ADA")] == ["red"]


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


# ---- stop


def test_every_page_but_that_of_a_wrong_number_leads_to_stop(clinic, alone):
    alone.answers(SHORT)
    assert f'href="{alone.link}/stop"' in alone.page  # the review
    alone.posts(send="1")
    assert f'href="{alone.link}/stop"' in alone.page
    clinic.at("2026-12-01T15:00:00Z")
    late = Phone(clinic, clinic.token(clinic.visit("ADA", "3m")))
    late.opens(status=410)
    assert f'href="{late.link}/stop"' in late.page


def test_advice_stands_on_the_pages_beside_the_form_too(alone):
    alone.fills(["chest"])
    for path in ("/stop", "/not-me", "/new-link?said=sent"):
        assert "Get help now." in alone.sees(alone.link + path)


def test_stop_offers_three_things_and_a_get_changes_nothing(clinic, alone):
    before = everything(clinic)
    alone.goes(f"{alone.link}/stop")
    assert re.findall(r'name="wish" value="(\w+)"', alone.page) == ["texts", "leave", "erasure"]
    assert alone.ticked() == [] and "The texts have stopped." not in alone.text
    assert "They stop at once. We may call you about a form." in alone.text
    assert everything(clinic) == before


def test_stopping_the_texts_is_confirmed_and_can_be_taken_back(clinic, alone):
    assert posts_to(alone, "/stop", wish="texts") == f"{alone.link}/stop"
    assert "The texts have stopped." in alone.text and "Your care does not change." in alone.text
    assert re.findall(r'name="wish" value="(\w+)"', alone.page) == ["leave", "erasure"]
    alone.path = alone.link
    posts_to(alone, "/stop", again="1")
    assert "The texts have stopped." not in alone.text and "Start the texts again" not in alone.text
    alone.path = alone.link
    alone.opens()
    assert alone.step == "red_flags"


@pytest.mark.parametrize(
    "wish, said",
    [("leave", "you want to leave the study. We will call you"), ("erasure", "you want your contact data erased.")],
)
def test_a_request_is_noted_and_the_form_goes_on(clinic, alone, wish, said):
    posts_to(alone, "/stop", wish=wish)
    assert said in alone.text and "The texts have stopped." in alone.text and "tel:+15550100100" in alone.page
    assert wish not in re.findall(r'name="wish" value="(\w+)"', alone.page)
    assert "Start the texts again" not in alone.text
    alone.path = alone.link
    alone.opens()
    alone.answers(SHORT)
    alone.posts(send="1")
    assert "We have your answers." in alone.text


def test_nothing_chosen_is_asked_again(clinic, alone):
    before = everything(clinic)
    posts_to(alone, "/stop")
    assert alone.errors == ["Choose what you want."] and 'aria-describedby="wish-error"' in alone.page
    alone.path = alone.link
    posts_to(alone, "/stop", wish="everything")
    assert alone.errors == ["Choose what you want."]
    assert everything(clinic) == before


def test_stop_keeps_the_pass(phone):
    phone.fills("none")
    address = passes(phone)
    assert f'href="{address}/stop"' in phone.page
    assert posts_to(phone, "/stop", wish="texts") == f"{address}/stop"
    assert f'href="{address}">Back to the form' in phone.page


def test_somebody_who_left_can_still_ask_for_erasure(clinic, alone):
    clinic.becomes("ADA", "left_follow_up")
    alone.opens(status=410)
    alone.goes(f"{alone.link}/stop")
    assert re.findall(r'name="wish" value="(\w+)"', alone.page) == ["erasure"]


# ---- dead ends


@pytest.fixture
def closed(clinic, alone) -> Phone:
    """A phone with the link of a form that has closed, while the next one is open."""
    clinic.ticks_until("2026-06-02T15:00:00Z", every="day")
    alone.opens(status=410)
    return alone


def test_a_closed_link_texts_the_one_that_is_open(clinic, closed):
    assert f'action="{closed.link}/new-link"' in closed.page and "Text me a new link" in closed.text
    before = len(clinic.texts("ADA"))
    assert posts_to(closed, "/new-link").endswith("/new-link?said=sent")
    said = "If this phone is the one we text, and texts to it are not stopped, a new link is on its way."
    assert said in closed.text
    assert "Nothing within 10 minutes? Call +1 555 010 0100 ." in closed.text
    clinic.tick()
    assert len(clinic.texts("ADA")) == before + 1
    assert clinic.token(clinic.visit("ADA", "3m")) in clinic.texts("ADA")[-1]


def test_the_fourth_in_a_day_says_call_us(clinic, closed):
    for minute in range(3):
        clinic.at(f"2026-06-02T15:0{minute}:00Z")
        closed.path = closed.link
        posts_to(closed, "/new-link")
    clinic.at("2026-06-02T15:05:00Z")
    closed.path = closed.link
    posts_to(closed, "/new-link")
    assert "Please call us now: +1 555 010 0100 ." in closed.text


def test_with_no_form_open_it_says_when_the_next_one_opens(clinic, alone):
    clinic.answers(clinic.visit("ADA", "1m"))
    clinic.at("2026-05-10T15:00:00Z")
    posts_to(alone, "/new-link")
    assert "No form is open now. The next one opens on May 19." in alone.text
    clinic.at("2027-05-10T15:00:00Z")
    alone.path = alone.link
    posts_to(alone, "/new-link")
    assert "No form is open now. If you need us, call +1 555 010 0100 ." in alone.text


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


@pytest.mark.parametrize("path", ["", "?said=nonsense"])
def test_the_page_of_a_new_link_shows_nothing_by_itself(clinic, alone, path):
    before = everything(clinic)
    assert alone.sees(f"{alone.link}/new-link{path}", 303) == ""
    assert everything(clinic) == before


@pytest.mark.parametrize("path", ["/year", "/not-me", "/stop", "/new-link", f"/{'B' * 22}", f"/{'B' * 22}/stop"])
def test_an_unknown_link_has_none_of_this(clinic, alone, path):
    before = everything(clinic)
    for method in ("GET", "POST"):
        answer = alone.client.open(f"/s/{'A' * 22}{path}", method=method, base_url=alone.base)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 404 and "<form" not in page and 'href="tel:+15550100100"' in page
    assert everything(clinic) == before


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


# ---- a link that has ended


def renumber(clinic):
    """Ada has another number: her links end."""
    other = Person("Ada Example", "+15550109999", birth_year=1950)
    contact.change(clinic.db, clinic.means, clinic.id("ADA"), other, clinic.now, staff_id=clinic.staff["cora"])


def mended(clinic):
    """Somebody said that it was not for them; staff found that the number is hers."""
    link = visits.link_of(clinic.db, clinic.visit("ADA", "1m")["id"])
    not_theirs.say(clinic.db, clinic.means, link["id"], clinic.now)
    contact.verify(clinic.db, clinic.means, clinic.id("ADA"), "call", clinic.now, staff_id=clinic.staff["cora"])


def warned_later(clinic):
    """Her later answers, by another link, hold a warning sign; the form is sent."""
    clinic.at("2026-04-02T15:10:00Z")
    clinic.answers(clinic.visit("ADA", "1m"), red_flags=["bleed"])


def leave(clinic):
    clinic.becomes("ADA", "left_follow_up")


ENDINGS = [(renumber,), (mended,), (renumber, warned_later), (mended, warned_later), (renumber, leave)]


def link_routes(clinic, token: str) -> list[str]:
    """Every address of a link, with a pass and without one."""
    rules = [rule for rule in clinic.app().url_map.iter_rules() if str(rule).startswith("/s/")]
    return [str(rule).replace("<token>", token).replace("<given>", "B" * 22) for rule in rules]


@pytest.mark.parametrize("happened", ENDINGS)
def test_a_link_that_has_ended_gives_one_plain_page_and_does_nothing(clinic, alone, happened):
    for one in happened:
        one(clinic)
    before, addresses = everything(clinic), link_routes(clinic, alone.link.removeprefix("/s/"))
    assert len(addresses) > 8
    everything_asked = [
        {"wish": "leave"}, {"again": "1"}, {"language": "es"}, {"birth_year": "1950"}, {"send": "1"}, {},
        {"step": "red_flags", "red_flags": "none"}, {"step": "red_flags", "red_flags": "chest", "language": "es"},
    ]  # fmt: skip
    for address in addresses:
        for fields in (None, *everything_asked):
            method = "GET" if fields is None else "POST"
            asked = {"method": method, "data": fields, "base_url": alone.base, "follow_redirects": True}
            answer = alone.client.open(address, **asked)
            page = answer.get_data(as_text=True)
            assert answer.status_code == 410 and "This link has ended" in page, (method, address, fields)
            assert 'href="tel:+15550100100"' in page and "<form" not in page and f"{alone.link}/" not in page
            assert "You sent this form" not in page and "Get help now." not in page
    assert everything(clinic) == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_only_a_post_changes_anything(couple, phone, method):
    addresses = link_routes(couple, phone.link.removeprefix("/s/"))
    before = everything(couple)
    for address in addresses:
        for query in ("", "?at=1", "?said=nothing_open", "?language=es", "?step=red_flags&red_flags=chest"):
            phone.client.open(address + query, method=method, base_url=phone.base)
    assert everything(couple) == before and len(addresses) > 8


@pytest.mark.parametrize("happened", ENDINGS)
def test_a_warning_sign_by_a_link_that_has_ended_is_kept_and_advised(clinic, alone, happened):
    for one in happened:
        one(clinic)
    alone.posts(410, step="red_flags", red_flags="chest")
    assert "Get help now. Call 911" in alone.text and "This link has ended" in alone.text
    assert "<form" not in alone.page and "treatment" not in alone.text
    assert [alert["class"] for alert in clinic.alerts("ADA")][:1] == ["red"]
    alone.path = alone.link
    alone.opens(status=410)
    assert "Get help now." not in alone.text


def test_advice_goes_on_for_a_day_where_the_link_ended_after_the_warning_sign(clinic, alone):
    alone.fills(["chest"])
    clinic.at("2026-04-02T15:10:00Z")
    renumber(clinic)
    alone.opens(status=410)
    assert "Get help now." in alone.text
    clinic.at("2026-04-03T15:10:00Z")
    alone.opens(status=410)
    assert "Get help now." not in alone.text


def test_advice_goes_on_after_this_is_not_for_me(clinic, alone):
    alone.fills(["chest"])
    clinic.at("2026-04-02T15:10:00Z")
    posts_to(alone, "/not-me", 410)
    assert "Get help now. Call 911" in alone.text and "treatment" not in alone.text
    clinic.at("2026-04-03T15:10:00Z")
    alone.path = alone.link
    alone.opens(status=410)
    assert "Get help now." not in alone.text


# ---- what staff see


def test_a_coordinator_reads_of_each_and_can_mend_a_wrong_number(clinic, alone):
    posts_to(alone, "/stop", wish="erasure")
    alone.path = alone.link
    posts_to(alone, "/stop", wish="leave")
    alone.path = alone.link
    posts_to(alone, "/not-me", 410)
    cora = staff_at(clinic, "cora")
    tasks = cora.opens("/study/tasks")
    for words in ("Somebody at this number said: not for me", "Asks to leave the study", "contact data erased"):
        assert words in tasks
    page = cora.opens("/study/participants/ADA")
    assert "Somebody at this number said: not for me" in page and "not verified yet" in page
    assert "wants no more texts (by whoever had their link)" in page
    assert "Number not theirs" in cora.opens("/study/participants")
    assert "Somebody at their number said: not for me." in cora.opens("/care/participants/ADA")
    cora.opens("/study/participants/ADA")
    cora.sends("/study/participants/ADA/contact/verify", how="call")
    page = cora.opens("/study/participants/ADA")
    assert "not for me" not in page
    assert "The number is verified." in page and "link goes to" not in page  # they asked to leave


def test_a_wish_stays_on_the_page_once_somebody_has_seen_to_it(clinic, alone):
    posts_to(alone, "/stop", wish="erasure")
    alone.path = alone.link
    posts_to(alone, "/stop", wish="leave")
    asked = "Asked on 2 Apr 2026 that contact data be erased; "
    assert f"{asked}not seen to yet." in staff_at(clinic, "cora").opens("/study/participants/ADA")
    clinic.at("2026-04-04T02:00:00Z")  # in the evening of the third
    by = {"staff_id": clinic.staff["cora"], "sites": ("main",)}
    (task,) = clinic.open_tasks("erasure_asked")
    finish(clinic.db, task["id"], clinic.now, outcome="done", **by)
    clinic.becomes("ADA", "left_follow_up")
    page = staff_at(clinic, "cora").opens("/study/participants/ADA")
    assert f"{asked}done (3 Apr 2026)." in page
    assert "Asked on 2 Apr 2026 to leave the study; left follow-up (3 Apr 2026)." in page


def test_a_nurse_reads_on_the_alert_that_it_may_be_somebody_else(clinic, alone):
    alone.fills(["chest"])
    posts_to(alone, "/not-me", 410)
    nina = staff_at(clinic, "nina")
    (alert,) = clinic.alerts("ADA")
    page = nina.opens(f"/care/alerts/{alert['id']}")
    assert "Somebody at their number said: not for me" in page and "chest pain" in page


def test_a_coordinator_reads_of_a_locked_link(couple, phone):
    phone.fills("none")
    for year in range(1900, 1905):
        gives(phone, str(year))
    cora = staff_at(couple, "cora")
    assert "A link is locked" in cora.opens("/study/tasks")
    assert "has ended or is locked" in cora.opens("/study/participants/ADA")
