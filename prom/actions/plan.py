"""Keep a participant's visits as the schedule wants them: called after every change of a fact it depends on."""

import dataclasses
from datetime import datetime
from zoneinfo import ZoneInfo

from prom.actions import language
from prom.actions.means import Means
from prom.rules import schedule
from prom.rules.study import Study
from prom.rules.times import DAY, MINUTE, local_day, stamp, start_of
from prom.rules.visit import status
from prom.store import participants, procedures, tasks, visits
from prom.store.connect import Database, Row, write

AGAIN = 10 * MINUTE  # so long what failed waits before it is tried again
_OVER = ("submitted", "missed", "cancelled")


def differences(db: Database, study: Study, person: Row, now: datetime) -> list[schedule.Change]:
    """What the schedule would change for a participant as things stand."""
    standing = visits.of_participant(db, person["id"])
    return schedule.plan(study, person, procedures.of_participant(db, person["id"]), standing, now)


def keep(db: Database, means: Means, participant_id: str, now: datetime) -> list[schedule.Change]:
    """Write the differences between the visits as they stand and as they should be; what was changed."""
    with write(db):
        person = participants.by_id(db, participant_id)
        if person["imported"]:
            return []
        language.watch(db, means, person, now)
        study = means.study(db)
        changes = differences(db, study, person, now)
        changes = [_write(db, means, person, change, now) for change in changes]
        _look_again(db, person, now)
        return changes


def keep_due(db: Database, means: Means, participant_id: str, now: datetime) -> None:
    """As `keep`, when its time has come. Somebody whose plan fails stands in no other's way: they come again in some
    minutes."""
    try:
        keep(db, means, participant_id, now)
    except Exception:
        with write(db):
            participants.set_replan(db, participant_id, stamp(now + AGAIN))
        raise


def _write(db: Database, means: Means, person: Row, change: schedule.Change, now: datetime) -> schedule.Change:
    if change.visit_id:
        visits.change(db, change.visit_id, **change.values)
        return change
    visit_id = visits.add_visit(
        db,
        person["id"],
        stamp(now),
        procedure_id=change.procedure_id,
        timepoint=change.timepoint,
        occasion=change.occasion,
        **change.values,
    )
    return dataclasses.replace(change, visit_id=visit_id)


def _look_again(db: Database, person: Row, now: datetime) -> None:
    """Have open visits looked at now and planned ones when they open, end the calls for those that take no answers
    and, with none to come, the asking for consent; the plan itself is looked at again at the next midnight."""
    live = False
    for visit in visits.of_participant(db, person["id"]):
        state = status(visit, now)
        live = live or state not in _OVER
        look_at = {"open": stamp(now), "started": stamp(now), "planned": visit["opens_at"]}.get(state)
        if visit["look_at"] != look_at:
            visits.change(db, visit["id"], look_at=look_at)
        if state not in ("open", "started"):
            outcome = "visit_over" if state in _OVER else "visit_moved"
            tasks.finish_for(db, "call", visit["id"], stamp(now), None, outcome)
    if not live:
        tasks.finish_for(db, "consent_missing", person["id"], stamp(now), None, "visit_over")
    zone = ZoneInfo(person["zone"])
    midnight = stamp(start_of(local_day(now, zone) + DAY, zone))
    participants.set_replan(db, person["id"], midnight if live else None)
