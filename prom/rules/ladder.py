"""Who is told of an alert, and by when: the ladders of the study file in time.

Red counts every minute, high and routine count minutes of opening hours. A routine alert texts nobody.
`raised_at` is the instant that started the ladder: the raising, or a later climb (alert_life.called_at).
Instants are aware.
"""

from collections.abc import Sequence
from datetime import datetime

from prom.rules.hours import after_open_minutes, is_open, minutes_open, working_days_after
from prom.rules.study import Study
from prom.rules.times import MINUTE, at_time, local_day


def rung_times(study: Study, alert_class: str, raised_at: datetime) -> tuple[datetime, ...]:
    """When each rung of the class's ladder comes due; () for routine."""
    if alert_class == "routine":
        return ()
    return tuple(_after(study, alert_class, raised_at, rung.after) for rung in study.alerts.of(alert_class).ladder)


def rungs_due(
    study: Study, alert_class: str, raised_at: datetime, acknowledged_at: object, now: datetime
) -> tuple[int, ...]:
    """The rungs (0-based) that have come due by now; () once the alert is acknowledged. Beyond the last rung, of those
    that came by the ladder's going on, the newest alone: nobody is texted for each that was missed."""
    if acknowledged_at is not None:
        return ()
    times = rung_times(study, alert_class, raised_at)
    due = tuple(number for number, due_at in enumerate(times) if due_at <= now)
    repeated = _repeated(study, alert_class, times[-1], now) if times and len(due) == len(times) else 0
    return (*due, due[-1] + repeated) if repeated else due


def given_up_at(study: Study, alert_class: str, raised_at: datetime) -> datetime | None:
    """When the time to acknowledge has passed for the last rung too; None for a class that texts nobody."""
    times = rung_times(study, alert_class, raised_at)
    return _after(study, alert_class, times[-1], study.alerts.of(alert_class).acknowledge_minutes) if times else None


def acknowledge_by(study: Study, alert_class: str, raised_at: datetime) -> datetime:
    """By when somebody must have acknowledged the alert."""
    return _after(study, alert_class, raised_at, study.alerts.of(alert_class).acknowledge_minutes)


def act_by(study: Study, alert_class: str, taken_at: datetime, times: int = 1) -> datetime | None:
    """By when whoever has the alert must have spoken to the participant or closed it; times: so often that time. None
    where the study sets no such time."""
    minutes = study.alerts.of(alert_class).act_minutes
    return _after(study, alert_class, taken_at, minutes * times) if minutes else None


def close_by(study: Study, alert_class: str, spoken_at: datetime, times: int = 1) -> datetime | None:
    """By when an alert whose participant was spoken to must be closed: the end of the last of the study's so many
    working days after; times: so often that many. None where the study sets no such time."""
    days = study.alerts.of(alert_class).close_days
    if not days:
        return None
    day = working_days_after(study, local_day(spoken_at, study.zone), days * times)
    return at_time(day, study.clinic.close, study.zone)


def person(
    study: Study, alert_class: str, rung: int, on_call: Sequence[str], lead: str | None, at: datetime
) -> str | None:
    """The id of who is told at a rung (0-based; beyond the last from the first again); None when there is nobody.

    on_call: who can be told, in order. A place beyond its end goes to the last in it, an empty list to the
    lead, the place of a lead who is none to the last in it. Red, closed and no night cover: the lead at every rung;
    where none is named the nurses all the same, because a red alert that nobody hears is worse than a nurse woken."""
    if alert_class == "red" and lead and not study.night.cover and not is_open(study, at):
        return lead
    rungs = study.alerts.of(alert_class).ladder
    to = rungs[rung % len(rungs)].to
    if not on_call or to == "lead" and lead:
        return lead or None
    place = len(on_call) if to == "lead" else int(to.removeprefix("on_call_"))
    return on_call[min(place, len(on_call)) - 1]


def _repeated(study: Study, alert_class: str, last_at: datetime, now: datetime) -> int:
    """How many times the ladder has gone on since its last rung."""
    every = study.alerts.of(alert_class).repeat_minutes
    passed = (now - last_at) / MINUTE if alert_class == "red" else minutes_open(study, last_at, now)
    return int(passed // every) if every else 0


def _after(study: Study, alert_class: str, raised_at: datetime, minutes: int) -> datetime:
    if alert_class == "red":
        return raised_at + minutes * MINUTE
    return after_open_minutes(study, raised_at, minutes)
