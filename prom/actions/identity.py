"""Who holds the phone: the year of birth that a link may ask for, and the pass that the right one gives."""

from datetime import datetime

from prom.actions import numbers
from prom.actions.means import Means
from prom.errors import Refusal
from prom.keys import fresh_token, token_hash
from prom.rules.identity import THANKS_LAST, TRIES, asks_year, needs_year, runs
from prom.rules.study import Study
from prom.rules.times import instant, stamp
from prom.rules.visit import takes_answers
from prom.store import audit, contacts, participants, passes, reports, tasks, visits
from prom.store.connect import Database, Row, write


def of_holder(
    db: Database, means: Means, study: Study, participant_id: str, link: Row, given: str, now: datetime
) -> tuple[str, Row | None]:
    """How the holder of a link is known, and the pass in the address, if it was ever given out for this link.

    link: nothing is asked · birth_year: it was given, and the pass runs · lapsed: the pass has run out · asked: it was
    not given. A link that has ended knows nobody. given: the pass in the address, "" for none.
    """
    found = passes.of_link(db, link["id"], token_hash(given)) if given else None
    if found and runs(found["last_used_at"], now) and not link["ended_at"]:
        return "birth_year", found
    if link["ended_at"] or asked(db, means, study, participant_id):
        return "lapsed" if found else "asked", found
    return "link", found


def asked(db: Database, means: Means, study: Study, participant_id: str) -> bool:
    """Whether a participant's links ask for the year of birth."""
    on_file = bool(contacts.of_participant(db, participant_id)["birth_year_sealed"])
    return asks_year(study, on_file, numbers.shares(db, means, participant_id))


def give_year(db: Database, means: Means, link_id: str, year: int, now: datetime) -> str | None:
    """Try a year of birth on a link: the pass that the right one gives, "" for a wrong one. The fifth wrong one locks
    the link and makes a task.

    One write: no number of tries side by side passes the limit. None where no page asks for it, as on a link that is
    locked or has ended: no try is taken then, and nothing told of the year."""
    with write(db):
        link = visits.link(db, link_id)
        visit = visits.by_id(db, link["visit_id"])
        if link["locked_at"] or link["ended_at"] or not _takes_tries(db, means, visit, now):
            return None
        contact = contacts.of_participant(db, visit["participant_id"])
        if means.keys.open(contact["birth_year_sealed"]) == str(year):
            return _right(db, link, now)
        return _wrong(db, link, visit, now)


def _takes_tries(db: Database, means: Means, visit: Row, now: datetime) -> bool:
    """Whether the page of a visit's link asks for the year of birth: of a form that takes answers once its first screen
    is saved, of one that was sent while its thanks last."""
    person, study = participants.by_id(db, visit["participant_id"]), means.study(db, visit["study_version"])
    if not asked(db, means, study, person["id"]):
        return False
    if visit["submitted_at"]:
        return now < instant(visit["submitted_at"]) + THANKS_LAST
    follows = not person["left"] and bool(person["study_consent"]) and takes_answers(visit, now)
    return follows and study.instrument.red in reports.answers(db, visit["id"])


def _right(db: Database, link: Row, now: datetime) -> str:
    token = fresh_token()
    passes.add_pass(db, link["id"], token_hash(token), stamp(now))
    visits.forgive_wrong_years(db, link["id"])
    audit.record(db, stamp(now), "participant", "year_right", link["visit_id"])
    return token


def _wrong(db: Database, link: Row, visit: Row, now: datetime) -> str:
    link = visits.wrong_year(db, link["id"], TRIES, stamp(now))
    audit.record(db, stamp(now), "participant", "year_wrong", visit["id"], locked=bool(link["locked_at"]))
    if link["locked_at"]:
        about = {"participant_id": visit["participant_id"], "visit_id": visit["id"]}
        tasks.raise_task(db, "link_locked", visit["id"], stamp(now), **about)
    return ""


def use(db: Database, passed: Row, now: datetime) -> None:
    """Note that a pass was used: it is good for two hours from now."""
    with write(db):
        passes.use(db, passed["id"], stamp(now))


def check_year(db: Database, means: Means, number: str, year: int | None, *, participant_id: str | None = None) -> None:
    """Raises Refusal for a missing year of birth where links will ask for one. number: E.164, "" for none;
    participant_id: whose it becomes, None for a new one. With a shared number the others need theirs as well, and
    another one each: it is all that tells them apart."""
    hashes = means.keys.number_hashes(number) if number else ()
    others = [each for each in contacts.sharing(db, hashes) if each != participant_id]
    if year is None and needs_year(means.study(db), bool(others)):
        raise Refusal("birth_year_missing")
    theirs = [means.keys.open(contacts.of_participant(db, each)["birth_year_sealed"]) for each in others]
    if "" in theirs:
        raise Refusal("birth_year_missing_there")
    if str(year) in theirs:
        raise Refusal("birth_year_same")
