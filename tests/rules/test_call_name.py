"""What somebody who shares a phone may be called in its texts."""

import pytest

from prom.errors import Refusal
from prom.rules.call_name import check, same


@pytest.mark.parametrize(
    "name, language",
    [
        ("", "en"),
        ("Rosa", "en"),
        ("Grandpa Joe", "en"),
        ("Paine", "en"),  # a name, though a word that no text may say begins so
        ("José Ángel", "es"),  # its letters have plain forms
        ("W" * 20, "en"),
        ("歐陽美玲", "zh-Hant"),
        ("Grandma Li", "zh-Hant"),
    ],
)
def test_a_name_that_a_text_can_say(study, name, language):
    check(study, name, language)


@pytest.mark.parametrize(
    "name, language, key, values",
    [
        ("W" * 21, "en", "call_name_long", {"longest": 20}),
        ("[Rosa Maria Elena X]", "en", "call_name_long", {"longest": 20}),  # each bracket counts twice
        ("W" * 11, "zh-Hant", "call_name_long", {"longest": 10}),
        ("😀" * 6, "zh-Hant", "call_name_long", {"longest": 10}),
        ("王小明", "en", "call_name_letters", {"letters": "小明王"}),
        ("Rosa 🌹", "es", "call_name_letters", {"letters": "🌹"}),
        ("Łucja", "en", "call_name_letters", {"letters": "Ł"}),
        ("Pain", "en", "call_name_word", {"word": "pain"}),
        ("the opioids one", "en", "call_name_word", {"word": "opioid"}),
        ("Don Dolor", "es", "call_name_word", {"word": "dolor"}),
        ("疼痛先生", "zh-Hant", "call_name_word", {"word": "疼痛"}),
    ],
)
def test_a_name_that_no_text_can_say(study, name, language, key, values):
    with pytest.raises(Refusal) as refusal:
        check(study, name, language)
    assert (refusal.value.key, refusal.value.values) == (key, values)


@pytest.mark.parametrize("one, other", [("Rosa", "rosa"), ("José", "Jose"), ("Rosa Maria", "ROSAMARIA")])
def test_names_that_read_as_one(one, other):
    assert same(one, other) and not same(one, f"{other} B")
