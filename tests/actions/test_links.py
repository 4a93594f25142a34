"""What the token in an address leads to, through the life of its visit."""

import pytest

from prom.actions import links
from prom.keys import token_hash
from prom.store.connect import rows
from tests.study import Study

OPENS = "2026-03-20T14:00:00Z"


@pytest.fixture
def visit(clinic):
    """The 1-month visit of P-001, just opened."""
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    after(clinic, OPENS)
    return clinic.visit("P-001", "1m")


def state(study: Study, token: str) -> str:
    return links.find(study.db, study.means, token, study.now).state


def after(study: Study, moment: str) -> None:
    study.at(moment)
    study.tick()


def test_a_link_leads_to_its_visit_and_looking_changes_nothing(clinic, visit):
    token = clinic.token(visit)
    before = rows(clinic.db, "select * from visit"), rows(clinic.db, "select * from audit")
    opened = links.find(clinic.db, clinic.means, token, clinic.now)
    assert (opened.visit["id"], opened.person["code"], opened.state) == (visit["id"], "P-001", "ask")
    assert (rows(clinic.db, "select * from visit"), rows(clinic.db, "select * from audit")) == before


@pytest.mark.parametrize("token", ["", "x", "0" * 22, "0" * 5000, "ünknown"])
def test_a_token_never_given_out_leads_nowhere(clinic, visit, token):
    assert links.find(clinic.db, clinic.means, token, clinic.now) is None


def test_the_database_holds_no_token(clinic, visit):
    token = clinic.token(visit)
    (link,) = rows(clinic.db, "select * from link where visit_id = :id", {"id": visit["id"]})
    assert link["token_hash"] == token_hash(token)
    assert token not in str(link)


def test_what_a_link_says_through_the_life_of_its_visit(clinic):
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    visit = clinic.visit("P-001", "1m")
    token = clinic.token(visit)
    assert state(clinic, token) == "planned"
    after(clinic, OPENS)
    assert state(clinic, token) == "ask"
    clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
    assert state(clinic, token) == "ask"
    clinic.answers(visit)
    assert state(clinic, token) == "submitted"
    after(clinic, "2026-09-20T14:00:00Z")
    assert state(clinic, token) == "submitted"


def test_a_link_closes_with_its_visit(clinic, visit):
    token = clinic.token(visit)
    after(clinic, "2026-06-20T14:00:00Z")
    assert state(clinic, token) == "closed"


@pytest.mark.parametrize("kind", ["left_follow_up", "deceased", "screen_failure", "entered_in_error", "lost"])
def test_a_link_of_somebody_who_left_says_so_until_that_is_undone(clinic, visit, kind):
    token = clinic.token(visit)
    clinic.becomes("P-001", kind)
    assert state(clinic, token) == "withdrawn"
