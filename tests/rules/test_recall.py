"""The last report shown again: where it is shown, what is copied, what taking it back leaves, how it is said."""

from datetime import date

import pytest

from prom.rules import instrument, recall
from prom.rules.answers import DECLINED, NOT_SURE
from prom.rules.study import Study
from tests.rules.test_study_check import edited

TODAY = date(2026, 4, 2)
SAFE = {"red_flags": ["none"], "nrs_average": 5, "nrs_worst": 6}
TRAMADOL = {
    "med_opioid/opioid_weak": "tramadol", "med_strength/opioid_weak": 37.5, "med_unit/opioid_weak": "mg",
    "med_times/opioid_weak": 3, "med_days/opioid_weak": 7, "med_more/opioid_weak": "no",
}  # fmt: skip
HERBS = {
    "med_name/herbal_tcm": "Made-up tea", "med_strength/herbal_tcm": NOT_SURE, "med_unit/herbal_tcm": NOT_SURE,
    "med_times/herbal_tcm": 1, "med_days/herbal_tcm": 2,
}  # fmt: skip
KINDS = {"med_any": "yes", "med_classes": ["opioid_weak", "herbal_tcm"]}
MEDICINES = KINDS | TRAMADOL | HERBS
CHANGES = {"med_change/opioid_weak": "more", "med_change/herbal_tcm": "started"}
LAST = {"red_flags": ["faint"], "nrs_average": 9, "nrs_worst": 9, "comment": "Made-up", "who": "proxy"}
LAST |= MEDICINES | CHANGES
SAME = {"med_change/opioid_weak": "same", "med_change/herbal_tcm": "same"}


def shown(study: Study, answers, last, timepoint="1m") -> list[str]:
    """The screens of a form in which an earlier report may be shown."""
    keys = recall.recalls(study, timepoint, answers, last, TODAY)
    return [step.key for step in instrument.steps(study, timepoint, answers, keys)]


def copied(study, last, answers=SAFE, timepoint="1m"):
    return recall.copies(study, timepoint, study.screen_of["med_same"], answers, last, TODAY)


def said(study, last, language):
    return recall.shown(study, study.screen_of["med_same"], copied(study, last), language)


@pytest.mark.parametrize(
    "answers, last, is_shown",
    [
        (SAFE, LAST, True),
        (SAFE, None, False),
        (SAFE, LAST | {"med_any": "no"}, False),
        (SAFE, LAST | {"med_any": DECLINED}, False),
        (SAFE, {"nrs_average": 5}, False),  # imported: nothing is known of medicines
        (SAFE, {"med_any": "yes", "med_classes": DECLINED}, False),  # nothing to show
        (SAFE | {"med_any": "no"}, LAST, False),  # asked already
        (SAFE | {"med_same": "yes"} | MEDICINES, LAST, True),
        (SAFE | {"med_same": "no"}, None, True),  # once answered it is a screen as any other
    ],
)
def test_it_is_shown_where_the_last_report_told_of_medicine_and_none_is_told_yet(study, answers, last, is_shown):
    assert ("med_same" in shown(study, answers, last)) is is_shown


def test_the_form_waits_for_its_answer_and_then_goes_on(study):
    keys = recall.recalls(study, "1m", SAFE, LAST, TODAY)
    assert instrument.first_open(study, "1m", SAFE, keys).key == "med_same"
    assert instrument.first_open(study, "1m", SAFE).key == "med_any"  # where nothing earlier may be shown
    same = SAFE | {"med_same": "yes"} | copied(study, LAST)
    assert instrument.first_open(study, "1m", same).key == "care_any"
    assert instrument.first_open(study, "1m", SAFE | {"med_same": "no"}).key == "med_any"
    assert instrument.kept(study, "1m", same) == same


def test_the_medicines_are_copied_and_said_to_be_the_same_and_nothing_else(study):
    assert copied(study, LAST) == MEDICINES | SAME
    assert copied(study, LAST, timepoint="baseline") == MEDICINES  # where no change is asked for


def test_a_further_medicine_of_a_kind_is_copied_too(study):
    second = {key.replace("opioid_weak", "opioid_weak.2"): value for key, value in TRAMADOL.items()}
    last = LAST | {"med_more/opioid_weak": "yes"} | second
    assert {key: value for key, value in copied(study, last).items() if key.endswith(".2")} == second | {
        "med_change/opioid_weak.2": "same"
    }


@pytest.mark.parametrize(
    "change, left_out",
    [
        ({"med_times/opioid_weak": DECLINED}, {"med_times/opioid_weak"}),
        ({"med_days/opioid_weak": 9}, {"med_days/opioid_weak"}),
        ({"med_days/opioid_weak": 2.5}, {"med_days/opioid_weak"}),
        ({"med_unit/opioid_weak": "grain"}, {"med_unit/opioid_weak"}),
        ({"med_opioid/opioid_weak": "morphine"}, {"med_opioid/opioid_weak"}),  # offered for the other kind alone
        ({"med_name/herbal_tcm": "x" * 81}, {"med_name/herbal_tcm"}),
        ({"med_classes": ["opioid_weak", "leeches"]}, {*MEDICINES, *SAME} - {"med_any"}),
        ({"med_more/opioid_weak": DECLINED}, {"med_more/opioid_weak"}),
    ],
)
def test_what_the_questions_would_not_take_now_is_left_out_and_so_asked(study, change, left_out):
    found = copied(study, LAST | change)
    assert {*MEDICINES, *SAME} - set(found) == left_out
    opened = instrument.first_open(study, "1m", SAFE | {"med_same": "yes"} | found)
    assert opened.answer_keys[0] in left_out or opened.answer_keys[-1] in left_out


def test_what_an_item_no_longer_takes_is_left_out(study):
    narrower = edited("screens.med_strength.items.med_strength.decimals", 0)
    assert "med_strength/opioid_weak" not in copied(narrower, LAST)
    assert "med_strength/opioid_weak" in copied(study, LAST)


def row(step, answers, late=0):
    return {"step": step, "answers": answers, "late": late}


def added(study, answer, saved, last=LAST, step="med_same"):
    return recall.added(study, "1m", step, {"med_same": answer}, saved, last, TODAY)


def test_yes_adds_the_copies_once_and_only_where_a_report_may_be_read(study):
    saved = [row("red_flags", SAFE)]
    assert added(study, "yes", saved) == MEDICINES | SAME
    assert added(study, "yes", saved, last=None) == {}
    assert added(study, "no", saved) == added(study, DECLINED, saved) == {}
    assert added(study, "yes", saved, step="med_any") == {}
    by_hand = row("med_days/opioid_weak", {"med_days/opioid_weak": 5})
    again = [*saved, row("med_same", {"med_same": "yes"} | MEDICINES), by_hand]
    assert added(study, "yes", again) == {}  # nothing changed by hand is undone


@pytest.mark.parametrize("answers, adds", [
    ({"med_days/opioid_weak": 5}, {"med_same": "no", "med_change/opioid_weak": None}),
    ({"med_days/opioid_weak": 7}, {}),  # the same again
    ({"med_change/opioid_weak": "more"}, {"med_same": "no"}),
    ({"med_classes": ["opioid_weak"]}, {"med_same": "no"}),
    ({"nrs_average": 1}, {}),
    ({"med_same": "no"}, {}),  # `added` gives back what it copied
])  # fmt: skip
def test_a_copy_that_is_changed_is_no_longer_all_the_same_and_how_much_is_asked(study, answers, adds):
    saved = [row("red_flags", SAFE), row("med_same", {"med_same": "yes"} | MEDICINES | SAME)]
    assert recall.departed(study, answers, saved) == adds
    saved.append(row("x", answers | adds))
    assert recall.departed(study, {"med_times/herbal_tcm": 1}, saved) == {}
    again = recall.departed(study, {"med_times/herbal_tcm": 2}, saved)
    assert again.get("med_same") == "no" or answers == {"med_same": "no"}


@pytest.mark.parametrize("answer", ["no", DECLINED])
def test_taking_yes_back_takes_the_copies_back_and_leaves_what_was_answered_by_hand(study, answer):
    saved = [
        row("red_flags", SAFE),
        row("med_same", {"med_same": "yes"} | MEDICINES | SAME),
        row("med_days/opioid_weak", {"med_days/opioid_weak": 5}),
        row("med_times/opioid_weak", {"med_times/opioid_weak": 9}, late=1),
    ]
    assert recall.copied(study, saved) == {*MEDICINES, *SAME} - {"med_days/opioid_weak"}
    back = added(study, answer, saved)
    assert back == dict.fromkeys({*MEDICINES, *SAME} - {"med_days/opioid_weak"})
    saved.append(row("med_same", {"med_same": answer} | back))
    assert recall.standing(saved) == SAFE | {"med_same": answer, "med_days/opioid_weak": 5}
    assert recall.copied(study, saved) == set()
    again = recall.taken_back(study, saved)  # to be looked at once more, but not how much it changed
    assert again == {key: value for key, value in MEDICINES.items() if key != "med_days/opioid_weak"}
    assert added(study, "no", saved) == {}
    assert added(study, "yes", saved) == MEDICINES | SAME


def test_no_after_yes_brings_back_what_was_answered_by_hand(study):
    by_hand = {"med_days/opioid_weak": 2, "med_change/opioid_weak": "more", "med_name/steroid": "Made-up"}
    kinds = {"med_any": "yes", "med_classes": ["opioid_weak", "steroid"]}
    saved = [row("red_flags", SAFE), row("med_same", {"med_same": "no"}), row("med_classes", kinds)]
    saved += [row("med_days/opioid_weak", {"med_days/opioid_weak": 7}), row("med_days/opioid_weak", by_hand)]
    before = recall.standing(saved)
    for _ in range(2):
        saved.append(row("med_same", {"med_same": "yes"} | added(study, "yes", saved)))
        assert recall.standing(saved) == before | {"med_same": "yes"} | MEDICINES | SAME
        saved.append(row("med_same", {"med_same": "no"} | added(study, "no", saved)))
        assert recall.standing(saved) == before
        assert recall.copied(study, saved) == set()
    saved.append(row("med_same", {"med_same": "yes"} | added(study, "yes", saved)))
    assert recall.copied(study, saved) == {*MEDICINES, *SAME}


@pytest.mark.parametrize(
    "language, first, second",
    [
        (
            "en",
            "Tramadol or codeine: Tramadol, 37.5 mg, 3 times a day, on 7 of 7 days",
            "Herbal medicine: Made-up tea, 1 time a day, on 2 of 7 days",
        ),
        (
            "es",
            "El tramadol o la codeína: Tramadol, 37.5 mg, 3 veces al día, en 7 de 7 días",
            "Las hierbas o la medicina tradicional: Made-up tea, 1 vez al día, en 2 de 7 días",
        ),
        (
            "zh-Hant",
            "Tramadol 或可待因：Tramadol、37.5 毫克（mg）、每天 3 次、7 天中有 7 天",
            "中草藥或傳統藥物：Made-up tea、每天 1 次、7 天中有 2 天",
        ),
    ],
)
def test_the_list_says_each_medicine_in_a_line(study, language, first, second):
    assert said(study, LAST, language) == [first, second]


def test_a_medicine_of_which_nothing_is_known_has_a_line_too(study):
    last = {"med_any": "yes", "med_classes": ["opioid_strong", "dont_know"], "med_name/dont_know": NOT_SURE}
    last |= {"med_opioid/opioid_strong": "fentanyl_patch", "med_strength/opioid_strong": 12}
    last |= {"med_unit/opioid_strong": "mcg_per_hour", "med_more/opioid_strong": "yes"}
    last |= {"med_opioid/opioid_strong.2": "other", "med_strength/opioid_strong.2": 2}
    last |= {"med_unit/opioid_strong.2": "other"}
    assert said(study, last, "en") == [
        "Strong opioid: Fentanyl patch, 12 mcg an hour",
        "Strong opioid (2): Another one, 2 (other unit)",
        "Medicine you are not sure of",
    ]
