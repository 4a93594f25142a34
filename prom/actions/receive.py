"""Inbound texts: what they mean, and what they call for. Signatures were checked before."""

from datetime import datetime, timedelta

from prom.actions import alerts as alert_actions
from prom.actions import by_text, escalate, leaving, opt_out
from prom.actions.means import Means
from prom.errors import Refusal
from prom.rules import sending
from prom.rules.keywords import meaning, plain_stop, provider_acts
from prom.rules.numbers import e164
from prom.rules.times import stamp
from prom.sms.gateway import Inbound
from prom.store import alerts, audit, messages, participants, staff, tasks
from prom.store.connect import Database, fresh_id, write


def inbound(db: Database, means: Means, given: Inbound, now: datetime) -> None:
    """Keep an inbound text, sealed. STOP and START change the opt-out of the number at once, and START what its people
    stopped on their page; the code of an alert acknowledges it; anything else from a participant raises High for each
    who shares the number, and is answered unless they all stopped texts; words that seem to mean stop are a task, and
    so is what a stranger or somebody of the staff writes."""
    number = _number(given.sender, means.study(db).clinic.phone)
    hashes = means.keys.number_hashes(number)
    means_what = (given.opt_out_type or "").lower() or meaning(given.text)
    with write(db):
        people = opt_out.who_has(db, hashes)
        new = messages.add_inbound(
            db,
            people,
            provider_id=given.provider_id or f"own-{fresh_id()}",  # "" would be one text for ever
            number_hash=hashes[0],
            sender_sealed=means.keys.seal(number),
            text_sealed=means.keys.seal(given.text),
            meaning=means_what,
            at=stamp(now),
        )
        if not new:
            return
        if means_what == "stop":
            new = opt_out.stop(db, hashes, people, now, how="text", at_provider=_taken(given))
            if new and people and _ours_to_answer(db, means, given):
                _answer(db, means, people[0], sending.STOP_CONFIRMED, "sms_stop", now)
        elif means_what == "start":
            if _taken(given) or not opt_out.start_unheard(db, hashes, people, now):
                opt_out.start(db, hashes, people, now, how="text")
                _start(db, means, people, now)
            elif ours := staff.by_number(db, hashes):
                tasks.raise_task(db, "staff_reply", hashes[0], stamp(now), of_site=ours[0]["site_id"])
        elif means_what == "help":
            if people and _ours_to_answer(db, means, given):
                _answer_once(db, means, people[0], now)
        elif not by_text.take(db, means, given.text, number, now):
            _unexpected(db, means, given, hashes, people, now)


def _start(db: Database, means: Means, people: list[str], now: datetime) -> None:
    """End what those who have the number stopped themselves; where texts stay stopped, say whom to call."""
    stays = [each for each in people if not leaving.start_by_text(db, means, each, now)]
    if stays:
        _answer_once(db, means, stays[0], now)


def _number(sender: str, clinic_phone: str) -> str:
    """The sender as E.164; as it came where it is no number (a short code, a name): the text is kept all the same."""
    try:
        return e164(sender, clinic_phone)
    except Refusal:
        return sender


def _ours_to_answer(db: Database, means: Means, given: Inbound) -> bool:
    """Whether STOP or HELP waits for an answer of ours: the study file says so, or the provider took no notice."""
    return not _taken(given) or means.study(db).texting.stop_confirmed_by == "us"


def _taken(given: Inbound) -> bool:
    """Whether the provider acts on a text's keyword by itself."""
    return bool(given.opt_out_type) or provider_acts(given.text)


def _unexpected(
    db: Database, means: Means, given: Inbound, hashes: tuple[str, ...], people: list[str], now: datetime
) -> None:
    for participant_id in people:
        _raise_high(db, means, participant_id, now)
        if plain_stop(given.text):
            tasks.raise_task(db, "plain_stop", participant_id, stamp(now), participant_id=participant_id)
    want_texts = [each for each in people if not participants.by_id(db, each)["texts_stopped"]]
    if want_texts:
        _answer_once(db, means, want_texts[0], now)
    elif not people:
        ours = staff.by_number(db, hashes)
        of_site = ours[0]["site_id"] if ours else None
        tasks.raise_task(db, "staff_reply" if ours else "unknown_number", hashes[0], stamp(now), of_site=of_site)
        if ours:
            by_text.say_not_understood(db, means, _number(given.sender, means.study(db).clinic.phone), now)


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
    audit.record(db, stamp(now), "system", "alert_raised", alert_id, rules=["unexpected_text"])
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
