"""Threshold rehearsal: what changed alert rules would have done on all past reports of the study, before a new version
is made of it. Nothing is changed by it."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, g, render_template, request, url_for

from prom.actions import rehearse
from prom.errors import NotFound, StudyFault
from prom.rules import rule_change
from prom.rules.alerts import Reason, words
from prom.rules.rehearsal import Judged
from prom.rules.rehearsal_count import CHANGES, Count
from prom.rules.study import CLASSES, Rule, Study
from prom.rules.times import instant, local_day
from prom.store import staff
from prom.store.connect import Row
from prom.web import alert_story, guards, history
from prom.web.rehearsal_forms import FileForm, RuleForm, SettingsForm, tell

bp = Blueprint("rehearsal", __name__)
ROLES = ("nurse", "investigator", "coordinator")  # an admin reads no answers
_READ_STORY = {"nurse", "investigator", "coordinator"}
_SHOWN = 200
_TITLES = {
    "missed": "Acted on, and it would have been missed",
    "new": "New alerts",
    "risen": "Alerts of a higher class",
    "lowered": "Alerts of a lower class",
    "gone": "Other alerts that would not have come",
    "otherwise": "Of the same class, for other reasons",
}


@dataclass(frozen=True)
class Line:
    """One report on which the rules differ. now, then: the reasons in words under the rules in force and under the
    changed ones, with their class; done: what was done about its alerts."""

    judged: Judged
    title: str
    on: date
    now: list[tuple[str, str]]
    then: list[tuple[str, str]]
    done: list[str]


@bp.get("/care/rehearsal")
@guards.staff(*ROLES)
def rule():
    """Choose a rule, change it, see what it would have done."""
    key = request.args.get("rule")
    if key is None:
        return _page()
    found = next((rule for rule in g.study.rules if rule.key == key), None)
    if found is None:
        raise NotFound("not_found")
    form = SettingsForm(g.study, found, request.args if "run" in request.args else None)
    if "run" not in request.args:
        return _page(found, form)
    if not form.validate():
        return _page(found, form), 400
    rules = rule_change.changed(g.study, key, form.settings())
    faults = rule_change.faults(g.study, rules)
    if faults:
        tell(form, faults)
        return _page(found, form), 400
    return _page(found, form, rules=rules)


@bp.post("/care/rehearsal")
@guards.staff(*ROLES)
def file():
    """See what the rules of another study file would have done; nothing else of it counts."""
    form = FileForm()
    text = form.given() if form.validate() else None
    if text is None:
        return _page(file_form=form), 400
    try:
        rules = rule_change.of_file(g.study, text)
        faults = rule_change.faults(g.study, rules)
    except StudyFault as fault:
        faults = fault.faults
    if faults:
        tell(form, faults)
        return _page(file_form=form), 400
    return _page(rules=rules)


def _page(
    chosen: Rule | None = None,
    form: SettingsForm | None = None,
    *,
    file_form: FileForm | None = None,
    rules: tuple[Rule, ...] | None = None,
) -> str:
    """The page: what to change and, with rules, what these would have done."""
    count = _count(rules) if rules is not None else None
    return render_template(
        "care/rehearsal.html",
        rule_form=RuleForm([(rule.key, _rule_words(rule)) for rule in g.study.rules], request.args),
        chosen=chosen,
        chosen_words=_rule_words(chosen) if chosen else "",
        form=form,
        file_form=file_form or FileForm(formdata=None),
        count=count,
        days=(_day(count.first_at), _day(count.last_at)) if count and count.first_at else None,
        classes=CLASSES,
        nurses=len({person["id"] for site in g.sites for person in staff.on_call(g.db, site)}),
        lists=[(change, _TITLES[change], *_lines(count, change)) for change in CHANGES] if count else [],
        toml=rule_change.lines(g.study, rules) if rules is not None else "",
        story=_story if _READ_STORY & set(g.staff["roles"]) else None,
    )


def _count(rules: tuple[Rule, ...]) -> Count:
    return rehearse.rehearse(g.db, g.means, rules, g.now, staff_id=g.staff["id"], sites=g.sites)


def _story(code: str) -> str:
    return url_for("participant.show", code=code)


def _lines(count: Count, change: str) -> tuple[list[Line], int]:
    """The reports of one kind of difference, so many as are shown, and how many there are."""
    found = count.differing[change]
    return [_line(each) for each in found[:_SHOWN]], len(found)


def _line(judged: Judged) -> Line:
    return Line(
        judged,
        history.title(judged.study, judged.visit),
        _day(judged.visit["submitted_at"] or judged.at),
        [_said(judged.study, reason) for reason in judged.before],
        [_said(judged.changed, reason) for reason in judged.after],
        [_done(row) for row in judged.raised],
    )


def _done(alert: Row) -> str:
    """What was done about an alert."""
    if alert["outcome"]:
        return alert_story.outcomes(g.study).get(alert["outcome"]) or f"Closed: {alert['outcome']}"
    return "Spoke to them, still open" if alert["contacted"] else "Still open"


def _day(at: str) -> date:
    """The day of a stored instant in the study's zone."""
    return local_day(instant(at), g.study.zone)


def _said(study: Study, reason: Reason) -> tuple[str, str]:
    """(class, words) of a reason."""
    return reason.alert_class, words(study, reason, study.study.default_language)


def _rule_words(rule: Rule) -> str:
    """A rule as it is chosen from a list: its key, its class and what it says, blanks for what is filled in."""
    return f"{rule.key} ({rule.class_}): {alert_story.rule_in_words(g.study, rule.key)}"
