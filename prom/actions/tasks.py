"""Tasks are done by people: with a coded outcome and, where it helps, a note."""

from datetime import datetime

from prom.errors import Conflict, NotFound, Refusal
from prom.rules.times import stamp
from prom.store import audit, participants, tasks, visits
from prom.store.connect import Database, write

OUTCOMES = ("done", "reached", "not_reached", "not_needed")
LONGEST_NOTE = 1000


def finish(
    db: Database,
    task_id: str,
    now: datetime,
    *,
    staff_id: str,
    sites: tuple[str, ...],
    outcome: str,
    note: str = "",
) -> None:
    """Mark a task done. Raises NotFound, Conflict when it was, Refusal for an unknown outcome or a long note, and for
    a task that only recording its procedure ends."""
    if outcome not in OUTCOMES:
        raise Refusal("outcome_required")
    if len(note) > LONGEST_NOTE:
        raise Refusal("note_too_long")
    with write(db):
        task = tasks.by_id(db, task_id)
        if task is None or not _visible(db, task, sites):
            raise NotFound("task_not_found")
        if task["kind"] == "procedure_to_confirm":
            raise Refusal("record_procedure")
        if not tasks.finish(db, task_id, stamp(now), staff_id, outcome, note or None):
            raise Conflict("task_done")
        if task["kind"] == "plain_stop":  # what waited for it is due again
            visits.look_again(db, task["participant_id"], stamp(now))
        audit.record(db, stamp(now), staff_id, "task_done", task_id, kind=task["kind"], outcome=outcome)


def _visible(db: Database, task: dict, sites: tuple[str, ...]) -> bool:
    own = participants.by_id(db, task["participant_id"])["site_id"] if task["participant_id"] else task["of_site"]
    return own is None or own in sites
