"""A participant's number among those of others: its hashes, and who shares it."""

from prom.actions.means import Means
from prom.keys import UnknownKey
from prom.store import contacts
from prom.store.connect import Database, Row


def hashes_of(means: Means, contact: Row) -> tuple[str, ...]:
    """The hashes under all keys of the number in a contact row, () where there is none; the stored one alone where no
    key opens the number."""
    try:
        number = means.keys.open(contact["mobile_sealed"])
    except UnknownKey:
        return (contact["number_hash"],)
    return means.keys.number_hashes(number) if number else ()


def shares(db: Database, means: Means, participant_id: str) -> bool:
    """Whether a participant's number is another one's too."""
    people = contacts.sharing(db, hashes_of(means, contacts.of_participant(db, participant_id)))
    return any(each != participant_id for each in people)
