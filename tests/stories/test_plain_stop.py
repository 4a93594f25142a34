"""Somebody asks in plain words for an end of texts: none goes until a person has seen to it."""

import html

import pytest

from prom.actions import receive, send
from prom.actions import tasks as task_actions
from prom.actions import tick as tick_actions
from prom.sms.gateway import Inbound
from tests.study import Study
from tests.web.browsing import staff_at

INVITED = "2026-03-20T14:00:00Z"


@pytest.fixture
def invited(clinic) -> Study:
    """Somebody who was invited to the 1-month form this minute."""
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    clinic.at(INVITED)
    clinic.tick()
    assert len(clinic.texts("P-001")) == 1
    return clinic


def writes(clinic: Study, text: str = "Stop texting me please") -> None:
    receive.inbound(clinic.db, clinic.means, Inbound("", clinic.number("P-001"), text, ""), clinic.now)
    clinic.tick()


def seen_to(clinic: Study, outcome: str = "reached") -> None:
    (task,) = clinic.open_tasks("plain_stop")
    task_actions.finish(
        clinic.db, task["id"], clinic.now, staff_id=clinic.staff["cora"], sites=("main",), outcome=outcome
    )
    clinic.tick()


def left(clinic: Study) -> list[str]:
    """The kinds of the texts that left, the first one first."""
    return [each["kind"] for each in reversed(clinic.messages("P-001")) if each["sent_at"]]


def page(clinic: Study, path: str) -> str:
    return html.unescape(staff_at(clinic, "cora").opens(path))


def test_in_nine_days_no_reminder_goes_and_nobody_is_asked_twice(invited):
    writes(invited)
    assert left(invited) == ["invitation", "noreply"]
    invited.ticks(days=9)
    assert left(invited) == ["invitation", "noreply"]
    assert [task["kind"] for task in invited.open_tasks()] == ["plain_stop"]


def test_once_a_person_has_seen_to_it_the_newest_text_goes_and_no_backlog(invited):
    writes(invited)
    invited.ticks(days=6)
    seen_to(invited)
    assert left(invited) == ["invitation", "noreply", "reminder"]
    assert [each["step"] for each in invited.messages("P-001") if each["kind"] == "reminder"] == [2]
    invited.ticks(days=3)
    assert left(invited) == ["invitation", "noreply", "reminder"]
    assert [task["kind"] for task in invited.open_tasks()] == ["call"]


def test_where_they_want_none_that_is_recorded_and_each_form_is_a_call(invited):
    writes(invited)
    invited.becomes("P-001", "stopped_texts")
    seen_to(invited)
    invited.ticks(days=9)
    assert left(invited) == ["invitation", "noreply"]
    assert [task["kind"] for task in invited.open_tasks()] == ["call"]


def test_a_text_that_was_queued_before_waits_with_its_reason(invited):
    invited.at("2026-03-22T14:00:00Z")
    tick_actions.tick(invited.db, invited.means, invited.now)  # the reminder is queued, and not sent
    writes(invited)
    (reminder,) = (each for each in invited.messages("P-001") if each["kind"] == "reminder")
    assert (reminder["status"], reminder["reason"]) == ("queued", "plain_stop")
    for path in ("/study/messages?code=P-001", "/study/participants/P-001", "/care/participants/P-001"):
        assert "waits until somebody has asked whether they want no more texts" in page(invited, path), path
    invited.ticks(days=4)
    assert left(invited) == ["invitation", "noreply"]
    seen_to(invited)
    invited.ticks(minutes=15, every="minute")
    assert left(invited) == ["invitation", "noreply", "reminder"]  # neither too late, nor the second one beside it


def test_the_pages_say_why_an_invitation_does_not_go(clinic):
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    clinic.at("2026-03-19T14:00:00Z")
    writes(clinic, "please stop")
    clinic.ticks(days=2)
    assert left(clinic) == ["noreply"] and clinic.open_tasks("call") == []
    says = "waits until somebody has asked whether they want no more texts"
    assert f"Came due; {says}" in page(clinic, "/study/participants/P-001")
    assert says in page(clinic, "/study/messages/funnel")
    assert "Seems to want no more texts" in page(clinic, "/study/participants")
    assert "Texts wait: they seem to want no more" in page(clinic, "/care/participants/P-001")
    seen_to(clinic, "done")
    assert left(clinic) == ["noreply", "invitation"]


def test_who_is_reached_by_phone_is_called_all_the_same(clinic):
    clinic.enrol("P-001", status="performed", on="2026-02-20", contact_mode="phone")
    clinic.at(INVITED)
    writes(clinic)
    assert {task["kind"] for task in clinic.open_tasks()} == {"plain_stop", "call"}


def test_a_warning_sign_is_a_call_all_the_same(invited):
    writes(invited)
    invited.saves(invited.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    invited.ticks(days=9)
    assert {task["kind"] for task in invited.open_tasks()} == {"plain_stop", "call"}


def test_words_that_come_while_a_reminder_is_on_its_way_stop_the_next_one(invited):
    invited.at("2026-03-22T14:00:00Z")
    tick_actions.tick(invited.db, invited.means, invited.now)
    (ready,) = send.claim(invited.db, invited.means, "participant", 1, invited.now)
    writes(invited)
    send.record(invited.db, invited.means, send.call(invited.sms, ready), invited.now)
    invited.ticks(days=5)
    assert left(invited).count("reminder") == 1
