"""Whether a text may go now, and what becomes of it."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prom.errors import SmsRejected, SmsUnavailable, SmsUnknown
from prom.rules import sending
from prom.rules.sending import (
    GO,
    Verdict,
    Waits,
    after_error,
    after_receipts,
    alone_refused,
    held_for,
    participant_verdict,
    staff_verdict,
)
from prom.rules.times import instant, stamp

NOW = instant("2026-03-02T15:00:00Z")  # 10:00 in New York
VISIT = {
    "submitted_at": None, "cancelled_at": None, "started_at": None, "opens_at": "2026-03-01T05:00:00Z",
    "closes_at": "2026-03-20T04:00:00Z", "finish_by": "2026-03-21T04:00:00Z",
}  # fmt: skip
PERSON = {
    "left": False, "study_consent": 1, "texts_consent": 1, "texts_stopped": 0, "contact_mode": "text",
    "zone": "America/New_York", "wrong_since": None, "failed_since": None,
    "plain_stop": 0,
}  # fmt: skip
FACTS = {
    "person": PERSON, "visit": VISIT, "number": "+15550100001", "opted_out": False, "allowed": True,
    "red_waits": False, "sent_day": 0, "sent_week": 0, "holds": [],
}  # fmt: skip
STAFF = {"active": True, "number": "+15550100011", "opted_out": False, "allowed": True, "called": True, "stale": False}
PROVIDER = st.sampled_from([*sending.RANK, "partially_delivered", ""])


def message(kind="invitation", **values) -> dict:
    at = "2026-03-02T15:00:00Z"
    return {"kind": kind, "queued_at": at, "due_at": at, "attempts": 0} | values


def facts(**values) -> dict:
    """The facts of a text that may go, with these changed; person_... and visit_... reach inside."""
    changed = FACTS | {"person": dict(PERSON), "visit": dict(VISIT)}
    for name, value in values.items():
        place, _, inner = name.partition("_")
        if place in ("person", "visit"):
            changed[place][inner] = value
        else:
            changed[name] = value
    return changed


@pytest.mark.parametrize("kind", sending.INVITING)
def test_a_text_that_nothing_stops_goes(study, kind):
    assert participant_verdict(study, message(kind), facts(), NOW) == GO


WHAT_DROPS = [
    ({"person_left": True}, "left"),
    ({"person_study_consent": 0}, "no_study_consent"),
    ({"number": ""}, "no_number"),
    ({"person_wrong_since": "2026-03-02T14:00:00Z"}, "not_theirs"),
    ({"person_failed_since": "2026-03-02T14:00:00Z"}, "number_fails"),
    ({"opted_out": True}, "opted_out"),
    ({"allowed": False}, "not_allowed"),
    ({"person_texts_stopped": 1}, "texts_stopped"),
    ({"person_texts_consent": 0}, "no_texts_consent"),
    ({"person_contact_mode": "phone"}, "contact_mode"),
    ({"visit_submitted_at": "2026-03-02T14:00:00Z"}, "submitted"),
    ({"visit_cancelled_at": "2026-03-02T14:00:00Z"}, "visit_cancelled"),
    ({"visit_closes_at": "2026-03-02T15:00:00Z"}, "missed"),
    ({"visit_opens_at": "2026-03-02T15:00:01Z"}, "planned"),
]


@pytest.mark.parametrize("changed, reason", WHAT_DROPS)
@pytest.mark.parametrize("kind", [*sending.INVITING, sending.NEW_LINK])
def test_what_drops_a_text_with_a_link(study, kind, changed, reason):
    assert participant_verdict(study, message(kind), facts(**changed), NOW) == Verdict("drop", reason)


def test_a_link_that_was_asked_for_minds_neither_hours_caps_red_nor_words_that_seem_to_mean_stop(study):
    night = instant("2026-03-02T08:00:00Z")
    asked = message(sending.NEW_LINK, due_at="2026-03-02T08:00:00Z")
    changed = facts(red_waits=True, person_plain_stop=1, sent_day=1, sent_week=3)
    assert participant_verdict(study, asked, changed, night) == GO


@pytest.mark.parametrize("kind", [*sending.INVITING, sending.NEW_LINK, sending.STOP_CONFIRMED, "noreply"])
def test_no_text_of_any_kind_goes_to_a_number_that_is_not_theirs(study, kind):
    wrong = facts(person_wrong_since="2026-03-02T14:00:00Z")
    assert participant_verdict(study, message(kind), wrong, NOW) == Verdict("drop", "not_theirs")


@pytest.mark.parametrize(
    "changed, reason, hours",
    [
        ({"red_waits": True}, "red_alert", 0.25),
        ({"person_plain_stop": 1}, "plain_stop", 0.25),
        ({"red_waits": True, "person_plain_stop": 1}, "red_alert", 0.25),
        ({"sent_day": 1}, "cap", 1),
        ({"sent_week": 3}, "cap", 1),
    ],
)
@pytest.mark.parametrize("kind", sending.INVITING)
def test_what_makes_an_invitation_wait(study, kind, changed, reason, hours):
    until = NOW + timedelta(hours=hours)
    assert participant_verdict(study, message(kind), facts(**changed), NOW) == Verdict("wait", reason, until)


def test_what_drops_goes_before_what_waits(study):
    changed = facts(red_waits=True, opted_out=True)
    assert participant_verdict(study, message(), changed, NOW).what == "drop"


@pytest.mark.parametrize(
    "zone, now, until",
    [
        ("America/New_York", "2026-03-02T13:59:59Z", "2026-03-02T14:00:00Z"),
        ("America/New_York", "2026-03-02T14:00:00Z", None),
        ("America/New_York", "2026-03-03T00:59:59Z", None),
        ("America/New_York", "2026-03-03T01:00:00Z", "2026-03-03T14:00:00Z"),
        ("America/New_York", "2026-03-08T04:00:00Z", "2026-03-08T13:00:00Z"),  # clocks go forward that night
        ("Asia/Taipei", "2026-03-02T15:00:00Z", "2026-03-03T01:00:00Z"),
        ("America/Los_Angeles", "2026-03-02T15:00:00Z", "2026-03-02T17:00:00Z"),
    ],
)
def test_texting_hours_are_the_participants(study, zone, now, until):
    verdict = participant_verdict(study, message(due_at=now, queued_at=now), facts(person_zone=zone), instant(now))
    assert verdict == (Verdict("wait", "texting_hours", instant(until)) if until else GO)


@pytest.mark.parametrize(
    "values, what",
    [
        ({"due_at": "2026-02-28T15:00:00Z"}, "go"),  # 48 hours to the second
        ({"due_at": "2026-02-28T14:59:59Z"}, "drop"),
        ({"queued_at": "2026-02-01T15:00:00Z"}, "go"),  # it waited because we said so
        ({"queued_at": "2026-02-28T14:59:59Z", "attempts": 3}, "drop"),  # the provider was away
    ],
)
@pytest.mark.parametrize("kind", ["invitation", "noreply"])
def test_an_old_text_is_dropped_not_sent_late(study, kind, values, what):
    verdict = participant_verdict(study, message(kind, **values), facts(), NOW)
    assert verdict == (Verdict("drop", "stale") if what == "drop" else GO)


def test_an_answer_to_a_text_minds_neither_hours_caps_nor_red(study):
    night = instant("2026-03-02T08:00:00Z")
    asked = message("noreply", due_at="2026-03-02T08:00:00Z")
    changed = facts(red_waits=True, sent_day=1, sent_week=3, person_texts_consent=0, visit=None)
    assert participant_verdict(study, asked, changed, night) == GO


def test_stop_is_confirmed_though_the_number_opted_out(study):
    last = message(sending.STOP_CONFIRMED)
    assert participant_verdict(study, last, facts(opted_out=True, person_left=True, visit=None), NOW) == GO
    assert participant_verdict(study, message("noreply"), facts(opted_out=True), NOW).reason == "opted_out"


@pytest.mark.parametrize(
    "changed, reason",
    [
        ({"active": False}, "not_active"),
        ({"number": ""}, "no_number"),
        ({"opted_out": True}, "opted_out"),
        ({"allowed": False}, "not_allowed"),
        ({"called": False}, "acknowledged"),
    ],
)
def test_what_drops_a_text_to_staff(changed, reason):
    assert staff_verdict(message("alert"), STAFF | changed) == Verdict("drop", reason)
    assert staff_verdict(message("alert"), STAFF) == GO


@pytest.mark.parametrize(
    "error, lane, attempts, status, seconds, reason",
    [
        (SmsUnavailable("429", 30), "participant", 1, "queued", 30, "unavailable 429"),
        (SmsUnavailable("429", 0), "participant", 3, "queued", 0, "unavailable 429"),
        (SmsUnavailable(), "participant", 1, "queued", 5, "unavailable"),
        (SmsUnavailable(), "participant", 2, "queued", 10, "unavailable"),
        (SmsUnavailable(), "participant", 500, "queued", 600, "unavailable"),
        (SmsUnavailable(), "staff", 2, "queued", 10, "unavailable"),
        (SmsUnavailable(), "staff", 500, "queued", 60, "unavailable"),
        (SmsUnknown(), "participant", 1, "unknown", None, "no answer"),
        (SmsUnknown("20500"), "staff", 1, "unknown", None, "no answer"),
        (SmsRejected("20003"), "participant", 9, "queued", None, "configuration 20003"),  # due as it was
        (SmsRejected("20003"), "staff", 1, "queued", 60, "configuration 20003"),
        (SmsRejected(""), "staff", 4, "queued", 60, "configuration"),
        (SmsRejected("21211"), "participant", 1, "failed", None, "21211"),
        (SmsRejected("21610"), "participant", 1, "failed", None, "opted_out"),
        (SmsRejected("21408"), "participant", 1, "failed", None, "21408"),
        (SmsRejected("99999"), "participant", 1, "failed", None, "99999"),
    ],
)
def test_what_an_error_makes_of_a_message(error, lane, attempts, status, seconds, reason):
    outcome = after_error(error, attempts, NOW, lane)
    assert (outcome.status, outcome.reason) == (status, reason)
    assert outcome.due_at == (None if seconds is None else NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "sender, pace",
    [("MG" + "0" * 32, 1), ("+15550100001", 1), ("+18005550100", 3), ("+18885550100", 3), ("+18015550100", 1),
     ("72345", 30), ("Pain Clinic", 1)],
)  # fmt: skip
def test_each_kind_of_sender_has_its_pace(sender, pace):
    assert sending.sender_pace(sender) == pace


@pytest.mark.parametrize(
    "pace, claimed, left",
    [
        (1, [], 1),
        (1, [(0, 1)], 0),
        (1, [(1, 1)], 1),
        (1, [(1, 2)], 0),  # a text of two segments takes two seconds
        (1, [(2, 2)], 1),
        (1, [(3, 3), (2, 1)], 0),
        (30, [(0, 12)], 18),
        (30, [(1, 60), (0, 0)], 0),
        (30, [(19, 570)], 30),
        (30, [(-5, 10)], 20),  # claimed by a process whose clock is ahead
        (1, [(-3600, 10)], 1),  # before the clock was set back
    ],
)
def test_what_is_not_carried_yet_takes_room(pace, claimed, left):
    rows = [{"at": stamp(NOW - timedelta(seconds=ago)), "segments": many} for ago, many in claimed]
    assert sending.room(pace, rows, NOW) == left


@given(st.integers(1, 40), st.lists(st.integers(1, 4), min_size=1, max_size=60))
def test_no_text_goes_before_the_sender_has_carried_those_before(pace, sizes):
    """Whatever the sizes, what was handed over never exceeds what the pace carries by more than one batch."""
    claimed, second, waiting = [], 0, list(sizes)
    while waiting:
        now = NOW + timedelta(seconds=second)
        for _ in range(sending.room(pace, claimed[-20:], now)):
            if waiting and sending.room(pace, claimed[-20:], now):
                claimed.append({"at": stamp(now), "segments": waiting.pop(0)})
        assert sum(row["segments"] for row in claimed) <= pace * (second + 1) + 3
        second += 1
    assert second <= sum(sizes)


def test_waits_are_as_asked_and_chance_makes_them_up_to_half_as_long_again():
    waits = Waits(back_off=2)
    for attempts, chance, seconds in (1, 0, 2), (3, 0, 8), (1, 1, 3), (500, 0.5, 750):
        outcome = after_error(SmsUnavailable(), attempts, NOW, "participant", waits, chance)
        assert outcome.due_at == NOW + timedelta(seconds=seconds)
    assert after_error(SmsUnavailable("20429", 30), 1, NOW, "staff", waits, 1).due_at == NOW + timedelta(seconds=45)


@pytest.mark.parametrize("lane, longest", [("staff", 60), ("participant", 600)])
@pytest.mark.parametrize("asked", [86400.0, 1e300, float("inf")])
def test_a_wait_that_the_provider_asks_for_has_an_end(lane, longest, asked):
    assert after_error(SmsUnavailable("20429", asked), 1, NOW, lane).due_at == NOW + timedelta(seconds=longest)


@pytest.mark.parametrize("asked", [-1.0, -1e300, float("-inf"), float("nan")])
def test_a_wait_into_the_past_is_none(asked):
    assert after_error(SmsUnavailable("20429", asked), 1, NOW, "staff").due_at == NOW


@pytest.mark.parametrize(
    "error, lane, attempts, calls_for",
    [
        (SmsRejected("21610"), "participant", 1, {"opt_out"}),
        (SmsRejected("21211"), "participant", 1, {"bad_number"}),
        (SmsRejected("21604"), "participant", 1, {"bad_number"}),
        (SmsRejected("21614"), "participant", 1, {"bad_number"}),
        (SmsRejected("99999"), "participant", 1, set()),
        *[(SmsRejected(code), "participant", 1, {"alarm"}) for code in ("21408", "21608", "21612")],
        *[(SmsRejected(code), "participant", 1, {"hold"}) for code in ("20003", "21606", "30034", "")],
        *[(SmsRejected(code), "staff", 1, {"alarm"}) for code in ("20003", "21606", "30034", "")],
        (SmsUnavailable(), "participant", 7, set()),
        (SmsUnavailable(), "participant", 8, {"alarm"}),
        (SmsUnknown(), "participant", 1, set()),
    ],
)
def test_what_else_an_error_calls_for(error, lane, attempts, calls_for):
    outcome = after_error(error, attempts, NOW, lane)
    assert {name for name in ("opt_out", "bad_number", "alarm", "hold") if getattr(outcome, name)} == calls_for


@pytest.mark.parametrize(
    "holds, hours",
    [
        ([], 0),
        ([("2026-02-27T15:00:00Z", "2026-02-28T15:00:00Z")], 0),  # over before
        ([("2026-02-28T14:00:00Z", "2026-02-28T16:00:00Z")], 1),
        ([("2026-03-01T14:00:00Z", "2026-03-01T16:00:00Z"), ("2026-03-02T14:00:00Z", None)], 3),
    ],
)
def test_the_hours_of_a_hold_are_counted_from_when_the_text_was_due(holds, hours):
    rows = [{"at": at, "ended_at": ended_at} for at, ended_at in holds]
    assert held_for(rows, NOW - timedelta(days=2), NOW) == timedelta(hours=hours)


@pytest.mark.parametrize("ended_at, what", [(None, "go"), ("2026-02-28T15:00:00Z", "drop")])
def test_a_text_grows_no_older_while_it_is_held(study, ended_at, what):
    waited = message(queued_at="2026-02-25T15:00:00Z", due_at="2026-02-25T15:00:00Z", attempts=9)
    holds = [{"at": "2026-02-26T15:00:00Z", "ended_at": ended_at}]
    assert participant_verdict(study, waited, facts(holds=holds), NOW).what == what


@pytest.mark.parametrize(
    "reason, held, status",
    [(None, False, "queued"), ("configuration 21606", True, "queued"), ("configuration 21606", False, "failed")],
)
def test_a_text_refused_again_though_others_go_fails_alone(reason, held, status):
    refused = after_error(SmsRejected("21606"), 2, NOW, "participant")
    outcome = alone_refused(refused, {"reason": reason}, held)
    assert (outcome.status, outcome.hold, outcome.alarm) == (status, status == "queued", status == "failed")


@pytest.mark.parametrize(
    "statuses, derived",
    [
        ([], None),
        (["", "partially_delivered"], None),
        (["accepted"], "sent"),
        (["queued", "sending"], "sent"),
        (["sent", "queued"], "sent"),
        (["delivered", "sent"], "delivered"),
        (["sent", "undelivered", "queued"], "undelivered"),
        (["failed", "sending"], "failed"),
        (["canceled", "sent"], "failed"),
        (["read", "delivered"], "delivered"),
        (["failed", "delivered"], "delivered"),
        (["undelivered", "delivered"], "delivered"),
    ],
)
def test_the_highest_receipt_says_what_became_of_a_text(statuses, derived):
    for order in permutations(statuses):
        assert after_receipts(list(order)) == derived


@given(st.lists(PROVIDER, max_size=12), st.randoms())
def test_the_order_of_receipts_and_their_repeats_change_nothing(statuses, chance):
    shuffled = statuses + statuses[: len(statuses) // 2]
    chance.shuffle(shuffled)
    assert after_receipts(shuffled) == after_receipts(statuses)


@given(st.lists(PROVIDER, max_size=8), PROVIDER)
def test_a_further_receipt_never_takes_a_delivery_back(statuses, later):
    if after_receipts(statuses) == "delivered":
        assert after_receipts([*statuses, later]) == "delivered"
