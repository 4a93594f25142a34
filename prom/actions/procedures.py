"""Procedures: planned, performed, postponed, cancelled, attempted, undone; and the decision against another one."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from prom.actions import plan
from prom.actions.means import Means
from prom.errors import Conflict, NotFound, Refusal
from prom.rules.days import check_done, check_planned
from prom.rules.schedule import Change
from prom.rules.times import at_time, local_day, stamp
from prom.store import audit, participants, procedures, tasks
from prom.store.connect import Database, Row, write

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
STATUSES = ("planned", "performed", "postponed", "cancelled", "attempted")
DONE = ("performed", "attempted")


@dataclass(frozen=True)
class Recorded:
    """What is recorded of a procedure. on: the planned day for planned and postponed (None: not known yet), the
    day it was done for performed and attempted; time: "HH:MM" where known."""

    kind: str
    status: str = "planned"
    on: date | None = None
    time: str | None = None
    body_site: str = ""
    side: str = ""
    technical_success: bool | None = None


def add_procedure(
    db: Database,
    means: Means,
    participant_id: str,
    given: Recorded,
    now: datetime,
    staff_id: str | None = None,
    seen: str | None = None,
) -> str:
    """Record a further procedure of a participant and plan the visits anew; returns its id. seen: how many there were
    on the page that it was recorded from. Raises Refusal, Conflict where another was added since."""
    with write(db):
        person = participants.by_id(db, participant_id)
        if seen and seen != str(len(procedures.of_participant(db, participant_id))):
            raise Conflict("procedure_added")
        if given.kind not in means.study(db).procedures:
            raise Refusal("procedure_unknown", kinds=", ".join(means.study(db).procedures))
        values = _values(person, given, now)
        procedure_id = procedures.add_procedure(
            db,
            participant_id,
            given.kind,
            stamp(now),
            staff_id,
            body_site=given.body_site or None,
            side=given.side or None,
            **({"planned_on": None} | values),
        )
        _settle(db, means, person, procedure_id, given, now, staff_id)
    return procedure_id


def change_procedure(
    db: Database,
    means: Means,
    procedure_id: str,
    given: Recorded,
    now: datetime,
    staff_id: str | None = None,
    seen: str | None = None,
) -> list[Change]:
    """Record a change of a procedure and plan the visits anew; what that changed. seen: the version on the page that
    it was recorded from. Raises Refusal, Conflict where it was changed otherwise since.

    What stands already, such as from a second tap, is recorded once, so that one undo takes it back."""
    with write(db):
        found = _existing(db, procedure_id)
        person = participants.by_id(db, found["participant_id"])
        values = _values(person, given, now)
        if values["performed_recorded_at"] and given.status == found["status"]:  # a correction
            values["performed_recorded_at"] = found["performed_recorded_at"]
        if all(found[name] == value for name, value in values.items()):
            return []
        _as_seen(db, procedure_id, seen)
        procedures.change(db, procedure_id, stamp(now), staff_id, **values)
        return _settle(db, means, person, procedure_id, given, now, staff_id)


def undo(
    db: Database,
    means: Means,
    procedure_id: str,
    now: datetime,
    staff_id: str | None = None,
    seen: str | None = None,
) -> list[Change]:
    """Undo what was last recorded of a procedure. seen: the version on the page that it was undone from. Raises
    Conflict when there is nothing to go back to, or where something was recorded or undone since."""
    with write(db):
        found = _existing(db, procedure_id)
        _as_seen(db, procedure_id, seen)
        again = procedures.undo_last(db, procedure_id, stamp(now), staff_id)
        if again is None:
            raise Conflict("nothing_to_undo")
        if found["status"] == "performed" and again["status"] != "performed":
            participants.restore_decision(db, found["participant_id"], found["performed_recorded_at"])
        audit.record(db, stamp(now), staff_id or "system", "procedure_undone", procedure_id, status=again["status"])
        return plan.keep(db, means, found["participant_id"], now)


def decide(
    db: Database, means: Means, participant_id: str, decided_on: date, now: datetime, staff_id: str | None = None
) -> None:
    """Record the decision to go on without a further procedure. Raises Conflict after a crossover, Refusal for a day
    that cannot be."""
    with write(db):
        check_done(decided_on, local_day(now, ZoneInfo(participants.by_id(db, participant_id)["zone"])))
        study = means.study(db)
        if any(
            row["status"] == "performed" and study.procedures[row["kind"]].arm
            for row in procedures.of_participant(db, participant_id)
        ):
            raise Conflict("crossed_over")
        participants.decide(db, participant_id, decided_on.isoformat(), stamp(now), staff_id)
        audit.record(db, stamp(now), staff_id or "system", "decided", participant_id, on=decided_on.isoformat())


def undo_decision(db: Database, participant_id: str, now: datetime, staff_id: str | None = None) -> None:
    """Take the decision back. Raises Conflict when none stands."""
    with write(db):
        if not participants.undo_decision(db, participant_id, stamp(now), staff_id):
            raise Conflict("no_decision")
        audit.record(db, stamp(now), staff_id or "system", "decision_undone", participant_id)


def check(given: Recorded, zone: ZoneInfo, now: datetime) -> None:
    """Raises Refusal for a state that there is not, or a day that cannot be meant."""
    if given.status not in STATUSES:
        raise Refusal("status_unknown")
    if given.status in DONE:
        _check_done(given, zone, now)
    elif given.status != "cancelled" and given.on:
        check_planned(given.on, local_day(now, zone))


def _existing(db: Database, procedure_id: str) -> Row:
    found = procedures.by_id(db, procedure_id)
    if found is None:
        raise NotFound("procedure_not_found")
    return found


def _as_seen(db: Database, procedure_id: str, seen: str | None) -> None:
    if seen and seen != procedures.version(db, procedure_id):
        raise Conflict("procedure_changed")


def _values(person: Row, given: Recorded, now: datetime) -> dict[str, Any]:
    """The columns of a state, checked."""
    check(given, ZoneInfo(person["zone"]), now)
    done = given.status in DONE
    values: dict[str, Any] = {
        "status": given.status,
        "performed_on": given.on.isoformat() if done and given.on else None,
        "performed_time": given.time if done else None,
        "performed_recorded_at": stamp(now) if done else None,
        "technical_success": None if given.technical_success is None else int(given.technical_success),
    }
    if given.status in ("planned", "postponed"):
        values["planned_on"] = given.on.isoformat() if given.on else None
    return values


def _check_done(given: Recorded, zone: ZoneInfo, now: datetime) -> None:
    """What was done has a day and, where known, a time, and neither is in the future."""
    if given.on is None:
        raise Refusal("date_missing")
    check_done(given.on, local_day(now, zone))
    if given.time and not _CLOCK.fullmatch(given.time):
        raise Refusal("time_odd")
    if at_time(given.on, time.fromisoformat(given.time or "00:00"), zone) > now:
        raise Refusal("date_future")


def _settle(
    db: Database, means: Means, person: Row, procedure_id: str, given: Recorded, now: datetime, staff_id: str | None
) -> list[Change]:
    """What follows from a recorded state: a crossover ends the decision, a confirmation its task, visits move."""
    at = stamp(now)
    audit.record(
        db, at, staff_id or "system", "procedure_recorded", procedure_id, kind=given.kind, status=given.status,
        on=given.on.isoformat() if given.on else None,
    )  # fmt: skip
    if given.status == "performed" and means.study(db).procedures[given.kind].arm:
        participants.undo_decision(db, person["id"], at, staff_id)
    tasks.finish_for(db, "procedure_to_confirm", procedure_id, at, staff_id, given.status)
    return plan.keep(db, means, person["id"], now)
