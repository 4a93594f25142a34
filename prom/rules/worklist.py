"""The order in which open alerts and unread reports stand before a nurse, and when one is overdue. The software forces
the order: where it did not, severe reports were not dealt with sooner than others (CLINICAL, alerts).

How soon the participant wants to hear from the clinic orders what the study's rules leave equal, and nothing else: it
lifts no alert over one that is red, overdue or of a higher class."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from prom.rules import alert_life, ladder
from prom.rules.answers import given
from prom.rules.instrument import kept
from prom.rules.study import CLASSES, URGENCIES, Study
from prom.rules.times import instant


@dataclass(frozen=True)
class Standing:
    """Where an alert stands. taken: the event by which somebody has it, or None. acknowledge_by: the instant by which
    somebody must have taken it since it last called. act_by: the one by which who has it must have spoken to the
    participant, close_by: the one by which it must be closed after that; None where there is none. overdue: the one
    that counts now is past."""

    state: str
    taken: Mapping | None
    acknowledge_by: datetime
    act_by: datetime | None
    close_by: datetime | None
    overdue: bool

    @property
    def due_by(self) -> datetime | None:
        """The instant that counts now: to be taken, then to be acted on, then to be closed; None for what is
        closed."""
        by = {"open": self.acknowledge_by, "acknowledged": self.act_by, "contacted": self.close_by}
        return by.get(self.state)


@dataclass(frozen=True)
class Asked:
    """How soon a participant wants to hear from the clinic. urgency: one of URGENCIES, "" where they did not say.
    call_when: a good time to call, in their words; "" where they gave none."""

    urgency: str = ""
    call_when: str = ""


def asked(study: Study, timepoint_key: str, answers: dict) -> Asked:
    """What a report or a draft asks for. answers: as they stand; those behind a branch since changed do not count."""
    live, roles = kept(study, timepoint_key, answers), study.instrument
    found = {name: live.get(key) for name, key in (("urgency", roles.urgency), ("call_when", roles.call_when))}
    return Asked(**{name: str(value) for name, value in found.items() if given(value)})


def standing(study: Study, alert_class: str, events: Iterable[Mapping], now: datetime) -> Standing:
    """An alert's standing from its events, oldest first."""
    events = list(events)
    by = ladder.acknowledge_by(study, alert_class, instant(alert_life.called_at(events)))
    state, taken = alert_life.state(events), alert_life.taken(events)
    act_by = ladder.act_by(study, alert_class, instant(taken["at"])) if taken else None
    spoken = alert_life.to_close(events)
    close_by = ladder.close_by(study, alert_class, instant(spoken["at"])) if spoken else None
    stands = Standing(state, taken, by, act_by, close_by, overdue=False)
    return replace(stands, overdue=stands.due_by is not None and now > stands.due_by)


def place(alert_class: str, overdue: bool, urgency: str, raised_at: str) -> tuple:
    """The sorting key of an open alert: red first whatever else, then the overdue, then by class; among equals the
    participant's own urgency ("" for none given), then the oldest."""
    return alert_class != "red", not overdue, CLASSES.index(alert_class), _soon(urgency), raised_at


def place_to_read(alert_class: str | None, urgency: str) -> tuple:
    """The sorting key of an unread report, for a list that stands by age: those with an open red alert, then those with
    an open high one; among equals and among all others the participant's own urgency. alert_class: of its open alert,
    None without any."""
    return CLASSES.index(alert_class or "routine"), _soon(urgency)


def read_by(study: Study, sent_at: datetime) -> datetime:
    """By when a nurse reads a report: it waits no longer than a routine alert may."""
    return ladder.acknowledge_by(study, "routine", sent_at)


def _soon(urgency: str) -> int:
    """The place of an urgency: what was asked for before what was not."""
    return URGENCIES.index(urgency) if urgency else len(URGENCIES)
