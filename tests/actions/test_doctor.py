"""Looking an installation over."""

from dataclasses import replace

import pytest

from prom.actions import doctor, holds
from prom.keys import Keys
from prom.rules.times import stamp
from prom.store import contacts, staff
from prom.store.connect import run, write

OLD, NEW = "0123456789abcdef0123456789abcdef", "another key of thirty-two letters"


def test_a_key_that_opens_staff_and_not_everybody_else_is_a_fault(clinic):
    clinic.enrol("P-001")
    both, newest = Keys((NEW, OLD)), Keys((NEW,))
    sealed = both.seal(clinic.number("P-001"))
    with write(clinic.db):
        run(clinic.db, "update staff set mobile_sealed = :sealed", {"sealed": sealed})
    assert doctor.faults(clinic.db, replace(clinic.means, keys=both)) == []
    assert doctor.faults(clinic.db, replace(clinic.means, keys=newest)) == [doctor.ODD_KEY]
    with write(clinic.db):
        contacts.change(clinic.db, clinic.id("P-001"), mobile_sealed=sealed)
    assert doctor.faults(clinic.db, replace(clinic.means, keys=newest)) == []


@pytest.mark.parametrize("why", ["", "no mobile", "opted out"])
def test_who_is_on_call_and_cannot_be_texted_does_not_count(clinic, why):
    for login in ("nina", "noor", "leda"):
        number = staff.by_login(clinic.db, login)["number_hash"]
        with write(clinic.db):
            if why == "opted out":
                contacts.opt_out(clinic.db, number, "text", stamp(clinic.now))
            elif why:
                run(clinic.db, "update staff set mobile_sealed = null where number_hash = :number", {"number": number})
    found = [line for line in doctor.remarks(clinic.db, clinic.means, clinic.now) if "can be texted" in line]
    told = [] if not why else ["nobody on call at Main site can be texted: red alerts reach no nurse"]
    if why and not clinic.study.night.cover:
        told.append("Main site has no lead who can be texted, and the study has no night cover")
    assert found == told


def test_a_hold_of_the_provider_is_why_no_text_leaves(clinic):
    assert doctor.still(clinic.db, clinic.means) == []
    with write(clinic.db):
        holds.begin(clinic.db, clinic.means, "configuration 21606", clinic.now)
    (line,) = doctor.still(clinic.db, clinic.means)
    assert line.startswith("no text to a participant leaves")


def test_texts_that_do_not_fit_with_the_address_are_remarked(clinic):
    long = replace(clinic.means, base_url="https://reports.of-patients.hospital.example.org")
    found = doctor.remarks(clinic.db, long, clinic.now)
    assert any(line.startswith("texts.en.sms_invite: shorten it") for line in found)
    assert not any(line.startswith("texts.") for line in doctor.remarks(clinic.db, clinic.means, clinic.now))


def test_who_is_to_be_texted_and_may_not_be_is_told(clinic):
    given = {"operator": ("+15550100099", "+15550200000"), "canary": "+15550100098"}
    means = replace(clinic.means, allow=("+15550100011", "+155502*"), **given)
    assert [line for line in doctor.remarks(clinic.db, means, clinic.now) if "PROM_SMS_ALLOW" in line] == [
        f"PROM_SMS_ALLOW does not cover {who}: no text reaches them"
        for who in (
            "Leda Example, who is on call at Main site",
            "Noor Example, who is on call at Main site",
            "1 of the 2 in PROM_OPERATOR",
            "1 of the 1 in PROM_CANARY",
        )
    ]
    everybody = replace(clinic.means, **given)
    assert not any("PROM_SMS_ALLOW" in line for line in doctor.remarks(clinic.db, everybody, clinic.now))
