"""Stopping texts by a page: a number is entered, a link goes to it, the link stops the texts."""

import json

import pytest

from prom.actions import receive, stop_page
from prom.errors import Refusal
from prom.sms.gateway import Inbound
from prom.store import contacts
from prom.store.connect import rows, write
from tests.study import Study

NINA = "+15550100011"


@pytest.fixture
def clinic(clinic) -> Study:
    """Somebody who was invited."""
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    clinic.at("2026-03-20T14:00:00Z")
    clinic.tick()
    return clinic


def enters(clinic, typed: str) -> None:
    stop_page.ask(clinic.db, clinic.means, typed, clinic.now)
    clinic.tick()


def token(clinic, number: str) -> str:
    """Of the link in the last text to a number."""
    return clinic.sms.texts_to(number)[-1].split("/stop/")[1].split()[0]


def request(clinic, number: str) -> dict:
    return stop_page.find(clinic.db, token(clinic, number), clinic.now)


def opted_out(clinic, number: str) -> bool:
    return contacts.opted_out(clinic.db, clinic.means.keys.number_hashes(number))


def asked(clinic) -> list[dict]:
    return rows(clinic.db, "select * from message where kind = 'stop_link' order by rowid")


def stops(clinic, number: str) -> None:
    stop_page.stop(clinic.db, clinic.means, request(clinic, number)["id"], clinic.now)


@pytest.mark.parametrize("shape", ["{}", " {} ", "({}", "{}."])
def test_a_participants_number_gets_a_link_that_stops_the_texts(clinic, shape):
    number = clinic.number("P-001")
    enters(clinic, shape.format(number))
    text = clinic.texts("P-001")[-1]
    assert text.startswith("Example Clinic: stop our texts here: https://prom.example.org/stop/")
    assert not opted_out(clinic, number)
    stops(clinic, number)
    assert opted_out(clinic, number)
    before = len(clinic.texts("P-001"))
    clinic.ticks(days=10, every="day")
    assert len(clinic.texts("P-001")) == before  # no reminder, and no text that confirms it
    assert [task["kind"] for task in clinic.open_tasks()] == ["call"]


def test_it_stops_as_stop_by_text_does(clinic):
    clinic.enrol("P-002", status="performed", on="2026-02-20")
    enters(clinic, clinic.number("P-001"))
    stops(clinic, clinic.number("P-001"))
    receive.inbound(clinic.db, clinic.means, Inbound("SM-in", clinic.number("P-002"), "STOP", ""), clinic.now)
    kept = rows(clinic.db, "select how, ended_at from opt_out order by rowid")
    assert [(row["how"], row["ended_at"]) for row in kept] == [("page", None), ("text", None)]
    told = rows(clinic.db, "select actor, subject from audit where action = 'opted_out' order by seq")
    assert [(row["actor"], row["subject"]) for row in told] == [
        ("participant", clinic.id("P-001")),
        ("participant", clinic.id("P-002")),
    ]


def test_a_nurses_number_gets_one_too(clinic):
    enters(clinic, NINA)
    (message,) = asked(clinic)
    assert (message["lane"], message["staff_id"]) == ("staff", clinic.staff["nina"])
    stops(clinic, NINA)
    assert opted_out(clinic, NINA)


def test_nothing_goes_to_a_number_that_nobody_has(clinic):
    before = len(clinic.sms.sent)
    enters(clinic, "+15550109999")
    assert asked(clinic) == [] and len(clinic.sms.sent) == before
    assert rows(clinic.db, "select * from stop_request") == []


@pytest.mark.parametrize("typed", ["12", "not a number", "+", "٣", "' or 1=1", "5" * 40, "555 010 100", "010 1000"])
def test_what_cannot_be_a_whole_number_is_refused_and_nothing_kept(clinic, typed):
    with pytest.raises(Refusal, match="number_odd"):
        enters(clinic, typed)
    assert asked(clinic) == [] and rows(clinic.db, "select * from stop_request") == []


def test_an_opted_out_number_gets_no_link(clinic):
    number = clinic.number("P-001")
    with write(clinic.db):
        contacts.opt_out(clinic.db, clinic.means.keys.number_hash(number), "text", "2026-03-20T13:00:00Z")
    enters(clinic, number)
    assert [(row["status"], row["reason"]) for row in asked(clinic)] == [("dropped", "opted_out")]


def test_the_link_goes_to_the_number_that_was_entered_though_another_is_given_meanwhile(clinic):
    number = clinic.number("P-001")
    stop_page.ask(clinic.db, clinic.means, number, clinic.now)
    with write(clinic.db):
        sealed = clinic.means.keys.seal("+15550108888")
        contacts.change(clinic.db, clinic.id("P-001"), mobile_sealed=sealed)
    clinic.tick()
    assert "/stop/" in clinic.sms.texts_to(number)[-1] and clinic.sms.texts_to("+15550108888") == []


def test_three_links_a_day_go_to_one_number(clinic):
    for _ in range(5):
        enters(clinic, clinic.number("P-001"))
    assert len(asked(clinic)) == 3
    clinic.at("2026-03-21T14:30:00Z")
    enters(clinic, clinic.number("P-001"))
    assert len(asked(clinic)) == 4


def test_however_many_numbers_were_tried_a_participants_gets_its_link(clinic):
    for count in range(200):
        stop_page.ask(clinic.db, clinic.means, f"+1555012{count:04}", clinic.now)
    assert rows(clinic.db, "select * from counter") == []
    enters(clinic, clinic.number("P-001"))
    assert len(asked(clinic)) == 1


def test_a_link_stops_once_and_undoes_once(clinic):
    number = clinic.number("P-001")
    enters(clinic, number)
    found = request(clinic, number)

    def stands() -> str:
        return stop_page.standing(clinic.db, clinic.means, request(clinic, number))

    assert stands() == "ask"
    for _ in range(2):
        stop_page.stop(clinic.db, clinic.means, found["id"], clinic.now)
        assert opted_out(clinic, number) and stands() == "resumes"
    for _ in range(2):
        stop_page.resume(clinic.db, clinic.means, found["id"], clinic.now)
        assert not opted_out(clinic, number) and stands() == "over"
    stop_page.stop(clinic.db, clinic.means, found["id"], clinic.now)
    assert not opted_out(clinic, number)


def test_a_link_undoes_nothing_but_what_it_did(clinic):
    number = clinic.number("P-001")
    enters(clinic, number)
    found = request(clinic, number)
    receive.inbound(clinic.db, clinic.means, Inbound("SM-in", number, "STOP", ""), clinic.now)
    assert stop_page.standing(clinic.db, clinic.means, found) == "stopped"
    stop_page.resume(clinic.db, clinic.means, found["id"], clinic.now)
    assert opted_out(clinic, number)


def test_a_link_ends_after_thirty_days_and_its_number_is_forgotten(clinic):
    number = clinic.number("P-001")
    enters(clinic, number)
    kept = token(clinic, number)
    clinic.at("2026-04-19T13:59:00Z")
    clinic.tick()
    assert stop_page.find(clinic.db, kept, clinic.now)
    clinic.at("2026-04-19T14:00:01Z")
    clinic.tick()
    assert stop_page.find(clinic.db, kept, clinic.now) is None
    assert rows(clinic.db, "select * from stop_request") == []


def test_neither_number_nor_token_lies_open(clinic):
    number = clinic.number("P-001")
    enters(clinic, number)
    tables = ("stop_request", "message", "audit", "audit_detail", "counter")
    whole = json.dumps([rows(clinic.db, f"select * from {table}") for table in tables])
    assert number not in whole and number[1:] not in whole and token(clinic, number) not in whole
