"""The visits that a nurse may have to see to."""

from prom.store.canary import IS_CANARY
from prom.store.connect import Database, Row, rows


def open_visits(db: Database, now: str) -> list[Row]:
    """The visits that have opened and may not be over, of people who are contacted, canaries left out; the longest due
    first. Rows: the visit with code, site_id, zone, procedure_kind, call_due_on (of the open call about it; None
    without one)."""
    return rows(
        db,
        f"""select visit.*, participant.code, participant.site_id, participant.zone, procedure.kind as procedure_kind,
               task.due_on as call_due_on
        from visit join participant on participant.id = visit.participant_id
        join procedure on procedure.id = visit.procedure_id
        left join task on task.kind = 'call' and task.subject = visit.id and task.done_at is null
        where visit.submitted_at is null and visit.cancelled_at is null and visit.opens_at <= :now
          and (visit.finish_by is null or visit.finish_by > :now)
          and participant.contact_mode <> 'none' and not {IS_CANARY}
        order by visit.due_on, visit.rowid""",
        {"now": now},
    )
