"""Tasks: the one list of things for people. Unique on (kind, subject) while open."""

from typing import Any

from prom.store.connect import Database, Row, fresh_id, row, rows, run


def raise_task(db: Database, kind: str, subject: str, now: str, **values: Any) -> str | None:
    """Insert an open task; None when one of this kind and subject is open already. of_site: whose it is where it is of
    no participant, None for that of all."""
    values = {"id": fresh_id(), "kind": kind, "subject": subject, "raised_at": now} | values
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    made = row(db, f"insert into task ({names}) values ({marks}) on conflict do nothing returning id", values)
    return made["id"] if made else None


def exists(db: Database, kind: str, subject: str, since: str = "", but: str = "") -> bool:
    """Whether a task of this kind was raised for a subject, ever or since an instant or day. but: one that ended so
    does not count."""
    return bool(
        row(
            db,
            """select 1 as yes from task where kind = :kind and subject = :subject and raised_at >= :since
            and (outcome is null or outcome <> :but) limit 1""",
            {"kind": kind, "subject": subject, "since": since, "but": but},
        )
    )


def is_open(db: Database, kind: str, subject: str) -> bool:
    """Whether a task of this kind is open for a subject."""
    statement = "select 1 as yes from task where kind = :kind and subject = :subject and done_at is null"
    return bool(row(db, statement, {"kind": kind, "subject": subject}))


def of_participant(db: Database, kinds: tuple[str, ...], participant_id: str) -> list[Row]:
    """A participant's tasks of these kinds, done ones too, the oldest first."""
    statement = "select * from task where participant_id = :id order by raised_at, rowid"
    return [task for task in rows(db, statement, {"id": participant_id}) if task["kind"] in kinds]


def open_tasks(db: Database, sites: tuple[str, ...]) -> list[Row]:
    """Open tasks of these sites (those of no site too), the longest due first, with code, site_id."""
    found = rows(
        db,
        """select task.*, participant.code, coalesce(participant.site_id, task.of_site) as site_id, visit.timepoint,
        procedure.kind as procedure_kind, procedure.planned_on
        from task left join participant on participant.id = task.participant_id
        left join visit on visit.id = task.visit_id
        left join procedure on procedure.id = coalesce(task.procedure_id, visit.procedure_id)
        where task.done_at is null order by coalesce(task.due_on, substr(task.raised_at, 1, 10)), task.raised_at""",
    )
    return [task for task in found if task["site_id"] is None or task["site_id"] in sites]


def by_id(db: Database, task_id: str) -> Row | None:
    """One task."""
    return row(db, "select * from task where id = :id", {"id": task_id})


def finish(db: Database, task_id: str, now: str, staff_id: str | None, outcome: str, note: str | None) -> int:
    """Mark a task done; 0 when it was."""
    return run(
        db,
        """update task set done_at = :now, done_by = :staff_id, outcome = :outcome, note = :note
        where id = :id and done_at is null""",
        {"id": task_id, "now": now, "staff_id": staff_id, "outcome": outcome, "note": note},
    )


def finish_for(db: Database, kind: str, subject: str, now: str, staff_id: str | None, outcome: str) -> int:
    """Mark the open task of a kind and subject done because what it asked for has happened."""
    return run(
        db,
        """update task set done_at = :now, done_by = :staff_id, outcome = :outcome
        where kind = :kind and subject = :subject and done_at is null""",
        {"kind": kind, "subject": subject, "now": now, "staff_id": staff_id, "outcome": outcome},
    )
