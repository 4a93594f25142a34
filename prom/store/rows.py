"""What an export reads: every participant with all that hangs on them, a few hundred at a time, from one snapshot.

Try-out and canary people (`is_test`) are left out here, so that no export can forget to.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from prom.rules.saving import joined
from prom.store.connect import Database, Row, open_database, row, rows
from prom.store.participants import FACTS, with_left

_MANY = 200
_SPAN = "participant.is_test = 0 and participant.code > :after and participant.code <= :last"
_PROCEDURES = f"""
    select procedure.* from procedure join participant on participant.id = procedure.participant_id where {_SPAN}
    order by coalesce(performed_on, planned_on, '9999-12-31'), coalesce(performed_time, ''), procedure.created_at,
             procedure.id"""
_VISITS = f"""
    select visit.*, min(message.sent_at) as sent_at, min(message.delivered_at) as delivered_at,
           (select max(filled_on) from response where response.visit_id = visit.id) as filled_on
    from visit join participant on participant.id = visit.participant_id
    join procedure on procedure.id = visit.procedure_id
    left join message on message.visit_id = visit.id and message.lane = 'participant'
         and message.kind in ('invitation', 'reminder', 'again', 'resend')
    where {_SPAN} group by visit.id
    having coalesce(visit.cancel_reason, '') <> 'not_needed' or min(message.sent_at) is not null
    order by coalesce(procedure.performed_on, procedure.planned_on, '9999'), procedure.created_at, procedure.id,
             coalesce(visit.due_on, '9999'), visit.occasion, visit.rowid"""
_RESPONSES = f"""
    select response.* from response join visit on visit.id = response.visit_id
    join participant on participant.id = visit.participant_id
    where {_SPAN} order by response.version"""
_DRAFTS = f"""
    select draft.visit_id, draft.answers from draft join visit on visit.id = draft.visit_id
    join participant on participant.id = visit.participant_id
    where {_SPAN} and visit.submitted_at is null and draft.late = 0 order by draft.seq"""
_REASONS = f"""
    select alert.visit_id, alert_reason.class, alert_reason.rule
    from alert_reason join alert on alert.id = alert_reason.alert_id
    join participant on participant.id = alert.participant_id
    where {_SPAN} and alert.visit_id is not null order by alert_reason.seq"""


@dataclass
class Held:
    """One participant as the store holds them. responses: the newest version by visit id, answers as a dict;
    drafts: the merged answers of unsent visits by visit id, late screens left out; reasons: those of the
    visit's alerts by visit id. Visits carry sent_at and delivered_at of their first invitation or reminder, and
    filled_on of a report that came on paper."""

    person: Row
    procedures: list[Row] = field(default_factory=list)
    visits: list[Row] = field(default_factory=list)
    responses: dict[str, Row] = field(default_factory=dict)
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    reasons: dict[str, list[Row]] = field(default_factory=dict)


@contextmanager
def snapshot(path: str) -> Iterator[Database]:
    """A connection of its own that sees the database as it stands now, until the end.

    In WAL mode a reader holds up nobody. With a rollback journal it would hold up every writer for as long as
    a slow download takes, so there a copy beside the database is read, and removed at the end.
    """
    with ExitStack() as stack:
        db = open_database(path)
        stack.callback(db.conn.close)
        mode = row(db, "pragma journal_mode")
        if mode and mode["journal_mode"] != "wal":
            folder = stack.enter_context(TemporaryDirectory(prefix=".reading-", dir=Path(path).absolute().parent))
            copy = f"{folder}/copy.db"
            db.execute("vacuum into :copy", {"copy": copy})
            db = open_database(copy)
            stack.callback(db.conn.close)
        db.conn.execute("begin")
        yield db


def everybody(db: Database, sites: tuple[str, ...] | None = None, many: int = _MANY) -> Iterator[Held]:
    """All participants of these sites (None: of all), by code, with all that hangs on them; read `many` at a time."""
    after = ""
    while people := _after(db, after, many):
        span = {"after": after, "last": people[-1]["code"]}
        held = _with_all(db, people, span)
        yield from (each for each in held if sites is None or each.person["site_id"] in sites)
        after = span["last"]


def versions_used(db: Database) -> list[str]:
    """The study versions that any visit was opened with or any report was made with, first seen first."""
    found = rows(
        db,
        """select sha256 from study_version
        where sha256 in (select study_version from visit union select study_version from response)
        order by first_seen_at, sha256""",
    )
    return [each["sha256"] for each in found]


def _after(db: Database, code: str, many: int) -> list[Row]:
    statement = f"select {FACTS} from participant where is_test = 0 and code > :code order by code limit :many"
    return [with_left(person) for person in rows(db, statement, {"code": code, "many": many})]


def _with_all(db: Database, people: list[Row], span: dict[str, str]) -> list[Held]:
    held = {person["id"]: Held(person) for person in people}
    of_visit: dict[str, Held] = {}
    for procedure in rows(db, _PROCEDURES, span):
        held[procedure["participant_id"]].procedures.append(procedure)
    for visit in rows(db, _VISITS, span):
        of_visit[visit["id"]] = held[visit["participant_id"]]
        held[visit["participant_id"]].visits.append(visit)
    for response in rows(db, _RESPONSES, span):
        answers = json.loads(response["answers"])
        of_visit[response["visit_id"]].responses[response["visit_id"]] = response | {"answers": answers}
    for draft in rows(db, _DRAFTS, span):
        drafts = of_visit[draft["visit_id"]].drafts
        drafts[draft["visit_id"]] = joined(drafts.get(draft["visit_id"], {}), json.loads(draft["answers"]))
    for reason in rows(db, _REASONS, span):
        of_visit[reason["visit_id"]].reasons.setdefault(reason["visit_id"], []).append(reason)
    return list(held.values())
