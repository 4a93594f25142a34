"""Opt-outs are found by stored hashes, whichever key the number and the STOP were kept under; no number is opened."""

from dataclasses import replace

import pytest

from prom.actions import contact, numbers, staff
from prom.actions.contact import Person
from prom.keys import Keys
from prom.store import contacts
from prom.store.connect import rows, write
from tests.study import PASSWORD, Study

OLD, NEWER = "0123456789abcdef0123456789abcdef", "another key of thirty-two letters"
NURSE = "+15550100011"
AT = "2026-03-02T15:00:00Z"


class Shut(Keys):
    """Keys that open nothing."""

    def open(self, sealed):
        raise AssertionError("a number was opened")


def opts_out(study: Study, number: str, keys: Keys | None = None) -> None:
    with write(study.db):
        contacts.opt_out(study.db, (keys or study.means.keys).number_hash(number), "text", AT)


def both_keys(study: Study) -> None:
    """The key was changed and all started anew."""
    study.means = replace(study.means, keys=Keys((NEWER, OLD)))
    study.installation = replace(study.installation, means=study.means)
    numbers.renew(study.db, study.means.keys)


def counted(study: Study) -> tuple[int, int]:
    found = contacts.count_opted_out(study.db)
    return found["participants"], found["staff"]


def out(study: Study) -> set[str]:
    found = rows(study.db, "select id, code from participant")
    return {each["code"] for each in found if each["id"] in contacts.opted_out_people(study.db)}


@pytest.fixture
def people(clinic):
    """Two who share a phone, and one with a phone of their own."""
    clinic.enrol("P-001")
    clinic.enrol("P-002", mobile=clinic.number("P-001"), birth_year=1961)
    clinic.enrol("P-003")
    return clinic


def test_nobody_is_opted_out_to_begin_with(people):
    assert counted(people) == (0, 0) and out(people) == set()


def test_each_number_counts_once_and_a_strangers_does_not(people):
    for number in (people.number("P-001"), NURSE, "+15550107777"):
        opts_out(people, number)
    assert counted(people) == (1, 1) and out(people) == {"P-001", "P-002"}
    with write(people.db):
        contacts.opt_in(people.db, people.means.keys.number_hashes(people.number("P-001")), "text", AT)
    assert counted(people) == (0, 1) and out(people) == set()


def test_one_who_left_the_staff_does_not_count(people):
    opts_out(people, NURSE)
    staff.deactivate(people.db, people.means, people.staff["nina"], people.now, by=people.staff["adam"])
    assert counted(people) == (0, 0)


def test_no_number_is_opened_to_count_or_to_list_them(people):
    opts_out(people, people.number("P-001"))
    people.installation = replace(people.installation, means=replace(people.means, keys=Shut((OLD,))))
    page = people.app().test_client().get("/metrics", base_url=people.means.base_url).get_data(as_text=True)
    assert 'prom_opted_out_numbers{whose="participants"} 1' in page


@pytest.mark.parametrize("stopped", ["before the key was changed", "after it"])
def test_an_opt_out_counts_under_whichever_key_it_was_kept(people, stopped):
    number, old = people.number("P-001"), people.means.keys
    if stopped.startswith("before"):
        for each in (number, NURSE):
            opts_out(people, each, old)
    both_keys(people)
    if stopped.startswith("after"):
        for each in (number, NURSE):
            opts_out(people, each)
    assert counted(people) == (1, 1) and out(people) == {"P-001", "P-002"}
    assert contact.reach(people.db, people.means, people.id("P-001")).opted_out


def test_the_opt_out_of_a_number_that_nobody_had_counts_for_who_gets_it_later(people):
    kept = ("+15550107771", "+15550107772", "+15550107773")
    for number in kept:
        opts_out(people, number)
    both_keys(people)
    people.enrol("P-004", mobile=kept[0])
    given = Person(mobile=kept[1], birth_year=1960)
    contact.change(people.db, people.means, people.id("P-003"), given, people.now, staff_id=people.staff["cora"])
    staff.add_staff(people.db, people.means, "nola", "Nola", ("nurse",), PASSWORD, people.now, mobile=kept[2])
    assert counted(people) == (2, 1) and out(people) == {"P-003", "P-004"}


def test_an_opt_out_outlives_the_older_key_once_all_was_started_with_both(people):
    opts_out(people, people.number("P-001"))
    both_keys(people)
    alone = Keys((NEWER,))
    assert contacts.opted_out(people.db, alone.number_hashes(people.number("P-001")))


def test_a_number_that_no_key_opens_stays_as_it_is(people):
    before = rows(people.db, "select * from contact")
    numbers.renew(people.db, Keys((NEWER, "x" * 32)))
    assert rows(people.db, "select * from contact") == before
