"""A number that does not work: the task, another number, and the link that follows it; the old links end."""

import re
from dataclasses import replace

import pytest

from prom.actions import contact, links, numbers, receipts, send, texting, tick
from prom.errors import Conflict, Refusal, SmsRejected
from prom.keys import Keys
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


# ---- until it is mended


def months_pass(study: Study) -> None:
    study.ticks(days=75, every="day")


def fates(study: Study, code: str = "P-001") -> list[tuple]:
    return [(each["kind"], each["status"], each["reason"]) for each in reversed(study.messages(code))]


def test_no_further_text_goes_to_a_number_that_was_refused(refused):
    months_pass(refused)
    assert fates(refused) == [("invitation", "failed", "21211")]
    assert {task["timepoint"] for task in refused.open_tasks("call")} == {"3m"}  # a call instead; that of 1m is over


@pytest.mark.parametrize("code, texts", [("30005", 1), ("30006", 1), ("30007", 6)])
def test_no_further_text_goes_to_a_number_that_is_not_there_or_takes_none(clinic, code, texts):
    clinic.enrol("P-001", status="performed", on="2026-01-30")
    clinic.tick()
    fails(clinic, code)
    months_pass(clinic)
    assert len(clinic.texts("P-001")) == texts


def test_a_text_that_waited_is_dropped_with_the_reason(clinic):
    clinic.enrol("P-001", status="performed", on="2026-01-30")
    clinic.tick()
    clinic.at("2026-03-05T04:00:00Z")  # at night
    texting.send_link(clinic.db, clinic.means, clinic.visit("P-001", "1m")["id"], clinic.now, staff_id="cora")
    fails(clinic, "30005")
    clinic.ticks(hours=12)
    assert fates(clinic) == [("invitation", "undelivered", "30005"), ("resend", "dropped", "number_fails")]
    with pytest.raises(Conflict) as refusal:
        texting.send_link(clinic.db, clinic.means, clinic.visit("P-001", "1m")["id"], clinic.now, staff_id="cora")
    assert refusal.value.key == "no_text_number_fails"


def test_whoever_shares_the_number_gets_a_task_and_a_call_and_no_text(clinic):
    clinic.enrol("P-001", status="performed", on="2026-01-30")
    clinic.enrol("P-002", status="performed", on="2026-02-05", mobile=clinic.number("P-001"), birth_year=1971)
    clinic.tick()
    fails(clinic, "30006")
    clinic.ticks(days=30, every="day")
    asked = {(task["code"], task["kind"]) for task in clinic.open_tasks()}
    assert asked == {("P-001", "undelivered"), ("P-002", "wrong_number"), ("P-001", "call"), ("P-002", "call")}
    assert fates(clinic, "P-002") == []


def test_a_number_that_was_verified_gets_the_link_again(refused):
    assert contact.verify(
        refused.db, refused.means, refused.id("P-001"), "call", refused.now, staff_id=refused.staff["cora"]
    )
    refused.tick()
    assert len(refused.texts("P-001")) == 1 and refused.open_tasks("wrong_number") == []


def test_a_late_word_about_the_old_number_says_nothing_of_the_new_one(clinic):
    clinic.enrol("P-001", status="performed", on="2026-01-30")
    clinic.tick()
    clinic.ticks(minutes=1, every="minute")
    mends(clinic)
    fails(clinic, "30005")
    clinic.tick()
    assert len(clinic.sms.texts_to(NEW)) == 1


@pytest.fixture
def mended(clinic):
    """Somebody who was invited at a number that was mended since, and has the link at the new one."""
    clinic.enrol("P-001", status="performed", on="2026-01-30")
    clinic.tick()
    clinic.ticks(minutes=1, every="minute")
    mends(clinic)
    clinic.tick()
    return clinic


def out(study: Study, number: str) -> bool:
    return contacts.opted_out(study.db, study.means.keys.number_hashes(number))


def test_a_late_opt_out_of_the_old_number_leaves_the_new_one_alone(mended):
    fails(mended, "21610")
    assert out(mended, "+15550101001") and not out(mended, NEW)
    assert not contact.reach(mended.db, mended.means, mended.id("P-001")).opted_out


def test_a_late_opt_out_is_of_the_number_whatever_key_it_was_sent_under(mended):
    mended.enrol("P-002", birth_year=1971, mobile="+15550101001")
    older = "0123456789abcdef0123456789abcdef"
    mended.means = replace(mended.means, keys=Keys(("another key of thirty-two letters", older)))
    numbers.renew(mended.db, mended.means.keys)
    fails(mended, "21610")
    assert contacts.opted_out_people(mended.db) == {mended.id("P-002")}


@pytest.mark.parametrize("code", ["30005", "30003", "30007", "99999"])
def test_a_late_failure_at_the_old_number_calls_for_nothing(mended, code):
    fails(mended, code)
    mended.ticks(days=1)
    assert mended.open_tasks() == [] and len(mended.sms.texts_to(NEW)) == 1
    assert mended.messages("P-001")[-1]["status"] == "undelivered"


def test_a_call_that_was_refused_while_the_number_was_mended_calls_for_nothing(clinic):
    clinic.enrol("P-001", status="performed", on="2026-01-30")
    tick.tick(clinic.db, clinic.means, clinic.now)
    (ready,) = send.claim(clinic.db, clinic.means, "participant", 1, clinic.now)
    mends(clinic)
    send.record(clinic.db, clinic.means, send.Done(ready, error=SmsRejected("21211")), clinic.now)
    clinic.tick()
    assert clinic.open_tasks() == [] and len(clinic.sms.texts_to(NEW)) == 1


def test_an_opt_out_at_an_earlier_try_is_nobodys_where_the_number_was_mended_between_the_tries(clinic):
    clinic.enrol("P-001", status="performed", on="2026-01-30")
    clinic.tick()
    (first,) = clinic.messages("P-001")
    fails(clinic, "30003")
    clinic.ticks(minutes=1, every="minute")
    mends(clinic)
    clinic.ticks(hours=8)
    given = Receipt(first["id"], first["provider_id"], "undelivered", "21610", "")
    receipts.take(clinic.db, clinic.means, given, clinic.now)
    assert not out(clinic, NEW)


def test_the_pages_say_that_no_text_goes_until_the_number_is_mended(refused):
    months_pass(refused)
    cora = refused.signed_in("cora")
    for path, words in (
        ("participants/P-001", "Texts to this number fail ("),
        ("participants", "Number does not work"),
        ("messages/funnel", "1 the number does not work and is not mended yet"),
        ("messages/funnel/visits?step=due&why=number_fails", "P-001"),
    ):
        page = cora.get(f"/study/{path}", base_url=refused.means.base_url).get_data(as_text=True)
        assert words in " ".join(re.sub("<[^>]+>", " ", page).split()), path


def fails(study: Study, code: str, person: str = "P-001") -> None:
    """The provider says that the first text to somebody did not arrive."""
    message = study.messages(person)[-1]
    given = Receipt(message["id"], message["provider_id"], "undelivered", code, "")
    receipts.take(study.db, study.means, given, study.now)


# ---- whose number it is


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
