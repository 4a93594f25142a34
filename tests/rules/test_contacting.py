"""What a visit calls for and when: invitation, reminders, the call; by text or at once by a person."""

import pytest

from prom.rules.contacting import due_contacts, next_look, reachable
from prom.rules.times import instant, stamp

PERSON = {
    "zone": "America/New_York", "contact_mode": "text", "study_consent": 1, "texts_consent": 1, "texts_stopped": 0,
    "wrong_since": None,
    "failed_since": None,
}  # fmt: skip
LATER = "2026-05-19T14:00:00Z"  # in the last hours of the visit


def a_visit(**given) -> dict:
    """A 1-month visit of somebody injected on 12 March: due 12 April, open from the 5th to the end of 19 May."""
    return {
        "timepoint": "1m", "due_on": "2026-04-12", "serves_on": None, "opens_at": "2026-04-05T04:00:00Z",
        "closes_at": "2026-05-20T04:00:00Z", "finish_by": "2026-05-21T04:00:00Z", "window_closes_on": "2026-04-19",
        "started_at": None, "submitted_at": None, "cancelled_at": None,
    } | given  # fmt: skip


def a_baseline(**given) -> dict:
    return a_visit(
        timepoint="baseline", due_on="2026-03-05", opens_at="2026-03-02T05:00:00Z", closes_at=None, finish_by=None,
        window_closes_on="2026-03-12", **given,
    )  # fmt: skip


def a_text(kind="invitation", at="2026-04-12T14:00:00Z", step=0, status="sent", reason=None, **given) -> dict:
    return {
        "kind": kind, "step": step, "status": status, "reason": reason, "queued_at": at, "claimed_at": at,
    } | given  # fmt: skip


def due(study, visit, now, *texts, by_text=True, **person) -> list[tuple[str, int]]:
    found = due_contacts(study, PERSON | person, visit, list(texts), by_text, instant(now))
    return [(contact.kind, contact.step) for contact in found]


# ---- who is reached by text


def test_texts_reach_whoever_takes_and_may_get_them():
    assert reachable(PERSON, "+15550100100", opted_out=False)


@pytest.mark.parametrize(
    "person, number, opted_out",
    [
        ({"contact_mode": "phone"}, "+15550100100", False),
        ({"contact_mode": "paper"}, "+15550100100", False),
        ({"study_consent": 0}, "+15550100100", False),
        ({"texts_consent": 0}, "+15550100100", False),
        ({"texts_stopped": 1}, "+15550100100", False),
        ({"wrong_since": "2026-03-02T15:00:00Z"}, "+15550100100", False),
        ({"failed_since": "2026-03-02T15:00:00Z"}, "+15550100100", False),
        ({}, "", False),
        ({}, "+15550100100", True),
    ],
)
def test_everybody_else_is_called(person, number, opted_out):
    assert not reachable(PERSON | person, number, opted_out)


# ---- invitation


@pytest.mark.parametrize(
    "now, expected",
    [
        ("2026-04-05T04:00:00Z", []),  # open, not due yet
        ("2026-04-12T13:59:59Z", []),
        ("2026-04-12T14:00:00Z", [("invitation", 0)]),  # ten o'clock in New York
        ("2026-05-19T14:00:00Z", [("invitation", 0)]),  # late, and only this
        ("2026-05-20T04:00:00Z", []),
    ],
)
def test_the_invitation_is_due_on_the_day_at_the_hour_of_texts(study, now, expected):
    assert due(study, a_visit(), now) == expected


@pytest.mark.parametrize(
    "zone, due_on, at",
    [
        ("America/New_York", "2026-03-07", "2026-03-07T15:00:00Z"),
        ("America/New_York", "2026-03-08", "2026-03-08T14:00:00Z"),  # the clocks went forward that night
        ("Pacific/Auckland", "2026-03-08", "2026-03-07T21:00:00Z"),
        ("Asia/Kolkata", "2026-03-08", "2026-03-08T04:30:00Z"),
    ],
)
def test_ten_oclock_is_that_of_the_participant(study, zone, due_on, at):
    visit = a_visit(due_on=due_on, opens_at="2026-03-01T00:00:00Z")
    [contact] = due_contacts(study, PERSON | {"zone": zone}, visit, [], True, instant(LATER))
    assert stamp(contact.due_at) == at


@pytest.mark.parametrize("over", [{"submitted_at": LATER}, {"cancelled_at": LATER}, {"opens_at": None}])
def test_nothing_is_due_for_a_visit_that_takes_no_answers(study, over):
    assert due(study, a_visit(**over), LATER) == []
    assert due(study, a_visit(**over), LATER, by_text=False) == []


@pytest.mark.parametrize(
    "text, expected",
    [
        (a_text(status="dropped", reason="stale"), [("invitation", 1)]),
        (a_text(status="dropped", reason="opted_out"), [("invitation", 1)]),
        (a_text(status="dropped", reason="planned"), [("invitation", 1)]),
        (a_text(status="dropped", reason="not_allowed"), []),
        (a_text(status="failed"), []),
        (a_text(status="unknown"), []),
        (a_text(status="queued", claimed_at=None), []),
    ],
)
def test_an_invitation_that_never_left_is_due_again(study, text, expected):
    assert due(study, a_visit(), "2026-04-13T14:00:00Z", text) == expected


# ---- reminders and the call


@pytest.mark.parametrize(
    "now, expected",
    [
        ("2026-04-14T13:59:59Z", []),
        ("2026-04-14T14:00:00Z", [("reminder", 1)]),
        ("2026-04-17T13:59:59Z", [("reminder", 1)]),
        ("2026-04-17T14:00:00Z", [("reminder", 2)]),  # never a backlog
        ("2026-04-20T13:59:59Z", [("reminder", 2)]),
        ("2026-04-20T14:00:00Z", [("call", 0), ("reminder", 2)]),
    ],
)
def test_reminders_after_2_and_5_days_and_the_call_after_8(study, now, expected):
    assert due(study, a_visit(), now, a_text()) == expected


@pytest.mark.parametrize("claimed_at", [None, "2026-04-12T14:00:00Z"])
def test_nobody_is_reminded_of_an_invitation_that_still_waits_but_is_called(study, claimed_at):
    waits = a_text(status="queued", claimed_at=claimed_at)
    assert due(study, a_visit(), "2026-04-17T14:00:00Z", waits) == []
    assert due(study, a_visit(), "2026-04-20T14:00:00Z", waits) == [("call", 0)]


def test_reminders_count_from_the_day_on_which_the_invitation_left(study):
    late = a_text(at="2026-04-25T13:30:00Z")
    assert due(study, a_visit(), "2026-04-27T13:59:59Z", late) == []
    assert due(study, a_visit(), "2026-04-27T14:00:00Z", late) == [("reminder", 1)]


def test_reminders_count_local_days_across_a_change_of_clocks(study):
    visit = a_visit(due_on="2026-03-07", opens_at="2026-03-01T05:00:00Z")
    sent = a_text(at="2026-03-07T15:00:00Z")
    assert due(study, visit, "2026-03-09T13:59:59Z", sent) == []
    assert due(study, visit, "2026-03-09T14:00:00Z", sent) == [("reminder", 1)]


def test_a_begun_report_is_reminded_too(study):
    assert due(study, a_visit(started_at="2026-04-12T15:00:00Z"), "2026-04-14T14:00:00Z", a_text()) == [("reminder", 1)]


@pytest.mark.parametrize(
    "now, expected",
    [
        ("2026-03-05T15:00:00Z", []),
        ("2026-03-11T13:59:59Z", []),
        ("2026-03-11T14:00:00Z", [("reminder", 20260311)]),  # the day before the planned 12 March
        ("2026-03-13T14:00:00Z", [("call", 0), ("reminder", 20260311)]),
    ],
)
def test_a_baseline_is_reminded_the_day_before_alone(study, now, expected):
    assert due(study, a_baseline(), now, a_text(at="2026-03-05T15:00:00Z")) == expected


def test_a_baseline_invited_the_day_before_is_not_reminded_that_day(study):
    assert due(study, a_baseline(), "2026-03-11T20:00:00Z", a_text(at="2026-03-11T14:00:00Z")) == []


def test_a_baseline_without_a_planned_day_has_no_reminder(study):
    visit = a_baseline() | {"window_closes_on": None}
    assert due(study, visit, "2026-03-12T15:00:00Z", a_text(at="2026-03-05T15:00:00Z")) == []
    assert due(study, visit, "2026-03-13T15:00:00Z", a_text(at="2026-03-05T15:00:00Z")) == [("call", 0)]


# ---- by a person


@pytest.mark.parametrize(
    "now, expected", [("2026-04-12T13:59:59Z", []), ("2026-04-12T14:00:00Z", [("call", 0)]), (LATER, [("call", 0)])]
)
def test_where_texts_do_not_go_the_call_is_due_at_once(study, now, expected):
    assert due(study, a_visit(), now, by_text=False) == expected


def test_whoever_stops_texts_after_the_invitation_is_called_at_once(study):
    assert due(study, a_visit(), "2026-04-12T15:00:00Z", a_text(), by_text=False) == [("call", 0)]


# ---- a visit that serves as a baseline, and one that moved


def test_a_serving_visit_is_invited_once_more(study):
    visit = a_visit(serves_on="2026-04-28")
    sent = [a_text(), a_text("reminder", "2026-04-14T14:00:00Z", 1), a_text("reminder", "2026-04-17T14:00:00Z", 2)]
    assert ("again", 0) not in due(study, visit, "2026-04-28T13:59:59Z", *sent)
    assert ("again", 0) in due(study, visit, "2026-04-28T14:00:00Z", *sent)


def test_a_serving_visit_due_later_is_invited_when_it_must_serve(study):
    visit = a_visit(serves_on="2026-04-08")
    assert due(study, visit, "2026-04-08T14:00:00Z") == [("invitation", 0)]
    assert due(study, visit, "2026-04-09T14:00:00Z", a_text(at="2026-04-08T14:00:00Z")) == []
    assert due(study, visit, "2026-04-08T14:00:00Z", by_text=False) == [("call", 0)]


def test_a_visit_moved_after_its_invitation_is_invited_on_its_new_day(study):
    moved, old = a_visit(), a_text(at="2026-03-20T14:00:00Z")
    assert due(study, moved, "2026-04-10T14:00:00Z", old) == []
    assert due(study, moved, "2026-04-12T14:00:00Z", old) == [("again", 1)]
    again = a_text("again", "2026-04-12T14:00:00Z", 1)
    assert due(study, moved, "2026-04-12T15:00:00Z", old, again) == []
    assert due(study, moved, "2026-04-14T14:00:00Z", old, again) == [("reminder", 11)]
    assert due(study, moved, "2026-04-20T14:00:00Z", old, again)[0] == ("call", 0)


def test_a_visit_moved_by_a_few_days_keeps_its_invitation(study):
    assert due(study, a_visit(), "2026-04-12T14:00:00Z", a_text(at="2026-04-10T14:00:00Z")) == [("reminder", 1)]


# ---- when to look again


@pytest.mark.parametrize(
    "now, texts, by_text, expected",
    [
        ("2026-03-20T00:00:00Z", [], True, "2026-04-05T04:00:00Z"),
        ("2026-04-05T04:00:00Z", [], True, "2026-04-12T14:00:00Z"),
        ("2026-04-12T14:00:00Z", [a_text()], True, "2026-04-14T14:00:00Z"),
        ("2026-04-17T14:00:00Z", [a_text()], True, "2026-04-20T14:00:00Z"),
        ("2026-04-20T14:00:00Z", [a_text()], True, "2026-05-20T04:00:00Z"),
        ("2026-04-12T14:00:00Z", [], False, "2026-05-20T04:00:00Z"),
        ("2026-05-20T04:00:00Z", [], True, None),
    ],
)
def test_the_next_look_is_when_something_may_come_due(study, now, texts, by_text, expected):
    found = next_look(study, PERSON, a_visit(), texts, by_text, instant(now))
    assert (stamp(found) if found else None) == expected


def test_a_visit_that_is_held_is_not_looked_at(study):
    held = a_visit(due_on=None, opens_at=None, closes_at=None, finish_by=None)
    assert next_look(study, PERSON, held, [], True, instant(LATER)) is None
