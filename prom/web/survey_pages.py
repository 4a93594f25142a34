"""What a link shows: one screen, the review, the thanks, or why it asks nothing. Showing changes nothing.

Asked by the script of the page (`survey.js`) each answers with its <main> alone, and says at which address that stands.
"""

from collections.abc import Mapping
from itertools import groupby
from urllib.parse import urlencode

from flask import g, make_response, render_template, request
from werkzeug.wrappers import Response

from prom.actions import numbers
from prom.actions.links import Opened
from prom.rules.instrument import Step, before, label, question, what
from prom.store import reports
from prom.web import own_pain, survey_advice, thanks, year
from prom.web.sitting import REVIEW, Sitting
from prom.web.survey_forms import StepForm

WHOLE = "whole"  # in the query of a page that the script must load as a whole
UNCHANGED = "unchanged"  # in the query of the thanks, where another answer came after sending
WARNED = "warned"  # in that of the page of an ended link by which a warning sign was just sent


def show(opened: Opened, query: Mapping[str, str]) -> Response:
    """The page of a link's form that is asked for. query: at (a screen's number), change (it was opened from the
    review), held (the id of what was sent and not kept), changed (the review is not what it was)."""
    found = _show(opened, query)
    if for_script():
        found.status_code = 200
        found.headers["X-At"] = address(opened, query)
    return found


def goes_back_to_first(opened: Opened) -> bool:
    """Whether whoever opens the bare address of a link is led to the first screen by its number: while that alone is
    saved. It was shown at the bare address, and the browser's Back from the second one comes there again; who opens the
    link anew finds the first screen filled in, and goes on. One that asks for the year of birth leads to that."""
    if opened.state != "ask" or not opened.identified or opened.passed:
        return False
    sitting = Sitting(opened, g.now)
    return bool(sitting.saved) and len(sitting.reached) == 2 and sitting.first_open == sitting.reached[1]


def address(opened: Opened, query: Mapping[str, str]) -> str:
    """Where a page of the form stands."""
    return f"{opened.address}?{urlencode(query)}" if query else opened.address


def for_script() -> bool:
    """Whether the script of a page asks: it wants the <main> alone."""
    return "X-Screen" in request.headers and WHOLE not in request.args


def _show(opened: Opened, query: Mapping[str, str]) -> Response:
    if opened.state == "submitted":
        told = thanks.told(g.db, g.means, opened, g.now, unchanged=UNCHANGED in query)
        if told.asks_year:
            return _asks_year(opened, query, advice=told.advice, sent=told.texts, kept={})
        pain = own_pain.of(g.db, g.means, opened, g.now) if told.calm else None
        return page("end.html", opened, page="thanks", advice=told.advice, texts=told.texts, pain=pain)
    if opened.state != "ask":
        why, texts = survey_advice.ending(opened, g.now, numbers.shares(g.db, g.means, opened.person["id"]))
        advice = survey_advice.ending_advice(g.db, opened, g.now, warned=WARNED in query)
        return page("end.html", opened, 200 if why == "not_open" else 410, page=why, advice=advice, texts=texts)
    if year.is_asked(opened, query):
        return _year(opened, query)
    sitting = Sitting(opened, g.now)
    form = sitting.held(query.get("held", ""))
    if form is None:
        step = sitting.wanted(query.get("at", ""))
        if step is None:
            return _review(sitting, changed="changed" in query)
        form = sitting.unsaved(step) or sitting.form(step)
    return _screen(sitting, form, changing="change" in query)


def _year(opened: Opened, query: Mapping[str, str]) -> Response:
    """The year of birth in the place of a screen; or that it was tried too often."""
    advice = survey_advice.emergency_advice(g.db, opened, reports.answers(g.db, opened.visit["id"]))
    if opened.link["locked_at"]:
        return page("locked.html", opened, 403, advice=advice, not_me=True)
    notices = survey_advice.not_watched(opened.study, opened.language, g.now)
    return _asks_year(opened, query, advice=advice, notices=notices, not_me=True, kept=year.kept(query))


def _asks_year(opened: Opened, query: Mapping[str, str], **values) -> Response:
    shared = numbers.shares_now(g.db, g.means, opened.person["id"])
    return page("year.html", opened, shared=shared, error=year.error(opened, query), **values)


def _screen(sitting: Sitting, form: StepForm, changing: bool) -> Response:
    """One screen, with what is wrong in it."""
    opened, study, step = sitting.opened, sitting.opened.study, form.step
    earlier = before(sitting.shown, step.key)
    back = None if earlier is None else sitting.place(earlier)
    if changing and not sitting.first_open:
        back = REVIEW
    number, total, question = sitting.part(step)
    return page(
        "screen.html",
        opened,
        advice=survey_advice.emergency_advice(g.db, opened, sitting.answers),
        notices=survey_advice.not_watched(study, sitting.language, g.now) if earlier is None else [],
        not_me=earlier is None,
        place=sitting.place(step),
        form=form,
        recalled=sitting.recalled(step),
        seen=sitting.knows(step),
        number=number,
        total=total,
        question=question,
        changing=changing,
        back=back,
    )


def _review(sitting: Sitting, changed: bool) -> Response:
    """All answers in words, each with a way to change it. changed: some are others than when they were last looked
    at."""
    numbered = groupby(enumerate(sitting.shown, 1), lambda one: (one[1].screen.for_each, one[1].instance))
    groups = [_group(sitting, list(steps)) for _, steps in numbered]
    return page(
        "review.html",
        sitting.opened,
        beside=REVIEW,
        advice=survey_advice.emergency_advice(g.db, sitting.opened, sitting.answers),
        text=survey_advice.say(sitting.opened.study, "review", sitting.language),
        changed=changed,
        groups=groups,
        seen=sitting.knows_all,
        last=len(sitting.shown),
    )


def _group(sitting: Sitting, steps: list[tuple[int, Step]]) -> tuple[str, list[tuple[int, str, str, str]]]:
    """(heading, rows) of screens that follow each other and are about the same: what they are about, "" where that is
    the form; (number, question, answer, the question as it can be read alone) of each."""
    study, language, since = sitting.opened.study, sitting.language, sitting.since
    name = what(study, steps[0][1].screen, steps[0][1].instance, language)
    rows = [
        (number, question(study, key, language, since), words, label(study, key, language, since))
        for number, step in steps
        for key, words in sitting.in_words(step)
    ]
    return name[:1].upper() + name[1:], rows


def page(template: str, opened: Opened, status: int = 200, **values) -> Response:
    """A page made of a template of the survey's, or its <main> alone."""
    made = render_template(f"survey/{template}", opened=opened, bare=for_script(), **values)
    return make_response(made, status)
