"""Which visits a participant should have, and when: one pure plan, made anew after every change.

`plan` compares what should be with what is and returns the differences; an action writes them. So a changed
date, an undone procedure, a crossover and a late entry are all one thing, and the same differences can be shown
to a person before anything is written. Source: DESIGN.md section 7.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from prom.rules.study import Study, Timepoint
from prom.rules.times import DAY, add_months, day_of, end_of, instant, local_day, stamp, start_of
from prom.rules.visit import started_at, status

Row = dict[str, Any]
ANCHORING = ("planned", "postponed", "performed")
GRACE = timedelta(hours=24)  # a report begun in time may be finished so long after closing
_STICKY = ("not_collected",)  # cancelled by a person's import: no plan brings it back


@dataclass(frozen=True)
class Change:
    """One difference: `visit_id` None makes a visit. `values`: the columns to write."""

    visit_id: str | None
    procedure_id: str
    timepoint: str
    occasion: int
    values: dict[str, Any]


@dataclass
class Series:
    """The visits that hang on one procedure. `sessions`: performed procedures that anchor it, first to last;
    `ended_by`: the performed procedure that ended it."""

    anchor: Row
    first: bool
    sessions: list[Row] = field(default_factory=list)
    ended_by: Row | None = None


def series_of(study: Study, procedures: list[Row]) -> list[Series]:
    """The series of a participant, in the order of their procedures."""
    found: list[Series] = []
    for row in sorted(procedures, key=_order):
        if row["status"] not in ANCHORING:
            continue
        does = study.what_follows(found[-1].anchor["kind"], row["kind"]) if found else "new_series"
        performed = row["status"] == "performed"
        if does == "new_series":
            if found and performed:
                found[-1].ended_by = row
            found.append(Series(row, first=not found))
        if does != "note" and performed:
            found[-1].sessions.append(row)
    return found


def plan(study: Study, person: Row, procedures: list[Row], visits: list[Row], now: datetime) -> list[Change]:
    """The differences between the visits a participant should have and those that stand.

    person: zone, enrolled_on, left (has left follow-up). visits: all of the participant's, with `invited`.
    """
    zone = ZoneInfo(person["zone"])
    wanted: dict[tuple[str, str, int], dict[str, Any]] = {}
    for series in series_of(study, procedures):
        timepoints = [study.timepoint(key) for key in study.procedures[series.anchor["kind"]].timepoints]
        own = {(v["timepoint"], v["occasion"]): v for v in visits if v["procedure_id"] == series.anchor["id"]}
        for point in timepoints:
            if point.baseline:
                wanted |= _baselines(study, person, series, point, own, visits, now, zone)
        follow_ups = [point for point in timepoints if not point.baseline]
        wanted |= _follow_ups(study, series, follow_ups, own, visits, zone)
    return _serving(study, procedures, _differences(person, wanted, visits, now), visits, now, zone)


def _order(procedure: Row) -> tuple[str, str, str]:
    day = procedure["performed_on"] or procedure["planned_on"] or "9999-12-31"
    return day, procedure["performed_time"] or "", procedure["created_at"]


# ---- baseline ---------------------------------------------------------------------------------------------


def _baselines(study, person, series, point, own, visits, now, zone) -> dict:
    """The baseline visits of a series' procedure: one, and a further one after a long postponement."""
    anchor = series.anchor
    found = sorted((visit for (key, _), visit in own.items() if key == point.key), key=lambda v: v["occasion"])
    wanted = {}
    for visit in found:
        wanted[anchor["id"], point.key, visit["occasion"]] = (
            _submitted_baseline(visit, anchor)
            if visit["submitted_at"]
            else _open_baseline(study, person, series, visit["occasion"], found, visits, now, zone)
        )
    last = found[-1] if found else None
    if last is None and (series.first or _needs_own_baseline(study, anchor, visits, now, zone)):
        if series.first or anchor["status"] != "performed":
            wanted[anchor["id"], point.key, 1] = _open_baseline(
                study, person, series, 1, found, visits, now, zone
            )
    elif last is not None and last["submitted_at"] and _outgrown(study, last, anchor):
        occasion = last["occasion"] + 1
        wanted[anchor["id"], point.key, occasion] = _open_baseline(
            study, person, series, occasion, found, visits, now, zone
        )
    return wanted


def _submitted_baseline(visit: Row, anchor: Row) -> dict[str, Any]:
    day = anchor["performed_on"] or anchor["planned_on"]
    return {
        "window_closes_on": day or visit["window_closes_on"],
        "planned_for": visit["planned_for"] or anchor["planned_on"],
    }


def _open_baseline(study, person, series, occasion, found, visits, now, zone) -> dict[str, Any]:
    """The dates of a baseline that is not submitted, or its cancelling."""
    anchor, timing = series.anchor, study.schedule
    recorded_on = max(local_day(instant(anchor["created_at"]), zone), day_of(person["enrolled_on"]))
    first_day = day_of(person["enrolled_on"]) if series.first else recorded_on
    planned_on = day_of(anchor["planned_on"]) if anchor["planned_on"] else None
    opens_on = _latest(first_day, planned_on, timing.baseline_opens_days)
    performed_on = day_of(anchor["performed_on"]) if anchor["performed_on"] else None
    closes_at = finish_by = None
    if performed_on and anchor["performed_recorded_at"]:
        finish_by = end_of(performed_on, zone)
        closes_at = min(instant(anchor["performed_recorded_at"]), finish_by)
    opens_at = start_of(opens_on, zone)
    visit = next((visit for visit in found if visit["occasion"] == occasion), None)
    reason = None
    if not (visit and visit["started_at"]) and not _wanted(study, series, occasion, found, visits, now, zone):
        reason = "not_needed"
    return {
        "due_on": _latest(first_day, planned_on, timing.baseline_due_days).isoformat(),
        "opens_at": stamp(min(opens_at, closes_at) if closes_at else opens_at),
        "closes_at": stamp(closes_at) if closes_at else None,
        "finish_by": stamp(finish_by) if finish_by else None,
        "window_opens_on": opens_on.isoformat(),
        "window_closes_on": anchor["performed_on"] or anchor["planned_on"],
        "planned_for": anchor["planned_on"],
        "cancel_reason": reason,
    }


def _wanted(study, series, occasion, found, visits, now, zone) -> bool:
    """Whether an unsubmitted baseline of that occasion is still called for."""
    if series.anchor["status"] == "performed":
        return True
    if occasion > 1:
        earlier = next(visit for visit in found if visit["occasion"] == occasion - 1)
        return _outgrown(study, earlier, series.anchor)
    return series.first or _needs_own_baseline(study, series.anchor, visits, now, zone)


def _outgrown(study: Study, visit: Row, anchor: Row) -> bool:
    """Whether a postponement made a submitted baseline too old: by more than `baseline_stays_days`."""
    if anchor["status"] == "performed" or not anchor["planned_on"] or not visit["planned_for"]:
        return False
    later = day_of(anchor["planned_on"]) - day_of(visit["planned_for"])
    return later.days > study.schedule.baseline_stays_days


def _needs_own_baseline(study, anchor, visits, now, zone) -> bool:
    """Whether a later procedure needs a baseline visit: no report will be fresh enough on the planned day, and no
    follow-up visit takes answers in the days before it."""
    if not anchor["planned_on"] or anchor["status"] == "performed":
        return False
    planned_on = _not_past(anchor, now, zone)
    fresh = any(
        0 <= (planned_on - local_day(instant(v["submitted_at"]), zone)).days <= study.schedule.reference_days
        for v in visits
        if v["submitted_at"] and v["procedure_id"] != anchor["id"]
    )
    return not fresh and not any(_serves(study, v, anchor, now, zone) for v in visits)


def _serves(study, visit, anchor, now, zone) -> bool:
    """Whether an open follow-up visit of an earlier procedure serves as this one's baseline."""
    if visit["procedure_id"] == anchor["id"] or study.timepoint(visit["timepoint"]).baseline:
        return False
    if status(visit, now) not in ("planned", "open", "started") or not visit["opens_at"]:
        return False
    planned_on = _not_past(anchor, now, zone)
    first = start_of(planned_on - study.schedule.baseline_opens_days * DAY, zone)
    return instant(visit["opens_at"]) < start_of(planned_on, zone) and instant(visit["closes_at"]) > first


def _not_past(anchor: Row, now: datetime, zone: ZoneInfo) -> date:
    """The planned day, or tomorrow once it has passed unconfirmed."""
    return max(day_of(anchor["planned_on"]), local_day(now, zone) + DAY)


def _latest(first_day: date, planned_on: date | None, days: int) -> date:
    return max(first_day, planned_on - days * DAY) if planned_on else first_day


# ---- follow-up --------------------------------------------------------------------------------------------


def _follow_ups(study, series, timepoints, own, visits, zone) -> dict:
    """The follow-up visits of a series: held until its procedure is performed."""
    wanted: dict[tuple[str, str, int], dict[str, Any]] = {}
    previous: Row | None = None
    for number, point in enumerate(timepoints):
        visit = own.get((point.key, 1))
        later = timepoints[number + 1] if number + 1 < len(timepoints) else None
        if visit is None or not (visit["opened_at"] or visit["submitted_at"]) or series.sessions:
            values = _dates(study, series, point, later, visit, zone)
            _wait(series, values, previous, visits, study, zone)
            values["cancel_reason"] = _ended(series, visit, values, zone)
            if visit is not None and visit["submitted_at"]:
                values = {key: values[key] for key in ("due_on", "window_opens_on", "window_closes_on")}
            wanted[series.anchor["id"], point.key, 1] = values
        previous = visit
    return wanted


def _dates(study, series, point, later, visit, zone) -> dict[str, Any]:
    """Due day, window and life of the link, on the session that anchors this visit; empty while held."""
    chosen: dict[str, Any] = dict.fromkeys(
        ("due_on", "opens_at", "closes_at", "finish_by", "window_opens_on", "window_closes_on")
    )
    for session in series.sessions:
        if chosen["due_on"] and not _moves(chosen, visit, session, zone):
            break
        chosen = _dates_from(study, day_of(session["performed_on"]), point, later, zone)
    return chosen


def _moves(dates, visit, session, zone) -> bool:
    """Whether a further session re-anchors a visit: not one that was opened before it, nor one already missed."""
    begun = visit and (visit["opened_at"] or visit["submitted_at"])
    start = started_at(session, zone)
    return not (begun and instant(begun) < start) and instant(dates["closes_at"]) > start


def _dates_from(study, anchored_on, point, later, zone) -> dict[str, Any]:
    due_on = due(point, anchored_on)
    opens_on, last_on = due_on - point.window_before * DAY, due_on + point.window_after * DAY
    last_answer_on = last_on + study.schedule.late_days * DAY
    if later:
        next_opens_on = due(later, anchored_on) - later.window_before * DAY
        last_answer_on = min(last_answer_on, next_opens_on - DAY)
    closes_at = end_of(last_answer_on, zone)
    return {
        "due_on": due_on.isoformat(),
        "opens_at": stamp(start_of(opens_on, zone)),
        "closes_at": stamp(closes_at),
        "finish_by": stamp(closes_at + GRACE),
        "window_opens_on": opens_on.isoformat(),
        "window_closes_on": last_on.isoformat(),
    }


def due(point: Timepoint, anchored_on: date) -> date:
    """The day on which a timepoint is due: calendar months, clamped to the month's last day, or days."""
    return add_months(anchored_on, point.months) + point.days * DAY


def _wait(series, values, previous, visits, study, zone) -> None:
    """Open only after a report still being finished: the one before in the series, or a later baseline begun."""
    if not values["opens_at"]:
        return
    held = [previous["finish_by"]] if previous and _being_written(previous) else []
    for visit in visits:
        begun_elsewhere = visit["procedure_id"] != series.anchor["id"] and _being_written(visit)
        if begun_elsewhere and study.timepoint(visit["timepoint"]).baseline:
            held.append(visit["finish_by"] or _end_of_plan(visit, zone))
    values["opens_at"] = max([values["opens_at"], *(at for at in held if at)])


def _being_written(visit: Row) -> bool:
    return bool(visit["started_at"] and not visit["submitted_at"] and not visit["cancelled_at"])


def _end_of_plan(visit: Row, zone: ZoneInfo) -> str | None:
    return stamp(end_of(day_of(visit["planned_for"]), zone)) if visit["planned_for"] else None


def _ended(series, visit, values, zone) -> str | None:
    """Why a follow-up visit is cancelled once a later procedure ended its series: `overtaken` when it was sent or
    begun, else `cancelled`; None when nothing ended it, or it was missed before."""
    if series.ended_by is None:
        return None
    ended_at = started_at(series.ended_by, zone)
    closes = values["finish_by"] if visit and visit["started_at"] else values["closes_at"]
    if closes and instant(closes) <= ended_at:
        return None
    return "overtaken" if visit and (visit["started_at"] or visit["invited"]) else "cancelled"


# ---- what differs -----------------------------------------------------------------------------------------


def _differences(person, wanted, visits, now) -> list[Change]:
    standing = {(v["procedure_id"], v["timepoint"], v["occasion"]): v for v in visits}
    changes = []
    for key in dict.fromkeys([*standing, *wanted]):
        visit = standing.get(key)
        values = wanted.get(key)
        if values is None:
            values = {} if visit is None or visit["submitted_at"] else {"cancel_reason": _orphaned(visit)}
        values = _cancelling(person, visit, values, now)
        if visit is not None:
            values = {name: value for name, value in values.items() if visit[name] != value}
        if visit is None or values:
            procedure_id, timepoint, occasion = key
            changes.append(Change(visit["id"] if visit else None, procedure_id, timepoint, occasion, values))
    return changes


def _orphaned(visit: Row) -> str:
    """The procedure of this visit was cancelled or only attempted."""
    return "overtaken" if visit["started_at"] else "cancelled"


def _cancelling(person, visit, values, now) -> dict[str, Any]:
    """Settle cancel_reason and cancelled_at together; a visit that is over stays as it is."""
    if "cancel_reason" not in values or visit is not None and visit["cancel_reason"] in _STICKY:
        return {key: value for key, value in values.items() if key != "cancel_reason"}
    reason = values["cancel_reason"]
    if person["left"] and not reason and not (visit and status(visit | values, now) == "missed"):
        reason = "withdrawn"
    if visit is not None and visit["cancel_reason"] == reason:
        at = visit["cancelled_at"]
    else:
        at = stamp(now) if reason else None
    return values | {"cancel_reason": reason, "cancelled_at": at}


def _serving(study, procedures, changes, visits, now, zone) -> list[Change]:
    """Mark the open follow-up visit that serves as a later procedure's baseline with the day of its second
    invitation (`serves_on`), and unmark the others."""
    planned = [row for row in procedures if row["status"] in ("planned", "postponed") and row["planned_on"]]
    later = [series.anchor for series in series_of(study, procedures) if not series.first]
    anchors = [row for row in later if row in planned]
    by_visit = {change.visit_id: change for change in changes}
    for visit in visits:
        if visit["submitted_at"]:
            continue
        anchor = next((row for row in anchors if _serves(study, visit, row, now, zone)), None)
        day = day_of(anchor["planned_on"]) - study.schedule.baseline_due_days * DAY if anchor else None
        serves_on = day.isoformat() if day else None
        if visit["serves_on"] != serves_on:
            change = by_visit.get(visit["id"])
            if change is None:
                change = Change(visit["id"], visit["procedure_id"], visit["timepoint"], visit["occasion"], {})
                changes.append(change)
            change.values["serves_on"] = serves_on
    return changes
