"""Tell staff of an alert, rung by rung, until somebody has it; tell the operator what nobody can be told."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from prom.actions import staff_text
from prom.actions.alarms import alarm, keep
from prom.actions.means import Means
from prom.actions.rota import gaps_ahead, on_call_at
from prom.rules import alert_life, ladder
from prom.rules.hours import is_open
from prom.rules.rota import OPTED_OUT
from prom.rules.study import Study
from prom.rules.times import instant, stamp
from prom.store import alerts, health, messages, studies
from prom.store.connect import Database, Row, write

_TEXT = {"red": "staff_red", "high": "staff_high"}
# The steps of one call of an alert: rung 0, 1, 2, ... of the first, 1000000, 1000001, ... of the second.
_CLIMB = 1_000_000


def tell(db: Database, means: Means, alert_id: str, now: datetime) -> None:
    """Queue the texts of the rungs that have come due for an alert nobody has taken; each at most once. Looks before
    it writes: an alert that waits for its next rung, second after second, keeps no writer waiting."""
    if not _untold(db, means, alert_id, now):
        return
    with write(db):
        alert = alerts.by_id(db, alert_id, all_sites(db))
        assert alert is not None
        study = study_of(db, means, alert_id)
        for rung, step in _untold(db, means, alert_id, now):
            _text(db, means, alert, step, _at_rung(db, means, study, alert, rung, now), now)


def _at_rung(db: Database, means: Means, study: Study, alert: Row, rung: int, now: datetime) -> str | None:
    here = on_call_at(db, means, alert["site_id"], now)
    return ladder.person(study, alert["class"], rung, here.nurses, here.lead, now)


def _untold(db: Database, means: Means, alert_id: str, now: datetime) -> list[tuple[int, int]]:
    """The rungs that have come due and for which no text was queued, each with its step; where somebody did not open
    the alert in time, and none of these is of anybody else, the next one that is. While a text still waits to go, the
    ladder does not go on beyond its last rung: nobody finds a heap of texts when the provider is back."""
    alert = alerts.by_id(db, alert_id, all_sites(db))
    events = alerts.events(db, alert_id)
    if alert is None or alert["closed_at"] or alert_life.acknowledged_at(events) is not None:
        return []
    study = study_of(db, means, alert_id)
    rungs = ladder.rungs_due(study, alert["class"], instant(alert_life.called_at(events)), None, now)
    base = first_step(events)
    texts = [message for message in messages.of_alert(db, alert_id) if message["kind"] == "alert"]
    told, waiting = {text["step"] for text in texts}, any(text["status"] == "queued" for text in texts)
    last = len(study.alerts.of(alert["class"]).ladder) - 1
    due = [(rung, base + rung) for rung in rungs if base + rung not in told and not (rung > last and waiting)]
    fallen = alert_life.fallen_back(events)
    if fallen and (alert["class"] == "red" or is_open(study, now)):
        news = [text["staff_id"] for text in texts if text["step"] >= base and text["due_at"] >= fallen["at"]]
        news += [_at_rung(db, means, study, alert, rung, now) for rung, _ in due]
        started = [step - base for step in told if step >= base] + [rung for rung, _ in due]
        rung = _early(db, means, study, alert, max(started, default=-1) + 1, fallen["staff_id"], news, now)
        due += [] if rung is None else [(rung, base + rung)]
    return due


def _early(
    db: Database, means: Means, study: Study, alert: Row, first: int, owner: str, told: list[str | None], now: datetime
) -> int | None:
    """The rung, from one on, that is told before its time since an owner did not open the alert: the first in a round
    of the ladder that is somebody else's; where all are theirs, the first. None where one was told since (told: who).
    """
    if any(person and person != owner for person in told):
        return None
    rungs = range(first, first + len(study.alerts.of(alert["class"]).ladder))
    others = (rung for rung in rungs if _at_rung(db, means, study, alert, rung, now) not in (None, owner))
    return next(others, None if told or not rungs else first)


def owner_left(db: Database, means: Means, staff_id: str, now: datetime) -> None:
    """Every open alert that somebody has who has left the staff calls again; call it inside a write."""
    for alert in alerts.open_alerts(db):
        taken = alert_life.taken(alerts.events(db, alert["id"]))
        if taken and taken["staff_id"] == staff_id:
            alerts.add_event(db, alert["id"], "owner_left", stamp(now), staff_id)
            tell(db, means, alert["id"], now)


def calling(db: Database) -> list[str]:
    """The open alerts that text somebody and that nobody has taken."""
    return [
        alert["id"]
        for alert in alerts.open_alerts(db)
        if alert["class"] in _TEXT and alert_life.acknowledged_at(alerts.events(db, alert["id"])) is None
    ]


def lost(db: Database, study: Study, now: datetime) -> list[Row]:
    """Texts to nurses that failed, or are not known to be accepted within the study's seconds."""
    return messages.unrerouted(db, stamp(now - timedelta(seconds=study.alerts.staff_accept_seconds)))


def reroute(db: Database, means: Means, message: Row, now: datetime) -> None:
    """Text the next person at once in place of a text that was lost, and tell the operator. What one of an alert that
    somebody has calls for stands in `chase`."""
    with write(db):
        if not messages.rerouted(db, message["id"], stamp(now)):
            return
        alert = alerts.by_id(db, message["alert_id"], all_sites(db))
        state = alert_life.state(alerts.events(db, message["alert_id"]))
        if message["kind"] != "alert" and message["reason"] != "overtaken" and state != "closed":
            alarm(db, means, "text_failed", message["id"], now)
        if alert is None or message["kind"] != "alert" or state != "open" or message["reason"] == "acknowledged":
            return
        alarm(db, means, "text_failed", alert["id"], now, step=_call(message["step"]))
        following = _following(db, means, alert, message, now)
        if following:
            _text(db, means, alert, message["step"], following, now)
        else:
            alarm(db, means, "nobody_could_be_told", alert["id"], now, step=_call(message["step"]))


def watch_untaken(db: Database, means: Means, now: datetime) -> None:
    """An alert that nobody took by the end of its ladder is a fault, until somebody has it."""
    untaken = {alert_id for alert_id in calling(db) if _given_up(db, means, alert_id, now)}
    keep(db, means, "nobody_took_it", untaken, "untaken", now)


def _given_up(db: Database, means: Means, alert_id: str, now: datetime) -> bool:
    alert = alerts.by_id(db, alert_id, all_sites(db))
    assert alert is not None
    called_at = instant(alert_life.called_at(alerts.events(db, alert_id)))
    ends = ladder.given_up_at(study_of(db, means, alert_id), alert["class"], called_at)
    return ends is not None and ends <= now


def watch_rota(db: Database, means: Means, now: datetime) -> None:
    """A time in which nobody on call can be told is a fault before any alert meets it, now or within the next 24 hours,
    and so is each who holds a place now and whose number is opted out: the ladder goes past them."""
    here = {site: on_call_at(db, means, site, now) for site in all_sites(db)}
    stopped = {each.staff_id for on_call in here.values() for each in on_call.places if each.fault == OPTED_OUT}
    empty = {site for site, on_call in here.items() if not on_call.nurses and on_call.lead is None}
    gaps = {site for site in here if gaps_ahead(db, means, site, now)}
    foreseen = gaps - (empty - health.standing(db, "gap_ahead"))  # of one that nobody foresaw, nobody_on_call tells
    keep(db, means, "nobody_on_call", empty, "empty", now)
    keep(db, means, "gap_ahead", foreseen, "gap", now)
    keep(db, means, "on_call_opted_out", stopped, "opted out", now)


def _following(db: Database, means: Means, alert: Row, message: Row, now: datetime) -> str | None:
    """The next person in line after the one whose text was lost, who was not told at this step."""
    same = (message["kind"], message["step"])
    told = {each["staff_id"] for each in messages.of_alert(db, alert["id"]) if (each["kind"], each["step"]) == same}
    here = on_call_at(db, means, alert["site_id"], now)
    line = [*here.nurses, *([here.lead] if here.lead else [])]
    start = line.index(message["staff_id"]) + 1 if message["staff_id"] in line else 0
    return next((person for person in line[start:] + line[:start] if person not in told), None)


def _text(db: Database, means: Means, alert: Row, step: int, staff_id: str | None, now: datetime) -> None:
    """Queue one text about an alert; with nobody to tell, the operator is told instead."""
    if staff_id is None:
        alarm(db, means, "nobody_on_call", alert["id"], now, step=_call(step))
        return
    text_key, about = _TEXT[alert["class"]], alert["id"]
    if staff_text.queue(db, means, "alert", text_key, staff_id, now, about=about, step=step, alert_id=about):
        alerts.add_event(db, alert["id"], "notified", stamp(now), staff_id)


def first_step(events: Iterable[Mapping]) -> int:
    """The step of the first rung of an alert's present call."""
    return _CLIMB * (alert_life.calls(events) - 1)


def _call(step: int) -> int:
    """The first step of a step's call: the operator is told once a call, however long the ladder goes on."""
    return step - step % _CLIMB


def study_of(db: Database, means: Means, alert_id: str) -> Study:
    """The study version under which the alert was last raised or joined."""
    found = alerts.reasons(db, alert_id)
    return means.study(db, found[-1]["study_version"] if found else None)


def all_sites(db: Database) -> tuple[str, ...]:
    return tuple(site["id"] for site in studies.sites(db))
