"""The audit: append-only and hash-chained. The chained row holds the SHA-256 of its details, which lie apart.

Names, numbers, birth years, free text and message bodies never enter; they are recorded as "changed".
"""

import hashlib
import json
from typing import Any

from prom.store.connect import Database, Row, row, rows, run

_START = "0" * 64


def record(db: Database, now: str, actor: str, action: str, subject: str, **details: Any) -> None:
    """Append one row; call it inside the write that it tells of. actor: staff id, "participant" or "system"."""
    text = json.dumps(details, sort_keys=True, separators=(",", ":"))
    details_sha256 = hashlib.sha256(text.encode()).hexdigest()
    last = row(db, "select sha256 from audit order by seq desc limit 1")
    previous = last["sha256"] if last else _START
    link = json.dumps([previous, now, actor, action, subject, details_sha256], separators=(",", ":"))
    values = {
        "at": now,
        "actor": actor,
        "action": action,
        "subject": subject,
        "details_sha256": details_sha256,
        "previous_sha256": previous,
        "sha256": hashlib.sha256(link.encode()).hexdigest(),
    }
    run(
        db,
        """insert into audit (at, actor, action, subject, details_sha256, previous_sha256, sha256)
        values (:at, :actor, :action, :subject, :details_sha256, :previous_sha256, :sha256)""",
        values,
    )
    run(
        db,
        "insert into audit_detail (seq, details) select seq, :details from audit where sha256 = :sha256",
        {"details": text, "sha256": values["sha256"]},
    )


def done_since(db: Database, actor: str, action: str, subject: str, since: str) -> bool:
    """Whether somebody did something about a subject at an instant or later."""
    values = {"actor": actor, "action": action, "subject": subject, "since": since}
    statement = """select 1 as yes from audit where subject = :subject and actor = :actor and action = :action
        and at >= :since limit 1"""
    return row(db, statement, values) is not None


def of_subject(db: Database, subject: str) -> list[Row]:
    """What was recorded of one subject, oldest first."""
    return rows(
        db,
        """select audit.at, audit.actor, audit.action, audit_detail.details from audit
        join audit_detail on audit_detail.seq = audit.seq where audit.subject = :subject order by audit.seq""",
        {"subject": subject},
    )
