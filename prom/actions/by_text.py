"""Taking an alert by text: the code in a text to a nurse, texted back from the number that got it, acknowledges the
alert for her. A red alert taken so is to be opened, signed in, within the study's minutes, or its ladder goes on."""

import hmac
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta

from prom.actions import alerts as alert_actions
from prom.actions.escalate import first_step, study_of
from prom.actions.means import Means
from prom.keys import CODE_LENGTH, CODE_LETTERS
from prom.rules import alert_life
from prom.rules.study import Study
from prom.rules.texts import fill
from prom.rules.times import MINUTE, instant, stamp
from prom.store import alerts, audit, messages, staff
from prom.store.connect import Database, Row, write

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
        for message in messages.alerts_told_to(db, person["id"]):
            if any(hmac.compare_digest(code, known) for known in means.keys.codes(message["id"], number)):
                staff.take_back_count(db, tries)
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
    _tell_back(db, alert, message, now)
    return True


def _tell_back(db: Database, alert: Row, message: Row, now: datetime) -> None:
    text_key = alert_life.told_back(alert["class"], alerts.events(db, alert["id"]), message["staff_id"])
    assert text_key is not None
    messages.queue(
        db,
        lane="staff",
        kind="told_back",
        step=int(now.timestamp()),
        about=alert["id"],
        recipient=message["staff_id"],
        staff_id=message["staff_id"],
        alert_id=alert["id"],
        text_key=text_key,
        language=message["language"],
        study_version=message["study_version"],
        queued_at=stamp(now),
        due_at=stamp(now),
    )


def unopened(db: Database, means: Means, now: datetime) -> list[str]:
    """The open red alerts taken by text that were not opened in time by who took them."""
    return [
        alert["id"]
        for alert in alerts.open_alerts(db)
        if alert["class"] == "red" and _unopened(db, means, alert["id"], now)
    ]


def _unopened(db: Database, means: Means, alert_id: str, now: datetime) -> Mapping | None:
    """The event by which somebody took the alert by text and did not open it in time."""
    events = alerts.events(db, alert_id)
    taken = alert_life.taken(events)
    if taken is None or not taken["message_id"] or alert_life.state(events) != "acknowledged":
        return None
    if now < instant(taken["at"]) + study_of(db, means, alert_id).alerts.opened_minutes * MINUTE:
        return None
    opened = audit.done_since(db, taken["staff_id"], "viewed", alert_id, alert_life.called_at(events))
    return None if opened else taken


def go_on(db: Database, means: Means, alert_id: str, now: datetime) -> None:
    """Nobody has an alert that was not opened in time: its ladder goes on, and texts that its taking had kept back
    go."""
    with write(db):
        taken = _unopened(db, means, alert_id, now)
        if taken is None:
            return
        alerts.add_event(db, alert_id, "not_opened", stamp(now), taken["staff_id"])
        audit.record(db, stamp(now), "system", "alert_not_opened", alert_id)
        for message in messages.kept_back(db, alert_id, first_step(alerts.events(db, alert_id))):
            messages.settle(db, message["id"], "queued", reason=None, due_at=stamp(now), rerouted_at=None)
