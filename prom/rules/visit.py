"""A visit's status, a participant's path and a report's reference, derived from stored facts.

Visits and procedures are rows as the store gives them: dicts with the columns of their tables. A report that came on
paper lies on the day on which the participant filled it in (`filled_on`), any other on the day it was sent.
"""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from prom.rules.study import Study
from prom.rules.times import at_time, day_of, instant, local_day

Row = dict[str, Any]


def status(visit: Row, now: datetime) -> str:
    """planned | open | started | submitted | missed | cancelled.

    A report with a saved screen may be finished until `finish_by`, any other until `closes_at`.
    """
    if visit["submitted_at"]:
        return "submitted"
    if visit["cancelled_at"]:
        return "cancelled"
    if not visit["opens_at"] or now < instant(visit["opens_at"]):
        return "planned"
    end = ends_at(visit)
    if end and now >= instant(end):
        return "missed"
    return "started" if visit["started_at"] else "open"


def ends_at(visit: Row) -> str | None:
    """When a visit's link stops taking answers: later for a report with a saved screen; None while nobody knows."""
    return visit["finish_by"] if visit["started_at"] else visit["closes_at"]


def takes_answers(visit: Row, now: datetime) -> bool:
    """Whether the visit's link takes answers at this instant."""
    return status(visit, now) in ("open", "started")


def answered_on(visit: Row, zone: ZoneInfo) -> date:
    """The day of a submitted report: on paper that on which it was filled in, else that on which it was sent."""
    on_paper = visit.get("filled_on")
    return day_of(on_paper) if on_paper else local_day(instant(visit["submitted_at"]), zone)


def in_window(visit: Row, zone: ZoneInfo) -> int | None:
    """1 when answered inside the analysis window, 0 when outside, None when not submitted or no window."""
    if not visit["submitted_at"] or not visit["window_opens_on"]:
        return None
    day = answered_on(visit, zone).isoformat()
    last = visit["window_closes_on"]
    return int(visit["window_opens_on"] <= day and (last is None or day <= last))


def path(study: Study, procedures: list[Row], decided: bool) -> str:
    """The arm as it came about: that of the last performed procedure that has one, else the recorded decision
    against a further procedure, else undecided."""
    made = [study.procedures[row["kind"]].arm for row in procedures if row["status"] == "performed"]
    arms = [arm for arm in made if arm]
    if arms:
        return arms[-1]
    return study.path.decision if decided else study.path.undecided


def side_of(procedure: Row, visit: Row, zone: ZoneInfo) -> str:
    """before | same_day | after: where a visit's submitted report lies to a procedure.

    Before is: on an earlier day, or on the day itself before the recorded time. On the day itself with no time
    recorded, or on paper, which has none, it is `same_day`: kept as reference, with a flag.
    """
    performed_on = procedure["performed_on"]
    day = answered_on(visit, zone).isoformat()
    if not performed_on or day < performed_on:
        return "before"
    if day > performed_on:
        return "after"
    if not procedure["performed_time"] or visit.get("filled_on"):
        return "same_day"
    return "before" if instant(visit["submitted_at"]) < started_at(procedure, zone) else "after"


def started_at(procedure: Row, zone: ZoneInfo) -> datetime:
    """The instant at which a performed procedure started: its recorded time, else the start of its day."""
    clock = datetime.strptime(procedure["performed_time"] or "00:00", "%H:%M").time()
    return at_time(day_of(procedure["performed_on"]), clock, zone)


def reference(study: Study, procedure: Row, first: bool, visits: list[Row], zone: ZoneInfo) -> Row | None:
    """The visit whose report serves as a procedure's baseline, None where there is none (never filled in).

    `first`: the participant's first procedure, whose own last baseline before it serves. For a later one: the
    last report submitted before its start and at most `reference_days` old, else a baseline of its own.
    """
    reports = sorted(
        (
            visit
            for visit in visits
            if visit["submitted_at"] and side_of(procedure, visit, zone) != "after"
        ),
        key=lambda visit: visit["submitted_at"],
    )
    own = [visit for visit in reports if visit["procedure_id"] == procedure["id"] and _is_baseline(study, visit)]
    if not first and reports and _age_days(reports[-1], procedure, zone) <= study.schedule.reference_days:
        return reports[-1]
    return own[-1] if own else None


def flags(study: Study, visit: Row, procedure: Row, procedures: list[Row], zone: ZoneInfo) -> tuple[str, ...]:
    """What an analyst must know of a report: baseline_same_day, baseline_after_procedure, after_next_procedure."""
    if not visit["submitted_at"]:
        return ()
    if _is_baseline(study, visit):
        side = side_of(procedure, visit, zone) if procedure["status"] == "performed" else "before"
        return {"before": (), "same_day": ("baseline_same_day",), "after": ("baseline_after_procedure",)}[side]
    ended = [
        row
        for row in procedures
        if row["status"] == "performed"
        and row["id"] != procedure["id"]
        and row["performed_on"] >= (procedure["performed_on"] or "")
        and study.what_follows(procedure["kind"], row["kind"]) == "new_series"
        and side_of(row, visit, zone) == "after"
    ]
    return ("after_next_procedure",) if ended else ()


def since(procedures: list[Row], visits: list[Row], visit: Row, zone: ZoneInfo) -> date | None:
    """The day that "since" means in a visit's questions: the later of the last performed or attempted procedure
    and the last report submitted before this one; None when there is neither."""
    until = visit["submitted_at"]
    done = [row for row in procedures if row["performed_on"]]
    days = [day_of(row["performed_on"]) for row in done if not until or side_of(row, visit, zone) == "after"]
    days += [
        answered_on(row, zone)
        for row in visits
        if row["submitted_at"] and row["id"] != visit["id"] and (not until or row["submitted_at"] < until)
    ]
    return max(days, default=None)


def _is_baseline(study: Study, visit: Row) -> bool:
    """A timepoint that another version of the study asked at, and this one does not, is no baseline of it."""
    return any(point.baseline for point in study.timepoints if point.key == visit["timepoint"])


def _age_days(visit: Row, procedure: Row, zone: ZoneInfo) -> int:
    start = procedure["performed_on"] or procedure["planned_on"]
    if not start:
        return 10**6
    return (day_of(start) - answered_on(visit, zone)).days
