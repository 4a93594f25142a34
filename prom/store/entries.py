"""How staff enter a participant's answers: by phone or from paper, one standing choice for each visit and person."""

from prom.store.connect import Database, Row, row, run


def choose(
    db: Database, visit_id: str, staff_id: str, mode: str, filled_on: str | None, speaker: str | None, now: str
) -> None:
    """Keep how somebody enters a visit's answers from now on. speaker: participant | other, on the phone."""
    run(
        db,
        """insert into entry (visit_id, staff_id, mode, filled_on, speaker, at)
        values (:visit_id, :staff_id, :mode, :filled_on, :speaker, :now)
        on conflict (visit_id, staff_id) do update
        set mode = :mode, filled_on = :filled_on, speaker = :speaker, at = :now""",
        {
            "visit_id": visit_id,
            "staff_id": staff_id,
            "mode": mode,
            "filled_on": filled_on,
            "speaker": speaker,
            "now": now,
        },
    )


def of(db: Database, visit_id: str, staff_id: str) -> Row | None:
    """How somebody enters a visit's answers; None before they chose."""
    return row(
        db,
        "select * from entry where visit_id = :visit_id and staff_id = :staff_id",
        {"visit_id": visit_id, "staff_id": staff_id},
    )
