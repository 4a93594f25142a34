"""The life of an alert from its events."""

import pytest

from prom.rules.alert_life import acknowledged_at, called_at, can, closing_faults, state, told_back

OUTCOMES = ("advice", "visit")


def events(*kinds: str) -> list[dict]:
    """Events of those kinds, one a minute from 09:00."""
    return [
        {"kind": kind, "at": f"2026-03-02T09:{minute:02}:00Z", "staff_id": None} for minute, kind in enumerate(kinds)
    ]


@pytest.mark.parametrize(
    "kinds, expected, acknowledged_minute, called_minute",
    [
        (["raised"], "open", None, 0),
        (["raised", "notified", "joined"], "open", None, 0),
        (["raised", "call_tried"], "open", None, 0),
        (["raised", "acknowledged"], "acknowledged", 1, 0),
        (["raised", "acknowledged", "handed_over", "call_tried"], "acknowledged", 1, 0),
        (["raised", "acknowledged", "joined"], "acknowledged", 1, 0),
        (["raised", "contacted"], "contacted", 1, 0),
        (["raised", "unreachable"], "acknowledged", 1, 0),
        (["raised", "acknowledged", "unreachable", "contacted"], "contacted", 1, 0),
        (["raised", "contacted", "unreachable"], "contacted", 1, 0),
        (["raised", "contacted", "contact_undone"], "acknowledged", 1, 0),
        (["raised", "contacted", "contacted", "contact_undone"], "contacted", 1, 0),
        (["raised", "contacted", "contacted", "contact_undone", "contact_undone"], "acknowledged", 1, 0),
        (["raised", "contacted", "contact_undone", "contacted"], "contacted", 1, 0),
        (["raised", "acknowledged", "climbed"], "open", None, 2),
        (["raised", "contacted", "climbed", "notified"], "open", None, 2),
        (["raised", "acknowledged", "climbed", "acknowledged"], "acknowledged", 3, 2),
        (["raised", "acknowledged", "contacted", "owner_left"], "open", None, 3),
        (["raised", "acknowledged", "owner_left", "acknowledged"], "acknowledged", 3, 2),
        (["raised", "acknowledged", "not_opened"], "open", None, 0),
        (["raised", "acknowledged", "not_opened", "notified", "acknowledged"], "acknowledged", 4, 0),
        (["raised", "acknowledged", "closed"], "closed", 1, 0),
        (["raised", "acknowledged", "closed", "resumed_texts"], "closed", 1, 0),
        (["raised", "acknowledged", "closed", "contacted"], "closed", 1, 0),
    ],
)
def test_state_of_an_alert(kinds, expected, acknowledged_minute, called_minute):
    row = events(*kinds)
    assert state(row) == expected
    assert acknowledged_at(row) == (None if acknowledged_minute is None else row[acknowledged_minute]["at"])
    assert called_at(row) == row[called_minute]["at"]


@pytest.mark.parametrize(
    "verb, states",
    [
        ("raised", ""),
        ("joined", "open acknowledged contacted"),
        ("climbed", "open acknowledged contacted"),
        ("owner_left", "acknowledged contacted"),
        ("notified", "open acknowledged contacted"),
        ("acknowledged", "open"),
        ("handed_over", "acknowledged contacted"),
        ("call_tried", "open acknowledged contacted"),
        ("contacted", "open acknowledged contacted"),
        ("unreachable", "open acknowledged contacted"),
        ("contact_undone", "contacted"),
        ("physician_decided", "open acknowledged contacted"),
        ("closed", "acknowledged contacted"),
        ("resumed_texts", "acknowledged contacted closed"),
    ],
)
def test_what_may_be_done_in_a_state(verb, states):
    allowed = [one for one in ("open", "acknowledged", "contacted", "closed") if can(one, verb)]
    assert allowed == states.split()


def test_a_deed_that_there_is_not_is_an_error():
    with pytest.raises(KeyError):
        can("open", "deleted")


@pytest.mark.parametrize(
    "alert_class, outcome, note, texts, faults",
    [
        ("high", "advice", "Called, better.", None, []),
        ("routine", "visit", "x" * 2000, "", []),
        ("red", "advice", "Called.", "resume", []),
        ("red", "advice", "Called.", "stay_stopped", []),
        ("red", "advice", "Called.", None, ["texts_required"]),
        ("red", "advice", "Called.", "perhaps", ["texts_required"]),
        ("high", None, "Called.", None, ["outcome_required"]),
        ("high", "", "Called.", None, ["outcome_required"]),
        ("high", "magic", "Called.", None, ["outcome_unknown"]),
        ("high", "advice", " \n", None, ["note_required"]),
        ("high", "advice", None, None, ["note_required"]),
        ("high", "advice", "x" * 2001, None, ["note_too_long"]),
        ("red", "", "", "", ["outcome_required", "note_required", "texts_required"]),
    ],
)
def test_what_keeps_an_alert_from_being_closed(alert_class, outcome, note, texts, faults):
    assert closing_faults(alert_class, outcome, note, texts, OUTCOMES) == faults


@pytest.mark.parametrize(
    "alert_class, kinds, mine, other",
    [
        ("red", ["raised"], None, None),
        ("red", ["raised", "acknowledged"], "staff_yours_red", "staff_taken"),
        ("high", ["raised", "acknowledged", "contacted"], "staff_yours", "staff_taken"),
        ("red", ["raised", "acknowledged", "not_opened"], None, None),
        ("red", ["raised", "acknowledged", "closed"], "staff_taken", "staff_taken"),
    ],
)
def test_what_is_told_to_who_texts_a_code_back(alert_class, kinds, mine, other):
    taken = [event | {"staff_id": "nina"} for event in events(*kinds)]
    assert (told_back(alert_class, taken, "nina"), told_back(alert_class, taken, "noor")) == (mine, other)
