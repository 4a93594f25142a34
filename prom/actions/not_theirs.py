"""Somebody at a participant's number says: this is not for me."""

from datetime import datetime

from prom.actions import plan
from prom.actions.means import Means
from prom.rules.times import stamp
from prom.store import audit, contacts, held, passes, reports, tasks, visits
from prom.store.connect import Database, Row, write

HOW = "not_me"  # how the links end


def say(db: Database, means: Means, link_id: str, now: datetime) -> None:
    """The number is not the participant's: no text of any kind until another one is given or staff verify this one.

    One write: every link of the participant ends, what was answered here and not sent is deleted, somebody is asked to
    see to it. An alert that was raised stays. Nothing happens by a link that has ended: it was said before, or the
    number is not theirs any more."""
    with write(db):
        link = visits.link(db, link_id)
        if link["ended_at"]:
            return
        visit = visits.by_id(db, link["visit_id"])
        participant_id = visit["participant_id"]
        contacts.change(db, participant_id, wrong_since=stamp(now), verified_at=None, verified_how=None)
        for each in visits.of_participant(db, participant_id):
            visits.end_links(db, each["id"], HOW, stamp(now))
            passes.drop(db, each["id"])
        if not visit["submitted_at"]:
            _forget(db, visit)
        about = {"participant_id": participant_id, "visit_id": visit["id"]}
        tasks.raise_task(db, "not_for_me", participant_id, stamp(now), **about)
        audit.record(db, stamp(now), "participant", "not_for_me", participant_id)
        plan.keep(db, means, participant_id, now)


def _forget(db: Database, visit: Row) -> None:
    """No answer that came by link is kept, and the form is as it was before the first; what staff entered stays."""
    reports.forget_draft(db, visit["id"])
    held.forget_visit(db, visit["id"])
    entered = [screen["saved_at"] for screen in reports.screens(db, visit["id"]) if not screen["late"]]
    visits.change(db, visit["id"], started_at=min(entered, default=None))


def mended(db: Database, participant_id: str, how: str, now: datetime, staff_id: str) -> None:
    """The number is the participant's after all, or another one was given; call it inside a write. how: the task's
    outcome, number_verified | number_changed."""
    contacts.change(db, participant_id, wrong_since=None)
    tasks.finish_for(db, "not_for_me", participant_id, stamp(now), staff_id, how)
    visits.look_again(db, participant_id, stamp(now))
