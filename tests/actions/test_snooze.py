"""Snoozing: a rule of one participant calls nobody for a while; what it says is kept. Red calls whatever is stored."""

from contextlib import contextmanager, suppress
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prom.actions import decisions, snooze
from prom.errors import Conflict, NotFound, Refusal
from prom.rules.alerts import reasons
from prom.rules.refusals import message
from prom.rules.times import stamp
from prom.store import alerts, audit, snoozes
from prom.store.connect import IntegrityError, add, rows, write
from prom.store.reports import response_of

WHY = "Made-up reason: known since the fall."
UNTIL = date(2026, 4, 20)


@pytest.fixture
def people(clinic):
    """P-001 and P-002, a month after the injection, each with a form to fill."""
    for code in ("P-001", "P-002"):
        clinic.enrol(code, on="2026-03-03")
        clinic.answers(clinic.visit(code, "baseline"), nrs=7)
    clinic.at("2026-03-03T15:00:00Z")
    for code in ("P-001", "P-002"):
        clinic.records(code, "performed", "2026-03-03")
    clinic.at("2026-04-03T15:00:00Z")
    return clinic


def reports(clinic, code="P-001", timepoint="1m", **given):
    clinic.answers(clinic.visit(code, timepoint), **({"nrs": 3} | given))


def snoozes_rule(clinic, rule="free_text", code="P-001", until=UNTIL, why=WHY, login="noor"):
    """Snooze a rule from a participant's last alert."""
    alert = clinic.alerts(code)[0]
    who = {"staff_id": clinic.staff[login], "sites": ("main",)}
    return snooze.snooze(clinic.db, clinic.means, alert["id"], rule, clinic.now, until_on=until, reason=why, **who)


def fired(clinic, alert):
    return [reason["rule"] for reason in alerts.reasons(clinic.db, alert["id"])]


def kept(clinic, code="P-001", timepoint="1m"):
    """The rules that called nobody about a report."""
    return [reason["rule"] for reason in snoozes.reasons_of_visit(clinic.db, clinic.visit(code, timepoint)["id"])]


@pytest.fixture
def later(people):
    """Noor snoozed what P-001 writes for 31 days, from the 1 month report of 10 May: it holds at 3 months' opening."""
    people.at("2026-05-01T15:00:00Z")
    people.tick()
    reports(people, comment="As always")
    snoozes_rule(people, until=date(2026, 6, 1))
    people.at("2026-05-28T15:00:00Z")
    return people


def test_a_snoozed_rule_raises_nothing_and_what_it_says_is_kept(later):
    reports(later, timepoint="3m", comment="As always")
    assert len(later.alerts("P-001")) == 1
    assert kept(later, timepoint="3m") == ["free_text"]
    (reason,) = snoozes.reasons_of_visit(later.db, later.visit("P-001", "3m")["id"])
    assert (reason["class"], reason["rules_version"], reason["staff_name"]) == ("routine", "1", "Noor Example")
    assert (reason["until_on"], reason["reason"]) == ("2026-06-01", WHY)


def test_other_rules_of_the_same_report_raise_without_it(later):
    reports(later, timepoint="3m", nrs=6, comment="As always")
    assert fired(later, later.alerts("P-001")[0]) == ["nrs_rise_high"]
    assert kept(later, timepoint="3m") == ["free_text"]


def test_a_snoozed_rule_neither_joins_nor_climbs_what_is_open(later):
    visit = later.visit("P-001", "3m")
    later.fills(visit, nrs=3, urgency="call", call_when="", comment="")
    later.at(stamp(later.now + timedelta(hours=2)))
    later.tick()
    (alert,) = [each for each in later.alerts("P-001") if each["visit_id"] == visit["id"]]
    events = alerts.events(later.db, alert["id"])
    later.saves(visit, "comment", {"comment": "As always"})
    later.at(stamp(later.now + timedelta(hours=2)))
    later.tick()
    assert alerts.events(later.db, alert["id"]) == events
    assert fired(later, alert) == ["call_me"]
    assert kept(later, timepoint="3m") == ["free_text"]


def test_a_report_judged_twice_keeps_a_reason_once(later):
    visit = later.visit("P-001", "3m")
    later.fills(visit, nrs=3, comment="As always")
    later.at(stamp(later.now + timedelta(hours=2)))
    later.tick()
    assert kept(later, timepoint="3m") == ["free_text"]
    reports(later, timepoint="3m", comment="As always")
    assert kept(later, timepoint="3m") == ["free_text"]


def test_what_an_alert_tells_already_was_not_kept_from_calling(people):
    visit = people.visit("P-001", "1m")
    people.fills(visit, nrs=3, comment="As always")
    people.at(stamp(people.now + timedelta(hours=2)))
    people.tick()
    snoozes_rule(people)
    reports(people, comment="As always")
    assert kept(people) == []
    assert fired(people, people.alerts("P-001")[0]) == ["free_text"]


def test_red_raises_beside_a_snoozed_rule(later):
    visit = later.visit("P-001", "3m")
    later.saves(visit, "red_flags", {"red_flags": ["chest"]})
    assert later.alerts("P-001")[0]["class"] == "red"


def test_snoozing_leaves_the_open_alert_as_it_is(people):
    reports(people, comment="Hello")
    snoozes_rule(people)
    (alert,) = people.alerts("P-001")
    assert alert["closed_at"] is None
    assert [event["kind"] for event in alerts.events(people.db, alert["id"])] == ["raised", "snoozed"]


def test_a_snooze_is_of_one_participant(people):
    reports(people, comment="Hello")
    snoozes_rule(people)
    reports(people, "P-002", comment="Hello")
    assert fired(people, people.alerts("P-002")[0]) == ["free_text"]
    assert kept(people, "P-002") == []


@pytest.mark.parametrize(
    "at, calls",
    [
        ("2026-06-02T03:59:59Z", False),  # the last second of 1 June in New York
        ("2026-06-02T04:00:00Z", True),
    ],
)
def test_a_snooze_ends_by_itself_with_its_last_day(later, at, calls):
    later.at(at)
    reports(later, timepoint="3m", comment="As always")
    assert len(later.alerts("P-001")) == 1 + calls
    assert kept(later, timepoint="3m") == ([] if calls else ["free_text"])


def test_somebody_ends_a_snooze_before_its_time(later):
    (row,) = snoozes.of_participant(later.db, later.id("P-001"))
    for login in ("leda", "nina"):  # the second finds it ended
        snooze.end(later.db, row["id"], later.now, staff_id=later.staff[login], sites=("main",))
    (ended,) = snoozes.of_participant(later.db, later.id("P-001"))
    assert (ended["ended_at"], ended["ended_by_name"]) == (stamp(later.now), "Leda Example")
    reports(later, timepoint="3m", comment="As always")
    assert len(later.alerts("P-001")) == 2


def test_the_audit_says_who_which_rule_and_until_when_and_never_why(later):
    row = snoozes.of_participant(later.db, later.id("P-001"))[0]
    snooze.end(later.db, row["id"], later.now, staff_id=later.staff["nina"], sites=("main",))
    found = {row["action"]: row for row in audit.of_subject(later.db, later.id("P-001"))}
    assert found["rule_snoozed"]["actor"] == later.staff["noor"]
    assert found["snooze_ended"]["actor"] == later.staff["nina"]
    details = rows(later.db, "select details from audit_detail")
    assert any('"rule": "free_text"' in each["details"].replace('":"', '": "') for each in details)
    assert not any(WHY in each["details"] for each in details)


@pytest.mark.parametrize(
    "until, why, fault",
    [
        (date(2026, 4, 2), WHY, "snooze_until"),
        (date(2026, 5, 5), WHY, "snooze_until"),
        (None, WHY, "snooze_until"),
        (UNTIL, "", "snooze_reason_required"),
        (UNTIL, "  \n", "snooze_reason_required"),
        (UNTIL, None, "snooze_reason_required"),
        (UNTIL, "x" * 501, "snooze_reason_long"),
    ],
)
def test_a_snooze_has_a_reason_and_an_end_within_a_month(people, until, why, fault):
    reports(people, comment="Hello")
    with pytest.raises(Refusal, match=fault):
        snoozes_rule(people, until=until, why=why)
    assert snoozes.of_participant(people.db, people.id("P-001")) == []


@pytest.mark.parametrize("until, why", [(date(2026, 4, 3), "x"), (date(2026, 5, 4), "x" * 500)])
def test_a_snooze_of_a_day_or_of_31_with_the_longest_reason(people, until, why):
    reports(people, comment="Hello")
    snoozes_rule(people, until=until, why=f" {why} ")
    assert snoozes.of_participant(people.db, people.id("P-001"))[0]["reason"] == why


def test_no_red_rule_and_none_that_did_not_fire_is_snoozed(people):
    reports(people, comment="Hello", red_flags=["chest"])
    for rule in ("red_flag", "nrs_rise", "unexpected_text", "none"):
        with pytest.raises(NotFound):
            snoozes_rule(people, rule)
    with pytest.raises(NotFound):
        snooze.snooze(
            people.db, people.means, people.alerts("P-001")[0]["id"], "free_text", people.now,
            until_on=UNTIL, reason=WHY, staff_id=people.staff["noor"], sites=("north",),
        )  # fmt: skip
    snoozes_rule(people, "free_text")


def test_what_is_snoozed_is_not_snoozed_twice(people):
    reports(people, comment="Hello")
    made = snoozes_rule(people)
    with pytest.raises(Conflict, match="snoozed_already"):
        snoozes_rule(people, login="nina")
    snooze.end(people.db, made, people.now, staff_id=people.staff["nina"], sites=("main",))
    snoozes_rule(people, login="nina")
    with pytest.raises(NotFound):
        snooze.end(people.db, made, people.now, staff_id=people.staff["nina"], sites=("north",))


def test_the_schema_keeps_no_red_reason_as_snoozed(people):
    reports(people, comment="Hello")
    made = snoozes_rule(people)
    with pytest.raises(IntegrityError), write(people.db):
        add(
            people.db, "snoozed_reason", snooze_id=made, visit_id=people.visit("P-001", "1m")["id"], rule="red_flag",
            **{"class": "red"}, item="red_flags", details="{}", rules_version="1", study_version=people.means.version,
            at=stamp(people.now),
        )  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_stored_red_calls_and_a_snooze_is_of_its_own_person_and_time(people, data):
    """Rows of any rule, standing, over or ended, for P-001 written by hand: her warning signs call as ever, P-002 is
    judged as ever, and what is not snoozed now raises."""
    keys = [rule.key for rule in people.study.rules]
    signs = data.draw(st.lists(st.sampled_from(["chest", "bleed", "faint"]), unique=True))
    answers = {"nrs": data.draw(st.integers(0, 10)), "comment": data.draw(st.sampled_from(["", "Made-up"]))}
    answers |= {"red_flags": signs or ["none"]}
    stored = data.draw(st.lists(st.tuples(st.sampled_from(keys), st.sampled_from(["stands", "over", "ended"]))))
    now, raised = stamp(people.now), {}
    with taken_back(people):
        for rule, how in stored:
            until = "2026-04-02T00:00:00Z" if how == "over" else "2026-12-31T00:00:00Z"
            by = people.staff["nina"]
            ended = {"ended_at": now, "ended_by": by} if how == "ended" else {}
            snoozes.add_snooze(
                people.db, people.id("P-001"), rule, from_at="2026-04-01T00:00:00Z", until_on=until[:10],
                until_at=until, reason="x", staff_id=by, **ended,
            )  # fmt: skip
        for code in ("P-001", "P-002"):
            reports(people, code, **answers)
            raised[code] = {rule for alert in people.alerts(code) for rule in fired(people, alert)}
        sent, before = (response_of(people.db, people.visit("P-002", point)["id"]) for point in ("1m", "baseline"))
    same = {"last": before["answers"], "reference": before["answers"]}
    assert raised["P-002"] == {each.rule for each in reasons(people.study, "1m", sent["answers"], **same)}
    standing = {rule for rule, how in stored if how == "stands"}
    assert ("red_flag" in raised["P-001"]) == ("red_flag" in raised["P-002"]) == bool(signs)
    assert raised["P-001"] >= raised["P-002"] - (standing - {"red_flag"})
    assert not raised["P-001"] & (standing - {"red_flag"})


class _Undone(Exception):
    pass


@contextmanager
def taken_back(clinic):
    """Whatever is written inside is taken back at its end."""
    with suppress(_Undone), write(clinic.db):
        yield
        raise _Undone


STAY = {"care_any": "hospital_stay", "care_on": "2026-03-30", "care_for": "zebra"}


def test_what_may_be_a_serious_adverse_event_cannot_be_snoozed(people):
    reports(people, **STAY)
    with pytest.raises(NotFound) as refused:
        snoozes_rule(people, "care")
    assert "serious adverse event" in message(refused.value)


def test_a_snooze_of_such_a_rule_from_before_keeps_neither_reason_nor_clock_back(people):
    reports(people, code="P-002", **STAY)
    alert = people.alerts("P-002")[0]
    with write(people.db):
        snoozes.add_snooze(
            people.db, people.id("P-001"), "care", alert_id=alert["id"], from_at=stamp(people.now),
            until_on="2026-04-20", until_at="2026-04-21T04:00:00Z", reason=WHY, staff_id=people.staff["noor"],
        )  # fmt: skip
    reports(people, **STAY)
    (raised,) = people.alerts("P-001")
    assert "care" in fired(people, raised) and kept(people) == []
    assert decisions.clock_of(people.db, people.means, raised["id"], people.now)
