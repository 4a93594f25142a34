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


def invitation(means: Means, study: Study, message: Row, number: str) -> str:
    """The words that ask for the code of a text about an alert; "" where the study's texts go one way."""
    if not study.texting.two_way:
        return ""
    return fill(study, "staff_by_text", message["language"], code=means.keys.codes(message["id"], number)[0])


def take(db: Database, means: Means, text: str, number: str, now: datetime) -> bool:
    """Acknowledge the alert whose code a text is, and tell its sender what happened; call it inside a write. False
    where the text does nothing: no code, a wrong or used one, one of an earlier call, or too many wrong ones before."""
    code, hashes = _code(text), means.keys.number_hashes(number)
    people = staff.by_number(db, hashes) if code else []
    if not people:
        return False
    tries = f"code:{hashes[0][:16]}"
    if staff.count(db, tries, stamp(now - PER), stamp(now)) > TRIES:
        return False
    for person in people:
        for message in messages.with_code(db, person["id"]):
            if any(hmac.compare_digest(code, known) for known in means.keys.codes(message["id"], number)):
                staff.take_back_count(db, tries)
                if message["kind"] == sending.REHEARSAL:
                    who = {"staff_id": person["id"], "site_id": person["site_id"]}
                    ring.answer(db, message["about"], now, **who, how="text")
                    return True
                return _take(db, means, message, person, now)
    return False


def _code(text: str) -> str:
    """The code that a text is, whatever its case and what stands around its letters; "" where it is none."""
    letters = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).upper()
    return letters if _CODE.fullmatch(letters) else ""


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
    about, step = alert["id"], int(now.timestamp())
    staff_text.queue(
        db, means, "told_back", text_key, message["staff_id"], now, about=about, step=step, alert_id=about
    )
