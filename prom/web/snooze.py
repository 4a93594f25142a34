"""Snoozing from an alert's page, ending it from the participant's, and what was snoozed as the pages tell it."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import DateField, TextAreaField

from prom.actions import snooze as actions
from prom.actions.means import Means
from prom.errors import Conflict, NotFound, Refusal
from prom.rules import snooze as rules
from prom.rules.alerts import Reason
from prom.rules.refusals import message
from prom.rules.study import Study
from prom.rules.times import DAY, local_day
from prom.store import alerts, snoozes
from prom.store.connect import Database, Row
from prom.web import alert_story, guards, spoken
from prom.web.alert_story import Told

bp = Blueprint("snooze", __name__)
NURSES = ("nurse", "investigator")
_FIELDS = {"snooze_until": "until"}


@dataclass(frozen=True)
class Snoozed:
    """A reason that called nobody, in words, and the snooze that kept it from calling. on: the last day of that."""

    words: str
    alert_class: str
    on: str
    name: str
    why: str


@dataclass(frozen=True)
class Snooze:
    """A snooze of a participant. words: of the reason it was made from. standing: whether it holds now. void: whether
    its rule may not be snoozed any more, so that it keeps nothing back. kept: how many reasons it kept from calling."""

    row: Row
    words: str
    standing: bool
    void: bool
    kept: int


class SnoozeForm(FlaskForm):
    """Until when, and why; faults are placed by the rules of snoozing."""

    until = DateField("Until, that day included")
    reason = TextAreaField("Why? What you know that makes this no news")

    def validate(self, extra_validators=None) -> bool:
        """By the rules of snoozing; each fault stands at its field, once."""
        super().validate(extra_validators)
        self.until.errors, self.reason.errors = [], []
        for fault in rules.faults(g.study, self.until.data, self.reason.data, g.now):
            self[_FIELDS.get(fault, "reason")].errors = [message(Refusal(fault))]
        return not self.errors


@bp.route("/care/alerts/<alert_id>/snooze/<rule>", methods=["GET", "POST"])
@guards.staff(*NURSES)
def snooze(alert_id, rule):
    """Snooze a rule that an alert was raised by, for its participant."""
    found = alerts.by_id(g.db, alert_id, g.sites)
    told = alert_story.tell(g.db, g.means, found, g.now) if found else None
    if told is None or rule not in offered(g.db, g.study, told, g.now):
        raise NotFound("snooze_not_here")
    form, status = SnoozeForm(), 400 if request.method == "POST" else 200
    if form.validate_on_submit():
        given = {"until_on": form.until.data, "reason": form.reason.data}
        try:
            actions.snooze(g.db, g.means, alert_id, rule, g.now, staff_id=g.staff["id"], sites=g.sites, **given)
        except Conflict as conflict:
            form.form_errors.append(message(conflict))
            status = conflict.status
        else:
            flash(f"Snoozed until {spoken.day(form.until.data)}. The alert stays as it is.")
            return redirect(url_for("care.alert", alert_id=alert_id))
    today = local_day(g.now, g.study.zone)
    days = {"min": today.isoformat(), "max": (today + rules.MOST_DAYS * DAY).isoformat()}
    reasons = list(dict.fromkeys(reason.words for reason in told.reasons if reason.rule == rule))
    return render_template("care/snooze.html", told=told, reasons=reasons, form=form, days=days), status


@bp.post("/care/snoozes/<snooze_id>/end")
@guards.staff(*NURSES)
def end(snooze_id):
    """End a snooze before its time."""
    found = actions.end(g.db, snooze_id, g.now, staff_id=g.staff["id"], sites=g.sites)
    flash("The snooze has ended: the rule calls again.")
    return redirect(url_for("participant.show", code=found["code"], _anchor="snoozes"))


def offered(db: Database, study: Study, told: Told, now: datetime) -> dict[str, str]:
    """The rules of an alert's reasons that may be snoozed, each with the last day of its snooze; "" while none
    holds."""
    standing = actions.standing(db, study, told.alert["participant_id"], now)
    red = {reason.rule for reason in told.reasons if reason.alert_class == "red"}
    mine = {reason.rule for reason in told.reasons if rules.may(study, reason.rule)} - red
    return {rule: standing[rule]["until_on"] if rule in standing else "" for rule in mine}


def of_visit(db: Database, means: Means, visit_id: str) -> tuple[Snoozed, ...]:
    """What a visit would have called for, but for snoozes."""
    return tuple(
        Snoozed(_words(db, means, row), row["class"], row["until_on"], row["staff_name"], row["reason"])
        for row in snoozes.reasons_of_visit(db, visit_id)
    )


def of_participant(db: Database, means: Means, participant_id: str, now: datetime) -> list[Snooze]:
    """A participant's snoozes, the newest first."""
    return [
        Snooze(
            row,
            _made_from(db, means, row),
            rules.stands(row, now),
            not rules.may(means.study(db), row["rule"]),
            row["kept"],
        )
        for row in snoozes.of_participant(db, participant_id)
    ]


def _made_from(db: Database, means: Means, row: Row) -> str:
    """The words of the reason on which a rule was snoozed."""
    made_from = [reason for reason in alerts.reasons(db, row["alert_id"]) if reason["rule"] == row["rule"]]
    return _words(db, means, made_from[-1]) if made_from else f"Rule {row['rule']}"


def _words(db: Database, means: Means, row: Row) -> str:
    reason = Reason(row["rule"], row["class"], row["item"], row["details"])
    return alert_story.in_words(means.study(db, row["study_version"]), reason)
