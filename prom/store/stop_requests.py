"""Requests of the page that stops texts: a number, sealed, and the link that was texted to it; of its token only the
SHA-256."""

from typing import Any

from prom.store.connect import Database, Row, add, row, run


def keep(db: Database, **values: Any) -> None:
    """Keep a request: id, number_sealed, key_id, token_hash, language, asked_at."""
    add(db, "stop_request", **values)


def by_id(db: Database, request_id: str) -> Row | None:
    """One request."""
    return row(db, "select * from stop_request where id = :id", {"id": request_id})


def by_token(db: Database, token_hash: str, since: str) -> Row | None:
    """The request of a link, if it was asked for since an instant."""
    statement = "select * from stop_request where token_hash = :hash and asked_at > :since"
    return row(db, statement, {"hash": token_hash, "since": since})


def note_stopped(db: Database, request_id: str, now: str) -> None:
    """The link stopped the texts."""
    run(db, "update stop_request set stopped_at = :now where id = :id", {"now": now, "id": request_id})


def note_resumed(db: Database, request_id: str, now: str) -> None:
    """The link started them again."""
    run(db, "update stop_request set resumed_at = :now where id = :id", {"now": now, "id": request_id})


def forget_before(db: Database, before: str) -> None:
    """Delete the requests made before an instant: their numbers with them."""
    run(db, "delete from stop_request where asked_at < :before", {"before": before})
