"""Enrol a participant: person, contact, consents, procedure and visits in one write."""

import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from prom.actions import call_name, identity, language, plan
from prom.actions.means import Means
from prom.actions.procedures import Recorded, add_procedure
from prom.actions.procedures import check as check_procedure
from prom.errors import Conflict, Refusal
from prom.rules.days import check_done
from prom.rules.numbers import e164
from prom.rules.study import Study
from prom.rules.times import local_day, stamp
from prom.store import audit, contacts, participants, studies
from prom.store.connect import Database, write

CONTACT_MODES = ("text", "phone", "paper", "none")
LONGEST_NAME = 200
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


@dataclass(frozen=True)
class Enrolment:
    """What a coordinator gives. Dates are dates, empty text is "not given".

    eligibility: {question key: number}. study_consent_on, texts_consent_on: the day each was given, None for not given.
    verified: how the mobile was verified ("code" | "call"), None for not yet. shared: known to be another's number too;
    call_name: what this one's texts begin with then.
    """

    code: str
    name: str = ""
    mobile: str = ""
    verified: str | None = None
    shared: bool = False
    call_name: str = ""
    birth_year: int | None = None
    zone: str = ""
    language: str = ""
    contact_mode: str = "text"
    needs_interpreter: bool = False
    record_number: str = ""
    second_contact: str = ""
    eligibility: dict[str, float] = field(default_factory=dict)
    study_consent_on: date | None = None
    texts_consent_on: date | None = None
    procedure: Recorded | None = None
    site_id: str = "main"
    assigned_arm: str | None = None


def enrol(
    db: Database,
    means: Means,
    given: Enrolment,
    now: datetime,
    *,
    staff_id: str | None = None,
    imported: bool = False,
    synthetic: bool = False,
) -> str:
    """Enrol; returns the participant's id. Raises Refusal naming the first thing that is wrong.

    The first participant fixes the kind of the database: synthetic for made-up people, else real. A synthetic
    database takes people and stays synthetic.
    """
    study = means.study(db)
    number = _check(study, given, now, means.live)
    with write(db):
        kind = "synthetic" if synthetic or studies.kind(db) == "synthetic" and not imported else "real"
        studies.fix_kind(db, kind, stamp(now))
        _check_code_free(db, given.code)
        if not given.shared:
            check_not_shared(db, means, number)
        if not imported:  # nobody gets a link of theirs
            identity.check_year(db, means, number, given.birth_year)
            spoken = given.language or study.study.default_language
            call_name.check(db, means, number, given.call_name, spoken)
        participant_id = participants.add_participant(
            db, **_person(study, given, now, staff_id), imported=int(imported)
        )
        contacts.add_contact(db, participant_id, **_contact(means, given, number, now))
        contacts.keep_under_newest(db, means.keys.number_hashes(number))
        _consents(db, study, given, participant_id, stamp(now), staff_id)
        audit.record(db, stamp(now), staff_id or "system", "enrolled", participant_id, mode=given.contact_mode)
        if given.procedure:
            add_procedure(db, means, participant_id, given.procedure, now, staff_id)
        plan.keep(db, means, participant_id, now)
    return participant_id


def faults(db: Database, means: Means, given: Enrolment, now: datetime) -> list[Refusal]:
    """All that stands against enrolling so that is known beside the form's own shapes: a code that is taken, a number
    that somebody has, a day of the procedure that cannot be. What is misshapen is not judged here."""
    study = means.study(db)
    zone, number = given.zone if given.zone in available_timezones() else study.study.zone, _number(study, given)
    checks = [partial(_check_code_free, db, given.code)]
    if not given.shared:
        checks.append(partial(check_not_shared, db, means, number))
    if given.birth_year:
        checks.append(partial(identity.check_year, db, means, number, given.birth_year))
    if given.procedure:
        checks.append(partial(check_procedure, given.procedure, ZoneInfo(zone), now))
    found: list[Refusal] = []
    for check in checks:
        try:
            check()
        except Refusal as refusal:
            found.append(refusal)
    return found


def is_eligible(study: Study, answers: dict[str, float]) -> bool:
    """Whether the entry questions are all answered as the study asks."""
    for question in study.eligibility:
        value = answers.get(question.key)
        if value is None or question.at_least is not None and value < question.at_least:
            return False
        if question.above is not None and value <= question.above:
            return False
    return True


def check_code(code: str) -> None:
    """Raises Refusal for a code that is written otherwise than the study's, or that would be taken for something
    else: `test-1` for a try-out, `new` for the page that enrols."""
    if not CODE.fullmatch(code):
        raise Refusal("code_odd")
    if code.lower() == "new" or code.upper().startswith("TEST-") and not code.startswith("TEST-"):
        raise Refusal("code_kept")


def check_age(study: Study, birth_year: int | None, today: date) -> None:
    """Raises Refusal for a year that cannot be, or an age below the study's minimum. None is not judged."""
    if birth_year is None:
        return
    age = today.year - birth_year
    if not 0 <= age <= 120:
        raise Refusal("birth_year_odd")
    if age < study.study.minimum_age:
        raise Refusal("too_young", minimum=study.study.minimum_age)


def _check_code_free(db: Database, code: str) -> None:
    """Raises Conflict for a code that somebody has."""
    if participants.code_taken(db, code):
        raise Conflict("code_taken", code=code)


def _number(study: Study, given: Enrolment) -> str:
    """The mobile as E.164; "" for none, or for one that cannot be."""
    try:
        return e164(given.mobile, study.clinic.phone) if given.mobile else ""
    except Refusal:
        return ""


def check_name(name: str) -> None:
    """Raises Refusal for a name that is too long."""
    if len(name) > LONGEST_NAME:
        raise Refusal("name_long", longest=LONGEST_NAME)


def _check_answers(study: Study, answers: dict[str, float]) -> None:
    """Raises Refusal for an answer to an entry question that is outside its bounds."""
    for question in study.eligibility:
        value = answers.get(question.key)
        if value is not None and not question.low <= value <= question.high:
            raise Refusal("entry_range", question=question.key, low=f"{question.low:g}", high=f"{question.high:g}")


def _check_arm(study: Study, arm: str | None) -> None:
    """Raises Refusal for an assigned arm that the study file does not name."""
    arms = [*filter(None, (kind.arm for kind in study.procedures.values())), study.path.decision]
    if arm is not None and arm not in arms:
        raise Refusal("arm_unknown", arms=", ".join(arms))


def check_not_shared(db: Database, means: Means, number: str) -> None:
    """Raises Refusal for a number (E.164; "" for none) that a participant has: sharing a phone is to be confirmed."""
    if number and contacts.sharing(db, means.keys.number_hashes(number)):
        raise Refusal("number_shared")


def _check(study: Study, given: Enrolment, now: datetime, live: bool) -> str:
    """The mobile as E.164, "" for none; raises Refusal for the first thing that is wrong."""
    check_code(given.code)
    check_name(given.name)
    _check_answers(study, given.eligibility)
    _check_arm(study, given.assigned_arm)
    if given.zone and given.zone not in available_timezones():
        raise Refusal("zone_unknown", zone=given.zone)
    if given.contact_mode not in CONTACT_MODES:
        raise Refusal("contact_mode_unknown")
    language.check(study, given.language or study.study.default_language, live)
    today = local_day(now, ZoneInfo(given.zone or study.study.zone))
    check_age(study, given.birth_year, today)
    for day in (given.study_consent_on, given.texts_consent_on):
        if day:
            check_done(day, today)
    if given.contact_mode == "text" and not given.mobile:
        raise Refusal("number_missing")
    return e164(given.mobile, study.clinic.phone) if given.mobile else ""


def _person(study: Study, given: Enrolment, now: datetime, staff_id: str | None) -> dict[str, Any]:
    zone = given.zone or study.study.zone
    return {
        "code": given.code,
        "study_key": study.study.key,
        "site_id": given.site_id,
        "is_test": int(given.code.upper().startswith("TEST-")),
        "zone": zone,
        "language": given.language or study.study.default_language,
        "needs_interpreter": int(given.needs_interpreter),
        "contact_mode": given.contact_mode,
        "assigned_arm": given.assigned_arm,
        "eligibility": json.dumps(given.eligibility, sort_keys=True),
        "eligible": int(is_eligible(study, given.eligibility)),
        "eligibility_by": staff_id,
        "enrolled_on": local_day(now, ZoneInfo(zone)).isoformat(),
        "enrolled_at": stamp(now),
        "enrolled_by": staff_id,
    }


def _contact(means: Means, given: Enrolment, number: str, now: datetime) -> dict[str, Any]:
    seal = means.keys.seal
    return {
        "name_sealed": seal(given.name) if given.name else None,
        "mobile_sealed": seal(number) if number else None,
        "number_hash": means.keys.number_hash(number) if number else None,
        "call_name_sealed": seal(given.call_name) if given.call_name else None,
        "verified_at": stamp(now) if given.verified and number else None,
        "verified_how": given.verified if number else None,
        "birth_year_sealed": seal(str(given.birth_year)) if given.birth_year else None,
        "second_contact_sealed": seal(given.second_contact) if given.second_contact else None,
        "record_number_sealed": seal(given.record_number) if given.record_number else None,
    }


def _consents(db, study: Study, given: Enrolment, participant_id: str, now: str, staff_id: str | None) -> None:
    for kind, day in (("study", given.study_consent_on), ("texts", given.texts_consent_on)):
        if day:
            participants.add_consent(
                db,
                participant_id,
                kind,
                1,
                now,
                version=study.study.consent_version,
                language=given.language or study.study.default_language,
                signed_on=day.isoformat(),
                recorded_by=staff_id,
            )
