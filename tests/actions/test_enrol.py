"""Enrolling: what nobody can be enrolled with, whichever way it came in."""

from datetime import date

import pytest

from prom.actions import language
from prom.errors import Refusal
from prom.rules.study import Approval, Approved, part_hash
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


def test_an_unapproved_language_cannot_be_chosen_where_real_texts_go_out(clinic):
    two = clinic.study.study.model_copy(update={"languages": ("en", "es")})
    study = clinic.study.model_copy(update={"study": two})
    approval = Approved(by="Dr. Example", on=date(2026, 3, 1), sha256=part_hash(study, "en"))
    study = study.model_copy(update={"approval": Approval(languages={"en": approval})})
    assert [language.check(study, each, live=False) for each in ("en", "es")] == [None, None]
    language.check(study, "en", live=True)
    with pytest.raises(Refusal) as refused:
        language.check(study, "es", live=True)
    assert (refused.value.key, refused.value.values) == ("language_unknown", {"languages": "en"})
