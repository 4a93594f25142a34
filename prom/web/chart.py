"""Where the pain scores stand in a picture: coordinates for the SVG macro. Points by date, gaps left open. The words
in it are those of whoever looks."""

from collections.abc import Callable, Iterable
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


@dataclass(frozen=True)
class Words:
    """What a picture says: whole, of it all; of a score; of a month, of which at most so many are named; of a
    procedure."""

    whole: Callable[[list[Pain]], str]
    score: Callable[[Pain], str]
    month: Callable[[date], str]
    procedure: Callable[[Row], str]
    most_months: int = 4


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
    """The picture of a participant's average pain as staff see it, with the procedures performed; None while there is
    no score."""
    done = [row for row in history.procedures if row["status"] == "performed"]
    words = Words(
        whole=lambda scores: "Average pain, 0 to 10: " + "; ".join(_said(score) for score in scores),
        score=lambda score: f"{score.title}, {spoken.day(score.on)}",
        month=lambda month: spoken.day(month).split(" ", 1)[1],
        procedure=lambda row: study.procedures[row["kind"]].title,
    )
    return draw(scores, done, words)


def draw(scores: list[Pain], done: list[Row], words: Words) -> Chart | None:
    """The picture of scores by day, and of the procedures performed that are to be marked; None without a score."""
    if not any(score.value is not None for score in scores):
        return None
    days = [score.on for score in scores] + [date.fromisoformat(row["performed_on"]) for row in done]
    first, last = min(days), max(max(days), min(days) + _SHORTEST)
    points = [_point(score, first, last, words) if score.value is not None else None for score in scores]
    return Chart(
        points=[point for point in points if point],
        lines=list(_lines(points)),
        marks=[_mark(number, row, first, last, words) for number, row in enumerate(done)],
        months=_months(first, last, words),
        levels=[(_y(level), level) for level in (0, 2, 4, 6, 8, 10)],
        words=words.whole(scores),
    )


def _said(score: Pain) -> str:
    return f"{spoken.day(score.on)} {score.average if score.value is not None else 'no score'}"


def _x(day: date, first: date, last: date) -> float:
    return round(_LEFT + 6 + (_RIGHT - _LEFT - 12) * ((day - first) / (last - first)), 1)


def _y(value: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * value / 10, 1)


def _point(score: Pain, first: date, last: date, words: Words) -> Point:
    assert score.value is not None
    return Point(_x(score.on, first, last), _y(score.value), score.average, words.score(score))


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


def _mark(number: int, procedure: Row, first: date, last: date, words: Words) -> Mark:
    x = _x(date.fromisoformat(procedure["performed_on"]), first, last)
    anchor = "start" if x < (_LEFT + _RIGHT) / 2 else "end"
    return Mark(x, words.procedure(procedure), _TOP - 30 + 13 * (number % 2), anchor)


def _months(first: date, last: date, words: Words) -> list[tuple[float, str]]:
    """The first days of months inside the picture, few enough to be read."""
    month, found = add_months(first.replace(day=1), 1), []
    while month <= last:
        found.append(month)
        month = add_months(month, 1)
    every = -(-len(found) // words.most_months) or 1
    return [(_x(each, first, last), words.month(each)) for each in found[::every]]
