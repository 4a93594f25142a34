"""Mobile numbers as people type them."""

import pytest

from prom.errors import Refusal
from prom.rules.numbers import e164, example

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


@pytest.mark.parametrize(
    "typed",
    [
        "+1 055 010 1001", "+1 155 501 0100", "055 501 0100", "555 010 100", "501 0100", "+1 501 0100", "12", "call me",
        "+", "",
    ],
)  # fmt: skip
def test_a_number_that_cannot_be_is_refused(typed):
    with pytest.raises(Refusal) as refusal:
        e164(typed, CLINIC)
    assert refusal.value.key == "number_odd"


@pytest.mark.parametrize(
    "clinic, number",
    [(CLINIC, "+1 201-555-0123"), ("+886 2 5550 1000", "+886 912 345 678"), ("+34 912 555 010", "+34 6")],
)
def test_an_example_is_of_the_clinics_country_and_can_be_read(clinic, number):
    assert example(clinic).startswith(number)
    assert e164(example(clinic), clinic)
