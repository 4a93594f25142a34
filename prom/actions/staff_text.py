"""Queue a text to a member of staff, in the words of the study in force."""

from datetime import datetime, timedelta

from prom.actions.means import Means
from prom.rules.study import Study
from prom.rules.times import stamp
from prom.store import messages
from prom.store.connect import Database, Row

_FAILED = ("failed", "undelivered", "dropped")
_UNSURE = ("sending", "unknown", "queued")


def lost(study: Study, text: Row, now: datetime) -> bool:
    """Whether a text tells nobody: it failed, or was tried and is not known to be accepted within the study's seconds.
    One that is no longer so is not lost."""
    if text["status"] in _FAILED:
        return text["reason"] != "overtaken"
    before = stamp(now - timedelta(seconds=study.alerts.staff_accept_seconds))
    if text["status"] not in _UNSURE or not text["claimed_at"]:
        return False
    return text["claimed_at"] <= before or text["attempts"] > 1 and text["queued_at"] <= before


def queue(
    db: Database,
    means: Means,
    kind: str,
    text_key: str,
    staff_id: str,
    now: datetime,
    *,
    about: str,
    step: int = 0,
    alert_id: str | None = None,
) -> bool:
    """Whether it is new: each goes at most once for its kind, what it is about, its step and its recipient."""
    made = messages.queue(
        db,
        lane="staff",
        kind=kind,
        step=step,
        about=about,
        recipient=staff_id,
        staff_id=staff_id,
        alert_id=alert_id,
        text_key=text_key,
        language=means.study(db).study.default_language,
        study_version=means.version,
        queued_at=stamp(now),
        due_at=stamp(now),
    )
    return made is not None
