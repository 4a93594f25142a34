"""Heartbeats of the jobs, and faults of single rows that stopped nothing else."""

from prom.store.connect import Database, Row, add, row, rows, run


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


def note_fault(db: Database, step: str, subject: str, what: str, now: str) -> None:
    """Keep an error that one row met in a step: the kind of error, never its text."""
    if not row(
        db,
        "select 1 as yes from fault where step = :step and subject = :subject and what = :what",
        {"step": step, "subject": subject, "what": what},
    ):
        add(db, "fault", step=step, subject=subject, what=what, at=now)


def faults(db: Database) -> list[Row]:
    """All faults, newest first."""
    return rows(db, "select * from fault order by seq desc")
