"""Contact data changes: another number ends the links that went to the old one; opt-outs belong to numbers."""

from datetime import date

import pytest

from prom.actions import contact, links
from prom.actions.contact import Person
from prom.errors import Refusal
from prom.rules.times import stamp
from prom.store import audit, contacts, visits
from prom.store import procedures as procedure_rows

OTHER = "+15550109999"


def changes(clinic, code="P-001", **given) -> bool:
    fields = {"name": f"Synthetic {code}", "mobile": clinic.number(code), "birth_year": 1960} | given
    return contact.change(
        clinic.db, clinic.means, clinic.id(code), Person(**fields), clinic.now, staff_id=clinic.staff["cora"]
    )


def reach(clinic, code="P-001"):
    return contact.reach(clinic.db, clinic.means, clinic.id(code))


def invited(clinic):
    """Somebody who has the baseline's link on their phone; the link's token."""
    clinic.enrol(verified="call", on="2026-03-06")
    clinic.ticks(minutes=1, every="minute")
    assert len(clinic.texts("P-001")) == 1
    return clinic.token(clinic.visit("P-001", "baseline"))


def opened(clinic, token):
    return links.find(clinic.db, clinic.means, token, clinic.now)


def test_another_number_ends_the_old_link_and_makes_a_new_one(clinic):
    token = invited(clinic)
    assert changes(clinic, mobile="555 010 9999")
    assert opened(clinic, token).state == "ended"
    again = clinic.token(clinic.visit("P-001", "baseline"))
    assert again != token
    assert opened(clinic, again).state == "ask"
    assert clinic.number("P-001") == OTHER
    assert reach(clinic).verified_how is None


def test_a_text_with_a_new_link_goes_to_the_new_number_and_the_reminder_too(clinic):
    token = invited(clinic)
    assert changes(clinic, mobile=OTHER) == "link"
    clinic.ticks(minutes=1, every="minute")
    (text,) = clinic.sms.texts_to(OTHER)
    again = clinic.token(clinic.visit("P-001", "baseline"))
    assert again != token and again in text and "your check-in is ready" in text
    assert opened(clinic, again).state == "ask"
    clinic.ticks(days=4)
    texts = clinic.sms.texts_to(OTHER)
    assert len(texts) == 2
    assert token not in texts[1] and again in texts[1]


def test_with_no_form_open_no_text_goes_to_the_new_number(clinic):
    invited(clinic)
    clinic.answers(clinic.visit("P-001", "baseline"))
    assert changes(clinic, mobile=OTHER) == "number"
    clinic.ticks(minutes=1, every="minute")
    assert clinic.sms.texts_to(OTHER) == []


def test_a_form_that_was_never_texted_is_not_texted_twice(clinic):
    clinic.enrol(on="2026-03-06")
    assert changes(clinic, mobile=OTHER) == "number"
    clinic.ticks(minutes=1, every="minute")
    assert len(clinic.sms.texts_to(OTHER)) == 1


def phoned(clinic):
    contact.change_mode(clinic.db, clinic.id("P-001"), "phone", False, clinic.now, staff_id=clinic.staff["cora"])


def opted_out(clinic):
    contacts.opt_out(clinic.db, clinic.means.keys.number_hash(OTHER), "text", stamp(clinic.now))


def stopped(clinic):
    clinic.becomes("P-001", "stopped_texts")


@pytest.mark.parametrize(
    "happens, reason", [(phoned, "contact_mode"), (opted_out, "opted_out"), (stopped, "texts_stopped")]
)
def test_who_is_not_reached_by_text_gets_none_decided_again_when_it_goes(clinic, happens, reason):
    invited(clinic)
    assert changes(clinic, mobile=OTHER) == "link"
    happens(clinic)
    clinic.ticks(minutes=1, every="minute")
    assert clinic.sms.texts_to(OTHER) == []
    dropped = [each["reason"] for each in clinic.messages("P-001") if each["kind"] == "new_link"]
    assert dropped == [reason]


@pytest.mark.parametrize("happens", [phoned, opted_out, stopped])
def test_for_who_is_not_reached_by_text_none_is_queued(clinic, happens):
    invited(clinic)
    happens(clinic)
    assert changes(clinic, mobile=OTHER) == "number"


def test_the_same_number_keeps_link_and_verification(clinic):
    token = invited(clinic)
    assert not changes(clinic, name="Another Name")
    assert opened(clinic, token).state == "ask"
    assert reach(clinic).verified_how == "call"


def test_an_opt_out_stays_with_its_number(clinic):
    clinic.enrol(on="2026-03-06")
    old = clinic.number("P-001")
    contacts.opt_out(clinic.db, clinic.means.keys.number_hash(old), "text", "2026-03-02T15:00:00Z")
    assert reach(clinic).opted_out
    changes(clinic, mobile=OTHER)
    assert not reach(clinic).opted_out
    changes(clinic, mobile=old)
    assert reach(clinic).opted_out
    clinic.ticks(days=1)
    assert clinic.sms.texts_to(old) == []


@pytest.mark.parametrize(
    "given, key",
    [
        ({"mobile": ""}, "number_missing"),
        ({"mobile": "abc"}, "number_odd"),
        ({"birth_year": 2015}, "too_young"),
        ({"birth_year": 1}, "birth_year_odd"),
    ],
)
def test_odd_contact_data_is_refused_and_changes_nothing(clinic, given, key):
    token = invited(clinic)
    with pytest.raises(Refusal) as refusal:
        changes(clinic, **given)
    assert refusal.value.key == key
    assert opened(clinic, token).state == "ask"


def test_verifying_needs_a_number(clinic):
    clinic.enrol(contact_mode="phone", mobile="")
    with pytest.raises(Refusal):
        contact.verify(clinic.db, clinic.means, clinic.id("P-001"), "code", clinic.now, staff_id=clinic.staff["cora"])


def test_consent_to_texts_given_later_brings_the_invitation_and_withdrawn_a_call(clinic):
    clinic.enrol(texts_consent_on=None, on="2026-03-06")
    clinic.ticks(minutes=2, every="minute")
    assert clinic.texts("P-001") == []
    for given in (True, False):
        contact.consent(
            clinic.db, clinic.means, clinic.id("P-001"), "texts", given, clinic.now.date(), clinic.now,
            staff_id=clinic.staff["cora"],
        )  # fmt: skip
        clinic.ticks(minutes=2, every="minute")
    assert len(clinic.texts("P-001")) == 1
    clinic.ticks(days=6)
    assert len(clinic.texts("P-001")) == 1
    assert clinic.open_tasks("call")


def test_a_change_of_mode_stops_texts_and_calls_instead(clinic):
    clinic.enrol(on="2026-03-20")
    contact.change_mode(clinic.db, clinic.id("P-001"), "phone", True, clinic.now, staff_id=clinic.staff["cora"])
    clinic.ticks(days=12)
    assert clinic.texts("P-001") == []
    assert [task["visit_id"] for task in clinic.open_tasks("call")] == [clinic.visit("P-001", "baseline")["id"]]


def test_the_audit_tells_that_it_changed_and_not_to_what(clinic):
    invited(clinic)
    changes(clinic, mobile=OTHER, name="Secret Name")
    written = str(audit.of_subject(clinic.db, clinic.id("P-001")))
    assert "contact_changed" in written
    assert "9999" not in written and "Secret" not in written


def test_every_generation_of_links_but_the_last_is_ended(clinic):
    token = invited(clinic)
    visit = clinic.visit("P-001", "baseline")
    for mobile in ("+15550109998", OTHER):
        changes(clinic, mobile=mobile)
        clinic.token(visit)
    assert visits.link_of(clinic.db, visit["id"])["generation"] == 3
    assert opened(clinic, token).state == "ended"


def test_nobody_is_asked_to_confirm_the_procedure_of_somebody_who_left(clinic):
    clinic.enrol("P-001", on="2026-03-06")
    clinic.enrol("P-002", on="2026-03-06")
    clinic.becomes("P-001", "left_follow_up")
    assert [row["code"] for row in procedure_rows.planned_until(clinic.db, "2026-03-06")] == ["P-002"]


@pytest.mark.parametrize("day, key", [(date(2026, 3, 3), "date_future"), (date(206, 3, 1), "date_odd")])
def test_a_consent_has_a_day_that_can_be_meant(clinic, day, key):
    clinic.enrol()
    with pytest.raises(Refusal) as refused:
        contact.consent(
            *(clinic.db, clinic.means, clinic.id("P-001"), "texts", True, day, clinic.now),
            staff_id=clinic.staff["cora"],
        )
    assert refused.value.key == key
