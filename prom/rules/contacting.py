"""What a visit that takes answers calls for: invitation, reminders, a call. Days come from the study file."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from prom.rules.sending import CANCELLED, INVITING, NEW_LINK, RESEND
from prom.rules.study import Study
from prom.rules.times import DAY, at_time, day_of, instant, local_day
from prom.rules.visit import status

Row = dict[str, Any]
_SERVING = 0  # the step of the invitation "again" of a visit that serves as a baseline; later ones count from 1


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
        and person["study_consent"]
        and person["texts_consent"]
        and not person["texts_stopped"]
        and not person["wrong_since"]
        and not person["failed_since"]
        and number
        and not opted_out
    )


def counts(message: Row) -> bool:
    """Whether a text of a visit counts for what it calls for: invitations and reminders, and the link that followed
    a number's mending, which reads as an invitation does."""
    return message["kind"] in INVITING or _after_mending(message)


def due_contacts(
    study: Study, person: Row, visit: Row, messages: list[Row], by_text: bool, now: datetime, held: bool = False
) -> tuple[Contact, ...]:
    """What is due for a visit now. by_text False: the call at once instead of every text. held: a red alert keeps back
    texts that would be the way; whoever was invited or has begun is called on the day of the call and not before, for
    somebody has the alert.

    messages: those of the visit's texts that count so far. Only the newest step that came due, never a backlog; and
    nobody is reminded of an invitation that still waits to go.
    """
    if status(visit, now) not in ("open", "started"):
        return ()
    zone = ZoneInfo(person["zone"])
    steps = [step for step in _steps(study, visit, messages, by_text, held, zone) if step.due_at <= now]
    call = [step for step in steps if step.kind == "call"]
    unasked = ("call", "reminder") if _waits(messages) else ("call",)
    texts = sorted((step for step in steps if step.kind not in unasked), key=lambda step: step.due_at)
    return tuple(call + texts[-1:])


def next_look(
    study: Study, person: Row, visit: Row, messages: list[Row], by_text: bool, now: datetime, held: bool = False
) -> datetime | None:
    """When something may come due next; None when nothing will by time alone."""
    if status(visit, now) not in ("planned", "open", "started"):
        return None
    times = [instant(visit[name]) for name in ("opens_at", "closes_at", "finish_by") if visit[name]]
    if visit["due_on"]:
        times += [step.due_at for step in _steps(study, visit, messages, by_text, held, ZoneInfo(person["zone"]))]
    return min((at for at in times if at > now), default=None)


def by_hand(messages: list[Row]) -> tuple[str, int]:
    """Kind and step of a text with the link that somebody sends by hand: the invitation where none left, so that it is
    the one that the plan would send; else the link once more. messages: the visit's texts with a link so far."""
    invited = _of_kind(messages, "invitation")
    if all(_lost(message) for message in invited):
        return "invitation", len(invited)
    return RESEND, len(_of_kind(messages, RESEND))


def _steps(study: Study, visit: Row, messages: list[Row], by_text: bool, held: bool, zone: ZoneInfo) -> list[Contact]:
    """Everything a visit calls for in its life, with the instant each comes due.

    One that serves as a baseline is invited on `serves_on` at the latest; one that was moved after its invitation
    until its link was closed again is invited once more on its new day.
    """
    due_at = _at(study, day_of(min(filter(None, (visit["due_on"], visit["serves_on"])))), zone)
    if not by_text:
        return [Contact("call", 0, due_at)]
    sent = [message for message in messages if not _lost(message)]
    invited = [message for message in sent if message["kind"] == "invitation"]
    if held:
        return [Contact("call", 0, _held_call(study, visit, sent, due_at, zone))]
    if not invited:
        return [Contact("invitation", len(_of_kind(messages, "invitation")), due_at)]
    again = [message for message in _of_kind(sent, "again") if message["step"] != _SERVING]
    last = max(_went_at(message) for message in invited + again)
    if last < instant(visit["opens_at"]):
        moved = [message for message in _of_kind(messages, "again") if message["step"] != _SERVING]
        return [Contact("again", len(moved) + 1, due_at)]
    last = max([last, *(_went_at(message) for message in sent if _after_mending(message))])
    return _after(study, visit, local_day(last, zone), len(again), zone)


def _held_call(study: Study, visit: Row, sent: list[Row], due_at: datetime, zone: ZoneInfo) -> datetime:
    """When somebody whom no text may remind is called: on the day of the call, counted from what led to the form; when
    the visit comes due where nobody was led there by then."""
    led = [_went_at(each) for each in sent if each["kind"] in ("invitation", "again") or _after_mending(each)]
    led = [at for at in led if at >= instant(visit["opens_at"])]
    if not led and not (visit["started_at"] and instant(visit["started_at"]) >= due_at):
        return due_at
    return _at(study, local_day(max(led, default=due_at), zone) + study.texting.call_task * DAY, zone)


def _after(study: Study, visit: Row, base: date, moved: int, zone: ZoneInfo) -> list[Contact]:
    """What follows an invitation of a day: reminders, the call; and once more where the visit serves as a baseline.
    moved: how often the visit was invited anew because it had moved."""
    if study.timepoint(visit["timepoint"]).baseline:
        found = _baseline_reminder(study, visit, base, zone)
    else:
        found = [
            Contact("reminder", 10 * moved + number, _at(study, base + days * DAY, zone))
            for number, days in enumerate(study.texting.reminders, 1)
        ]
    if visit["serves_on"] and day_of(visit["serves_on"]) > base:
        found.append(Contact("again", _SERVING, _at(study, day_of(visit["serves_on"]), zone)))
    return [*found, Contact("call", 0, _at(study, base + study.texting.call_task * DAY, zone))]


def _baseline_reminder(study: Study, visit: Row, base: date, zone: ZoneInfo) -> list[Contact]:
    """The day before the planned procedure, where the invitation went out earlier than that."""
    if not visit["window_closes_on"]:
        return []
    eve = day_of(visit["window_closes_on"]) - DAY
    return [Contact("reminder", int(eve.strftime("%Y%m%d")), _at(study, eve, zone))] if eve > base else []


def _after_mending(message: Row) -> bool:
    return message["kind"] == NEW_LINK and message["text_key"] == "sms_invite"


def _lost(message: Row) -> bool:
    """Whether a text never left, so that it is due again once texts may go. Not where we do not want it to."""
    return message["status"] == "dropped" and message["reason"] not in ("not_allowed", CANCELLED)


def _waits(messages: list[Row]) -> bool:
    """Whether an invitation has still to go."""
    return any(message["kind"] in ("invitation", "again") and message["status"] == "queued" for message in messages)


def _of_kind(messages: list[Row], kind: str) -> list[Row]:
    return [message for message in messages if message["kind"] == kind]


def _went_at(message: Row) -> datetime:
    return instant(message["claimed_at"] or message["queued_at"])


def _at(study: Study, day: date, zone: ZoneInfo) -> datetime:
    return at_time(day, study.texting.send_at, zone)
