from datetime import date

import pytest

from prom.rules.answers import DECLINED, NOT_SURE, AnswerFault, check, figure, given, is_declined, is_not_sure
from prom.rules.study import Item

TODAY = date(2026, 3, 1)
COLOURS = ({"key": "red", "text": {}}, {"key": "blue", "text": {}}, {"key": "none", "text": {}})


def item(kind, **fields) -> Item:
    return Item(key="one", kind=kind, text={"en": "?"}, **fields)


CHOICE = item("choice", choices=COLOURS)
CHOICES = item("choices", choices=COLOURS, none="none")
PLAIN_CHOICES = item("choices", choices=COLOURS)
NRS = item("nrs")
STRENGTH = item("number", low=0.001, high=10000, decimals=3, not_sure=True)
TIMES = item("number", low=0, high=48, decimals=1)
DAYS = item("number", low=0, high=7)
NAME = item("text", longest=10)
COMMENT = item("text", longest=10, optional=True)
STARTED = item("date", not_sure=True)
ENDED = item("date", not_before="started")


def kept(one, raw, **others):
    return check(one, raw, today=TODAY, others=others)


@pytest.mark.parametrize(
    "one, raw, value",
    [
        (CHOICE, "red", "red"),
        (CHOICES, ["red"], ["red"]),
        (CHOICES, ["blue", "red"], ["red", "blue"]),
        (CHOICES, ["red", "red"], ["red"]),
        (CHOICES, ["none"], ["none"]),
        (CHOICES, ["none", "blue"], ["blue"]),
        (PLAIN_CHOICES, ["none", "blue"], ["blue", "none"]),
        (NRS, "0", 0),
        (NRS, "10", 10),
        (NRS, " 7 ", 7),
        (NRS, "\uff17", 7),
        (STRENGTH, "500", 500),
        (STRENGTH, "\uff15\uff10", 50),
        (STRENGTH, "0\uff0e5", 0.5),
        (STRENGTH, "\uff12\uff0c\uff15", 2.5),
        (STRENGTH, "\u3000\uff15\uff10\u3000", 50),
        (STRENGTH, "0,5", 0.5),
        (STRENGTH, "2.50", 2.5),
        (STRENGTH, "0,125", 0.125),
        (STRENGTH, "0.0015", 0.002),
        (STRENGTH, "12.0", 12),
        (STRENGTH, "0.001", 0.001),
        (STRENGTH, "10000", 10000),
        (TIMES, "0", 0),
        (TIMES, "1.25", 1.3),
        (DAYS, "7", 7),
        (DAYS, "7.0", 7),
        (NAME, "  Panadol ", "Panadol"),
        (NAME, "a\x00\x1bb", "ab"),
        (NAME, "a\r\nb\tc", "a\nb c"),
        (NAME, "1234567890", "1234567890"),
        (COMMENT, "", ""),
        (COMMENT, None, ""),
        (COMMENT, " \x00\n ", ""),
        (STARTED, "2026-03-01", "2026-03-01"),
        (STARTED, "2016-03-01", "2016-03-01"),
    ],
)
def test_a_valid_answer_is_kept_in_one_form(one, raw, value):
    answer = kept(one, raw)
    assert answer == value
    assert type(answer) is type(value)


@pytest.mark.parametrize(
    "one, raw, key",
    [
        (CHOICE, "", "choose_one"),
        (CHOICE, None, "choose_one"),
        (CHOICE, "green", "choose_one"),
        (CHOICE, ["red"], "choose_one"),
        (CHOICES, [], "required_red"),
        (PLAIN_CHOICES, [], "choose_one"),
        (CHOICES, ["red", "green"], "choose_one"),
        (CHOICES, "red", "choose_one"),
        (NRS, "", "choose_number"),
        (NRS, None, "choose_number"),
        (NRS, "5.5", "whole_number"),
        (NRS, "1e1", "whole_number"),
        (NRS, "\u2076", "whole_number"),
        (NRS, "\u0663", "whole_number"),
        (NRS, "+5", "whole_number"),
        (NRS, "five", "whole_number"),
        (NRS, "9" * 5000, "whole_number"),
        (NRS, "11", "number_between"),
        (NRS, "-1", "number_between"),
        (STRENGTH, "", "required"),
        (STRENGTH, "0", "number_between"),
        (STRENGTH, "0.0006", "number_between"),
        (STRENGTH, "10000.0001", "number_between"),
        (STRENGTH, "1,000", "comma"),
        (STRENGTH, "1.000", "comma"),
        (STRENGTH, "1e3", "number_only"),
        (STRENGTH, "nan", "number_only"),
        (STRENGTH, "500 mg", "number_only"),
        (STRENGTH, "50mg", "number_only"),
        (STRENGTH, "\uff11\uff0c\uff10\uff10\uff10", "comma"),
        (STRENGTH, "\uff15\uff4d\uff47", "number_only"),
        (STRENGTH, "10\u00b3", "number_only"),
        (STRENGTH, "\u00bd", "number_only"),
        (TIMES, "-1", "number_between"),
        (DAYS, "2.5", "whole_number"),
        (DAYS, "8", "number_between"),
        (NAME, "", "required"),
        (NAME, "\x00", "required"),
        (NAME, "12345678901", "too_long"),
        (STARTED, "", "required"),
        (STARTED, "1 March", "date"),
        (STARTED, "20260301", "date"),
        (STARTED, "2026-02-30", "date"),
        (STARTED, "2026-03-02", "date_future"),
        (STARTED, "2016-02-29", "date_before"),
    ],
)
def test_an_answer_that_cannot_be_kept_names_its_fault(one, raw, key):
    with pytest.raises(AnswerFault) as fault:
        kept(one, raw)
    assert fault.value.key == key


@pytest.mark.parametrize(
    "one, raw, values",
    [
        (NRS, "11", {"low": 0, "high": 10}),
        (DAYS, "8", {"low": 0, "high": 7}),
        (NAME, "12345678901", {"longest": 10}),
        (STARTED, "2026-03-02", {"latest": "2026-03-01"}),
    ],
)
def test_a_fault_carries_what_fills_its_words(one, raw, values):
    with pytest.raises(AnswerFault) as fault:
        kept(one, raw)
    assert fault.value.values == values


@pytest.mark.parametrize(
    "started, raw, fine",
    [
        ("2026-02-10", "2026-02-10", True),
        ("2026-02-10", "2026-02-09", False),
        (NOT_SURE, "2026-02-09", True),
        (DECLINED, "2026-02-09", True),
        (None, "2026-02-09", True),
    ],
)
def test_a_problem_does_not_end_before_it_started(started, raw, fine):
    if fine:
        assert kept(ENDED, raw, started=started) == raw
        return
    with pytest.raises(AnswerFault) as fault:
        kept(ENDED, raw, started=started)
    assert (fault.value.key, fault.value.values) == ("date_before", {"earliest": "2026-02-10"})


def test_declined_and_not_sure_are_taken_only_where_they_are_offered():
    assert kept(NRS, DECLINED) == DECLINED
    assert kept(STRENGTH, NOT_SURE) == NOT_SURE
    assert kept(COMMENT, DECLINED) == DECLINED
    for one, raw in ((NRS, NOT_SURE), (item("nrs", declinable=False), DECLINED)):
        with pytest.raises(AnswerFault) as fault:
            kept(one, raw)
        assert fault.value.key == "required"


@pytest.mark.parametrize(
    "value, real",
    [(0, True), (0.0, True), ("no", True), (["none"], True), (7, True)]
    + [(None, False), ("", False), ([], False), (DECLINED, False), (NOT_SURE, False)],
)
def test_zero_is_an_answer_and_nothing_is_not(value, real):
    assert given(value) is real


def test_declined_and_not_sure_are_told_apart():
    assert is_declined(DECLINED) and not is_declined(NOT_SURE) and not is_declined(0)
    assert is_not_sure(NOT_SURE) and not is_not_sure(DECLINED) and not is_not_sure(None)


@pytest.mark.parametrize("number, text", [(5, "5"), (5.0, "5"), (2.5, "2.5"), (0, "0"), (0.001, "0.001")])
def test_a_number_is_written_as_people_write_it(number, text):
    assert figure(number) == text
