"""Answers as they were given, screen by screen, and the reports made of them."""

import json
from typing import Any

from prom.rules import saving
from prom.store.connect import Database, Row, add, fresh_id, row, rows, run


def save(
    db: Database,
    visit_id: str,
    step: str,
    answers: dict,
    now: str,
    *,
    layout: str | None,
    late: bool,
    sheet: str | None = None,
    staff_id: str | None = None,
) -> None:
    """Append the answers of one screen. late: it came after the visit had closed. sheet: the name of the page that it
    was sent from. staff_id: who entered it for the participant."""
    run(
        db,
        """insert into draft (visit_id, step, answers, layout, late, sheet, staff_id, saved_at)
        values (:visit_id, :step, :answers, :layout, :late, :sheet, :staff_id, :now)""",
        {
            "visit_id": visit_id,
            "step": step,
            "answers": json.dumps(answers),
            "layout": layout,
            "late": int(late),
            "sheet": sheet,
            "staff_id": staff_id,
            "now": now,
        },
    )


def screens(db: Database, visit_id: str) -> list[Row]:
    """Every saved screen of a visit, in the order of saving, answers as a dict; staff_name: who entered it, None for
    the participant."""
    found = rows(
        db,
        """select draft.*, staff.name as staff_name from draft left join staff on staff.id = draft.staff_id
        where visit_id = :id order by seq""",
        {"id": visit_id},
    )
    return [screen | {"answers": json.loads(screen["answers"])} for screen in found]


def answers(db: Database, visit_id: str) -> dict[str, Any]:
    """The answers as they stand, by answer key."""
    return saving.standing(screens(db, visit_id))


def standing(db: Database, visit_id: str) -> dict[str, Any]:
    """The answers of a visit's report; of an unsent one as they stand."""
    sent = response_of(db, visit_id)
    return sent["answers"] if sent else answers(db, visit_id)


def layout(db: Database, visit_id: str) -> str | None:
    """The layout in which the pain scale was last answered."""
    found = row(
        db,
        "select layout from draft where visit_id = :id and layout is not null order by seq desc limit 1",
        {"id": visit_id},
    )
    return found["layout"] if found else None


def stale(db: Database, saved_before: str, closed_before: str, many: int) -> list[Row]:
    """Unsent drafts whose rules have not run on what was last saved, and are due: last saved before an instant, or
    their visit closed before another. Rows: visit_id, seq (of the last save)."""
    return rows(
        db,
        """select visit.id as visit_id, max(draft.seq) as seq
        from visit join draft on draft.visit_id = visit.id
        where visit.submitted_at is null
          and not exists (select 1 from draft_check where draft_check.visit_id = visit.id
                          and draft_check.seq = (select max(seq) from draft as newest
                                                 where newest.visit_id = visit.id))
        group by visit.id
        having max(draft.saved_at) <= :saved_before
            or min(coalesce(visit.finish_by, '9999')) <= :closed_before
            or max(visit.cancelled_at) is not null
        order by visit.id limit :many""",
        {"saved_before": saved_before, "closed_before": closed_before, "many": many},
    )


def checked(db: Database, visit_id: str, seq: int, now: str) -> None:
    """The rules have run on the draft as of its save `seq`."""
    run(
        db,
        "insert into draft_check (visit_id, seq, at) values (:id, :seq, :now) on conflict do nothing",
        {"id": visit_id, "seq": seq, "now": now},
    )


def forget_draft(db: Database, visit_id: str) -> None:
    """Delete the screens of a visit that came by link, and what was noted of judging them; those that staff entered
    stay."""
    run(db, "delete from draft where visit_id = :id and staff_id is null", {"id": visit_id})
    run(db, "delete from draft_check where visit_id = :id", {"id": visit_id})


def add_response(db: Database, visit_id: str, answers: dict, now: str, **values: Any) -> str:
    """Insert the first version of a visit's report; returns its id. Raises IntegrityError the second time."""
    return add(
        db,
        "response",
        id=fresh_id(),
        visit_id=visit_id,
        version=1,
        answers=json.dumps(answers),
        submitted_at=now,
        **values,
    )


def response_of(db: Database, visit_id: str) -> Row | None:
    """The newest version of a visit's report, answers as a dict."""
    found = row(db, "select * from response where visit_id = :id order by version desc limit 1", {"id": visit_id})
    return found | {"answers": json.loads(found["answers"])} if found else None


def last_before(db: Database, participant_id: str, visit_id: str) -> Row | None:
    """The newest version of the report that a participant sent last, other than this visit's; answers as a dict."""
    found = row(
        db,
        """select response.* from response join visit on visit.id = response.visit_id
        where visit.participant_id = :participant_id and visit.id <> :visit_id and visit.submitted_at is not null
        order by visit.submitted_at desc, response.version desc limit 1""",
        {"participant_id": participant_id, "visit_id": visit_id},
    )
    return found | {"answers": json.loads(found["answers"])} if found else None


def responses_of(db: Database, participant_id: str) -> list[Row]:
    """The newest version of each report of a participant, oldest first, with timepoint and procedure_kind."""
    found = rows(
        db,
        """select response.*, visit.timepoint, visit.occasion, procedure.kind as procedure_kind
        from response join visit on visit.id = response.visit_id
        join procedure on procedure.id = visit.procedure_id
        where visit.participant_id = :id
          and response.version = (select max(version) from response as newest
                                  where newest.visit_id = response.visit_id)
        order by visit.submitted_at""",
        {"id": participant_id},
    )
    return [response | {"answers": json.loads(response["answers"])} for response in found]
