"""The canary: once a week a try-out person gets an ordinary invitation on the phone of somebody of the staff, who
answers the form; its report raises a High alert, whose text goes to whoever is on call. It goes the whole path as
everybody does: only the enrolment and the reason of the alert are made here, and its steps are read from their rows."""

from datetime import datetime

from prom.actions import alarms
from prom.actions import alerts as alert_actions
from prom.actions.enrol import Enrolment, enrol
from prom.actions.means import Means
from prom.actions.procedures import Recorded, change_procedure
from prom.rules import canary as rules
from prom.rules.alerts import Reason
from prom.rules.times import instant, local_day, stamp
from prom.store import canary, contacts, health, visits
from prom.store.connect import Database, Row, write

BIRTH_YEAR = 1970  # for a study whose links ask for it
CALL_NAME = "Try-out"  # where whoever answers it takes part in the study, too
_SUBJECT = "weekly"


def begin(db: Database, means: Means, now: datetime) -> None:
    """Begin the canary of the week where one is due, and end the last one: its form closes and its number is
    forgotten."""
    if not means.canary or not _due(db, means, now):
        return
    study = means.study(db)
    with write(db):
        if not _due(db, means, now):
            return
        _end(db, means, canary.newest(db), now)
        today = local_day(now, study.zone)
        kind, status, on = rules.procedure(study, today)
        given = Enrolment(
            f"{canary.PREFIX}{today:%Y%m%d}",
            mobile=means.canary,
            shared=True,
            call_name=CALL_NAME,
            verified="call",
            birth_year=BIRTH_YEAR,
            study_consent_on=today,
            texts_consent_on=today,
            procedure=Recorded(kind, status, on),
        )
        enrol(db, means, given, now)


def _due(db: Database, means: Means, now: datetime) -> bool:
    last, study = canary.newest(db), means.study(db)
    return rules.due(study, local_day(instant(last["begun_at"]), study.zone) if last else None, now)


def _end(db: Database, means: Means, last: Row | None, now: datetime) -> None:
    if last is None:
        return
    if last["procedure_id"] and last["procedure_status"] != "cancelled":
        change_procedure(db, means, last["procedure_id"], Recorded(last["procedure_kind"], "cancelled"), now)
    contacts.change(db, last["id"], mobile_sealed=None, number_hash=None)


def alert(db: Database, means: Means, now: datetime) -> None:
    """Raise the alert of a canary's report, once: High, so that it texts in opening hours alone."""
    last = canary.newest(db)
    if last is None or not last["answered"] or last["raised"]:
        return
    with write(db):
        visit = visits.by_id(db, last["visit_id"])
        study = means.study(db, visit["study_version"])
        if (canary.newest(db) or last)["raised"] is None:
            alert_actions.raise_for(db, means, study, visit, (Reason("canary", "high", "canary", {}),), now)


def watch(db: Database, means: Means, now: datetime) -> None:
    """A step that is late is a fault, of which the operator is told, until that step is done, be it by a later canary.
    Without PROM_CANARY none is."""
    if not means.canary:
        _forget(db, now)
        return
    for step in steps(db, means, now):
        if step.state == "late":
            alarms.fault(db, means, f"canary_{step.name}", _SUBJECT, "late", now)
        elif step.state == "done":
            alarms.well(db, means, f"canary_{step.name}", _SUBJECT, now)


def steps(db: Database, means: Means, now: datetime) -> tuple[rules.Step, ...]:
    """Where the last canary stands; () before the first."""
    last = canary.newest(db)
    if last is None:
        return ()
    done = {name: instant(last[name]) if last[name] else None for name in rules.STEPS}
    return rules.steps(means.study(db), instant(last["begun_at"]), done, now)


def _forget(db: Database, now: datetime) -> None:
    late = {f"canary_{name}" for name in rules.STEPS}
    for fault in health.standing_faults(db):
        if fault["step"] in late:
            with write(db):
                health.end_fault(db, fault["step"], _SUBJECT, stamp(now))
