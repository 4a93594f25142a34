"""The text messages of the study file as they will look, what each costs, and a test of one to oneself."""

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, url_for

from prom.actions import specimen
from prom.errors import Conflict, TooMany
from prom.rules.refusals import message as said
from prom.rules.sending import TEST
from prom.rules.study import unapproved
from prom.rules.text_check import sample_faults
from prom.rules.text_sample import keys, sample
from prom.rules.texts import Size, segments
from prom.rules.times import DAY, stamp
from prom.store import messages
from prom.web import guards

bp = Blueprint("texts", __name__)
COORDINATOR = ("coordinator",)
TITLES = {
    "sms_invite": "Invitation",
    "sms_remind": "Reminder",
    "sms_link": "New link that was asked for",
    "sms_for": "Invitation, to a phone that participants share",
    "sms_stop": "Answer to STOP",
    "sms_stop_link": "Link to stop the texts",
    "sms_noreply": "Answer to HELP and to other texts",
    "staff_red": "Red alert, to a nurse",
    "staff_high": "High alert, to a nurse",
    "staff_yours": "Answer to a nurse's code",
    "staff_yours_red": "Answer to a nurse's code, red alert",
    "staff_rehearsal": "Test of the night phone",
    "staff_handed": "A colleague hands an alert over",
    "staff_handed_red": "A colleague hands a red alert over",
    "staff_chase": "An alert that somebody has still waits",
    "staff_unclosed": "An alert whose participant was spoken to is not closed",
    "staff_physician": "Calls reach nobody, to the physician",
    "staff_taken": "Answer to a nurse's code, somebody else has it",
    "staff_not_understood": "Answer to a nurse's text that holds no code",
    "staff_digest": "Morning digest, to who is on call",
    "staff_decision": "A decision on a possible serious adverse event is due, to an investigator",
    "staff_undelivered": "A text about an alert did not arrive",
    "operator_alarm": "Alarm, to the operator",
    "operator_over": "All is well again, to the operator",
}


@dataclass(frozen=True)
class Shown:
    """One text message in one language. faults: why it does not fit with this address."""

    key: str
    title: str
    text: str
    size: Size
    faults: list[str]


@bp.get("/study/texts")
@guards.staff(*COORDINATOR)
def texts():
    """Every text message of the study file, in each language."""
    tests = messages.to_staff(g.db, g.staff["id"], TEST, stamp(g.now - DAY))
    return render_template(
        "study/texts.html",
        shown={language: [_shown(key, language) for key in keys(g.study, language)] for language in _languages()},
        waiting=unapproved(g.study),
        tests=[each | {"title": _title(each["text_key"])} for each in tests],
        most=specimen.MOST_A_DAY,
    )


@bp.post("/study/texts/<language>/<key>")
@guards.staff(*COORDINATOR)
def test(language, key):
    """Send one as a test to oneself."""
    try:
        specimen.to_oneself(g.db, g.means, key, language, g.now, staff_id=g.staff["id"])
    except (Conflict, TooMany) as refusal:
        flash(said(refusal), "warning")
    else:
        flash("A test goes to your own number now.")
    return redirect(url_for("texts.texts"))


def _languages() -> list[str]:
    """The default one first: it has the texts to staff, too."""
    default = g.study.study.default_language
    return sorted(g.study.study.languages, key=lambda language: language != default)


def _shown(key: str, language: str) -> Shown:
    text = sample(g.study, key, language, g.means.base_url)
    return Shown(key, _title(key), text, segments(text), sample_faults(g.study, key, language, g.means.base_url))


def _title(key: str) -> str:
    return TITLES.get(key, key)
