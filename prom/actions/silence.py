"""A visit that ended without a report, of somebody whose last one was bad, raises an alert and asks for a call."""

from datetime import datetime
from zoneinfo import ZoneInfo

from prom.actions import alerts as alert_actions
from prom.actions import escalate, snooze
from prom.actions.means import Means
from prom.rules import silence
from prom.rules.alerts import Reason, highest
from prom.rules.snooze import suppressed
from prom.rules.times import instant, local_day, stamp
from prom.store import alerts, audit, participants, reports, tasks, visits
from prom.store.connect import Database, Row, write

SOURCE = "silence"


def judge(db: Database, means: Means, visit: Row, now: datetime) -> None:
    """Run the rules on silence on a visit that has ended without a report, once: who left, is not contacted, has no
    consent or was imported is not silent. A visit whose end has moved is judged again, and tells nothing twice."""
    with write(db):
        visit = visits.by_id(db, visit["id"])
        if visit["submitted_at"] or visit["cancelled_at"] or not visit["finish_by"] or visit["finish_by"] > stamp(now):
            return
        visits.change(db, visit["id"], silence_judged_at=stamp(now))
        person = participants.by_id(db, visit["participant_id"])
        if person["left"] or person["imported"] or not person["study_consent"] or person["contact_mode"] == "none":
            return
        if _is_told(db, visit):
            return
        study, version = means.study(db, visit["study_version"]), visit["study_version"] or means.version
        missed_on = local_day(instant(visit["finish_by"]), ZoneInfo(person["zone"]))
        last = reports.last_before(db, person["id"], visit["id"])
        found = silence.reasons(study, visit["timepoint"], _before(db, person, visit, last), missed_on)
        snoozed = snooze.standing(db, study, person["id"], now)
        snooze.keep(db, study, visit["id"], snoozed, found, now, study_version=version)
        new = tuple(reason for reason in found if reason not in suppressed(found, snoozed))
        if new:
            about = {"visit": visit["id"], "last_visit": last["visit_id"] if last else None}
            _raise(db, means, visit, new, about, now, rules_version=study.alerts.version, study_version=version)


def _is_told(db: Database, visit: Row) -> bool:
    """Whether an alert tells of this visit's silence."""
    mine = [alert for alert in alerts.of_participant(db, visit["participant_id"]) if alert["source"] == SOURCE]
    told = [reason["details"].get("visit") for alert in mine for reason in alerts.reasons(db, alert["id"])]
    return visit["id"] in told


def _before(db: Database, person: Row, visit: Row, last: Row | None) -> silence.Last | None:
    """The last report as the rules take it; None for none, or where it was sent after the visit had ended."""
    if last is None:
        return None
    sent_at = visits.by_id(db, last["visit_id"])["submitted_at"]
    if sent_at > visit["finish_by"]:
        return None
    classes = tuple(reason["class"] for reason in alerts.reasons_of_visit(db, last["visit_id"]))
    return silence.Last(local_day(instant(sent_at), ZoneInfo(person["zone"])), last["answers"], classes)


def _raise(
    db: Database, means: Means, visit: Row, new: tuple[Reason, ...], about: dict, now: datetime, **versions: str
) -> None:
    """Raise the participant's alert of silence, or join the open one; tell staff, and ask for a call. about: what
    each reason keeps beside its values."""
    top, person_id = highest(new), visit["participant_id"]
    assert top is not None
    standing = alerts.open_of_source(db, person_id, SOURCE)
    if standing:
        alert_id = standing["id"]
        alert_actions.join(db, standing, top, now)
    else:
        alert_id = alerts.raise_alert(db, person_id, None, top, SOURCE, stamp(now))
        alerts.add_event(db, alert_id, "raised", stamp(now))
    for reason in new:
        names = {"rule": reason.rule, "class": reason.alert_class, "item": reason.item} | versions
        alerts.add_reason(db, alert_id, reason.values | about, stamp(now), **names)
    audit.record(db, stamp(now), "system", "alert_raised", alert_id, rules=[reason.rule for reason in new])
    escalate.tell(db, means, alert_id, now)
    today = local_day(now, ZoneInfo(participants.by_id(db, person_id)["zone"])).isoformat()
    call = {"participant_id": person_id, "visit_id": visit["id"], "alert_id": alert_id, "due_on": today}
    # of the alert, not of the visit: a call about a visit's form ends with the visit
    tasks.raise_task(db, "call", alert_id, stamp(now), **call)
