import pytest

from prom.sms.allow import allowed

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
