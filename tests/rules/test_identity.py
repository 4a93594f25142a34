"""When a link asks for the year of birth, what counts as one, and how long passing holds."""

import pytest

from prom.rules.identity import TRIES, asks_year, needs_year, runs, tries_left, year
from prom.rules.times import instant


@pytest.mark.parametrize(
    "says, shared, needed",
    [("shared", False, False), ("shared", True, True), ("always", False, True), ("always", True, True)],
)
def test_a_year_is_needed_where_the_study_says_so_or_a_phone_is_shared(study, says, shared, needed):
    study = study.model_copy(update={"survey": study.survey.model_copy(update={"birth_year": says})})
    assert needs_year(study, shared) is needed
    assert asks_year(study, True, shared) is needed
    assert asks_year(study, False, shared) is False  # none is on file: the link alone identifies


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("1960", 1960), (" 1960 ", 1960), ("\uff11\uff19\uff16\uff10", 1960), ("0000", 0),
        ("", None), ("60", None), ("19600", None), ("196O", None), ("-960", None), ("1 960", None), ("19.6", None),
        ("\u00b9\u2079\u2076\u2070", None),
    ],
)  # fmt: skip
def test_a_year_is_four_digits(typed, meant):
    assert year(typed) == meant


@pytest.mark.parametrize("wrong, left", [(0, TRIES), (1, 4), (4, 1), (5, 0), (9, 0)])
def test_a_link_takes_five_wrong_years(wrong, left):
    assert tries_left(wrong) == left


@pytest.mark.parametrize(
    "now, good", [("2026-04-02T15:00:00Z", True), ("2026-04-02T16:59:59Z", True), ("2026-04-02T17:00:00Z", False)]
)
def test_a_pass_is_good_for_two_hours_after_its_last_use(now, good):
    assert runs("2026-04-02T15:00:00Z", instant(now)) is good
