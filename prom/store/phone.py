"""The sealed copies for the on-screen phone: the one place where a text's body is kept; gone after 7 days. And what
came in from a number, as it stands there beside them."""

from prom.store.connect import Database, Row, add, fresh_id, rows, run


def keep(db: Database, message_id: str, number_hash: str, to_sealed: str, text_sealed: str, now: str) -> None:
    """Keep one copy."""
    add(
        db,
        "phone_copy",
        id=fresh_id(),
        message_id=message_id,
        number_hash=number_hash,
        to_sealed=to_sealed,
        text_sealed=text_sealed,
        at=now,
    )


def recent(db: Database, number_hash: str, many: int = 20) -> list[Row]:
    """The last copies to one number, newest first."""
    return rows(
        db,
        "select * from phone_copy where number_hash = :hash order by at desc, rowid desc limit :many",
        {"hash": number_hash, "many": many},
    )


def all_recent(db: Database, many: int) -> list[Row]:
    """The last copies to any number, newest first."""
    return rows(db, "select * from phone_copy order by at desc, rowid desc limit :many", {"many": many})


def written(db: Database, number_hash: str, many: int) -> list[Row]:
    """The last texts that came in from a number, sealed, newest first."""
    return rows(
        db,
        "select * from inbound where number_hash = :hash order by at desc, rowid desc limit :many",
        {"hash": number_hash, "many": many},
    )


def forget_before(db: Database, before: str) -> int:
    """Delete the copies made before an instant; how many."""
    return run(db, "delete from phone_copy where at < :before", {"before": before})
