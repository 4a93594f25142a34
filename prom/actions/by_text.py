"""Taking an alert by text: the code in a text to a nurse, texted back from the number that got it, acknowledges the
alert for her; that of a test of the night phone answers the test. That a red alert taken so is opened in time `chase`
sees to."""

import hmac
import re
import unicodedata
from datetime import datetime, timedelta

from prom.actions import alerts as alert_actions
from prom.actions import ring, staff_text
from prom.actions.escalate import first_step
from prom.actions.means import Means
from prom.keys import CODE_LENGTH, CODE_LETTERS
from prom.rules import alert_life, sending
from prom.rules.study import Study
from prom.rules.texts import fill
from prom.rules.times import stamp
from prom.store import alerts, messages, staff
from prom.store.connect import Database, Row

TRIES, PER = 5, timedelta(hours=1)  # wrong codes of a number; after them no code of it counts until the hour is over
_CODE = re.compile(f"[{CODE_LETTERS}]{{{CODE_LENGTH}}}")
_MANY = 3  # words of a text that may be codes: more are guesses


def invitation(means: Means, study: Study, message: Row, number: str) -> str:
    """The words that ask for the code of a text about an alert; "" where the study's texts go one way."""
    if not study.texting.two_way:
        return ""
    return fill(study, "staff_by_text", message["language"], code=means.keys.codes(message["id"], number)[0])


def take(db: Database, means: Means, text: str, number: str, now: datetime) -> bool:
    """Acknowledge the alert whose code a text holds, alone or among other words, and tell its sender what happened;
    call it inside a write. False where the text does nothing: no code, a wrong or used one, one of an earlier call, two
    codes, or too many wrong ones before."""
    codes, hashes = _codes(text), means.keys.number_hashes(number)
    people = staff.by_number(db, hashes) if codes else []
    if not people:
        return False
    tries = f"code:{hashes[0][:16]}"
    if staff.count(db, tries, stamp(now - PER), stamp(now)) > TRIES:
        return False
    sent = [(person, message) for person in people for message in messages.with_code(db, person["id"])]
    found = [each for code in codes if (each := _of_code(means, sent, code, number))]
    if len(found) != 1:
        return False
    person, message = found[0]
    staff.take_back_count(db, tries)
    if message["kind"] == sending.REHEARSAL:
        who = {"staff_id": person["id"], "site_id": person["site_id"]}
        ring.answer(db, message["about"], now, **who, how="text")
        return True
    return _take(db, means, message, person, now)


def _of_code(means: Means, sent: list[tuple[Row, Row]], code: str, number: str) -> tuple[Row, Row] | None:
    """The newest of the texts sent, each with whom it went to, that has a code."""
    return next(
        (
            (person, message)
            for person, message in sent
            if any(hmac.compare_digest(code, known) for known in means.keys.codes(message["id"], number))
        ),
        None,
    )


def say_not_understood(db: Database, means: Means, number: str, now: datetime) -> None:
    """Tell who of the staff texted something that took nothing, while an alert of which they were texted still calls:
    once for each call of it; call it inside a write."""
    for person in staff.by_number(db, means.keys.number_hashes(number)):
        for message in messages.with_code(db, person["id"]):
            alert = alerts.by_id(db, message["alert_id"], (person["site_id"],)) if message["alert_id"] else None
            if alert is None:
                continue
            events = alerts.events(db, alert["id"])
            step = first_step(events)
            if alert_life.state(events) == "open" and message["step"] >= step:
                _answer(db, means, "not_understood", "staff_not_understood", alert["id"], message, step, now)
                return


def _codes(text: str) -> list[str]:
    """The codes that a text may hold, whatever their case: the text itself, whatever stands around its letters, or else
    each word of it that is one; [] where there is none, or so many that they are guesses."""
    written = unicodedata.normalize("NFKC", text).upper()
    alone, words = re.sub(r"[\W_]", "", written), re.split(r"[\W_]+", written)
    found = [alone] if _CODE.fullmatch(alone) else list(dict.fromkeys(word for word in words if _CODE.fullmatch(word)))
    return found if len(found) <= _MANY else []


def _take(db: Database, means: Means, message: Row, person: Row, now: datetime) -> bool:
    alert = alerts.by_id(db, message["alert_id"], (person["site_id"],))
    if alert is None:
        return False
    events = alerts.events(db, alert["id"])
    if alert_life.state(events) == "open":
        used = any(event["message_id"] == message["id"] for event in events)
        if used or message["step"] < first_step(events):
            return False
        who = {"staff_id": person["id"], "sites": (person["site_id"],)}
        alert_actions.act(db, alert["id"], "acknowledged", now, **who, message_id=message["id"])
    _tell_back(db, means, alert, message, now)
    return True


def _tell_back(db: Database, means: Means, alert: Row, message: Row, now: datetime) -> None:
    text_key = alert_life.told_back(alert["class"], alerts.events(db, alert["id"]), message["staff_id"])
    assert text_key is not None
    _answer(db, means, "told_back", text_key, alert["id"], message, int(now.timestamp()), now)


def _answer(
    db: Database, means: Means, kind: str, text_key: str, alert_id: str, message: Row, step: int, now: datetime
) -> None:
    person = message["staff_id"]
    staff_text.queue(db, means, kind, text_key, person, now, about=alert_id, step=step, alert_id=alert_id)
