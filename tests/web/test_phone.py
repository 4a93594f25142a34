"""The demo's on-screen phone: what is written on it comes in as a real text does."""

import html
import re
from dataclasses import replace

import pytest

import app as house
from prom.store import contacts, phone
from prom.store.connect import rows
from tests.study import Study, make_settings
from tests.web.browsing import Person

NINA = "+15550100011"


@pytest.fixture
def clinic(tmp_path) -> Study:
    """Somebody who was invited, in a clinic whose texts show up on the screen."""
    study = Study(tmp_path)
    here = study.installation
    on_screen = house._gateway(here.settings, here.clock, study.means.keys, here.connections)
    study.means = replace(study.means, gateway=on_screen)
    study.installation = replace(here, means=study.means)
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.at("2026-03-20T14:00:00Z")
    study.tick()
    study.at("2026-03-20T14:05:00Z")
    return study


class Screen(Person):
    """Somebody at the screen."""

    def __init__(self, clinic: Study):
        super().__init__(clinic)
        self.client = house.all_in_one(clinic.installation)[0].test_client()

    def looks(self, number: str, more: str = "") -> str:
        return self.opens(f"/demo/phone?to={number.replace('+', '%2B')}{more}")

    def writes(self, number: str, text: str, status: int = 303):
        self.looks(number)
        return self.sends("/demo/phone", status, to=number, text=text)

    def conversation(self, number: str) -> list[str]:
        """What a person reads, the oldest first."""
        found = re.findall(r"<article.*?<p>(.*?)</p>", self.looks(number), re.S)
        return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split()) for text in found]


def test_stop_and_start_work_as_by_text(clinic):
    screen, number = Screen(clinic), clinic.number("P-001")
    hashes = clinic.means.keys.number_hashes(number)
    screen.writes(number, " STOP ")
    assert contacts.opted_out(clinic.db, hashes)
    screen.writes(number, "START")
    assert not contacts.opted_out(clinic.db, hashes)


def test_what_was_written_stands_in_the_conversation_before_its_answer(clinic):
    screen, number = Screen(clinic), clinic.number("P-001")
    screen.writes(number, "please stop texting me")
    clinic.tick()
    invitation, written, answer = screen.conversation(number)
    assert "is ready" in invitation and written == "please stop texting me" and "do not read replies" in answer
    assert len(clinic.open_tasks("plain_stop")) == 1
    assert [alert["source"] for alert in clinic.alerts("P-001")] == ["text"]


def test_a_nurse_takes_an_alert_by_its_code(clinic):
    screen = Screen(clinic)
    clinic.saves(clinic.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    clinic.tick()
    code = re.search(r"reply (\w{6})", screen.conversation(NINA)[0]).group(1)
    screen.writes(NINA, code)
    clinic.tick()
    assert "you have it" in screen.conversation(NINA)[-1]


def test_only_a_phone_on_the_screen_can_be_written_from(clinic):
    screen = Screen(clinic)
    screen.looks(clinic.number("P-001"))
    screen.sends("/demo/phone", 404, to="+15550109999", text="hello")
    for odd in ("+15550109999", "anything"):
        assert odd not in screen.looks(odd)
    assert rows(clinic.db, "select * from inbound") == []


def test_without_the_pages_own_token_nothing_comes_in(clinic):
    screen = Screen(clinic)
    screen.page = ""
    screen.sends("/demo/phone", 400, to=clinic.number("P-001"), text="STOP")
    assert rows(clinic.db, "select * from inbound") == []


def test_nothing_written_is_nothing_and_too_much_is_cut(clinic):
    screen, number = Screen(clinic), clinic.number("P-001")
    screen.writes(number, "  ")
    assert rows(clinic.db, "select * from inbound") == []
    screen.writes(number, "a" * 500)
    assert screen.conversation(number)[-1] == "a" * 480


def test_without_scripts_the_page_looks_again_but_not_where_it_takes_a_text(clinic):
    screen, number = Screen(clinic), clinic.number("P-001")
    again = f'<noscript><meta http-equiv="refresh" content="5; url=/demo/phone?to={number.replace("+", "%2B")}">'
    assert again in screen.looks(number)
    assert re.search(r'<form[^>]* hidden>', screen.page) and "&write=1#write" in screen.page
    assert 'http-equiv="refresh"' not in screen.looks(number, "&write=1")
    assert not re.search(r'<form[^>]* hidden>', screen.page)


def test_words_that_are_no_words_of_ours_are_shown_as_words(clinic):
    screen, number = Screen(clinic), clinic.number("P-001")
    screen.writes(number, "<b>x</b> {{ 7 * 7 }}")
    page = screen.client.get(f"/demo/phone?to=%2B{number[1:]}", base_url=screen.base).get_data(as_text=True)
    assert "&lt;b&gt;x&lt;/b&gt; {{ 7 * 7 }}" in page


def test_where_texts_leave_for_real_there_is_no_such_page(clinic, tmp_path):
    twilio = {"PROM_SMS": "twilio", "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "x" * 32,
              "TWILIO_FROM": "+15550100000", "PROM_SMS_ALLOW": "+15550100000"}  # fmt: skip
    real = replace(clinic.installation, settings=make_settings(tmp_path, **twilio))
    assert "phone" not in house.all_in_one(real)[0].blueprints
    assert phone.all_recent(clinic.db, 1)
