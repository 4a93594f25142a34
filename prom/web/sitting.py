"""One participant at one form: how far it is filled in, which screen comes next, and what a page of it knows."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from secrets import token_hex
from zoneinfo import ZoneInfo

from flask import g
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from prom.actions.links import Opened
from prom.rules import recall
from prom.rules.answers import given
from prom.rules.instrument import Step, after, answer_key, first_open, part, plain, split_key, steps
from prom.rules.saving import Page, changed_elsewhere, last_of
from prom.rules.texts import several, spoken_day, spoken_since
from prom.rules.times import day_of, instant, local_day
from prom.rules.visit import since
from prom.store import held, procedures, reports, visits
from prom.web.survey_forms import StepForm, form_for

_KNOWN = re.compile(r"(\d{0,18})\.([0-9a-f]{0,8})", re.ASCII)  # the last save shown, and the page's own name
REVIEW = "review"  # where the address says a screen's number: the page of all answers


@dataclass(frozen=True)
class Sitting:
    """A form as far as it is filled in. now: aware, UTC."""

    opened: Opened
    now: datetime

    @property
    def language(self) -> str:
        return self.opened.language

    @cached_property
    def saved(self) -> list[dict]:
        """The saved screens, in the order of saving."""
        return reports.screens(g.db, self.opened.visit["id"])

    @cached_property
    def answers(self) -> dict:
        """The saved answers by answer key; none for a holder who is unknown, who is asked the first screen."""
        if self.opened.unknown:
            return {}
        return reports.answers(g.db, self.opened.visit["id"])

    @cached_property
    def filled_in(self) -> dict:
        """What the forms are filled in with: the answers, and those taken back, to be looked at again."""
        return (recall.taken_back(self.opened.study, self.saved) if self.answers else {}) | self.answers

    @cached_property
    def last(self) -> dict | None:
        """The report before this one, where its answers may be shown."""
        if not self.opened.shows_history:
            return None
        return reports.last_before(g.db, self.opened.person["id"], self.opened.visit["id"])

    @cached_property
    def recalls(self) -> tuple[str, ...]:
        """The keys of the screens that have something of it to show."""
        study, timepoint = self.opened.study, self.opened.visit["timepoint"]
        return recall.recalls(study, timepoint, self.answers, self.last["answers"], self.today) if self.last else ()

    @cached_property
    def shown(self) -> tuple[Step, ...]:
        """The screens that these answers call for."""
        return steps(self.opened.study, self.opened.visit["timepoint"], self.answers, self.recalls)

    @cached_property
    def first_open(self) -> Step | None:
        """The first screen without an answer; None when the form is ready for review."""
        return first_open(self.opened.study, self.opened.visit["timepoint"], self.answers, self.recalls)

    @property
    def today(self) -> date:
        """The day in the participant's zone."""
        return local_day(self.now, self._zone)

    @cached_property
    def since(self) -> str:
        """What "since" means in the questions, in words."""
        person, visit = self.opened.person, self.opened.visit
        own = procedures.of_participant(g.db, person["id"])
        day = since(own, visits.of_participant(g.db, person["id"]), visit, self._zone)
        return spoken_since(day, self.language) if day else gettext("your last check-in")

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.opened.person["zone"])

    @cached_property
    def reached(self) -> tuple[Step, ...]:
        """The screens up to the first without an answer: no later one is shown or taken."""
        return self.shown[: self.number(self.first_open)] if self.first_open else self.shown

    def named(self, key: str) -> Step | None:
        """The reached screen of that key."""
        return next((step for step in self.reached if step.key == key), None)

    def wanted(self, at: str) -> Step | None:
        """The reached screen asked for by its key or number, else the first without an answer; None: review."""
        asked = (step for number, step in enumerate(self.reached, 1) if at in (step.key, str(number)))
        return next(asked, self.first_open)

    def number(self, step: Step) -> int:
        """The place of a screen among those shown, from 1."""
        return [one.key for one in self.shown].index(step.key) + 1

    def part(self, step: Step) -> tuple[int, int, int]:
        """(number, total, question) of the part that a screen belongs to."""
        return part(self.shown, step.key)

    def place(self, step: Step | None) -> str:
        """How the address names a screen; None: the review."""
        return str(self.number(step)) if step else REVIEW

    def after(self, step: Step, changed: bool) -> Step | None:
        """The screen that Next leads to once one is saved: the following one if it was answered before, else the first
        without an answer; None: review. changed: the screen was opened from the review. What was copied from the last
        report is not walked through: it stands in the review."""
        following = after(self.shown, step.key)
        if changed or step.screen.recall or not self.first_open or following is None:
            return self.first_open
        return following if self.number(following) < self.number(self.first_open) else self.first_open

    def form(self, step: Step, sent: MultiDict | None = None) -> StepForm:
        """The form of a screen with the saved answers, or with what was sent."""
        made = form_for(step, self.opened.study, self.language, self.filled_in, today=self.today, since=self.since)
        return made(sent)

    def recalled(self, step: Step) -> tuple[str, list[str]]:
        """What a screen shows of the last report: the words above, and the lines of a list; ("", []) for nothing."""
        study, screen = self.opened.study, step.screen
        if screen.recall is None or self.last is None:
            return "", []
        timepoint, last = self.opened.visit["timepoint"], self.last["answers"]
        copies = recall.copies(study, timepoint, screen, self.answers, last, self.today)
        sent_on = local_day(instant(self.last["submitted_at"]), self._zone)
        intro = study.words(screen.recall.intro, self.language)
        day = spoken_day(sent_on, self.language, year=True)
        return intro.format(date=day), recall.shown(study, screen, copies, self.language)

    def held(self, held_id: str) -> StepForm | None:
        """The form of a screen that was sent and could not be kept, judged again: its faults, or the answer that was
        saved elsewhere meanwhile. None where nothing of this visit is held under that id, or its screen is gone."""
        row = held.of_visit(g.db, self.opened.visit["id"], held_id) if held_id else None
        step = self.named(row["step"]) if row else None
        return self._judged(step, row) if step and row else None

    def unsaved(self, step: Step) -> StepForm | None:
        """As `held`, of what was last sent for a screen and not kept; None on the first screen, to which anybody can
        send who has the link."""
        row = held.last_of(g.db, self.opened.visit["id"], step.key) if step.key != self.shown[0].key else None
        return self._judged(step, row) if row else None

    def _judged(self, step: Step, row: dict) -> StepForm:
        sent = MultiDict(row["form"])
        form, page = self.form(step, sent), page_known(sent)
        if form.validate() and page and self.opened.identified and changed_elsewhere(self.saved, form.answers, page):
            form.elsewhere = several((words for _, words in self.in_words(step)), self.language)
        return form

    def knows(self, step: Step) -> str:
        """What a page of this screen knows when it is made: what `page_known` reads."""
        last = last_of(self.saved, step.answer_keys)
        return f"{last['seq'] if last else ''}.{token_hex(4)}"

    @property
    def knows_all(self) -> str:
        """What the page of all answers knows when it is made."""
        return f"{self.saved[-1]['seq'] if self.saved else ''}."

    def in_words(self, step: Step) -> list[tuple[str, str]]:
        """The saved answers of a screen as their writer reads them, by answer key: a number with its unit in one."""
        found = []
        for item in (item for item in step.items if not item.with_):
            units = [answer_key(other.key, step.instance) for other in step.items if other.with_ == item.key]
            key = answer_key(item.key, step.instance)
            keys = [key, *(unit for unit in units if given(self.answers.get(unit)))]
            found.append((key, " ".join(self._words(one) for one in keys)))
        return found

    def _words(self, key: str) -> str:
        study, value = self.opened.study, self.answers.get(key)
        if study.items[split_key(key)[0]].kind == "date" and isinstance(value, str) and value:
            return spoken_day(day_of(value), self.language, year=True)
        return plain(study, key, value, self.language) or gettext("Left empty")


def page_known(sent: MultiDict) -> Page | None:
    """What the page knew that a form was sent from; None where it does not tell."""
    if "seen" not in sent:
        return None
    told = _KNOWN.fullmatch(sent["seen"])
    return Page(int(told[1]) if told and told[1] else None, told[2] if told else "")
