"""The days of a cohort that its file does not give.

Reports on their due days, the first procedure on the day after the baseline, the second one so long before its first
report as that is due after it, else 14 days after the 3-month report. A participant without any day is put so far
back that all lies in the past.
"""

from dataclasses import replace
from datetime import date, timedelta

from prom.actions.cohort_file import Course, Report, second
from prom.rules.days import DONE_MONTHS
from prom.rules.schedule import due
from prom.rules.study import Study
from prom.rules.times import DAY, add_months

CROSSES_AFTER_MONTHS, CROSSES_AFTER = 3, timedelta(days=14)


def reckoned(study: Study, courses: list[Course], last_day: date) -> list[Course]:
    """The courses with every day filled in. Those without any start together, so that the latest day of them is
    `last_day` or earlier."""
    starts = {course.code: start_of(study, course) for course in courses}
    floating = [course for course in courses if starts[course.code] is None]
    start = last_day
    while floating and (over := max(max(dated(study, each, start).days) for each in floating) - last_day).days > 0:
        start -= over
    return [dated(study, course, starts[course.code] or start) for course in courses]


def start_of(study: Study, course: Course) -> date | None:
    """The day of the first procedure as the file's days tell it; None where it has none."""
    first, later = next(iter(study.procedures)), second(study)
    if first in course.performed:
        return course.performed[first]
    report = _earliest(study, course.reports, first)
    if report and report.on:
        return report.on + DAY if study.timepoint(report.timepoint).baseline else _anchor(study, report)
    if later in course.performed:
        return add_months(course.performed[later] - CROSSES_AFTER, -CROSSES_AFTER_MONTHS)
    return None


def dated(study: Study, course: Course, start: date) -> Course:
    """A course whose first procedure was on `start`, with every other day that is not given filled in."""
    first, later = next(iter(study.procedures)), second(study)
    performed = {first: start} | course.performed
    if course.crossed and later not in performed:
        report = _earliest(study, course.reports, later)
        known = report is not None and report.on is not None
        performed[later] = _anchor(study, report) if report and known else _third_month(study, course, start)
    reports = tuple(_on_due_day(study, report, performed[report.procedure]) for report in course.reports)
    return replace(course, reports=reports, performed=performed)


def far_days(courses: list[Course], today: date) -> list[str]:
    """Days that cannot be meant, as faults "line N: ..."."""
    found = []
    for course in courses:
        if max(course.days, default=today) > today:
            found.append(f"line {course.line}: a date of {course.code} lies in the future")
        if min(course.days, default=today) < add_months(today, -DONE_MONTHS):
            found.append(f"line {course.line}: a date of {course.code} lies too far back")
    return found


def odd_days(study: Study, courses: list[Course], today: date) -> list[str]:
    """What cannot be in courses with all their days, as faults "line N: ..."."""
    first, later = next(iter(study.procedures)), second(study)
    found = far_days(courses, today)
    for course in courses:
        if later in course.performed and course.performed[later] <= course.performed[first]:
            found.append(f"line {course.line}: the {later} of {course.code} is not after the {first}")
        for report in course.reports:
            baseline = study.timepoint(report.timepoint).baseline
            if report.on and not baseline and report.on < course.performed[report.procedure]:
                found.append(f"line {report.line}: this report is dated before its {report.procedure}")
    return found


def _third_month(study: Study, course: Course, start: date) -> date:
    """14 days after the 3-month report of the first procedure, or after the day on which it was due."""
    first = next(iter(study.procedures))
    reports = [each for each in course.reports if each.procedure == first]
    found = [each.on for each in reports if _after(study, each) == (CROSSES_AFTER_MONTHS, 0) and each.on]
    return (found[0] if found else add_months(start, CROSSES_AFTER_MONTHS)) + CROSSES_AFTER


def _on_due_day(study: Study, report: Report, anchor: date) -> Report:
    point = study.timepoint(report.timepoint)
    return replace(report, on=report.on or (anchor - DAY if point.baseline else due(point, anchor)))


def _earliest(study: Study, reports: tuple[Report, ...], procedure: str) -> Report | None:
    found = [report for report in reports if report.procedure == procedure]
    return min(found, key=lambda report: _after(study, report), default=None)


def _after(study: Study, report: Report) -> tuple[int, int]:
    """How long after its procedure a report is due: months, days; a baseline comes first."""
    point = study.timepoint(report.timepoint)
    return (-1, 0) if point.baseline else (point.months, point.days)


def _anchor(study: Study, report: Report) -> date:
    """The day of the procedure of which a follow-up report tells."""
    point = study.timepoint(report.timepoint)
    assert report.on
    return add_months(report.on, -point.months) - point.days * DAY
