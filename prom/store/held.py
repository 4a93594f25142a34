"""Screens as they were sent that could not be kept: what was chosen and typed is shown again with its faults."""

import json

from prom.store.connect import Database, Row, add, fresh_id, row, run

_OF_A_SCREEN = 4  # the newest so many of each screen of a visit stay


def hold(db: Database, visit_id: str, step: str, form: dict[str, list[str]], now: str) -> str:
    """Keep what was sent for a screen; its id. form: the values of each field."""
    held_id = add(db, "held_screen", id=fresh_id(), visit_id=visit_id, step=step, form=json.dumps(form), at=now)
    run(
        db,
        """delete from held_screen where visit_id = :visit_id and step = :step and id not in (
            select id from held_screen where visit_id = :visit_id and step = :step
            order by at desc, rowid desc limit :many)""",
        {"visit_id": visit_id, "step": step, "many": _OF_A_SCREEN},
    )
    return held_id


def of_visit(db: Database, visit_id: str, held_id: str) -> Row | None:
    """A held screen of this visit, form as a dict; None where it is another's, or gone."""
    found = row(
        db,
        "select * from held_screen where id = :id and visit_id = :visit_id",
        {"id": held_id, "visit_id": visit_id},
    )
    return found | {"form": json.loads(found["form"])} if found else None


def last_of(db: Database, visit_id: str, step: str) -> Row | None:
    """What was last held of a screen, form as a dict; None for nothing."""
    found = row(
        db,
        "select * from held_screen where visit_id = :visit_id and step = :step order by at desc, rowid desc limit 1",
        {"visit_id": visit_id, "step": step},
    )
    return found | {"form": json.loads(found["form"])} if found else None


def forget_step(db: Database, visit_id: str, step: str) -> None:
    """Delete what was held of one screen: it is saved now."""
    run(
        db,
        "delete from held_screen where visit_id = :visit_id and step = :step",
        {"visit_id": visit_id, "step": step},
    )


def forget_visit(db: Database, visit_id: str) -> None:
    """Delete all that was held of a visit."""
    run(db, "delete from held_screen where visit_id = :visit_id", {"visit_id": visit_id})


def forget_before(db: Database, moment: str) -> None:
    """Delete what has been held since before an instant."""
    run(db, "delete from held_screen where at < :moment", {"moment": moment})
