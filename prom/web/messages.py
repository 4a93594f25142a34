"""The log of messages: every text to a participant or to staff, what became of it, and why. Codes alone: no name of a
participant and no number."""


from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import Optional, ValidationError

from prom.errors import Refusal
from prom.rules.refusals import message as said
from prom.rules.times import end_of, stamp, start_of
from prom.store import message_log, participants
from prom.store.message_log import Asked
from prom.web import guards, history, message_words
from prom.web.study_forms import Day, offered, tidied
from prom.web.study_person import READ_TEXTS

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
    found = message_log.page(g.db, g.sites, form.asked(), _A_PAGE + 1) if right else []
    shown = [each | {"visit": history.title(g.study, each) if each["timepoint"] else ""} for each in found[:_A_PAGE]]
    older = _address(form, before=shown[-1]["id"]) if len(found) > _A_PAGE else None
    newest = _address(form) if request.args.get("before") else None
    answer = render_template("study/messages.html", form=form, shown=shown, older=older, newest=newest)
    return answer, 200 if right else 400


def _address(form: LogForm, **more: str) -> str:
    """The log with the same bounds."""
    given: dict[str, Any] = {name: request.args[name] for name in form.data if request.args.get(name)} | more
    return url_for("messages.log", **given)
