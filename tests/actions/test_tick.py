"""The tick: what always fails stands in nobody's way."""

import pytest

from prom.actions import plan, queue, tick
from prom.rules.times import MINUTE, stamp
from prom.store.connect import rows


def faults(clinic) -> list[tuple]:
    return [(fault["step"], bool(fault["ended_at"])) for fault in rows(clinic.db, "select * from fault")]


@pytest.fixture
def one_a_tick(clinic, monkeypatch):
    """Two people whose first has come due longer ago, and ticks that take one row of each step."""
    for code in ("P-001", "P-002"):
        clinic.enrol(code, contact_mode="phone", status="performed", on="2026-02-02")
        clinic.clock.set(clinic.now + MINUTE)
    monkeypatch.setattr(tick, "_MANY", 1)
    return clinic


def called(clinic) -> list[str]:
    return [task["code"] for task in clinic.open_tasks("call")]


def test_a_visit_that_always_fails_lets_the_others_pass_and_comes_again(one_a_tick, monkeypatch):
    clinic, first = one_a_tick, one_a_tick.visit("P-001", "1m")["id"]
    with monkeypatch.context() as patched:
        patched.setattr(queue, "due_contacts", broken_contacts(first))
        clinic.ticks(minutes=9, every="minute")
        assert called(clinic) == ["P-002"]
        assert faults(clinic) == [("queue", False)]
    clinic.ticks(minutes=2, every="minute")
    assert called(clinic) == ["P-002", "P-001"]
    assert faults(clinic) == [("queue", True)]


def test_of_visits_kept_in_one_write_one_that_fails_is_undone_alone(clinic, monkeypatch):
    for number in range(25):
        clinic.enrol(f"P-{number:03d}", contact_mode="phone", status="performed", on="2026-02-02")
    broken, statements = clinic.visit("P-004", "1m")["id"], []
    monkeypatch.setattr(queue, "due_contacts", broken_contacts(broken))
    clinic.db.conn.set_trace_callback(statements.append)
    tick.tick(clinic.db, clinic.means, clinic.now)
    clinic.db.conn.set_trace_callback(None)
    assert sorted(called(clinic)) == [f"P-{number:03d}" for number in range(25) if number != 4]
    assert faults(clinic) == [("queue", False)]
    assert clinic.visit("P-004", "1m")["look_at"] == stamp(clinic.now + plan.AGAIN)
    assert statements.count("begin immediate") == 3 + 3 + 1  # the rows due, those over in silence, the heartbeat


def broken_contacts(visit_id):
    real = queue.due_contacts

    def due(study, person, visit, *more):
        if visit["id"] == visit_id:
            raise ValueError
        return real(study, person, visit, *more)

    return due


def test_a_plan_that_always_fails_lets_the_others_pass_and_comes_again(one_a_tick, monkeypatch):
    clinic, first = one_a_tick, one_a_tick.id("P-001")
    clinic.db.execute("update participant set replan_at = '2026-03-02T15:00:00Z'")
    real = plan.differences

    def differences(db, study, person, now):
        if person["id"] == first:
            raise ValueError
        return real(db, study, person, now)

    def due_now() -> list[str]:
        found = rows(clinic.db, "select code from participant where replan_at <= '2026-03-02T16:00:00Z'")
        return [person["code"] for person in found]

    with monkeypatch.context() as patched:
        patched.setattr(plan, "differences", differences)
        clinic.ticks(minutes=9, every="minute")
        assert due_now() == ["P-001"]
        assert faults(clinic) == [("plan", False)]
    clinic.ticks(minutes=2, every="minute")
    assert due_now() == []
    assert faults(clinic) == [("plan", True)]
