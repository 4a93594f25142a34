"""Visits and their links. A visit's status is not stored: `rules.visit.status` derives it."""

from typing import Any

from prom.store.connect import Database, Row, add, fresh_id, one, row, rows, run

_FACTS = """
    visit.*, procedure.kind as procedure_kind, procedure.performed_on, procedure.performed_time,
    exists (select 1 from message where message.visit_id = visit.id and message.lane = 'participant'
            and message.status in ('sending', 'sent', 'delivered', 'undelivered', 'unknown')) as invited,
    (select max(generation) from link where link.visit_id = visit.id) as generation,
    (select max(filled_on) from response where response.visit_id = visit.id) as filled_on"""


def add_visit(db: Database, participant_id: str, now: str, **values: Any) -> str:
    """Insert a visit; returns the id."""
    return add(db, "visit", id=fresh_id(), participant_id=participant_id, created_at=now, **values)


def change(db: Database, visit_id: str, **values: Any) -> None:
    """Write columns of a visit."""
    marks = ", ".join(f"{name} = :{name}" for name in values)
    run(db, f"update visit set {marks} where id = :id", values | {"id": visit_id})


def mark(db: Database, visit_id: str, column: str, now: str) -> None:
    """Set opened_at or started_at the first time."""
    run(db, f"update visit set {column} = coalesce({column}, :now) where id = :id", {"id": visit_id, "now": now})


def by_id(db: Database, visit_id: str) -> Row:
    """One visit, with procedure_kind, performed_on, performed_time, invited, generation, and filled_on of its
    report (when it came on paper). Raises KeyError."""
    found = row(
        db,
        f"select {_FACTS} from visit join procedure on procedure.id = visit.procedure_id where visit.id = :id",
        {"id": visit_id},
    )
    if found is None:
        raise KeyError(visit_id)
    return found


def of_participant(db: Database, participant_id: str) -> list[Row]:
    """A participant's visits as `by_id`, in the order of their days."""
    return rows(
        db,
        f"""select {_FACTS} from visit join procedure on procedure.id = visit.procedure_id
        where visit.participant_id = :id
        order by coalesce(procedure.performed_on, procedure.planned_on, '9999'), procedure.id,
                 coalesce(visit.due_on, '9999'), visit.occasion, visit.rowid""",
        {"id": participant_id},
    )


def to_look_at(db: Database, now: str, many: int) -> list[Row]:
    """Visits whose invitation, reminders or call may have come due, as `by_id`."""
    return rows(
        db,
        f"""select {_FACTS} from visit join procedure on procedure.id = visit.procedure_id
        where visit.look_at <= :now order by visit.look_at, visit.id limit :many""",
        {"now": now, "many": many},
    )


def silent(db: Database, now: str, many: int) -> list[Row]:
    """Visits that have ended without a report and were not judged for that since, the first ended first: id."""
    return rows(
        db,
        """select id from visit where finish_by <= :now and submitted_at is null and cancelled_at is null
        and (silence_judged_at is null or silence_judged_at < finish_by) order by finish_by, id limit :many""",
        {"now": now, "many": many},
    )


def look_again(db: Database, participant_id: str, now: str) -> None:
    """Have every visit of a participant that is not over looked at now: a fact of theirs has changed."""
    run(
        db,
        """update visit set look_at = :now where participant_id = :id and submitted_at is null
        and cancelled_at is null and opens_at is not null and (finish_by is null or finish_by > :now)""",
        {"id": participant_id, "now": now},
    )


def add_link(db: Database, visit_id: str, generation: int, key_id: str, token_hash: str, now: str) -> None:
    """Keep a link: only the SHA-256 of its token."""
    add(
        db,
        "link",
        id=fresh_id(),
        visit_id=visit_id,
        generation=generation,
        key_id=key_id,
        token_hash=token_hash,
        created_at=now,
    )


def link_of(db: Database, visit_id: str) -> Row | None:
    """The standing link of a visit: not ended, not locked."""
    return row(
        db,
        """select * from link where visit_id = :id and ended_at is null and locked_at is null
        order by generation desc limit 1""",
        {"id": visit_id},
    )


def end_links(db: Database, visit_id: str, how: str, now: str) -> int:
    """End a visit's links, locked ones too: the next one is of a new generation; how many ended. how: number_changed |
    not_me."""
    return run(
        db,
        "update link set ended_at = :now, ended_how = :how where visit_id = :id and ended_at is null",
        {"now": now, "how": how, "id": visit_id},
    )


def wrong_year(db: Database, link_id: str, most: int, now: str) -> Row:
    """Count a wrong year of birth on a link and lock it at the last of `most`; the link as it then is."""
    run(
        db,
        """update link set wrong_years = wrong_years + 1,
        locked_at = case when wrong_years + 1 >= :most then :now end
        where id = :id and locked_at is null""",
        {"id": link_id, "most": most, "now": now},
    )
    return link(db, link_id)


def forgive_wrong_years(db: Database, link_id: str) -> None:
    """Count wrong years of birth from none again."""
    run(db, "update link set wrong_years = 0 where id = :id and locked_at is null", {"id": link_id})


def link(db: Database, link_id: str) -> Row:
    """One link."""
    return one(db, "select * from link where id = :id", {"id": link_id})


def by_token(db: Database, token_hash: str) -> Row | None:
    """The link of a token with its visit_id; None for a token never given out."""
    return row(db, "select * from link where token_hash = :hash", {"hash": token_hash})
