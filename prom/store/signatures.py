"""Signatures: of which version of which record, over which content, with what meaning, by whom, when. Append-only."""

from prom.store.connect import Database, Row, add, fresh_id, rows


def add_signature(
    db: Database, kind: str, record_id: str, version: int, sha256: str, now: str, *, meaning: str, by: str, name: str
) -> str:
    """Append a signature; returns its id. meaning: the words as they were shown. name: of the signer as it stood."""
    return add(
        db,
        "signature",
        id=fresh_id(),
        kind=kind,
        record_id=record_id,
        version=version,
        sha256=sha256,
        meaning=meaning,
        signed_by=by,
        name=name,
        signed_at=now,
    )


def of_record(db: Database, kind: str, record_id: str, version: int) -> list[Row]:
    """The signatures of one version of a record, oldest first, whether they fit it or not."""
    return rows(
        db,
        """select * from signature where kind = :kind and record_id = :id and version = :version
        order by signed_at, rowid""",
        {"kind": kind, "id": record_id, "version": version},
    )
