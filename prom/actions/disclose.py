"""Who looked at whom: every view of an alert or a participant, and the one tap that opens name and number."""

from dataclasses import dataclass
from datetime import datetime

from prom.actions.means import Means
from prom.rules.times import stamp
from prom.store import audit, contacts
from prom.store.connect import Database, write


@dataclass(frozen=True)
class Contact:
    """A participant's contact data, opened; "" for what is not known or was erased."""

    name: str
    birth_year: str
    mobile: str
    verified: bool
    second_contact: str
    record_number: str


def viewed(db: Database, subject: str, now: datetime, *, staff_id: str) -> None:
    """Append to the audit that a page about a subject was shown."""
    with write(db):
        audit.record(db, stamp(now), staff_id, "viewed", subject)


def contact(db: Database, means: Means, participant_id: str, now: datetime, *, staff_id: str) -> Contact:
    """Append to the audit that name and number are shown, and open them."""
    with write(db):
        audit.record(db, stamp(now), staff_id, "contact_shown", participant_id)
        row = contacts.of_participant(db, participant_id)
    return Contact(
        name=means.keys.open(row["name_sealed"]),
        birth_year=means.keys.open(row["birth_year_sealed"]),
        mobile=means.keys.open(row["mobile_sealed"]),
        verified=bool(row["verified_at"]),
        second_contact=means.keys.open(row["second_contact_sealed"]),
        record_number=means.keys.open(row["record_number_sealed"]),
    )
