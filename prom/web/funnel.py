"""The contact funnel of the study: of the visits that came due, how many were texted, opened, answered, and where and
why the others were lost; each count leads to its visits. Try-out people are left out."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, g, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms.validators import Optional, ValidationError

from prom.errors import NotFound
from prom.rules import funnel
from prom.store import funnel as rows
from prom.store import worklists
from prom.store.connect import Row
from prom.web import guards, history, message_words
from prom.web.study_forms import Day
from prom.web.study_person import READ_TEXTS

bp = Blueprint("funnel", __name__)
_FIRST, _LAST = "0000-01-01", "9999-12-31"
_A_PAGE = 100


class PeriodForm(FlaskForm):
    """Which visits: by the day on which they came due. Sent by GET: it changes nothing and carries no token."""

    class Meta:
        """A form of a GET."""

        csrf = False

    since = Day("Due from", [Optional()])
    until = Day("Due until", [Optional()])

    def validate_until(self, field):
        """Not before the first day."""
        if self.since.data and field.data and field.data < self.since.data:
            raise ValidationError("Give a day that is not before the first one.")


@dataclass(frozen=True)
class Counted:
    """One visit of the funnel."""

    code: str
    visit: Row
    fate: funnel.Fate


@bp.get("/study/messages/funnel")
@guards.staff(*READ_TEXTS)
def counts():
    """The counts of a period, with the reasons of loss beneath each step."""
    form = PeriodForm(request.args)
    right = form.validate()
    steps = funnel.funnel(each.fate for each in _counted(form)) if right else ()
    shown = [(step, message_words.STEPS[step.name], _beside(form, step), _reasons(form, step)) for step in steps]
    answer = render_template("study/funnel.html", form=form, shown=shown, to=lambda step: _address(form, step=step))
    return answer, 200 if right else 400


@bp.get("/study/messages/funnel/visits")
@guards.staff(*READ_TEXTS)
def visits():
    """The visits behind one count: all that reached a step, those that got past it without it, or those lost there for
    one reason."""
    form, step, why = PeriodForm(request.args), request.args.get("step", ""), request.args.get("why", "")
    if not form.validate() or step not in funnel.STEPS:
        raise NotFound("not_found")
    found = [each for each in _counted(form) if _is_meant(each.fate, step, why)]
    first = max(request.args.get("first", 0, int), 0)
    shown = [
        (each, history.title(g.study, each.visit), message_words.fate(each.fate.step, each.fate.why))
        for each in found[first:][:_A_PAGE]
    ]
    return render_template(
        "study/funnel_visits.html",
        shown=shown,
        number=len(found),
        step=message_words.STEPS[step],
        why=message_words.BESIDE.get(step, "") if why == funnel.BESIDE else message_words.loss(why) if why else "",
        back=_address(form),
        more=_address(form, step=step, why=why, first=first + _A_PAGE) if first + _A_PAGE < len(found) else None,
    )


def _counted(form: PeriodForm) -> list[Counted]:
    """The visits of the viewer's sites that came due in the period."""
    since, until = (day.isoformat() if day else "" for day in (form.since.data, form.until.data))
    period = since or _FIRST, until or _LAST
    texts, reach = rows.texts_due(g.db, *period), rows.reach(g.db)
    people = {
        person["id"]: person
        for person in worklists.everybody(g.db, g.sites)
        if person["study_key"] == g.study.study.key and not person["is_test"]
    }
    db, now = g.db, g.now
    found = [visit for visit in rows.visits_due(db, *period) if visit["participant_id"] in people]
    return [
        Counted(
            person["code"],
            visit,
            history.fate(db, visit, texts.get(visit["id"], []), person, reach.get(person["id"], []), now),
        )
        for visit in found
        for person in (people[visit["participant_id"]],)
        if funnel.came_due(visit, ZoneInfo(person["zone"]), now)
    ]


def _is_meant(fate: funnel.Fate, step: str, why: str) -> bool:
    if why == funnel.BESIDE:
        return fate.beside(step)
    return fate.step == step and fate.why == why if why else fate.reached(step)


def _reasons(form: PeriodForm, step: funnel.Step) -> list[tuple[str, int, str]]:
    """Those lost at a step: words, how many, the address of their visits."""
    return [(message_words.loss(why), number, _address(form, step=step.name, why=why)) for why, number in step.lost]


def _beside(form: PeriodForm, step: funnel.Step) -> list[tuple[str, int, str]]:
    """Those that got past a step without it, as `_reasons`; [] for none."""
    if not step.beside:
        return []
    return [(message_words.BESIDE[step.name], step.beside, _address(form, step=step.name, why=funnel.BESIDE))]


def _address(form: PeriodForm, **more: Any) -> str:
    """The counts, or with a step its visits, of the same period."""
    given: dict[str, Any] = {name: request.args[name] for name in form.data if request.args.get(name)} | more
    return url_for("funnel.visits" if "step" in more else "funnel.counts", **given)
