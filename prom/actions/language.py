"""The language of a participant's texts and forms: who may have which, and who must have another one for now."""

from datetime import datetime

from prom.actions.means import Means
from prom.errors import Refusal
from prom.rules.languages import choosable, spoken_to
from prom.rules.study import Study
from prom.rules.times import stamp
from prom.store import audit, participants, tasks
from prom.store.connect import Database, Row, write

UNAPPROVED = "language_unapproved"  # the task


def check(study: Study, language: str, live: bool) -> None:
    """Raises Refusal for a language that a participant may not have."""
    offered = choosable(study, live)
    if language not in offered:
        raise Refusal("language_unknown", languages=", ".join(offered))


def of(means: Means, study: Study, person: Row) -> str:
    """The language in which a participant is spoken to now, in a version of the study."""
    return spoken_to(study, person["language"], means.live)


def change(
    db: Database, means: Means, participant_id: str, language: str, now: datetime, *, staff_id: str | None = None
) -> None:
    """Another language from now on, by the participant's own choice or (staff_id) for them; texts that wait to go take
    it too. Raises Refusal."""
    with write(db):
        check(means.study(db), language, means.live)
        if participants.by_id(db, participant_id)["language"] == language:
            return
        participants.set_language(db, participant_id, language)
        tasks.finish_for(db, UNAPPROVED, participant_id, stamp(now), staff_id, "language_changed")
        audit.record(db, stamp(now), staff_id or "participant", "language_changed", participant_id, language=language)


def watch(db: Database, means: Means, person: Row, now: datetime) -> None:
    """Ask once for the approval of a language that a participant has and may not have yet; call it inside a write."""
    study = means.study(db)
    if of(means, study, person) == person["language"] or person["left"]:
        tasks.finish_for(db, UNAPPROVED, person["id"], stamp(now), None, "settled")
    elif not tasks.exists(db, UNAPPROVED, person["id"]):
        tasks.raise_task(db, UNAPPROVED, person["id"], stamp(now), participant_id=person["id"])
