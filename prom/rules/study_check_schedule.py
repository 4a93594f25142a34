"""Whether the procedures, timepoints and what follows what of a study file fit together."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache

from prom.rules.study import ProcedureKind, Study, Timepoint
from prom.rules.times import DAY, add_months

Fault = tuple[str, str]  # place, remedy

# Every day of four years, a leap year among them: the days on which a procedure may be performed.
_START_DAYS = tuple(date(2026, 1, 1) + number * DAY for number in range(1461))


def check(study: Study) -> list[Fault]:
    """The faults of [schedule], [procedures], [path], [[follows]] and [[timepoints]]."""
    faults = [*_timing(study), *_timepoints(study), *_path(study), *_follows(study)]
    for key, kind in study.procedures.items():
        faults += _procedure(study, f"procedures.{key}.timepoints", kind)
    return faults


def _timing(study: Study) -> Iterator[Fault]:
    if study.schedule.baseline_due_days > study.schedule.baseline_opens_days:
        yield "schedule.baseline_due_days", "must not be more than baseline_opens_days: lower it"


def _timepoints(study: Study) -> Iterator[Fault]:
    baselines = [point.key for point in study.timepoints if point.baseline]
    if len(baselines) != 1:
        yield "timepoints", f"exactly one has baseline = true, not {len(baselines)}: add or remove it"
    for point in study.timepoints:
        place = f"timepoints.{point.key}"
        offset = point.months or point.days
        if point.baseline and offset:
            yield place, "a baseline comes before the procedure: remove months and days"
        elif not point.baseline and not offset:
            yield place, "when is it due? add months or days after the procedure"
        elif not point.baseline and point.window_before >= _shortest(point):
            yield f"{place}.window_before", "it would open before the procedure is over: lower it"


def _procedure(study: Study, place: str, kind: ProcedureKind) -> Iterator[Fault]:
    known = {point.key: point for point in study.timepoints}
    for key in kind.timepoints:
        if key not in known:
            yield place, f"there is no timepoint {key}: name one of: {', '.join(known)}"
    if max(Counter(kind.timepoints).values(), default=0) > 1:
        yield place, "name each timepoint once"
    points = [known[key] for key in dict.fromkeys(kind.timepoints) if key in known]
    if any(point.baseline for point in points[1:]):
        yield place, "the baseline comes first: put it there"
    yield from _overlaps(place, [point for point in points if not point.baseline])


def _overlaps(place: str, points: list[Timepoint]) -> Iterator[Fault]:
    for one, two in zip(points, points[1:], strict=False):
        apart = min((later - day).days for day, later in zip(_due(one), _due(two), strict=True))
        if apart <= 0:
            yield place, f"{two.key} is due no later than {one.key}: put them in the order of their time"
        elif apart <= one.window_after + two.window_before:
            yield place, f"the windows of {one.key} and {two.key} overlap: shorten one of them"


def _shortest(point: Timepoint) -> int:
    return min((due - day).days for day, due in zip(_START_DAYS, _due(point), strict=True))


def _due(point: Timepoint) -> tuple[date, ...]:
    """When it is due after a procedure of each start day."""
    return _later(point.months, point.days)


@cache
def _later(months: int, days: int) -> tuple[date, ...]:
    return tuple(add_months(day, months) + days * DAY for day in _START_DAYS)


def _path(study: Study) -> Iterator[Fault]:
    if study.path.decision in [kind.arm for kind in study.procedures.values() if kind.arm]:
        yield "path.decision", "is the arm of a procedure: name the decision otherwise"
    if study.path.decision == study.path.undecided:
        yield "path.decision", "is the word for undecided: name the decision otherwise"


def _follows(study: Study) -> Iterator[Fault]:
    pairs = Counter((row.after, row.then) for row in study.follows)
    for number, row in enumerate(study.follows):
        for kind in dict.fromkeys((row.after, row.then)):
            if kind not in study.procedures:
                known = ", ".join(study.procedures)
                yield f"follows.{number}", f"there is no procedure {kind}: name one of: {known}"
    for (after, then), many in pairs.items():
        if many > 1:
            yield "follows", f"{then} after {after} is there {many} times: remove all but one"
    for after in study.procedures:
        for then in study.procedures:
            if (after, then) not in pairs:
                yield "follows", f"what does {then} after {after} do? add [[follows]] for it"
