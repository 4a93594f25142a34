"""What the participant's pages say besides the questions: safety advice, and why a link asks nothing."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext
from markupsafe import Markup, escape

from prom.actions.links import Opened
from prom.rules.answers import is_declined
from prom.rules.hours import is_open
from prom.rules.identity import THANKS_LAST
from prom.rules.instrument import warns
from prom.rules.languages import direction, own_name
from prom.rules.study import Study
from prom.rules.texts import fill, spoken_day, spoken_past
from prom.rules.times import day_of, instant, local_day, stamp
from prom.rules.visit import ends_at
from prom.store import alerts, procedures, reports
from prom.store.connect import Database
from prom.web import language
from prom.web.survey_words import heading

_SECOND = timedelta(seconds=1)
# Stand-ins for the numbers while a text is made safe: private characters that no study file holds.
_PHONE, _EMERGENCY = "\ue000", "\ue001"


def tel(number: str) -> str:
    """The address that calls a number."""
    return "tel:" + re.sub(r"[^0-9+*#]", "", number)


def to_call(study: Study) -> Markup:
    """The clinic's number, to be tapped."""
    return Markup('<a href="{}">{}</a>').format(tel(study.clinic.phone), study.clinic.phone)


def say(study: Study, key: str, language: str, **values: str) -> Markup:
    """A text of the study file for a page: safe, and the clinic's and the emergency number can be tapped."""
    text = escape(fill(study, key, language, phone=_PHONE, emergency=_EMERGENCY, **values))
    for mark, number in ((_PHONE, study.clinic.phone), (_EMERGENCY, study.clinic.emergency)):
        text = text.replace(mark, Markup('<a href="{}">{}</a>').format(tel(number), number))
    return text


def words() -> dict:
    """What every template of the participant's pages may call."""
    return {
        "heading": heading,
        "say": say,
        "tel": tel,
        "to_call": to_call,
        "direction": direction,
        "own_name": own_name,
        "other_languages": language.others,
    }


def not_watched(study: Study, language: str, now: datetime) -> list[Markup]:
    """The first lines of the first screen: that the form is not watched, and where nobody is there now, that too."""
    texts = [say(study, "not_monitored", language)]
    if not study.night.cover and not is_open(study, now):
        texts.append(say(study, "not_monitored_night", language))
    return texts


@dataclass(frozen=True)
class Advice:
    """What stands on top of a page: paragraphs, and the warning signs to list below them, () where some were ticked."""

    texts: tuple[Markup, ...]
    signs: tuple[str, ...] = ()


def emergency_advice(db: Database, opened: Opened, answers: dict) -> Advice | None:
    """The advice to show on top, None for none: once a saved screen held a warning sign, even one changed back,
    and while the question stands declined, when it names the signs. answers: as they stand. Whoever has not been
    identified reads neither the signs nor of a treatment."""
    study, language = opened.study, opened.language
    saved = [screen["answers"] for screen in reports.screens(db, opened.visit["id"])]
    declined = is_declined(answers.get(study.instrument.red))
    if not declined and not any(warns(study, one) for one in [*saved, answers]):
        return None
    texts = [say(study, "red_msg", language)]
    if declined and not any(warns(study, one) for one in saved):
        signs = _signs(study, language) if opened.identified else ()
        return Advice((say(study, "red_declined", language) + " " + texts[0],), signs)
    treated_on = _treated_on(db, opened) if opened.identified else None
    if treated_on:
        texts.append(say(study, "red_msg_treated", language, date=spoken_day(treated_on, language)))
    texts.append(say(study, "red_msg_rest", language))
    return Advice(tuple(texts))


def plain_advice(opened: Opened) -> Advice:
    """The emergency advice for a warning sign, which tells nothing of anybody."""
    return Advice(tuple(say(opened.study, key, opened.language) for key in ("red_msg", "red_msg_rest")))


def _signs(study: Study, language: str) -> tuple[str, ...]:
    """The warning signs in words."""
    choices = study.items[study.instrument.red].choices
    return tuple(study.words(choice.text, language) for choice in choices if choice.key in study.red_choices)


def _treated_on(db: Database, opened: Opened) -> date | None:
    """The day of the last procedure performed or attempted."""
    rows = procedures.of_participant(db, opened.person["id"])
    return max((day_of(row["performed_on"]) for row in rows if row["performed_on"]), default=None)


def warned_at(db: Database, opened: Opened) -> datetime | None:
    """When a warning sign last came too late to be a part of the report, such as from another tab after sending; None
    for never."""
    sent_at = opened.visit["submitted_at"] or ""
    saved = reports.screens(db, opened.visit["id"])
    late = [screen for screen in saved if screen["late"] and screen["saved_at"] >= sent_at]
    warned = [instant(screen["saved_at"]) for screen in late if warns(opened.study, screen["answers"])]
    return max(warned, default=None)


def _warned_before_end(db: Database, opened: Opened, now: datetime) -> bool:
    """Whether a warning sign was saved in the last day and before the link ended. Where nothing of it was kept, the
    alert tells."""
    since, until = stamp(now - THANKS_LAST), opened.link["ended_at"]
    saved = reports.screens(db, opened.visit["id"])
    told = [screen["saved_at"] for screen in saved if warns(opened.study, screen["answers"])]
    told += [reason["at"] for reason in alerts.reasons_of_visit(db, opened.visit["id"]) if reason["class"] == "red"]
    return any(since < at < until for at in told)


def ending_advice(db: Database, opened: Opened, now: datetime, warned: bool = False) -> Advice | None:
    """The emergency advice on the page of a link that asks nothing: for as long as the link says closed where a warning
    sign was saved, for a day where one came although the form is not open or its writer left. warned: one was just
    sent. A link that has ended tells of no other but those of the day before that, saved while it led to the form."""
    if opened.ended:
        return plain_advice(opened) if warned or _warned_before_end(db, opened, now) else None
    at = warned_at(db, opened)
    if opened.state == "closed" or (at and now < at + THANKS_LAST):
        return emergency_advice(db, opened, {})
    return None


def ending(opened: Opened, now: datetime, shared: bool) -> tuple[str, list[Markup]]:
    """Why a link asks nothing: (closed | ended | not_open | not_theirs | not_theirs_shared | withdrawn, paragraphs).
    shared: others have the same number."""
    study, language, visit = opened.study, opened.language, opened.visit
    zone = ZoneInfo(opened.person["zone"])
    if opened.state == "withdrawn":
        return "withdrawn", [say(study, "withdrawn", language)]
    if opened.state == "not_theirs":
        if shared:
            comes = gettext("Thank you for telling us. Others share this number, and their texts go on.")
        else:
            comes = gettext("Thank you for telling us. No more of these texts will come here.")
        return "not_theirs_shared" if shared else "not_theirs", [
            escape(comes),
            Markup(gettext("Was this a mistake? Call %(phone)s.")) % {"phone": to_call(study)},
        ]
    if opened.state == "ended":
        return "ended", [escape(gettext("You may have a newer link in your texts. Please use that one."))]
    if opened.state == "planned":
        if not visit["opens_at"]:
            return "not_open", []
        opens_on = local_day(instant(visit["opens_at"]), zone)
        return "not_open", [say(study, "not_open", language, date=spoken_day(opens_on, language))]
    over_at = instant(visit["cancelled_at"] or ends_at(visit) or "9999-12-31T00:00:00Z") - _SECOND
    closed_on = local_day(min(over_at, now), zone)
    return "closed", [say(study, "closed", language, date=spoken_past(closed_on, local_day(now, zone), language))]
