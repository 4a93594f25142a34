"""The contact funnel: each visit that came due once, at its furthest step, with the reason that it got no further."""

from zoneinfo import ZoneInfo

import pytest

from prom.rules.funnel import STEPS, as_it_stood, came_due, fate, funnel
from tests.study import utc

NOW = utc("2026-03-20T16:00:00Z")
NEW_YORK = ZoneInfo("America/New_York")
THEN = "2026-03-20T15:00:00Z"
PERSON = {
    "contact_mode": "text", "left": False, "study_consent": 1, "texts_consent": 1, "texts_stopped": 0,
    "wrong_since": None, "failed_since": None, "has_number": 1, "opted_out": False, "red_waits": False,
    "plain_stop": 0,
}  # fmt: skip
VISIT = {
    "due_on": "2026-03-20", "opens_at": "2026-03-13T05:00:00Z", "closes_at": "2026-04-20T05:00:00Z",
    "finish_by": "2026-04-21T05:00:00Z", "opened_at": None, "started_at": None, "submitted_at": None,
    "cancelled_at": None, "cancel_reason": None, "created_at": "2026-02-20T15:00:00Z",
}  # fmt: skip


def text(status="queued", reason=None, sent_at=None, delivered_at=None):
    return {"status": status, "reason": reason, "sent_at": sent_at, "delivered_at": delivered_at}


SENT = text("sent", None, THEN)
ARRIVED = text("delivered", None, THEN, THEN)
LOST = text("undelivered", "30003", THEN)


@pytest.mark.parametrize(
    "visit, texts, person, step, why",
    [
        ({}, [], {}, "due", "open"),
        ({"closes_at": "2026-03-20T05:00:00Z"}, [], {}, "due", "missed"),
        ({}, [], {"contact_mode": "phone"}, "due", "contact_mode"),
        ({}, [], {"opted_out": True}, "due", "opted_out"),
        ({}, [], {"red_waits": True}, "due", "red_alert"),
        ({}, [], {"plain_stop": 1}, "due", "plain_stop"),
        ({}, [text("queued", "plain_stop")], {"plain_stop": 1}, "queued", "queued plain_stop"),
        ({}, [], {"left": True, "opted_out": True}, "due", "left"),
        ({}, [text()], {}, "queued", "queued"),
        ({}, [text("dropped", "opted_out")], {}, "queued", "dropped opted_out"),
        ({}, [text("dropped", "opted_out"), text("queued", "cap")], {}, "queued", "queued cap"),
        ({}, [text("failed", "21211")], {"opted_out": True}, "queued", "failed 21211"),
        ({}, [SENT], {}, "sent", "sent"),
        ({}, [LOST, text("queued", "cap")], {}, "sent", "undelivered 30003"),
        ({}, [LOST, ARRIVED], {}, "delivered", "open"),
        ({"closes_at": "2026-03-20T05:00:00Z"}, [ARRIVED], {}, "delivered", "missed"),
        ({"opened_at": THEN}, [SENT], {}, "opened", "open"),
        ({"opened_at": THEN, "started_at": THEN}, [ARRIVED], {}, "started", "open"),
        ({"submitted_at": THEN}, [], {"contact_mode": "phone"}, "submitted", ""),
        ({"cancelled_at": NOW, "cancel_reason": "overtaken"}, [ARRIVED], {}, "delivered", "overtaken"),
        ({"cancelled_at": NOW, "cancel_reason": "withdrawn"}, [], {"left": True}, "due", "withdrawn"),
    ],
)
def test_how_far_and_why_no_further(visit, texts, person, step, why):
    found = fate(VISIT | visit, texts, PERSON | person, NOW)
    assert (found.step, found.why) == (step, why)


@pytest.mark.parametrize(
    "visit, counted",
    [
        ({}, True),
        ({"due_on": "2026-03-21"}, False),
        ({"due_on": None}, False),
        ({"cancelled_at": "2026-03-19T15:00:00Z"}, False),
        ({"cancelled_at": "2026-03-20T15:00:00Z"}, True),
        ({"created_at": "2026-04-20T05:00:00Z"}, False),  # closed when it was entered
        ({"created_at": "2026-04-20T05:00:00Z", "submitted_at": THEN}, True),
        ({"cancelled_at": "2026-03-20T15:00:00Z", "created_at": "2026-03-20T15:00:00Z"}, False),
        ({"due_on": "2026-03-18", "cancelled_at": "2026-03-19T15:00:00Z"}, True),
    ],
)
def test_a_visit_is_counted_once_its_day_has_come(visit, counted):
    assert came_due(VISIT | visit, NEW_YORK, NOW) is counted


@pytest.mark.parametrize(
    "at, what, value, why",
    [
        ("2026-03-19T15:00:00Z", "opted_out", 1, "opted_out"),
        ("2026-03-22T15:00:00Z", "opted_out", 1, "missed"),
        ("2026-03-19T15:00:00Z", "left", 1, "left"),
        ("2026-05-01T15:00:00Z", "left", 1, "missed"),
        ("2026-03-19T15:00:00Z", "texts_consent", 0, "no_texts_consent"),
        ("2026-04-25T15:00:00Z", "texts_consent", 0, "missed"),
        ("2026-04-25T15:00:00Z", "wrong_since", 1, "missed"),
    ],
)
def test_a_reason_that_came_after_the_visits_day_is_none_of_its_own(at, what, value, why):
    given = [{"what": kind, "at": VISIT["created_at"], "value": 1} for kind in ("study_consent", "texts_consent")]
    changes = [*given, {"what": what, "at": at, "value": value}]
    now = utc("2026-05-20T16:00:00Z")
    stood = as_it_stood(PERSON | {"zone": "America/New_York", what: value}, changes, VISIT, now)
    assert fate(VISIT, [], stood | {"red_waits": False}, now).why == why


def test_a_reason_that_ended_since_is_still_that_of_a_visit_of_its_time():
    changes = [
        {"what": "opted_out", "at": "2026-03-01T15:00:00Z", "value": 1},
        {"what": "opted_out", "at": "2026-05-01T15:00:00Z", "value": 0},
    ]
    person = PERSON | {"zone": "America/New_York"}
    assert as_it_stood(person, changes, VISIT, utc("2026-05-20T16:00:00Z"))["opted_out"] == 1


def test_a_visit_made_late_is_judged_as_things_stood_when_it_was_made():
    made = VISIT | {"created_at": "2026-04-01T15:00:00Z"}
    changes = [{"what": "study_consent", "at": "2026-04-01T15:00:00Z", "value": 1}]
    person = PERSON | {"zone": "America/New_York"}
    assert as_it_stood(person, changes, made, utc("2026-05-20T16:00:00Z"))["study_consent"] == 1


def test_a_visit_that_is_not_open_yet_is_not_called_open():
    assert fate(VISIT | {"opens_at": None}, [], PERSON, NOW).why == "planned"
    assert fate(VISIT | {"opens_at": "2026-03-21T05:00:00Z"}, [ARRIVED], PERSON, NOW).why == "planned"


def test_the_day_comes_where_the_participant_lives():
    night = utc("2026-03-20T03:00:00Z")
    assert not came_due(VISIT, NEW_YORK, night) and came_due(VISIT, ZoneInfo("Asia/Tokyo"), night)


def test_every_visit_is_lost_once_or_answered():
    given = [
        ({}, [], {"opted_out": True}), ({}, [], {"opted_out": True}), ({}, [], {}), ({}, [LOST], {}), ({}, [SENT], {}),
        ({"opened_at": THEN}, [SENT], {}), ({"submitted_at": THEN}, [], {}),
        ({"opened_at": THEN, "started_at": THEN, "submitted_at": THEN}, [ARRIVED], {}),
    ]  # fmt: skip
    fates = [fate(VISIT | visit, texts, PERSON | person, NOW) for visit, texts, person in given]
    steps = {step.name: step for step in funnel(fates)}
    assert [steps[name].reached for name in STEPS] == [8, 5, 5, 3, 3, 2, 2]
    assert steps["due"].lost == (("opted_out", 2), ("open", 1))
    assert steps["sent"].lost == (("undelivered 30003", 1), ("sent", 1))
    assert sum(number for step in steps.values() for _, number in step.lost) + steps["submitted"].reached == 8
    assert steps["delivered"].beside == 2 and steps["started"].beside == 1 and steps["due"].beside == 0


def test_nothing_due_counts_nothing():
    assert [(step.reached, step.lost) for step in funnel([])] == [(0, ())] * len(STEPS)
