"""Status events: a participant leaves follow-up, wants no texts, cannot be found. Each takes effect at once."""

from datetime import datetime

from prom.actions import plan
from prom.actions.means import Means
from prom.errors import Refusal
from prom.rules.times import stamp
from prom.store import audit, participants, tasks
from prom.store.connect import Database, write
from prom.store.participants import LEAVING

KINDS = (
    "stopped_texts",
    "resumed_texts",
    "left_follow_up",
    "lost",
    "deceased",
    "screen_failure",
    "entered_in_error",
    "undone",
)


def record_status(
    db: Database, means: Means, participant_id: str, kind: str, now: datetime, *, source: str, staff_id: str | None
) -> None:
    """Append a status event and plan anew: leaving cancels what is not yet answered; open alerts survive.

    "undone" takes back the leaving. Raises Refusal for a kind that is not known.
    """
    if kind not in KINDS:
        raise Refusal("status_unknown")
    with write(db):
        participants.add_status(db, participant_id, kind, stamp(now), source, staff_id)
        audit.record(db, stamp(now), staff_id or source, "status", participant_id, kind=kind)
        if kind in LEAVING:
            tasks.finish_for(db, "leave_asked", participant_id, stamp(now), staff_id, "left")
        person = participants.by_id(db, participant_id)
        if not (person["left"] or person["texts_stopped"]):
            tasks.finish_for(db, "start_asked", participant_id, stamp(now), staff_id, "done")
        plan.keep(db, means, participant_id, now)
