"""Stopping texts where no reply can: who enters a number on a page gets a link texted to it, and the link stops them.

Whatever number is entered, nobody is told whether we know it; what cannot be one is said to be none, whoever is known.
"""

from datetime import datetime

from prom.actions import opt_out
from prom.actions.means import Means
from prom.keys import token_hash
from prom.rules.numbers import e164
from prom.rules.sending import STOP_LINK
from prom.rules.times import DAY, stamp
from prom.store import contacts, messages, participants, staff, stop_requests
from prom.store.connect import Database, Row, fresh_id, write

LASTS = 30 * DAY  # a link; so long, too, may what it did be undone by it
OF_NUMBER = 3  # links a day to one number


def ask(db: Database, means: Means, typed: str, now: datetime) -> None:
    """Queue a text with a link, where the number is a participant's or of the staff and was not asked for too often.

    What other numbers were tried from where does not count: whoever sends it, a request to stop is not dropped, and a
    number that nobody has costs nothing and tells nothing. typed: as somebody entered it. Raises Refusal where that
    cannot be a whole number, before anything is looked up.
    """
    number = e164(typed, means.study(db).clinic.phone)
    hashes = means.keys.number_hashes(number)
    if not _whose(db, means, hashes):  # a stranger's tries wait for no writer and keep none waiting
        return
    with write(db):
        whose = _whose(db, means, hashes)
        if whose and _may_ask(db, hashes[0], now):
            _queue(db, means, number, whose, now)


def _may_ask(db: Database, number_hash: str, now: datetime) -> bool:
    """Count a request; whether it is within the limit of its number."""
    return staff.count(db, f"stop:to:{number_hash[:16]}", stamp(now - DAY), stamp(now)) <= OF_NUMBER


def _whose(db: Database, means: Means, hashes: tuple[str, ...]) -> Row | None:
    """The columns of a message to whoever has the number: a participant, rather one who has not left, or somebody of
    the staff; None for a stranger's."""
    people = [participants.by_id(db, each) for each in opt_out.who_has(db, hashes)]
    if people:
        person = min(people, key=lambda each: bool(each["left"]))
        about = {"participant_id": person["id"], "recipient": person["id"], "language": person["language"]}
        return about | {"lane": "participant"}
    for colleague in staff.by_number(db, hashes):
        language = means.study(db).study.default_language
        return {"staff_id": colleague["id"], "recipient": colleague["id"], "language": language, "lane": "staff"}
    return None


def _queue(db: Database, means: Means, number: str, whose: Row, now: datetime) -> None:
    request_id, key_id = fresh_id(), means.keys.newest
    stop_requests.keep(
        db,
        id=request_id,
        number_sealed=means.keys.seal(number),
        key_id=key_id,
        token_hash=token_hash(means.keys.token(request_id, 1, key_id)),
        language=whose["language"],
        asked_at=stamp(now),
    )
    messages.queue(
        db,
        kind=STOP_LINK,
        about=request_id,
        text_key="sms_stop_link",
        study_version=means.version,
        queued_at=stamp(now),
        due_at=stamp(now),
        **whose,
    )


def number(db: Database, means: Means, request_id: str) -> str:
    """The number that was entered: the text goes to it and to no other; "" once the request is forgotten."""
    request = stop_requests.by_id(db, request_id)
    return means.keys.open(request["number_sealed"]) if request else ""


def link(db: Database, means: Means, request_id: str) -> str:
    """The address of the link; it is stored nowhere."""
    request = stop_requests.by_id(db, request_id)
    assert request is not None
    return f"{means.base_url}/stop/{means.keys.token(request_id, 1, request['key_id'])}"


def find(db: Database, token: str, now: datetime) -> Row | None:
    """The request of a link; None for an unknown or an old one."""
    return stop_requests.by_token(db, token_hash(token), stamp(now - LASTS))


def standing(db: Database, means: Means, request: Row) -> str:
    """What a link finds: ask (it can stop the texts) | resumes (it did, and can start them again) | stopped (something
    else did, or the provider blocks them since) | over (it did, and they go again)."""
    hashes = _hashes(means, request)
    if contacts.opted_out(db, hashes):
        ours = request["stopped_at"] and not request["resumed_at"] and not opt_out.blocked(db, hashes)
        return "resumes" if ours else "stopped"
    return "over" if request["stopped_at"] else "ask"


def stop(db: Database, means: Means, request_id: str, now: datetime) -> None:
    """Opt the number out, as STOP by text does; nothing where the link has done so before. No text confirms it: the
    page does."""
    with write(db):
        request = stop_requests.by_id(db, request_id)
        if request and standing(db, means, request) == "ask":
            hashes = _hashes(means, request)
            opt_out.stop(db, hashes, opt_out.who_has(db, hashes), now, how="page")
            stop_requests.note_stopped(db, request_id, stamp(now))


def resume(db: Database, means: Means, request_id: str, now: datetime) -> None:
    """Undo what this link did, once."""
    with write(db):
        request = stop_requests.by_id(db, request_id)
        if request and standing(db, means, request) == "resumes":
            hashes = _hashes(means, request)
            opt_out.start(db, hashes, opt_out.who_has(db, hashes), now, how="page")
            stop_requests.note_resumed(db, request_id, stamp(now))


def _hashes(means: Means, request: Row) -> tuple[str, ...]:
    return means.keys.number_hashes(means.keys.open(request["number_sealed"]))
