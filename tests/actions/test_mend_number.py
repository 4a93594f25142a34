"""A number that does not work: the task, another number, and the link that follows it; the old links end."""

import pytest

from prom.actions import contact, links, receipts
from prom.errors import Refusal, SmsRejected
from prom.sms.gateway import Receipt
from prom.store import audit, contacts
from tests.study import Study

NEW = "+15550107777"


@pytest.fixture
def refused(clinic):
    """Somebody whose invitation the provider refused: no such number."""
    clinic.sms.faults = [SmsRejected("21211")]
    clinic.enrol("P-001", status="performed", on="2026-01-30")
    clinic.tick()
    assert [task["kind"] for task in clinic.open_tasks("wrong_number")] == ["wrong_number"]
    return clinic


def mends(study: Study, mobile: str = NEW, shared: bool = False) -> bool:
    return contact.mend_number(
        study.db, study.means, study.id("P-001"), mobile, study.now, staff_id=study.staff["cora"], shared=shared
    )


def test_a_number_refused_at_once_is_mended_and_the_link_follows_it(refused):
    old = refused.token(refused.visit("P-001", "1m"))
    assert mends(refused, "+1 555 010 7777")
    refused.tick()
    (text,) = refused.sms.texts_to(NEW)
    new = refused.token(refused.visit("P-001", "1m"))
    assert new != old and new in text
    assert links.find(refused.db, refused.means, old, refused.now).ended
    assert refused.open_tasks() == [] and refused.number("P-001") == NEW
    assert not contact.reach(refused.db, refused.means, refused.id("P-001")).verified_how
    of_them = audit.of_subject(refused.db, refused.id("P-001"))
    (recorded,) = [row for row in of_them if row["action"] == "contact_changed"]
    assert recorded["actor"] == refused.staff["cora"] and "7777" not in recorded["details"]


def test_nothing_beside_the_number_changes(refused):
    mends(refused)
    kept = contacts.of_participant(refused.db, refused.id("P-001"))
    assert refused.means.keys.open(kept["name_sealed"]) == "Synthetic P-001"
    assert refused.means.keys.open(kept["birth_year_sealed"]) == "1960"


def test_a_text_that_failed_later_is_a_task_that_another_number_ends(clinic):
    clinic.enrol("P-001", status="performed", on="2026-01-30")
    clinic.tick()
    message = clinic.messages("P-001")[0]
    given = Receipt(message["id"], message["provider_id"], "undelivered", "30006", "")
    receipts.take(clinic.db, clinic.means, given, clinic.now)
    assert [task["kind"] for task in clinic.open_tasks()] == ["undelivered"]
    assert mends(clinic)
    clinic.tick()
    assert len(clinic.sms.texts_to(NEW)) == 1 and clinic.open_tasks() == []


def test_where_nothing_was_sent_yet_the_invitation_goes_to_the_new_number(clinic):
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    assert not mends(clinic)
    clinic.ticks_until("2026-03-20T14:00:00Z", every="day")
    assert len(clinic.sms.texts_to(NEW)) == 1


@pytest.mark.parametrize("mobile, key", [("12", "number_odd"), ("+1 555 010 1001", "number_same")])
def test_a_number_that_cannot_be_meant_is_refused(refused, mobile, key):
    assert refused.number("P-001") == "+15550101001"
    with pytest.raises(Refusal) as refusal:
        mends(refused, mobile)
    assert refusal.value.key == key
    assert len(refused.open_tasks("wrong_number")) == 1


def test_the_number_of_somebody_else_is_to_be_confirmed(refused):
    refused.enrol("P-002", birth_year=1971)
    with pytest.raises(Refusal) as refusal:
        mends(refused, refused.number("P-002"))
    assert refusal.value.key == "number_shared"
    assert mends(refused, refused.number("P-002"), shared=True)
