import pytest

from prom.rules import instrument
from prom.rules.answers import DECLINED, NOT_SURE
from prom.rules.study import parse
from tests.study import SHIPPED

SAFE = {"red_flags": ["none"], "nrs_average": 0, "nrs_worst": 0}
CALM = SAFE | {"med_any": "no", "care_any": "no", "se_any": "no", "comment": "", "urgency": "can_wait", "who": "self"}
OPENING = ["red_flags", "nrs_average", "nrs_worst", "med_any"]
CLOSING = ["comment", "urgency", "who"]
ABOUT_MEDICINE = ["med_strength", "med_times", "med_days", "med_change"]
ABOUT_PROBLEM = ["se_severity", "se_interference", "se_care", "se_start", "se_now"]
HEADACHE = {"se_any": "yes", "se_list": ["headache"]}


def shown(study, answers, timepoint="1m"):
    return [step.key for step in instrument.steps(study, timepoint, answers)]


def each(items, instance):
    """The screens of these items for one ticked choice."""
    return [f"{item}/{instance}" for item in items]


def problem(key, **more):
    """All that is asked about one new problem, still there."""
    found = {"se_severity": "light", "se_interference": "a_bit", "se_care": "no"}
    found |= {"se_start": "2026-02-01", "se_now": "yes"} | more
    return {f"{item}/{key}": value for item, value in found.items()}


@pytest.mark.parametrize(
    "timepoint, answers, between",
    [
        ("1m", {}, ["care_any", "se_any"]),
        ("baseline", {}, []),
        ("baseline", {"care_any": "hospital_stay", "se_any": "yes", "se_list": ["fever"]}, []),
        ("1m", {"med_any": "no"}, ["care_any", "se_any"]),
        ("1m", {"med_any": DECLINED}, ["care_any", "se_any"]),
        ("1m", {"med_any": "yes"}, ["med_classes", "care_any", "se_any"]),
        ("1m", {"med_any": "yes", "med_classes": DECLINED}, ["med_classes", "care_any", "se_any"]),
        (
            "1m",
            {"med_any": "yes", "med_classes": ["opioid_weak", "paracetamol"]},
            ["med_classes", *each(["med_name", *ABOUT_MEDICINE], "paracetamol")]
            + each(["med_opioid", *ABOUT_MEDICINE, "med_more"], "opioid_weak")
            + ["care_any", "se_any"],
        ),
        ("1m", {"med_any": "no", "med_classes": ["paracetamol"]}, ["care_any", "se_any"]),
        ("1m", {"care_any": "emergency_room"}, ["care_any", "care_on", "care_for", "se_any"]),
        ("1m", {"se_any": "yes"}, ["care_any", "se_any", "se_list"]),
        (
            "1m",
            HEADACHE,
            ["care_any", "se_any", "se_list", *each(ABOUT_PROBLEM, "headache")],
        ),
        (
            "1m",
            {"se_any": "yes", "se_list": ["fever", "headache"], "se_now/headache": "no"},
            ["care_any", "se_any", "se_list", *each(ABOUT_PROBLEM, "fever")]
            + each([*ABOUT_PROBLEM, "se_end"], "headache"),
        ),
    ],
)
def test_the_answers_so_far_decide_which_screens_are_shown(study, timepoint, answers, between):
    assert shown(study, answers, timepoint) == OPENING + between + CLOSING


def test_of_a_medicine_of_unknown_kind_only_the_name_is_asked(study):
    answers = {"med_any": "yes", "med_classes": ["steroid", "dont_know"]}
    keys = shown(study, answers)
    assert [key for key in keys if key.endswith("/dont_know")] == ["med_name/dont_know"]
    assert len([key for key in keys if key.endswith("/steroid")]) == 5
    assert "med_days/dont_know" not in instrument.answer_keys(study)
    assert "med_days/dont_know" not in instrument.statuses(study, "1m", answers, ended=True)


def test_a_screen_asks_what_its_timepoint_and_its_choice_call_for(study):
    answers = {"med_any": "yes", "med_classes": ["steroid"], "se_any": "yes", "se_list": ["nausea", "other"]}
    assert "med_change/steroid" in shown(study, answers)
    assert "med_change/steroid" not in shown(study, answers, "baseline")
    assert [key for key in shown(study, answers) if key.startswith("se_text")] == ["se_text/other"]


def test_each_kind_of_opioid_is_offered_its_own_medicines(study):
    answers = {"med_any": "yes", "med_classes": ["opioid_weak", "opioid_strong"]}
    offered = {
        step.key: [choice.key for choice in step.items[0].choices]
        for step in instrument.steps(study, "1m", answers)
        if step.screen.key == "med_opioid"
    }
    assert offered["med_opioid/opioid_weak"] == ["tramadol", "codeine", "other", "dont_know"]
    assert "morphine" in offered["med_opioid/opioid_strong"] and "codeine" not in offered["med_opioid/opioid_strong"]


def test_a_second_and_a_third_medicine_of_a_kind_are_asked_about(study):
    more = {"med_any": "yes", "med_classes": ["opioid_strong", "steroid"], "med_more/opioid_strong": "yes"}
    about = [*ABOUT_MEDICINE, "med_more"]
    keys = [key for key in shown(study, more) if "/opioid_strong" in key]
    assert keys == each(["med_opioid", *about], "opioid_strong") + each(["med_opioid", *about], "opioid_strong.2")
    third = shown(study, more | {"med_more/opioid_strong.2": "yes"})
    assert "med_days/opioid_strong.3" in third and "med_more/opioid_strong.3" not in third  # three at most
    assert third.index("med_name/steroid") == third.index("med_change/opioid_strong.3") + 1
    assert not [key for key in shown(study, more | {"med_more/opioid_strong": "no"}) if key.endswith(".2")]
    gone = instrument.kept(study, "1m", CALM | {"med_days/opioid_strong.2": 7})
    assert "med_days/opioid_strong.2" not in gone


def test_none_of_these_opens_no_screen_of_its_own(study):
    item = study.items["se_list"].model_copy(update={"none": "other"})
    screens = tuple(
        screen.model_copy(update={"items": (item,)}) if screen.key == "se_list" else screen for screen in study.screens
    )
    changed = study.model_copy(update={"screens": screens})
    for cached in ("items", "screen_of", "possible_steps"):
        changed.__dict__.pop(cached, None)
    keys = shown(changed, {"se_any": "yes", "se_list": ["other"]})
    assert not [key for key in keys if key.endswith("/other")]


def test_the_form_opens_at_the_first_screen_not_wholly_answered(study):
    def opened(answers):
        step = instrument.first_open(study, "1m", answers)
        return step and step.key

    assert opened({}) == "red_flags"
    assert opened({"red_flags": DECLINED}) == "nrs_average"
    assert opened(SAFE) == "med_any"  # two pains of 0 are answered
    medicine = SAFE | {"med_any": "yes", "med_classes": ["other"]}
    assert opened(medicine | {"med_name/other": NOT_SURE}) == "med_strength/other"
    assert opened(CALM) is None
    assert opened(CALM | {"care_any": "hospital_stay"}) == "care_on"
    assert opened(CALM | HEADACHE | problem("headache")) is None


def test_an_end_that_a_changed_start_left_behind_is_open_again(study):
    def opened(start, end):
        gone = problem("headache", se_start=start, se_now="no", se_end=end)
        step = instrument.first_open(study, "1m", CALM | HEADACHE | gone)
        return step and step.key

    assert opened("2026-03-25", "2026-03-22") == "se_end/headache"
    for start, end in (("2026-03-22", "2026-03-22"), (NOT_SURE, "2026-03-22"), ("2026-03-25", NOT_SURE)):
        assert opened(start, end) is None
    other = problem("headache", se_now="no", se_end="2026-03-22") | problem("fever", se_start="2026-03-25")
    both = CALM | HEADACHE | {"se_list": ["fever", "headache"]}
    assert instrument.first_open(study, "1m", both | other) is None  # the start of another problem


def test_steps_are_walked_forward_and_back(study):
    steps = instrument.steps(study, "1m", {"med_any": "yes", "med_classes": ["steroid"]})
    walk = [None, *[step.key for step in steps], None]
    for back, step, on in zip(walk, steps, walk[2:], strict=False):
        assert getattr(instrument.before(steps, step.key), "key", None) == back
        assert getattr(instrument.after(steps, step.key), "key", None) == on
    assert instrument.before(steps, "care_on") is None
    assert instrument.after(steps, "care_on") is None


@pytest.mark.parametrize(
    "changed, gone",
    [
        ({}, set()),
        ({"se_now/headache": "yes"}, {"se_end/headache"}),
        ({"se_list": ["fever"]}, {*problem("headache"), "se_end/headache"}),
        ({"se_any": "no"}, {"se_list", *problem("headache"), "se_end/headache"}),
        ({"se_any": DECLINED}, {"se_list", *problem("headache"), "se_end/headache"}),
        ({"med_any": "no"}, {"med_classes", "med_name/steroid"}),
    ],
)
def test_going_back_drops_the_answers_of_screens_no_longer_shown(study, changed, gone):
    answers = CALM | HEADACHE | problem("headache", se_now="no", se_end="2026-02-03")
    answers |= {"med_any": "yes", "med_classes": ["steroid"], "med_name/steroid": "Predni"}
    left = instrument.kept(study, "1m", answers | changed)
    assert set(answers) - set(left) == gone
    assert instrument.kept(study, "1m", left) == left


def test_every_possible_answer_has_one_key(study):
    keys = instrument.answer_keys(study)
    assert len(keys) == len(set(keys))
    assert keys[:6] == ("red_flags", "nrs_average", "nrs_worst", "med_same", "med_any", "med_classes")
    asked = ["med_name", "med_strength", "med_unit", "med_times", "med_days", "med_change"]
    assert list(keys[6:12]) == each(asked, "paracetamol")
    assert list(keys[12:19]) == each([*asked, "med_more"], "nsaid_oral")
    assert list(keys[19:26]) == each([*asked, "med_more"], "nsaid_oral.2")
    assert list(keys[26:32]) == each(asked, "nsaid_oral.3")
    assert keys[-4:] == ("comment", "urgency", "call_when", "who")
    assert [key for key in keys if key.startswith("se_text")] == ["se_text/other"]
    assert not [key for key in keys if key.endswith("/none")]


def test_every_step_fills_keys_that_the_exports_have(study):
    every = [choice.key for choice in study.items["se_list"].choices]
    answers = {"med_same": "no", "se_any": "yes", "se_list": every} | {f"se_now/{key}": "no" for key in every}
    answers |= {"med_any": "yes", "med_classes": [choice.key for choice in study.items["med_classes"].choices]}
    answers |= {key: "yes" for key in instrument.answer_keys(study) if key.startswith("med_more/")}
    answers |= {key: "other" for key in instrument.answer_keys(study) if key.startswith("med_opioid/")}
    answers |= {"care_any": "hospital_stay", "urgency": "call"}
    filled = [key for step in instrument.steps(study, "1m", answers) for key in step.answer_keys]
    assert tuple(filled) == instrument.answer_keys(study)


@pytest.mark.parametrize("key, parts", [("nrs_average", ("nrs_average", "")), ("se_now/fever", ("se_now", "fever"))])
def test_an_answer_key_splits_into_its_parts(key, parts):
    assert instrument.split_key(key) == parts
    assert instrument.answer_key(*parts) == key


@pytest.mark.parametrize(
    "timepoint, answers, key, status",
    [
        ("1m", {"nrs_average": 0}, "nrs_average", "answered"),
        ("1m", {}, "med_same", "not_reached"),
        ("1m", {"med_same": "no"}, "med_same", "answered"),
        ("1m", {"med_same": DECLINED}, "med_same", "declined"),
        ("1m", {"med_any": "yes"}, "med_same", "not_shown"),
        ("1m", CALM, "med_same", "not_shown"),
        ("1m", {"nrs_average": DECLINED}, "nrs_average", "declined"),
        ("1m", {}, "nrs_average", "not_reached"),
        ("1m", CALM, "comment", "answered"),
        ("baseline", {}, "care_any", "not_shown"),
        ("baseline", {}, "se_severity/fever", "not_shown"),
        ("baseline", {}, "med_name/other", "not_reached"),
        ("baseline", {}, "med_change/other", "not_shown"),
        ("1m", {}, "care_on", "not_reached"),
        ("1m", {"care_any": "no"}, "care_on", "not_shown"),
        ("1m", {"care_any": DECLINED}, "care_on", "not_shown"),
        ("1m", {"care_any": "hospital_stay"}, "care_on", "not_reached"),
        ("1m", {"care_any": "hospital_stay", "care_on": NOT_SURE}, "care_on", "answered"),
        ("1m", {"care_any": "no", "care_on": "2026-02-01"}, "care_on", "not_shown"),
        ("1m", {}, "se_severity/fever", "not_reached"),
        ("1m", {"se_any": "no"}, "se_severity/fever", "not_shown"),
        ("1m", {"se_any": "yes"}, "se_severity/fever", "not_reached"),
        ("1m", HEADACHE, "se_severity/fever", "not_shown"),
        ("1m", HEADACHE, "se_severity/headache", "not_reached"),
        ("1m", HEADACHE, "se_end/headache", "not_reached"),
        ("1m", HEADACHE | {"se_now/headache": "yes"}, "se_end/headache", "not_shown"),
        ("1m", HEADACHE | {"se_now/headache": DECLINED}, "se_end/headache", "not_shown"),
        ("1m", HEADACHE | {"se_now/headache": "no"}, "se_end/headache", "not_reached"),
        ("1m", {"se_any": "yes", "se_list": DECLINED}, "se_end/headache", "not_shown"),
    ],
)
def test_what_became_of_a_question(study, timepoint, answers, key, status):
    ended = instrument.statuses(study, timepoint, answers, ended=True)
    assert ended[key] == status
    assert tuple(ended) == instrument.answer_keys(study)
    under_way = instrument.statuses(study, timepoint, answers, ended=False)
    assert under_way[key] == ("not_due" if status == "not_reached" else status)


def test_a_whole_report_leaves_nothing_unreached(study):
    found = instrument.statuses(study, "1m", CALM, ended=True)
    assert {key for key, status in found.items() if status == "answered"} == set(CALM)
    assert set(found.values()) == {"answered", "not_shown"}


@pytest.mark.parametrize(
    "key, value, text",
    [
        ("nrs_average", 0, "0"),
        ("med_strength/other", 2.5, "2.5"),
        ("nrs_average", None, ""),
        ("nrs_average", DECLINED, "I prefer not to answer"),
        ("med_name/other", NOT_SURE, "Not sure"),
        ("med_name/other", "Panadol", "Panadol"),
        ("comment", "", ""),
        ("se_start/fever", "2026-02-01", "2026-02-01"),
        ("care_any", "hospital_stay", "Hospital stay"),
        ("se_severity/fever", "very_strong", "Very strong"),
        ("se_list", ["headache", "numb"], "Headache; Numb, tingling, pins and needles"),
        ("care_any", "since_renamed", "since_renamed"),
    ],
)
def test_an_answer_in_plain_words(study, key, value, text):
    assert instrument.plain(study, key, value, "en") == text


def test_a_question_is_labelled_with_what_it_is_about(study):
    assert said(study, "se_severity/headache", "en") == "Headache: At its worst, how strong was it?"
    assert said(study, "se_any", "en").startswith("Since March 2, have you had")
    assert said(study, "se_any", "fr") == said(study, "se_any", "en")


def test_braces_in_the_words_of_a_choice_are_braces():
    odd = SHIPPED.read_text(encoding="utf-8").replace('text.en = "Headache"', 'text.en = "Headache {38}"')
    study = parse(odd, SHIPPED.name)
    assert said(study, "se_severity/headache", "en").startswith("Headache {38}: At its worst")


def said(study, key, language):
    return instrument.label(study, key, language, since="March 2")


def test_what_a_screen_is_about(study):
    assert instrument.what(study, study.screen_of["se_severity"], "headache", "en") == "the headache"
    assert instrument.what(study, study.items["med_days"], "opioid_strong", "en") == "strong opioid"
    assert instrument.what(study, study.items["med_days"], "opioid_strong.2", "en") == "strong opioid (2)"
    assert instrument.what(study, study.items["nrs_average"], "", "en") == ""


def test_the_parts_of_a_form_are_as_many_however_it_is_answered(study):
    short = instrument.steps(study, "1m", {})
    more = {"med_any": "yes", "med_classes": ["opioid_weak", "steroid"]} | HEADACHE
    long = instrument.steps(study, "1m", more)
    assert len(long) > len(short)
    assert {instrument.part(some, step.key)[1] for some in (short, long) for step in some} == {len(short)}
    assert [instrument.part(short, step.key)[0] for step in short] == list(range(1, len(short) + 1))
    numbers = [instrument.part(long, step.key)[0] for step in long]
    assert numbers == sorted(numbers) and set(numbers) == set(range(1, len(short) + 1))
    assert instrument.part(long, "med_classes")[:2] == instrument.part(long, "med_any")[:2]
    questions = {step.key: instrument.part(long, step.key)[2] for step in long}
    assert {questions[step.key] for step in short} == {1} and questions["med_classes"] == 2


def test_what_is_joined_is_joined_as_the_language_does(study):
    ticked = ["headache", "fever"]
    assert instrument.plain(study, "se_list", ticked, "es").startswith("Dolor de cabeza; Fiebre de 38.0 °C (100.4 °F)")
    assert "\uff1b" in instrument.plain(study, "se_list", ticked, "zh-Hant")
    assert said(study, "se_start/headache", "es") == "Dolor de cabeza: ¿Cuándo empezó?"
    assert said(study, "se_start/headache", "zh-Hant").startswith("頭痛\uff1a")
