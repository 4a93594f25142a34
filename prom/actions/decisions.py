"""The clock of a possible serious adverse event: an investigator is texted before its end and at it, until one has
decided."""

from datetime import datetime

from prom.actions import staff_text
from prom.actions.alarms import alarm, keep
from prom.actions.escalate import study_of
from prom.actions.means import Means
from prom.actions.rota import fault_of, on_call_at
from prom.rules.adverse_events import Clock, clock
from prom.rules.times import stamp
from prom.store import adverse_events, messages, staff
from prom.store.connect import Database, Row, write

OVERDUE = "decision_overdue"
_STEPS = 2  # texts of a clock: before its end, and at it


def clocks(db: Database, means: Means, now: datetime, alert_id: str | None = None) -> dict[str, Clock]:
    """The clocks that run, by alert, the one due first first. alert_id: of that one alone."""
    found = adverse_events.undecided(db, alert_id)
    return {row["id"]: clock(study_of(db, means, row["id"]), row["serious_since"], now) for row in found}


def clock_of(db: Database, means: Means, alert_id: str, now: datetime) -> Clock | None:
    """The clock that runs on an alert; None where none does."""
    return clocks(db, means, now, alert_id).get(alert_id)


def to_tell(db: Database, means: Means, now: datetime) -> list[str]:
    """The undecided alerts whose clock has reached a step of which no investigator was told, or was in vain."""
    return [alert["id"] for alert in adverse_events.undecided(db) if _untold(db, means, alert, now)]


def tell(db: Database, means: Means, alert_id: str, now: datetime) -> None:
    """Text the lead who is an investigator, or another investigator. Where a text was lost, the operator is told and
    the next one is texted; with nobody to tell, the operator is told that."""
    with write(db):
        alert = next(iter(adverse_events.undecided(db, alert_id)), None)
        found = _untold(db, means, alert, now) if alert else None
        if alert is None or found is None:
            return
        step, lost = found
        for text in lost:
            messages.rerouted(db, text["id"], stamp(now))
            alarm(db, means, "text_failed", text["id"], now)
        in_vain = {text["staff_id"] for text in lost}
        person = _investigator(db, means, alert["site_id"], in_vain, now)
        if person is None:
            alarm(db, means, "nobody_to_decide", alert_id, now, step=step)
            return
        staff_text.queue(
            db, means, "decision", "staff_decision", person["id"], now, about=alert_id, step=step, alert_id=alert_id
        )


def watch(db: Database, means: Means, now: datetime) -> None:
    """A decision that is overdue is a fault until it is made."""
    late = {alert_id for alert_id, each in clocks(db, means, now).items() if each.overdue}
    keep(db, means, OVERDUE, late, "overdue", now)


def _untold(db: Database, means: Means, alert: Row, now: datetime) -> tuple[int, list[Row]] | None:
    """The step of the text that is to be queued, and the texts of that step, all of which were lost; None while there
    is nothing to tell. Steps: of the first clock 0 and 1, of the second 2 and 3, and so on; where both have come due at
    once, only the latter goes."""
    reached = clock(study_of(db, means, alert["id"]), alert["serious_since"], now).step
    if not reached:
        return None
    step = _STEPS * alert["decided_before"] + reached - 1
    texts = [
        text for text in messages.of_alert(db, alert["id"]) if text["kind"] == "decision" and text["step"] == step
    ]
    if any(text["status"] not in staff_text.LOST for text in texts):
        return None
    return (step, texts) if not texts or any(text["rerouted_at"] is None for text in texts) else None


def _investigator(db: Database, means: Means, site_id: str, in_vain: set[str], now: datetime) -> Row | None:
    """Who decides and can be told, of those who were not told in vain: the lead before others."""
    lead = on_call_at(db, means, site_id, now).lead
    people = [each for each in staff.with_role(db, site_id, "investigator") if each["may_grade"]]
    people.sort(key=lambda person: person["id"] != lead)
    return next((each for each in people if each["id"] not in in_vain and not fault_of(db, means, each)), None)
