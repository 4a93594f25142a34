"""Morphine milligram equivalents: a figure where it is certain, else the reason, and never 0 for what is not known."""

import pytest

from prom.rules import instrument
from prom.rules.answers import DECLINED, NOT_SURE
from prom.rules.medicines import REASONS, Dose, opioids

NONE = {"med_any": "no"}
BEFORE = {"red_flags": ["none"], "nrs_average": 5, "nrs_worst": 5}
WEAK = ("tramadol", "codeine")


def taken(medicine, strength, unit="mg", times=1, days=7, place="", **more):
    """The answers about one opioid, and that it is the only kind of medicine."""
    place = place or ("opioid_weak" if medicine in WEAK else "opioid_strong")
    about = {"med_opioid": medicine, "med_strength": strength, "med_unit": unit, "med_times": times, "med_days": days}
    about |= {"med_opioid_name": "Made-up"} | {"med_more": "no"} | more
    found = {f"{item}/{place}": value for item, value in about.items() if value is not None}
    return BEFORE | {"med_any": "yes", "med_classes": [instrument.ticked(place)]} | found


def whole(study, answers, timepoint="1m") -> Dose:
    return opioids(study, timepoint, answers).whole


@pytest.mark.parametrize(
    "answers, using_day, mean",
    [
        (taken("hydrocodone", 5, times=4), 20, 20),  # the two examples of the guideline
        (taken("oxycodone", 10, times=2), 30, 30),
        (taken("tramadol", 50, times=3), 30, 30),
        (taken("codeine", 30, times=4), 18, 18),
        (taken("morphine", 15, times=2), 30, 30),
        (taken("hydromorphone", 2, times=4), 40, 40),
        (taken("oxymorphone", 5, times=2), 30, 30),
        (taken("tapentadol", 50, times=3), 60, 60),
        (taken("methadone", 10, times=3), 141, 141),
        (taken("fentanyl_patch", 25, "mcg_per_hour", times=1), 60, 60),
        (taken("fentanyl_patch", 25, "mcg_per_hour", times=0.3), 60, 60),  # a patch works all day
        (taken("fentanyl_patch", 12, "mcg_per_hour", times=NOT_SURE, days=3), 28.8, 12.34),
        (taken("tramadol", 50, times=3, days=2), 30, 8.57),  # as needed
        (taken("hydrocodone", 2.5, times=0.5, days=1), 1.25, 0.18),
        (taken("morphine", 0.01, "g", times=2), 20, 20),
        (taken("hydromorphone", 500, "mcg", times=2), 5, 5),
        (taken("oxycodone", 0.001, "mcg"), 0.01, 0.01),  # next to nothing is not nothing
        (taken("tramadol", 0.1, times=1, days=1), 0.02, 0.01),
    ],
)
def test_a_dose_in_mme_on_a_day_of_use_and_on_average(study, answers, using_day, mean):
    assert whole(study, answers) == Dose(using_day, mean)


@pytest.mark.parametrize(
    "answers, reason",
    [
        (taken("buprenorphine", 2, times=2), "no_factor"),
        (taken("other", 50, times=2), "no_factor"),
        (taken("dont_know", 50, times=2), "medicine"),
        (taken(DECLINED, 50), "not_known"),
        (taken(None, 50), "not_answered"),
        (taken("oxycodone", NOT_SURE, NOT_SURE), "not_known"),
        (taken("oxycodone", DECLINED, NOT_SURE), "not_known"),
        (taken("oxycodone", 10, times=NOT_SURE), "not_known"),
        (taken("oxycodone", 10, times=DECLINED), "not_known"),
        (taken("oxycodone", 10, times=None), "not_answered"),
        (taken("oxycodone", 10, "percent"), "unit"),
        (taken("oxycodone", 10, "other"), "unit"),
        (taken("oxycodone", 10, "mcg_per_hour"), "unit"),
        (taken("fentanyl_patch", 25, "mcg"), "unit"),
        (taken("fentanyl_patch", 25, "mg"), "unit"),
        (taken("oxycodone", 10, times=0, days=3), "no_times"),
    ],
)
def test_what_is_not_known_has_no_figure_but_a_reason(study, answers, reason):
    assert whole(study, answers) == Dose(None, None, reason)
    assert reason in REASONS


@pytest.mark.parametrize("days, reason", [(NOT_SURE, "not_known"), (DECLINED, "not_known"), (None, "not_answered")])
def test_without_the_days_of_use_only_the_mean_is_missing(study, days, reason):
    assert whole(study, taken("tramadol", 50, times=3, days=days)) == Dose(30, None, reason)


@pytest.mark.parametrize(
    "answers",
    [
        BEFORE | NONE,
        BEFORE | NONE | {"med_classes": ["opioid_strong"], "med_opioid/opioid_strong": "morphine"},  # changed by Back
        BEFORE | {"med_any": "yes", "med_classes": ["paracetamol", "other"]},
        taken("oxycodone", 10, times=4, days=0),
        taken("buprenorphine", NOT_SURE, NOT_SURE, days=0),  # whatever it is, it was taken on no day
    ],
)
def test_it_is_0_only_where_no_opioid_was_taken_for_certain(study, answers):
    assert whole(study, answers) == Dose(0, 0)


@pytest.mark.parametrize(
    "answers, reason",
    [
        ({}, "not_answered"),
        ({"med_any": DECLINED}, "not_known"),
        ({"med_any": "yes"}, "not_answered"),
        ({"med_any": "yes", "med_classes": DECLINED}, "not_known"),
        ({"med_any": "yes", "med_classes": ["dont_know"]}, "medicine"),
        ({"med_any": "yes", "med_classes": ["opioid_weak"]}, "not_answered"),
        (taken("tramadol", 50, times=3, med_more=DECLINED), "not_known"),
        (taken("tramadol", 50, times=3, med_more=None), "not_answered"),
        (taken("tramadol", 50, times=3, med_more="yes"), "not_answered"),
    ],
)
def test_what_may_have_been_taken_beside_leaves_the_whole_without_a_figure(study, answers, reason):
    assert whole(study, BEFORE | answers) == Dose(None, None, reason)


def test_all_opioids_of_a_report_are_added_and_each_is_told(study):
    second = taken("morphine", 10, times=2, place="opioid_strong.2")
    both = second | taken("oxycodone", 10, times=2, days=3, med_more="yes") | taken("tramadol", 50, times=2)
    both |= {"med_classes": ["opioid_weak", "opioid_strong", "paracetamol"]}
    found = opioids(study, "baseline", both)
    assert found.of_each == {
        "opioid_weak": Dose(20, 20),
        "opioid_strong": Dose(30, 12.86),
        "opioid_strong.2": Dose(20, 20),
    }
    assert (found.whole, found.table) == (Dose(70, 52.86), "CDC-2022")


def test_one_opioid_without_a_figure_leaves_the_whole_without_one_and_the_others_told(study):
    both = taken("buprenorphine", 2) | taken("tramadol", 50, times=2)
    both |= {"med_classes": ["opioid_weak", "opioid_strong"]}
    found = opioids(study, "1m", both)
    assert found.whole == Dose(None, None, "no_factor")
    assert found.of_each == {"opioid_weak": Dose(20, 20), "opioid_strong": Dose(None, None, "no_factor")}


def test_a_study_without_a_table_or_a_timepoint_that_does_not_ask_has_none(study):
    assert opioids(study.model_copy(update={"mme": None}), "1m", BEFORE | NONE) is None
    asks = tuple(key for key in study.timepoint("1m").asks if not key.startswith("med_"))
    silent = tuple(point.model_copy(update={"asks": asks}) for point in study.timepoints)
    assert opioids(study.model_copy(update={"timepoints": silent}), "1m", BEFORE) is None
