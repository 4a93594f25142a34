"""Mobile numbers as people type them."""

import pytest

from prom.errors import Refusal
from prom.rules.numbers import e164

CLINIC = "+1 555 010 0100"


@pytest.mark.parametrize(
    "typed, number",
    [
        ("555 010 1001", "+15550101001"),
        ("(555) 010-1001", "+15550101001"),
        ("1 555 010 1001", "+15550101001"),
        ("+44 7700 900123", "+447700900123"),
        ("+225 07 01 23 45 67", "+2250701234567"),  # elsewhere a number may begin with 0
    ],
)
def test_a_number_is_kept_in_one_form(typed, number):
    assert e164(typed, CLINIC) == number


@pytest.mark.parametrize("typed", ["+1 055 010 1001", "+1 155 501 0100", "055 501 0100", "12", "call me", "+", ""])
def test_a_number_that_cannot_be_is_refused(typed):
    with pytest.raises(Refusal) as refusal:
        e164(typed, CLINIC)
    assert refusal.value.key == "number_odd"
