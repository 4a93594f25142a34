"""What a visit that takes answers calls for: invitation, reminders, a call. Days come from the study file."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from prom.rules.study import Study
from prom.rules.times import DAY, at_time, day_of, instant, local_day
from prom.rules.visit import status

Row = dict[str, Any]


@dataclass(frozen=True)
class Contact:
    """One thing to do for a visit: kind is invitation, reminder, again (texts) or call (a task)."""

    kind: str
    step: int
    due_at: datetime


def reachable(person: Row, number: str, opted_out: bool) -> bool:
    """Whether texts are the way to this person now; else each due visit is a call."""
    return bool(
        person["contact_mode"] == "text"
        and person["texts_consent"]
        and not person["texts_stopped"]
        and number
        and not opted_out
    )


def due_contacts(
    study: Study, person: Row, visit: Row, messages: list[Row], by_text: bool, now: datetime
) -> tuple[Contact, ...]:
    """What is due for a visit now. by_text False: the call at once instead of every text.

    messages: the visit's invitations and reminders so far. Only the newest step that came due, never a backlog.
    """
    if status(visit, now) not in ("open", "started"):
        return ()
    zone = ZoneInfo(person["zone"])
    steps = [step for step in _steps(study, visit, messages, by_text, zone) if step.due_at <= now]
    call = [step for step in steps if step.kind == "call"]
    texts = sorted((step for step in steps if step.kind != "call"), key=lambda step: step.due_at)
    return tuple(call + texts[-1:])


def next_look(
    study: Study, person: Row, visit: Row, messages: list[Row], by_text: bool, now: datetime
) -> datetime | None:
    """When something may come due next; None when the visit is over."""
    if status(visit, now) not in ("planned", "open", "started"):
        return None
    zone = ZoneInfo(person["zone"])
    times = [step.due_at for step in _steps(study, visit, messages, by_text, zone)]
    times += [instant(visit[name]) for name in ("opens_at", "closes_at", "finish_by") if visit[name]]
    return min((at for at in times if at > now), default=None)


def _steps(study: Study, visit: Row, messages: list[Row], by_text: bool, zone: ZoneInfo) -> list[Contact]:
    """Everything a visit calls for in its life, with the instant each comes due."""
    due_at = _at(study, day_of(visit["due_on"]), zone)
    if not by_text:
        return [Contact("call", 0, due_at)]
    invitations = [message for message in messages if message["kind"] == "invitation"]
    lost = [message for message in invitations if (message["status"], message["reason"]) == ("dropped", "stale")]
    found = [Contact("invitation", len(lost), due_at)]
    if not invitations:
        return found
    base = local_day(instant(invitations[-1]["claimed_at"] or invitations[-1]["queued_at"]), zone)
    if study.timepoint(visit["timepoint"]).baseline:
        found += _baseline_reminder(study, visit, base, zone)
    else:
        found += [
            Contact("reminder", number, _at(study, base + days * DAY, zone))
            for number, days in enumerate(study.texting.reminders, 1)
        ]
    if visit["serves_on"] and day_of(visit["serves_on"]) > base:
        found.append(Contact("again", 0, _at(study, day_of(visit["serves_on"]), zone)))
    found.append(Contact("call", 0, _at(study, base + study.texting.call_task * DAY, zone)))
    return found


def _baseline_reminder(study: Study, visit: Row, base: date, zone: ZoneInfo) -> list[Contact]:
    """The day before the planned procedure, where the invitation went out earlier than that."""
    if not visit["planned_for"]:
        return []
    eve = day_of(visit["planned_for"]) - DAY
    return [Contact("reminder", int(eve.strftime("%Y%m%d")), _at(study, eve, zone))] if eve > base else []


def _at(study: Study, day: date, zone: ZoneInfo) -> datetime:
    return at_time(day, study.texting.send_at, zone)
