"""May this message go now, and what becomes of it: pure decisions over facts read in the claiming write.

The outcomes follow the provider's documented answers (docs/sms.md); the rank of receipts, its list of states.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from prom.errors import SmsError, SmsRejected, SmsUnavailable
from prom.rules.hours import texting_from
from prom.rules.study import Study
from prom.rules.times import DAY, MINUTE, instant
from prom.rules.visit import status

Row = dict[str, Any]

INVITING = ("invitation", "reminder", "again")
A_DAY, A_WEEK = 1, 3  # caps on invitations and reminders (47 CFR 64.1200, health-care messages)
MOST_TRIES = 8
OPTED_OUT = ("21610",)
BAD_NUMBER = ("21211", "21614", "21604")
CONFIGURATION = ("20003", "21606", "30034", "")
RANK = {
    status: rank
    for rank, statuses in enumerate(
        (("scheduled",), ("accepted",), ("queued",), ("sending",), ("sent",), ("delivered", "undelivered", "failed"))
    )
    for status in statuses
} | {"canceled": 5, "read": 6}
_OURS = {"delivered": "delivered", "read": "delivered", "undelivered": "undelivered", "failed": "failed",
         "canceled": "failed"}  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """go | wait (until) | drop, with the reason for the two latter."""

    what: str
    reason: str = ""
    until: datetime | None = None


GO = Verdict("go")


def participant_verdict(study: Study, message: Row, facts: Row, now: datetime) -> Verdict:
    """Whether a text to a participant may go at this instant.

    facts: person, number ("" for none), opted_out, allowed, visit (None for texts about none), red_waits, sent_day
    and sent_week (invitations and reminders already sent in the last day and week).
    """
    for reason, stops in (
        ("left", facts["person"]["left"]),
        ("no_study_consent", not facts["person"]["study_consent"]),
        ("no_number", not facts["number"]),
        ("opted_out", facts["opted_out"]),
        ("not_allowed", not facts["allowed"]),
    ):
        if stops:
            return Verdict("drop", reason)
    return _inviting_verdict(study, message, facts, now) if message["kind"] in INVITING else GO


def _inviting_verdict(study: Study, message: Row, facts: Row, now: datetime) -> Verdict:
    person, visit = facts["person"], facts["visit"]
    state = status(visit, now)
    due_at = instant(message["due_at"])
    for reason, stops in (
        ("texts_stopped", person["texts_stopped"]),
        ("no_texts_consent", not person["texts_consent"]),
        ("contact_mode", person["contact_mode"] != "text"),
        (state, state not in ("open", "started")),
        ("stale", now - due_at > timedelta(hours=study.texting.stale_hours)),
    ):
        if stops:
            return Verdict("drop", reason)
    if facts["red_waits"]:
        return Verdict("wait", "red_alert", now + 15 * MINUTE)
    if facts["sent_day"] >= A_DAY or facts["sent_week"] >= A_WEEK:
        return Verdict("wait", "cap", now + DAY / 24)
    opens = texting_from(study.texting, ZoneInfo(person["zone"]), now)
    return GO if opens <= now else Verdict("wait", "texting_hours", opens)


def staff_verdict(message: Row, facts: Row) -> Verdict:
    """Whether a text to staff or to the operator may go.

    facts: number, active, opted_out, allowed, called (the alert still calls for somebody; True for alarms).
    """
    for reason, stops in (
        ("not_active", not facts["active"]),
        ("no_number", not facts["number"]),
        ("opted_out", facts["opted_out"]),
        ("not_allowed", not facts["allowed"]),
        ("acknowledged", not facts["called"]),
    ):
        if stops:
            return Verdict("drop", reason)
    return GO


@dataclass(frozen=True)
class Outcome:
    """What becomes of a message after a call: its status, reason, and when it is due again."""

    status: str
    reason: str = ""
    due_at: datetime | None = None
    opt_out: bool = False
    bad_number: bool = False
    alarm: bool = False


def after_error(error: SmsError, attempts: int, now: datetime) -> Outcome:
    """What a refused, unavailable or ambiguous call makes of a message.

    Not sent: due again after the provider's wait or 5 s doubling to 10 minutes, given up after 8 tries. Ambiguous:
    unknown. Wrong configuration: left due, tried once a minute, and the operator told.
    """
    if isinstance(error, SmsRejected):
        if error.code in CONFIGURATION:
            return Outcome("queued", f"configuration {error.code}".strip(), now + MINUTE, alarm=True)
        return Outcome(
            "failed",
            "opted_out" if error.code in OPTED_OUT else error.code,
            opt_out=error.code in OPTED_OUT,
            bad_number=error.code in BAD_NUMBER,
        )
    if isinstance(error, SmsUnavailable):
        if attempts >= MOST_TRIES:
            return Outcome("failed", "unavailable", alarm=True)
        wait = error.retry_after if error.retry_after is not None else min(5 * 2 ** (attempts - 1), 600)
        return Outcome("queued", f"unavailable {error.code}".strip(), now + timedelta(seconds=wait))
    return Outcome("unknown", "no answer")


def after_receipts(statuses: list[str]) -> str | None:
    """The message's status by the highest-ranking receipt, whatever their order; None while none says more than
    that it was accepted. A final state stays: the first of equal rank holds."""
    known = [each for each in statuses if each in RANK]
    if not known:
        return None
    top = max(known, key=lambda each: RANK[each])
    return _OURS.get(top, "sent")
