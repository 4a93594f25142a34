"""Amounts in words, and those so unusual that they are asked about once."""

import pytest

from prom.rules import amounts
from prom.rules.answers import DECLINED, NOT_SURE

TAP = "Is that right? You can change it, or tap Next."


def told(strength=None, unit=None, times=None):
    found = {"med_strength": strength, "med_unit": unit, "med_times": times}
    return {f"{item}/paracetamol": value for item, value in found.items() if value is not None}


@pytest.mark.parametrize(
    "item, answers, words",
    [
        ("med_strength", told(500, "mg"), "500 mg"),
        ("med_strength", told(12.5, "mcg_per_hour"), "12.5 mcg an hour"),
        ("med_strength", told(0.5, "percent"), "0.5 %"),
        ("med_strength", told(500, NOT_SURE), "500"),
        ("med_strength", told(NOT_SURE, NOT_SURE), ""),
        ("med_strength", told(DECLINED, "mg"), ""),
        ("med_strength", told(), ""),
        ("med_times", told(500, "mg", 3), "3"),
    ],
)
def test_an_amount_is_said_with_its_unit(study, item, answers, words):
    assert amounts.amount(study, study.items[item], "paracetamol", answers, "en") == words


@pytest.mark.parametrize(
    "item, answers, words",
    [
        ("med_strength", told(2000, "mg"), ""),
        ("med_strength", told(2001, "mg"), f"That is 2001 mg in one dose. {TAP}"),
        ("med_strength", told(5000, "mcg"), f"That is 5000 mcg in one dose. {TAP}"),
        ("med_strength", told(500, "mcg_per_hour"), f"That is 500 mcg an hour in one dose. {TAP}"),
        ("med_strength", told(500, "g"), f"That is 500 g in one dose. {TAP}"),
        ("med_strength", told(50, "percent"), f"That is 50 % in one dose. {TAP}"),
        ("med_strength", told(1000, "mg", 12), f"That is 12000 mg in a day. {TAP}"),
        ("med_strength", told(9000, "other"), ""),  # of an unknown unit nothing is unusual
        ("med_strength", told(9000, NOT_SURE), ""),
        ("med_strength", told(NOT_SURE, "mg"), ""),
        ("med_times", told(500, "mg", 12), ""),
        ("med_times", told(100, "mg", 12.5), f"That is 12.5 times a day. {TAP}"),
        ("med_times", told(NOT_SURE, NOT_SURE, 24), f"That is 24 times a day. {TAP}"),
        ("med_times", told(1000, "mg", 6), ""),
        ("med_times", told(1000, "mg", 12), f"That is 12000 mg in a day. {TAP}"),
        ("med_times", told(800.5, "mg", 8), f"That is 6404 mg in a day. {TAP}"),
        ("med_times", told(25, "mcg_per_hour", 10), ""),  # a patch works all day
        ("med_times", told(1000, "mg", NOT_SURE), ""),
        ("med_days", told(1000, "mg", 12), ""),
    ],
)
def test_an_unusual_amount_is_asked_about_in_words(study, item, answers, words):
    asked = amounts.asked_again(study, study.items[item], "paracetamol", answers, "en")
    assert asked == ([words] if words else [])


def test_what_it_comes_to_in_a_day_is_asked_about_whichever_is_answered_last(study):
    found = {
        item: amounts.asked_again(study, study.items[item], "paracetamol", told(5000, "mg", 20), "en")
        for item in ("med_strength", "med_times")
    }
    a_day = f"That is 100000 mg in a day. {TAP}"
    assert found["med_strength"] == [f"That is 5000 mg in one dose. {TAP}", a_day]
    assert found["med_times"] == [f"That is 20 times a day. {TAP}", a_day]


@pytest.mark.parametrize(
    "language, words",
    [("es", "Son 12000 mg en un día."), ("zh-Hant", "這表示一天 12000 毫克（mg）。")],
)
def test_it_is_asked_in_the_language_of_the_form(study, language, words):
    found = amounts.asked_again(study, study.items["med_times"], "paracetamol", told(1000, "mg", 12), language)
    assert [one.partition(words)[0] for one in found] == [""]
