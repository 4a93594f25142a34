import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prom.rules import alerts
from prom.rules.answers import DECLINED, NOT_SURE
from prom.rules.study import parse

LOW = {"nrs_average": 2}
HIGH = {"nrs_average": 9}
SHIPPED = Path("prom/studies/interscapular-pain.toml")


def fired(study, answers, timepoint="1m", last=None, reference=None, **more):
    """The keys of the rules that fired."""
    found = alerts.reasons(study, timepoint, answers, last=last, reference=reference, **more)
    return [reason.rule for reason in found]


def nrs(value):
    return {"nrs_average": value}


def problem(key, **more):
    return {"se_any": "yes", "se_list": [key]} | {f"{item}/{key}": value for item, value in more.items()}


def medicine(key, change):
    return {"med_any": "yes", "med_classes": [key], f"med_change/{key}": change}


@pytest.mark.parametrize(
    "answers, rules",
    [
        ({"red_flags": ["none"]}, []),
        *[
            ({"red_flags": [sign]}, ["red_flag"])
            for sign in ("chest", "stroke", "weak", "allergy", "bleed", "blood", "limb", "faint")
        ],
        ({"red_flags": ["chest", "faint"]}, ["red_flag"]),
        ({"red_flags": DECLINED}, ["red_declined"]),
        ({"care_any": "no"}, []),
        ({"care_any": DECLINED}, []),
        ({"care_any": "emergency_room"}, ["care"]),
        ({"care_any": "hospital_stay"}, ["care"]),
        (problem("nausea", se_severity="medium"), []),
        (problem("nausea", se_severity="strong"), ["se_severity"]),
        (problem("nausea", se_severity="very_strong"), ["se_severity"]),
        (problem("nausea", se_interference="a_bit"), []),
        (problem("nausea", se_interference="a_lot"), ["se_interference"]),
        (problem("nausea", se_interference="could_not"), ["se_interference"]),
        (problem("nausea", se_care="clinic"), []),
        (problem("nausea", se_care="emergency_room"), ["se_care"]),
        (problem("nausea", se_care="hospital_stay"), ["se_care"]),
        (problem("site_bleed"), []),
        (problem("fever"), ["fever_infection"]),
        (problem("site_infect"), ["fever_infection"]),
        (medicine("opioid_weak", "same"), []),
        (medicine("opioid_weak", "more"), ["opioid_more"]),
        (medicine("opioid_strong", "started"), ["opioid_more"]),
        (medicine("paracetamol", "more"), []),
        ({"comment": ""}, []),
        ({"comment": DECLINED}, []),
        ({"comment": "Thank you"}, ["free_text"]),
        ({"care_any": "hospital_stay", "care_for": "A fall"}, ["care", "care_text"]),
        (problem("other", se_text="Hiccups"), ["se_other_text"]),
        (problem("other", se_text=DECLINED), []),
    ],
)
def test_each_rule_fires_on_its_answers_and_not_just_below(study, answers, rules):
    assert fired(study, answers) == rules


@pytest.mark.parametrize(
    "value, last, reference, rules",
    [
        (3, 2, 6, []),
        (4, 2, 6, ["nrs_rise"]),
        (5, 2, 6, ["nrs_rise_high"]),
        (2, 0, 6, ["nrs_rise"]),
        (5, 5, 6, []),
        (6, 6, 6, ["nrs_no_better"]),
        (7, 6, 6, ["nrs_no_better"]),
        (7, 7, 8, []),
        (8, 8, 9, ["nrs_high_but_better"]),
        (8, 8, 8, ["nrs_severe"]),
        (8, 6, 9, ["nrs_rise", "nrs_high_but_better"]),
        (9, 6, 8, ["nrs_severe", "nrs_rise_high"]),
        (0, 0, 0, ["nrs_no_better"]),
        (9, None, None, []),
        (9, DECLINED, NOT_SURE, []),
        (9, 5, None, ["nrs_rise_high"]),
        (9, None, 9, ["nrs_severe"]),
        (DECLINED, 5, 5, []),
    ],
)
def test_pain_is_judged_against_the_last_report_and_the_reference(study, value, last, reference, rules):
    assert fired(study, nrs(value), last=nrs(last), reference=nrs(reference)) == rules


def test_a_rule_that_needs_a_report_that_is_missing_does_not_fire(study):
    assert fired(study, HIGH) == []
    assert fired(study, HIGH, last=LOW) == ["nrs_rise_high"]
    assert fired(study, HIGH, reference=LOW) == ["nrs_severe"]


def test_a_baseline_raises_red_flags_and_no_pain_thresholds(study):
    answers = HIGH | {"red_flags": ["chest"], "comment": "It hurts"}
    assert fired(study, answers, "baseline", last=LOW, reference=LOW) == ["red_flag", "free_text"]
    assert fired(study, {"red_flags": DECLINED}, "baseline") == ["red_declined"]


def test_the_first_screen_alone_is_judged_by_the_rules_of_warning_signs(study):
    answers = HIGH | {"red_flags": ["chest"], "comment": "It hurts", "care_any": "hospital_stay"}
    assert fired(study, answers, last=LOW, red_only=True) == ["red_flag"]
    assert fired(study, {"red_flags": DECLINED}, red_only=True) == ["red_declined"]
    assert fired(study, {"red_flags": ["none"]} | HIGH, last=LOW, red_only=True) == []


def test_the_most_urgent_reason_comes_first_whatever_order_the_answers_have(study):
    answers = {"comment": "Help", "care_any": "hospital_stay", "red_flags": ["limb"]} | nrs(4)
    found = alerts.reasons(study, "3m", answers, last=LOW, reference=None)
    assert [reason.rule for reason in found] == ["red_flag", "care", "nrs_rise", "free_text"]
    assert alerts.highest(found) == "red"
    assert alerts.highest(found[1:]) == "high"
    assert alerts.highest(found[2:]) == "routine"
    assert alerts.highest(()) is None


def test_each_problem_gives_its_own_reason(study):
    answers = {"se_any": "yes", "se_list": ["nausea", "headache"]}
    answers |= {"se_severity/nausea": "strong", "se_severity/headache": "strong", "se_care/headache": "no"}
    found = alerts.reasons(study, "1m", answers, last=None, reference=None)
    assert [reason.item for reason in found] == ["se_severity/nausea", "se_severity/headache"]


def test_answers_behind_a_changed_branch_raise_nothing(study):
    assert fired(study, problem("nausea", se_severity="strong") | {"se_any": "no"}) == []
    assert fired(study, medicine("opioid_weak", "more") | {"med_classes": ["paracetamol"]}) == []
    assert fired(study, problem("fever", se_severity="strong"), "baseline") == []


def test_a_reason_keeps_what_it_fired_with_and_no_free_text(study):
    def values(answers, **reports):
        reports = {"last": None, "reference": None} | reports
        return [reason.values for reason in alerts.reasons(study, "1m", answers, **reports)]

    assert values(nrs(0), last=nrs(0), reference=nrs(0)) == [{"value": 0, "last": 0, "reference": 0}]
    assert values({"red_flags": ["chest", "faint"]}) == [{"choices": ["chest", "faint"]}]
    assert values(problem("nausea", se_severity="strong")) == [{"choices": ["strong"], "instance": "nausea"}]
    assert values({"comment": "Call my son"}) == [{}]
    assert values({"se_any": "yes", "se_list": ["numb", "fever"]}) == [{"choices": ["fever"]}]


@pytest.mark.parametrize(
    "answers, last, reference, text",
    [
        ({"red_flags": ["blood", "faint"]}, None, None, "You cough up or vomit blood; You fainted or had a fit"),
        (nrs(9), None, 8.0, "NRS 9, not below reference 8"),
        (nrs(7), 4, None, "NRS 7, up from 4"),
        (nrs(2), 0, None, "NRS 2, up from 0"),
        ({"care_any": "hospital_stay"}, None, None, "Possible serious adverse event: Hospital stay"),
        (problem("headache", se_severity="strong"), None, None, "The headache: Strong"),
        (problem("nausea", se_interference="a_lot"), None, None, "Feeling sick stops usual things: A lot"),
        (medicine("opioid_weak", "more"), None, None, "More or new opioid: tramadol or codeine"),
        ({"comment": "Thank you"}, None, None, "Wrote a comment"),
    ],
)
def test_a_reason_in_words(study, answers, last, reference, text):
    found = alerts.reasons(study, "1m", answers, last=nrs(last), reference=nrs(reference))
    assert alerts.words(study, found[0], "en").removeprefix("Warning sign: ") == text


def test_what_a_rule_on_numbers_or_medicines_says_is_read_at_a_glance(study):
    """In one line of a phone, with the longest values that there are; {named} with one medicine."""
    longest = {"value": 10, "last": 10, "reference": 10, "mme": 112.5, "limit": 50}
    said = {}
    for rule in study.rules:
        if rule.item in ("nrs_average", "med_classes", "med_change"):
            item = f"{rule.item}/opioid_weak" if rule.instances else rule.item
            for partial in {False, bool(rule.words_partial)}:
                ticked = {"choices": ["opioid_weak"]} if rule.item == "med_classes" else {}
                reason = alerts.Reason(rule.key, rule.class_, item, longest | ticked | {"partial": partial})
                said[rule.key, partial] = alerts.words(study, reason, "en")
    assert len(said) == 9
    assert {key: words for key, words in said.items() if len(words) > 42} == {}


def test_a_reason_of_an_unknown_rule_has_no_words(study):
    with pytest.raises(KeyError):
        alerts.words(study, alerts.Reason("gone", "high", "nrs_average", {}), "en")


def opioid(medicine, strength, place="opioid_strong", **more):
    """The answers about one opioid of so many mg once a day, on each of the last 7 days."""
    about = {"med_opioid": medicine, "med_strength": strength, "med_unit": "mg", "med_times": 1, "med_days": 7}
    about |= {"med_opioid_name": "Made-up", "med_more": "no"} | more
    return {f"{item}/{place}": value for item, value in about.items()}


def kinds(*ticked, **answers):
    return {"med_any": "yes", "med_classes": list(ticked)} | answers


STRONG, WEAK = kinds("opioid_strong"), kinds("opioid_weak", "opioid_strong")
NO_FACTOR = opioid("buprenorphine", 8, "opioid_strong.2")
TWO = {"med_more": "yes"}


@pytest.mark.parametrize(
    "answers, words",
    [
        (STRONG | opioid("morphine", 49.9), None),
        (STRONG | opioid("morphine", 50), "Opioids: 50 MME on a day of use"),
        (STRONG | opioid("morphine", 50, med_days=1), "Opioids: 50 MME on a day of use"),  # a mean of 7
        (STRONG | opioid("morphine", 50, med_days=0), None),
        (STRONG | opioid("morphine", 50, med_days=NOT_SURE), "Opioids: 50 MME on a day of use"),
        (WEAK | opioid("oxycodone", 30) | opioid("codeine", 40, "opioid_weak"), "Opioids: 51 MME on a day of use"),
        (STRONG | opioid("buprenorphine", 8), None),  # no factor: no figure, not 0
        (STRONG | opioid("morphine", DECLINED), None),
        (STRONG | opioid("morphine", 60, **TWO) | NO_FACTOR, "Opioids: 60 MME or more on a day of use"),
        (STRONG | opioid("morphine", 40, **TWO) | NO_FACTOR, None),
        (kinds("opioid_strong", "dont_know") | opioid("morphine", 60), "Opioids: 60 MME or more on a day of use"),
        (STRONG | opioid("morphine", 60) | {"med_any": "no"}, None),
        (kinds("paracetamol"), None),
    ],
)
@pytest.mark.parametrize("timepoint", ["baseline", "1m"])
def test_opioids_are_judged_by_what_is_taken_on_a_day_of_use(study, timepoint, answers, words):
    found = alerts.reasons(study, timepoint, answers, last=None, reference=None)
    said = [alerts.words(study, reason, "en") for reason in found if reason.rule == "opioid_mme"]
    assert said == ([words] if words else [])


def test_a_reason_on_opioids_keeps_the_sum_the_limit_the_table_and_the_kinds(study):
    answers = WEAK | opioid("morphine", 60) | opioid("codeine", 0, "opioid_weak", med_days=0)
    (reason,) = alerts.reasons(study, "1m", answers, last=None, reference=None)
    assert reason.values == {"mme": 60, "limit": 50, "choices": ["opioid_strong"], "table": "CDC-2022"}


@pytest.mark.parametrize(
    "last, reference, new",
    [
        (kinds("paracetamol"), None, ["opioid_strong"]),
        ({"med_any": "no"}, STRONG, ["opioid_strong"]),
        (kinds("opioid_weak"), None, ["opioid_strong"]),
        (STRONG, kinds("paracetamol"), []),
        (None, None, []),  # neither tells
        ({"med_any": DECLINED}, None, []),
        (kinds("opioid_strong") | {"med_classes": DECLINED}, None, []),
        ({"med_any": DECLINED}, {"med_any": "no"}, ["opioid_strong"]),
        ({"nrs_average": 5}, STRONG, []),
    ],
)
def test_an_opioid_ticked_now_and_not_last_time_is_new(study, last, reference, new):
    answers = STRONG | {"med_change/opioid_strong": "same"}
    found = alerts.reasons(study, "1m", answers, last=last, reference=reference)
    assert [reason.values["choices"] for reason in found if reason.rule == "opioid_new"] == ([new] if new else [])
    assert fired(study, answers, "baseline", last=last, reference=reference) == []


def test_one_medicine_that_is_new_and_said_to_be_started_is_one_line(study):
    def lines(answers):
        found = alerts.reasons(study, "1m", answers, last={"med_any": "no"}, reference=None)
        return [alerts.words(study, reason, "en") for reason in found]

    both = WEAK | {"med_change/opioid_strong": "started", "med_change/opioid_weak": "same"}
    assert lines(both) == ["More or new opioid: strong opioid", "New since last report: tramadol or codeine"]
    assert lines(both | {"med_change/opioid_weak": "more"}) == [
        "More or new opioid: tramadol or codeine",
        "More or new opioid: strong opioid",
    ]
    assert lines(WEAK) == ["New since last report: tramadol or codeine; strong opioid"]


def test_what_is_not_judged_hides_no_other_rule(study):
    severe = {"last": nrs(8), "reference": nrs(8)}
    assert fired(study, nrs(8), **severe) == ["nrs_severe"]
    assert fired(study, nrs(8), **severe, without=["nrs_severe"]) == ["nrs_no_better"]
    started = STRONG | {"med_change/opioid_strong": "started"}
    assert fired(study, started, last={"med_any": "no"}, without=["opioid_more"]) == ["opioid_new"]


@given(st.data())
def test_red_is_judged_whatever_is_left_out_and_others_change_nothing(study, data):
    """Whatever rules are left out: red and serious reasons are the same, none of the others left out fires, and who is
    left fires on every answer on which it did."""
    signs = [choice.key for choice in study.items["red_flags"].choices]
    answers = {
        "red_flags": data.draw(st.lists(st.sampled_from(signs), unique=True)),
        "nrs_average": data.draw(st.integers(0, 10)),
        "care_any": data.draw(st.sampled_from(["no", "emergency_room", "hospital_stay"])),
        "comment": data.draw(st.sampled_from(["", "Made-up"])),
    } | kinds(*data.draw(st.lists(st.sampled_from(["paracetamol", "opioid_weak", "opioid_strong"]), unique=True)))
    before = {"last": nrs(data.draw(st.integers(0, 10))) | {"med_any": "no"}, "reference": nrs(5)}
    left_out = data.draw(st.sets(st.sampled_from([rule.key for rule in study.rules])))
    every = alerts.reasons(study, "1m", answers, **before)
    found = alerts.reasons(study, "1m", answers, **before, without=left_out)
    always = {rule.key for rule in study.rules if rule.class_ == "red" or rule.serious}
    kept = [[each for each in some if each.rule in always] for some in (every, found)]
    assert kept[0] == kept[1]
    assert not {each.rule for each in found} & left_out - always
    assert {(each.rule, each.item) for each in every if each.rule not in left_out} <= {
        (each.rule, each.item) for each in found
    }


RULE = """
[[rules]]
key = "own"
class = "high"
item = "{item}"
{conditions}
words.en = "Own"
"""


@pytest.mark.parametrize(
    "item, conditions, answers, fires",
    [
        ("nrs_worst", "rise_from_reference = 2", {"nrs_worst": 5}, False),
        ("nrs_worst", "rise_from_reference = 2", {"nrs_worst": 6}, True),
        ("nrs_worst", "at_least = 9", {"nrs_worst": 8}, False),
        ("nrs_worst", "at_least = 9", {"nrs_worst": 9}, True),
        ("nrs_worst", "at_least = 9\nrise_from_last = 7", {"nrs_worst": 9}, False),
        ("nrs_worst", "at_least = 9\nrise_from_last = 5", {"nrs_worst": 9}, True),
        ("nrs_worst", 'at_least = 9\ntimepoints = ["6m"]', {"nrs_worst": 9}, False),
        ("nrs_worst", 'at_least = 9\ntimepoints = ["1m"]', {"nrs_worst": 9}, True),
        ("comment", "at_least = 9", {"comment": "99"}, False),
    ],
)
def test_a_study_may_bring_rules_of_its_own(item, conditions, answers, fires):
    text = SHIPPED.read_text().replace("[[rules]]", RULE.format(item=item, conditions=conditions) + "[[rules]]", 1)
    before = {"nrs_worst": 4}
    found = fired(parse(text, "own.toml"), answers, last=before, reference=before)
    assert ("own" in found) is fires


def golden(study):
    """{(participant, timepoint): class} of the follow-ups of the synthetic cohort that raise an alert, and how
    many follow-ups there are. Its pain is played in order: last is the report before, the reference the
    baseline, after the embolization the 3-month report."""
    people: dict[str, list[tuple[str, int]]] = {}
    with open("tests/data/cohort.csv", newline="") as file:
        for row in csv.DictReader(file):
            people.setdefault(row["participant"], []).append((row["timepoint"], int(row["nrs"])))
    raised, many = {}, 0
    for person, reports in people.items():
        scores = dict(reports)
        for (_, last), (timepoint, value) in zip(reports, reports[1:], strict=False):
            reference = scores["3M" if timepoint.startswith("+") else "baseline"]
            key = timepoint.removeprefix("+").lower()
            found = alerts.reasons(study, key, nrs(value), last=nrs(last), reference=nrs(reference))
            many += 1
            if found:
                raised[person, timepoint] = alerts.highest(found)
    return raised, many


def test_the_golden_cohort_raises_nine_alerts_on_seventy_follow_ups(study):
    raised, many = golden(study)
    assert many == 70
    assert raised == {
        ("T06", "3M"): "high",
        ("T10", "3M"): "high",
        ("T02", "3M"): "routine",
        ("T03", "3M"): "routine",
        ("T05", "1M"): "routine",
        ("T05", "3M"): "routine",
        ("T08", "+6M"): "routine",
        ("T10", "+3M"): "routine",
        ("I02", "3M"): "routine",
    }
