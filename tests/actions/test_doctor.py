"""Looking an installation over."""

from dataclasses import replace

from prom.actions import doctor
from prom.keys import Keys
from prom.store import contacts
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


def test_texts_that_do_not_fit_with_the_address_are_remarked(clinic):
    long = replace(clinic.means, base_url="https://reports.of-patients.hospital.example.org")
    found = doctor.remarks(clinic.db, long, clinic.now)
    assert any(line.startswith("texts.en.sms_invite: shorten it") for line in found)
    assert not any(line.startswith("texts.") for line in doctor.remarks(clinic.db, clinic.means, clinic.now))
