"""The canary: a try-out person who goes through the whole path of a text once a week. Which steps there are, by when
each must be done after the one before, and where a canary stands. Instants are aware."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from prom.rules import follow_up
from prom.rules.hours import after_open_minutes, is_open
from prom.rules.study import Study
from prom.rules.times import DAY, add_months, local_day

EVERY_DAYS = 7
# Each step and by when it must be done: minutes of opening hours since the step before, so that no night counts.
STEPS = {
    "planned": 240,  # the text is queued: at the study's hour of invitations
    "accepted": 15,  # the provider took it
    "delivered": 60,  # it arrived on the phone
    "answered": 540,  # whoever holds the phone opened the link and sent the form: a working day
    "raised": 10,  # the report raised its alert
    "told": 10,  # the provider took the text to a nurse
}


@dataclass(frozen=True)
class Step:
    """One step of a canary. at: when it was done, None for not known. state: done | late | waits | later (the one
    before it is not done)."""

    name: str
    at: datetime | None
    state: str


def due(study: Study, begun_on: date | None, now: datetime) -> bool:
    """Whether a canary is to begin: a week after the day of the last one, in opening hours."""
    free = begun_on is None or local_day(now, study.zone) >= begun_on + EVERY_DAYS * DAY
    return free and is_open(study, now)


def procedure(study: Study, today: date) -> tuple[str, str, date]:
    """The procedure with which a canary has a form to answer now: its kind, status and day.

    The first kind that is asked about before, planned so that its baseline is due today. Where the study asks nothing
    before a procedure, the first kind of all, performed so long ago that its first timepoint is due: today, or where no
    day has its like so many months later (a month ago from the 31st), up to three days before.
    """
    points = {point.key: point for point in study.timepoints}
    for key, kind in study.procedures.items():
        if any(points[each].baseline for each in kind.timepoints):
            return key, "planned", today + study.schedule.baseline_due_days * DAY
    key, kind = next((key, kind) for key, kind in study.procedures.items() if kind.timepoints)
    first = points[kind.timepoints[0]]
    on = add_months(today, -first.months) - first.days * DAY + 3 * DAY
    while follow_up.due(first, on) > today:
        on -= DAY
    return key, "performed", on


def steps(study: Study, begun_at: datetime, done: Mapping[str, datetime | None], now: datetime) -> tuple[Step, ...]:
    """Where a canary stands. done: {step: when it was done}. A step is proven by one after it as well: what was
    answered has arrived, though no receipt says so."""
    found: list[Step] = []
    last = max((number for number, name in enumerate(STEPS) if done[name]), default=-1)
    since = begun_at
    for number, (name, minutes) in enumerate(STEPS.items()):
        if number == last + 1:
            late = after_open_minutes(study, since, minutes) < now
            found.append(Step(name, None, "late" if late else "waits"))
        else:
            found.append(Step(name, done[name], "done" if number <= last else "later"))
        since = max(since, done[name] or since)
    return tuple(found)
