"""Heartbeats of the jobs, and faults: errors of single rows that stopped nothing else, and what ails the system."""

from prom.store.connect import Database, DatabaseError, Row, one, row, rows, run


def beat(db: Database, job: str, now: str) -> None:
    """Note that a job ran."""
    run(
        db,
        "insert into heartbeat (job, at) values (:job, :now) on conflict (job) do update set at = :now",
        {"job": job, "now": now},
    )


def heartbeats(db: Database) -> dict[str, str]:
    """When each job last ran."""
    return {found["job"]: found["at"] for found in rows(db, "select job, at from heartbeat")}


def note_fault(db: Database, step: str, subject: str, what: str, now: str) -> int | None:
    """Keep an error that one row met in a step: the kind of error, never its text. Its number; None while one of this
    step and subject stands already."""
    made = row(
        db,
        """insert into fault (step, subject, what, at) values (:step, :subject, :what, :now)
        on conflict do nothing returning seq""",
        {"step": step, "subject": subject, "what": what, "now": now},
    )
    return made["seq"] if made else None


def end_fault(db: Database, step: str, subject: str, now: str) -> int | None:
    """The row fares well again: the number of the fault that ended; None when none stood."""
    found = row(
        db,
        """update fault set ended_at = :now where step = :step and subject = :subject and ended_at is null
        returning seq""",
        {"step": step, "subject": subject, "now": now},
    )
    return found["seq"] if found else None


def standing(db: Database, step: str) -> set[str]:
    """The subjects of a step's faults that have not ended."""
    found = rows(db, "select subject from fault where step = :step and ended_at is null", {"step": step})
    return {fault["subject"] for fault in found}


def standing_fault(db: Database, step: str, subject: str) -> Row | None:
    """The fault of a step and subject that stands; None while none does."""
    statement = "select * from fault where step = :step and subject = :subject and ended_at is null"
    return row(db, statement, {"step": step, "subject": subject})


def periods(db: Database, step: str, subject: str, since: str) -> list[Row]:
    """When faults of a step and subject stood, of those that had not ended by an instant. Rows: at, ended_at."""
    return rows(
        db,
        """select at, ended_at from fault where step = :step and subject = :subject
        and (ended_at is null or ended_at > :since) order by at""",
        {"step": step, "subject": subject, "since": since},
    )


def count_standing(db: Database, step: str, since: str) -> int:
    """How many faults of a step that began since an instant have not ended."""
    statement = "select count(*) as n from fault where step = :step and ended_at is null and at > :since"
    return one(db, statement, {"step": step, "since": since})["n"]


def standing_faults(db: Database) -> list[Row]:
    """The faults that have not ended, oldest first. Rows: seq, step, subject, what, at, ended_at."""
    return rows(db, "select * from fault where ended_at is null order by seq")


def faults(db: Database) -> list[Row]:
    """All faults, newest first."""
    return rows(db, "select * from fault order by seq desc")


def damage(db: Database) -> list[str]:
    """What SQLite finds wrong with the file; [] for a sound one."""
    try:
        found = rows(db, "pragma quick_check")
    except DatabaseError as fault:
        return [str(fault)]
    return [line["quick_check"] for line in found if line["quick_check"] != "ok"]
