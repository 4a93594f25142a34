"""Numbers among those of others: their hashes, who shares one, and all of them under the newest key."""

from prom.actions.means import Means
from prom.keys import Keys, UnknownKey
from prom.store import contacts, participants, staff
from prom.store.connect import Database, Row, write


def hashes_of(means: Means, contact: Row) -> tuple[str, ...]:
    """The hashes under all keys of the number in a contact row, () where there is none; the stored one alone where no
    key opens the number."""
    try:
        number = means.keys.open(contact["mobile_sealed"])
    except UnknownKey:
        return (contact["number_hash"],)
    return means.keys.number_hashes(number) if number else ()


def all_hashes(db: Database, means: Means, number_hash: str) -> tuple[str, ...]:
    """The hashes under all keys, newest first, of a number known by one of them: that of a text which went out before a
    key was changed is found all the same. That one alone where nobody has the number."""
    if means.keys.several:
        for each in [*contacts.with_number(db), *staff.with_number(db)]:
            hashes = hashes_of(means, each)
            if number_hash in hashes:
                return hashes
    return (number_hash,)


def shares(db: Database, means: Means, participant_id: str) -> bool:
    """Whether a participant's number is another one's too."""
    people = contacts.sharing(db, hashes_of(means, contacts.of_participant(db, participant_id)))
    return any(each != participant_id for each in people)


def others_now(db: Database, means: Means, number: str, participant_id: str | None) -> list[str]:
    """The participants beside this one who have a number (E.164, "" for none) and have not left."""
    found = contacts.sharing(db, means.keys.number_hashes(number)) if number else []
    return [each for each in found if each != participant_id and not participants.by_id(db, each)["left"]]


def shares_now(db: Database, means: Means, participant_id: str) -> bool:
    """Whether a participant's number is that of another one who has not left."""
    number = means.keys.open(contacts.of_participant(db, participant_id)["mobile_sealed"])
    return bool(others_now(db, means, number, participant_id))


def renew(db: Database, keys: Keys) -> None:
    """Keep every number, and each opt-out of one, under the newest key: at a start with more than one. What is stored
    later stands under it too, so pages and monitors compare hashes and open no number."""
    if not keys.several:
        return
    for each in [*contacts.with_number(db), *staff.with_number(db)]:
        try:
            hashes = keys.number_hashes(keys.open(each["mobile_sealed"]))
        except UnknownKey:
            continue  # it stays as it is; `flask doctor` tells of it
        if each["number_hash"] != hashes[0] or contacts.opted_out(db, hashes[1:]):
            with write(db):
                contacts.keep_under_newest(db, hashes)
