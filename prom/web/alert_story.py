"""An alert as the nurse's pages tell it: reasons in words, where it stands, what came in by text."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from prom.actions import decisions
from prom.actions.means import Means
from prom.rules import silence
from prom.rules.adverse_events import Clock
from prom.rules.alerts import Reason, words
from prom.rules.instrument import split_key, what
from prom.rules.study import CLASSES, Rule, Silence, Study
from prom.rules.times import instant, stamp
from prom.rules.worklist import Asked, Standing, asked, place, place_to_read, read_by, standing
from prom.store import alerts, messages, reports
from prom.store.connect import Database, Row
from prom.web import spoken

_DEEDS = ("acknowledged", "handed_over", "call_tried", "contacted", "unreachable", "closed", "owner_left")
OTHER_RULES = {  # raised by no rule of the study file
    "unexpected_text": "Unexpected text",
    "canary": "Weekly try-out of texting: acknowledge and close it",
}


@dataclass(frozen=True)
class Why:
    """A reason in words. item: the answer key it fired on. values: what it fired with.
    declined: it fired because they preferred not to answer. asks: it fired on how soon they want to hear from us.
    rule: its key. about: what its words begin with, where it asks about one of several: "The fever or chills"."""

    words: str
    alert_class: str
    item: str
    at: str
    rules_version: str
    values: dict
    declined: bool
    asks: bool
    rule: str = ""
    about: str = ""


@dataclass(frozen=True)
class Told:
    """An alert with its reasons (the most urgent first), its events and where it stands. asked: how soon the
    participant wants to hear from us. clock: that of an investigator's decision, in lists of open alerts; None where
    none runs."""

    alert: Row
    reasons: tuple[Why, ...]
    events: list[Row]
    standing: Standing
    asked: Asked
    clock: Clock | None = None

    @property
    def short(self) -> list[str]:
        """The reasons' words, each once; those about the same thing together: "The fever or chills: Strong, stops usual
        things: A lot"."""
        found: dict[str, list[str]] = {}
        for said, about in dict.fromkeys((reason.words, reason.about) for reason in self.reasons):
            found.setdefault(about or said, []).append(said)
        return [_together(about, told) for about, told in found.items()]

    @property
    def says_what_was_asked(self) -> bool:
        """Whether a reason says how soon they want to hear from us."""
        return any(reason.asks for reason in self.reasons)

    @property
    def about(self) -> str | None:
        """The visit whose report it is about; of a silence, that of the report before it."""
        before = next((reason.values.get("last_visit") for reason in reversed(self.reasons)), None)
        return self.alert["visit_id"] or before

    @property
    def closing(self) -> Row | None:
        """The event that closed it."""
        return next((event for event in self.events if event["kind"] == "closed"), None)


def _together(about: str, told: list[str]) -> str:
    if len(told) == 1:
        return told[0]
    return f"{about}: {', '.join(said.removeprefix(about).lstrip(': ') for said in told)}"


def tell(db: Database, means: Means, alert: Row, now: datetime) -> Told:
    """One alert."""
    rows, events = alerts.reasons(db, alert["id"]), alerts.events(db, alert["id"])
    study = means.study(db, rows[-1]["study_version"] if rows else None)
    wish = asked(study, alert["timepoint"], reports.standing(db, alert["visit_id"])) if alert["visit_id"] else Asked()
    reasons = [_why(means.study(db, row["study_version"]), row, wish) for row in rows]
    reasons.sort(key=lambda reason: CLASSES.index(reason.alert_class))
    return Told(alert, tuple(reasons), events, standing(study, alert["class"], events, now), wish)


def news(told: Told, seen: int | None, staff_id: str) -> list[str]:
    """What came in after the event that a page ended with: reasons in their words, and what somebody else did."""
    later = [event for event in told.events if seen is not None and event["seq"] > seen]
    joined = [event["at"] for event in later if event["kind"] in ("joined", "climbed")]
    reasons = [reason.words for reason in told.reasons if joined and reason.at >= joined[0]]
    deeds = [
        f"{spoken.EVENTS[event['kind']]} {event['to_staff_name'] or ''}".rstrip() + f", {event['staff_name']}"
        for event in later
        if event["kind"] in _DEEDS and event["staff_id"] != staff_id
    ]
    return [*dict.fromkeys(reasons), *deeds]


def waiting(db: Database, means: Means, sites: tuple[str, ...], now: datetime) -> list[Told]:
    """The open alerts of these sites in the order in which they want a nurse."""
    found = [alert for alert in alerts.open_alerts(db) if alert["site_id"] in sites]
    clocks = decisions.clocks(db, means, now)
    told = (replace(tell(db, means, alert, now), clock=clocks.get(alert["id"])) for alert in found)
    return sorted(told, key=_place)


def to_read(db: Database, means: Means, sites: tuple[str, ...], now: datetime) -> list[Row]:
    """The unread reports of these sites in the order in which they are to be read: rows as `alerts.unread` gives them,
    with asked, and read_by, which is None for one that was not sent."""
    raised = {alert["visit_id"]: alert["class"] for alert in alerts.open_alerts(db)}
    unread = [visit for visit in alerts.unread(db, stamp(now)) if visit["site_id"] in sites]
    found = [visit | _of_unread(db, means, visit) for visit in unread]
    return sorted(found, key=lambda visit: place_to_read(raised.get(visit["id"]), visit["asked"].urgency))


def texts_in(db: Database, means: Means, alert: Row) -> list[tuple[str, str]]:
    """(when, text) of what came in from the participant while an alert raised by a text was open, whatever their number
    is now; [] for other alerts."""
    if alert["source"] != "text":
        return []
    end = alert["closed_at"] or "9999"
    return [
        (row["at"], means.keys.open(row["text_sealed"]))
        for row in messages.inbound_of(db, alert["participant_id"])
        if alert["raised_at"] <= row["at"] <= end and row["meaning"] not in ("stop", "start", "help")
    ]


def outcomes(study: Study) -> dict[str, str]:
    """The coded outcomes of a closed alert in words."""
    return {each.key: study.words(each.text, study.study.default_language) for each in study.alerts.outcomes}


def scripts(study: Study, told: Told) -> list[list[str]]:
    """What is said on a call about an alert, in lines: what is said on every call, then what its reasons ask for."""
    fired = {reason.rule for reason in told.reasons}
    fit = [script for script in study.scripts if not script.rules or fired & set(script.rules)]
    return [study.words(script.text, study.study.default_language).strip().splitlines() for script in fit]


def in_words(study: Study, reason: Reason) -> str:
    """A reason in words, be it of answers, of silence or of no rule. study: of the version under which it fired."""
    told = silence.words if any(rule.key == reason.rule for rule in study.silence) else words
    try:
        return OTHER_RULES.get(reason.rule) or told(study, reason, study.study.default_language)
    except KeyError:  # a rule or an item that this version of the study file has not
        return f"Rule {reason.rule}"


def rule_in_words(study: Study, key: str) -> str:
    """A rule in words, without the values that it fires with: "NRS …, up from …"; where it has no others, its question;
    "" for a rule that this version of the study has not."""
    rules: tuple[Rule | Silence, ...] = (*study.rules, *study.silence)
    rule = next((rule for rule in rules if rule.key == key), None)
    if rule is None:
        return OTHER_RULES.get(key, "")
    language = study.study.default_language
    said = re.sub(r"\{\w+\}", "…", study.words(rule.words, language))
    if isinstance(rule, Silence) or re.search(r"\w", said):
        return said.removesuffix(": …")
    return study.words(study.items[rule.item].text, language)


def _place(told: Told) -> tuple:
    return place(told.alert["class"], told.standing.overdue, told.asked.urgency, told.alert["raised_at"])


def _of_unread(db: Database, means: Means, visit: Row) -> dict:
    study = means.study(db, visit["study_version"])
    came_at = max(visit["submitted_at"], visit["last_saved_at"] or "") if visit["submitted_at"] else None
    return {
        "asked": asked(study, visit["timepoint"], reports.standing(db, visit["id"])),
        "read_by": read_by(study, instant(came_at)) if came_at else None,
    }


def _why(study: Study, row: Row, wish: Asked) -> Why:
    reason = Reason(row["rule"], row["class"], row["item"], row["details"])
    said = in_words(study, reason)
    asks = row["item"] == study.instrument.urgency
    if asks and wish.call_when:
        said += f": “{wish.call_when}”"
    declined = any(rule.key == row["rule"] and rule.declined for rule in study.rules)
    facts = (row["class"], row["item"], row["at"], row["rules_version"], row["details"])
    return Why(said, *facts, declined, asks, row["rule"], _about(study, row["item"], said))


def _about(study: Study, key: str, said: str) -> str:
    """What the words of a reason begin with where it is about one of several things; "" for others."""
    item, instance = split_key(key)
    if not instance or item not in study.items:
        return ""
    named = what(study, study.items[item], instance, study.study.default_language)
    return named[:1].upper() + named[1:] if named and said.lower().startswith(named.lower()) else ""
