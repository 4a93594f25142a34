"""The participant's pages behind a link: one screen at a time, review, send, thanks. No JavaScript, no cookies.

A GET changes nothing. Each screen is a POST that saves and leads on by 303, so that Back never sends a form again.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from prom.actions import answer
from prom.actions.answer import Opened
from prom.errors import AlreadyAnswered, LinkClosed, Refusal
from prom.rules.answers import given
from prom.rules.instrument import Step, after, before, first_open, label, plain, split_key, steps, warns, what
from prom.rules.languages import direction
from prom.rules.texts import spoken_day, spoken_since
from prom.rules.times import day_of, local_day
from prom.rules.visit import since, takes_answers
from prom.store import procedures, reports, visits
from prom.web import guards, survey_advice
from prom.web.survey_forms import StepForm, form_for
from prom.web.survey_words import heading

bp = Blueprint("survey", __name__)


@bp.route("/s/<token>", methods=["GET", "POST"])
@guards.token
def survey(opened: Opened, token: str) -> Response:
    """Show one screen of a visit's form and take its answers; review, send, thank."""
    if request.method == "POST":
        return _take(opened)
    if opened.state == "submitted":
        advice, texts = survey_advice.thanks(g.db, g.means, opened, g.now)
        return _page("end.html", opened, page="thanks", advice=advice, texts=texts)
    if opened.state != "ask":
        return _ending(opened)
    sitting = Sitting(opened, g.now)
    step = sitting.wanted(request.args.get("at", ""))
    return _screen(sitting, step, sitting.form(step)()) if step else _review(sitting)


@bp.route("/s/<token>/", methods=["GET", "POST"])
@guards.token
def with_slash(opened: Opened, token: str) -> Response:
    """Lead a link that was copied with a slash at its end to its plain address."""
    address, query = url_for("survey.survey", token=token), request.query_string.decode()
    return redirect(f"{address}?{query}" if query else address, 308 if request.method == "POST" else 302)


@dataclass(frozen=True)
class Sitting:
    """A form as far as it is filled in. now: aware, UTC."""

    opened: Opened
    now: datetime

    @property
    def language(self) -> str:
        return self.opened.language

    @cached_property
    def answers(self) -> dict:
        """The saved answers by answer key."""
        return reports.answers(g.db, self.opened.visit["id"])

    @cached_property
    def shown(self) -> tuple[Step, ...]:
        """The screens that these answers call for."""
        return steps(self.opened.study, self.opened.visit["timepoint"], self.answers)

    @cached_property
    def first_open(self) -> Step | None:
        """The first screen without an answer; None when the form is ready for review."""
        return first_open(self.opened.study, self.opened.visit["timepoint"], self.answers)

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

    def wanted(self, at: str) -> Step | None:
        """The reached screen asked for by its key or number, else the first without an answer; None: review."""
        named = (step for number, step in enumerate(self.reached, 1) if at in (step.key, str(number)))
        return next(named, self.first_open)

    def number(self, step: Step) -> int:
        """The place of a screen among those shown, from 1."""
        return [one.key for one in self.shown].index(step.key) + 1

    def form(self, step: Step) -> type[StepForm]:
        return form_for(step, self.opened.study, self.language, self.answers, today=self.today, since=self.since)

    def next_address(self, step: Step, changed: bool) -> str:
        """Where Next leads once a screen is saved: the following screen if it was answered before, else the first
        without an answer or the review. changed: the screen was opened from the review."""
        following = after(self.shown, step.key)
        if changed or not self.first_open or following is None:
            return self.opened.address
        ahead = self.number(following) < self.number(self.first_open)
        return f"{self.opened.address}?at={self.number(following)}" if ahead else self.opened.address


def _take(opened: Opened) -> Response:
    """Save the screen that was sent, or send the whole form."""
    if "send" in request.form:
        return _send(opened)
    sitting = Sitting(opened, g.now)
    step = next((step for step in sitting.reached if step.key == request.form.get("step")), None)
    form = sitting.form(step)(request.form) if step else None
    if form is not None and form.validate():
        return _save(opened, form)
    if opened.state == "submitted":
        return redirect(opened.address, 303)
    if opened.state != "ask":
        return _ending(opened)
    answer.open_visit(g.db, g.means, opened.visit["id"], g.now)
    return _screen(sitting, form.step, form) if form is not None else redirect(opened.address, 303)


def _save(opened: Opened, form: StepForm) -> Response:
    """Keep a valid screen. One that the link does not ask for any more is kept for the nurses and answered with the
    page that says why; of somebody who left, or by a link that ended itself, only a warning sign is kept."""
    ended = opened.state == "closed" and takes_answers(opened.visit, g.now)  # the link ended, not the visit
    if (opened.state == "withdrawn" or ended) and not warns(opened.study, form.answers):
        return _ending(opened)
    # No layout of the scale is kept: the width and the text size of a phone decide between row and column.
    try:
        late = opened.state != "ask"
        answer.save(g.db, g.means, opened.visit["id"], form.step.key, form.answers, g.now, late=late)
    except AlreadyAnswered:
        return redirect(opened.address, 303)
    except LinkClosed:
        return _ending(opened, form.answers)
    return redirect(Sitting(opened, g.now).next_address(form.step, "change" in request.form), 303)


def _send(opened: Opened) -> Response:
    """Send the form; a second time leads to the same thanks, an unfinished one to what is missing."""
    if opened.state == "submitted":
        return redirect(opened.address, 303)
    if opened.state != "ask":
        return _ending(opened)
    try:
        answer.submit(g.db, g.means, opened.visit["id"], g.now)
    except AlreadyAnswered:
        pass
    except LinkClosed:
        return _ending(opened)
    except Refusal as refusal:
        if refusal.key != "not_finished":
            raise
        answer.open_visit(g.db, g.means, opened.visit["id"], g.now)
    return redirect(opened.address, 303)


def _screen(sitting: Sitting, step: Step, form: StepForm) -> Response:
    """One screen; 422 where something in it must be put right."""
    opened, study = sitting.opened, sitting.opened.study
    earlier = before(sitting.shown, step.key)
    changing = "change" in request.values
    texts = []
    if earlier is None:
        texts = [survey_advice.say(study, "not_monitored", sitting.language)]
        if survey_advice.nobody_watches(study, g.now):
            texts.append(survey_advice.say(study, "not_monitored_night", sitting.language))
    return _page(
        "screen.html",
        opened,
        422 if any(field.errors for field in form) else 200,
        advice=survey_advice.emergency_advice(g.db, opened, sitting.answers),
        notices=texts,
        form=form,
        number=sitting.number(step),
        total=len(sitting.shown),
        changing=changing,
        back="review" if changing and not sitting.first_open else sitting.number(earlier) if earlier else None,
    )


def _review(sitting: Sitting) -> Response:
    """All answers in words, each with a way to change it."""
    study, language = sitting.opened.study, sitting.language
    rows = []
    for number, step in enumerate(sitting.shown, 1):
        rows += [(number, _question(sitting, step, key), _in_words(sitting, key)) for key in step.answer_keys]
    return _page(
        "review.html",
        sitting.opened,
        advice=survey_advice.emergency_advice(g.db, sitting.opened, sitting.answers),
        text=survey_advice.say(study, "review", language),
        rows=rows,
        last=len(sitting.shown),
    )


def _question(sitting: Sitting, step: Step, key: str) -> str:
    """An item's question as it can be read alone."""
    study, language = sitting.opened.study, sitting.language
    item_key, instance = split_key(key)
    question = label(study, key, language)
    return question.format(since=sitting.since, what=what(study, study.items[item_key], instance, language))


def _in_words(sitting: Sitting, key: str) -> str:
    """An answer as its writer reads it."""
    study, value = sitting.opened.study, sitting.answers[key]
    if study.items[split_key(key)[0]].kind == "date" and given(value):
        return spoken_day(day_of(value), sitting.language, year=True)
    return plain(study, key, value, sitting.language) or gettext("Left empty")


def _ending(opened: Opened, sent: dict | None = None) -> Response:
    """The plain page of a link that asks nothing. sent: answers that came too late; a warning sign among them
    still gets its advice, and one that was saved keeps it for as long as the link says closed."""
    page, texts = survey_advice.ending(opened, g.now)
    warned = opened.state == "closed" or warns(opened.study, sent or {})
    advice = survey_advice.emergency_advice(g.db, opened, sent or {}) if warned else None
    return _page("end.html", opened, 200 if page == "not_open" else 410, page=page, advice=advice, texts=texts)


def _page(template: str, opened: Opened, status: int = 200, **values) -> Response:
    return make_response(render_template(f"survey/{template}", opened=opened, **values), status)


@bp.context_processor
def _words() -> dict:
    return words()


def words() -> dict:
    """What every page of this room may say."""
    return {"heading": heading, "say": survey_advice.say, "tel": survey_advice.tel, "direction": direction}
