"""The order of the nurses' list, and what is overdue."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prom.rules.study import CLASSES, URGENCIES
from prom.rules.times import instant
from prom.rules.worklist import Asked, asked, place, place_to_read, read_by, standing

NINE = "2026-03-02T14:00:00Z"  # a Monday, 09:00 in New York, an hour after opening


@pytest.mark.parametrize(
    "alert_class, minutes, overdue",
    [
        ("red", 30, False), ("red", 31, True),
        ("high", 240, False), ("high", 241, True),
        ("routine", 60 * 24, False),
    ],
)  # fmt: skip
def test_an_alert_nobody_took_in_time_is_overdue(study, alert_class, minutes, overdue):
    found = standing(study, alert_class, [event("raised", NINE)], instant(NINE) + timedelta(minutes=minutes))
    assert (found.state, found.taken, found.overdue) == ("open", None, overdue)


@pytest.mark.parametrize(
    "alert_class, minutes, overdue",
    [("red", 60, False), ("red", 61, True), ("high", 535, False), ("high", 60 * 48, True)],
)
def test_an_alert_that_somebody_has_is_overdue_once_they_should_have_called(study, alert_class, minutes, overdue):
    took = event("acknowledged", "2026-03-02T14:05:00Z", "nina")
    since = instant("2026-03-02T14:05:00Z")
    found = standing(study, alert_class, [event("raised", NINE), took], since + timedelta(minutes=minutes))
    assert (found.state, found.taken, found.overdue) == ("acknowledged", took, overdue)


@pytest.mark.parametrize("alert_class, due", [("red", "03T22:00"), ("high", "03T22:00"), ("routine", "09T21:00")])
def test_an_alert_whose_participant_was_spoken_to_is_overdue_once_it_should_be_closed(study, alert_class, due):
    """At the end of the next working day, a routine one a week later: 17:00 in New York, where clocks change."""
    events = [event("raised", NINE), event("contacted", "2026-03-02T14:05:00Z", "nina")]
    by = instant(f"2026-03-{due}:00Z")
    assert standing(study, alert_class, events, by) == standing(study, alert_class, events, instant(NINE))
    late = standing(study, alert_class, events, by + timedelta(minutes=1))
    assert (late.state, late.due_by, late.overdue) == ("contacted", by, True)


def test_the_second_contact_is_not_the_participant(study):
    spoken = event("contacted", "2026-03-02T14:05:00Z", "nina") | {"called": "second_contact"}
    found = standing(study, "red", [event("raised", NINE), spoken], instant("2026-03-02T15:06:00Z"))
    assert (found.state, found.taken, found.overdue) == ("acknowledged", spoken, True)


def test_times_run_from_the_taking_once_a_contact_is_taken_back(study):
    events = [
        event("raised", NINE), event("acknowledged", NINE, "nina"),
        event("contacted", "2026-03-02T14:30:00Z", "nina"), event("contact_undone", "2026-03-02T14:31:00Z", "nina"),
    ]  # fmt: skip
    found = standing(study, "red", events, instant(NINE) + timedelta(minutes=61))
    assert (found.state, found.due_by, found.overdue) == ("acknowledged", instant(NINE) + timedelta(hours=1), True)


def test_the_time_to_close_runs_anew_from_a_handing_over_and_a_further_call(study):
    events = [event("raised", NINE), event("contacted", NINE, "nina")]
    handed = event("handed_over", "2026-03-03T15:00:00Z", "nina") | {"to_staff_id": "noor"}
    again = event("contacted", "2026-03-04T15:00:00Z", "noor")
    found = [standing(study, "red", [*events, *more], instant(NINE)) for more in ([], [handed], [handed, again])]
    assert [each.due_by for each in found] == [instant(f"2026-03-0{day}T22:00:00Z") for day in (3, 4, 5)]


def test_a_climb_calls_anew(study):
    climbed = "2026-03-02T15:00:00Z"
    events = [event("raised", NINE), event("acknowledged", NINE, "nina"), event("climbed", climbed)]
    assert standing(study, "red", events, instant(climbed) + timedelta(minutes=30)).overdue is False
    late = standing(study, "red", events, instant(climbed) + timedelta(minutes=31))
    assert (late.taken, late.overdue) == (None, True)


def test_red_stands_first_then_the_overdue_then_by_class_and_age():
    wanted = [
        ("red", True, "10:00"), ("red", False, "09:00"), ("red", False, "11:00"),
        ("high", True, "08:00"), ("routine", True, "01:00"),
        ("high", False, "07:00"), ("high", False, "08:30"), ("routine", False, "02:00"),
    ]  # fmt: skip
    backwards = wanted[::-1]
    assert sorted(backwards, key=lambda each: place(each[0], each[1], "", each[2])) == wanted


def test_among_equals_what_the_participant_asks_for_comes_before_age():
    wanted = [
        ("red", False, "call", "12:00"), ("red", False, "", "09:00"),
        ("high", False, "urgent", "11:00"), ("high", False, "call", "10:00"), ("high", False, "can_wait", "01:00"),
        ("high", False, "", "02:00"), ("routine", False, "urgent", "00:00"), ("routine", False, "call", "00:30"),
    ]  # fmt: skip
    backwards = wanted[::-1]
    assert sorted(backwards, key=lambda each: place(*each)) == wanted


SOON = st.sampled_from(("", *URGENCIES))
ALERT = st.tuples(st.sampled_from(CLASSES), st.booleans(), st.integers(0, 20).map(lambda n: f"{n:02}:00"))


@given(st.lists(st.tuples(ALERT, SOON, SOON)))
def test_no_urgency_moves_an_alert_past_red_overdue_or_a_higher_class(alerts):
    def order(urgencies):
        keyed = [
            (place(*alert[:2], urgency, alert[2]), alert)
            for (alert, *_), urgency in zip(alerts, urgencies, strict=True)
        ]
        return [alert for _, alert in sorted(keyed, key=lambda each: each[0])]

    before, after = order([was for _, was, _ in alerts]), order([now for _, _, now in alerts])
    assert [alert[:2] for alert in before] == [alert[:2] for alert in after]
    reds = [alert[0] == "red" for alert in after]
    assert reds == sorted(reds, reverse=True)
    for red in (True, False):
        late = [alert[1] for alert in after if (alert[0] == "red") is red]
        assert late == sorted(late, reverse=True)
        for overdue in (True, False):
            group = [CLASSES.index(alert[0]) for alert in after if (alert[0] == "red", alert[1]) == (red, overdue)]
            assert group == sorted(group)


@given(st.lists(st.tuples(st.sampled_from((None, *CLASSES)), SOON, SOON)))
def test_no_urgency_moves_a_report_past_one_with_a_red_or_high_alert(reports):
    def order(urgencies):
        keyed = [(place_to_read(each[0], urgency), each[0]) for each, urgency in zip(reports, urgencies, strict=True)]
        return [alert_class or "routine" for _, alert_class in sorted(keyed, key=lambda each: each[0])]

    assert order([was for _, was, _ in reports]) == order([now for *_, now in reports])
    assert order([now for *_, now in reports]) == sorted(order([""] * len(reports)), key=CLASSES.index)


def test_an_unread_report_stands_by_its_alert_then_by_what_was_asked_for():
    wanted = [
        ("red", "can_wait"), ("high", "urgent"), ("high", ""), ("routine", "call"), (None, "can_wait"), (None, ""),
    ]  # fmt: skip
    backwards = wanted[::-1]
    assert sorted(backwards, key=lambda each: place_to_read(*each)) == wanted


@pytest.mark.parametrize(
    "answers, wanted",
    [
        ({}, Asked()),
        ({"urgency": {"declined": True}}, Asked()),
        ({"urgency": "can_wait"}, Asked("can_wait")),
        ({"urgency": "call", "call_when": ""}, Asked("call")),
        ({"urgency": "call", "call_when": {"declined": True}}, Asked("call")),
        ({"urgency": "call", "call_when": "after 4 pm"}, Asked("call", "after 4 pm")),
        ({"urgency": "urgent", "call_when": "after 4 pm"}, Asked("urgent")),  # changed since
    ],
)
def test_what_was_asked_for_is_read_from_the_answers_as_they_stand(study, answers, wanted):
    assert asked(study, "1m", answers) == wanted


def test_a_study_that_does_not_ask_for_urgency_knows_none(study):
    silent = study.model_copy(update={"instrument": study.instrument.model_copy(update={"urgency": ""})})
    assert asked(silent, "1m", {"urgency": "urgent"}) == Asked()


@pytest.mark.parametrize(
    "sent_at, by",
    [(NINE, "2026-03-04T14:00:00Z"), ("2026-03-06T21:30:00Z", "2026-03-10T20:30:00Z")],  # Friday 16:30; clocks change
)
def test_a_report_is_read_within_two_working_days(study, sent_at, by):
    assert read_by(study, instant(sent_at)) == instant(by)


def event(kind, at, staff_id=None):
    return {"kind": kind, "at": at, "staff_id": staff_id}
