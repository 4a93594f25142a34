"""The canary: a try-out person who goes through the whole path of a text once a week. Which steps there are, by when
each must be done after the one before, and where a canary stands. Instants are aware."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from prom.rules.hours import after_open_minutes, is_open
from prom.rules.study import Study
from prom.rules.times import DAY, local_day

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
