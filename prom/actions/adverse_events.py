"""Adverse events: graded, corrected and found to be none by clinicians, each with a signature; the investigator's
decision on a possible serious one. What a participant reported is never touched."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prom.actions import decisions, sign
from prom.actions.alarms import well
from prom.actions.means import Means
from prom.actions.rota import SEES_ALERTS
from prom.errors import Conflict, Forbidden, NotFound, Refusal
from prom.rules.adverse_events import (
    LONGEST_NOTE,
    SOURCES,
    Grading,
    faults,
    record,
    record_of_none,
    reported,
    thing_of,
)
from prom.rules.study import Study, Words
from prom.rules.times import local_day, stamp
from prom.store import adverse_events, alerts, audit, participants, procedures, reports, staff, visits
from prom.store.connect import Database, Row, fresh_id, write


@dataclass(frozen=True)
class About:
    """What is judged. visit_id, item: what was reported, and where; else None, and source says how it became known.
    alert_id: the alert that asked, None for none. event_id: made beforehand, so that the same form sent twice makes
    one event; "" for a new one."""

    participant_id: str
    visit_id: str | None = None
    item: str | None = None
    source: str = "report"
    alert_id: str | None = None
    event_id: str = ""


@dataclass(frozen=True)
class Hand:
    """Who signs: the password as given again, and where from."""

    staff_id: str
    sites: tuple[str, ...]
    password: str
    address: str


def may_grade(person: Row) -> bool:
    """Whether a member of staff (with roles) may grade adverse events."""
    return bool(person["may_grade"]) and bool(set(SEES_ALERTS) & set(person["roles"]))


def may_decide(person: Row) -> bool:
    """Whether their signature is an investigator's decision."""
    return may_grade(person) and "investigator" in person["roles"]


def grade(db: Database, means: Means, about: About, given: Grading, now: datetime, hand: Hand) -> str:
    """Grade an adverse event and sign the grading; returns the event's id. Raises Forbidden, NotFound, Refusal for a
    grading that is not whole or a wrong password, TooMany, Conflict where somebody graded it meanwhile."""
    study = means.study(db)

    def may() -> Row:
        _check(db, means, about, hand)
        _whole(db, study, about.participant_id, given, now)
        return _who(db, hand)

    may()
    by = sign.signer(db, hand.staff_id, hand.password, now, hand.address)
    with write(db):
        person = may()
        event_id = about.event_id or fresh_id()
        before = adverse_events.by_id(db, event_id, hand.sites)
        if before and _is(before, about, given, hand.staff_id):
            return event_id
        if before or about.item and adverse_events.of_report(db, str(about.visit_id), about.item):
            raise Conflict("adverse_event_graded")
        adverse_events.add_event(
            db, event_id, stamp(now), participant_id=about.participant_id, visit_id=about.visit_id, item=about.item,
            source=about.source, alert_id=about.alert_id,
        )  # fmt: skip
        _add(db, event_id, 1, given, None, now, hand.staff_id)
        _sign(db, means, event_id, by, study.adverse_events.meaning, person, now)
        audit.record(db, stamp(now), hand.staff_id, "adverse_event_graded", event_id, version=1)
        return event_id


def correct(
    db: Database, means: Means, event_id: str, given: Grading, reason: str, now: datetime, hand: Hand, *, seen: int
) -> None:
    """Add a version in place of the one that was `seen`, which stays, and sign it. Raises as `grade` does, and Refusal
    without a reason."""
    study = means.study(db)

    def may() -> Row:
        _whole(db, study, _event(db, event_id, hand)["participant_id"], given, now)
        return _who(db, hand)

    may()
    _reason(reason)
    by = sign.signer(db, hand.staff_id, hand.password, now, hand.address)
    with write(db):
        person = may()
        version = _seen(db, event_id, hand, seen) + 1
        _add(db, event_id, version, given, reason.strip(), now, hand.staff_id)
        _sign(db, means, event_id, by, study.adverse_events.meaning, person, now)
        audit.record(db, stamp(now), hand.staff_id, "adverse_event_corrected", event_id, version=version)


def agree(db: Database, means: Means, event_id: str, now: datetime, hand: Hand, *, seen: int) -> None:
    """An investigator signs a grading that somebody else made. Raises Forbidden, NotFound, Refusal, TooMany, Conflict
    where it was corrected since, is signed by them, or was changed otherwise and is nobody's grading any more."""

    def may() -> Row:
        person = _who(db, hand)
        if not may_decide(person):
            raise Forbidden("may_not_agree")
        return person

    may()
    _event(db, event_id, hand)
    by = sign.signer(db, hand.staff_id, hand.password, now, hand.address)
    with write(db):
        person = may()
        _seen(db, event_id, hand, seen)
        standing = sign.signed(db, record(_event(db, event_id, hand)))
        if not any(each["fits"] for each in standing):
            raise Conflict("adverse_event_changed")
        if any(each["signed_by"] == hand.staff_id for each in standing):
            raise Conflict("adverse_event_signed")
        _sign(db, means, event_id, by, means.study(db).adverse_events.agree_meaning, person, now)


def find_none(db: Database, means: Means, about: About, reason: str, now: datetime, hand: Hand) -> None:
    """Decide, and sign, that something is no adverse event of its own. Raises as `grade` does, and Refusal without a
    reason."""
    study = means.study(db)

    def may() -> Row:
        _check(db, means, about, hand)
        return _who(db, hand)

    may()
    _reason(reason)
    by = sign.signer(db, hand.staff_id, hand.password, now, hand.address)
    with write(db):
        person = may()
        none_id = about.event_id or fresh_id()
        standing = adverse_events.nones(db, about.participant_id)
        if any(row["id"] == none_id for row in standing):
            return
        if about.item and adverse_events.of_report(db, str(about.visit_id), about.item):
            raise Conflict("adverse_event_graded")
        values = {
            "id": none_id, "participant_id": about.participant_id, "visit_id": about.visit_id, "item": about.item,
            "alert_id": about.alert_id, "reason": reason.strip(), "decided_by": hand.staff_id,
            "decided_at": stamp(now),
        }  # fmt: skip
        adverse_events.add_none(db, **values)
        sign.sign(db, record_of_none(values), _words(study, study.adverse_events.none_meaning), by)
        audit.record(db, stamp(now), hand.staff_id, "no_adverse_event", none_id)
        if may_decide(person):
            _decide(db, means, values, {"none_id": none_id}, now, hand.staff_id)


# ---- what must hold


def _who(db: Database, hand: Hand) -> Row:
    person = staff.by_id(db, hand.staff_id)
    if person is None or not may_grade(person):
        raise Forbidden("may_not_grade")
    return person


def _check(db: Database, means: Means, about: About, hand: Hand) -> None:
    """What is judged stands there, in the sites of who judges. Raises NotFound, Refusal."""
    if participants.by_id(db, about.participant_id)["site_id"] not in hand.sites:
        raise NotFound("participant_not_found", code="")
    if about.alert_id:
        alert = alerts.by_id(db, about.alert_id, hand.sites)
        if alert is None or alert["participant_id"] != about.participant_id:
            raise NotFound("alert_not_found")
    if about.item is None:
        if about.source not in SOURCES[1:]:
            raise Refusal("source_required")
        return
    everything = visits.of_participant(db, about.participant_id)
    visit = next((row for row in everything if row["id"] == about.visit_id), None)
    if visit is None:
        raise NotFound("not_reported")
    study = means.study(db, visit["study_version"])
    if about.item not in reported(study, visit["timepoint"], reports.standing(db, visit["id"])):
        raise NotFound("not_reported")


def _whole(db: Database, study: Study, participant_id: str, given: Grading, now: datetime) -> None:
    today = local_day(now, study.zone)
    found = faults(study, given, today, procedures.of_participant(db, participant_id))
    if found:
        raise Refusal(found[0][1])


def _reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("reason_required")
    if len(reason) > LONGEST_NOTE:
        raise Refusal("note_too_long")


def _event(db: Database, event_id: str, hand: Hand) -> Row:
    event = adverse_events.by_id(db, event_id, hand.sites)
    if event is None:
        raise NotFound("adverse_event_not_found")
    return event


def _seen(db: Database, event_id: str, hand: Hand, seen: int) -> int:
    """The newest version, which is the one that was seen. Raises Conflict."""
    version = _event(db, event_id, hand)["version"]
    if version != seen:
        raise Conflict("adverse_event_changed")
    return version


def _is(event: Row, about: About, given: Grading, staff_id: str) -> bool:
    """Whether an event is what somebody grades, word for word: the same form sent twice."""
    kept = _kept(given) | {"graded_by": staff_id, "participant_id": about.participant_id}
    return all(event[name] == value for name, value in kept.items())


# ---- writing; inside a write


def _add(
    db: Database, event_id: str, version: int, given: Grading, reason: str | None, now: datetime, staff_id: str
) -> None:
    adverse_events.add_version(
        db, event_id, version, **_kept(given), reason=reason, graded_by=staff_id, graded_at=stamp(now)
    )


def _kept(given: Grading) -> dict[str, Any]:
    """A grading as its columns hold it."""
    return {
        "term": given.term.strip(),
        "started_on": given.started_on.isoformat() if given.started_on else None,
        "ended_on": given.ended_on.isoformat() if given.ended_on else None,
        "ctcae": given.ctcae,
        "sir": given.sir,
        "related": given.related,
        "procedure_id": given.procedure_id,
        "serious": int(bool(given.serious)),
        "criteria": json.dumps(sorted(given.criteria)),
        "outcome": given.outcome,
        "actions": json.dumps(sorted(given.actions)),
        "note": given.note.strip() or None,
    }


def _sign(
    db: Database, means: Means, event_id: str, by: sign.Signer, meaning: Words, person: Row, now: datetime
) -> None:
    """Sign the newest version; an investigator's signature decides, on it and on the alerts that asked."""
    event = adverse_events.versions(db, event_id)[0]
    sign.sign(db, record(event), _words(means.study(db), meaning), by)
    if may_decide(person):
        _decide(db, means, event, {"event_id": event_id, "version": event["version"]}, now, person["id"])
        well(db, means, decisions.OVERDUE, event_id, now)


def _decide(db: Database, means: Means, judged: Mapping, what: dict, now: datetime, staff_id: str) -> None:
    """Keep an investigator's decision, and that it ends the clock of each alert that it does: also of one that it would
    have run again on, what decided it being serious no more."""
    adverse_events.decide(db, None, stamp(now), staff_id, **what)
    asked = [row for row in adverse_events.undecided(db) if row["participant_id"] == judged["participant_id"]]
    for alert_id in [row["id"] for row in asked if _ends(db, means, row, judged)]:
        adverse_events.decide(db, alert_id, stamp(now), staff_id, **what)
        audit.record(db, stamp(now), staff_id, "alert_decided", alert_id)
        well(db, means, decisions.OVERDUE, alert_id, now)


def _ends(db: Database, means: Means, alert: Row, judged: Mapping) -> bool:
    """Whether an investigator's signature ends an alert's clock: it is about the alert itself, or finds one of the
    things serious that raised it, or all of them are signed for by now."""
    if judged["item"] is None:
        return judged["alert_id"] == alert["id"]
    asked = things(db, means, alert["id"])
    if alert["visit_id"] != judged["visit_id"] or judged["item"] not in asked:
        return False
    return bool(judged.get("serious")) or all(
        thing is not None and _signed_since(db, alert, thing, since) for thing, since in asked.items()
    )


def things(db: Database, means: Means, alert_id: str) -> dict[str | None, str]:
    """What of its report an alert asks to be judged, as it may be serious: {thing: when it last came in}. None stands
    for what is no thing that a report tells of by itself."""
    return {
        thing_of(means.study(db, reason["study_version"]), reason["item"]): reason["at"]
        for reason in alerts.reasons(db, alert_id)
        if reason["serious"]
    }


def _signed_since(db: Database, alert: Row, thing: str, since: str) -> bool:
    """Whether an investigator has signed for something reported since it came in."""
    event = adverse_events.of_report(db, alert["visit_id"], thing)
    found = sign.signed(db, record(event)) if event else []
    for none in adverse_events.nones(db, alert["participant_id"]):
        if (none["visit_id"], none["item"]) == (alert["visit_id"], thing):
            found += sign.signed(db, record_of_none(none))
    return any(each["fits"] and each["signed_at"] > since and _decides(db, each["signed_by"]) for each in found)


def _decides(db: Database, staff_id: str) -> bool:
    person = staff.by_id(db, staff_id)
    return person is not None and "investigator" in person["roles"]


def _words(study: Study, words: Words) -> str:
    return study.words(words, study.study.default_language)
