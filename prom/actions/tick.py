"""The tick: every second, calls no provider. Steps side by side; an error on one row stops nothing else."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from prom.actions import (
    alarms,
    answer,
    asking,
    canary,
    chase,
    clock_back,
    decisions,
    digest,
    escalate,
    plan,
    queue,
    ring,
    send,
    sign_in,
    silence,
    stop_page,
)
from prom.actions.means import Means
from prom.rules.times import DAY, stamp
from prom.store import health, held, participants, phone, stop_requests, visits
from prom.store.connect import Database, write

_log = logging.getLogger("prom.tick")
_MANY = 200
_TOGETHER = 10  # rows in one write: keeping each by itself costs more than what is done; others wait for so many
_PHONE_DAYS = 7
_HELD_DAYS = 1
ALL = "all"  # the subject of a fault that met a whole step


def tick(db: Database, means: Means, now: datetime) -> None:
    """Plan, queue, judge, escalate: whatever has come due by `now`. Safe to run twice at once."""
    at, study, steps = stamp(now), means.study(db), Round(db, means, now)
    each = steps.each
    each("plan", lambda: participants.to_replan(db, at, _MANY), lambda id: plan.keep_due(db, means, id, now))
    steps.together("queue", lambda: visits.to_look_at(db, at, _MANY), lambda row: queue.look_at(db, means, row, now))
    each("judge", lambda: answer.stale(db, study, now, _MANY), lambda row: answer.judge_draft(db, means, row, now))
    steps.together("silence", lambda: visits.silent(db, at, _MANY), lambda row: silence.judge(db, means, row, now))
    each("unopened", lambda: chase.unopened(db, means, now), lambda id: chase.go_on(db, means, id, now))
    each("escalate", lambda: escalate.calling(db), lambda id: escalate.tell(db, means, id, now))
    each("digest", lambda: digest.due(db, means, now), lambda day: digest.see_to(db, means, day, now))
    each("reroute", lambda: escalate.lost(db, study, now), lambda row: escalate.reroute(db, means, row, now))
    each("physician", lambda: chase.for_physician(db, means), lambda id: chase.ask_physician(db, means, id, now))
    each("unheard", lambda: chase.unheard(db, means, now), lambda id: chase.tell_another(db, means, id, now))
    each("owed", lambda: chase.owed(db, means, now), lambda id: chase.remind(db, means, id, now))
    each("unknown", lambda: send.stuck(db, means, now), lambda row: send.give_up_waiting(db, row))
    each("unsure", lambda: asking.unsure(db, means, now), lambda row: asking.ask_a_person(db, row, now))
    beat(db, "tick", now)


def tidy(db: Database, means: Means, now: datetime) -> None:
    """What need not run every second: procedures to confirm, alerts that nobody took or acted on, decisions on possible
    serious adverse events, a rota with a gap, a test of the night phone that nobody answered, alarms that reach nobody,
    the screen phone's old copies, old counts of log-ins, screens held for a day, requests to stop texts."""
    steps, study = Round(db, means, now), means.study(db)
    steps.each(
        "confirm", lambda: queue.unconfirmed(db, study, now), lambda row: queue.ask_to_confirm(db, row, now)
    )
    steps.alone("clock_back", ALL, lambda: clock_back.mend(db, means, now))
    steps.alone("untaken", ALL, lambda: escalate.watch_untaken(db, means, now))
    steps.alone("owed", ALL, lambda: chase.watch_owed(db, means, now))
    steps.each(
        "decide",
        lambda: decisions.to_tell(db, means, now),
        lambda alert_id: decisions.tell(db, means, alert_id, now),
    )
    steps.alone("decisions", ALL, lambda: decisions.watch(db, means, now))
    steps.alone("rota", ALL, lambda: escalate.watch_rota(db, means, now))
    steps.alone("ring", ALL, lambda: ring.watch(db, means, now))
    steps.alone("canary_begins", ALL, lambda: canary.begin(db, means, now))
    steps.alone("canary_alert", ALL, lambda: canary.alert(db, means, now))
    steps.alone("canary", ALL, lambda: canary.watch(db, means, now))
    steps.alone("alarms", ALL, lambda: alarms.watch(db, now))
    with write(db):
        phone.forget_before(db, stamp(now - _PHONE_DAYS * DAY))
        held.forget_before(db, stamp(now - _HELD_DAYS * DAY))
        stop_requests.forget_before(db, stamp(now - stop_page.LASTS))
        sign_in.forget_tries(db, now)


def beat(db: Database, job: str, now: datetime) -> None:
    """Leave a heartbeat."""
    with write(db):
        health.beat(db, job, stamp(now))


class Round:
    """One round of steps side by side. An error is kept with its step and subject, by its kind alone, until that fares
    well."""

    def __init__(self, db: Database, means: Means, now: datetime):
        self._db, self._means, self._now = db, means, now
        self._standing = {(fault["step"], fault["subject"]) for fault in health.standing_faults(db)}

    def each(self, name: str, due: Callable[[], Iterable[Any]], do: Callable[[Any], Any]) -> None:
        """One step: looks what is due, then does each row by itself. Looking that fails stops this step alone."""
        self._rows(name, self._found(name, due), do)

    def together(self, name: str, due: Callable[[], Iterable[Any]], do: Callable[[Any], Any]) -> None:
        """As `each`, where many rows come due at once: some are kept in one write. One that fails is undone alone."""
        found = self._found(name, due)
        for first in range(0, len(found), _TOGETHER):
            self.alone(name, ALL, partial(self._kept, name, found[first : first + _TOGETHER], do))

    def _kept(self, name: str, found: list[Any], do: Callable[[Any], Any]) -> None:
        with write(self._db):
            self._rows(name, found, do)

    def _found(self, name: str, due: Callable[[], Iterable[Any]]) -> list[Any]:
        found: list[Any] = []
        self.alone(name, ALL, lambda: found.extend(due()))
        return found

    def _rows(self, name: str, found: list[Any], do: Callable[[Any], Any]) -> None:
        for row in found:
            subject = (row.get("id") or row["visit_id"]) if isinstance(row, dict) else row
            self.alone(name, subject, partial(do, row))

    def alone(self, name: str, subject: str, do: Callable[[], Any]) -> None:
        """Do one thing that stops nothing else."""
        try:
            do()
        except Exception as error:
            kind = type(error).__name__
            if alarms.fault(self._db, self._means, name, subject, kind, self._now):
                _log.error("step %s failed on %s: %s", name, subject, kind)
        else:
            if (name, subject) in self._standing:
                alarms.well(self._db, self._means, name, subject, self._now)
