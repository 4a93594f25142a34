"""Medicines and problems as a report tells them, a line each."""

import pytest

from prom.rules import listing
from prom.rules.answers import DECLINED, NOT_SURE

IBUPROFEN = {
    "med_any": "yes", "med_classes": ["nsaid_oral"], "med_strength/nsaid_oral": 400, "med_unit/nsaid_oral": "mg",
    "med_times/nsaid_oral": 1, "med_days/nsaid_oral": NOT_SURE, "med_change/nsaid_oral": "more",
    "med_more/nsaid_oral": "no",
}  # fmt: skip
PROBLEMS = {
    "se_any": "yes", "se_list": ["headache", "other"], "se_severity/headache": "strong",
    "se_interference/headache": "a_lot", "se_care/headache": "emergency_room", "se_text/other": "Itchy ears",
    "se_severity/other": "light", "se_interference/other": DECLINED, "se_care/other": "no",
}  # fmt: skip


def told(study, answers, timepoint="1m", language="en"):
    return listing.told(study, timepoint, answers, language)


def test_each_medicine_and_each_problem_has_a_line_with_what_was_said_of_it(study):
    assert told(study, IBUPROFEN | PROBLEMS) == {
        "med_classes": ["Anti-inflammatory tablets: 400 mg, 1 time a day, more than before"],
        "se_list": [
            "The headache: strong, much in the way, emergency room",
            "The other problem: Itchy ears, light, no care",
        ],
    }


@pytest.mark.parametrize("language, line", [
    ("es", "El dolor de cabeza: fuerte, estorb\u00f3 mucho, urgencias"),
    ("zh-Hant", "\u982d\u75db\uff1a\u5f37\u70c8\u3001\u5f88\u5f71\u97ff\u6d3b\u52d5\u3001\u6025\u8a3a"),
])  # fmt: skip
def test_a_line_is_said_in_every_language(study, language, line):
    assert told(study, PROBLEMS, language=language)["se_list"][0] == line


@pytest.mark.parametrize(
    "answers, lines",
    [
        ({"med_any": "no"}, ["No"]),
        ({"med_any": DECLINED}, ["I prefer not to answer"]),
        ({"med_any": "yes", "med_classes": DECLINED}, ["I prefer not to answer"]),
        ({"med_any": "yes"}, ["Yes"]),
        ({}, []),
    ],
)
def test_without_a_tick_it_says_what_was_answered(study, answers, lines):
    assert told(study, answers)["med_classes"] == lines


def test_what_a_change_hid_is_not_told(study):
    assert told(study, IBUPROFEN | {"med_any": "no"})["med_classes"] == ["No"]


def test_a_timepoint_tells_of_what_it_asks_alone(study):
    assert set(told(study, IBUPROFEN | PROBLEMS, "baseline")) == {"med_classes"}
