"""This is not for me: texts stop, links end, nothing written is kept, and people can mend it."""

import pytest

from prom.actions import answer, contact, links, not_theirs, send, tick
from prom.actions.contact import Person
from prom.errors import LinkClosed
from prom.store import reports, visits
from prom.store.connect import rows

DUE = "2026-04-02T15:00:00Z"


@pytest.fixture
def clinic(clinic):
    """Ada's first report is due and her link was texted."""
    clinic.enrol("ADA", status="performed", on="2026-03-02", verified="call")
    clinic.ticks_until(DUE, every="day")
    clinic.tick()
    return clinic


def opened(clinic, timepoint="1m"):
    token = clinic.token(clinic.visit("ADA", timepoint))
    return token, links.find(clinic.db, clinic.means, token, clinic.now)


def says(clinic):
    token, found = opened(clinic)
    not_theirs.say(clinic.db, clinic.means, found.link["id"], clinic.now)
    return token


def state(clinic, token) -> str:
    return links.find(clinic.db, clinic.means, token, clinic.now).state


def wrong_since(clinic):
    return rows(clinic.db, "select wrong_since from contact", {})[0]["wrong_since"]


def test_every_link_ends_and_a_task_is_made(clinic):
    later = clinic.token(clinic.visit("ADA", "3m"))
    token = says(clinic)
    assert state(clinic, token) == state(clinic, later) == "not_theirs"
    assert [task["participant_id"] for task in clinic.open_tasks("not_for_me")] == [clinic.id("ADA")]
    assert wrong_since(clinic) == DUE
    assert contact.reach(clinic.db, clinic.means, clinic.id("ADA")).verified_how is None


def test_what_staff_entered_stays_as_the_stranger_did_not_write_it(clinic):
    visit = clinic.visit("ADA", "1m")
    clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
    clinic.ticks(hours=1)
    nina = clinic.staff["nina"]
    answer.save(clinic.db, clinic.means, visit["id"], "nrs_average", {"nrs_average": 4}, clinic.now, staff_id=nina)
    says(clinic)
    assert reports.answers(clinic.db, visit["id"]) == {"nrs_average": 4}
    assert clinic.visit("ADA", "1m")["started_at"] == "2026-04-02T16:00:00Z"


def test_nothing_that_was_written_is_kept(clinic):
    visit = clinic.visit("ADA", "1m")
    clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
    clinic.saves(visit, "nrs_average", {"nrs_average": 9})
    answer.hold(clinic.db, clinic.means, visit["id"], "nrs_worst", {"nrs_worst": ["eleven"]}, clinic.now)
    clinic.ticks(hours=2)  # the draft has been judged
    says(clinic)
    for table in ("draft", "draft_check", "held_screen", "pass"):
        assert rows(clinic.db, f"select * from {table}", {}) == [], table
    assert clinic.visit("ADA", "1m")["started_at"] is None
    clinic.tick()
    assert clinic.alerts("ADA") == []


def test_what_is_sent_at_the_same_time_is_not_kept_either(clinic):
    """Both requests found the link standing; the other write came first."""
    _, found = opened(clinic)
    says(clinic)
    visit = clinic.visit("ADA", "1m")
    where = (clinic.db, clinic.means, visit["id"])
    with pytest.raises(LinkClosed):
        answer.save(*where, "red_flags", {"red_flags": ["none"]}, clinic.now, by=found)
    assert answer.hold(*where, "red_flags", {"red_flags": ["x"]}, clinic.now, by=found) is None
    assert rows(clinic.db, "select * from draft", {}) == rows(clinic.db, "select * from held_screen", {}) == []
    with pytest.raises(LinkClosed):
        answer.save(*where, "red_flags", {"red_flags": ["chest"]}, clinic.now, by=found)
    assert [screen["late"] for screen in reports.screens(clinic.db, visit["id"])] == [1]
    assert [alert["class"] for alert in clinic.alerts("ADA")] == ["red"]


def test_an_alert_that_was_raised_stays(clinic):
    clinic.saves(clinic.visit("ADA", "1m"), "red_flags", {"red_flags": ["chest"]})
    says(clinic)
    clinic.tick()
    assert [(alert["class"], alert["closed_at"]) for alert in clinic.alerts("ADA")] == [("red", None)]


def test_a_report_that_was_sent_is_kept(clinic):
    clinic.answers(clinic.visit("ADA", "1m"))
    token = says(clinic)
    assert reports.response_of(clinic.db, clinic.visit("ADA", "1m")["id"])
    assert state(clinic, token) == "not_theirs"


def test_no_text_goes_any_more_and_nobody_is_called_at_a_number_that_is_not_theirs(clinic):
    sent = len(clinic.texts("ADA"))
    says(clinic)
    clinic.ticks(days=100, every="day")
    assert len(clinic.texts("ADA")) == sent
    assert clinic.visit("ADA", "3m")["id"] and clinic.open_tasks("call") == []
    assert len(clinic.open_tasks("not_for_me")) == 1


def test_what_was_queued_before_is_dropped(clinic):
    clinic.at("2026-04-04T14:00:00Z")  # the first reminder
    tick.tick(clinic.db, clinic.means, clinic.now)
    says(clinic)
    send.deliver(clinic.db, clinic.means, "participant", clinic.now)
    reminder = clinic.messages("ADA")[0]
    assert (reminder["kind"], reminder["status"], reminder["reason"]) == ("reminder", "dropped", "not_theirs")


def test_saying_it_twice_changes_nothing(clinic):
    token, found = opened(clinic)
    for _ in range(2):
        not_theirs.say(clinic.db, clinic.means, found.link["id"], clinic.now)
    clinic.at("2026-04-02T16:00:00Z")
    not_theirs.say(clinic.db, clinic.means, found.link["id"], clinic.now)
    assert wrong_since(clinic) == DUE and len(clinic.open_tasks("not_for_me")) == 1
    assert len(rows(clinic.db, "select * from audit where action = 'not_for_me'", {})) == 1


def test_of_an_old_number_it_says_nothing_of_the_new_one(clinic):
    _, found = opened(clinic)
    other = Person("Ada Example", "+15550109999", birth_year=1960)
    contact.change(clinic.db, clinic.means, clinic.id("ADA"), other, clinic.now, staff_id=clinic.staff["cora"])
    not_theirs.say(clinic.db, clinic.means, found.link["id"], clinic.now)
    assert wrong_since(clinic) is None and clinic.open_tasks("not_for_me") == []


def test_of_two_who_share_a_phone_only_the_one_is_not_there(clinic):
    clinic.enrol("BOB", mobile=clinic.number("ADA"), status="performed", on="2026-03-02", birth_year=1951)
    bobs = clinic.token(clinic.visit("BOB", "1m"))
    says(clinic)
    assert state(clinic, bobs) == "ask"
    clinic.tick()
    assert len([message for message in clinic.messages("BOB") if message["sent_at"]]) == 1


def mends_by_verifying(clinic):
    contact.verify(clinic.db, clinic.means, clinic.id("ADA"), "call", clinic.now, staff_id=clinic.staff["cora"])


def mends_by_another_number(clinic):
    other = Person("Ada Example", "+15550109999", birth_year=1960)
    contact.change(clinic.db, clinic.means, clinic.id("ADA"), other, clinic.now, staff_id=clinic.staff["cora"])


@pytest.mark.parametrize(
    "mends, outcome", [(mends_by_verifying, "number_verified"), (mends_by_another_number, "number_changed")]
)
def test_staff_mend_it_and_the_next_text_has_a_new_link(clinic, mends, outcome):
    token = says(clinic)
    mends(clinic)
    assert wrong_since(clinic) is None and clinic.open_tasks("not_for_me") == []
    done = rows(clinic.db, "select outcome, done_by from task where kind = 'not_for_me'", {})
    assert done == [{"outcome": outcome, "done_by": clinic.staff["cora"]}]
    assert state(clinic, token) == "ended"
    before = len(clinic.texts("ADA"))
    clinic.ticks(minutes=1, every="minute")
    again = clinic.token(clinic.visit("ADA", "1m"))
    assert again != token and len(clinic.texts("ADA")) == before + 1 and again in clinic.texts("ADA")[-1]
    assert state(clinic, again) == "ask"


def test_verifying_a_number_that_nobody_doubted_sends_nothing(clinic):
    before = len(clinic.texts("ADA"))
    mends_by_verifying(clinic)
    clinic.ticks(minutes=1, every="minute")
    assert len(clinic.texts("ADA")) == before


def test_the_same_number_given_again_mends_nothing(clinic):
    says(clinic)
    same = Person("Ada Example", clinic.number("ADA"), birth_year=1960)
    contact.change(clinic.db, clinic.means, clinic.id("ADA"), same, clinic.now, staff_id=clinic.staff["cora"])
    assert wrong_since(clinic) == DUE


def test_the_form_can_be_answered_at_the_clinic_meanwhile(clinic):
    says(clinic)
    visit = clinic.visit("ADA", "1m")
    address = contact.link_for_here(clinic.db, clinic.means, visit["id"], clinic.now, staff_id=clinic.staff["cora"])
    assert state(clinic, address.rpartition("/")[2]) == "ask"
    assert visits.link_of(clinic.db, visit["id"])["generation"] == 2
