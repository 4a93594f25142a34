"""Texts to participants while the provider's settings are wrong: held, one trial a minute, none lost, none too old."""

import pytest

from prom.actions import holds, send
from prom.errors import SmsRejected
from prom.store import health
from prom.store.connect import rows
from tests.study import FakeSms, Study

OPERATOR = "+15550100099"
PEOPLE = ("P-001", "P-002", "P-003", "P-004")
OPENS = "2026-03-20T14:00:00Z"


class Account(FakeSms):
    """A provider that refuses texts to some numbers, or to all but the operator's, and remembers what it was asked."""

    def __init__(self):
        super().__init__()
        self.code, self.only, self.asked = None, None, []

    def send(self, to, text, ref):
        self.asked.append(to)
        if self.code is not None and to != OPERATOR and to in (self.only or [to]):
            raise SmsRejected(self.code)
        return super().send(to, text, ref)


@pytest.fixture
def clinic(tmp_path):
    """Four people with an invitation due, and an account whose settings are wrong."""
    study = Study(tmp_path, PROM_OPERATOR=OPERATOR, gateway=Account())
    for code in PEOPLE:
        study.enrol(code, status="performed", on="2026-02-20")
    study.at(OPENS)
    study.sms.code = "20003"
    return study


def invitations(clinic):
    return [clinic.messages(code)[-1] for code in PEOPLE]


def alarms(clinic):
    return [f"{row['about'].split(':')[0]} {row['step']}" for row in alarm_rows(clinic)]


def alarm_rows(clinic):
    return rows(clinic.db, "select about, step from message where kind = 'alarm' order by queued_at, rowid")


def asked_of_participants(clinic):
    return [to for to in clinic.sms.asked if to != OPERATOR and not to.startswith("+155501000")]


@pytest.mark.parametrize("code", ["20003", "21606", "30034", ""])
def test_a_wrong_configuration_holds_the_lane_but_for_one_trial_a_minute(clinic, code):
    clinic.sms.code = code
    clinic.tick()
    assert holds.standing(clinic.db)
    before = len(asked_of_participants(clinic))
    clinic.ticks(minutes=3, every="second")
    assert len(asked_of_participants(clinic)) - before == 3
    assert {row["status"] for row in invitations(clinic)} == {"queued"}
    assert {row["due_at"] for row in invitations(clinic)} == {OPENS}


def test_each_trial_is_of_another_text(clinic):
    clinic.tick()
    before = len(asked_of_participants(clinic))
    clinic.ticks(minutes=4, every="minute")
    assert sorted(asked_of_participants(clinic)[before:]) == sorted(clinic.number(code) for code in PEOPLE)


def test_the_first_accepted_text_ends_the_hold_and_the_rest_go_at_once(clinic):
    clinic.ticks(minutes=5, every="minute")
    clinic.sms.code = None
    clinic.ticks(minutes=1, every="second")
    assert {row["status"] for row in invitations(clinic)} == {"sent"}
    assert alarms(clinic) == ["provider 0", "provider 1"]
    assert not holds.standing(clinic.db) and health.standing_faults(clinic.db) == []


def test_no_text_grows_old_while_it_is_held(clinic):
    clinic.ticks(days=4, every="hour")
    clinic.sms.code = None
    clinic.ticks(minutes=2, every="minute")
    assert {row["status"] for row in invitations(clinic)} == {"sent"}


def test_two_processes_make_one_trial_between_them(clinic):
    clinic.tick()
    clinic.ticks(minutes=1, every="minute")
    clinic.ticks(seconds=59, every="minute")
    assert send.claim(clinic.db, clinic.means, "participant", 8, clinic.now) == []
    clinic.ticks(seconds=0)
    clinic.at("2026-03-20T14:02:00Z")
    assert len(send.claim(clinic.db, clinic.means, "participant", 8, clinic.now)) == 1
    assert send.claim(clinic.db, clinic.means, "participant", 8, clinic.now) == []


def test_a_nurses_text_is_tried_though_the_other_lane_is_held(clinic):
    clinic.tick()
    clinic.saves(clinic.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    clinic.ticks(seconds=20, every="second")
    assert {"+15550100011", "+15550100012"} <= set(clinic.sms.asked)


def test_a_text_that_alone_is_refused_holds_up_no_other_for_long(clinic):
    clinic.sms.code, clinic.sms.only = "21606", [clinic.number("P-001")]
    clinic.ticks(minutes=3, every="minute")
    assert [row["status"] for row in invitations(clinic)][1:] == ["sent"] * 3
    clinic.enrol("P-005", status="performed", on="2026-02-20")
    clinic.ticks(minutes=2, every="second")
    assert invitations(clinic)[0]["status"] == "failed" and len(clinic.texts("P-005")) == 1
    assert [task["kind"] for task in clinic.open_tasks()] == ["undelivered"]
    assert not holds.standing(clinic.db)


@pytest.mark.parametrize("code", ["21408", "21608", "21612"])
def test_a_number_that_the_account_cannot_reach_fails_alone(clinic, code):
    clinic.sms.code, clinic.sms.only = code, [clinic.number("P-001"), clinic.number("P-002")]
    clinic.ticks(minutes=1, every="second")
    assert [(row["status"], row["reason"]) for row in invitations(clinic)[:2]] == [("failed", code)] * 2
    assert {row["status"] for row in invitations(clinic)[2:]} == {"sent"}
    assert [task["kind"] for task in clinic.open_tasks()] == ["undelivered"] * 2
    assert alarms(clinic) == ["not_sent 0"]


@pytest.mark.parametrize("code", ["21211", "21408", "21614", "21610"])
@pytest.mark.parametrize("held", ["20003", ""])
def test_a_refusal_of_a_number_alone_shows_that_the_account_is_known_again(clinic, held, code):
    clinic.sms.code = held
    clinic.tick()
    clinic.sms.code, clinic.sms.only = code, [clinic.number(person) for person in PEOPLE[:3]]
    clinic.ticks(minutes=1, every="second")
    assert not holds.standing(clinic.db)
    assert [row["status"] for row in invitations(clinic)] == ["failed"] * 3 + ["sent"]
    assert [alarm for alarm in alarms(clinic) if alarm.startswith("provider")] == ["provider 0", "provider 1"]


@pytest.mark.parametrize("code, ends", [("21211", False), ("21610", True), ("20003", False)])
def test_a_sender_that_is_refused_is_mended_once_a_refusal_names_a_pair_with_it(clinic, code, ends):
    clinic.sms.code = "21606"
    clinic.tick()
    clinic.sms.code = code
    clinic.ticks(minutes=1, every="minute")
    assert holds.standing(clinic.db) != ends
