"""The figures of the nurse loop over a period: by class, by rule, by week, by arm; and their two files."""

from collections.abc import Callable, Generator
from datetime import date
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms.validators import Optional, ValidationError

from prom.actions import export
from prom.report import alert_figures as figures
from prom.rules.times import DAY, add_months, local_day
from prom.web import guards, spoken
from prom.web.alert_story import rule_in_words
from prom.web.study_forms import Day

bp = Blueprint("figures", __name__)
ROLES = ("nurse", "investigator", "coordinator", "admin", "analyst")
EACH_ALERT = ("nurse", "investigator", "coordinator", "analyst")  # an admin reads of no single alert
_WEEKS = 12
_LONGEST_MONTHS = 120

bp.add_app_template_filter(spoken.minutes, "minutes")


class PeriodForm(FlaskForm):
    """Which alerts: by the day on which they were raised. Sent by GET: it changes nothing and carries no token."""

    class Meta:
        """A form of a GET."""

        csrf = False

    since = Day("Raised from", [Optional()])
    until = Day("Raised until", [Optional()])

    def validate_since(self, field):
        """Not longer ago than anybody looks back, and not to come."""
        first, today = add_months(_today(), -_LONGEST_MONTHS), _today()
        if field.data and not first <= field.data <= today:
            raise ValidationError(f"Choose a day from {spoken.day(first)} to today.")

    def validate_until(self, field):
        """Not before the first day, nor to come."""
        first = add_months(_today(), -_LONGEST_MONTHS) if self.since.errors else self.days()[0]
        if field.data and not first <= field.data <= _today():
            raise ValidationError(f"Choose a day from {spoken.day(first)} to today.")

    def days(self) -> tuple[date, date]:
        """First and last day; what was left out is the last twelve weeks, this one included."""
        until = self.until.data or _today()
        return self.since.data or figures.monday(until) - (_WEEKS - 1) * 7 * DAY, until


@bp.get("/care/figures")
@guards.staff(*ROLES)
def show():
    """The figures of a period."""
    form = _form()
    return _page(form, form.validate())


@bp.get("/care/figures/alerts.csv")
@guards.staff(*EACH_ALERT)
def alerts():
    """One row an alert."""
    return _file("alerts.csv", figures.alert_lines)


@bp.get("/care/figures/weeks.csv")
@guards.staff(*ROLES)
def weeks():
    """The figures by week."""
    return _file("weeks.csv", figures.week_lines)


def _file(name: str, lines: Callable[..., Generator[str, None, None]]):
    form = _form()
    if not form.validate():
        return _page(form, False)
    found = lines(g.db.path, g.means.version, *form.days(), g.now, g.sites)
    answer = Response(export.recorded(g.db, found, name, g.now, by=g.staff["id"]), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _form() -> PeriodForm:
    """As it was sent; opened without a period it shows the one that it takes."""
    since, until = PeriodForm(formdata=None).days()
    return PeriodForm(request.args or None, since=since, until=until)


def _page(form: PeriodForm, right: bool):
    period = figures.gather(g.db, g.means.version, *form.days(), g.now, g.sites) if right else None
    shown: dict[str, Any] = {"period": period}
    if period:
        shown |= {
            "overall": figures.overall(period),
            "by_class": figures.by_class(period),
            "by_rule": [(rule, rule_in_words(g.study, rule), found) for rule, found in figures.by_rule(period).items()],
            "by_arm": figures.by_arm(period),
            "by_week": [
                (figures.week_name(week), part, figures.overall(part))
                for week, part in reversed(figures.by_week(period).items())
            ],
            "files": _files(form),
        }
    return render_template("care/figures.html", form=form, **shown), 200 if right else 400


def _files(form: PeriodForm) -> list[tuple[str, str]]:
    """(file, its address) of what the viewer may download."""
    since, until = form.days()
    days: dict[str, Any] = {"since": since.isoformat(), "until": until.isoformat()}
    each = [("alerts.csv", "figures.alerts")] if set(EACH_ALERT) & set(g.staff["roles"]) else []
    return [(name, url_for(endpoint, **days)) for name, endpoint in (*each, ("weeks.csv", "figures.weeks"))]


def _today() -> date:
    return local_day(g.now, g.study.zone)
