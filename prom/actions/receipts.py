"""Receipts: what the provider says became of a text, told or asked for. Each is kept; the highest in rank counts."""

from datetime import datetime

from prom.actions import holds, undelivered
from prom.actions.means import Means
from prom.rules import provider_codes, sending
from prom.rules.times import stamp
from prom.sms.gateway import Receipt
from prom.store import health, messages
from prom.store.connect import Database, Row, write

_FAILED = ("failed", "undelivered")
_WENT = ("sent", "delivered", "read")  # a carrier took it


def take(db: Database, means: Means, given: Receipt, now: datetime) -> None:
    """Append a receipt and derive the message's status by rank. A failure has its consequences once, and those of a
    code that came late."""
    with write(db):
        message = messages.by_id(db, given.message_id) or messages.by_provider_id(db, given.provider_id)
        about = message["id"] if message else None
        before = [each["status"] for each in messages.receipts(db, about) if each["provider_id"] == given.provider_id]
        new = messages.add_receipt(db, about, given.provider_id, given.status, given.code, stamp(now))
        if message is None or not new:
            return
        if given.status in _WENT:
            holds.arrived(db, means, message, now)
        derived = sending.after_receipts([*before, given.status])
        if derived is None or (derived == message["status"] and not given.code):
            return
        if derived != "delivered" and _of_an_earlier_try(message, given, before):
            if provider_codes.calls_for(given.code) == provider_codes.OPTED_OUT:
                undelivered.mirror_opt_out(db, means, message, now, earlier_try=True)
            return
        _settle(db, message, given, derived, now)
        if derived in _FAILED:
            undelivered.see_to(db, means, message, given.code, now)


def _of_an_earlier_try(message: Row, given: Receipt, before: list[str]) -> bool:
    """Whether a message was sent again since, or is about to be because this very text failed."""
    if message["provider_id"] is None:
        return sending.after_receipts(before) in _FAILED
    return message["provider_id"] != given.provider_id


def _settle(db: Database, message: Row, given: Receipt, derived: str, now: datetime) -> None:
    known = {"sent_at": message["sent_at"] or stamp(now), "provider_id": given.provider_id}
    if derived == "delivered":
        known["delivered_at"] = message["delivered_at"] or stamp(now)
    health.end_fault(db, "ask", message["id"], stamp(now))
    reason = None if derived == "delivered" else given.code or message["reason"]  # a code of before is of no matter
    messages.settle(db, message["id"], derived, reason=reason, **known)
