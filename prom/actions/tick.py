"""The tick: every second, calls no provider. Steps side by side; an error on one row stops nothing else."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from prom.actions import answer, escalate, plan, queue, send
from prom.actions.means import Means
from prom.rules.times import DAY, stamp
from prom.store import health, participants, phone, visits
from prom.store.connect import Database, write

_log = logging.getLogger("prom.tick")
_MANY = 200
_PHONE_DAYS = 7


def tick(db: Database, means: Means, now: datetime) -> None:
    """Plan, queue, judge, escalate: whatever has come due by `now`. Safe to run twice at once."""
    at = stamp(now)
    study = means.study(db)
    step(db, "plan", participants.to_replan(db, at, _MANY), lambda id: plan.keep(db, means, id, now), now)
    step(db, "queue", visits.to_look_at(db, at, _MANY), lambda row: queue.look_at(db, means, row, now), now)
    step(db, "judge", answer.stale(db, study, now, _MANY), lambda row: answer.judge_draft(db, means, row, now), now)
    step(db, "escalate", escalate.calling(db), lambda id: escalate.tell(db, means, id, now), now)
    step(db, "reroute", escalate.lost(db, study, now), lambda row: escalate.reroute(db, means, row, now), now)
    step(db, "unknown", send.stuck(db, means, now), lambda row: send.give_up_waiting(db, row), now)
    step(db, "unsure", send.unsure(db, now), lambda row: send.ask_a_person(db, row, now), now)
    beat(db, "tick", now)


def tidy(db: Database, means: Means, now: datetime) -> None:
    """What need not run every second: procedures to confirm, the on-screen phone's old copies."""
    due = queue.unconfirmed(db, means.study(db), now)
    step(db, "confirm", due, lambda row: queue.ask_to_confirm(db, row, now), now)
    with write(db):
        phone.forget_before(db, stamp(now - _PHONE_DAYS * DAY))


def beat(db: Database, job: str, now: datetime) -> None:
    """Leave a heartbeat."""
    with write(db):
        health.beat(db, job, stamp(now))


def step(db: Database, name: str, due: Iterable[Any], do: Callable[[Any], Any], now: datetime) -> None:
    """One step: each due row by itself. An error is kept with the row it met, by its kind alone."""
    for row in due:
        try:
            do(row)
        except Exception as error:
            subject = (row.get("id") or row["visit_id"]) if isinstance(row, dict) else row
            _log.error("step %s failed on %s: %s", name, subject, type(error).__name__)
            with write(db):
                health.note_fault(db, name, subject, type(error).__name__, stamp(now))


