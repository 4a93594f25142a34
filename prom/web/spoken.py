"""Stored instants, dates and states as staff read them. Times are the study's zone's, on a 24-hour clock."""

from datetime import date, datetime

from flask import g

from prom.rules.times import MINUTE, instant

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

STATES = {
    "open": "nobody has it yet",
    "acknowledged": "acknowledged",
    "contacted": "contacted",
    "closed": "closed",
}
EVENTS = {
    "raised": "Raised",
    "joined": "Another reason joined",
    "climbed": "Called again",
    "owner_left": "Called again: left the staff",
    "notified": "Text queued to",
    "acknowledged": "Acknowledged",
    "handed_over": "Handed over",
    "call_tried": "Call tried, no answer",
    "contacted": "Spoke to them",
    "unreachable": "Could not be reached",
    "closed": "Closed",
    "resumed_texts": "Texts may go on",
}
MESSAGES = {
    "queued": "waiting to go",
    "sending": "on its way",
    "sent": "sent, not yet confirmed",
    "delivered": "arrived",
    "undelivered": "did not arrive",
    "failed": "failed",
    "dropped": "not sent",
    "unknown": "not known whether it went",
}
TEXTS = {
    "invitation": "Invitation",
    "reminder": "Reminder",
    "again": "Invitation once more",
    "new_link": "New link",
    "noreply": "“We do not read replies”",
    "stop": "STOP confirmed",
    "help": "HELP answered",
}
REASONS = {
    "acknowledged": "somebody had it already",
    "opted_out": "the number is opted out",
    "no_number": "there is no number",
    "not_theirs": "somebody at the number said that it is not theirs",
    "not_allowed": "the number is not on this system's list",
    "not_active": "no longer on the staff",
    "red_alert": "waits for a red alert",
    "texting_hours": "waits for texting hours",
    "cap": "waits: enough texts this week",
    "stale": "too late to be sent",
    "left": "left the study",
    "texts_stopped": "stopped texts",
    "no_study_consent": "no study consent",
    "no_texts_consent": "no consent to texts",
    "contact_mode": "is not contacted by text",
    "submitted": "the form was sent before",
    "missed": "the form had closed",
    "cancelled": "the visit was cancelled",
    "planned": "the form is not open yet",
    "configuration": "the provider's settings are wrong",
    "unavailable": "the provider could not be reached",
    "no answer": "the provider did not answer",
    "no outcome": "the provider did not answer",
    "not at the provider": "the provider does not know it",
    "fault": "a fault on our side",
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
MODES = {"web": "by link", "phone": "on the phone with a nurse", "paper": "on paper", "imported": "imported"}
URGENCIES = {"urgent": "Says that it is urgent", "call": "Asks for a call", "can_wait": "Says that it can wait"}
FILLED_IN = {"helped": "Filled in with somebody's help.", "proxy": "Filled in by somebody else for them."}
CONTACT_MODES = {"text": "by text", "phone": "by phone call", "paper": "on paper", "none": "not contacted"}


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
    """A length of time: "35 min", "2 h 5 min", "3 days"."""
    minutes = int((until - (instant(since) if isinstance(since, str) else since)) / MINUTE)
    if minutes < 60:
        return f"{max(minutes, 0)} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"


def message_standing(message: dict) -> str:
    """What became of a text, with the reason: "not sent: the number is opted out"."""
    status, reason = MESSAGES[message["status"]], message["reason"] or ""
    if not reason or message["status"] in ("sent", "delivered", "sending"):
        return status
    said = REASONS.get(reason) or REASONS.get(reason.split(" ")[0])
    return f"{status}: {said or f'code {reason}'}"


def visit_standing(visit: dict, status: str) -> str:
    """A visit's status in words; a cancelled one with its reason."""
    return CANCELLED[visit["cancel_reason"]] if status == "cancelled" else VISITS[status]
