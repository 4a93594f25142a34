"""How fast texts to participants are handed over, and whom that must not delay."""

from dataclasses import replace
from datetime import timedelta

import pytest

from prom.actions import new_link, send
from prom.actions.tick import tick
from tests.study import Study


@pytest.fixture
def clinic(tmp_path):
    """Six people with an invitation due; two segments a second."""
    study = Study(tmp_path)
    study.means = replace(study.means, pace=2)
    for number in range(1, 7):
        study.enrol(f"P-{number:03d}", status="performed", on="2026-02-20")
    study.at("2026-03-20T14:00:00Z")
    return study


def sent_by_second(clinic, seconds):
    """How many texts have left after each second."""
    found = []
    for _ in range(seconds):
        clinic.tick()
        found.append(len(clinic.sms.sent))
        clinic.clock.set(clinic.now + timedelta(seconds=1))
    return found


def test_texts_leave_at_the_pace(clinic):
    assert sent_by_second(clinic, 4) == [2, 4, 6, 6]
    assert {row["segments"] for code in ("P-001", "P-006") for row in clinic.messages(code)} == {1}


def test_two_processes_keep_one_pace(clinic):
    tick(clinic.db, clinic.means, clinic.now)
    assert len(send.claim(clinic.db, clinic.means, "participant", 8, clinic.now)) == 2
    assert send.claim(clinic.db, clinic.means, "participant", 8, clinic.now) == []


def test_a_nurses_text_and_a_link_asked_for_wait_for_no_pace(clinic):
    clinic.tick()
    clinic.saves(clinic.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    new_link.ask(clinic.db, clinic.means, clinic.id("P-001"), clinic.now)
    before = len(clinic.sms.sent)
    clinic.tick()
    assert {to for to, _, _ in clinic.sms.sent[before:]} == {"+15550100011", clinic.number("P-001")}
