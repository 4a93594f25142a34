"""How a participant is reached: number and person, whether the number was verified, the way of contact, consents.

Opt-outs belong to numbers (`receive`); nothing here gives or ends one.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from prom.actions import call_name, identity, new_link, not_theirs, queue, sign_in
from prom.actions.answer import asks
from prom.actions.enrol import CONTACT_MODES, check_age, check_name, check_not_shared
from prom.actions.means import Means
from prom.errors import Conflict, Refusal
from prom.rules.days import check_done
from prom.rules.numbers import e164
from prom.rules.times import local_day, stamp
from prom.store import audit, contacts, participants, tasks, visits
from prom.store.connect import Database, Row, write

VERIFIED_HOW = ("code", "call")
CONSENTS = ("study", "texts")
WRONG = ("wrong_number", "undelivered")  # tasks that another number ends, beside `not_for_me`


@dataclass(frozen=True)
class Reach:
    """What may be said of a number without showing it. verified_how: "code" | "call" | None for not yet. blocked: the
    provider itself sends nothing to it. opt_outs: all of them, the oldest first."""

    number: bool
    verified_how: str | None
    verified_at: str | None
    opted_out: bool
    blocked: bool
    opt_outs: tuple[Row, ...]


@dataclass(frozen=True)
class Person:
    """Contact data as a coordinator gives it; empty text and None are "not given". shared: known to be another
    participant's number too; call_name: what this one's texts begin with then."""

    name: str = ""
    mobile: str = ""
    shared: bool = False
    call_name: str = ""
    birth_year: int | None = None
    second_contact: str = ""
    record_number: str = ""


def reach(db: Database, means: Means, participant_id: str) -> Reach:
    """Whether there is a number, whether it was verified, whether it is or was opted out."""
    row = contacts.of_participant(db, participant_id)
    number = means.keys.open(row["mobile_sealed"])
    found = contacts.opt_outs(db, means.keys.number_hashes(number)) if number else []
    standing = [each for each in found if not each["ended_at"]]
    blocked = any(each["at_provider"] for each in standing)
    return Reach(bool(number), row.get("verified_how"), row["verified_at"], bool(standing), blocked, tuple(found))


def change(db: Database, means: Means, participant_id: str, given: Person, now: datetime, *, staff_id: str) -> str:
    """Replace a participant's contact data: "" (the number stays) | number (it became another one) | link (and a text
    with a link to the form that is open now goes to it).

    Another number is not verified, ends the links that went to the old one, and ends the tasks about it; whether it is
    opted out is a fact of the number and stays. Raises Refusal.
    """
    study = means.study(db)
    check_name(given.name)
    number = e164(given.mobile, study.clinic.phone) if given.mobile else ""
    with write(db):
        person = participants.by_id(db, participant_id)
        if person["contact_mode"] == "text" and not number:
            raise Refusal("number_missing")
        check_age(study, given.birth_year, local_day(now, ZoneInfo(person["zone"])))
        before = means.keys.open(contacts.of_participant(db, participant_id)["mobile_sealed"])
        if number != before and not given.shared:
            check_not_shared(db, means, number)
        identity.check_year(db, means, number, given.birth_year, participant_id=participant_id)
        joins = number != before
        called = number, given.call_name, person["language"]
        call_name.check(db, means, *called, participant_id=participant_id, joins=joins)
        contacts.change(db, participant_id, **_sealed(means, given))
        if number != before:
            _another_number(db, means, participant_id, number, now, staff_id)
        known = "changed" if number != before else "same"
        audit.record(db, stamp(now), staff_id, "contact_changed", participant_id, number=known)
        visits.look_again(db, participant_id, stamp(now))
        if number == before:
            return ""
        return "link" if new_link.after_mending(db, means, participant_id, now) else "number"


def mend_number(
    db: Database,
    means: Means,
    participant_id: str,
    mobile: str,
    now: datetime,
    *,
    staff_id: str,
    shared: bool = False,
    called: str = "",
) -> bool:
    """Replace a number that does not work, and nothing else; whether a text with a link to the form that is open now
    goes to the new one. shared: known to be another participant's too; called: this one's call name then, "" for the
    one on file. Raises Refusal, also for the same number."""
    number = e164(mobile, means.study(db).clinic.phone)
    with write(db):
        row = contacts.of_participant(db, participant_id)
        if number == means.keys.open(row["mobile_sealed"]):
            raise Refusal("number_same")
        if not shared:
            check_not_shared(db, means, number)
        year = means.keys.open(row["birth_year_sealed"])
        identity.check_year(db, means, number, int(year) if year else None, participant_id=participant_id)
        name, person = called or means.keys.open(row["call_name_sealed"]), participants.by_id(db, participant_id)
        call_name.check(db, means, number, name, person["language"], participant_id=participant_id)
        if called:
            contacts.change(db, participant_id, call_name_sealed=means.keys.seal(called))
        _another_number(db, means, participant_id, number, now, staff_id)
        audit.record(db, stamp(now), staff_id, "contact_changed", participant_id, number="changed")
        return new_link.after_mending(db, means, participant_id, now)


def verify(db: Database, means: Means, participant_id: str, how: str, now: datetime, *, staff_id: str) -> bool:
    """Record that the number was verified: by a code read back, or by a call. Somebody there may have said that it is
    not theirs, or texts to it failed: that is mended, and a text with a link to the form that is open now goes to it.
    Returns whether one does. Raises Refusal without a number."""
    if how not in VERIFIED_HOW:
        raise Refusal("verified_unknown")
    with write(db):
        before = contacts.of_participant(db, participant_id)
        if not before["mobile_sealed"]:
            raise Refusal("number_missing")
        contacts.change(db, participant_id, verified_at=stamp(now), verified_how=how)
        _mended(db, participant_id, "number_verified", now, staff_id)
        audit.record(db, stamp(now), staff_id, "number_verified", participant_id, how=how)
        failed = bool(before["wrong_since"] or before["failed_since"])
        return failed and new_link.after_mending(db, means, participant_id, now)


def change_mode(
    db: Database, participant_id: str, mode: str, needs_interpreter: bool, now: datetime, *, staff_id: str
) -> None:
    """Record how to reach a participant from now on. Raises Refusal, also for texts where there is no number."""
    if mode not in CONTACT_MODES:
        raise Refusal("contact_mode_unknown")
    with write(db):
        if mode == "text" and not contacts.of_participant(db, participant_id)["mobile_sealed"]:
            raise Refusal("number_missing")
        participants.set_contact_mode(db, participant_id, mode, int(needs_interpreter))
        audit.record(db, stamp(now), staff_id, "contact_mode", participant_id, mode=mode)
        visits.look_again(db, participant_id, stamp(now))


def consent(
    db: Database, means: Means, participant_id: str, kind: str, given: bool, on: date, now: datetime, *, staff_id: str
) -> None:
    """Record a consent given later, or withdrawn. kind: "study" | "texts". Raises Refusal, also for a day that cannot
    be."""
    if kind not in CONSENTS:
        raise Refusal("consent_unknown")
    with write(db):
        person = participants.by_id(db, participant_id)
        check_done(on, local_day(now, ZoneInfo(person["zone"])))
        if not given:
            _check_after_giving(db, participant_id, kind, on)
        participants.add_consent(
            db,
            participant_id,
            kind,
            int(given),
            stamp(now),
            version=means.study(db).study.consent_version,
            language=person["language"],
            signed_on=on.isoformat(),
            recorded_by=staff_id,
        )
        audit.record(db, stamp(now), staff_id, "consent", participant_id, kind=kind, given=given, on=on.isoformat())
        if kind == "study":
            _end_tasks_of_consent(db, participant_id, given, now, staff_id)
        visits.look_again(db, participant_id, stamp(now))


def _check_after_giving(db: Database, participant_id: str, kind: str, on: date) -> None:
    """Raises Refusal for a day of withdrawal before that on which the consent was last given."""
    given = [row for row in participants.consents(db, participant_id) if row["kind"] == kind and row["given"]]
    if given and on.isoformat() < given[-1]["signed_on"]:
        raise Refusal("withdrawn_before_given", given=given[-1]["signed_on"])


def _end_tasks_of_consent(db: Database, participant_id: str, given: bool, now: datetime, staff_id: str) -> None:
    """Given: nobody need ask for it any more. Withdrawn: nobody is called."""
    if given:
        tasks.finish_for(db, "consent_missing", participant_id, stamp(now), staff_id, "consent_given")
        return
    for visit in visits.of_participant(db, participant_id):
        tasks.finish_for(db, "call", visit["id"], stamp(now), staff_id, "consent_withdrawn")


def link_for_here(db: Database, means: Means, visit_id: str, now: datetime, *, staff_id: str, session: str = "") -> str:
    """The address of a visit's form, for somebody in the clinic. session: the token of the staff's session on the
    device that is given over, which ends with it. Raises Conflict when the visit takes no answers now."""
    with write(db):
        visit = visits.by_id(db, visit_id)
        person = participants.by_id(db, visit["participant_id"])
        if not asks(visit, person, now):
            raise Conflict("visit_not_open")
        audit.record(db, stamp(now), staff_id, "device_given" if session else "link_shown", visit_id)
        if session:
            sign_in.sign_out(db, session, now)
        return queue.link(means, queue.ensure_link(db, means, visit_id, now))


def _sealed(means: Means, given: Person) -> dict[str, Any]:
    """The columns beside the number."""
    texts = {
        "name_sealed": given.name,
        "call_name_sealed": given.call_name,
        "birth_year_sealed": str(given.birth_year) if given.birth_year else "",
        "second_contact_sealed": given.second_contact,
        "record_number_sealed": given.record_number,
    }
    return {column: means.keys.seal(text) if text else None for column, text in texts.items()}


def _another_number(db: Database, means: Means, participant_id: str, number: str, now: datetime, staff_id: str) -> None:
    contacts.change(
        db,
        participant_id,
        mobile_sealed=means.keys.seal(number) if number else None,
        number_hash=means.keys.number_hash(number) if number else None,
        number_since=stamp(now),
        verified_at=None,
        verified_how=None,
    )
    contacts.keep_under_newest(db, means.keys.number_hashes(number))
    for visit in visits.of_participant(db, participant_id):
        visits.end_links(db, visit["id"], "number_changed", stamp(now))
    _mended(db, participant_id, "number_changed", now, staff_id)


def _mended(db: Database, participant_id: str, how: str, now: datetime, staff_id: str) -> None:
    """Texts go to the number again, and nobody need see to it any more. how: the tasks' outcome."""
    contacts.change(db, participant_id, failed_since=None)
    not_theirs.mended(db, participant_id, how, now, staff_id)
    for kind in WRONG:
        tasks.finish_for(db, kind, participant_id, stamp(now), staff_id, how)
