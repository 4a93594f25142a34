"""The year of birth on a link: asked where it must be, counted in the database, and what a right one gives."""

import re
from threading import Barrier, Thread

import pytest

from prom.actions import contact, enrol, identity, links
from prom.actions.contact import Person
from prom.actions.enrol import Enrolment
from prom.errors import Refusal
from prom.keys import token_hash
from prom.store import reports, visits
from prom.store.connect import rows
from tests.study import SHIPPED, Study
from tests.web.filling import everything

ALWAYS = SHIPPED.read_text(encoding="utf-8").replace('birth_year = "shared"', 'birth_year = "always"')


@pytest.fixture
def couple(clinic):
    """Ada and Bob, who share a phone; Ada's first report is due."""
    clinic.enrol("ADA", status="performed", on="2026-03-02", birth_year=1950)
    clinic.enrol("BOB", mobile=clinic.number("ADA"), birth_year=1951)
    clinic.at("2026-04-02T15:00:00Z")
    clinic.tick()
    clinic.saves(clinic.visit("ADA", "1m"), "red_flags", {"red_flags": ["none"]})
    return clinic


def opened(clinic, code="ADA", given="", timepoint="1m"):
    token = clinic.token(clinic.visit(code, timepoint))
    return links.find(clinic.db, clinic.means, token, clinic.now, given)


def tries(clinic, year, link=None):
    return identity.give_year(clinic.db, clinic.means, link or opened(clinic).link["id"], year, clinic.now)


def test_both_who_share_a_phone_are_asked(couple):
    assert opened(couple).identity == opened(couple, "BOB", timepoint="baseline").identity == "asked"


def test_who_has_a_phone_alone_is_not_asked(clinic):
    clinic.enrol("ADA", status="performed", on="2026-03-02")
    found = opened(clinic)
    assert (found.identity, found.identified, found.identity_check) == ("link", True, "link")


def test_everybody_is_asked_where_the_study_says_so(tmp_path):
    clinic = Study(tmp_path, study_text=ALWAYS)
    clinic.enrol("ADA", status="performed", on="2026-03-02")
    assert opened(clinic).identity == "asked"


def test_a_number_that_is_no_longer_shared_asks_nobody(couple):
    other = Person("Bob Example", "+15550109999", birth_year=1951)
    contact.change(couple.db, couple.means, couple.id("BOB"), other, couple.now, staff_id=couple.staff["cora"])
    assert opened(couple).identity == "link"


def test_the_right_year_gives_a_pass_of_which_only_the_hash_is_kept(couple):
    tried = tries(couple, 1950)
    assert re.fullmatch("[0-9A-Za-z]{22}", tried)
    found = opened(couple, given=tried)
    assert (found.identity, found.identity_check) == ("birth_year", "birth_year")
    assert found.address.endswith(f"/{tried}")
    kept = rows(couple.db, "select token_hash from pass", {})
    assert kept == [{"token_hash": token_hash(tried)}]
    assert tried not in str(everything(couple))


def test_a_pass_is_of_one_link_alone(couple):
    passed = tries(couple, 1950)
    assert opened(couple, "BOB", passed, "baseline").identity == "asked"
    assert opened(couple, given="A" * 22).identity == "asked"


def test_a_pass_runs_out_two_hours_after_its_last_use(couple):
    passed = tries(couple, 1950)
    couple.at("2026-04-02T16:59:00Z")
    identity.use(couple.db, opened(couple, given=passed).passed, couple.now)
    couple.at("2026-04-02T18:58:00Z")
    assert opened(couple, given=passed).identity == "birth_year"
    couple.at("2026-04-02T19:00:00Z")
    found = opened(couple, given=passed)
    assert (found.identity, found.identified, found.identity_check) == ("lapsed", False, "birth_year")
    assert not found.address.endswith(passed)


def test_five_wrong_years_lock_the_link_and_make_a_task(couple):
    assert [tries(couple, 1900 + n) for n in range(5)] == [""] * 5
    assert [task["visit_id"] for task in couple.open_tasks("link_locked")] == [couple.visit("ADA", "1m")["id"]]
    with_lock = rows(couple.db, "select * from link where locked_at is not null", {})
    assert [link["wrong_years"] for link in with_lock] == [5]
    assert tries(couple, 1950, with_lock[0]["id"]) is None  # nor does the right one help now
    assert rows(couple.db, "select * from pass", {}) == []


def test_a_new_link_takes_tries_again_and_the_locked_one_stays_locked(couple):
    first = opened(couple).link
    for _ in range(5):
        tries(couple, 1900, first["id"])
    second = opened(couple).link
    assert second["generation"] == first["generation"] + 1
    assert tries(couple, 1950, second["id"])
    assert tries(couple, 1950, first["id"]) is None


def test_the_right_year_counts_from_none_again(couple):
    for _ in range(4):
        tries(couple, 1900)
    assert tries(couple, 1950)
    assert tries(couple, 1900) == "" and opened(couple).link["wrong_years"] == 1


def test_a_pass_goes_on_though_somebody_locks_the_link(couple):
    link, passed = opened(couple).link, tries(couple, 1950)
    token = couple.token(couple.visit("ADA", "1m"))
    for _ in range(5):
        tries(couple, 1900, link["id"])
    found = links.find(couple.db, couple.means, token, couple.now, passed)
    assert found.link["locked_at"] and found.identity == "birth_year"


def test_a_link_that_has_ended_takes_no_year_and_no_pass(couple):
    token, link, passed = couple.token(couple.visit("ADA", "1m")), opened(couple).link, tries(couple, 1950)
    visits.end_links(couple.db, link["visit_id"], "number_changed", "2026-04-02T15:00:00Z")
    assert tries(couple, 1950, link["id"]) is None
    found = links.find(couple.db, couple.means, token, couple.now, passed)
    assert (found.state, found.identified) == ("ended", False)


def sent_a_day_ago(clinic):
    clinic.answers(clinic.visit("ADA", "1m"))
    clinic.at("2026-04-03T15:00:00Z")


def closed(clinic):
    clinic.at("2026-06-30T15:00:00Z")


def cancelled(clinic):
    clinic.becomes("ADA", "left_follow_up")


def nothing_saved(clinic):
    reports.forget_draft(clinic.db, clinic.visit("ADA", "1m")["id"])


def asks_nobody(clinic):
    other = Person("Bob Example", "+15550109999", birth_year=1951)
    contact.change(clinic.db, clinic.means, clinic.id("BOB"), other, clinic.now, staff_id=clinic.staff["cora"])


@pytest.mark.parametrize("happened", [sent_a_day_ago, closed, cancelled, nothing_saved, asks_nobody])
def test_where_no_page_asks_for_the_year_none_is_tried(couple, happened):
    link = opened(couple).link["id"]
    happened(couple)
    before = everything(couple)
    assert [tries(couple, year, link) for year in (1900, 1950)] == [None, None]
    assert everything(couple) == before


def test_a_form_just_sent_takes_tries(couple):
    link = opened(couple).link["id"]
    couple.answers(couple.visit("ADA", "1m"))
    couple.at("2026-04-03T14:59:59Z")
    assert tries(couple, 1900, link) == ""
    assert tries(couple, 1950, link)


def test_tries_side_by_side_never_pass_the_limit(couple):
    link, found, start = opened(couple).link["id"], [], Barrier(2)

    def guess(first):
        start.wait()
        for year in range(first, first + 5):
            found.append(tries(couple, year, link))

    threads = [Thread(target=guess, args=(first,)) for first in (1900, 1910)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count(None) == found.count("") == 5
    assert visits.link(couple.db, link)["wrong_years"] == 5
    assert len(couple.open_tasks("link_locked")) == 1
    audited = rows(couple.db, "select action from audit where action = 'year_wrong'", {})
    assert len(audited) == 5


def test_no_year_enters_the_audit(couple):
    tries(couple, 1907)
    tries(couple, 1950)
    told = str(rows(couple.db, "select details from audit_detail", {}))
    assert "1907" not in told and "1950" not in told


# ---- a year must be on file where it will be asked


def refused(do) -> str:
    with pytest.raises(Refusal) as refusal:
        do()
    return refusal.value.key


def test_nobody_shares_a_phone_without_a_year_of_birth(clinic):
    clinic.enrol("ADA")
    number = clinic.number("ADA")
    assert refused(lambda: clinic.enrol("BOB", mobile=number, birth_year=None)) == "birth_year_missing"
    clinic.enrol("CAL", birth_year=None)
    shared = Person("Cal Example", number, shared=True)
    change = (clinic.db, clinic.means, clinic.id("CAL"), shared, clinic.now)
    assert refused(lambda: contact.change(*change, staff_id=clinic.staff["cora"])) == "birth_year_missing"
    assert not clinic.number("CAL") == number


def test_whose_phone_comes_to_be_shared_needs_a_year_of_birth_too(clinic):
    clinic.enrol("ADA", birth_year=None)
    number = clinic.number("ADA")
    assert refused(lambda: clinic.enrol("BOB", mobile=number)) == "birth_year_missing_there"


def test_two_born_in_the_same_year_cannot_share_a_number(couple):
    number = couple.number("ADA")
    assert refused(lambda: couple.enrol("CAL", mobile=number, birth_year=1951)) == "birth_year_same"
    couple.enrol("CAL", birth_year=1951)
    shared = Person("Cal Example", number, shared=True, birth_year=1951)
    born_as_ada = Person("Bob Example", number, birth_year=1950)
    renamed = Person("Bob Renamed", number, birth_year=1951, call_name="Bob")

    def changes(code, given):
        change = (couple.db, couple.means, couple.id(code), given, couple.now)
        return contact.change(*change, staff_id=couple.staff["cora"])

    assert refused(lambda: changes("CAL", shared)) == "birth_year_same"
    assert refused(lambda: changes("BOB", born_as_ada)) == "birth_year_same"
    assert couple.number("CAL") != number
    assert changes("BOB", renamed) == ""


def test_a_study_that_always_asks_enrols_nobody_without_a_year_of_birth(tmp_path):
    clinic = Study(tmp_path, study_text=ALWAYS)
    assert refused(lambda: clinic.enrol("ADA", birth_year=None)) == "birth_year_missing"
    clinic.enrol("ADA")
    given = Person("Ada Example", clinic.number("ADA"))
    change = (clinic.db, clinic.means, clinic.id("ADA"), given, clinic.now)
    assert refused(lambda: contact.change(*change, staff_id=clinic.staff["cora"])) == "birth_year_missing"
    imported = Enrolment("IMP", contact_mode="none")  # gets no link
    assert enrol.enrol(clinic.db, clinic.means, imported, clinic.now, imported=True)
