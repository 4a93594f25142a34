"""Who looked at whom: every view of an alert or a participant, and the one tap that opens name and number, or a text
from no participant."""

from dataclasses import dataclass
from datetime import datetime

from prom.actions.means import Means
from prom.errors import NotFound
from prom.rules.times import stamp
from prom.store import audit, contacts, messages, participants, tasks
from prom.store.connect import Database, write

OF_NOBODY = ("unknown_number", "staff_reply")  # tasks about texts that came from no participant


@dataclass(frozen=True)
class Contact:
    """A participant's contact data, opened; "" for what is not known or was erased."""

    name: str
    birth_year: str
    mobile: str
    call_name: str
    verified: bool
    second_contact: str
    record_number: str
    language: str
    needs_interpreter: bool


def viewed(db: Database, subject: str, now: datetime, *, staff_id: str) -> None:
    """Append to the audit that a page about a subject was shown."""
    with write(db):
        audit.record(db, stamp(now), staff_id, "viewed", subject)


def contact(db: Database, means: Means, participant_id: str, now: datetime, *, staff_id: str) -> Contact:
    """Append to the audit that name and number are shown, and open them."""
    with write(db):
        audit.record(db, stamp(now), staff_id, "contact_shown", participant_id)
        row = contacts.of_participant(db, participant_id)
        person = participants.by_id(db, participant_id)
    return Contact(
        name=means.keys.open(row["name_sealed"]),
        birth_year=means.keys.open(row["birth_year_sealed"]),
        mobile=means.keys.open(row["mobile_sealed"]),
        call_name=means.keys.open(row["call_name_sealed"]),
        verified=bool(row["verified_at"]),
        second_contact=means.keys.open(row["second_contact_sealed"]),
        record_number=means.keys.open(row["record_number_sealed"]),
        language=person["language"],
        needs_interpreter=bool(person["needs_interpreter"]),
    )


@dataclass(frozen=True)
class Text:
    """A text from no participant. sender: E.164, or as it came (a short code, a name)."""

    at: str
    sender: str
    words: str


def texts(
    db: Database, means: Means, task_id: str, now: datetime, *, staff_id: str, sites: tuple[str, ...]
) -> list[Text]:
    """Append to the audit that the texts of an open task of these sites are shown, and open them. Raises NotFound."""
    with write(db):
        task = next((each for each in tasks.open_tasks(db, sites) if each["id"] == task_id), None)
        if task is None or task["kind"] not in OF_NOBODY:
            raise NotFound("task_not_found")
        audit.record(db, stamp(now), staff_id, "texts_shown", task_id)
        found = messages.inbound_of_nobody(db, task["subject"], task["raised_at"])
    opened = means.keys.open
    return [Text(row["at"], opened(row["sender_sealed"]), opened(row["text_sealed"])) for row in found]
