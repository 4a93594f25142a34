"""The ways out of a link: this is not for me, stop, dead ends, a link that has ended; what staff see of each."""

import re

import pytest

from prom.actions import contact, not_theirs
from prom.actions.contact import Person
from prom.actions.tasks import finish
from prom.rules.times import stamp
from prom.store import contacts, visits
from prom.store.connect import rows, write
from tests.study import SHIPPED, Study
from tests.web.browsing import staff_at
from tests.web.filling import HIDDEN, SHORT, Phone, everything, link_routes, posts_to

ONE_WAY = re.sub(
    r"(?m)^sms_stop = .*$",
    'sms_stop = "{sms_name} {phone}"',
    SHIPPED.read_text("utf-8").replace("two_way = true", "two_way = false"),
)

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


def test_not_me_says_first_what_will_happen_and_a_get_changes_nothing(clinic, alone):
    before = everything(clinic)
    alone.goes(f"{alone.link}/not-me")
    assert "We will send no more of these texts to this number. Nothing that was written here is kept." in alone.text
    assert f'action="{alone.link}/not-me"' in alone.page and f'<a class="way" href="{alone.link}">' in alone.page
    assert not [word for word in HIDDEN if word in alone.text.lower()]
    assert everything(clinic) == before


def test_not_me_on_a_shared_phone_promises_no_more_than_it_keeps(clinic, alone):
    clinic.enrol("BEA", status="performed", on="2026-03-02", mobile=clinic.number("ADA"), birth_year=1971)
    alone.goes(f"{alone.link}/not-me")
    assert "the texts for this form will stop. Others share this number, and their texts go on." in alone.text
    assert "no more of these texts" not in alone.text
    posts_to(alone, "/not-me", 410)
    assert "The texts for this form will stop" in alone.text
    assert "Thank you for telling us. Others share this number, and their texts go on." in alone.text
    assert "We will not text this number" not in alone.page and "No more of these texts" not in alone.text
    before = len(clinic.sms.texts_to(clinic.number("ADA")))
    clinic.tick()
    assert len(clinic.sms.texts_to(clinic.number("ADA"))) == before + 1  # Bea's


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


def test_back_from_stop_leads_to_the_screen_it_was_opened_from(alone):
    alone.fills("none")
    assert alone.step == "nrs_average" and f'href="{alone.link}/stop?at=2"' in alone.page
    alone.goes(f"{alone.link}/stop?at=2")
    assert f'<a class="way" href="{alone.link}?at=2">Back to the form</a>' in alone.page
    assert posts_to(alone, "/stop?at=2", wish="") == f"{alone.link}/stop?at=2&missing=1"
    alone.goes(f"{alone.link}/stop?at=//elsewhere.example")
    assert f'<a class="way" href="{alone.link}">Back to the form</a>' in alone.page


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


@pytest.mark.parametrize("how", ["text", "page", "provider"])
def test_the_page_knows_that_the_number_is_opted_out_and_says_what_starts_the_texts_again(clinic, alone, how):
    posts_to(alone, "/stop", wish="texts")
    hashes = clinic.means.keys.number_hashes(clinic.number("ADA"))
    with write(clinic.db):
        contacts.opt_out(clinic.db, hashes[0], how, stamp(clinic.now))
    alone.path = alone.link
    posts_to(alone, "/stop", again="1")
    assert "The texts have stopped. Do you want them again? Answer one of our texts with the word START." in alone.text
    assert "Start the texts again" not in alone.text
    assert re.findall(r'name="wish" value="(\w+)"', alone.page) == ["leave", "erasure"]


@pytest.mark.parametrize("how, says", [("page", True), ("provider", False)])
def test_where_no_reply_can_stop_texts_the_page_names_the_link_that_did(tmp_path, how, says):
    clinic = Study(tmp_path, study_text=ONE_WAY)
    clinic.enrol("ADA", status="performed", on="2026-03-02", verified="call")
    clinic.at("2026-04-02T15:00:00Z")
    with write(clinic.db):
        contacts.opt_out(clinic.db, clinic.means.keys.number_hash(clinic.number("ADA")), how, stamp(clinic.now))
    phone = Phone(clinic, clinic.token(clinic.visit("ADA", "1m")))
    phone.goes(f"{phone.link}/stop")
    assert "The texts have stopped." in phone.text and "START" not in phone.text
    assert ("The link that stopped them can also start them again." in phone.text) == says


def test_nothing_chosen_is_asked_again(clinic, alone):
    before = everything(clinic)
    posts_to(alone, "/stop")
    assert alone.errors == ["Choose what you want."] and 'aria-describedby="wish-error"' in alone.page
    alone.path = alone.link
    posts_to(alone, "/stop", wish="everything")
    assert alone.errors == ["Choose what you want."]
    assert everything(clinic) == before


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


