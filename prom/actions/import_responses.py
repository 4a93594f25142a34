"""Import a cohort that was answered elsewhere: nobody is texted, called or alerted about, now or later.

Only the primary item is answered; all the file does not have stands in exports as `technical`. A visit without a
row is cancelled with reason `not_collected`: it was not missed.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from prom.actions import cohort_days, cohort_file, enrol, procedures
from prom.actions.cohort_file import Course, Report
from prom.actions.means import Means
from prom.errors import Refusal
from prom.rules import schedule
from prom.rules.study import Study
from prom.rules.times import DAY, at_time, local_day, stamp
from prom.store import audit, participants, reports, staff, studies, visits
from prom.store import procedures as procedure_rows
from prom.store.connect import Database, write

_NOON = time(12)


@dataclass(frozen=True)
class Imported:
    """What an import wrote, or would write. faults: "line N: ..."; with one of them nothing was written.

    visits: those with a report; cancelled: those without a row."""

    participants: int = 0
    visits: int = 0
    cancelled: int = 0
    faults: tuple[str, ...] = ()


class _OnlyTried(Exception):
    """Ends a dry run: the write is taken back."""


def run(db: Database, means: Means, text: str, now: datetime, *, dry_run: bool = False, by: str) -> Imported:
    """Import a cohort file, all of it or nothing. by: staff id or "system".

    Raises Refusal for a file without the columns and for a synthetic database; every other fault is in the result.
    """
    study = means.study(db)
    if studies.kind(db) == "synthetic":
        raise Refusal("database_kind", kind="synthetic", wanted="real")
    today = local_day(now, study.zone)
    courses, faults = checked(db, study, text, today, today - DAY)
    if faults:
        return Imported(faults=tuple(faults))
    staff_id = by if staff.by_id(db, by) else None
    counts = [0, 0]
    try:
        with write(db):
            for course in courses:
                for collected in _import(db, means, study, course, now, staff_id):
                    counts[collected] += 1
            fingerprint = hashlib.sha256(text.encode()).hexdigest()
            audit.record(db, stamp(now), by, "imported", "responses", participants=len(courses), sha256=fingerprint)
            if dry_run:
                raise _OnlyTried
    except _OnlyTried:
        pass
    return Imported(len(courses), counts[True], counts[False])


def checked(db: Database, study: Study, text: str, today: date, last_day: date) -> tuple[list[Course], list[str]]:
    """The courses of a file with all their days, or its faults. Who has no day in the file ends by `last_day`."""
    courses, faults = cohort_file.read(study, text)
    faults = faults or cohort_days.far_days(courses, today)
    if not faults:
        courses = cohort_days.reckoned(study, courses, last_day)
        faults = cohort_days.odd_days(study, courses, today)
    everywhere = tuple(site["id"] for site in studies.sites(db))
    for course in courses:
        if participants.by_code(db, course.code, everywhere):
            faults.append(f"line {course.line}: there is a participant {course.code} already")
    return courses, sorted(faults, key=_line)


def _line(fault: str) -> int:
    return int(fault.removeprefix("line ").partition(":")[0])


def _import(
    db: Database, means: Means, study: Study, course: Course, now: datetime, staff_id: str | None
) -> list[bool]:
    """Write one participant; for each visit whether the file has its report."""
    given = enrol.Enrolment(course.code, contact_mode="none")
    participant_id = enrol.enrol(db, means, given, now, staff_id=staff_id, imported=True)
    kinds = {}
    for kind, day in sorted(course.performed.items(), key=lambda each: each[1]):
        recorded = procedures.Recorded(kind, "performed", day)
        kinds[procedures.add_procedure(db, means, participant_id, recorded, now, staff_id)] = kind
    if course.arm and course.arm == study.path.decision:
        decided_on = max((report.on for report in course.reports if report.on), default=max(course.days))
        procedures.decide(db, means, participant_id, decided_on, now, staff_id)
    person = participants.by_id(db, participant_id) | {"enrolled_on": min(course.days).isoformat()}
    wanted = schedule.plan(study, person, procedure_rows.of_participant(db, participant_id), [], now)
    found = [course.report(kinds[change.procedure_id], change.timepoint) for change in wanted]
    for change, report in zip(wanted, found, strict=True):
        _visit(db, means, study, person, change, report, now, staff_id)
    return [report is not None for report in found]


def _visit(db, means: Means, study: Study, person, change, report: Report | None, now: datetime, staff_id) -> None:
    """Write a visit as the plan dates it, with its report, or cancelled."""
    over: dict[str, Any] = {"cancel_reason": "not_collected", "cancelled_at": stamp(now)}
    if report:
        over = {"cancel_reason": None, "cancelled_at": None, "submitted_at": _at(report, person["zone"], now)}
        over["study_version"] = means.version
    place = {"procedure_id": change.procedure_id, "timepoint": change.timepoint, "occasion": change.occasion}
    visit_id = visits.add_visit(db, person["id"], stamp(now), **place, **change.values | over)
    if report:
        reports.add_response(
            db,
            visit_id,
            {study.instrument.primary: report.nrs},
            over["submitted_at"],
            study_version=means.version,
            language=person["language"],
            mode="imported",
            identity_check="staff",
            recorded_by=staff_id,
        )


def _at(report: Report, zone: str, now: datetime) -> str:
    """Noon of the report's day, or now where that is still to come: the file knows no time."""
    assert report.on
    return stamp(min(at_time(report.on, _NOON, ZoneInfo(zone)), now))
