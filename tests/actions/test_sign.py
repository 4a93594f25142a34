"""One signature for all: the password again, the meaning as shown, bound to the record, never changed."""

import json
from dataclasses import replace

import pytest

from prom.actions import sign, sign_in, staff
from prom.errors import Conflict, Refusal, TooMany
from prom.rules.signing import Record
from prom.store import audit
from prom.store.connect import IntegrityError, rows, run, write
from tests.study import PASSWORD

HOME = "192.0.2.1"
RECORD = Record("note", "n1", 1, {"words": "giraffe", "grade": 2, "on": None})
MEANING = "I wrote this note."


def signs(clinic, record=RECORD, login="nina", password=PASSWORD) -> str:
    by = sign.signer(clinic.db, clinic.staff[login], password, clinic.now, HOME)
    return sign.sign(clinic.db, record, MEANING, by)


def test_a_signature_tells_who_when_and_what_it_means(clinic):
    signs(clinic)
    (found,) = sign.signed(clinic.db, RECORD)
    assert found["fits"] is True
    assert (found["name"], found["signed_by"]) == ("Nina Example", clinic.staff["nina"])
    assert (found["meaning"], found["signed_at"]) == (MEANING, "2026-03-02T15:00:00Z")


@pytest.mark.parametrize("content", [{"words": "giraffe", "grade": 3, "on": None}, {"words": "giraffe"}, {}])
def test_a_record_that_was_changed_since_is_not_signed_by_it(clinic, content):
    signs(clinic)
    assert [each["fits"] for each in sign.signed(clinic.db, replace(RECORD, content=content))] == [False]


@pytest.mark.parametrize("other", [{"kind": "letter"}, {"id": "n2"}, {"version": 2}])
def test_the_signature_of_a_record_is_none_of_another(clinic, other):
    signs(clinic)
    assert sign.signed(clinic.db, replace(RECORD, **other)) == []
    assert replace(RECORD, **other).sha256 != RECORD.sha256


def test_the_order_of_its_values_is_no_part_of_a_record():
    assert Record("note", "n1", 1, {"b": 1, "a": 2}).sha256 == Record("note", "n1", 1, {"a": 2, "b": 1}).sha256


def test_two_may_sign_one_record(clinic):
    signs(clinic)
    signs(clinic, login="leda")
    assert [each["name"] for each in sign.signed(clinic.db, RECORD)] == ["Nina Example", "Leda Example"]


@pytest.mark.parametrize("password", ["", "wrong"])
def test_nothing_is_signed_without_the_password(clinic, password):
    with pytest.raises(Refusal) as refusal:
        signs(clinic, password=password)
    assert refusal.value.key == "wrong_password"
    assert sign.signed(clinic.db, RECORD) == []
    last = rows(clinic.db, "select actor, action from audit order by seq desc limit 1")
    assert last == [{"actor": clinic.staff["nina"], "action": "signing_refused"}]


def test_guesses_at_the_signature_keep_nobody_from_logging_in(clinic):
    for _ in range(8):
        with pytest.raises(Refusal):
            signs(clinic, password="wrong")
    with pytest.raises(TooMany):
        signs(clinic)
    assert sign_in.sign_in(clinic.db, "nina", PASSWORD, clinic.now, HOME)
    with pytest.raises(TooMany):  # nor does logging in give further guesses
        signs(clinic)


def test_guesses_at_the_log_in_keep_nobody_from_signing(clinic):
    for _ in range(8):
        with pytest.raises(Refusal):
            sign_in.sign_in(clinic.db, "nina", "wrong", clinic.now, HOME)
    with pytest.raises(TooMany):
        sign_in.sign_in(clinic.db, "nina", PASSWORD, clinic.now, HOME)
    signs(clinic)


def test_a_right_password_takes_the_guesses_before_it_back(clinic):
    for _ in range(3):
        for _ in range(7):
            with pytest.raises(Refusal):
                signs(clinic, password="wrong")
        signs(clinic)


def test_who_has_left_signs_nothing(clinic):
    staff.deactivate(clinic.db, clinic.means, clinic.staff["nina"], clinic.now, by=clinic.staff["adam"])
    with pytest.raises(Refusal) as refusal:
        signs(clinic)
    assert refusal.value.key == "wrong_password"


def test_who_leaves_between_password_and_signature_signs_nothing(clinic):
    by = sign.signer(clinic.db, clinic.staff["nina"], PASSWORD, clinic.now, HOME)
    staff.deactivate(clinic.db, clinic.means, clinic.staff["nina"], clinic.now, by=clinic.staff["adam"])
    with pytest.raises(Conflict):
        sign.sign(clinic.db, RECORD, MEANING, by)


@pytest.mark.parametrize("statement", ["update signature set meaning = 'x'", "delete from signature"])
def test_a_signature_is_never_changed(clinic, statement):
    signs(clinic)
    with pytest.raises(IntegrityError, match="append-only"), write(clinic.db):
        run(clinic.db, statement)
    assert [each["fits"] for each in sign.signed(clinic.db, RECORD)] == [True]


def test_the_audit_holds_that_it_was_signed_and_nothing_of_it(clinic):
    signs(clinic)
    (told,) = audit.of_subject(clinic.db, "n1")
    assert (told["actor"], told["action"]) == (clinic.staff["nina"], "signed")
    assert json.loads(told["details"]) == {"kind": "note", "version": 1}
