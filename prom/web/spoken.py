"""Stored instants, dates and states as staff read them. Times are the study's zone's, on a 24-hour clock."""

from datetime import date, datetime

from flask import g

from prom.rules.times import instant

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

STATES = {
    "open": "nobody has it yet",
    "acknowledged": "acknowledged",
    "contacted": "contacted",
    "closed": "closed",
}
# By the state of an alert.
OVERDUE = {
    "open": "nobody took it in time",
    "acknowledged": "the participant was not spoken to in time",
    "contacted": "the participant was spoken to, and it is not closed",
}
DUE = {"open": "To be acknowledged by", "acknowledged": "To be spoken to by", "contacted": "To be closed by"}
EVENTS = {
    "raised": "Raised",
    "joined": "Another reason joined",
    "climbed": "Called again",
    "owner_left": "Called again: left the staff",
    "notified": "Text queued to",
    "acknowledged": "Acknowledged",
    "not_opened": "Texts go on, not opened in time by",
    "handed_over": "Handed over to",
    "physician_asked": "Physician asked: calls reached nobody",
    "physician_decided": "Physician decided",
    "contact_undone": "Taken back: did not speak to them",
    "call_tried": "Call tried, no answer",
    "contacted": "Spoke to them",
    "unreachable": "Could not be reached",
    "closed": "Closed",
    "resumed_texts": "Texts may go on",
    "snoozed": "A reason snoozed",
}
VISITS = {
    "planned": "not open yet",
    "open": "open",
    "started": "started, not sent",
    "submitted": "answered",
    "missed": "missed",
    "cancelled": "cancelled",
}
CANCELLED = {
    "cancelled": "cancelled",
    "overtaken": "cancelled: a further procedure was performed",
    "not_needed": "not needed: an earlier report serves",
    "not_collected": "not collected",
    "withdrawn": "cancelled: left the study",
}
MODES = {"web": "by link", "phone": "by phone", "paper": "on paper", "imported": "imported"}
URGENCIES = {"urgent": "Says that it is urgent", "call": "Asks for a call", "can_wait": "Says that it can wait"}
FILLED_IN = {"helped": "Filled in with somebody's help.", "proxy": "Filled in by somebody else for them."}
CONTACT_MODES = {"text": "by text", "phone": "by phone call", "paper": "on paper", "none": "not contacted"}


def event(kind: str, called: str | None) -> str:
    """What happened to an alert, in words; of a call whom it reached."""
    if (kind, called) == ("contacted", "second_contact"):
        return "Spoke to the second contact"
    words = EVENTS.get(kind, kind)
    return f"{words}, second contact" if called == "second_contact" else words


def moment(at: str | datetime | None) -> str:
    """An instant in the study's zone: "Mon 2 Mar 2026, 10:00"; "" for None."""
    if not at:
        return ""
    local = (instant(at) if isinstance(at, str) else at).astimezone(g.study.zone)
    return f"{local:%a} {day(local.date())}, {local:%H:%M}"


def day(on: str | date | None) -> str:
    """A date: "2 Mar 2026"; "" for None."""
    if not on:
        return ""
    known = date.fromisoformat(on) if isinstance(on, str) else on
    return f"{known.day} {_MONTHS[known.month - 1]} {known.year}"


def length(since: str | datetime, until: datetime) -> str:
    """A length of time: "less than a minute", "35 min", "2 h 5 min", "3 days"."""
    seconds = (until - (instant(since) if isinstance(since, str) else since)).total_seconds()
    return lasting(seconds) if seconds >= 60 else "less than a minute"


def lasting(seconds: float) -> str:
    """So many seconds, in words as `length` has them."""
    minutes = int(seconds / 60)
    if minutes < 60:
        return f"{max(minutes, 0)} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"


def minutes(number: float | None) -> str:
    """A length in minutes as staff read it: "35 min", "3 h 20 min", "6 days"; "" for none."""
    return "" if number is None else lasting(60 * number)


def visit_standing(visit: dict, status: str) -> str:
    """A visit's status in words; a cancelled one with its reason."""
    return CANCELLED[visit["cancel_reason"]] if status == "cancelled" else VISITS[status]
