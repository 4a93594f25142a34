"""What comes from the provider: receipts, all kept, and inbound texts. Signatures were checked before."""

from datetime import datetime, timedelta

from prom.actions import escalate
from prom.actions.means import Means
from prom.rules import sending
from prom.rules.keywords import meaning, plain_stop
from prom.rules.numbers import e164
from prom.rules.times import stamp
from prom.sms.gateway import Inbound, Receipt
from prom.store import alerts, audit, contacts, messages, participants, tasks, visits
from prom.store.connect import Database, Row, write


def receipt(db: Database, means: Means, given: Receipt, now: datetime) -> None:
    """Append a receipt and derive the message's status by rank; 21610 opts the number out."""
    with write(db):
        message = messages.by_id(db, given.message_id) or messages.by_provider_id(db, given.provider_id)
        messages.add_receipt(
            db, message["id"] if message else None, given.provider_id, given.status, given.code, stamp(now)
        )
        if message is None:
            return
        derived = sending.after_receipts([each["status"] for each in messages.receipts(db, message["id"])])
        if derived is None or derived == message["status"]:
            return
        known = {"sent_at": message["sent_at"] or stamp(now), "provider_id": given.provider_id}
        if derived == "delivered":
            known["delivered_at"] = message["delivered_at"] or stamp(now)
        messages.settle(db, message["id"], derived, reason=given.code or message["reason"], **known)
        if derived in ("failed", "undelivered"):
            _undelivered(db, means, message, given.code, now)


def inbound(db: Database, means: Means, given: Inbound, now: datetime) -> None:
    """Keep an inbound text, sealed. STOP and START change the opt-out of the number at once; anything else from a
    participant raises High for each who shares the number; words that seem to mean stop are a task."""
    study = means.study(db)
    number = e164(given.sender, study.clinic.phone)
    hashes = means.keys.number_hashes(number)
    means_what = (given.opt_out_type or "").lower() or meaning(given.text)
    with write(db):
        new = messages.add_inbound(
            db,
            provider_id=given.provider_id,
            number_hash=hashes[0],
            sender_sealed=means.keys.seal(number),
            text_sealed=means.keys.seal(given.text),
            meaning=means_what,
            at=stamp(now),
        )
        if not new:
            return
        people = contacts.sharing(db, hashes)
        if means_what == "stop":
            _stop(db, means, hashes[0], people, now)
        elif means_what == "start":
            _start(db, hashes, people, now)
        elif means_what != "help":
            _unexpected(db, means, given, people, now)


def _stop(db: Database, means: Means, number_hash: str, people: list[str], now: datetime) -> None:
    contacts.opt_out(db, number_hash, "text", stamp(now))
    for participant_id in people:
        audit.record(db, stamp(now), "participant", "opted_out", participant_id, how="text")
        visits.look_again(db, participant_id, stamp(now))
    if not people:
        escalate.alarm(db, means, "opted_out", number_hash[:8], now)


def _start(db: Database, hashes: tuple[str, ...], people: list[str], now: datetime) -> None:
    contacts.opt_in(db, hashes, "text", stamp(now))
    for participant_id in people:
        audit.record(db, stamp(now), "participant", "opted_in", participant_id, how="text")
        visits.look_again(db, participant_id, stamp(now))


def _unexpected(db: Database, means: Means, given: Inbound, people: list[str], now: datetime) -> None:
    for participant_id in people:
        _raise_high(db, means, participant_id, now)
        if plain_stop(given.text):
            tasks.raise_task(db, "plain_stop", participant_id, stamp(now), participant_id=participant_id)
    if people:
        _answer_once(db, means, participants.by_id(db, people[0]), now)
    else:
        tasks.raise_task(db, "unknown_number", given.provider_id, stamp(now))


def _raise_high(db: Database, means: Means, participant_id: str, now: datetime) -> None:
    """A text is of no report: it raises High, and joins while such an alert is open."""
    standing = alerts.open_of_source(db, participant_id, "text")
    if standing:
        alert_id = standing["id"]
        alerts.add_event(db, alert_id, "joined", stamp(now))
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


def _answer_once(db: Database, means: Means, person: Row, now: datetime) -> None:
    """We do not read replies right away: said once in 12 hours."""
    last = messages.last_of_kind(db, person["id"], "noreply")
    if last and last["queued_at"] > stamp(now - timedelta(hours=12)):
        return
    messages.queue(
        db,
        lane="participant",
        kind="noreply",
        step=int(now.timestamp()),
        about=person["id"],
        recipient=person["id"],
        participant_id=person["id"],
        text_key="sms_noreply",
        language=person["language"],
        study_version=means.version,
        queued_at=stamp(now),
        due_at=stamp(now),
    )


def _undelivered(db: Database, means: Means, message: Row, code: str, now: datetime) -> None:
    """What a final failure means beyond the message: an opt-out, a wrong number, a call."""
    if not message["participant_id"]:
        return
    if code in sending.OPTED_OUT:
        number_hash = contacts.of_participant(db, message["participant_id"])["number_hash"]
        if number_hash:
            contacts.opt_out(db, number_hash, "provider", stamp(now))
            audit.record(db, stamp(now), "system", "opted_out", message["participant_id"], how="provider")
    else:
        tasks.raise_task(
            db, "undelivered", message["participant_id"], stamp(now),
            participant_id=message["participant_id"], visit_id=message["visit_id"],
        )  # fmt: skip
    visits.look_again(db, message["participant_id"], stamp(now))
