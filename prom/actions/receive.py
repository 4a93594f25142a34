"""What comes from the provider: receipts, all kept, and inbound texts. Signatures were checked before."""

from datetime import datetime, timedelta

from prom.actions import alarms, escalate, undelivered
from prom.actions import alerts as alert_actions
from prom.actions.means import Means
from prom.errors import Refusal
from prom.rules import sending
from prom.rules.keywords import meaning, plain_stop
from prom.rules.numbers import e164
from prom.rules.times import stamp
from prom.sms.gateway import Inbound, Receipt
from prom.store import alerts, audit, contacts, health, messages, participants, staff, tasks, visits
from prom.store.connect import Database, write


def receipt(db: Database, means: Means, given: Receipt, now: datetime) -> None:
    """Append a receipt and derive the message's status by rank; 21610 opts the number out, also where the failure was
    known before and only the code is new."""
    with write(db):
        message = messages.by_id(db, given.message_id) or messages.by_provider_id(db, given.provider_id)
        new = messages.add_receipt(
            db, message["id"] if message else None, given.provider_id, given.status, given.code, stamp(now)
        )
        if message is None or not new:
            return
        derived = sending.after_receipts([each["status"] for each in messages.receipts(db, message["id"])])
        if derived is None or (derived == message["status"] and not given.code):
            return
        known = {"sent_at": message["sent_at"] or stamp(now), "provider_id": given.provider_id}
        if derived == "delivered":
            known["delivered_at"] = message["delivered_at"] or stamp(now)
        health.end_fault(db, "ask", message["id"], stamp(now))
        messages.settle(db, message["id"], derived, reason=given.code or message["reason"], **known)
        if derived in ("failed", "undelivered"):
            undelivered.see_to(db, message, given.code, now)


def inbound(db: Database, means: Means, given: Inbound, now: datetime) -> None:
    """Keep an inbound text, sealed. STOP and START change the opt-out of the number at once; anything else from a
    participant raises High for each who shares the number; words that seem to mean stop are a task, and so is what a
    stranger or somebody of the staff writes."""
    number = _number(given.sender, means.study(db).clinic.phone)
    hashes = means.keys.number_hashes(number)
    means_what = (given.opt_out_type or "").lower() or meaning(given.text)
    with write(db):
        people = [each for each in contacts.sharing(db, hashes) if not participants.by_id(db, each)["imported"]]
        new = messages.add_inbound(
            db,
            people,
            provider_id=given.provider_id,
            number_hash=hashes[0],
            sender_sealed=means.keys.seal(number),
            text_sealed=means.keys.seal(given.text),
            meaning=means_what,
            at=stamp(now),
        )
        if not new:
            return
        if means_what == "stop":
            _stop(db, means, given, hashes, people, now)
        elif means_what == "start":
            _start(db, hashes, people, now)
        elif means_what == "help":
            _help(db, means, people, now)
        else:
            _unexpected(db, means, given, hashes, people, now)


def _number(sender: str, clinic_phone: str) -> str:
    """The sender as E.164; as it came where it is no number (a short code, a name): the text is kept all the same."""
    try:
        return e164(sender, clinic_phone)
    except Refusal:
        return sender


def _stop(
    db: Database, means: Means, given: Inbound, hashes: tuple[str, ...], people: list[str], now: datetime
) -> None:
    """Opt the number out; confirm it where that is ours to do. Where it is a nurse's, the operator is told too."""
    new = not contacts.opted_out(db, hashes)
    contacts.opt_out(db, hashes[0], "text", stamp(now))
    for participant_id in people:
        audit.record(db, stamp(now), "participant", "opted_out", participant_id, how="text")
        visits.look_again(db, participant_id, stamp(now))
    if new and people and _ours_to_answer(db, means):
        _answer(db, means, people[0], sending.STOP_CONFIRMED, "sms_stop", now)
    for person in staff.by_number(db, hashes):
        audit.record(db, stamp(now), person["id"], "opted_out", person["id"], how="text")
        alarms.alarm(db, means, "staff_opted_out", given.provider_id, now)


def _start(db: Database, hashes: tuple[str, ...], people: list[str], now: datetime) -> None:
    contacts.opt_in(db, hashes, "text", stamp(now))
    for participant_id in people:
        audit.record(db, stamp(now), "participant", "opted_in", participant_id, how="text")
        visits.look_again(db, participant_id, stamp(now))


def _help(db: Database, means: Means, people: list[str], now: datetime) -> None:
    """The provider answers HELP by itself; where words are ours to answer, whom to call is said here."""
    if people and _ours_to_answer(db, means):
        _answer_once(db, means, people[0], now)


def _ours_to_answer(db: Database, means: Means) -> bool:
    return means.study(db).texting.stop_confirmed_by == "us"


def _unexpected(
    db: Database, means: Means, given: Inbound, hashes: tuple[str, ...], people: list[str], now: datetime
) -> None:
    for participant_id in people:
        _raise_high(db, means, participant_id, now)
        if plain_stop(given.text):
            tasks.raise_task(db, "plain_stop", participant_id, stamp(now), participant_id=participant_id)
    if people:
        _answer_once(db, means, people[0], now)
    else:
        kind = "staff_reply" if staff.by_number(db, hashes) else "unknown_number"
        tasks.raise_task(db, kind, hashes[0], stamp(now))


def _raise_high(db: Database, means: Means, participant_id: str, now: datetime) -> None:
    """A text is of no report: it raises High, and joins while such an alert is open."""
    standing = alerts.open_of_source(db, participant_id, "text")
    if standing:
        alert_id = standing["id"]
        alert_actions.join(db, standing, "high", now)
    else:
        alert_id = alerts.raise_alert(db, participant_id, None, "high", "text", stamp(now))
        alerts.add_event(db, alert_id, "raised", stamp(now))
    alerts.add_reason(
        db,
        alert_id,
        {},
        stamp(now),
        rule="unexpected_text",
        **{"class": "high"},
        item="text",
        rules_version=means.study(db).alerts.version,
        study_version=means.version,
    )
    escalate.tell(db, means, alert_id, now)


def _answer_once(db: Database, means: Means, participant_id: str, now: datetime) -> None:
    """We do not read replies right away: said once in 12 hours."""
    last = messages.last_of_kind(db, participant_id, "noreply")
    if last is None or last["queued_at"] <= stamp(now - timedelta(hours=12)):
        _answer(db, means, participant_id, "noreply", "sms_noreply", now)


def _answer(db: Database, means: Means, participant_id: str, kind: str, text_key: str, now: datetime) -> None:
    """Queue a text that answers one of theirs: at once, at any hour."""
    messages.queue(
        db,
        lane="participant",
        kind=kind,
        step=int(now.timestamp()),
        about=participant_id,
        recipient=participant_id,
        participant_id=participant_id,
        text_key=text_key,
        language=participants.by_id(db, participant_id)["language"],
        study_version=means.version,
        queued_at=stamp(now),
        due_at=stamp(now),
    )
