"""The participant's form filled in by staff, from what they hear on the phone or read on paper: the same screens, rules
and alerts, on pages for staff. The questions stand there in the participant's language, the study's own beside it."""

from dataclasses import dataclass, replace
from functools import cached_property
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import DateField, RadioField
from wtforms.fields.choices import SelectChoice

from prom.actions import alerts as alert_actions
from prom.actions import disclose, links
from prom.actions import phone_entry as actions
from prom.actions.links import Opened
from prom.errors import AlreadyAnswered, ChangedElsewhere, Conflict, LinkClosed, NotFound, Refusal
from prom.rules import alert_life
from prom.rules import phone_entry as rules
from prom.rules.instrument import Step, before, label, warns
from prom.rules.languages import direction
from prom.rules.refusals import message
from prom.rules.texts import several
from prom.store import alerts, entries
from prom.store.connect import Row
from prom.web import alert_story, guards, history, spoken, survey_advice
from prom.web.sitting import REVIEW, Sitting, page_known
from prom.web.survey_forms import StepForm

bp = Blueprint("phone_entry", __name__)
NURSES = ("nurse", "investigator")
ROLES = (*NURSES, "coordinator")
_PLACES = {"entry_mode": "mode", "entry_date": "filled_on", "entry_speaker": "speaker"}


class BeginForm(FlaskForm):
    """How the answers come. Faults are placed by the rule."""

    mode = RadioField(
        "Where do the answers come from?",
        choices=[SelectChoice("phone", "By phone: I ask, they answer"), SelectChoice("paper", "From paper")],
        validate_choice=False,
    )
    speaker = RadioField(
        "By phone: who answers?",
        choices=[SelectChoice("participant", "The participant"), SelectChoice("other", "Somebody for them")],
        validate_choice=False,
    )
    filled_on = DateField("From paper: on which day did they fill it in?")


@dataclass(frozen=True)
class Desk:
    """A visit at which somebody enters answers. asked: the form in the participant's language; own: the same in the
    study's default one, by which it is judged and its errors are told."""

    opened: Opened

    @cached_property
    def own(self) -> Sitting:
        return Sitting(replace(self.opened, language=self.opened.study.study.default_language), g.now)

    @cached_property
    def asked(self) -> Sitting:
        return Sitting(self.opened, g.now)

    @property
    def visit(self) -> Row:
        return self.opened.visit

    @property
    def two_languages(self) -> bool:
        """Whether the participant's language is another than the study's default one."""
        return self.asked.language != self.own.language

    @cached_property
    def entry(self) -> Row | None:
        """How this member of staff said that the answers come; None before that."""
        return entries.of(g.db, self.visit["id"], g.staff["id"])

    @property
    def writers(self) -> list[str]:
        """Who saved the screens that stand, in their order: staff by name, "" for the participant."""
        return list(dict.fromkeys(one["staff_name"] or "" for one in self.own.saved if not one["late"]))

    def form(self, step: Step, sent=None) -> StepForm:
        """The form of a screen. Who answers on the phone was said before: it is filled in where it is asked."""
        form = self.own.form(step, sent)
        field = form._fields.get(self.opened.study.instrument.who)
        speaker = rules.SPEAKERS.get((self.entry or {}).get("speaker") or "")
        if sent is None and field is not None and not field.sent and speaker in [value for value, _ in field.options]:
            field.process_data(speaker)
        return form


@bp.route("/care/visits/<visit_id>/entry", methods=["GET", "POST"])
@guards.staff(*ROLES)
def begin(visit_id: str):
    """Choose how the answers come; of a visit that takes none any more, why, and what came of it."""
    desk, form = _desk(visit_id), BeginForm()
    status = 200
    if form.is_submitted() and desk.opened.state == "ask":
        status = _begun(desk, form)
        if status == 200:
            return redirect(url_for("phone_entry.screen", visit_id=visit_id), 303)
    elif request.method != "POST":
        disclose.viewed(g.db, visit_id, g.now, staff_id=g.staff["id"])
    days = rules.days(desk.visit, _zone(desk), g.now) if desk.opened.state == "ask" else ()
    return _page("care/entry.html", desk, status, form=form, days=days, why=_why(desk))


def _begun(desk: Desk, form: BeginForm) -> int:
    """Keep the choice; the status of the page that shows it again, 200 where it was kept."""
    form.validate()  # the token was looked at before; here it reads the date
    chosen = {"mode": form.mode.data, "filled_on": form.filled_on.data, "speaker": form.speaker.data}
    for field in form:
        field.errors = []
    try:
        actions.begin(g.db, desk.visit["id"], g.now, staff_id=g.staff["id"], sites=g.sites, **chosen)
    except Refusal as refusal:
        told = {name: spoken.day(day) for name, day in refusal.values.items()}
        form[_PLACES.get(refusal.key, "mode")].errors = [message(Refusal(refusal.key, **told))]
        return refusal.status
    return 200


@bp.route("/care/visits/<visit_id>/entry/form", methods=["GET", "POST"])
@guards.staff(*ROLES)
def screen(visit_id: str):
    """One screen, or the review of all answers."""
    desk = _desk(visit_id)
    if request.method == "POST":
        return _take(desk)
    if desk.entry is None or desk.opened.state != "ask":
        return redirect(url_for("phone_entry.begin", visit_id=visit_id))
    disclose.viewed(g.db, visit_id, g.now, staff_id=g.staff["id"])
    step = desk.own.wanted(request.args.get("at", ""))
    if step is None:
        return _review(desk)
    return _screen(desk, desk.form(step), seen=desk.own.knows(step))


def _take(desk: Desk):
    """Save the screen that was sent and lead on; show it again with what is wrong in it."""
    step = desk.own.named(request.form.get("step", ""))
    if step is None or desk.entry is None:
        return redirect(url_for("phone_entry.begin", visit_id=desk.visit["id"]), 303)
    unsaid = ("prompted",) if "back" in request.form else ()  # Back says nothing to what is asked about once
    sent = MultiDict((name, value) for name, value in request.form.items(multi=True) if name not in unsaid)
    form = desk.form(step, sent)
    if "back" in request.form and not _is_new(form, desk.form(step)):
        return _lead(desk, request.form["back"])
    if not form.validate():
        return _screen(desk, form, 400, seen=request.form.get("seen", ""))
    if desk.opened.state == "withdrawn" and not warns(desk.opened.study, form.answers):
        return redirect(url_for("phone_entry.begin", visit_id=desk.visit["id"]), 303)
    try:
        page = page_known(request.form)
        who = g.staff["id"]
        actions.save(g.db, g.means, desk.opened, step.key, form.answers, g.now, staff_id=who, page=page)
    except ChangedElsewhere as conflict:
        form.elsewhere = several((words for _, words in desk.own.in_words(step)), desk.own.language)
        return _screen(desk, form, conflict.status, seen=desk.own.knows(step))
    except (AlreadyAnswered, LinkClosed):
        flash("This visit takes no answers any more. What you sent last is no part of its report.", "warning")
        return redirect(url_for("phone_entry.begin", visit_id=desk.visit["id"]), 303)
    after = _desk(desk.visit["id"]).own
    if "back" in request.form:
        return _lead(desk, request.form["back"])
    return _lead(desk, after.place(after.after(step, "change" in request.form)))


def _lead(desk: Desk, at: str) -> Response:
    return redirect(url_for("phone_entry.screen", visit_id=desk.visit["id"], at=at), 303)


def _is_new(form: StepForm, made: StepForm) -> bool:
    return any({each for each in field.sent if each.strip()} != set(made[field.name].sent) for field in form)


@bp.route("/care/visits/<visit_id>/entry/send", methods=["GET", "POST"])
@guards.staff(*ROLES)
def send(visit_id: str):
    """Send the report; where answers are missing or were changed meanwhile, lead back to them."""
    desk = _desk(visit_id)
    if request.method != "POST":
        return redirect(url_for("phone_entry.begin", visit_id=visit_id))
    with_them = {"staff_id": g.staff["id"], "sites": g.sites, "page": page_known(request.form)}
    try:
        actions.submit(g.db, g.means, visit_id, g.now, **with_them)
    except (AlreadyAnswered, LinkClosed):
        flash("This visit takes no answers any more: nothing was sent now.", "warning")
    except ChangedElsewhere:
        flash("An answer was changed on another page meanwhile. Look at all of them again.", "warning")
        return _lead(desk, REVIEW)
    except Refusal as refusal:
        if refusal.key not in ("not_finished", "entry_mode"):
            raise
        flash(message(refusal), "warning")
        return redirect(url_for("phone_entry.screen", visit_id=visit_id), 303)
    else:
        flash("The answers are sent.")
    return redirect(url_for("phone_entry.begin", visit_id=visit_id), 303)


@bp.route("/care/visits/<visit_id>/entry/alert", methods=["GET", "POST"])
@guards.staff(*NURSES)
def take_alert(visit_id: str):
    """Take the alert that the answers raised, and go on entering them."""
    desk = _desk(visit_id)
    standing = alerts.open_of_visit(g.db, visit_id)
    if request.method == "POST" and standing:
        seen = request.form.get("seen", type=int)
        try:
            with_them = {"staff_id": g.staff["id"], "sites": g.sites, "seen": seen}
            alert_actions.act(g.db, standing["id"], "acknowledged", g.now, **with_them)
        except Conflict as conflict:
            flash(message(conflict), "warning")
        else:
            flash("You have this alert.")
    asking = desk.opened.state == "ask" and desk.entry
    return redirect(url_for("phone_entry.screen" if asking else "phone_entry.begin", visit_id=visit_id), 303)


def _desk(visit_id: str) -> Desk:
    """The desk of a visit of these sites. Raises NotFound."""
    try:
        address = url_for("phone_entry.screen", visit_id=visit_id)
        opened = links.for_staff(g.db, g.means, visit_id, g.now, address)
    except KeyError:
        raise NotFound("not_found") from None
    if opened.person["site_id"] not in g.sites:
        raise NotFound("not_found")
    return Desk(opened)


def _screen(desk: Desk, form: StepForm, status: int = 200, *, seen: str):
    step = form.step
    earlier = before(desk.own.shown, step.key)
    changing = "change" in request.values
    back = REVIEW if changing and not desk.own.first_open else desk.own.place(earlier) if earlier else None
    number, total, question = desk.own.part(step)
    asked = desk.asked.form(step) if desk.two_languages else None
    return _page(
        *("care/entry_screen.html", desk, status),
        form=form,
        asked=asked,
        recalled=desk.asked.recalled(step),
        seen=seen,
        number=number,
        total=total,
        question=question,
        changing=changing,
        back=back,
    )


def _review(desk: Desk):
    """All answers in words, each with the way to change it."""
    own = list(_read_back(desk.own))
    read = list(_read_back(desk.asked)) if desk.two_languages else own
    rows = [(*line, *other[1:]) for line, other in zip(own, read, strict=True)]
    return _page("care/entry_review.html", desk, rows=rows, seen=desk.own.knows_all, last=len(desk.own.shown))


def _read_back(sitting: Sitting):
    """(number of the screen, question, answer) in the words of a sitting's language."""
    for number, step in enumerate(sitting.shown, 1):
        for key, words in sitting.in_words(step):
            yield number, label(sitting.opened.study, key, sitting.language, sitting.since), words


def _page(template: str, desk: Desk, status: int = 200, **values):
    answers = desk.own.answers
    advice = survey_advice.emergency_advice(g.db, desk.own.opened, answers)
    read = survey_advice.emergency_advice(g.db, desk.opened, answers) if desk.two_languages else None
    raised = alerts.open_of_visit(g.db, desk.visit["id"])
    row = alerts.by_id(g.db, raised["id"], g.sites) if raised else None
    told = alert_story.tell(g.db, g.means, row, g.now) if row else None
    nurse = bool(set(NURSES) & set(g.staff["roles"]))
    return render_template(
        template,
        desk=desk,
        person=desk.opened.person,
        visit=desk.visit,
        title=history.title(g.study, desk.visit),
        entry=desk.entry,
        advice=advice,
        advice_read=read,
        told=told,
        can_take=nurse and told is not None and alert_life.can(told.standing.state, "acknowledged"),
        nurse=nurse,
        direction=direction,
        tel=survey_advice.tel,
        **values,
    ), status


def _why(desk: Desk) -> str:
    """Why a visit takes no answers; "" while it does."""
    return {
        "submitted": "This visit is answered.",
        "withdrawn": "This person gives no answers any more: no consent to the study stands, or they have left it.",
        "planned": "This visit is not open yet.",
        "closed": "This visit has closed. Answers that come later, on paper too, are no part of the study's data. "
        "Write down what matters in the participant's record.",
    }.get(desk.opened.state, "")


def _zone(desk: Desk) -> ZoneInfo:
    return ZoneInfo(desk.opened.person["zone"])
