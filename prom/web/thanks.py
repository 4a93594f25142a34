"""What the page says once a form is sent: what its writer should do, when a nurse reads it, when the next one comes."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext
from markupsafe import Markup

from prom.actions.links import Opened
from prom.actions.means import Means
from prom.rules import schedule, worklist
from prom.rules.contacting import reachable
from prom.rules.hours import is_open, next_opening, working_days_after
from prom.rules.texts import spoken_day, spoken_moment, spoken_month, spoken_past
from prom.rules.times import day_of, instant, local_day
from prom.rules.visit import status
from prom.store import alerts, contacts, procedures, reports, visits
from prom.store.connect import Database, Row
from prom.web.survey_advice import THANKS_LAST, Advice, emergency_advice, say, to_call, warned_at


@dataclass(frozen=True)
class Told:
    """What the page says. advice: emergency advice on top. calm: the form was just sent and asks nothing of its writer
    now. asks_year: the rest is said once the year of birth is given."""

    advice: Advice | None
    texts: list[Markup]
    calm: bool = False
    asks_year: bool = False


def told(db: Database, means: Means, opened: Opened, now: datetime, *, unchanged: bool = False) -> Told:
    """What the page of a sent form says. Whoever has not been identified reads only when it was sent, and for as long
    as there is more to read is asked for the year of birth. unchanged: another answer came since, and was not kept."""
    study, language = opened.study, opened.language
    sent_at = instant(opened.visit["submitted_at"])
    zone = ZoneInfo(opened.person["zone"])
    sent_on = spoken_past(local_day(sent_at, zone), local_day(now, zone), language)
    used = say(study, "used", language, date=sent_on)
    if not opened.identified:
        return _told_to_anybody(db, opened, used, fresh=now < sent_at + THANKS_LAST)
    warned = warned_at(db, opened)
    if unchanged or warned and now < warned + THANKS_LAST:
        return Told(emergency_advice(db, opened, {}), [say(study, "used_warning", language, date=sent_on)])
    if now >= sent_at + THANKS_LAST:
        return Told(None, [used])
    return _told_at_once(db, means, opened, used, now)


def _told_to_anybody(db: Database, opened: Opened, used: Markup, fresh: bool) -> Told:
    """What the page says to whoever may not be its writer. fresh: the thanks still stand."""
    if not fresh:
        return Told(None, [used])
    advice = emergency_advice(db, opened, {})
    if opened.link["locked_at"]:
        call = Markup(gettext("If you need us, call %(phone)s.")) % {"phone": to_call(opened.study)}
        return Told(advice, [used, call])
    return Told(advice, [used], asks_year=True)


def _told_at_once(db: Database, means: Means, opened: Opened, used: Markup, now: datetime) -> Told:
    """What the page says within a day of sending. Where its writer is to act now that alone is said: when
    a nurse reads or calls could be taken for a reason to wait."""
    answers = reports.standing(db, opened.visit["id"])
    advice = emergency_advice(db, opened, answers)
    farewell = _farewell(db, means, opened, used, now)
    items = _high_items(db, opened)
    if items and not _pain_alone(opened, items):
        return Told(advice, [_call_us(opened, now), farewell])
    if _warned(advice):
        return Told(advice, [farewell])
    asked = worklist.asked(opened.study, opened.visit["timepoint"], answers)
    reply = [_pain(opened)] if items else []
    reply += [_call(db, means, opened, asked)] if asked.urgency == "call" else []
    read = [] if reply else [_on_day(opened, "done_read", _read_on(opened))]
    return Told(advice, [*reply, farewell, *read], calm=True)


def _warned(advice: Advice | None) -> bool:
    """Whether a warning sign was ticked; beside advice for a question declined the signs are listed."""
    return advice is not None and not advice.signs


def _high_items(db: Database, opened: Opened) -> list[str]:
    """The answer keys for which a High alert of this report was raised."""
    return [reason["item"] for reason in alerts.reasons_of_visit(db, opened.visit["id"]) if reason["class"] == "high"]


def _pain_alone(opened: Opened, items: list[str]) -> bool:
    return all(opened.study.items[item.partition("/")[0]].kind == "nrs" for item in items)


def _call_us(opened: Opened, now: datetime) -> Markup:
    """Call us today, or when we open again."""
    study, language = opened.study, opened.language
    if is_open(study, now):
        return say(study, "high_open", language)
    opens_at = next_opening(study, now).astimezone(study.zone)
    return say(study, "high_closed", language, next_open=spoken_moment(opens_at, language))


def _pain(opened: Opened) -> Markup:
    """By when a nurse looks at more pain."""
    sent_on = local_day(instant(opened.visit["submitted_at"]), opened.study.zone)
    return _on_day(opened, "pain_high", working_days_after(opened.study, sent_on, 1))


def _call(db: Database, means: Means, opened: Opened, asked: worklist.Asked) -> Markup:
    """That somebody calls who was asked to, in opening hours; who has no number on file calls us. What they wrote of a
    good time is not shown: the link of a sent form shows none of its answers."""
    if not means.keys.open(contacts.of_participant(db, opened.person["id"])["mobile_sealed"]):
        return say(opened.study, "done_call_us", opened.language)
    return _on_day(opened, "done_call_when" if asked.call_when else "done_call", _read_on(opened))


def _read_on(opened: Opened) -> date:
    """The day by which a nurse reads the form, in the study's zone."""
    sent_at = instant(opened.visit["submitted_at"])
    return local_day(worklist.read_by(opened.study, sent_at), opened.study.zone)


def _on_day(opened: Opened, key: str, day: date) -> Markup:
    return say(opened.study, key, opened.language, date=spoken_day(day, opened.language))


def _farewell(db: Database, means: Means, opened: Opened, used: Markup, now: datetime) -> Markup:
    """When we text or call again, or that this was the last form; where neither is sure, as while texts wait for
    somebody, that we have the answers."""
    study, person = opened.study, opened.person
    if alerts.texts_waiting(db, person["id"]) or person["plain_stop"]:
        return used
    coming = [
        visit
        for visit in visits.of_participant(db, person["id"])
        if status(visit, now) in ("planned", "open", "started")
    ]
    if not coming:
        return say(study, "done_last", opened.language)
    days = [day for visit in coming if (day := _due_on(db, means, visit))]
    key = _next_by(db, means, person)
    if not days or not key:
        return used
    day = max(min(days), local_day(now, ZoneInfo(person["zone"])))
    return say(study, key, opened.language, month=spoken_month(day, opened.language))


def _due_on(db: Database, means: Means, visit: Row) -> date | None:
    """When a visit is due, by the planned day while its procedure is to come; None with neither."""
    if visit["due_on"]:
        return day_of(visit["due_on"])
    procedure = procedures.by_id(db, visit["procedure_id"])
    if procedure is None or not procedure["planned_on"]:
        return None
    return schedule.due(means.study(db).timepoint(visit["timepoint"]), day_of(procedure["planned_on"]))


def _next_by(db: Database, means: Means, person: Row) -> str:
    """The text that says how this person hears of the next form; "" where nothing can be promised."""
    number = means.keys.open(contacts.of_participant(db, person["id"])["mobile_sealed"])
    if reachable(person, number, bool(number) and contacts.opted_out(db, means.keys.number_hashes(number))):
        return "done"
    return "done_phone" if number and person["contact_mode"] == "phone" else ""
