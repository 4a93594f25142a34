"""The page of text messages, and a test of one to oneself."""

import html
import re

import pytest

from prom.actions import specimen
from prom.errors import Conflict, NotFound, TooMany
from prom.rules.text_sample import keys, sample
from prom.store import contacts
from prom.store.connect import rows, run, write
from tests.study import Study
from tests.web.browsing import staff_at
from tests.web.filling import everything

MINE = "+15550100021"


def with_number(clinic: Study, login="cora", number=MINE) -> Study:
    with write(clinic.db):
        run(
            clinic.db,
            "update staff set mobile_sealed = :sealed, number_hash = :hash where login = :login",
            {"sealed": clinic.means.keys.seal(number), "hash": clinic.means.keys.number_hash(number), "login": login},
        )
    return clinic


def asks(clinic: Study, key="sms_invite", language="en") -> None:
    specimen.to_oneself(clinic.db, clinic.means, key, language, clinic.now, staff_id=clinic.staff["cora"])


def test_each_text_stands_there_in_each_language_with_its_size(clinic):
    page = staff_at(clinic, "cora")
    before = everything(clinic)
    page.opens("/study/texts")
    seen = html.unescape(page.page)
    for language in clinic.study.study.languages:
        for key in keys(clinic.study, language):
            assert sample(clinic.study, key, language) in seen
            assert f"({key})" in seen
    assert seen.count("UNAPPROVED</span>") == 3
    assert re.search(r"GSM-7, \d+ units, 1 segment ", seen) and re.search(r"UCS-2, \d+ units, 2 segments ", seen)
    assert "Does not fit" not in seen and everything(clinic) == before


def test_a_text_that_does_not_fit_with_this_address_says_so(tmp_path):
    clinic = Study(tmp_path, PROM_BASE_URL="https://reports.of-patients.hospital.example.org")
    page = staff_at(clinic, "cora")
    assert "Does not fit with this address: shorten it" in page.opens("/study/texts")


@pytest.mark.parametrize("login", ["nina", "anna", "adam"])
def test_it_is_a_page_for_coordinators(clinic, login):
    page = staff_at(clinic, login)
    page.opens("/study/texts", 403)
    page.sends("/study/texts/en/sms_invite", 403)


def test_a_test_goes_to_ones_own_number_and_is_no_alert_text(clinic):
    with_number(clinic)
    page = staff_at(clinic, "cora")
    page.opens("/study/texts")
    page.sends("/study/texts/zh-Hant/sms_remind")
    page.opens("/study/texts")
    assert "A test goes to your own number now." in page.page and "Reminder, Chinese (Traditional)" in page.page
    clinic.ticks(minutes=3, every="minute")
    assert clinic.sms.texts_to(MINE) == [sample(clinic.study, "sms_remind", "zh-Hant")]
    (row,) = rows(clinic.db, "select * from message")
    assert (row["kind"], row["lane"], row["alert_id"], row["participant_id"]) == ("test", "staff", None, None)
    page.opens("/study/messages")
    assert "Test to oneself" in page.page
    assert MINE not in page.page
    assert rows(clinic.db, "select 1 from audit where action = 'text_tested'")


@pytest.mark.parametrize("key, words", [("staff_red", "URGENT"), ("operator_alarm", "the operator")])
def test_a_text_to_staff_may_be_tested_too(clinic, key, words):
    with_number(clinic)
    asks(clinic, key)
    clinic.tick()
    assert words in clinic.sms.texts_to(MINE)[0]


@pytest.mark.parametrize(
    "key, language", [("staff_red", "es"), ("done", "en"), ("sms_invite", "fr"), ("staff_by_text", "en"), ("x", "en")]
)
def test_what_leaves_as_no_text_message_is_not_tested(clinic, key, language):
    with_number(clinic)
    with pytest.raises(NotFound):
        asks(clinic, key, language)


def test_ten_tests_a_day(clinic):
    with_number(clinic)
    for number in range(10):
        clinic.at(f"2026-03-02T16:00:{number:02}Z")
        asks(clinic)
    clinic.at("2026-03-02T18:00:00Z")
    with pytest.raises(TooMany):
        asks(clinic)
    clinic.at("2026-03-03T16:00:30Z")
    asks(clinic)
    assert len(rows(clinic.db, "select * from message where kind = 'test'")) == 11


def test_two_taps_in_a_second_are_one_test(clinic):
    with_number(clinic)
    asks(clinic)
    asks(clinic)
    assert len(rows(clinic.db, "select * from message")) == 1


def test_without_a_number_it_is_refused_in_words(clinic):
    page = staff_at(clinic, "cora")
    page.opens("/study/texts")
    page.sends("/study/texts/en/sms_invite")
    assert "You have no mobile number on file." in page.opens("/study/texts")
    assert rows(clinic.db, "select * from message") == []


def test_an_opted_out_number_gets_no_test(clinic):
    with_number(clinic)
    asks(clinic)
    with write(clinic.db):
        contacts.opt_out(clinic.db, clinic.means.keys.number_hash(MINE), "text", "2026-03-02T15:00:00Z")
    with pytest.raises(Conflict, match="test_opted_out"):
        clinic.at("2026-03-02T15:00:05Z")
        asks(clinic)
    clinic.tick()
    (row,) = rows(clinic.db, "select * from message")
    assert (row["status"], row["reason"]) == ("dropped", "opted_out") and clinic.sms.sent == []


def test_a_number_that_is_not_allowed_gets_no_test(tmp_path):
    clinic = with_number(Study(tmp_path, PROM_SMS_ALLOW="+15550100011"))
    with pytest.raises(Conflict, match="test_not_allowed"):
        asks(clinic)
    assert rows(clinic.db, "select * from message") == []


def test_a_test_that_could_not_go_for_an_hour_goes_no_more(clinic):
    with_number(clinic)
    asks(clinic)
    clinic.at("2026-03-02T16:00:01Z")
    clinic.tick()
    (row,) = rows(clinic.db, "select * from message")
    assert (row["status"], row["reason"]) == ("dropped", "stale")
