"""Send: claim what may go now, call the gateway with no transaction open, record what became of it.

Two lanes that never wait for each other: texts to staff, and everything to participants. All is decided again in
the write that claims, from live facts; number and text are made there and stored nowhere, but for the number's keyed
hash: what is heard later about the text is about that number.

STOP that arrives while a text to its sender is being sent: before the claim, the text is dropped; from the claim on,
with which its call begins, it may leave, and nothing follows it. Of people who share a phone several may be claimed at
once: each of these texts may leave, and no other. Whatever is claimed after STOP was kept has seen it, whoever claims.
A call that did not send it, or of which nobody knows whether it did, is not made again. STOP itself waits for no call:
none holds a transaction open.

What became of a text of which nobody knows whether it went is for `asking`.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from prom.actions import (
    alarms,
    by_text,
    call_name,
    chase,
    decisions,
    digest,
    holds,
    language,
    pace,
    queue,
    receipts,
    ring,
    stop_page,
    undelivered,
)
from prom.actions.means import Means
from prom.errors import SmsError, SmsRejected, SmsUnknown
from prom.rules import alert_life, sending, text_sample
from prom.rules.study import Study
from prom.rules.texts import addressed, fill_message, segments, spoken_day
from prom.rules.times import DAY, day_of, instant, stamp
from prom.sms.allow import allowed
from prom.sms.gateway import Accepted, Gateway, Listed, Receipt
from prom.store import alerts, contacts, health, messages, participants, rota, staff, visits
from prom.store.connect import Database, Row, write

_log = logging.getLogger("prom.send")
LANES = ("staff", "participant")
PLACES = {"staff": 16, "participant": 8}  # calls at a time
_AFTER_FAULT = timedelta(minutes=10)
_TEST_WAITS = timedelta(hours=1)  # at most: who asked looks no more


@dataclass(frozen=True)
class Ready:
    """One call to make."""

    message_id: str
    to: str
    text: str
    attempts: int


@dataclass(frozen=True)
class Done:
    """What came of a call: `accepted`, or `error`."""

    ready: Ready
    accepted: Accepted | None = None
    error: SmsError | None = None


def claim(db: Database, means: Means, lane: str, many: int, now: datetime) -> list[Ready]:
    """Decide about the due messages of a lane and claim up to `many` that may go now. Looks before it writes: a lane
    with nothing due waits for no writer and keeps none waiting."""
    found: list[Ready] = []
    while len(found) < many and pace.due(db, means, lane, 1, now):
        with write(db):
            for message in pace.due(db, means, lane, many - len(found), now):
                try:
                    ready = _decide(db, means, message, now)
                except Exception as error:  # one message that cannot be made keeps no other one back
                    _set_aside(db, means, message, error, now)
                else:
                    health.end_fault(db, "send", message["id"], stamp(now))
                    found += [ready] if ready else []
    return found


def _set_aside(db: Database, means: Means, message: Row, error: Exception, now: datetime) -> None:
    """A text that cannot be made: to staff it has failed, so that somebody else is told; to a participant it is
    tried again. The operator is told."""
    kind = type(error).__name__
    _log.error("message %s could not be made: %s", message["id"], kind)
    health.note_fault(db, "send", message["id"], kind, stamp(now))
    if message["lane"] == "staff":
        messages.settle(db, message["id"], "failed", reason="fault")
        health.end_fault(db, "send", message["id"], stamp(now))  # it goes no more
    else:
        messages.settle(db, message["id"], "queued", reason="fault", due_at=stamp(now + _AFTER_FAULT))
    if message["kind"] != "alarm":
        alarms.alarm(db, means, "sending", f"{kind}:{stamp(now)[:10]}", now)


def call(gateway: Gateway, ready: Ready) -> Done:
    """Make one call, with no transaction open and no database at hand. Never raises."""
    try:
        return Done(ready, accepted=gateway.send(ready.to, ready.text, ready.message_id))
    except SmsError as error:
        return Done(ready, error=error)
    except Exception:  # a fault of the gateway's own: nobody knows whether the text left
        return Done(ready, error=SmsUnknown("fault"))


def record(db: Database, means: Means, done: Done, now: datetime) -> None:
    """Record what came of a call. A receipt that came first keeps its rank."""
    with write(db):
        message = messages.by_id(db, done.ready.message_id)
        if message is None or message["status"] not in ("sending", "unknown"):
            return
        if done.accepted:
            accepted(db, means, message, done.accepted, now)
            alarms.well(db, means, "provider", message["lane"], now)
            holds.accepted(db, means, message, now)
        else:
            assert done.error is not None
            _failed(db, means, message, done, now)


def deliver(db: Database, means: Means, lane: str, now: datetime) -> int:
    """Send everything in a lane that may go now, one call after another, each claimed as its call begins; how many
    calls were made."""
    made = 0
    while found := claim(db, means, lane, 1, now):
        record(db, means, call(means.gateway, found[0]), now)
        made += 1
    return made


def stuck(db: Database, means: Means, now: datetime) -> list[Row]:
    """Messages left at `sending` for longer than twice the provider's time-out, whoever claimed them."""
    return messages.stuck(db, stamp(now - timedelta(seconds=2 * means.waits.answer)))


def give_up_waiting(db: Database, message: Row) -> None:
    """A claimed message with no outcome is unknown; an alarm goes again."""
    with write(db):
        current = messages.by_id(db, message["id"])
        if current and (current["status"], current["claimed_at"]) == ("sending", message["claimed_at"]):
            status = "queued" if message["kind"] == "alarm" else "unknown"  # nobody asks for it: it goes again
            messages.settle(db, message["id"], status, reason="no outcome")


# ---- deciding ---------------------------------------------------------------------------------------------


def _decide(db: Database, means: Means, message: Row, now: datetime) -> Ready | None:
    facts = _facts(db, means, message, now)
    decided = _judged(db, means, message, facts, now)
    if decided.what == "drop":
        messages.settle(db, message["id"], "dropped", reason=decided.reason)
        if message["visit_id"]:
            visits.look_again(db, message["participant_id"], stamp(now))
        return None
    if decided.what == "wait":
        assert decided.until is not None
        messages.settle(db, message["id"], "queued", reason=decided.reason, due_at=stamp(decided.until))
        return None
    message = message | {"language": _language(db, means, message, facts)}
    ready = _filled(db, means, message, facts, now)
    goes_as = {"language": message["language"], "segments": segments(ready.text).count}
    messages.claim(db, message["id"], stamp(now), number_hash=means.keys.number_hash(ready.to), **goes_as)
    return ready


def _language(db: Database, means: Means, message: Row, facts: Row) -> str:
    """A participant's language as it stands now; that of texts to staff was fixed when they were queued."""
    if message["lane"] == "staff":
        return message["language"]
    return language.of(means, means.study(db, message["study_version"]), facts["person"])


def verdict(db: Database, means: Means, message: Row, now: datetime) -> sending.Verdict:
    """Whether a message may go, by the facts as they stand. Where something is done on it, call it inside that
    write."""
    return _judged(db, means, message, _facts(db, means, message, now), now)


def _judged(db: Database, means: Means, message: Row, facts: Row, now: datetime) -> sending.Verdict:
    if message["lane"] == "staff":
        return sending.staff_verdict(message, facts)
    return sending.participant_verdict(means.study(db, message["study_version"]), message, facts, now)


def _facts(db: Database, means: Means, message: Row, now: datetime) -> Row:
    """What decides about a message and fills it, read once."""
    if message["lane"] == "staff":
        return _staff_facts(db, means, message, now)
    return _participant_facts(db, means, message, now)


def _participant_facts(db: Database, means: Means, message: Row, now: datetime) -> Row:
    participant_id = message["participant_id"]
    number, linking = _number(db, means, message), message["kind"] in sending.LINKING
    return {
        "call_name": call_name.of(db, means, participant_id) if linking else "",
        "person": participants.by_id(db, participant_id),
        "visit": visits.by_id(db, message["visit_id"]) if message["visit_id"] else None,
        "red_waits": alerts.texts_waiting(db, participant_id),
        "sent_day": messages.sent_between(db, participant_id, stamp(now - DAY), stamp(now)),
        "sent_week": messages.sent_between(db, participant_id, stamp(now - 7 * DAY), stamp(now)),
        "holds": holds.since(db, min(message["queued_at"], message["due_at"])),
        **_number_facts(db, means, number),
    }


def _staff_facts(db: Database, means: Means, message: Row, now: datetime) -> Row:
    person = staff.by_id(db, message["staff_id"]) if message["staff_id"] else None
    return {
        "active": person is None or bool(person["active"]),
        "called": _is_so(db, means, message, now),
        "stale": _is_stale(db, means, message, now),
        **_number_facts(db, means, _number(db, means, message)),
    }


def _is_stale(db: Database, means: Means, message: Row, now: datetime) -> bool:
    if message["kind"] == sending.DIGEST:
        return digest.is_stale(db, means, message, now)
    tried = message["kind"] in (sending.TEST, sending.REHEARSAL)
    return tried and now - instant(message["queued_at"]) > _TEST_WAITS


def _is_so(db: Database, means: Means, message: Row, now: datetime) -> bool:
    """Whether what a text to staff says is so."""
    if message["kind"] == sending.DIGEST:
        return digest.is_so(db, means, message, now)
    if message["kind"] == sending.REHEARSAL:
        rung = rota.ring(db, message["about"])
        return rung is not None and not rung["answered_at"]
    if message["kind"] == sending.DECISION:
        return decisions.waits(db, message["about"]) is not None
    return not message["alert_id"] or _holds(db, message)


def _holds(db: Database, message: Row) -> bool:
    """Whether what a text says of an alert is so: it calls for somebody, waits for who has it, or stands as a texted
    code made it stand."""
    events = alerts.events(db, message["alert_id"])
    if message["kind"] in ("alert", "not_understood"):
        return alert_life.state(events) == "open"
    alert_class = alerts.class_of(db, message["alert_id"])
    if message["kind"] != "told_back":
        return chase.stands(message, alert_class, events)
    return alert_life.told_back(alert_class, events, message["staff_id"]) == message["text_key"]


def _number_facts(db: Database, means: Means, number: str) -> Row:
    return {
        "number": number,
        "opted_out": bool(number) and contacts.opted_out(db, means.keys.number_hashes(number)),
        "allowed": allowed(number, means.allow),
    }


def _number(db: Database, means: Means, message: Row) -> str:
    if message["kind"] == sending.STOP_LINK:
        return stop_page.number(db, means, message["about"])
    if message["participant_id"]:
        return means.keys.open(contacts.of_participant(db, message["participant_id"])["mobile_sealed"])
    if message["staff_id"]:
        person = staff.by_id(db, message["staff_id"])
        return means.keys.open(person["mobile_sealed"]) if person else ""
    place = int(message["recipient"].removeprefix("operator:"))
    return means.operator[place] if place < len(means.operator) else ""


def compose(db: Database, means: Means, message: Row, now: datetime) -> Ready:
    """Number and finished text, from live facts."""
    return _filled(db, means, message, _facts(db, means, message, now), now)


def _filled(db: Database, means: Means, message: Row, facts: Row, now: datetime) -> Ready:
    text = _text(db, means, message, facts, now)
    return Ready(message["id"], facts["number"], text, message["attempts"] + 1)


def _text(db: Database, means: Means, message: Row, facts: Row, now: datetime) -> str:
    study = means.study(db, message["study_version"])
    if message["kind"] == sending.TEST:
        return text_sample.sample(study, message["text_key"], message["language"], means.base_url)
    values = _values(db, means, study, message, facts, now) | {"stop": text_sample.stop_address(means.base_url)}
    text = fill_message(study, message["text_key"], message["language"], **values)
    called = facts.get("call_name")
    return addressed(study, text, called, message["language"]) if called else text


def _values(db: Database, means: Means, study: Study, message: Row, facts: Row, now: datetime) -> dict[str, Any]:
    if message["alert_id"]:
        return {
            "link": f"{means.base_url}/care/alerts/{message['alert_id']}",
            "by_text": by_text.invitation(means, study, message, facts["number"]),
            "minutes": study.alerts.opened_minutes,
        }
    if message["kind"] == sending.DECISION:
        return {"link": f"{means.base_url}/care/adverse-events/{message['about']}"}
    if message["kind"] == sending.STOP_LINK:
        return {"link": stop_page.link(db, means, message["about"])}
    if message["kind"] == sending.DIGEST:
        return digest.values(db, means, message, now)
    if message["kind"] == sending.REHEARSAL:
        link = f"{means.base_url}/care/ring/{message['about']}"
        return {"link": link, "by_text": ring.by_text(means, study, message, facts["number"])}
    if message["kind"] == "alarm":
        return {"link": f"{means.base_url}/readyz", "what": message["about"].split(":")[0].replace("_", " ")}
    if not message["visit_id"]:
        return {}
    values = {"link": queue.link(means, queue.ensure_link(db, means, message["visit_id"], now))}
    last_day = _last_day(facts["visit"], facts["person"])
    return values | {"date": spoken_day(last_day, message["language"])}


def _last_day(visit: Row, person: Row):
    """The last day on which the link takes answers; the planned day of a procedure for its baseline."""
    if visit["closes_at"]:
        return (instant(visit["closes_at"]) - timedelta(seconds=1)).astimezone(ZoneInfo(person["zone"])).date()
    return day_of(visit["window_closes_on"] or visit["due_on"])


# ---- recording --------------------------------------------------------------------------------------------


def accepted(db: Database, means: Means, message: Row, taken: Accepted | Listed, now: datetime) -> None:
    """The provider has the text; by its list it may have arrived or failed since."""
    provider_id, code = taken.provider_id, taken.code if isinstance(taken, Listed) else ""
    messages.settle(db, message["id"], "sent", sent_at=stamp(now), provider_id=provider_id, reason=None)
    queue.texted(db, means, message, now)
    receipts.take(db, means, Receipt(message["id"], provider_id, taken.status, code, ""), now)


def _failed(db: Database, means: Means, message: Row, done: Done, now: datetime) -> None:
    error = done.error
    assert error is not None
    message = message | {"number_hash": means.keys.number_hash(done.ready.to)}  # this call's: it may have gone again
    outcome = sending.after_error(error, message["attempts"], now, message["lane"], means.waits, means.chance())
    outcome = sending.again_if_alarm(outcome, message, now)
    outcome = sending.alone_refused(outcome, message, held=holds.standing(db))
    due = {"due_at": stamp(outcome.due_at)} if outcome.due_at else {}
    messages.settle(db, message["id"], outcome.status, reason=outcome.reason, **due)
    if outcome.opt_out:
        undelivered.mirror_opt_out(db, means, message, now)
    elif outcome.status == "failed" and undelivered.went_to_number_of_now(db, means, message):
        undelivered.ask_about_number(db, message, "wrong_number" if outcome.bad_number else "undelivered", now)
        if outcome.number_fails:
            undelivered.number_fails(db, means.keys.number_hashes(done.ready.to), now)
    if isinstance(error, SmsRejected):
        holds.refused(db, means, message, error.code, now)
    if outcome.hold:
        holds.begin(db, means, outcome.reason, now)
    elif outcome.alarm and outcome.status == "queued":
        alarms.fault(db, means, "provider", message["lane"], outcome.reason, now)
    elif outcome.alarm:
        alarms.alarm(db, means, "not_sent", f"{outcome.reason}:{stamp(now)[:10]}", now)
    if message["participant_id"]:
        visits.look_again(db, message["participant_id"], stamp(now))
