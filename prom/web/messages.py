"""The log of messages: every text to a participant or to staff, what became of it, and why; and the texts that a
coordinator sends or takes back by hand. Codes alone: no name of a participant and no number."""


from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.validators import Optional, ValidationError

from prom.actions import contact as contacting
from prom.actions import texting
from prom.errors import Conflict, NotFound, Refusal
from prom.rules.refusals import message as said
from prom.rules.sending import LINKING
from prom.rules.times import end_of, stamp, start_of
from prom.rules.visit import takes_answers
from prom.store import message_log, participants, visits
from prom.store.connect import Row
from prom.store.message_log import Asked
from prom.web import guards, history, message_words, spoken, study_words
from prom.web.study_forms import Day, offered, tidied
from prom.web.study_person import CHANGE, READ_TEXTS, found, may

bp = Blueprint("messages", __name__)
bp.add_app_template_filter(message_words.kind, "message_kind")
bp.add_app_template_filter(message_words.standing, "message_standing")
_A_PAGE = 50


class LogForm(FlaskForm):
    """What to show of the log. Sent by GET: it changes nothing and carries no token."""

    class Meta:
        """A form of a GET."""

        csrf = False

    code = StringField("Participant's code", filters=[tidied])
    status = SelectField("What became of it", choices=offered(message_words.STANDINGS, none="any"), default="")
    since = Day("Queued from", [Optional()])
    until = Day("Queued until", [Optional()])

    def validate_code(self, field):
        """Somebody at the viewer's sites."""
        if field.data and participants.by_code(g.db, field.data, g.sites) is None:
            raise ValidationError(said(Refusal("participant_not_found", code=field.data)))

    def asked(self) -> Asked:
        """What was filled in, as the store asks it."""
        person = participants.by_code(g.db, self.code.data, g.sites) if self.code.data else None
        first, last = self.since.data, self.until.data
        return Asked(
            participant_id=person["id"] if person else "",
            status=self.status.data or "",
            since=stamp(start_of(first, g.study.zone)) if first else "",
            until=stamp(end_of(last, g.study.zone)) if last else "",
            before=request.args.get("before", ""),
        )


@bp.get("/study/messages")
@guards.staff(*READ_TEXTS)
def log():
    """The texts, newest first."""
    form = LogForm(request.args)
    right = form.validate()
    texts = message_log.page(g.db, g.sites, form.asked(), _A_PAGE + 1) if right else []
    shown = [_shown(each) for each in texts[:_A_PAGE]]
    older = _address(form, before=shown[-1]["id"]) if len(texts) > _A_PAGE else None
    newest = _address(form) if request.args.get("before") else None
    answer = render_template(
        "study/messages.html",
        form=form,
        shown=shown,
        older=older,
        newest=newest,
        can_change=may(*CHANGE),
        opt_outs=_opt_outs(form.code.data) if right and form.code.data else [],
    )
    return answer, 200 if right else 400


@bp.post("/study/participants/<code>/visits/<visit_id>/text")
@guards.staff(*CHANGE)
def send_link(code, visit_id):
    """Have a text with a visit's link go now, or once more."""
    person = found(code)
    if visit_id not in [visit["id"] for visit in visits.of_participant(g.db, person["id"])]:
        raise NotFound("not_found")

    def do() -> str:
        due_at = texting.send_link(g.db, g.means, visit_id, g.now, staff_id=g.staff["id"])
        return "A text goes now." if due_at <= g.now else f"A text goes {spoken.moment(due_at)}, in texting hours."

    return _tell(person, do)


@bp.post("/study/participants/<code>/messages/<message_id>/cancel")
@guards.staff(*CHANGE)
def cancel(code, message_id):
    """Take back a text that has not left yet."""
    person = found(code)

    def do() -> str:
        texting.cancel(g.db, person["id"], message_id, g.now, staff_id=g.staff["id"])
        return "The text is taken back."

    return _tell(person, do)


def _opt_outs(code: str) -> list[str]:
    """The opt-outs of a participant's number, in words."""
    reach = contacting.reach(g.db, g.means, found(code)["id"])
    return [study_words.opt_out(each) for each in reach.opt_outs]


def _tell(person: Row, do: Callable[[], str]) -> Response:
    """Act and say what it did, or why it did not, on the page from which it was asked."""
    try:
        flash(f"{person['code']}: {do()}")
    except Conflict as refusal:
        flash(f"{person['code']}: {said(refusal)}", "warning")
    if "log" in request.form:
        return redirect(f"{url_for('messages.log')}?{request.form['log']}")
    return redirect(url_for("study.participant", code=person["code"]))


def _shown(row: Row) -> Row:
    """A text with its visit in words. takes_back: it has not left and may be taken back; again: its link may go once
    more."""
    row = texting.as_decided(g.db, g.means, row, g.now)
    linking = row["kind"] in LINKING
    return row | {
        "visit": history.title(g.study, row) if row["timepoint"] else "",
        "takes_back": linking and row["status"] == "queued" and not row["will_drop"],
        "again": linking and row["status"] != "queued" and takes_answers(row, g.now),
    }


def _address(form: LogForm, **more: str) -> str:
    """The log with the same bounds."""
    given: dict[str, Any] = {name: request.args[name] for name in form.data if request.args.get(name)} | more
    return url_for("messages.log", **given)
