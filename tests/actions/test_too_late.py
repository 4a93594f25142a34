"""What goes no more, though it was queued: to whoever left, about a form that was sent, and what is too old; and what a
late enrolment, or a system that was away, makes up for."""

from datetime import timedelta

import pytest

from prom.actions import send, tick
from prom.errors import SmsUnavailable
from prom.rules.sending import LINKING
from prom.store.connect import rows
from prom.store.participants import LEAVING
from tests.actions.test_opted_out import CASES, delivers, of_kind
from tests.study import Study

WITH_LINK = sorted(pair for pair in CASES if pair[1] in LINKING)
TO_PARTICIPANTS = [*WITH_LINK, *(pair for pair in CASES if pair[1] == "noreply")]


@pytest.fixture
def study(tmp_path):
    return Study(tmp_path)


def queued(study: Study, pair: tuple[str, str]) -> int:
    """Have a text of a kind queued; how many texts its number had got before."""
    steps = CASES[pair](study)
    number = next(steps)
    before = len(study.sms.texts_to(number))
    assert next(steps, None) is None
    assert of_kind(study, pair[1])[-1]["status"] == "queued"
    return before


# ---- whoever left, or sent the form


@pytest.mark.parametrize("pair", TO_PARTICIPANTS)
@pytest.mark.parametrize("kind", LEAVING)
def test_whoever_left_gets_nothing_that_was_queued_and_is_called_no_more(study, pair, kind):
    before = queued(study, pair)
    study.becomes("P-001", kind)
    study.ticks(days=10, every="day")
    assert len(study.texts("P-001")) == before
    assert of_kind(study, pair[1])[-1] == {"status": "dropped", "reason": "left"}
    assert study.open_tasks("call") == []


@pytest.mark.parametrize("pair", WITH_LINK)
def test_whoever_stopped_texts_gets_no_link_that_was_queued(study, pair):
    before = queued(study, pair)
    study.becomes("P-001", "stopped_texts")
    study.ticks(days=10, every="day")
    assert len(study.texts("P-001")) == before
    assert of_kind(study, pair[1])[-1] == {"status": "dropped", "reason": "texts_stopped"}


@pytest.mark.parametrize("pair", WITH_LINK)
@pytest.mark.parametrize("tried", [False, True])
def test_a_form_sent_a_second_before_the_text_about_it_drops_the_text(study, pair, tried):
    before = queued(study, pair)
    if tried:
        study.sms.faults = [SmsUnavailable("503")]
        delivers(study)
    timepoint = "baseline" if pair[1] == "again" else "1m"
    study.answers(study.visit("P-001", timepoint))
    study.ticks(minutes=20, every="minute")
    assert len(study.texts("P-001")) == before
    assert of_kind(study, pair[1])[-1] == {"status": "dropped", "reason": "submitted"}


def test_after_the_form_was_sent_no_reminder_is_even_queued(study):
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.ticks_until("2026-03-21T15:00:00Z", every="day")
    study.answers(study.visit("P-001", "1m"))
    many = len(study.messages("P-001"))
    study.ticks(days=30, every="day")
    assert len(study.messages("P-001")) == many == 1


# ---- too old


@pytest.mark.parametrize("pair", TO_PARTICIPANTS)
def test_a_text_that_could_not_go_for_two_days_is_dropped_not_sent_late(study, pair):
    before = queued(study, pair)
    study.clock.set(study.now + timedelta(hours=study.study.texting.stale_hours, seconds=1))
    delivers(study)
    assert len(study.texts("P-001")) == before
    assert of_kind(study, pair[1])[-1] == {"status": "dropped", "reason": "stale"}


def test_a_sender_away_for_three_days_drops_what_is_old_and_invites_anew_once(study):
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.at("2026-03-20T14:00:00Z")
    for _ in range(73):
        tick.tick(study.db, study.means, study.now)
        study.clock.set(study.now + timedelta(hours=1))
    study.ticks(hours=3)
    assert [(each["kind"], each["status"]) for each in reversed(study.messages("P-001"))] == [
        ("invitation", "dropped"),
        ("invitation", "sent"),
    ]
    assert len(study.texts("P-001")) == 1


def test_an_alert_to_a_nurse_is_never_too_old_while_nobody_has_it(study):
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.at("2026-03-20T15:00:00Z")
    study.saves(study.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    study.at("2026-03-24T15:00:00Z")
    send.deliver(study.db, study.means, "staff", study.now)
    assert len(study.sms.texts_to("+15550100011")) == 1


# ---- late enrolment, and a system that was away


def test_somebody_enrolled_after_every_window_is_neither_texted_nor_called(study):
    study.enrol("P-001", status="performed", on="2025-03-20")
    study.ticks(days=10, every="day")
    assert study.messages("P-001") == [] and study.open_tasks("call") == []


def test_somebody_enrolled_late_within_a_window_is_invited_once_and_reminded_from_then(study):
    study.enrol("P-001", status="performed", on="2026-01-10")  # a month later was three weeks ago
    study.ticks(days=6)
    left = [(each["kind"], each["sent_at"][:10]) for each in reversed(study.messages("P-001"))]
    assert left == [("invitation", "2026-03-02"), ("reminder", "2026-03-04"), ("reminder", "2026-03-07")]


def test_a_system_that_was_away_for_ten_days_sends_one_text_and_not_those_it_missed(study):
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.enrol("P-002", status="performed", on="2026-02-14")
    study.ticks_until("2026-03-15T15:00:00Z", every="day")
    before = {code: len(study.texts(code)) for code in ("P-001", "P-002")}
    assert before == {"P-001": 0, "P-002": 1}
    study.at("2026-03-25T15:00:00Z")
    study.tick()
    study.ticks(hours=5)
    assert {code: len(study.texts(code)) - many for code, many in before.items()} == {"P-001": 1, "P-002": 1}
    assert [task["code"] for task in study.open_tasks("call")] == ["P-002"]


def test_many_enrolled_at_once_long_after_their_procedures_get_at_most_one_text_each(study):
    for number, on in enumerate(("2025-08-20", "2025-09-12", "2025-11-28", "2025-12-05", "2026-01-31", "2026-02-28")):
        study.enrol(f"P-{number}", status="performed", on=on)
    study.ticks(hours=24)
    texts = [len(study.texts(f"P-{number}")) for number in range(6)]
    assert max(texts) == 1
    assert len(rows(study.db, "select distinct recipient from message")) == sum(texts)
