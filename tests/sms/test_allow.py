import pytest

from prom.sms.allow import allowed, parse

NURSE, OTHER = "+447700900123", "+447700900124"


@pytest.mark.parametrize(
    "number, allow, answer",
    [
        (NURSE, (), True),
        (NURSE, (NURSE,), True),
        (OTHER, (NURSE,), False),
        (NURSE + "0", (NURSE,), False),
        (OTHER, ("+447700*",), True),
        ("+447701900123", ("+447700*",), False),
        (OTHER, (NURSE, "+447700*"), True),
        ("+351912345678", (NURSE, "+447700*"), False),
    ],
)
def test_only_listed_numbers_are_texted_and_an_empty_list_allows_all(number, allow, answer):
    assert allowed(number, allow) is answer


@pytest.mark.parametrize(
    "text, entries",
    [
        ("", ()),
        ("  ", ()),
        (NURSE, (NURSE,)),
        (f" {NURSE} ,+447700* ", (NURSE, "+447700*")),
        ("+447700*", ("+447700*",)),
    ],
)
def test_a_setting_is_read_into_entries(text, entries):
    assert parse(text) == entries


@pytest.mark.parametrize(
    "text",
    [",", f"{NURSE},", "*", "+*", "+44770*", "07700900123", "447700900123", "+0447700900123",
     "+44 7700 900123", "+447700900123**", "+4477*00900123", "nurse", f"{NURSE};{OTHER}",
     "+44770090012345678"],
)  # fmt: skip
def test_an_odd_setting_is_refused(text):
    with pytest.raises(ValueError):
        parse(text)


def test_the_refusal_names_the_place_and_not_the_number():
    with pytest.raises(ValueError, match="entry 2 of 2") as refused:
        parse(f"{NURSE},07700900555")
    assert "07700900555" not in str(refused.value)
