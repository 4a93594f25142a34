"""May this message go now, and what becomes of it: pure decisions over facts read in the claiming write.

What the provider's codes call for stands in `provider_codes`; the rank of receipts follows its list of states.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from prom.errors import SmsError, SmsRejected, SmsUnavailable
from prom.rules import provider_codes
from prom.rules.hours import texting_from
from prom.rules.study import Study
from prom.rules.times import DAY, MINUTE, instant, stamp
from prom.rules.visit import status

Row = dict[str, Any]

RESEND = "resend"  # the standing link once more, sent by hand: outside the reminders' plan, inside hours and caps
INVITING = ("invitation", "reminder", "again", RESEND)
NEW_LINK = "new_link"  # asked for on a page of the form: goes at once, at any hour, bound by no cap
LINKING = (*INVITING, NEW_LINK)
CANCELLED = "cancelled"  # the reason of a text that somebody on the staff took back
REHEARSAL = "rehearsal"  # a test of the night phone, to whoever is on call
TEST = "test"  # a text of the study file to whoever of the staff asked for it
DECISION = "decision"  # an investigator's decision is due
DIGEST = "digest"  # what waits for a nurse this morning, counts alone
STOP_LINK = "stop_link"  # asked for on the page that stops texts: goes at once, to the number entered there
STOP_CONFIRMED = "stop_confirmed"  # the one text that a number may get after it opted out
A_DAY, A_WEEK = 1, 3  # caps on invitations and reminders (47 CFR 64.1200, health-care messages)
ALARMING_TRIES = 8
LONGEST_WAIT = {"staff": 60, "participant": 600, "alarm": 600}  # seconds between two tries
# The provider's words, the last one final for certain: where two contradict each other, it was seen to arrive.
_STATES = (
    "scheduled", "accepted", "queued", "sending", "sent", "canceled", "failed", "undelivered", "delivered", "read",
)  # fmt: skip
RANK = {state: rank for rank, state in enumerate(_STATES)}
_OURS = {"delivered": "delivered", "read": "delivered", "undelivered": "undelivered", "failed": "failed",
         "canceled": "failed"}  # fmt: skip


@dataclass(frozen=True)
class Waits:
    """How long is waited for what, in seconds. unreachable, overflow: from a text that failed on its way to its next
    try, the first time, the second; then a person is asked.
    """

    answer: float = 10  # for the whole of the provider's answer
    back_off: float = 5  # after a call that certainly sent nothing; doubles
    ask: float = 120  # after a call of unknown outcome, before the provider is asked for the text
    ask_again: float = 600
    unsure: float = 3600  # after it, before a person is asked
    last_word: tuple[float, float] = (6 * 3600, 72 * 3600)  # no last word for so long: asked for, until so long
    ask_daily: float = 24 * 3600
    trial: float = 60  # between two trials while texts to participants are held
    unreachable: tuple[float, ...] = (4 * 3600, 20 * 3600)
    overflow: tuple[float, ...] = (15 * 60, 60 * 60)


def sender_pace(sender: str) -> int:
    """Segments a second that one sender of this kind carries: a short code, a toll-free number, any other.

    sender: a Messaging Service, a number, a short code or a name. What is handed over faster waits at the provider, and
    a nurse's text waits behind it. Source: the provider's limits for each kind of sender.
    """
    if sender.isdigit():
        return 30
    return 3 if re.fullmatch(r"\+1(800|833|844|855|866|877|888)\d{7}", sender) else 1


def room(pace: int, claimed: list[Row], now: datetime) -> int:
    """How many segments may be handed over in this second: what went before is carried at `pace` a second, and what is
    not carried yet takes room. claimed: at, segments; the earliest first; what lies more than a minute ahead is from
    before the clock was set back, and carried."""
    waiting, last = 0, now
    for row in [*(row for row in claimed if row["at"] <= stamp(now + MINUTE)), {"at": stamp(now), "segments": 0}]:
        at = instant(row["at"])
        waiting = max(0, waiting - pace * max(0, int((at - last).total_seconds()))) + row["segments"]
        last = at
    return max(0, pace - waiting)


@dataclass(frozen=True)
class Verdict:
    """go | wait (until) | drop, with the reason for the two latter."""

    what: str
    reason: str = ""
    until: datetime | None = None


GO = Verdict("go")
WAITS = Waits()


def participant_verdict(study: Study, message: Row, facts: Row, now: datetime) -> Verdict:
    """Whether a text to a participant may go at this instant.

    facts: person, number ("" for none), opted_out, allowed, visit (None for texts about none), red_waits, sent_day
    and sent_week (invitations and reminders already sent in the last day and week), holds (see held_for).
    """
    last_word = message["kind"] == STOP_CONFIRMED
    for reason, stops in (
        ("left", facts["person"]["left"] and not last_word),
        ("no_study_consent", not facts["person"]["study_consent"]),
        ("no_number", not facts["number"]),
        ("not_theirs", facts["person"]["wrong_since"]),
        ("number_fails", facts["person"]["failed_since"]),
        ("opted_out", facts["opted_out"] and not last_word),
        ("not_allowed", not facts["allowed"]),
    ):
        if stops:
            return Verdict("drop", reason)
    if message["kind"] in LINKING:
        return _linking_verdict(study, message, facts, now)
    return Verdict("drop", "stale") if _stale(study, message, facts["holds"], now) else GO


def _linking_verdict(study: Study, message: Row, facts: Row, now: datetime) -> Verdict:
    """Of a text with a link to a form."""
    person, visit = facts["person"], facts["visit"]
    state = status(visit, now)
    for reason, stops in (
        ("texts_stopped", person["texts_stopped"]),
        ("no_texts_consent", not person["texts_consent"]),
        ("contact_mode", person["contact_mode"] != "text"),
        ("visit_cancelled" if state == "cancelled" else state, state not in ("open", "started")),
        ("stale", _stale(study, message, facts["holds"], now)),
    ):
        if stops:
            return Verdict("drop", reason)
    if message["kind"] == NEW_LINK:
        return GO
    if facts["red_waits"]:
        return Verdict("wait", "red_alert", now + 15 * MINUTE)
    if person["plain_stop"]:
        return Verdict("wait", "plain_stop", now + 15 * MINUTE)
    if facts["sent_day"] >= A_DAY or facts["sent_week"] >= A_WEEK:
        return Verdict("wait", "cap", now + DAY / 24)
    opens = texting_from(study.texting, ZoneInfo(person["zone"]), now)
    return GO if opens <= now else Verdict("wait", "texting_hours", opens)


def _stale(study: Study, message: Row, holds: list[Row], now: datetime) -> bool:
    """Whether a text that might go could not for too long: a wait that we decided on does not count, nor one for our
    own configuration to be mended; the provider's being away does."""
    since = instant(message["queued_at"] if message["attempts"] else message["due_at"])
    return now - since - held_for(holds, since, now) > timedelta(hours=study.texting.stale_hours)


def held_for(holds: list[Row], since: datetime, now: datetime) -> timedelta:
    """How long texts to participants were held between two instants. holds: rows of at, ended_at (None: still held)."""
    total = timedelta()
    for hold in holds:
        ends = min(now, instant(hold["ended_at"])) if hold["ended_at"] else now
        total += max(timedelta(), ends - max(since, instant(hold["at"])))
    return total


def staff_verdict(message: Row, facts: Row) -> Verdict:
    """Whether a text to staff or to the operator may go.

    facts: number, active, opted_out, allowed, called (what it says, of its alert or of the morning, is still
    so; True for alarms), stale (a test, of a text or of the night phone, or a morning digest, that could not go for
    too long).
    """
    for reason, stops in (
        ("not_active", not facts["active"]),
        ("no_number", not facts["number"]),
        ("opted_out", facts["opted_out"]),
        ("not_allowed", not facts["allowed"]),
        ("stale", facts["stale"]),
        ("acknowledged" if message["kind"] == "alert" else "overtaken", not facts["called"]),
    ):
        if stops:
            return Verdict("drop", reason)
    return GO


@dataclass(frozen=True)
class Outcome:
    """What becomes of a message after a call: its status, reason, and when it is due again (None: as it was).
    hold: no text to participants can go until our own configuration is mended. number_fails: none to this number."""

    status: str
    reason: str = ""
    due_at: datetime | None = None
    opt_out: bool = False
    bad_number: bool = False
    number_fails: bool = False
    alarm: bool = False
    hold: bool = False


def after_error(
    error: SmsError, attempts: int, now: datetime, lane: str, waits: Waits = WAITS, chance: float = 0
) -> Outcome:
    """What a refused, unavailable or ambiguous call makes of a message. chance: from 0 to 1, by which one wait becomes
    up to half as long again: what was refused together comes back apart.

    Not sent: due again after the provider's wait, or 5 s doubling, at most a minute (staff) or ten; what can go no more
    by then is dropped when it is claimed. Ambiguous: unknown. Wrong configuration: a text to a participant is left due
    as it was and the lane held; one to staff is tried again; the operator is told.
    """
    if isinstance(error, SmsRejected):
        return _rejected(error.code, attempts, now, lane)
    if isinstance(error, SmsUnavailable):
        asked = error.retry_after
        wait = _wait(waits.back_off, attempts, lane) if asked is None else min(max(0.0, asked), LONGEST_WAIT[lane])
        due_at = now + timedelta(seconds=wait * (1 + chance / 2))
        return Outcome("queued", f"unavailable {error.code}".strip(), due_at, alarm=attempts >= ALARMING_TRIES)
    return Outcome("unknown", "no answer")


def again_if_alarm(outcome: Outcome, message: Row, now: datetime) -> Outcome:
    """An alarm nobody else stands in for: it goes again, after 15 s doubling to ten minutes, until it is accepted or
    its number is refused. A doubled alarm is accepted."""
    if message["kind"] != "alarm" or outcome.status == "queued" or outcome.opt_out or outcome.bad_number:
        return outcome
    due_at = now + timedelta(seconds=_wait(15, message["attempts"], "alarm"))
    return replace(outcome, status="queued", due_at=due_at)


def _rejected(code: str, attempts: int, now: datetime, lane: str) -> Outcome:
    what = provider_codes.refusal_calls_for(code)
    if what == provider_codes.CONFIGURATION:
        reason = f"{what} {code}".strip()
        if lane == "participant":
            return Outcome("queued", reason, hold=True)
        return Outcome("queued", reason, now + timedelta(seconds=_wait(60, attempts, lane)), alarm=True)
    opt_out = what == provider_codes.OPTED_OUT
    return Outcome(
        "failed",
        "opted_out" if opt_out else code,
        opt_out=opt_out,
        bad_number=what == provider_codes.BAD_NUMBER,
        number_fails=what in provider_codes.NUMBER_FAILS,
        alarm=what == provider_codes.ROUTE,
    )


def alone_refused(outcome: Outcome, message: Row, held: bool) -> Outcome:
    """A text refused for our configuration once more, though another text has ended the hold since, fails alone: it
    must not hold up all the others again and again."""
    if outcome.hold and not held and (message["reason"] or "").startswith(provider_codes.CONFIGURATION):
        return replace(outcome, status="failed", hold=False, alarm=True)
    return outcome


def _wait(seconds: float, attempts: int, lane: str) -> float:
    return min(seconds * 2 ** min(attempts - 1, 10), LONGEST_WAIT[lane])


def again_at(kind: str, what: str, tries: int, waits: Waits, now: datetime) -> datetime | None:
    """When a text that failed on its way goes once more; None when a person is asked instead.

    what: see provider_codes. tries: how often it failed on its way, this time counted.
    """
    if kind not in (*INVITING, NEW_LINK):
        return None
    if what == provider_codes.CONFIGURATION:
        return now
    pauses = {provider_codes.UNREACHABLE: waits.unreachable, provider_codes.OVERFLOW: waits.overflow}.get(what, ())
    return now + timedelta(seconds=pauses[tries - 1]) if tries <= len(pauses) else None


def after_receipts(statuses: list[str]) -> str | None:
    """The message's status by the highest-ranking receipt, whatever their order; None where none is known."""
    known = [each for each in statuses if each in RANK]
    if not known:
        return None
    top = max(known, key=lambda each: RANK[each])
    return _OURS.get(top, "sent")
