"""Everybody at a glance: the few statements behind the list of participants, however many they are."""

from typing import Any

from prom.store.canary import IS_CANARY
from prom.store.connect import Database, Row, rows
from prom.store.participants import FACTS, with_left


def everybody(db: Database, sites: tuple[str, ...]) -> list[Row]:
    """All participants of these sites by code, as `participants.by_id`, with has_number, verified. The canaries, one a
    week, are not among them."""
    found = rows(
        db,
        f"""select {FACTS}, contact.mobile_sealed is not null as has_number,
               contact.verified_at is not null as verified
        from participant left join contact on contact.participant_id = participant.id
        where not {IS_CANARY} order by participant.code""",
    )
    return [with_left(person) for person in found if person["site_id"] in sites]


def live_visits(db: Database, now: str) -> dict[str, list[Row]]:
    """{participant id: visits that are not over, the longest due first, with procedure_kind}."""
    return _by_participant(
        rows(
            db,
            """select visit.*, procedure.kind as procedure_kind
            from visit join procedure on procedure.id = visit.procedure_id
            where visit.submitted_at is null and visit.cancelled_at is null
              and (visit.finish_by is null or visit.finish_by > :now)
            order by coalesce(visit.due_on, '9999-12-31'), visit.rowid""",
            {"now": now},
        )
    )


def performed(db: Database) -> dict[str, list[Row]]:
    """{participant id: performed procedures in the order in which they stand in time}."""
    return _by_participant(
        rows(
            db,
            """select participant_id, kind, status from procedure where status = 'performed'
            order by performed_on, coalesce(performed_time, ''), created_at, id""",
        )
    )


def open_alerts(db: Database) -> dict[str, int]:
    """{participant id: number of open alerts}."""
    statement = "select participant_id, count(*) as n from alert where closed_at is null group by participant_id"
    return _counts(db, statement)


def open_tasks(db: Database) -> dict[str, int]:
    """{participant id: number of open tasks}."""
    return _counts(db, "select participant_id, count(*) as n from task where done_at is null group by participant_id")


def _counts(db: Database, statement: str) -> dict[str, int]:
    return {found["participant_id"]: found["n"] for found in rows(db, statement)}


def _by_participant(found: list[Row]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Row]] = {}
    for each in found:
        grouped.setdefault(each["participant_id"], []).append(each)
    return grouped
