"""Staff: added, gone, on call; and who may say so."""

import re

import pytest

from prom.actions import staff as staff_actions
from prom.store import audit, contacts, staff
from prom.store.connect import add, write
from tests.study import PASSWORD
from tests.web.browsing import Person, staff_at

STAFF, ON_CALL = "/study/staff", "/study/on-call"
NEW = {"login": "nora", "name": "Nora Example", "roles": ["nurse", "coordinator"], "mobile": "+1 555 010 0021",
       "password": "a long enough one"}  # fmt: skip


@pytest.fixture
def adam(clinic) -> Person:
    """The administrator, logged in."""
    return staff_at(clinic, "adam")


def on_call(clinic) -> list[str]:
    """The logins of those on call, the lead first."""
    return [staff.by_id(clinic.db, row["id"])["login"] for row in staff.on_call(clinic.db, "main")]


def test_somebody_who_is_added_can_log_in(clinic, adam):
    adam.opens(STAFF)
    assert adam.sends(STAFF, **NEW).location == STAFF
    assert "Nora Example can log in as nora." in adam.opens(STAFF)
    found = staff.by_login(clinic.db, "nora")
    assert found["roles"] == ("coordinator", "nurse") and found["number_hash"]
    Person(clinic).logs_in("nora", NEW["password"])


@pytest.mark.parametrize(
    "given, field, words",
    [
        ({"login": " "}, "login", "Give a login."),
        ({"login": "nina"}, "login", "The login nina is taken"),
        ({"name": ""}, "name", "Give the name."),
        ({"roles": []}, "roles", "Choose one or more of these roles"),
        ({"roles": ["cook"]}, "roles", "not a valid choice"),
        ({"mobile": "12"}, "mobile", "with its country code"),
        ({"password": "short"}, "password", "at least 12 characters"),
        ({"password": ""}, "password", "Give a password."),
    ],
)
def test_what_is_wrong_stands_beside_its_field(clinic, adam, given, field, words):
    adam.opens(STAFF)
    adam.sends(STAFF, 400, **NEW | given)
    beside = re.search(rf'id="{field}-error">([^<]*)<', adam.page)
    assert beside and words in beside.group(1)
    assert ('value="Nora Example"' in adam.page) == ("name" not in given)
    assert NEW["password"] not in adam.page
    assert staff.by_login(clinic.db, "nora") is None


def test_somebody_who_left_is_out_at_once_and_their_login_stays_taken(clinic, adam):
    nina = staff_at(clinic, "nina")
    nina.opens("/care/alerts")
    adam.opens(STAFF)
    adam.sends(f"{STAFF}/{clinic.staff['nina']}/deactivate")
    assert "Nina Example cannot log in any more" in adam.opens(STAFF)
    nina.opens("/care/alerts", 302)
    Person(clinic).logs_in("nina", PASSWORD, status=400)
    assert on_call(clinic) == ["leda", "noor"]
    adam.sends(STAFF, 400, **NEW | {"login": "nina"})
    assert "The login nina is taken" in adam.page


def test_that_somebody_left_is_asked_once_more(clinic, adam):
    page = adam.opens(STAFF)
    folded = re.search(r"<details>\s*<summary>Has left</summary>(.*?)</details>", page, re.S).group(1)
    assert "It cannot be taken back." in folded and "has left</button>" in folded and "/deactivate" in folded
    assert page.count("/deactivate") == page.count("<summary>Has left</summary>") == 5


def changes(adam, clinic, login, status=302, **given):
    who = clinic.staff[login]
    adam.opens(STAFF)
    return adam.sends(f"{STAFF}/{who}", status, **{f"{who}-{name}": value for name, value in given.items()})


def test_an_administrator_changes_a_colleagues_mobile_and_texts_go_to_it(clinic, adam):
    changes(adam, clinic, "nina", mobile="+1 555 010 0077")
    assert "Nina Example: saved." in adam.opens(STAFF)
    assert staff.by_login(clinic.db, "nina")["number_hash"] == clinic.means.keys.number_hash("+15550100077")
    Person(clinic).logs_in("nina", PASSWORD)
    clinic.enrol("P-001", on="2026-03-06")
    clinic.tick()
    clinic.saves(clinic.visit("P-001", "baseline"), "red_flags", {"red_flags": ["chest"]})
    clinic.tick()
    assert len(clinic.sms.texts_to("+15550100077")) == 1 and clinic.sms.texts_to("+15550100011") == []


def test_a_new_password_ends_the_sessions_and_the_old_password(clinic, adam):
    nina = staff_at(clinic, "nina")
    nina.opens("/care/alerts")
    changes(adam, clinic, "nina", password="quite another one")
    nina.opens("/care/alerts", 302)
    Person(clinic).logs_in("nina", PASSWORD, status=400)
    Person(clinic).logs_in("nina", "quite another one")
    told = audit.of_subject(clinic.db, clinic.staff["nina"])[-1]
    assert told["action"] == "signed_in" and "quite" not in "".join(
        row["details"] for row in audit.of_subject(clinic.db, clinic.staff["nina"])
    )


@pytest.mark.parametrize(
    "given, words",
    [
        ({"mobile": "12"}, "with its country code"),
        ({"password": "short"}, "at least 12 characters"),
        ({}, "Give a mobile number, a password, or both."),
    ],
)
def test_what_is_wrong_in_a_change_stands_with_it_and_changes_nothing(clinic, adam, given, words):
    before = staff.by_login(clinic.db, "nina")
    changes(adam, clinic, "nina", 400, **given)
    assert words in adam.page and staff.by_login(clinic.db, "nina") == before


def test_nobody_takes_their_own_account_away(clinic, adam):
    page = adam.opens(STAFF)
    assert f"{clinic.staff['adam']}/deactivate" not in page
    adam.sends(f"{STAFF}/{clinic.staff['adam']}/deactivate", 400)
    assert staff.by_login(clinic.db, "adam")


@pytest.mark.parametrize("login", ["nina", "cora", "anna", "leda"])
def test_only_an_administrator_changes_staff(clinic, login):
    person = staff_at(clinic, login)
    person.opens(STAFF, 403)
    person.opens("/study/participants" if login != "anna" else "/study/export")
    person.sends(STAFF, 403, **NEW)
    person.sends(f"{STAFF}/{clinic.staff['noor']}/deactivate", 403)
    person.sends(f"{STAFF}/{clinic.staff['noor']}", 403)
    assert staff.by_login(clinic.db, "noor")


def test_staff_of_another_site_are_not_there(clinic, adam):
    with write(clinic.db):
        add(clinic.db, "site", id="other", name="Other site")
    theirs = staff_actions.add_staff(
        clinic.db, clinic.means, "otto", "Otto Example", ("nurse",), PASSWORD, clinic.now, mobile="+15550100031",
        site_id="other",
    )  # fmt: skip
    assert "Otto" not in adam.opens(STAFF) and "Otto" not in adam.opens(ON_CALL)
    adam.sends(f"{STAFF}/{theirs}/deactivate", 404)
    adam.sends(f"{STAFF}/{theirs}", 404)
    adam.sends(ON_CALL, 400, place_1=theirs)
    assert staff.by_id(clinic.db, theirs)["active"]


@pytest.mark.parametrize("login", ["nina", "cora", "adam"])
def test_the_list_of_those_on_call_is_changed(clinic, login):
    person, people = staff_at(clinic, login), clinic.staff
    page = person.opens(ON_CALL)
    assert "Place 1: <strong>Nina Example" in page and "Lead: <strong>Leda Example" in page
    person.sends(ON_CALL, place_1=people["noor"], place_2="", place_3=people["nina"], lead="")
    assert on_call(clinic) == ["noor", "nina"]
    page = person.opens(ON_CALL)
    assert "Place 2: <strong>Nina Example" in page and "There is no lead" in page


def test_a_list_that_reaches_nobody_or_names_one_twice_is_refused(clinic, adam):
    adam.opens(ON_CALL)
    adam.sends(ON_CALL, 400, place_1="", place_2="", place_3="", lead=clinic.staff["leda"])
    assert "Choose at least one nurse." in adam.page
    adam.sends(ON_CALL, 400, place_1=clinic.staff["noor"], place_2=clinic.staff["noor"], place_3="", lead="")
    assert "Name each nurse once." in adam.page
    assert re.search(rf'id="place_2".*?<option selected value="{clinic.staff["noor"]}"', adam.page, re.S)
    assert on_call(clinic) == ["leda", "nina", "noor"]


def test_who_cannot_be_reached_is_said_in_words(clinic, adam):
    without = staff_actions.add_staff(clinic.db, clinic.means, "nell", "Nell Example", ("nurse",), PASSWORD, clinic.now)
    contacts.opt_out(clinic.db, clinic.means.keys.number_hash("+15550100011"), "text", "2026-03-02T15:00:00Z")
    page = adam.opens(ON_CALL)
    assert "Nell Example has no mobile number and cannot be on call." in page
    assert re.search(r"<li class=\"overdue\">Place [123]: <strong>Nina Example</strong> has opted out of texts", page)
    assert f'value="{without}"' not in page
    adam.sends(ON_CALL, 400, place_1=without)
    assert on_call(clinic) == ["leda", "nina", "noor"]


def test_an_analyst_and_a_stranger_do_not_see_who_is_on_call(clinic):
    staff_at(clinic, "anna").opens(ON_CALL, 403)
    Person(clinic).opens(ON_CALL, 302)


def test_an_administrator_says_who_may_grade_adverse_events(clinic, adam):
    noor = clinic.staff["noor"]
    adam.opens(STAFF)
    adam.sends(f"{STAFF}/{noor}/grades", may="1")
    assert "Noor Example may grade adverse events." in adam.opens(STAFF)
    assert staff.by_id(clinic.db, noor)["may_grade"] == 1
    adam.sends(f"{STAFF}/{noor}/grades", may="0")
    assert staff.by_id(clinic.db, noor)["may_grade"] == 0
    assert "Noor Example may not grade adverse events any more." in adam.opens(STAFF)


def test_only_nurses_and_investigators_may_grade(clinic, adam):
    adam.opens(STAFF)
    adam.sends(STAFF, 400, **NEW | {"roles": ["analyst"], "may_grade": "y"})
    assert "Choose nurse or investigator too" in adam.page
    adam.sends(f"{STAFF}/{clinic.staff['cora']}/grades", 400, may="1")
    assert staff.by_id(clinic.db, clinic.staff["cora"])["may_grade"] == 0
    adam.opens(STAFF)
    adam.sends(STAFF, **NEW | {"may_grade": "y"})
    assert staff.by_login(clinic.db, "nora")["may_grade"] == 1
