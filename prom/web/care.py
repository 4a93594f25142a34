"""The nurse's pages: the list of alerts, one alert with its whole story, the reports to read."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from prom.actions import alerts as alert_actions
from prom.actions import chase, disclose
from prom.errors import Conflict, NotFound, Refusal
from prom.rules import alert_life
from prom.rules.refusals import message
from prom.store import alerts as alert_rows
from prom.store import messages, visits
from prom.web import adverse_story, alert_story, answered, guards, history, snooze, spoken
from prom.web.care_forms import CALLS, DOES, CallForm, CloseForm, DecideForm, HandOverForm, UndoForm
from prom.web.chart import chart

bp = Blueprint("care", __name__)
NURSES = ("nurse", "investigator")
STILL = "still"  # in the query of a list that does not reload itself
_CLOSED_SHOWN = 30
_READ_AT_ONCE = 40
_VERBS = ("acknowledged", "handed_over", "closed", *CALLS)

bp.add_app_template_filter(spoken.moment, "moment")
bp.add_app_template_filter(spoken.day, "day")
bp.add_app_template_filter(spoken.length, "length_until")
bp.record_once(lambda state: state.app.jinja_env.globals.update(spoken=spoken))


@bp.get("/care/alerts")
@guards.staff(*NURSES)
def alerts():
    """The open alerts in the order in which they want a nurse, and those closed last. Reloads itself, unless asked to
    stand still."""
    waiting = alert_story.waiting(g.db, g.means, g.sites, g.now)
    closed = alert_rows.closed_alerts(g.db, g.sites, _CLOSED_SHOWN)
    told = [alert_story.tell(g.db, g.means, alert, g.now) for alert in closed]
    again = None if STILL in request.args else f"{url_for('care.alerts')}?{guards.REFRESH}=1"
    outcomes = alert_story.outcomes(g.study)
    decisions = adverse_story.closed_undecided(g.db, g.means, g.sites, g.now)
    unsigned = adverse_story.unsigned(g.db, g.means, g.sites, g.now)
    lists = {"waiting": waiting, "closed": told, "decisions": decisions, "unsigned": unsigned}
    return render_template("care/alerts.html", **lists, again=again, outcomes=outcomes)


@bp.get("/care/alerts/<alert_id>")
@guards.staff(*NURSES)
def alert(alert_id):
    """One alert and everything a nurse needs beside it."""
    return _page(_found(alert_id))


@bp.get("/care/alerts/<alert_id>/acknowledge")
@bp.get("/care/alerts/<alert_id>/call")
@bp.get("/care/alerts/<alert_id>/call-back")
@bp.get("/care/alerts/<alert_id>/contact")
@bp.get("/care/alerts/<alert_id>/decide")
@bp.get("/care/alerts/<alert_id>/hand-over")
@bp.get("/care/alerts/<alert_id>/close")
@bp.get("/care/alerts/<alert_id>/texts")
@guards.staff(*NURSES)
def back(alert_id):
    """The address of a form, opened by hand or after logging in again, leads to the alert."""
    return redirect(url_for("care.alert", alert_id=alert_id))


@bp.post("/care/alerts/<alert_id>/contact")
@guards.staff(*NURSES)
def contact(alert_id):
    """The same page with name and number, once, on the record."""
    found = _found(alert_id)
    opened = disclose.contact(g.db, g.means, found["participant_id"], g.now, staff_id=g.staff["id"])
    return _page(found, contact=opened)


@bp.post("/care/alerts/<alert_id>/acknowledge")
@guards.staff(*NURSES)
def acknowledge(alert_id):
    """Take an alert. Where a colleague was first, say who has it."""
    return _done(alert_id, "acknowledged", "You have this alert.", None)


@bp.post("/care/alerts/<alert_id>/call")
@guards.staff(*NURSES)
def call(alert_id):
    """Note what came of a call."""
    found, form, verb = _found(alert_id), CallForm(), request.form.get("verb", "")
    if verb not in CALLS or not form.validate_on_submit():
        return _page(found, call_form=form, seen=_seen()), 400
    whom = "second_contact" if form.second.data else "participant"
    words = f"Noted: {CALLS[verb].lower()}."
    if (verb, whom) == ("contacted", "second_contact"):
        words = "Noted: spoke to the second contact. The participant is still to be reached."
    return _done(alert_id, verb, words, form.called.data, called=whom)


@bp.post("/care/alerts/<alert_id>/call-back")
@guards.staff(*NURSES)
def undo_contact(alert_id):
    """Take back that one spoke to the participant."""
    found, form = _found(alert_id), UndoForm()
    if not form.validate_on_submit():
        return _page(found, undo_form=form, seen=_seen()), 400
    given = {"staff_id": g.staff["id"], "sites": g.sites, "seen": _seen()}
    try:
        alert_actions.undo_contact(g.db, alert_id, g.now, why=form.slip.data, **given)
    except Conflict as conflict:
        return _page(_found(alert_id), refused=conflict), conflict.status
    flash("Taken back. The participant is still to be spoken to.")
    return redirect(url_for("care.alert", alert_id=alert_id))


@bp.post("/care/alerts/<alert_id>/decide")
@guards.staff(chase.PHYSICIAN)
def decide(alert_id):
    """What a physician decides where calls reach nobody."""
    found, form = _found(alert_id), DecideForm()
    if not form.validate_on_submit():
        return _page(found, decide_form=form, seen=_seen()), 400
    given = {"by": g.staff, "sites": g.sites, "note": form.decision.data, "seen": _seen()}
    try:
        chase.decide(g.db, alert_id, g.now, **given)
    except Conflict as conflict:
        return _page(_found(alert_id), refused=conflict, lost=form.decision.data), conflict.status
    flash("The decision is noted. Nobody is asked any more.")
    return redirect(url_for("care.alert", alert_id=alert_id))


@bp.post("/care/alerts/<alert_id>/hand-over")
@guards.staff(*NURSES)
def hand_over(alert_id):
    """Give an alert to a colleague, who is texted."""
    found = _found(alert_id)
    form = _hand_over_form(found)
    if not form.validate_on_submit():
        return _page(found, hand_over_form=form, seen=_seen()), 400
    given = {"staff_id": g.staff["id"], "sites": g.sites, "note": form.why.data, "seen": _seen()}
    try:
        alert_actions.hand_over(g.db, g.means, alert_id, form.colleague.data, g.now, **given)
    except Conflict as conflict:
        return _page(_found(alert_id), refused=conflict, lost=form.why.data), conflict.status
    except Refusal as refusal:  # left, or opted out, since the page was made
        form.colleague.errors = [message(refusal)]
        return _page(found, hand_over_form=form, seen=_seen()), refusal.status
    flash("Handed over. It is theirs from now on; where they do not open it in time, its texts go on.")
    return redirect(url_for("care.alert", alert_id=alert_id))


@bp.post("/care/alerts/<alert_id>/close")
@guards.staff(*NURSES)
def close(alert_id):
    """Close an alert with outcome, note and, for red, whether texts go on."""
    found = _found(alert_id)
    form = _close_form(found)
    if not form.validate_on_submit():
        return _page(found, close_form=form, seen=_seen()), 400
    given = {name: form[name].data for name in ("outcome", "note", "texts")}
    given |= {"agreed": bool(form.holder and form.agreed.data), "take": "take" in request.form, "seen": _seen()}
    try:
        alert_actions.close(g.db, g.means, alert_id, g.now, staff_id=g.staff["id"], sites=g.sites, **given)
    except Conflict as conflict:
        again = _close_form(_found(alert_id), unticked=True)
        return _page(_found(alert_id), refused=conflict, lost=form.note.data, close_form=again), conflict.status
    except Refusal as refusal:  # somebody else has it and was not asked
        again = _close_form(found)
        again.agreed.errors = [message(refusal)]
        return _page(found, close_form=again), refusal.status
    flash("The alert is closed.")
    return redirect(url_for("care.alerts"))


@bp.post("/care/alerts/<alert_id>/texts")
@guards.staff(*NURSES)
def texts(alert_id):
    """After red: let invitations and reminders go on."""
    try:
        alert_actions.resume_texts(g.db, alert_id, g.now, staff_id=g.staff["id"], sites=g.sites)
    except Conflict as conflict:
        return _page(_found(alert_id), refused=conflict), conflict.status
    flash("Texts to this person may go on.")
    return redirect(url_for("care.alert", alert_id=alert_id))


@bp.route("/care/reports", methods=["GET", "POST"])
@guards.staff(*NURSES)
def reports():
    """Reports, and drafts that went unsent, that nobody has read; mark one or several as read."""
    found = alert_story.to_read(g.db, g.means, g.sites, g.now)
    shown = [_report(visit) for visit in found[:_READ_AT_ONCE]]
    if request.method == "POST":
        return _mark_read(shown)
    disclose.viewed(g.db, "reports", g.now, staff_id=g.staff["id"])
    return render_template("care/reports.html", shown=shown, more=len(found) - len(shown))


def _report(visit) -> tuple:
    """(unread visit, its report, its alerts as told, whether it is to be read by itself: something was written in it,
    or an urgent alert of it is open)."""
    whole = history.of(g.db, visit["participant_id"])
    alerts_of = alert_rows.of_participant(g.db, visit["participant_id"])
    raised = [alert_story.tell(g.db, g.means, each, g.now) for each in alerts_of if each["visit_id"] == visit["id"]]
    reasons = tuple(reason for told in raised for reason in told.reasons)
    report = answered.report(g.db, g.means, visit, whole, g.now, reasons)
    urgent = any(told.alert["class"] != "routine" and told.closing is None for told in raised)
    return visit, report, raised, report.free_text or urgent


def _mark_read(shown: list[tuple]):
    """One report by its own button; several by their ticks, of which none is to be read by itself."""
    one, ticked = request.form.get("one"), request.form.getlist("visit")
    asked = dict(map(_as_seen, [one] if one else ticked))
    chosen = [visit for visit, _, _, alone in shown if visit["id"] in asked and (one or not alone)]
    others = set(asked) - {visit["id"] for visit in chosen}
    readers = [alert_rows.read_by(g.db, visit_id, g.sites) for visit_id in others]
    told = [f"{reader['code']}: {reader['staff_name']} has read it." for reader in readers if reader]
    for visit in chosen:
        alert_actions.read(g.db, visit["id"], asked[visit["id"]], g.now, staff_id=g.staff["id"])
    late = [visit["code"] for visit in chosen if visit["last_seq"] > asked[visit["id"]]]
    told += [f"{code}: something came in since you opened this page. It is still to be read." for code in late]
    if len(chosen) > len(late):
        told.insert(0, f"Marked as read: {len(chosen) - len(late)}.")
    flash(" ".join(told) or "Tick the reports that you have read first.")
    return redirect(url_for("care.reports"))


def _as_seen(value: str) -> tuple[str, int]:
    """(visit id, number of its last saved screen) as a button or tick of the page names them."""
    visit_id, _, seq = value.partition(".")
    return visit_id, int(seq) if seq.isdecimal() and len(seq) < 16 else 0


def _found(alert_id: str):
    found = alert_rows.by_id(g.db, alert_id, g.sites)
    if found is None:
        raise NotFound("alert_not_found")
    return found


def _done(alert_id: str, verb: str, words: str, note: str | None, called: str | None = None):
    """Carry out a verb of an alert and come back to its page, where name and number stay for the one who has it."""
    who = {"staff_id": g.staff["id"], "sites": g.sites}
    try:
        alert_actions.act(g.db, alert_id, verb, g.now, note=note, called=called, seen=_seen(), **who)
    except Conflict as conflict:
        call_form = CallForm() if verb in CALLS else None
        return _page(_found(alert_id), refused=conflict, lost=note, call_form=call_form), conflict.status
    found = _found(alert_id)
    taken = alert_life.taken(alert_rows.events(g.db, alert_id))
    theirs = taken is not None and taken["staff_id"] != g.staff["id"]
    flash(f"{words} {taken['staff_name']} has the alert." if taken and theirs else words)
    contact = _still_shown(found)
    return _page(found, contact=contact) if contact else redirect(url_for("care.alert", alert_id=alert_id))


def _still_shown(found):
    """Name and number once more, on the record, where the page had them and this nurse has the alert; else None."""
    taken = alert_life.taken(alert_rows.events(g.db, found["id"]))
    if "shown" not in request.form or taken is None or taken["staff_id"] != g.staff["id"]:
        return None
    return disclose.contact(g.db, g.means, found["participant_id"], g.now, staff_id=g.staff["id"])


def _close_form(found, *, unticked: bool = False, **kwargs) -> CloseForm:
    """The form that closes an alert, as it was sent. unticked: whoever has it now is to be asked anew."""
    taken = alert_life.taken(alert_rows.events(g.db, found["id"]))
    holder = taken["staff_name"] if taken and taken["staff_id"] != g.staff["id"] else None
    form = CloseForm(g.study, found["class"], holder, **kwargs)
    if holder and unticked:
        form.agreed.data = False
    return form


def _hand_over_form(found, **kwargs) -> HandOverForm:
    """The form that gives an alert to a colleague, as it was sent."""
    taken = alert_life.taken(alert_rows.events(g.db, found["id"]))
    people = chase.colleagues(g.db, g.means, found["site_id"], g.now)
    return HandOverForm([each for each in people if taken is None or each["id"] != taken["staff_id"]], **kwargs)


def _may_undo(told) -> bool:
    """Whether it is this person who spoke to the participant."""
    contacted = told.standing.state == "contacted"
    return contacted and bool(alert_life.contacts_of(told.events, g.staff["id"]))


def _seen() -> int | None:
    """The last event on the page from which a form was sent."""
    return request.form.get("seen", type=int)


def _page(
    found, *, contact=None, call_form=None, close_form=None, hand_over_form=None, undo_form=None, decide_form=None,
    refused=None, lost=None, seen=None,
) -> str:  # fmt: skip
    """The page of an alert. refused: a conflict to be told; lost: a note that it kept from being saved; seen: what the
    form that comes back with faults was made from."""
    disclose.viewed(g.db, found["id"], g.now, staff_id=g.staff["id"])
    told = alert_story.tell(g.db, g.means, found, g.now)
    came = alert_story.news(told, _seen(), g.staff["id"]) if refused else []
    if refused and close_form:  # its own box is where the browser goes
        close_form.form_errors.append(" ".join([message(refused), *(f"{each}." for each in came)]))
    whole = history.of(g.db, found["participant_id"])
    visit = visits.by_id(g.db, told.about) if told.about else None
    scores = history.pain(g.db, g.means, whole, g.now)
    everything = alert_rows.of_participant(g.db, found["participant_id"])
    return render_template(
        "care/alert.html",
        told=told,
        can={verb: alert_life.can(told.standing.state, verb) for verb in _VERBS},
        stay_stopped=found["class"] == "red" and alert_rows.texts_waiting(g.db, found["participant_id"]),
        calls=CALLS,
        snoozes=snooze.offered(g.db, g.study, told, g.now),
        does=DOES if told.standing.taken is None else {},
        outcomes=alert_story.outcomes(g.study),
        report=answered.report(g.db, g.means, visit, whole, g.now, told.reasons) if visit else None,
        texts_in=alert_story.texts_in(g.db, g.means, found),
        scores=scores,
        topics=history.topics(g.study, scores),
        picture=chart(g.study, scores, whole),
        whole=whole,
        asking=history.asking(whole, g.now),
        titles={row["id"]: history.title(g.study, row) for row in whole.visits},
        to_staff=messages.of_alert(g.db, found["id"]),
        texts=messages.of_participant(g.db, found["participant_id"]),
        earlier=[alert_story.tell(g.db, g.means, each, g.now) for each in everything if each["id"] != found["id"]],
        adverse=adverse_story.beside(g.db, g.means, found["participant_id"], g.now, found["id"]),
        contact=contact or _still_shown(found),
        call_form=call_form or CallForm(formdata=None),
        hand_over_form=hand_over_form or _hand_over_form(found, formdata=None),
        plan=g.study.alerts,
        scripts=alert_story.scripts(g.study, told),
        called=chase.calls_so_far(g.db, g.means, found, g.now) if found["class"] == "red" else None,
        physician=alert_life.asked(told.events),
        decision=alert_life.decided(told.events),
        decide_form=(decide_form or DecideForm(formdata=None)) if chase.PHYSICIAN in g.staff["roles"] else None,
        undo_form=undo_form or (UndoForm(formdata=None) if _may_undo(told) else None),
        close_form=close_form or _close_form(found, formdata=None),
        refused=message(refused) if refused else "",
        came=came,
        keeps=bool(refused and close_form and not told.closing),
        lost=lost,
        seen_seq=seen or told.events[-1]["seq"],
    )
