"""Snoozes, and the reasons that called nobody because of them. Whether one stands is a rule's to say."""

import json
from typing import Any

from prom.store.connect import Database, Row, add, fresh_id, row, rows, run

_NAMED = """
    snooze.*, staff.name as staff_name, ender.name as ended_by_name,
    (select count(*) from snoozed_reason where snoozed_reason.snooze_id = snooze.id) as kept
    from snooze join staff on staff.id = snooze.staff_id left join staff as ender on ender.id = snooze.ended_by"""


def add_snooze(db: Database, participant_id: str, rule: str, **values: Any) -> str:
    """Insert a snooze: alert_id (on which it was made), from_at, until_on, until_at, reason, staff_id; returns its
    id."""
    return add(db, "snooze", id=fresh_id(), participant_id=participant_id, rule=rule, **values)


def end(db: Database, snooze_id: str, now: str, staff_id: str) -> int:
    """End a snooze before its time; 0 when it was."""
    return run(
        db,
        "update snooze set ended_at = :now, ended_by = :staff_id where id = :id and ended_at is null",
        {"now": now, "staff_id": staff_id, "id": snooze_id},
    )


def by_id(db: Database, snooze_id: str) -> Row | None:
    """One snooze, with code and site_id of its participant."""
    return row(
        db,
        """select snooze.*, participant.code, participant.site_id from snooze
        join participant on participant.id = snooze.participant_id where snooze.id = :id""",
        {"id": snooze_id},
    )


def of_participant(db: Database, participant_id: str) -> list[Row]:
    """A participant's snoozes, those over too, the newest first, with staff_name, ended_by_name and kept (how many
    reasons it kept from calling)."""
    return rows(
        db,
        f"select {_NAMED} where snooze.participant_id = :id order by snooze.from_at desc, snooze.rowid desc",
        {"id": participant_id},
    )


def unended(db: Database, participant_id: str, now: str) -> list[Row]:
    """A participant's snoozes that nobody has ended and whose time is not over."""
    return rows(
        db,
        "select * from snooze where participant_id = :id and ended_at is null and until_at > :now order by from_at, id",
        {"id": participant_id, "now": now},
    )


def add_reason(db: Database, snooze_id: str, visit_id: str, details: dict, now: str, **values: Any) -> None:
    """Append a reason that called nobody: rule, class, item, rules_version, study_version; details: the values that
    tripped it."""
    names = values | {"snooze_id": snooze_id, "visit_id": visit_id, "details": json.dumps(details), "at": now}
    add(db, "snoozed_reason", **names)


def reasons_of_visit(db: Database, visit_id: str) -> list[Row]:
    """The reasons of a visit that called nobody, oldest first, details as a dict, with what is known of the snooze:
    until_on, reason, staff_name."""
    found = rows(
        db,
        """select snoozed_reason.*, snooze.until_on, snooze.reason, staff.name as staff_name from snoozed_reason
        join snooze on snooze.id = snoozed_reason.snooze_id join staff on staff.id = snooze.staff_id
        where snoozed_reason.visit_id = :id order by snoozed_reason.seq""",
        {"id": visit_id},
    )
    return [reason | {"details": json.loads(reason["details"])} for reason in found]
