"""Asking the provider what became of a text: of one whose call had no clear end, whether it went; of one that was
sent, what its last word is. What goes again goes by `send`, which decides anew.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from prom.actions import receipts, send
from prom.actions.means import Means
from prom.rules.times import instant, stamp
from prom.sms.gateway import Gateway, Listed, Receipt
from prom.store import health, messages, tasks
from prom.store.connect import Database, Row, write

_CLOCKS_DIFFER = timedelta(hours=1)  # the provider's clock and ours, at most


@dataclass(frozen=True)
class Question:
    """One call to make: whether the provider has the text, created at `since` or later; or, with its provider_id, what
    became of it."""

    message_id: str
    to: str = ""
    text: str = ""
    since: str = ""
    provider_id: str = ""


@dataclass(frozen=True)
class Answer:
    """What came of a call: what the provider knows, () for nothing; None where it did not answer."""

    question: Question
    listed: tuple[Listed, ...] | None = None


def to_ask(db: Database, means: Means, now: datetime, many: int) -> list[Question]:
    """Texts to participants of unknown outcome, due to be asked for: the first time two minutes after the call, then
    every ten minutes. Looks before it writes, as `send.claim` does."""
    claimed_before, found = stamp(now - timedelta(seconds=means.waits.ask)), []
    if not messages.to_ask(db, claimed_before, stamp(now), 1):
        return []
    with write(db):
        for message in messages.to_ask(db, claimed_before, stamp(now), many):
            again_at = now + timedelta(seconds=means.waits.ask_again)
            messages.settle(db, message["id"], "unknown", due_at=stamp(again_at))
            try:
                ready = send.compose(db, means, message, now)
            except Exception as error:
                health.note_fault(db, "ask", message["id"], type(error).__name__, stamp(now))
            else:
                health.end_fault(db, "ask", message["id"], stamp(now))
                since = stamp(instant(message["claimed_at"]) - _CLOCKS_DIFFER)
                found.append(Question(message["id"], ready.to, ready.text, since))
    return found


def without_last_word(db: Database, means: Means, now: datetime, many: int) -> list[Question]:
    """Texts of both lanes of which nothing was heard for hours since they were sent: asked for once a day, for some
    days. A receipt may have been lost; a carrier may give none."""
    first, last = means.waits.last_word
    when = {
        "sent_after": stamp(now - timedelta(seconds=last)),
        "sent_before": stamp(now - timedelta(seconds=first)),
        "asked_before": stamp(now - timedelta(seconds=means.waits.ask_daily)),
    }
    if not many or not messages.without_last_word(db, many=1, **when):
        return []
    with write(db):
        found = messages.without_last_word(db, many=many, **when)
        for message in found:
            messages.settle(db, message["id"], "sent", asked_at=stamp(now))
    return [Question(message["id"], provider_id=message["provider_id"]) for message in found]


def call(gateway: Gateway, question: Question) -> Answer:
    """Make one call, with no transaction open and no database at hand. Never raises."""
    try:
        if question.provider_id:
            return Answer(question, (gateway.fetch(question.provider_id),))
        return Answer(question, _listed(gateway, question))
    except Exception:  # no answer, whoever's fault it is
        return Answer(question)


def record(db: Database, means: Means, answer: Answer, now: datetime) -> None:
    """Record what the provider said; no answer: asked later, a text without a last word tomorrow."""
    with write(db):
        message = messages.by_id(db, answer.question.message_id)
        if message is None or answer.listed is None:
            return
        if answer.question.provider_id:
            for word in answer.listed:  # it counts as a receipt
                receipts.take(db, means, Receipt(message["id"], word.provider_id, word.status, word.code, ""), now)
        elif message["status"] in ("sending", "unknown"):
            _settle(db, means, message, answer.listed, now)


def ask(db: Database, means: Means, now: datetime) -> int:
    """Ask for every text that is due to be asked for, one call after another; how many calls were made."""
    made, many = 0, send.PLACES["participant"]
    while found := to_ask(db, means, now, many) or without_last_word(db, means, now, many):
        for question in found:
            record(db, means, call(means.gateway, question), now)
            made += 1
    return made


def unsure(db: Database, means: Means, now: datetime) -> list[Row]:
    """Texts to participants still unknown after an hour, for which no person was asked."""
    return [
        message
        for message in messages.unknown(db, stamp(now - timedelta(seconds=means.waits.unsure)))
        if message["lane"] == "participant" and not tasks.exists(db, "text_unknown", message["id"])
    ]


def ask_a_person(db: Database, message: Row, now: datetime) -> None:
    """Raise the task to find out whether a text arrived."""
    with write(db):
        about = {"participant_id": message["participant_id"], "visit_id": message["visit_id"]}
        tasks.raise_task(db, "text_unknown", message["id"], stamp(now), **about)


def _settle(db: Database, means: Means, message: Row, listed: tuple[Listed, ...], now: datetime) -> None:
    """Found: it was sent. Not found: it goes again. An earlier try that is known to have failed is not this one."""
    tasks.finish_for(db, "text_unknown", message["id"], stamp(now), None, "settled")
    before = messages.failed_tries(db, message["id"])
    found = [each for each in listed if each.provider_id not in before]
    if found:
        send.accepted(db, means, message, found[0], now)
    else:
        messages.settle(db, message["id"], "queued", reason="not at the provider", due_at=stamp(now))


def _listed(gateway: Gateway, question: Question) -> tuple[Listed, ...]:
    """What the provider lists of a text: its link, created since the call (a reminder repeats the link of the
    invitation before it)."""
    link = next((word for word in question.text.split() if word.startswith("http")), question.text)
    return tuple(
        each
        for each in gateway.recent(question.to)
        if link in each.text and (each.created_at or question.since) >= question.since
    )
