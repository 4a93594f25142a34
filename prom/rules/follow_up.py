"""Follow-up visits: held until their procedure is performed, then due so many months or days after it."""

from datetime import date, timedelta
from itertools import zip_longest

from prom.rules.series import Case, Row, Series, blank
from prom.rules.study import Study, Timepoint
from prom.rules.times import DAY, add_months, day_of, end_of, instant, stamp, start_of
from prom.rules.visit import started_at

GRACE = timedelta(hours=24)  # a report begun in time may be finished so long after closing
_DATES = ("due_on", "opens_at", "closes_at", "finish_by", "window_opens_on", "window_closes_on")
_WINDOW = ("due_on", "window_opens_on", "window_closes_on")


def follow_ups(case: Case, series: Series) -> list[Row]:
    """The follow-up visits of a series with the dates that they should have, no wish of their own to cancel them
    (`reason`), and the procedure that ended their series (`ended_by`).

    When its procedure is no longer performed, one that was submitted stays as it is; any other, one begun too, is held
    and keeps what was answered.
    """
    points = [point for point in case.timepoints(series) if not point.baseline]
    found = []
    for point, later in zip_longest(points, points[1:]):
        visit = next(iter(case.visits_of(series, point.key)), blank(series, point.key, 1))
        dates = _dates(case, series, visit, point, later)
        if visit["submitted_at"]:
            dates = {name: dates[name] for name in _WINDOW}
            if not series.sessions:
                dates = {}
        ended_by = series.ended_by["id"] if series.ended_by else None
        found.append(visit | dates | {"reason": None, "ended_by": ended_by})
    return found


def due(point: Timepoint, anchored_on: date) -> date:
    """The day on which a timepoint is due: calendar months, clamped to the month's last day, or days."""
    return add_months(anchored_on, point.months) + point.days * DAY


def anchored_on(study: Study, anchor: Row, sessions: list[Row], visit: Row) -> str | None:
    """The day on which the session was performed that a visit's due day is reckoned from; that of the procedure on
    which the visit hangs where no session fits (a baseline, a visit of another version of the study)."""
    point = next((point for point in study.timepoints if point.key == visit["timepoint"]), None)
    fitting = [
        session["performed_on"]
        for session in (anchor, *sessions)
        if point
        and not point.baseline
        and session["performed_on"]
        and due(point, day_of(session["performed_on"])).isoformat() == visit["due_on"]
    ]
    return next(iter(fitting), anchor["performed_on"])


def _dates(case: Case, series: Series, visit: Row, point: Timepoint, later: Timepoint | None) -> Row:
    """Due day, window and life of the link, on the last session that moves this visit; empty while held. A session
    before the one on which the visits hang was entered after it, and moves none."""
    dates: Row = dict.fromkeys(_DATES)
    first = series.sessions.index(series.anchor) if series.sessions else 0
    for number, session in enumerate(series.sessions[first:]):
        if number == 0 or _moves(case, dates, visit, session):
            dates = _dates_from(case, day_of(session["performed_on"]), point, later)
    return dates


def _moves(case: Case, dates: Row, visit: Row, session: Row) -> bool:
    """Whether a further session re-anchors a visit: not one opened before it was recorded, nor one missed before it."""
    begun = visit["opened_at"] or visit["submitted_at"]
    if begun and begun < session["performed_recorded_at"]:
        return False
    return instant(dates["closes_at"]) > started_at(session, case.zone)


def _dates_from(case: Case, anchored_on: date, point: Timepoint, later: Timepoint | None) -> Row:
    """The link takes answers from the window's first day until the day before the next visit can open, at most
    `late_days` after the window."""
    due_on = due(point, anchored_on)
    opens_on, last_on = due_on - point.window_before * DAY, due_on + point.window_after * DAY
    last_answer_on = last_on + case.study.schedule.late_days * DAY
    if later:
        last_answer_on = min(last_answer_on, due(later, anchored_on) - (later.window_before + 1) * DAY)
    closes_at = end_of(last_answer_on, case.zone)
    return {
        "due_on": due_on.isoformat(),
        "opens_at": stamp(start_of(opens_on, case.zone)),
        "closes_at": stamp(closes_at),
        "finish_by": stamp(closes_at + GRACE),
        "window_opens_on": opens_on.isoformat(),
        "window_closes_on": last_on.isoformat(),
    }
