"""Where the pain scores stand in a picture: coordinates for the SVG macro. Points by date, gaps left open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from prom.rules.study import Study
from prom.rules.times import DAY, add_months
from prom.store.connect import Row
from prom.web import spoken
from prom.web.history import History, Pain

WIDTH, HEIGHT = 360, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 26, 336, 44, 196
_SHORTEST = 60 * DAY
_MOST_TICKS = 6


@dataclass(frozen=True)
class Point:
    """A score in its place."""

    x: float
    y: float
    words: str
    title: str


@dataclass(frozen=True)
class Mark:
    """A procedure's upright line, with its words at a height (0 or 1) and the side on which they hang."""

    x: float
    words: str
    y: float
    anchor: str


@dataclass(frozen=True)
class Chart:
    """Everything that is drawn. lines: the points of each unbroken line as SVG writes them."""

    points: list[Point]
    lines: list[str]
    marks: list[Mark]
    months: list[tuple[float, str]]
    levels: list[tuple[float, int]]
    words: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = _RIGHT
    top: int = _TOP
    bottom: int = _BOTTOM


def chart(study: Study, scores: list[Pain], history: History) -> Chart | None:
    """The picture of a participant's average pain; None while there is no score."""
    if not any(score.value is not None for score in scores):
        return None
    done = [row for row in history.procedures if row["status"] == "performed"]
    days = [score.on for score in scores] + [date.fromisoformat(row["performed_on"]) for row in done]
    first, last = min(days), max(max(days), min(days) + _SHORTEST)
    points = [_point(score, first, last) if score.value is not None else None for score in scores]
    return Chart(
        points=[point for point in points if point],
        lines=list(_lines(points)),
        marks=[_mark(study, number, row, first, last) for number, row in enumerate(done)],
        months=_months(first, last),
        levels=[(_y(level), level) for level in (0, 2, 4, 6, 8, 10)],
        words="Average pain, 0 to 10: " + "; ".join(_said(score) for score in scores),
    )


def _said(score: Pain) -> str:
    return f"{spoken.day(score.on)} {score.average if score.value is not None else 'no score'}"


def _x(day: date, first: date, last: date) -> float:
    return round(_LEFT + 6 + (_RIGHT - _LEFT - 12) * ((day - first) / (last - first)), 1)


def _y(value: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * value / 10, 1)


def _point(score: Pain, first: date, last: date) -> Point:
    assert score.value is not None
    return Point(_x(score.on, first, last), _y(score.value), score.average, f"{score.title}, {spoken.day(score.on)}")


def _lines(points: Iterable[Point | None]) -> Iterable[str]:
    """Lines through neighbours; a visit without a score breaks them."""
    run: list[Point] = []
    for point in [*points, None]:
        if point:
            run.append(point)
        elif run:
            if len(run) > 1:
                yield " ".join(f"{each.x},{each.y}" for each in run)
            run = []


def _mark(study: Study, number: int, procedure: Row, first: date, last: date) -> Mark:
    x = _x(date.fromisoformat(procedure["performed_on"]), first, last)
    words = study.procedures[procedure["kind"]].title
    return Mark(x, words, _TOP - 30 + 13 * (number % 2), "start" if x < (_LEFT + _RIGHT) / 2 else "end")


def _months(first: date, last: date) -> list[tuple[float, str]]:
    """The first days of months inside the picture, few enough to be read."""
    month, found = add_months(first.replace(day=1), 1), []
    while month <= last:
        found.append(month)
        month = add_months(month, 1)
    every = -(-len(found) // _MOST_TICKS) or 1
    return [(_x(each, first, last), spoken.day(each).split(" ", 1)[1]) for each in found[::every]]
