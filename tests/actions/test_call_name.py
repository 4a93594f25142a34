"""A phone that participants share: each has a call name, and each text with a form's link begins with it."""

import pytest

from prom.actions import contact, new_link, receive, texting
from prom.actions.contact import Person
from prom.errors import Refusal
from prom.rules.refusals import message as said
from prom.sms.gateway import Inbound
from prom.store import contacts
from prom.store.connect import rows, write
from tests.study import Study

OPENS = "2026-03-20T14:00:00Z"


@pytest.fixture
def couple(clinic) -> Study:
    """Ada, whose 1-month form is due, and Ben, whose baseline is to come; they share a phone."""
    clinic.enrol("ADA", status="performed", on="2026-02-20", call_name="Ada")
    clinic.enrol("BEN", on="2026-05-20", mobile=clinic.number("ADA"), birth_year=1970, call_name="Ben")
    return clinic


def texts(clinic: Study, code: str = "ADA") -> list[str]:
    """The texts that left for one of them, the first one first."""
    sent = {ref: text for _, text, ref in clinic.sms.sent}
    return [sent[each["id"]] for each in reversed(clinic.messages(code)) if each["id"] in sent]


def changes(clinic: Study, code: str, **given) -> str:
    fields = {"name": code, "mobile": clinic.number(code), "birth_year": 1960} | given
    return contact.change(
        clinic.db, clinic.means, clinic.id(code), Person(**fields), clinic.now, staff_id=clinic.staff["cora"]
    )


def refused(do) -> str:
    with pytest.raises(Refusal) as refusal:
        do()
    assert "{" not in said(refusal.value)
    return refusal.value.key


def call_name(clinic: Study, code: str) -> str:
    return clinic.means.keys.open(contacts.of_participant(clinic.db, clinic.id(code))["call_name_sealed"])


def joins(clinic: Study, **given) -> str:
    """Enrol Cal with Ada's number."""
    return clinic.enrol("CAL", **{"mobile": clinic.number("ADA"), "birth_year": 1980} | given)


# ---- the texts


def test_each_text_with_a_link_begins_with_whom_it_is_for(couple):
    couple.at(OPENS)
    couple.ticks(days=2)
    new_link.ask(couple.db, couple.means, couple.id("ADA"), couple.now)
    couple.tick()
    couple.at("2026-03-23T15:00:00Z")
    visit = couple.visit("ADA", "1m")["id"]
    texting.send_link(couple.db, couple.means, visit, couple.now, staff_id=couple.staff["cora"])
    couple.tick()
    kinds = [each["kind"] for each in reversed(couple.messages("ADA"))]
    assert kinds == ["invitation", "reminder", "new_link", "resend"]
    assert all(text.startswith("For Ada: Example Clinic: ") for text in texts(couple))


def test_an_invitation_once_more_begins_with_it_too(clinic):
    clinic.enrol("BEN", on="2026-03-06", call_name="Ben")
    clinic.tick()
    clinic.enrol("ADA", mobile=clinic.number("BEN"), birth_year=1970, call_name="Ada")
    clinic.records("BEN", "postponed", "2026-04-20")
    clinic.ticks_until("2026-04-14T15:00:00Z")
    kinds = [each["kind"] for each in reversed(clinic.messages("BEN"))]
    sent = dict(zip(kinds, texts(clinic, "BEN"), strict=True))
    assert sent["again"].startswith("For Ben: ") and sent["invitation"].startswith("Example Clinic: ")


def test_each_is_called_by_their_own_name_in_their_own_language(clinic):
    clinic.enrol("ADA", status="performed", on="2026-02-20", call_name="Ángel", language="es")
    both = {"status": "performed", "on": "2026-02-20", "mobile": clinic.number("ADA")}
    clinic.enrol("BEN", **both, birth_year=1970, call_name="美玲", language="zh-Hant")
    clinic.at(OPENS)
    clinic.tick()
    assert texts(clinic, "ADA")[0].startswith("Para Angel: Example Clinic: su cuestionario")
    assert texts(clinic, "BEN")[0].startswith("給美玲： https://prom.example.org/s/")


def test_what_the_text_costs_is_counted_with_the_name(couple):
    changes(couple, "ADA", call_name="Maximiliana Josefina")
    couple.at(OPENS)
    couple.tick()
    assert couple.messages("ADA")[0]["segments"] == 2


def test_who_has_a_phone_alone_is_not_named(clinic):
    clinic.enrol("ADA", status="performed", on="2026-02-20", call_name="Ada")
    clinic.at(OPENS)
    clinic.tick()
    assert texts(clinic)[0].startswith("Example Clinic: ")


def test_it_is_decided_when_a_text_goes(couple):
    couple.at("2026-03-20T14:00:00Z")
    couple.tick()
    couple.becomes("BEN", "left_follow_up")
    couple.ticks(days=2)
    couple.becomes("BEN", "undone")
    couple.ticks(days=3)
    invitation, first, second = texts(couple)
    assert invitation.startswith("For Ada: ") and second.startswith("For Ada: ")
    assert first.startswith("Example Clinic: ")  # nobody else in the study had the phone that day


def test_no_other_text_is_addressed(couple):
    couple.at(OPENS)
    receive.inbound(couple.db, couple.means, Inbound("", couple.number("ADA"), "hello", ""), couple.now)
    couple.tick()
    answers = [text for text in couple.texts("ADA") if "do not read replies" in text]
    assert len(answers) == 1 and answers[0].startswith("Example Clinic: ")


def test_where_no_call_name_stands_the_text_goes_without(couple):
    with write(couple.db):
        contacts.change(couple.db, couple.id("ADA"), call_name_sealed=None)
    couple.at(OPENS)
    couple.tick()
    assert texts(couple)[0].startswith("Example Clinic: ")


def test_the_call_name_lies_sealed(couple):
    whole = str([rows(couple.db, f"select * from {table}") for table in ("contact", "audit_detail", "message")])
    assert "Ada" not in whole and "Ben" not in whole


# ---- asked for


def test_nobody_shares_a_phone_without_a_call_name(clinic):
    clinic.enrol("ADA", call_name="Ada")
    assert refused(lambda: joins(clinic, call_name="")) == "call_name_missing"
    clinic.enrol("CAL", birth_year=1980, call_name="")
    shared = {"mobile": clinic.number("ADA"), "shared": True, "birth_year": 1980}
    assert refused(lambda: changes(clinic, "CAL", **shared)) == "call_name_missing"
    assert changes(clinic, "CAL", **shared, call_name="Cal") == "number"
    assert call_name(clinic, "CAL") == "Cal"


def test_whose_phone_comes_to_be_shared_needs_one_too(clinic):
    clinic.enrol("ADA", call_name="")
    assert refused(lambda: joins(clinic)) == "call_name_missing_there"
    changes(clinic, "ADA", call_name="Ada")
    assert joins(clinic)


def test_who_shares_a_phone_keeps_a_call_name(couple):
    assert refused(lambda: changes(couple, "ADA")) == "call_name_missing"
    assert refused(lambda: changes(couple, "ADA", call_name=" ben ")) == "call_name_same"
    assert changes(couple, "ADA", call_name="Granny") == "" and call_name(couple, "ADA") == "Granny"


def test_who_never_had_one_can_be_given_it_while_another_has_none(couple):
    with write(couple.db):
        for code in ("ADA", "BEN"):
            contacts.change(couple.db, couple.id(code), call_name_sealed=None)
    assert changes(couple, "ADA", call_name="Ada") == ""


@pytest.mark.parametrize(
    "name, key", [("ADA", "call_name_same"), ("W" * 21, "call_name_long"), ("pain", "call_name_word")]
)
def test_a_call_name_that_cannot_be_is_refused(couple, name, key):
    assert refused(lambda: joins(couple, call_name=name)) == key


def test_with_a_phone_of_ones_own_none_is_asked_for(clinic):
    clinic.enrol("ADA", call_name="")
    assert changes(clinic, "ADA", name="Renamed") == ""


def test_who_has_left_asks_nobody_for_one(clinic):
    clinic.enrol("ADA", call_name="")
    clinic.becomes("ADA", "left_follow_up")
    assert joins(clinic, call_name="")


def test_a_number_mended_into_a_shared_one_asks_for_one(couple):
    couple.enrol("CAL", birth_year=1980, call_name="")
    number = couple.number("ADA")

    def mends(**given):
        about = (couple.db, couple.means, couple.id("CAL"), number, couple.now)
        return contact.mend_number(*about, staff_id=couple.staff["cora"], shared=True, **given)

    assert refused(mends) == "call_name_missing"
    mends(called="Cal")
    assert couple.number("CAL") == number and call_name(couple, "CAL") == "Cal"


def test_a_number_mended_into_a_shared_one_keeps_the_one_on_file(couple):
    couple.enrol("CAL", birth_year=1980, call_name="Cal")
    about = (couple.db, couple.means, couple.id("CAL"), couple.number("ADA"), couple.now)
    contact.mend_number(*about, staff_id=couple.staff["cora"], shared=True)
    assert call_name(couple, "CAL") == "Cal"
