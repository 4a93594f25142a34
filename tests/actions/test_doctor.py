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
