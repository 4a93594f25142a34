"""Enrolling: what nobody can be enrolled with, whichever way it came in."""

import pytest

from prom.errors import Refusal
from prom.store import participants


@pytest.mark.parametrize("code", ["new", "NEW", "test-1", "Test-1"])
def test_a_code_that_would_be_taken_for_something_else_is_refused(clinic, code):
    with pytest.raises(Refusal) as refused:
        clinic.enrol(code)
    assert refused.value.key == "code_kept"
    assert participants.of_sites(clinic.db, ("main",)) == []


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_an_entry_answer_is_a_number(clinic, number):
    with pytest.raises(Refusal) as refused:
        clinic.enrol(eligibility={"entry_nrs": number})
    assert refused.value.key == "entry_range"
