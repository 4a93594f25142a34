"""A text of the study file, filled with made-up values, sent as a test to the member of staff who asks for it."""

from datetime import datetime

from prom.actions import send
from prom.actions.means import Means
from prom.errors import Conflict, NotFound, TooMany
from prom.rules import sending, text_sample
from prom.rules.times import DAY, stamp
from prom.store import audit, messages
from prom.store.connect import Database, write

MOST_A_DAY = 10


def to_oneself(db: Database, means: Means, key: str, language: str, now: datetime, *, staff_id: str) -> None:
    """Queue a text of the study file in a language, to this person's own number; whether it may go is decided again
    when it is sent. Asked for twice in a second it goes once.

    Raises NotFound for a text that does not leave in that language, TooMany after ten in a day, and Conflict with the
    reason where none may go to this number."""
    study = means.study(db)
    if language not in study.study.languages or key not in text_sample.keys(study, language):
        raise NotFound("not_found")
    with write(db):
        if messages.queued_since(db, staff_id, sending.TEST, stamp(now - DAY)) >= MOST_A_DAY:
            raise TooMany("test_often", most=MOST_A_DAY)
        made = messages.queue(
            db,
            lane="staff",
            kind=sending.TEST,
            step=int(now.timestamp()),
            about=staff_id,
            recipient=staff_id,
            staff_id=staff_id,
            text_key=key,
            language=language,
            study_version=means.version,
            queued_at=stamp(now),
            due_at=stamp(now),
        )
        if made is None:
            return
        message = messages.by_id(db, made)
        assert message is not None
        verdict = send.verdict(db, means, message, now)
        if verdict.what == "drop":  # the row goes with the write
            raise Conflict(f"test_{verdict.reason}")
        audit.record(db, stamp(now), staff_id, "text_tested", staff_id, key=key, language=language)
