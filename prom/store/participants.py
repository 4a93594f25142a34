"""Participants, their consents, status events and the recorded decision. Not their contact data."""

from typing import Any

from prom.store.connect import Database, Row, add, fresh_id, row, rows, run

# What stops everything, and what stops texts alone (DESIGN.md section 3).
LEAVING = ("left_follow_up", "lost", "deceased", "screen_failure", "entered_in_error")

LATEST_STATUS = """
    (select kind from status_event where status_event.participant_id = participant.id
     and kind in ('left_follow_up', 'erasure_asked', 'lost', 'deceased', 'screen_failure', 'entered_in_error', 'undone')
     order by at desc, rowid desc limit 1)"""
_TEXTS = """
    (select kind from status_event where status_event.participant_id = participant.id
     and kind in ('stopped_texts', 'resumed_texts') order by at desc, rowid desc limit 1)"""
_CONSENT = """
    coalesce((select given from consent where consent.participant_id = participant.id and consent.kind = '{kind}'
     order by recorded_at desc, rowid desc limit 1), 0)"""
DECIDED = """
    exists (select 1 from decision where decision.participant_id = participant.id and undone_at is null)"""
_PLAIN_STOP = """
    exists (select 1 from task where task.kind = 'plain_stop' and task.subject = participant.id
     and task.done_at is null)"""

FACTS = f"""
    participant.*, {LATEST_STATUS} as left_how, {_TEXTS} = 'stopped_texts' as texts_stopped,
    {_CONSENT.format(kind="study")} as study_consent, {_CONSENT.format(kind="texts")} as texts_consent,
    {DECIDED} as decided, {_PLAIN_STOP} as plain_stop,
    (select wrong_since from contact where contact.participant_id = participant.id) as wrong_since,
    (select failed_since from contact where contact.participant_id = participant.id) as failed_since"""


def add_participant(db: Database, **values: Any) -> str:
    """Insert a participant; returns the id. Raises IntegrityError for a code that is taken."""
    return add(db, "participant", id=fresh_id(), **values)


def by_id(db: Database, participant_id: str) -> Row:
    """One participant with `left`, `texts_stopped`, `study_consent`, `texts_consent`, `decided`, `plain_stop` (whether
    their words seem to ask for an end of texts and nobody has seen to it), `wrong_since` (when somebody at the
    number said that it is not theirs, None for never), `failed_since` (since when texts to it fail for good, None while
    they do not). Raises KeyError."""
    found = row(db, f"select {FACTS} from participant where id = :id", {"id": participant_id})
    if found is None:
        raise KeyError(participant_id)
    return with_left(found)


def by_code(db: Database, code: str, sites: tuple[str, ...]) -> Row | None:
    """One participant of these sites by code, as `by_id`."""
    found = row(db, f"select {FACTS} from participant where code = :code", {"code": code})
    return with_left(found) if found and found["site_id"] in sites else None


def code_taken(db: Database, code: str) -> bool:
    """Whether somebody at any site has this code, in capitals or not."""
    return row(db, "select 1 as yes from participant where lower(code) = lower(:code)", {"code": code}) is not None


def of_sites(db: Database, sites: tuple[str, ...]) -> list[Row]:
    """All participants of these sites, by code, as `by_id`."""
    found = rows(db, f"select {FACTS} from participant order by code")
    return [with_left(person) for person in found if person["site_id"] in sites]


def with_left(person: Row) -> Row:
    """Add `left`: whether the last status event ends follow-up."""
    person["left"] = person.get("left_how") in (*LEAVING, "erasure_asked")
    return person


def set_contact_mode(db: Database, participant_id: str, mode: str, needs_interpreter: int) -> None:
    """How to reach a participant from now on."""
    run(
        db,
        "update participant set contact_mode = :mode, needs_interpreter = :needs where id = :id",
        {"mode": mode, "needs": needs_interpreter, "id": participant_id},
    )


def set_language(db: Database, participant_id: str, language: str) -> None:
    """The language of a participant's texts and forms from now on."""
    run(db, "update participant set language = :language where id = :id", {"language": language, "id": participant_id})


def consents(db: Database, participant_id: str) -> list[Row]:
    """A participant's consents, given and refused, oldest first."""
    statement = "select * from consent where participant_id = :id order by recorded_at, rowid"
    return rows(db, statement, {"id": participant_id})


def decision(db: Database, participant_id: str) -> Row | None:
    """The standing decision against a further procedure."""
    return row(db, "select * from decision where participant_id = :id and undone_at is null", {"id": participant_id})


def add_consent(db: Database, participant_id: str, kind: str, given: int, now: str, **values: Any) -> None:
    """Append a consent, given or refused. values: version, language, signed_on, recorded_by."""
    add(db, "consent", id=fresh_id(), participant_id=participant_id, kind=kind, given=given, recorded_at=now, **values)


def add_status(db: Database, participant_id: str, kind: str, now: str, source: str, staff_id: str | None) -> None:
    """Append a status event."""
    add(
        db,
        "status_event",
        id=fresh_id(),
        participant_id=participant_id,
        kind=kind,
        at=now,
        source=source,
        staff_id=staff_id,
    )


def status_events(db: Database, participant_id: str) -> list[Row]:
    """A participant's status events, oldest first."""
    return rows(
        db,
        "select * from status_event where participant_id = :id order by at, rowid",
        {"id": participant_id},
    )


def decide(db: Database, participant_id: str, decided_on: str, now: str, staff_id: str | None) -> None:
    """Record the decision against a further procedure, once."""
    run(
        db,
        """insert into decision (id, participant_id, decided_on, recorded_at, staff_id)
        values (:id, :participant_id, :decided_on, :now, :staff_id) on conflict do nothing""",
        {
            "id": fresh_id(),
            "participant_id": participant_id,
            "decided_on": decided_on,
            "now": now,
            "staff_id": staff_id,
        },
    )


def undo_decision(db: Database, participant_id: str, now: str, staff_id: str | None) -> int:
    """End the standing decision; the number ended."""
    return run(
        db,
        """update decision set undone_at = :now, undone_by = :staff_id
        where participant_id = :id and undone_at is null""",
        {"id": participant_id, "now": now, "staff_id": staff_id},
    )


def restore_decision(db: Database, participant_id: str, undone_at: str) -> None:
    """Let the decision stand again that was ended at an instant."""
    run(
        db,
        """update decision set undone_at = null, undone_by = null
        where participant_id = :id and undone_at = :undone_at
          and not exists (select 1 from decision where participant_id = :id and undone_at is null)""",
        {"id": participant_id, "undone_at": undone_at},
    )


def to_replan(db: Database, now: str, many: int) -> list[str]:
    """Participants whose plan must be looked at again because a local midnight has passed."""
    return [
        found["id"]
        for found in rows(
            db,
            "select id from participant where replan_at <= :now order by replan_at limit :many",
            {"now": now, "many": many},
        )
    ]


def set_replan(db: Database, participant_id: str, at: str | None) -> None:
    """When to look at the plan again; None when nothing can change by time alone."""
    run(db, "update participant set replan_at = :at where id = :id", {"at": at, "id": participant_id})
