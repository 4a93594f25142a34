"""Staff: who there is, who is added or leaves, and who is texted when an alert comes."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from prom.actions import staff as staff_actions
from prom.actions.rota import SEES_ALERTS
from prom.errors import NotFound, Refusal
from prom.rules.refusals import message
from prom.store import contacts
from prom.store import staff as staff_rows
from prom.store.connect import Row
from prom.web import guards
from prom.web.study_forms import at_most, offered, tidied

bp = Blueprint("staff", __name__)
ON_CALL = ("nurse", "coordinator", "admin")
CALLED = ("nurse", "investigator")
_PLACES = 9  # the study file knows on_call_1 to on_call_9
_STOPPED = (
    "has opted out of texts and is told of no alert until they text START to the number that our texts come from: "
    "put somebody else on the list"
)
_ROLES = {
    "nurse": "Nurse: alerts and reports",
    "coordinator": "Coordinator: enrolment, procedures, tasks, download",
    "investigator": "Investigator: alerts, reports, download",
    "analyst": "Analyst: download",
    "admin": "Administrator: staff, enrolment, procedures",
}
_FIELDS = {
    "grader_role": "may_grade",
    "login_taken": "login",
    "name_missing": "name",
    "number_odd": "mobile",
    "password_short": "password",
    "password_weak": "password",
    "role_unknown": "roles",
}


class StaffForm(FlaskForm):
    """A new member of staff."""

    login = StringField("Login", [DataRequired("Give a login."), at_most(80)], filters=[tidied])
    name = StringField("Name", [DataRequired("Give the name."), at_most(120)], filters=[tidied])
    roles = SelectMultipleField(
        "Roles", choices=offered(_ROLES), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    may_grade = BooleanField("May grade adverse events")
    mobile = StringField("Mobile number", [at_most(40)])
    password = PasswordField("First password", [InputRequired("Give a password."), at_most(200)])


class ChangeForm(FlaskForm):
    """Another mobile, another password, or both, for somebody who works here."""

    mobile = StringField("Another mobile number", [at_most(40)])
    password = PasswordField("Another password", [at_most(200)])


@dataclass(frozen=True)
class Called:
    """Somebody who can be on call. fault: why no text would reach them, "" where one would."""

    person: Row
    fault: str


@bp.route("/study/staff", methods=["GET", "POST"])
@guards.staff("admin")
def people():
    """Everybody who works here, and a form that adds somebody."""
    form = StaffForm()
    if form.validate_on_submit():
        try:
            _add(form)
        except Refusal as refusal:
            field = form._fields[_FIELDS[refusal.key]]
            field.errors = [*field.errors, message(refusal)]
        else:
            flash(f"{form.name.data} can log in as {form.login.data}.")
            return redirect(url_for("staff.people"))
    return _page(form), 400 if form.is_submitted() else 200


@bp.post("/study/staff/<staff_id>")
@guards.staff("admin")
def change(staff_id):
    """Another mobile or password for somebody."""
    person, form = _of_here(staff_id), ChangeForm(prefix=staff_id)
    if form.validate_on_submit():
        try:
            staff_actions.change(
                *(g.db, g.means, staff_id, g.now),
                mobile=tidied(form.mobile.data) or "",
                password=form.password.data or "",
                by=g.staff["id"],
            )
        except Refusal as refusal:
            field = form._fields.get(f"{staff_id}-{_FIELDS.get(refusal.key, '')}")
            if field is None:
                form.form_errors.append(message(refusal))
            else:
                field.errors = [*field.errors, message(refusal)]
        else:
            flash(f"{person['name']}: saved.")
            return redirect(url_for("staff.people"))
    return _page(StaffForm(formdata=None), form, staff_id), 400


@bp.post("/study/staff/<staff_id>/deactivate")
@guards.staff("admin")
def deactivate(staff_id):
    """Somebody has left: log-in, sessions and on call end at once."""
    person = _of_here(staff_id)
    staff_actions.deactivate(g.db, g.means, staff_id, g.now, by=g.staff["id"])
    flash(f"{person['name']} cannot log in any more and is not on call.")
    return redirect(url_for("staff.people"))


@bp.post("/study/staff/<staff_id>/grades")
@guards.staff("admin")
def grades(staff_id):
    """Somebody may grade adverse events from now on, or no more."""
    person = staff_rows.by_id(g.db, staff_id)
    if person is None or person["site_id"] not in g.sites:
        raise NotFound("staff_unknown")
    may = request.form.get("may") == "1"
    staff_actions.let_grade(g.db, staff_id, may, g.now, by=g.staff["id"])
    flash(f"{person['name']} may {'' if may else 'not '}grade adverse events{'' if may else ' any more'}.")
    return redirect(url_for("staff.people"))


@bp.route("/study/on-call", methods=["GET", "POST"])
@guards.staff(*ON_CALL)
def on_call():
    """Who is texted, in which order, and the named lead."""
    site_id = g.staff["site_id"]
    standing = staff_rows.on_call(g.db, site_id)
    called = [_called(person) for person in staff_rows.of_sites(g.db, (site_id,)) if _can_be_called(person, standing)]
    form = _on_call_form(called, standing)
    if form.validate_on_submit():
        try:
            nurses = [form[place].data for place in form.places if form[place].data]
            if not nurses:
                raise Refusal("nobody_on_call")
            staff_actions.set_on_call(g.db, site_id, nurses, form.lead.data or None, g.now, by=g.staff["id"])
        except Refusal as refusal:
            form.form_errors.append(message(refusal))
        else:
            flash("The list is changed. It holds from the next text on.")
            return redirect(url_for("staff.on_call"))
    lacks = {each.person["id"]: each.fault for each in called}
    page = render_template("staff/on_call.html", form=form, called=called, standing=standing, lacks=lacks)
    return page, 400 if form.is_submitted() else 200


def _page(form: StaffForm, refused: ChangeForm | None = None, refused_id: str = "") -> str:
    """Everybody, each with a form that changes them. refused: that of refused_id, with what is wrong in it."""
    forms = {refused_id: refused}
    everybody = [
        person | {"form": forms.get(person["id"]) or ChangeForm(formdata=None, prefix=person["id"])}
        for person in staff_rows.of_sites(g.db, g.sites)
    ]
    return render_template("staff/people.html", form=form, everybody=everybody, roles=_ROLES, graders=SEES_ALERTS)


def _of_here(staff_id: str) -> Row:
    """Somebody of the viewer's sites. Raises NotFound."""
    person = staff_rows.by_id(g.db, staff_id)
    if person is None or person["site_id"] not in g.sites:
        raise NotFound("staff_unknown")
    return person


def _add(form: StaffForm) -> None:
    staff_actions.add_staff(
        g.db,
        g.means,
        form.login.data,
        form.name.data,
        tuple(form.roles.data),
        form.password.data,
        g.now,
        mobile=form.mobile.data or "",
        may_grade=form.may_grade.data,
        site_id=g.staff["site_id"],
        by=g.staff["id"],
    )


def _can_be_called(person: Row, standing: list[Row]) -> bool:
    """Nurses and investigators, and whoever stands in the list already."""
    fits = set(CALLED) & set(person["roles"]) or person["id"] in [row["id"] for row in standing]
    return bool(person["active"] and fits)


def _called(person: Row) -> Called:
    number = g.means.keys.open(person["mobile_sealed"])
    if not number:
        return Called(person, "has no mobile number and cannot be on call")
    if contacts.opted_out(g.db, g.means.keys.number_hashes(number)):
        return Called(person, _STOPPED)
    return Called(person, "")


def _on_call_form(called: list[Called], standing: list[Row]) -> Any:
    """One choice for each place, and the lead; those without a number cannot be chosen."""
    able = {each.person["id"]: each.person["name"] for each in called if each.person["mobile_sealed"]}
    choices = offered(able, none="nobody")
    many = min(max(len(able), 1), _PLACES)
    nurses = [row["id"] for row in standing if row["position"] != staff_rows.LEAD]
    lead = next((row["id"] for row in standing if row["position"] == staff_rows.LEAD), "")
    places = tuple(f"place_{number}" for number in range(1, many + 1))
    fields: dict[str, Any] = {"places": places}
    for number, place in enumerate(places, 1):
        words = f"Place {number}{', texted first' if number == 1 else ''}"
        default = nurses[number - 1] if number <= len(nurses) else ""
        fields[place] = SelectField(words, choices=choices, default=default)
    fields["lead"] = SelectField("Lead", choices=choices, default=lead)
    return type("OnCallForm", (FlaskForm,), fields)()
