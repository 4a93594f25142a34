"""The order in which open alerts stand before a nurse, and when one is overdue. The software forces the order:
where it did not, severe reports were not dealt with sooner than others (CLINICAL, alerts)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from prom.rules import alert_life, ladder
from prom.rules.study import CLASSES, Study
from prom.rules.times import instant


@dataclass(frozen=True)
class Standing:
    """Where an alert stands. taken: the event by which somebody has it, or None. acknowledge_by: the instant by which
    somebody must have taken it since it last called. overdue: nobody has, and that instant is past."""

    state: str
    taken: Mapping | None
    acknowledge_by: datetime
    overdue: bool


def standing(study: Study, alert_class: str, events: Iterable[Mapping], now: datetime) -> Standing:
    """An alert's standing from its events, oldest first."""
    events = list(events)
    by = ladder.acknowledge_by(study, alert_class, instant(alert_life.called_at(events)))
    state, taken = alert_life.state(events), alert_life.taken(events)
    return Standing(state, taken, by, taken is None and state == "open" and now > by)


def place(alert_class: str, overdue: bool, raised_at: str) -> tuple:
    """The sorting key of an open alert: red first whatever else, then the overdue, then by class, oldest first."""
    return alert_class != "red", not overdue, CLASSES.index(alert_class), raised_at
