"""A participant's own pain so far, on the page of the form they have just sent.

A study setting, off by default: seeing the line can sway the next answer. It shows answers of earlier reports, so only
to whoever may see them; and the treatments only to whoever gave the year of birth.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import dropwhile

from flask_babel import gettext

from prom.actions.links import Opened
from prom.actions.means import Means
from prom.rules.texts import spoken_day, spoken_short_month
from prom.store.connect import Database
from prom.web import history
from prom.web.chart import Chart, Words, draw
from prom.web.history import Pain

_MOST_MONTHS = 3  # named in the picture, whose words are large


@dataclass(frozen=True)
class OwnPain:
    """The picture, and the same in words: (day, average pain), oldest first."""

    picture: Chart
    lines: list[tuple[str, str]]


def of(db: Database, means: Means, opened: Opened, now: datetime) -> OwnPain | None:
    """The pain from the first number on; None where it is not to be shown, or while there are not two numbers."""
    if not (opened.study.survey.show_pain and opened.identified and opened.shows_history):
        return None
    whole, language = history.of(db, opened.person["id"]), opened.language
    scores = list(dropwhile(lambda score: score.value is None, history.pain(db, means, whole, now)))
    if sum(score.value is not None for score in scores) < 2:
        return None
    treated = [row for row in whole.procedures if row["status"] == "performed"]
    done = treated if opened.identity == "birth_year" else []
    picture = draw(scores, done, _words(language))
    assert picture is not None
    return OwnPain(picture, [(spoken_day(score.on, language, year=True), _number(score)) for score in scores])


def _words(language: str) -> Words:
    """What the picture says; the whole of it stands beside it."""
    return Words(
        whole=lambda scores: gettext("Your pain so far"),
        score=lambda score: spoken_day(score.on, language, year=True),
        month=lambda month: spoken_short_month(month, language),
        procedure=lambda row: gettext("Treatment"),
        most_months=_MOST_MONTHS,
    )


def _number(score: Pain) -> str:
    return score.average if score.value is not None else gettext("no number")
