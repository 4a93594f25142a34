"""What a coordinator changes of a participant: each a POST that ends on their page and says what it moved."""

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm

from prom.actions import contact as contacting
from prom.actions import disclose, opt_out, procedures, withdraw
from prom.actions import language as languages
from prom.actions.consequences import Consequences, carry_out
from prom.actions.procedures import Recorded
from prom.errors import Conflict, NotFound, Refusal
from prom.rules.languages import choosable, english_name
from prom.rules.refusals import message as said
from prom.rules.times import local_day
from prom.store import procedures as procedure_rows
from prom.store import visits
from prom.store.connect import Row
from prom.web import guards, spoken, study_words
from prom.web.study_effects import effects, mark, reports
from prom.web.study_forms import (
    ConsentForm,
    ContactForm,
    DecideForm,
    FurtherForm,
    LanguageForm,
    ModeForm,
    ProcedureForm,
    StatusForm,
    place,
)
from prom.web.study_person import CHANGE, HAND_OVER, found, page, status_kinds

bp = Blueprint("changes", __name__, url_prefix="/study/participants/<code>")


@bp.post("/contact/show")
@guards.staff(*CHANGE)
def show_contact(code):
    """The page with name and number, on the record."""
    person = found(code)
    return page(person, contact=disclose.contact(g.db, g.means, person["id"], g.now, staff_id=g.staff["id"]))


@bp.post("/contact")
@guards.staff(*CHANGE)
def contact(code):
    """Another name or number."""
    person, form = found(code), ContactForm(prefix="contact")
    return _carry_out(person, "contact", form, lambda: _change_contact(person, form))


@bp.post("/contact/verify")
@guards.staff(*CHANGE)
def verify(code):
    """The number was verified."""
    person = found(code)
    how = request.form.get("how", "")
    texted = contacting.verify(g.db, g.means, person["id"], how, g.now, staff_id=g.staff["id"])
    flash(f"The number is verified.{study_words.TEXTED.format('this') if texted else ''}")
    return _back(person, "contact")


@bp.post("/texts-again")
@guards.staff(*CHANGE)
def texts_again(code):
    """They asked to get texts again."""
    person = found(code)
    try:
        opt_out.asked_again(g.db, g.means, person["id"], g.now, staff_id=g.staff["id"])
        flash(f"{person['code']}: texts go to this number again.")
    except Conflict as refusal:
        flash(f"{person['code']}: {said(refusal)}", "warning")
    return _back(person, "contact")


@bp.post("/mode")
@guards.staff(*CHANGE)
def mode(code):
    """Another way to reach them."""
    person, form = found(code), ModeForm(prefix="mode")

    def do() -> str:
        contacting.change_mode(
            g.db, person["id"], form.contact_mode.data, form.needs_interpreter.data, g.now, staff_id=g.staff["id"]
        )
        return f"From now on: {spoken.CONTACT_MODES[form.contact_mode.data]}."

    return _carry_out(person, "mode", form, do)


@bp.post("/language")
@guards.staff(*CHANGE)
def language(code):
    """Another language of texts and forms."""
    person, form = found(code), LanguageForm(choosable(g.study, g.means.live), prefix="language")

    def do() -> str:
        languages.change(g.db, g.means, person["id"], form.language.data, g.now, staff_id=g.staff["id"])
        return f"Texts and forms in: {english_name(form.language.data)}."

    return _carry_out(person, "language", form, do)


@bp.post("/consent")
@guards.staff(*CHANGE)
def consent(code):
    """A consent given later, or withdrawn."""
    person, form = found(code), ConsentForm(prefix="consent")

    def do() -> str:
        given = form.given.data == "1"
        contacting.consent(
            g.db, g.means, person["id"], form.kind.data, given, form.on.data, g.now, staff_id=g.staff["id"]
        )
        return f"Consent recorded: {study_words.CONSENTS[form.kind.data].lower()}, {'given' if given else 'withdrawn'}."

    return _carry_out(person, "consent", form, do)


@bp.post("/status")
@guards.staff(*CHANGE)
def status(code):
    """They stopped texts, left, cannot be found; or that is taken back."""
    person = found(code)
    form = StatusForm(status_kinds(person), prefix="status")

    def do() -> str:
        withdraw.record_status(
            g.db, g.means, person["id"], form.kind.data, g.now, source="staff", staff_id=g.staff["id"]
        )
        return f"Recorded: {study_words.STATUS[form.kind.data].lower()}."

    return _carry_out(person, "status", form, do, moves=True)


@bp.post("/procedures")
@guards.staff(*CHANGE)
def further(code):
    """A further procedure."""
    person, form = found(code), FurtherForm(g.study, prefix="further")

    def do() -> str:
        given = form.further()
        procedures.add_procedure(g.db, g.means, person["id"], given, g.now, g.staff["id"], _seen())
        return _recorded(given)

    return _record(person, "further", form, do)


@bp.post("/procedures/<procedure_id>")
@guards.staff(*CHANGE)
def procedure(code, procedure_id):
    """A new state of a procedure."""
    person = found(code)
    row, form = _procedure(person, procedure_id), ProcedureForm(prefix=procedure_id)
    return _record(person, procedure_id, form, lambda: _change(row, form.recorded(row["kind"])))


@bp.post("/procedures/<procedure_id>/done")
@guards.staff(*CHANGE)
def done(code, procedure_id):
    """One tap: done, today or on the day that the button names; a second one where it does more than plan its own
    visits."""
    person = found(code)
    row = _procedure(person, procedure_id)
    given = Recorded(row["kind"], "performed", _day(request.form.get("on")) or _today(person))
    lists = {"day": "study.day", "tasks": "study.tasks"}
    back = lists.get(request.form.get("back", ""))
    to = url_for(back) if back else _address(person, "procedures")
    return _press(person, row, lambda: _change(row, given), to, plans=row["id"])


@bp.post("/procedures/<procedure_id>/undo")
@guards.staff(*CHANGE)
def undo(code, procedure_id):
    """Take back what was last recorded of a procedure."""
    person = found(code)
    row = _procedure(person, procedure_id)

    def do() -> str:
        procedures.undo(g.db, g.means, row["id"], g.now, g.staff["id"], _seen())
        again = procedure_rows.by_id(g.db, row["id"]) or row
        return f"Undone. {_title(row)} is {study_words.PROCEDURES[again['status']]} again."

    return _press(person, row, do, _address(person, "procedures"))


@bp.post("/decision")
@guards.staff(*CHANGE)
def decide(code):
    """The decision to go on without a further procedure."""
    person, form = found(code), DecideForm(prefix="decide")

    def do() -> str:
        procedures.decide(g.db, g.means, person["id"], form.on.data, g.now, g.staff["id"])
        return "The decision is recorded."

    return _carry_out(person, "decide", form, do)


@bp.post("/decision/undo")
@guards.staff(*CHANGE)
def undo_decision(code):
    """Take the decision back."""
    person = found(code)
    procedures.undo_decision(g.db, person["id"], g.now, g.staff["id"])
    flash("The decision is taken back.")
    return _back(person, "procedures")


@bp.post("/visits/<visit_id>/here")
@guards.staff(*HAND_OVER)
def here(code, visit_id):
    """Make the form of an open visit ready for somebody in the clinic."""
    person = found(code)
    if visit_id not in [visit["id"] for visit in visits.of_participant(g.db, person["id"])]:
        raise NotFound("not_found")
    contacting.link_for_here(g.db, g.means, visit_id, g.now, staff_id=g.staff["id"])
    return redirect(url_for("study.bedside.show", visit_id=visit_id))


# ---- how each of them goes


def _carry_out(person: Row, name: str, form: FlaskForm, do: Callable[[], str], *, moves: bool = False) -> Any:
    """Check the form, act, say what it did; what is wrong stands beside its field, and what was typed stays."""
    if form.validate_on_submit():
        try:
            _tell(person, do, moves=moves)
            return _back(person, "procedures" if moves else "contact")
        except Refusal as refusal:
            place(form, refusal)
    return page(person, {name: form}), 400


def _record(person: Row, name: str, form: FlaskForm, do: Callable[[], str]) -> Any:
    """As `_carry_out`, for what is recorded of a procedure: what it does to visits and texts is shown first."""
    if "change" not in request.form and form.validate_on_submit():
        try:
            shown = _shown_first(person, do, _address(person, "procedures"))
            return shown or _back(person, "procedures")
        except Refusal as refusal:
            if refusal.key == "procedure_changed":
                form.form_errors.append(_changed_meanwhile(name))
            else:
                place(form, refusal)
    return page(person, {name: form}), 200 if "change" in request.form else 400


def _press(person: Row, row: Row, do: Callable[[], str], to: str, plans: str = "") -> Any:
    """One tap on a button of a procedure: what it does is shown first, and what was changed meanwhile is said."""
    try:
        return _shown_first(person, do, to, plans) or redirect(to)
    except Conflict as refusal:
        if refusal.key != "procedure_changed":
            raise
        flash(f"{person['code']}: {_changed_meanwhile(row['id'])}", "warning")
        return redirect(to)


def _shown_first(person: Row, do: Callable[[], str], to: str, plans: str = "") -> str | None:
    """Carry out what was agreed to and say what it did (None); else the page that shows what it would do. plans: the
    procedure whose own visits it may plan, and its baseline close, without a second word. to: the page to go back
    to."""

    def agreed(coming: Consequences) -> bool:
        own = all(each.plans == plans for each in effects(g.study, coming)) if plans else False
        return own or request.form.get("agreed", "") == mark(effects(g.study, coming))

    coming, is_done = carry_out(g.db, g.means, person["id"], do, agreed, g.now)
    if is_done:
        moved, read_anew = study_words.what_moved(coming.before, coming.after), reports(g.study, coming)
        flash(" ".join([f"{person['code']}: {coming.said} {moved}", *(each.words for each in read_anew)]))
        return None
    told = effects(g.study, coming)
    sent = [(key, value) for key, value in request.form.items(multi=True) if key not in ("csrf_token", "agreed")]
    return render_template(
        "study/consequences.html",
        person=person,
        said=coming.said,
        told=told,
        agreed=mark(told),
        sent=sent,
        to=to,
        again=request.form.get("agreed") is not None,
        has_form=request.endpoint in ("study.changes.procedure", "study.changes.further"),
    )


def _seen() -> str | None:
    """What the page showed of a procedure, as its form carries it."""
    return request.form.get("seen")


def _changed_meanwhile(procedure_id: str) -> str:
    """Who changed a procedure since the page was made, and what it is now."""
    row, last = procedure_rows.by_id(g.db, procedure_id), procedure_rows.last_change(g.db, procedure_id)
    assert row is not None
    return study_words.changed_meanwhile(_title(row), row, last)


def _tell(person: Row, do: Callable[[], str], *, moves: bool) -> None:
    before = visits.of_participant(g.db, person["id"])
    words = do()
    moved = study_words.what_moved(before, visits.of_participant(g.db, person["id"])) if moves else ""
    flash(f"{person['code']}: {words} {moved}".strip())


def _back(person: Row, anchor: str) -> Any:
    return redirect(_address(person, anchor))


def _address(person: Row, anchor: str) -> str:
    return url_for("study.participant", code=person["code"], _anchor=anchor)


def _change_contact(person: Row, form: ContactForm) -> str:
    became = contacting.change(g.db, g.means, person["id"], form.person(), g.now, staff_id=g.staff["id"])
    return study_words.number_mended(became == "link") if became else "Saved."


def _change(row: Row, given: Recorded) -> str:
    procedures.change_procedure(g.db, g.means, row["id"], given, g.now, g.staff["id"], _seen())
    return _recorded(given)


def _recorded(given: Recorded) -> str:
    title = g.study.procedures[given.kind].title
    day = f", {spoken.day(given.on)}" if given.on and given.status != "cancelled" else ""
    return f"{title} {study_words.PROCEDURES[given.status]}{day}."


def _procedure(person: Row, procedure_id: str) -> Row:
    row = procedure_rows.by_id(g.db, procedure_id)
    if row is None or row["participant_id"] != person["id"]:
        raise NotFound("procedure_not_found")
    return row


def _title(row: Row) -> str:
    return g.study.procedures[row["kind"]].title


def _today(person: Row) -> date:
    return local_day(g.now, ZoneInfo(person["zone"]))


def _day(text: str | None) -> date | None:
    """A date that a button sent; None for none. Raises Refusal."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal("date_missing") from None
