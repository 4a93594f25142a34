"""What a screen that is sent means beside those saved before."""

import pytest

from prom.rules.saving import Page, changed_elsewhere, last_of, reads_otherwise, repeats


def row(seq, answers, late=0, sheet=None):
    return {"seq": seq, "answers": answers, "late": late, "sheet": sheet}


SAVED = [row(1, {"red": ["none"]}), row(2, {"nrs": 4}, sheet="aa"), row(3, {"worst": 0}), row(4, {"nrs": 6}, late=1)]


@pytest.mark.parametrize("keys, with_late, seq", [
    (["nrs"], False, 2), (["nrs"], True, 4), (["nrs", "worst"], False, 3), (["who"], True, None), ([], True, None),
])  # fmt: skip
def test_the_last_save_of_a_screen(keys, with_late, seq):
    found = last_of(SAVED, keys, with_late=with_late)
    assert (found and found["seq"]) == seq


@pytest.mark.parametrize("answers, late, said", [
    ({"worst": 0}, False, True),
    ({"worst": 0}, True, False),  # saved in time; this one is late
    ({"worst": 1}, False, False),
    ({"worst": ""}, False, False),
    ({"nrs": 6}, True, True),
    ({"nrs": 4}, False, False),  # another came after it, though late
    ({"who": "self"}, False, False),
    ({"worst": 0, "who": "self"}, False, False),
])  # fmt: skip
def test_answers_that_stand_as_they_are_are_no_news(answers, late, said):
    assert repeats(SAVED, answers, late=late) is said


@pytest.mark.parametrize("answers, page, said", [
    ({"nrs": 5}, Page(None), True),
    ({"nrs": 5}, Page(1), True),
    ({"nrs": 5}, Page(2), False),  # the page showed what is saved
    ({"nrs": 4}, Page(None), False),  # the same answer
    ({"nrs": 5}, Page(None, "aa"), False),  # what is saved came from this very page
    ({"nrs": 5}, Page(None, "bb"), True),
    ({"worst": 1}, Page(None, ""), True),  # saved from no page at all
    ({"who": "self"}, Page(None), False),
])  # fmt: skip
def test_another_answer_saved_since_the_page_was_made_is_seen(answers, page, said):
    assert changed_elsewhere(SAVED, answers, page) is said


@pytest.mark.parametrize("seq, said", [(None, True), (1, True), (2, True), (3, False), (9, False)])
def test_a_review_that_is_out_of_date_is_seen(seq, said):
    assert reads_otherwise(SAVED, Page(seq)) is said


def test_a_review_is_not_out_of_date_by_the_same_answers_saved_again():
    assert reads_otherwise([*SAVED, row(5, {"worst": 0})], Page(3)) is False
