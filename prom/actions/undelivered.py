"""A text that did not arrive: what that means beyond the message. Told by a receipt, the provider's list or a call."""

from datetime import datetime

from prom.rules.provider_codes import OPTED_OUT, calls_for
from prom.rules.times import stamp
from prom.store import audit, contacts, staff, tasks, visits
from prom.store.connect import Database, Row


def see_to(db: Database, message: Row, code: str, now: datetime) -> None:
    """An opt-out, or a number for a person to see to; call it inside a write. code: the provider's, "" for none."""
    if calls_for(code) == OPTED_OUT:
        _opted_out(db, message, now)
    elif message["participant_id"]:
        about = {"participant_id": message["participant_id"], "visit_id": message["visit_id"]}
        tasks.raise_task(db, "undelivered", message["participant_id"], stamp(now), **about)
    if message["participant_id"]:
        visits.look_again(db, message["participant_id"], stamp(now))


def _opted_out(db: Database, message: Row, now: datetime) -> None:
    """The provider sends no more to this number: mirror its opt-out."""
    person = staff.by_id(db, message["staff_id"]) if message["staff_id"] else None
    if message["participant_id"]:
        person = contacts.of_participant(db, message["participant_id"])
    if person and person["number_hash"]:
        contacts.opt_out(db, person["number_hash"], "provider", stamp(now))
        audit.record(db, stamp(now), "system", "opted_out", message["recipient"], how="provider")
