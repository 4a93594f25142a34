"""Procedures as they stand, and every change of them as it was recorded."""

from itertools import takewhile
from typing import Any

from prom.store.connect import Database, Row, add, fresh_id, one, row, rows, run
from prom.store.participants import LATEST_STATUS, with_left

_STATE = ("status", "planned_on", "performed_on", "performed_time", "technical_success")


def add_procedure(db: Database, participant_id: str, kind: str, now: str, staff_id: str | None, **values: Any) -> str:
    """Insert a procedure and its first event; returns the id."""
    values |= {"id": fresh_id(), "participant_id": participant_id, "kind": kind, "created_at": now}
    procedure_id = add(db, "procedure", **values)
    _event(db, procedure_id, now, staff_id)
    return procedure_id


def change(db: Database, procedure_id: str, now: str, staff_id: str | None, **values: Any) -> None:
    """Change a procedure's state and append what it became."""
    marks = ", ".join(f"{name} = :{name}" for name in values)
    run(db, f"update procedure set {marks} where id = :id", values | {"id": procedure_id})
    _event(db, procedure_id, now, staff_id)


def _event(db: Database, procedure_id: str, now: str, staff_id: str | None) -> None:
    run(
        db,
        """insert into procedure_event (procedure_id, at, staff_id, status, planned_on, performed_on, performed_time,
                                        technical_success)
        select id, :now, :staff_id, status, planned_on, performed_on, performed_time, technical_success
        from procedure where id = :id""",
        {"id": procedure_id, "now": now, "staff_id": staff_id},
    )


def events(db: Database, procedure_id: str) -> list[Row]:
    """What was recorded of a procedure, oldest first, undone events included."""
    return rows(db, "select * from procedure_event where procedure_id = :id order by seq", {"id": procedure_id})


def version(db: Database, procedure_id: str) -> str:
    """What a page shows of a procedure, as a mark that changes with every change and every undo."""
    found = one(
        db,
        "select max(seq) as last, count(undone_at) as undone from procedure_event where procedure_id = :id",
        {"id": procedure_id},
    )
    return f"{found['last']}.{found['undone']}"


def last_change(db: Database, procedure_id: str) -> Row:
    """Who last changed a procedure, undoing included, and when: at, staff_name (None for nobody named)."""
    return one(
        db,
        """select coalesce(undone_at, at) as at, staff.name as staff_name from procedure_event
        left join staff on staff.id = case when undone_at is null then staff_id else undone_by end
        where procedure_id = :id order by coalesce(undone_at, at) desc, seq desc limit 1""",
        {"id": procedure_id},
    )


def undo_last(db: Database, procedure_id: str, now: str, staff_id: str | None) -> Row | None:
    """Mark the last standing event undone; the event that stands again, None when it was the only one
    (then nothing is changed)."""
    standing = [event for event in events(db, procedure_id) if not event["undone_at"]]
    if len(standing) < 2:
        return None
    run(
        db,
        "update procedure_event set undone_at = :now, undone_by = :staff_id where seq = :seq",
        {"now": now, "staff_id": staff_id, "seq": standing[-1]["seq"]},
    )
    again = standing[-2]
    state = {name: again[name] for name in _STATE}
    state["performed_recorded_at"] = _first_recorded(standing[:-1]) if again["performed_on"] else None
    marks = ", ".join(f"{name} = :{name}" for name in state)
    run(db, f"update procedure set {marks} where id = :id", state | {"id": procedure_id})
    return again


def _first_recorded(standing: list[Row]) -> str:
    """When the state of the last event was first recorded: later events of the same state are corrections."""
    same = takewhile(lambda event: event["status"] == standing[-1]["status"], reversed(standing))
    return list(same)[-1]["at"]


def of_participant(db: Database, participant_id: str) -> list[Row]:
    """A participant's procedures in the order in which they stand in time."""
    return rows(
        db,
        """select * from procedure where participant_id = :id
        order by coalesce(performed_on, planned_on, '9999-12-31'), coalesce(performed_time, ''), created_at, id""",
        {"id": participant_id},
    )


def by_id(db: Database, procedure_id: str) -> Row | None:
    """One procedure."""
    return row(db, "select * from procedure where id = :id", {"id": procedure_id})


def planned_until(db: Database, day: str) -> list[Row]:
    """Procedures planned or postponed to a day up to this one and not yet confirmed, with code, site and zone;
    those of imported people are not among them."""
    found = rows(
        db,
        f"""select procedure.*, participant.code, participant.site_id, participant.zone, {LATEST_STATUS} as left_how
        from procedure join participant on participant.id = procedure.participant_id
        where procedure.status in ('planned', 'postponed') and procedure.planned_on <= :day
          and participant.contact_mode <> 'none'
        order by procedure.planned_on, participant.code""",
        {"day": day},
    )
    return [procedure for procedure in found if not with_left(procedure)["left"]]
