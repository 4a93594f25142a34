"""The rules on silence: which last report makes a missing one call for somebody, and in which words."""

from datetime import date

import pytest

from prom.rules import silence
from prom.rules.alerts import Reason
from prom.rules.answers import DECLINED
from prom.rules.study import Silence

ON, MISSED = date(2026, 4, 2), date(2026, 7, 16)


def last(nrs=5, classes=(), on=ON):
    return silence.Last(on, {"nrs_average": nrs}, tuple(classes))


def rule(key="own", **given):
    return Silence.model_validate({"key": key, "class": "routine", "words": {"en": key}} | given)


def fired(study, before, timepoint="3m"):
    return [reason.rule for reason in silence.reasons(study, timepoint, before, MISSED)]


@pytest.mark.parametrize(
    "before, rules",
    [
        (None, []),
        (last(7), []),
        (last(8), ["silence_pain"]),
        (last(10), ["silence_pain"]),
        (last(0), []),
        (last(DECLINED), []),
        (last(None), []),
        (last(5, ["routine"]), []),
        (last(5, ["routine", "high"]), ["silence_alert"]),
        (last(5, ["red"]), ["silence_alert"]),
        (last(9, ["high"]), ["silence_pain", "silence_alert"]),
    ],
)
def test_silence_calls_where_the_last_report_was_bad(study, before, rules):
    assert fired(study, before) == rules
    assert fired(study, before, "baseline") == []


@pytest.mark.parametrize(
    "given, before, fires",
    [
        ({"last_item": "nrs_average", "at_least": 6, "last_class_at_least": "red"}, last(6, ["high"]), False),
        ({"last_item": "nrs_average", "at_least": 6, "last_class_at_least": "red"}, last(6, ["high", "red"]), True),
        ({"last_item": "nrs_average", "at_least": 6, "last_class_at_least": "red"}, last(5, ["red"]), False),
        ({"last_class_at_least": "routine"}, last(5, ["routine"]), True),
        ({"last_class_at_least": "routine"}, last(5), False),
        ({"last_class_at_least": "routine", "timepoints": ["6m"]}, last(5, ["high"]), False),
        ({"last_class_at_least": "routine", "timepoints": ["3m"]}, last(5, ["high"]), True),
    ],
)
def test_a_study_may_bring_rules_on_silence_of_its_own(study, given, before, fires):
    own = study.model_copy(update={"silence": (rule(**given),)})
    assert bool(fired(own, before)) is fires


def test_the_most_urgent_silence_comes_first(study):
    all_of_them = {"last_class_at_least": "routine"}
    rules = (rule("a", **all_of_them), rule("b", **all_of_them | {"class": "high"}))
    assert fired(study.model_copy(update={"silence": rules}), last(5, ["high"])) == ["b", "a"]


@pytest.mark.parametrize(
    "before, words",
    [
        (last(8), "No report at 3 months; NRS 8 on April 2"),
        (last(8, on=date(2025, 12, 30)), "No report at 3 months; NRS 8 on December 30, 2025"),
        (last(5, ["routine", "red"]), "No report at 3 months; red alert on April 2"),
    ],
)
def test_a_silence_in_words(study, before, words):
    (reason,) = silence.reasons(study, "3m", before, MISSED)
    assert silence.words(study, reason, "en") == words


def test_a_silence_of_an_unknown_rule_has_no_words(study):
    with pytest.raises(KeyError):
        silence.words(study, Reason("gone", "routine", "silence", {}), "en")
