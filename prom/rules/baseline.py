"""Baseline visits: one before a participant's first procedure; before a later one only where no report serves."""

from datetime import date

from prom.rules.series import Case, Row, Series, blank
from prom.rules.times import DAY, day_of, end_of, instant, local_day, stamp, start_of
from prom.rules.visit import answered_on, ends_at, reference, started_at, status


def baselines(case: Case, series: Series, follow_ups: list[Row]) -> list[Row]:
    """The baseline visits that a series should have, with the wish to cancel them (`reason`).

    follow_ups: every follow-up visit of the participant, as it should stand.
    """
    point = next((point for point in case.timepoints(series) if point.baseline), None)
    if point is None:
        return []
    found = case.visits_of(series, point.key)
    wanted = [_as_it_should_be(case, series, visit, follow_ups) for visit in found]
    if _calls_for_another(case, series, found, follow_ups):
        visit = blank(series, point.key, len(found) + 1)
        wanted.append(visit | _dates(case, series) | {"reason": None})
    return wanted


def serving(case: Case, series: Series, follow_ups: list[Row]) -> Row | None:
    """The open follow-up visit that serves as the baseline of a later, planned procedure: it takes answers on one of
    the days before. None where there is none, a report serves, or a baseline of its own was begun."""
    anchor = series.anchor
    if series.first or anchor["status"] == "performed" or not anchor["planned_on"] or _has_fresh_report(case, anchor):
        return None
    own = (visit for visit in case.visits if visit["procedure_id"] == anchor["id"])
    if any(visit["started_at"] and not _outgrown(case, visit, anchor) for visit in own):
        return None
    return next((visit for visit in follow_ups if _takes_answers_before(case, visit, anchor)), None)


def serves_on(case: Case, anchor: Row) -> str:
    """The day on which a visit that serves as a procedure's baseline is invited once more."""
    return (day_of(anchor["planned_on"]) - case.study.schedule.baseline_due_days * DAY).isoformat()


def _as_it_should_be(case: Case, series: Series, visit: Row, follow_ups: list[Row]) -> Row:
    anchor = series.anchor
    if visit["submitted_at"]:
        day = anchor["performed_on"] or anchor["planned_on"] or visit["window_closes_on"]
        planned_for = visit["planned_for"] or anchor["planned_on"]
        return visit | {"window_closes_on": day, "planned_for": planned_for, "reason": None}
    called_for = visit["started_at"] or _is_called_for(case, series, visit, follow_ups)
    dates = _dates(case, series)
    if visit["started_at"]:  # begun: it stays where it is, and only its end may move
        dates |= {name: visit[name] for name in ("due_on", "opens_at", "window_opens_on")}
    if visit["started_at"] or (anchor["status"] == "postponed" and not anchor["planned_on"]):
        dates["planned_for"] = visit["planned_for"] or anchor["planned_on"]
    return visit | dates | {"reason": None if called_for else "not_needed"}


def _is_called_for(case: Case, series: Series, visit: Row, follow_ups: list[Row]) -> bool:
    """Whether a baseline not begun is still needed, or was when its procedure was performed."""
    earlier = [v for v in case.visits_of(series, visit["timepoint"]) if v["occasion"] < visit["occasion"]]
    if earlier and not _outgrown(case, earlier[-1], series.anchor):
        return False
    recorded_at = series.anchor["performed_recorded_at"]
    if recorded_at and not series.first:
        return visit["created_at"] < recorded_at and not _was_served(case, series, follow_ups)
    made_on = local_day(instant(visit["created_at"]), case.zone)
    return series.first or _lacks_a_report(case, series, follow_ups, made_on)


def _calls_for_another(case: Case, series: Series, found: list[Row], follow_ups: list[Row]) -> bool:
    """Whether a baseline must be made: the first, or a further one after a long postponement."""
    anchor = series.anchor
    if found:
        further = found[-1]["submitted_at"] and anchor["status"] != "performed" and not case.person["left"]
        if not further or not _outgrown(case, found[-1], anchor):
            return False
    elif case.person["left"] or anchor["status"] == "performed":
        return series.first
    return series.first or _lacks_a_report(case, series, follow_ups, case.today)


def _lacks_a_report(case: Case, series: Series, follow_ups: list[Row], made_on: date) -> bool:
    """Whether neither a submitted report nor an open follow-up visit serves a later procedure. made_on: the day on
    which its baseline was or would be made; one made after the planned day is not a baseline."""
    anchor = series.anchor
    if not anchor["planned_on"] or day_of(anchor["planned_on"]) < made_on or _has_fresh_report(case, anchor):
        return False
    return not any(_takes_answers_before(case, visit, anchor) for visit in follow_ups)


def _was_served(case: Case, series: Series, follow_ups: list[Row]) -> bool:
    """Whether a fresh report of another procedure, or an open follow-up visit of the series that it ended, stood for
    a later procedure's baseline when it started."""
    others = [visit for visit in case.visits if visit["procedure_id"] != series.anchor["id"]]
    start = stamp(started_at(series.anchor, case.zone))
    ended = [visit for visit in follow_ups if visit["ended_by"] in [row["id"] for row in series.sessions]]
    open_then = any(
        visit["cancel_reason"] in ("cancelled", "overtaken") and visit["opens_at"] <= start for visit in ended
    )
    return open_then or reference(case.study, series.anchor, False, others, case.zone) is not None


def _outgrown(case: Case, visit: Row, anchor: Row) -> bool:
    """Whether a postponement makes a baseline too old: by more than `baseline_stays_days`."""
    if not anchor["planned_on"] or not visit["planned_for"]:
        return False
    later = day_of(anchor["planned_on"]) - day_of(visit["planned_for"])
    return later.days > case.study.schedule.baseline_stays_days


def _has_fresh_report(case: Case, anchor: Row) -> bool:
    """Whether a report of another procedure will be at most `reference_days` old on the planned day."""
    planned_on = day_of(anchor["planned_on"])
    return any(
        (planned_on - answered_on(visit, case.zone)).days <= case.study.schedule.reference_days
        for visit in case.visits
        if visit["submitted_at"] and visit["procedure_id"] != anchor["id"]
    )


def _takes_answers_before(case: Case, visit: Row, anchor: Row) -> bool:
    """Whether a follow-up visit of another procedure takes answers, now or later, on one of the days before the
    planned one; once that has passed unconfirmed, until today."""
    if visit["procedure_id"] == anchor["id"] or not visit["opens_at"]:
        return False
    planned_on = day_of(anchor["planned_on"])
    first = start_of(planned_on - case.study.schedule.baseline_opens_days * DAY, case.zone)
    end = start_of(max(planned_on, case.today + DAY), case.zone)
    live = status(visit, case.now) in ("planned", "open", "started")
    return live and visit["opens_at"] < stamp(end) and (ends_at(visit) or visit["closes_at"]) > stamp(first)


def _dates(case: Case, series: Series) -> Row:
    """The dates of a baseline that is not submitted: it closes when its procedure is recorded as performed, at the
    latest at the end of that day; one begun before may be finished until then."""
    anchor, timing = series.anchor, case.study.schedule
    enrolled_on = day_of(case.person["enrolled_on"])
    opens_on = _days_before(anchor, timing.baseline_opens_days, enrolled_on)
    due_on = _days_before(anchor, timing.baseline_due_days, enrolled_on)
    opens_at, closes_at, finish_by = stamp(start_of(opens_on, case.zone)), None, None
    if anchor["status"] == "performed":
        performed_on = day_of(anchor["performed_on"])
        finish_by = stamp(end_of(performed_on, case.zone))
        closes_at = min(anchor["performed_recorded_at"], finish_by)
        opens_at = min(opens_at, closes_at)
        opens_on, due_on = min(opens_on, performed_on), min(due_on, performed_on)
    last_on = anchor["performed_on"] or anchor["planned_on"]
    return {
        "due_on": due_on.isoformat(),
        "opens_at": opens_at,
        "closes_at": closes_at,
        "finish_by": finish_by,
        "window_opens_on": opens_on.isoformat(),
        "window_closes_on": max(last_on, opens_on.isoformat()) if last_on else None,
        "planned_for": anchor["planned_on"],
    }


def _days_before(anchor: Row, days: int, earliest: date) -> date:
    """So many days before the planned one, not before enrolment; enrolment where no date is planned."""
    return max(earliest, day_of(anchor["planned_on"]) - days * DAY) if anchor["planned_on"] else earliest
