"""Queue a text to a member of staff, in the words of the study in force."""

from datetime import datetime

from prom.actions.means import Means
from prom.rules.times import stamp
from prom.store import messages
from prom.store.connect import Database

LOST = ("failed", "undelivered", "dropped")  # such a text tells nobody


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
