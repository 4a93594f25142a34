"""Passes: what the right year of birth on a link gives. Only the SHA-256 of each is held."""

from prom.store.connect import Database, Row, add, fresh_id, row, run


def add_pass(db: Database, link_id: str, token_hash: str, now: str) -> None:
    """Keep a pass of a link."""
    add(db, "pass", id=fresh_id(), link_id=link_id, token_hash=token_hash, made_at=now, last_used_at=now)


def of_link(db: Database, link_id: str, token_hash: str) -> Row | None:
    """The pass of this link with that hash; None for one that was never given out for it."""
    return row(
        db,
        "select * from pass where link_id = :link_id and token_hash = :hash",
        {"link_id": link_id, "hash": token_hash},
    )


def use(db: Database, pass_id: str, now: str) -> None:
    """Note that a pass was used."""
    run(db, "update pass set last_used_at = :now where id = :id", {"now": now, "id": pass_id})


def drop(db: Database, visit_id: str) -> None:
    """Forget every pass of a visit's links."""
    run(db, "delete from pass where link_id in (select id from link where visit_id = :id)", {"id": visit_id})
