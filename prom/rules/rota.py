"""Who is on call at an instant, place by place, and when nobody is. The standing list holds each place; a dated shift
holds it for its time, the shift put in last before others. Whoever is away or has left holds none: the next in line for
the place does. Stored instants are compared as text; those of spans are aware."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from prom.rules.hours import is_open, is_working_day
from prom.rules.study import Study
from prom.rules.times import DAY, at_time, instant, local_day, stamp

Row = dict[str, Any]

LEAD = 0  # the place of the named lead; 1, 2, ... are the nurses in their order
LEFT, AWAY, NO_MOBILE, OPTED_OUT = "left", "away", "no_mobile", "opted_out"
SECOND = timedelta(seconds=1)  # to which instants are stored
AHEAD = timedelta(hours=24)  # a gap that begins within so long is told of
LONGEST_SHIFT = timedelta(days=31)
LONGEST_AWAY = timedelta(days=366)


@dataclass(frozen=True)
class Place:
    """A place of the list at an instant. shift: the number of the shift by which it is held, None for the standing
    list. fault: why who holds it cannot be told (left, away, no_mobile, opted_out), "" where they can."""

    position: int
    staff_id: str
    shift: int | None = None
    fault: str = ""


@dataclass(frozen=True)
class OnCall:
    """Every place that somebody holds, the lead first."""

    places: tuple[Place, ...]

    @property
    def nurses(self) -> tuple[str, ...]:
        """Who can be told, in order, each once."""
        return tuple(dict.fromkeys(each.staff_id for each in self.places if each.position != LEAD and not each.fault))

    @property
    def lead(self) -> str | None:
        """The lead, where they can be told."""
        return next((each.staff_id for each in self.places if each.position == LEAD and not each.fault), None)


@dataclass(frozen=True)
class Facts:
    """What the rota is reckoned from. standing: position, id. shifts: seq, position, staff_id, from_at, until_at, in
    the order in which they were put in. away: staff_id, from_at, until_at. faults: {staff id: why they cannot be
    told}."""

    standing: Sequence[Row]
    shifts: Sequence[Row]
    away: Sequence[Row]
    faults: Mapping[str, str]


@dataclass(frozen=True)
class Span:
    """A time in which nothing changes. night: the clinic is closed. gap: "nobody" where nobody at all can be told,
    "uncovered" for a night that is to be covered and that no nurse covers, "" for none."""

    from_at: datetime
    until_at: datetime
    night: bool
    on_call: OnCall
    gap: str


def on_call(facts: Facts, at: datetime) -> OnCall:
    """Who holds each place at an instant."""
    now = stamp(at)
    away = {row["staff_id"] for row in facts.away if _covers(row, now)}
    line: dict[int, list[Place]] = {}
    for row in reversed(facts.shifts):
        if _covers(row, now):
            _join(line, _place(facts, row["position"], row["staff_id"], row["seq"], away))
    for row in facts.standing:
        _join(line, _place(facts, row["position"], row["id"], None, away))
    return OnCall(tuple(_first_here(line[position]) for position in sorted(line)))


def spans(study: Study, facts: Facts, start: datetime, until: datetime) -> tuple[Span, ...]:
    """The time between two instants, cut wherever somebody else is on call, the clinic opens or closes, and where a day
    begins at the hour at which it opens."""
    found: list[Span] = []
    edges = sorted({start, until, *(edge for edge in _edges(study, facts, start, until) if start < edge < until)})
    for begins, ends in zip(edges, edges[1:], strict=False):
        here = on_call(facts, begins)
        night = not is_open(study, begins)
        last = found[-1] if found else None
        if last and (last.on_call, last.night) == (here, night) and begins != _day_begins(study, begins):
            found[-1] = Span(last.from_at, ends, night, here, last.gap)
        else:
            found.append(Span(begins, ends, night, here, gap(study, here, night)))
    return tuple(found)


def gap(study: Study, here: OnCall, night: bool) -> str:
    """What is missing while these are on call: see Span."""
    if not here.nurses and here.lead is None:
        return "nobody"
    return "uncovered" if night and study.night.cover and not here.nurses else ""


def alone(here: OnCall) -> str | None:
    """The one person who can be told while these are on call; None where there are more, or nobody."""
    people = {*here.nurses, here.lead} - {None}
    return next(iter(people)) if len(people) == 1 else None


def day_of_rota(study: Study, at: datetime) -> date:
    """The day to which an instant belongs on the rota: a night belongs to the day on which it begins."""
    day = local_day(at, study.zone)
    return day if at >= at_time(day, study.clinic.open, study.zone) else day - DAY


def next_night(study: Study, at: datetime) -> datetime:
    """When the next night begins: the closing of the opening hours that stand or come next. At night: now."""
    if not is_open(study, at):
        return at
    return at_time(local_day(at, study.zone), study.clinic.close, study.zone)


def _covers(row: Row, now: str) -> bool:
    return row["from_at"] <= now < row["until_at"]


def _join(line: dict[int, list[Place]], place: Place) -> None:
    line.setdefault(place.position, []).append(place)


def _place(facts: Facts, position: int, staff_id: str, shift: int | None, away: set[str]) -> Place:
    fault = facts.faults.get(staff_id, "")
    return Place(position, staff_id, shift, AWAY if staff_id in away and fault != LEFT else fault)


def _first_here(line: list[Place]) -> Place:
    return next((each for each in line if each.fault not in (LEFT, AWAY)), line[0])


def _edges(study: Study, facts: Facts, start: datetime, until: datetime) -> Iterator[datetime]:
    for row in (*facts.shifts, *facts.away):
        yield instant(row["from_at"])
        yield instant(row["until_at"])
    for number in range((local_day(until, study.zone) - local_day(start, study.zone)).days + 1):
        day = local_day(start, study.zone) + number * DAY
        yield at_time(day, study.clinic.open, study.zone)
        if is_working_day(study, day):
            yield at_time(day, study.clinic.close, study.zone)


def _day_begins(study: Study, at: datetime) -> datetime:
    return at_time(local_day(at, study.zone), study.clinic.open, study.zone)
