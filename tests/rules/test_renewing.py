import pytest

from prom.rules.answers import NOT_SURE
from prom.rules.renewing import renewed
from tests.rules.test_recall import row

ABOUT = {"med_strength": 30, "med_unit": "mg", "med_times": 2, "med_days": 7, "med_change": "same"}
STRONG = {f"{key}/opioid_strong": value for key, value in ABOUT.items()}
SECOND = {f"{key}.2": value for key, value in STRONG.items()}
SAVED = [
    row("med_classes", {"med_any": "yes", "med_classes": ["opioid_strong"]}),
    row("med_opioid/opioid_strong", {"med_opioid/opioid_strong": "morphine"}),
    row("rest", STRONG | {"med_more/opioid_strong": "yes"}),
    row("more", SECOND | {"med_opioid/opioid_strong.2": "oxycodone", "nrs_average": 4}),
]


@pytest.mark.parametrize(
    "answers, again",
    [
        ({"med_opioid/opioid_strong": "hydromorphone"}, STRONG),
        ({"med_opioid/opioid_strong.2": NOT_SURE}, SECOND),
        ({"med_opioid/opioid_strong": "morphine"}, {}),  # the same as before
        ({"med_opioid/opioid_weak": "codeine"}, {}),  # answered for the first time
        ({"med_days/opioid_strong": 2}, {}),
    ],
)
def test_a_changed_medicine_has_the_rest_of_it_asked_again(study, answers, again):
    assert renewed(study, answers, SAVED) == dict.fromkeys(again)


def test_what_was_taken_back_already_is_not_taken_back_again(study):
    changed = {"med_opioid/opioid_strong": "hydromorphone"}
    saved = [*SAVED, row("med_opioid/opioid_strong", changed | dict.fromkeys(STRONG))]
    assert renewed(study, {"med_opioid/opioid_strong": "morphine"}, saved) == {}
