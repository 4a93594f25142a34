"""The rota: who is on call in the next weeks, day by day, its gaps, what changes it; the test of the night phone."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.validators import InputRequired, ValidationError

from prom.actions import chase, ring
from prom.actions import rota as rota_actions
from prom.errors import Conflict, NotFound, Refusal
from prom.rules import rota as rules
from prom.rules.hours import holiday, is_working_day
from prom.rules.refusals import message
from prom.rules.times import DAY, at_time, instant, local_day, stamp
from prom.store import rota as rota_rows
from prom.store import staff as staff_rows
from prom.store.connect import Row
from prom.web import guards, spoken, staff
from prom.web.study_forms import Clock, Day, offered

bp = Blueprint("rota", __name__)
READ = ("nurse", "investigator", "coordinator", "admin")
DAYS = 28
FAULTS = {
    "left": "has left the staff",
    "away": "is away",
    "no_mobile": "has no mobile number",
    "opted_out": "has opted out of texts",
}
_GAPS = {"nobody": "GAP: nobody can be told", "uncovered": "GAP: no nurse covers this night"}
_ALONE = "ONE PERSON at every step: nobody else would be told"
_RINGS_SHOWN, _GAPS_SHOWN = 5, 5
_YEARS = range(1900, 2200)
_SOON = 12  # times shown unfolded: about a week
_FIELDS = {"time_backwards": "until_on", "time_long": "until_on", "staff_unknown": "who", "staff_without_mobile": "who",
           "staff_sees_no_alerts": "who", "staff_away": "who", "away_of_others": "who"}  # fmt: skip


def _in_calendar(form, field):
    if field.data and field.data.year not in _YEARS:
        raise ValidationError(f"Give a year from {_YEARS[0]} to {_YEARS[-1]}.")


class TimeForm(FlaskForm):
    """Somebody, from one instant of the study's zone until another."""

    who = SelectField("Who")
    from_on = Day("From: day", [InputRequired("Give the day on which it begins."), _in_calendar])
    from_time = Clock("From: time", [InputRequired("Give the time at which it begins.")])
    until_on = Day("Until: day", [InputRequired("Give the day on which it ends."), _in_calendar])
    until_time = Clock("Until: time", [InputRequired("Give the time at which it ends.")])

    def begins(self) -> datetime:
        """From when on."""
        return at_time(self.from_on.data, self.from_time.data, g.study.zone)

    def ends(self) -> datetime:
        """Until when."""
        return at_time(self.until_on.data, self.until_time.data, g.study.zone)


class ShiftForm(TimeForm):
    """Somebody put in at a place."""

    place = SelectField("Place", coerce=int)


@dataclass(frozen=True)
class Held:
    """A place as it is shown. fault: why they cannot be told, "" where they can."""

    place: str
    name: str
    by_shift: bool
    fault: str


@dataclass(frozen=True)
class Shown:
    """A span as it is shown. change: the address that prefills the form for it."""

    key: str
    day: str
    when: str
    held: tuple[Held, ...]
    gap: str
    why: str
    change: str


@bp.get("/care/rota")
@guards.staff(*READ)
def rota():
    """Who is on call now and in the next weeks, with every gap."""
    return _page()


@bp.post("/care/rota/shifts")
@guards.staff(*READ)
def put_in():
    """Put somebody in, or hand a shift over."""
    form = _shift_form()
    if form.validate_on_submit():
        given = (form.place.data, form.who.data, form.begins(), form.ends())
        try:
            rota_actions.put_in(g.db, g.staff["site_id"], *given, g.now, by=g.staff["id"])
        except Refusal as refusal:
            _refuse(form, refusal)
        else:
            flash("They are put in. It holds from the next text on.")
            return redirect(url_for("rota.rota"))
    return _page(shift_form=form), 400


@bp.post("/care/rota/shifts/<int(max=9999999999):seq>/back")
@guards.staff(*READ)
def take_back(seq):
    """Take a shift back."""
    rota_actions.take_back(g.db, seq, g.now, sites=g.sites, by=g.staff["id"])
    flash("The shift is taken back.")
    return redirect(url_for("rota.rota"))


@bp.post("/care/rota/away")
@guards.staff(*READ)
def mark_away():
    """Mark oneself, or as a coordinator a colleague, away."""
    form = _away_form()
    if form.validate_on_submit():
        try:
            rota_actions.mark_away(g.db, form.who.data, form.begins(), form.ends(), g.now, by=g.staff)
        except Refusal as refusal:
            _refuse(form, refusal)
        else:
            flash("Marked as away. See whether that leaves a gap, and hand over what is still open below.")
            return redirect(url_for("rota.rota"))
    return _page(away_form=form), 400


@bp.post("/care/rota/away/<away_id>/end")
@guards.staff(*READ)
def end_away(away_id):
    """Somebody is not away after all."""
    rota_actions.end_away(g.db, away_id, g.now, by=g.staff)
    flash("They are not away any more.")
    return redirect(url_for("rota.rota"))


@bp.post("/care/rota/ring")
@guards.staff(*READ)
def ring_phone():
    """Text a test to whoever is on call now, or tonight."""
    try:
        ring.ask(g.db, g.means, g.staff["site_id"], g.now, tonight="tonight" in request.form, by=g.staff["id"])
    except Conflict as conflict:
        flash(message(conflict), "warning")
    else:
        flash("The test text goes now. Whoever got it taps its link or texts its code back.")
    return redirect(url_for("rota.rota", _anchor="phone"))


@bp.get("/care/ring/<ring_id>")
@guards.staff(*READ)
def ringing(ring_id):
    """A test of the night phone, for whoever got its text."""
    found = rota_rows.ring(g.db, ring_id)
    if found is None or found["site_id"] not in g.sites:
        raise NotFound("ring_not_found")
    texts = rota_rows.texts_of_ring(g.db, ring_id)
    mine = g.staff["id"] in [text["staff_id"] for text in texts]
    who = staff_rows.by_id(g.db, found["answered_by"]) if found["answered_by"] else None
    return render_template("care/ring.html", found=found, texts=texts, mine=mine, who=who)


@bp.post("/care/ring/<ring_id>")
@guards.staff(*READ)
def answer(ring_id):
    """Whoever got the text has it."""
    who = {"staff_id": g.staff["id"], "site_id": g.staff["site_id"]}
    ring.answer(g.db, ring_id, g.now, **who, how="page")
    return redirect(url_for("rota.ringing", ring_id=ring_id))


def _page(*, shift_form=None, away_form=None) -> str:
    """The whole page; with a form that was refused in place of the empty one."""
    site_id, study = g.staff["site_id"], g.study
    until = at_time(rules.day_of_rota(study, g.now) + DAYS * DAY, study.clinic.open, study.zone)
    spans = rota_actions.spans(g.db, g.means, site_id, g.now, until)
    names = {person["id"]: person["name"] for person in rota_rows.people(g.db, site_id)}
    shown = [_shown(span, names) for span in spans]
    gaps = [each for each in shown if each.gap]
    tonight = rules.next_night(study, g.now)
    return render_template(
        "care/rota.html",
        shown=shown,
        soon=_SOON,
        gaps=gaps[:_GAPS_SHOWN],
        more_gaps=len(gaps[_GAPS_SHOWN:]),
        days=DAYS,
        shifts=[_of_shift(row) for row in rota_rows.shifts(g.db, site_id, stamp(g.now), stamp(until))],
        away=rota_rows.away(g.db, site_id, stamp(g.now), stamp(until)),
        may_end=_may_end,
        left_behind=_left_behind(until),
        opens=bool(set(rota_actions.SEES_ALERTS) & set(g.staff["roles"])),
        shift_form=shift_form or _shift_form(formdata=None),
        away_form=away_form or _away_form(formdata=None),
        asked="place" in request.args,
        rings=[_of_ring(row) for row in rota_rows.rings(g.db, site_id, _RINGS_SHOWN)],
        ring_due=ring.is_due(g.db, study, site_id, g.now),
        now_called=names.get(ring.first_called(g.db, g.means, site_id, g.now) or "", ""),
        tonight=tonight if tonight > g.now else None,
        tonight_called=names.get(ring.first_called(g.db, g.means, site_id, tonight) or "", ""),
        lists_may=set(staff.ON_CALL) & set(g.staff["roles"]),
    )


def _shown(span: rules.Span, names: dict[str, str]) -> Shown:
    held = tuple(
        Held(_place(each.position), names[each.staff_id], each.shift is not None, FAULTS.get(each.fault, ""))
        for each in sorted(span.on_call.places, key=lambda each: each.position == rules.LEAD)  # told last
    )
    why = "; ".join(f"{each.name} {each.fault}" for each in held if each.fault)
    day = rules.day_of_rota(g.study, span.from_at)
    change = _prefilled(1, span.from_at, span.until_at)
    weekday = f"{day:%a} {spoken.day(day)}"
    gap = _GAPS.get(span.gap) or (_ALONE if rules.alone(span.on_call) else "")
    return Shown(stamp(span.from_at), weekday, _when(span, day), held, gap, why, change)


def _when(span: rules.Span, day: date) -> str:
    zone = g.study.zone
    first, last = span.from_at.astimezone(zone), span.until_at.astimezone(zone)
    hours = f"{first:%H:%M} to {last:%H:%M}" if first.date() == last.date() else f"{first:%H:%M} to {last:%a %H:%M}"
    if not span.night:
        return f"Working hours, {hours}"
    name = holiday(g.study, day)
    return f"Night, {hours}" if is_working_day(g.study, day) else f"Closed{f' ({name})' if name else ''}, {hours}"


def _place(position: int) -> str:
    return "Lead" if position == rules.LEAD else f"Place {position}"


def _prefilled(place: int, from_at: datetime, until_at: datetime) -> str:
    given: dict[str, Any] = {"place": place, "from": stamp(from_at), "until": stamp(until_at)}
    return url_for("rota.rota", **given, _anchor="put-in")


def _of_shift(row: Row) -> Row:
    """A shift with its place in words and the address that hands it over."""
    begins = max(instant(row["from_at"]), g.now)
    return row | {
        "place": _place(row["position"]),
        "hand_over": _prefilled(row["position"], begins, instant(row["until_at"])),
    }


def _of_ring(row: Row) -> Row:
    """A test with who was texted, and how long it took."""
    texted = [text["staff_name"] for text in rota_rows.texts_of_ring(g.db, row["id"])]
    took = spoken.length(row["asked_at"], instant(row["answered_at"])) if row["answered_at"] else ""
    return row | {"texted": texted, "took": took}


def _left_behind(until: datetime) -> list[tuple[Row, list[Row]]]:
    """(absence, the open alerts that who is or will be away has) of each absence that leaves any behind."""
    away = rota_rows.away(g.db, g.staff["site_id"], stamp(g.now), stamp(until))
    held = [(row, chase.held_by(g.db, row["staff_id"], g.sites)) for row in away]
    return [(row, alerts) for row, alerts in held if alerts]


def _may_end(row: Row) -> bool:
    return row["staff_id"] == g.staff["id"] or bool(set(rota_actions.MANAGES) & set(g.staff["roles"]))


def _shift_form(**given) -> ShiftForm:
    """The form that puts somebody in, for the time that the address names, else for tonight."""
    form = ShiftForm(data=_asked_time() | {"place": request.args.get("place", 1, type=int)}, prefix="in-", **given)
    able = {row["id"]: _named(row) for row in _people() if row["mobile_sealed"] and _sees_alerts(row)}
    form.who.choices = offered(able)
    form.place.choices = [(number, _told(number)) for number in (*range(1, _places() + 1), rules.LEAD)]
    return form


def _away_form(**given) -> TimeForm:
    """The form that marks somebody away."""
    form = TimeForm(data=_asked_time() | {"who": g.staff["id"]}, prefix="away-", **given)
    everybody = bool(set(rota_actions.MANAGES) & set(g.staff["roles"]))
    form.who.choices = offered({row["id"]: row["name"] for row in _people() if everybody or row["id"] == g.staff["id"]})
    return form


def _people() -> list[Row]:
    return [row for row in staff_rows.of_sites(g.db, (g.staff["site_id"],)) if row["active"]]


def _sees_alerts(row: Row) -> bool:
    return bool(set(rota_actions.SEES_ALERTS) & set(row["roles"]))


def _named(row: Row) -> str:
    fault = rota_actions.fault_of(g.db, g.means, row)
    return f"{row['name']} ({FAULTS[fault]})" if fault else row["name"]


def _places() -> int:
    """How many places for nurses there are: as many as the ladders and the standing list know."""
    ladders = [rung.to for name in ("red", "high") for rung in g.study.alerts.of(name).ladder]
    standing = [row["position"] for row in staff_rows.on_call(g.db, g.staff["site_id"])]
    return max([1, *standing, *(int(to.rpartition("_")[2]) for to in ladders if to != "lead")])


def _told(position: int) -> str:
    return {rules.LEAD: "Lead: told last", 1: "Place 1: told first"}.get(position, f"Place {position}")


def _asked_time() -> dict:
    """{from_on, from_time, until_on, until_time} of the address, else of tonight."""
    zone, clinic = g.study.zone, g.study.clinic
    tonight = rules.next_night(g.study, g.now)
    morning = at_time(local_day(tonight, zone) + DAY, clinic.open, zone)
    first, last = (_instant(name) or usual for name, usual in (("from", tonight), ("until", morning)))
    first, last = first.astimezone(zone), last.astimezone(zone)
    return {"from_on": first.date(), "from_time": first.time(), "until_on": last.date(), "until_time": last.time()}


def _instant(name: str) -> datetime | None:
    """An instant in the query; None where there is none that can be read."""
    try:
        found = instant(request.args[name]) if request.args.get(name, "").endswith("Z") else None
    except ValueError:
        return None
    return found if found and found.year in _YEARS else None


def _refuse(form: TimeForm, refusal: Refusal) -> None:
    field = form[_FIELDS.get(refusal.key, "who")]
    field.errors = [*field.errors, message(refusal)]
