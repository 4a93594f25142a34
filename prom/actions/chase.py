"""What is owed on an alert that somebody has: that a red one taken by text, or one handed over, is opened in time, that
the participant is called, that it is closed then, and that calls which reach nobody go to the physician. Whoever has it
does it, or is reminded, or others are told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from prom.actions import alarms, escalate, staff_text
from prom.actions.means import Means
from prom.actions.rota import SEES_ALERTS, can_be_told, fault_of, on_call_at
from prom.errors import Conflict, Forbidden, NotFound, Refusal
from prom.rules import alert_life, ladder
from prom.rules.study import Study
from prom.rules.times import MINUTE, instant, stamp
from prom.store import alerts, audit, contacts, messages, staff
from prom.store.connect import Database, Row, write

PHYSICIAN = "investigator"  # the role that decides where calls reach nobody
_ACTS = ("call_tried", "contacted", "unreachable", "physician_decided")
_REMINDERS = 2  # to who has it, then to the lead
_AFTER = 10  # steps of the texts of one taking or contact: its event's number times this, and the reminder's
_TO_CLOSE = 2  # the first of the reminders to close


def unopened(db: Database, means: Means, now: datetime) -> list[str]:
    """The open alerts that whoever has them took by text, or was handed, and did not open in time."""
    return [alert["id"] for alert in alerts.open_alerts(db) if _unopened(db, means, alert, now)]


def _unopened(db: Database, means: Means, alert: Row, now: datetime) -> Mapping | None:
    """The event by which somebody got the alert and did not open it in time. Red: within the study's minutes; else one
    handed over, by when it would have to be taken. A text of the handing over that is lost waits for nothing."""
    events = alerts.events(db, alert["id"])
    taken, study = alert_life.taken(events), escalate.study_of(db, means, alert["id"])
    if taken is None or alert_life.state(events) == "closed":
        return None
    handed = taken["kind"] == "handed_over"
    by_text = taken["message_id"] and alert["class"] == "red" and alert_life.state(events) == "acknowledged"
    if not handed and not by_text:
        return None
    since = taken["at"] if handed else alert_life.called_at(events)
    if _acted(events, taken) or audit.done_since(db, taken["staff_id"], "viewed", alert["id"], since):
        return None
    lost = handed and _lost(db, study, alert["id"], "handed_over", taken["seq"], now)
    return taken if lost or now >= _open_by(study, alert["class"], instant(taken["at"])) else None


def _acted(events: Iterable[Mapping], taken: Mapping) -> bool:
    """Whether who has an alert has done something about it since: they have it before them."""
    own = (event for event in events if event["seq"] > taken["seq"] and event["staff_id"] == taken["staff_id"])
    return any(event["kind"] in _ACTS for event in own)


def _open_by(study: Study, alert_class: str, taken_at: datetime) -> datetime:
    if alert_class == "red":
        return taken_at + study.alerts.opened_minutes * MINUTE
    return ladder.acknowledge_by(study, alert_class, taken_at)


def go_on(db: Database, means: Means, alert_id: str, now: datetime) -> None:
    """Nobody has an alert that was not opened in time: its ladder goes on, and texts that its taking had kept back
    go."""
    with write(db):
        alert = alerts.by_id(db, alert_id, escalate.all_sites(db))
        taken = _unopened(db, means, alert, now) if alert else None
        if taken is None:
            return
        alerts.add_event(db, alert_id, "not_opened", stamp(now), taken["staff_id"])
        audit.record(db, stamp(now), "system", "alert_not_opened", alert_id)
        for message in messages.kept_back(db, alert_id, escalate.first_step(alerts.events(db, alert_id))):
            messages.settle(db, message["id"], "queued", reason=None, due_at=stamp(now), rerouted_at=None)


def owed(db: Database, means: Means, now: datetime) -> list[str]:
    """The open alerts that somebody has, that wait for a call or for their close for too long, and for whose waiting a
    text is due."""
    return [alert["id"] for alert in alerts.open_alerts(db) if _reminders_due(db, means, alert, now)]


def _reminders_due(db: Database, means: Means, alert: Row, now: datetime) -> list[int]:
    """The steps of the reminders (the first to who has it, the second to the lead) that are due and were not queued.
    The second is due at once where the first is lost."""
    events = alerts.events(db, alert["id"])
    since, first = _reminded_of(events)
    if since is None:
        return []
    study, queued = escalate.study_of(db, means, alert["id"]), _texts(db, alert["id"], "chase")
    by = ladder.close_by if first == _TO_CLOSE else ladder.act_by
    due = []
    for number in range(_REMINDERS):
        at = by(study, alert["class"], instant(since["at"]), number + 1)
        step = since["seq"] * _AFTER + first + number
        late = at is not None and now >= at
        lost = number > 0 and _lost(db, study, alert["id"], "chase", step - 1, now)
        if (late or lost) and not any(text["step"] == step for text in queued):
            due.append(step)
    return due


def _reminded_of(events: Iterable[Mapping]) -> tuple[Mapping | None, int]:
    """The event from which the time of who has an alert runs, None where none does, and the number of the first
    reminder: of one to act, or of one to close."""
    events = list(events)
    if alert_life.state(events) == "contacted":
        return alert_life.to_close(events), _TO_CLOSE
    return alert_life.taken(events) if alert_life.state(events) == "acknowledged" else None, 0


def remind(db: Database, means: Means, alert_id: str, now: datetime) -> None:
    """Queue the reminders that are due for an alert. What its owner would get in vain, being away or opted out, goes to
    who stands above."""
    with write(db):
        alert = alerts.by_id(db, alert_id, escalate.all_sites(db))
        for step in _reminders_due(db, means, alert, now) if alert else []:
            taken = alert_life.taken(alerts.events(db, alert_id))
            assert alert is not None and taken is not None
            owner, number = taken["staff_id"], step % _AFTER
            own = number % _REMINDERS == 0 and can_be_told(db, means, owner, now)
            person = owner if own else _above(db, means, alert, owner, now)
            text_key = "staff_chase" if number < _TO_CLOSE else "staff_unclosed"
            _text(db, means, alert, "chase", text_key, step, person, now)


def _above(db: Database, means: Means, alert: Row, owner: str, now: datetime) -> str | None:
    """Who is told that an owner does not act: the lead, or the next on call where that is the owner; None: nobody."""
    here = on_call_at(db, means, alert["site_id"], now)
    return next((person for person in (here.lead, *here.nurses) if person and person != owner), None)


def watch_owed(db: Database, means: Means, now: datetime) -> None:
    """An alert that somebody has and that still waits, for a call or for its close, when the lead too was told for as
    long is a fault."""
    late = set()
    for alert in alerts.open_alerts(db):
        since, first = _reminded_of(alerts.events(db, alert["id"]))
        if since is not None:
            by = ladder.close_by if first == _TO_CLOSE else ladder.act_by
            study = escalate.study_of(db, means, alert["id"])
            at = by(study, alert["class"], instant(since["at"]), _REMINDERS + 1)
            late |= {alert["id"]} if at is not None and now >= at else set()
    alarms.keep(db, means, "nobody_acted", late, "not acted on", now)


def for_physician(db: Database, means: Means) -> list[str]:
    """The open red alerts whose calls reached nobody so often that the physician is to be asked."""
    return [alert["id"] for alert in alerts.open_alerts(db) if _for_physician(db, means, alert)]


def _for_physician(db: Database, means: Means, alert: Row) -> bool:
    if alert["class"] != "red":
        return False
    plan = escalate.study_of(db, means, alert["id"])
    events, second = alerts.events(db, alert["id"]), _has_second(db, alert)
    return alert_life.physician_due(events, plan.alerts.failed_calls, _within(plan), second_contact=second)


def _within(study: Study) -> timedelta:
    return timedelta(minutes=study.alerts.failed_within_minutes)


def _has_second(db: Database, alert: Row) -> bool:
    return bool((contacts.of_participant(db, alert["participant_id"]) or {}).get("second_contact_sealed"))


@dataclass(frozen=True)
class Calls:
    """How near a red alert is to the physician. failed: the calls that reached nobody within the study's minutes.
    second: whether the second contact was called; None where there is none."""

    failed: int
    second: bool | None


def calls_so_far(db: Database, means: Means, alert: Row, now: datetime) -> Calls:
    """The calls of an alert that count."""
    events, within = alerts.events(db, alert["id"]), _within(escalate.study_of(db, means, alert["id"]))
    lately = [event for event in alert_life.failed_calls(events) if instant(event["at"]) >= now - within]
    return Calls(len(lately), alert_life.second_tried(events) if _has_second(db, alert) else None)


def ask_physician(db: Database, means: Means, alert_id: str, now: datetime) -> None:
    """Text each physician of the site who is there and can be told; where there is none the lead too, or who is first
    on call; with nobody, the operator is told."""
    with write(db):
        alert = alerts.by_id(db, alert_id, escalate.all_sites(db))
        if alert is None or alert["closed_at"] or not _for_physician(db, means, alert):
            return
        alerts.add_event(db, alert_id, "physician_asked", stamp(now))
        asked = alerts.events(db, alert_id)[-1]
        audit.record(db, stamp(now), "system", "physician_asked", alert_id)
        people = _physicians(db, means, alert["site_id"], now)
        for person in people:
            _text(db, means, alert, "physician", "staff_physician", asked["seq"], person, now)
        if not people:
            alarms.alarm(db, means, "nobody_could_be_told", alert_id, now, step=asked["seq"])


def decide(
    db: Database, alert_id: str, now: datetime, *, by: Row, sites: tuple[str, ...], note: str | None, seen: int | None
) -> None:
    """A physician who was asked records what was decided: nobody is asked any more, until the alert calls anew or
    somebody was spoken to. seen: the last event on the page it was done from. Raises NotFound, Forbidden, Conflict,
    Refusal."""
    if PHYSICIAN not in by["roles"]:
        raise Forbidden("not_your_role")
    if not (note or "").strip():
        raise Refusal("decision_required")
    if len(note or "") > alert_life.LONGEST_NOTE:
        raise Refusal("note_too_long")
    with write(db):
        if alerts.by_id(db, alert_id, sites) is None:
            raise NotFound("alert_not_found")
        events = alerts.events(db, alert_id)
        if alert_life.asked(events) is None:
            raise Conflict("decision_unasked")
        if alert_life.changed_since(events, seen, by["id"]):
            raise Conflict("alert_changed")
        alerts.add_event(db, alert_id, "physician_decided", stamp(now), by["id"], note=note)
        audit.record(db, stamp(now), by["id"], "physician_decided", alert_id)


def unheard(db: Database, means: Means, now: datetime) -> list[str]:
    """The open red alerts about which every text to a physician was lost, and of which nobody else was told for it."""
    red = [alert for alert in alerts.open_alerts(db) if alert["class"] == "red"]
    return [alert["id"] for alert in red if _unheard(db, means, alert, now)]


def _unheard(db: Database, means: Means, alert: Row, now: datetime) -> int | None:
    """The step of the texts to physicians who are still asked, which were all lost and for which nobody else was
    told."""
    asked = alert_life.asked(alerts.events(db, alert["id"]))
    newest = [text for text in _texts(db, alert["id"], "physician") if asked and text["step"] == asked["seq"]]
    study = escalate.study_of(db, means, alert["id"])
    lost = newest and all(staff_text.lost(study, text, now) for text in newest)
    return newest[0]["step"] if lost and not any(text["rerouted_at"] for text in newest) else None


def tell_another(db: Database, means: Means, alert_id: str, now: datetime) -> None:
    """In place of physicians whose texts were lost: the operator, and the lead or the next on call who was not told."""
    with write(db):
        alert = alerts.by_id(db, alert_id, escalate.all_sites(db))
        step = _unheard(db, means, alert, now) if alert else None
        if alert is None or step is None:
            return
        told = set()
        for text in _texts(db, alert_id, "physician"):
            if text["step"] == step:
                messages.rerouted(db, text["id"], stamp(now))
                told.add(text["staff_id"])
        here = on_call_at(db, means, alert["site_id"], now)
        other = next((person for person in (here.lead, *here.nurses) if person and person not in told), None)
        alarms.alarm(db, means, "text_failed", alert_id, now, step=step)
        if other:
            _text(db, means, alert, "physician", "staff_physician", step, other, now)


def hand_over_text(db: Database, means: Means, alert: Row, step: int, staff_id: str, now: datetime) -> None:
    """Queue the text to who an alert was handed over to; call it inside a write. step: the event's number."""
    text_key = "staff_handed_red" if alert["class"] == "red" else "staff_handed"
    _text(db, means, alert, "handed_over", text_key, step, staff_id, now)


def held_by(db: Database, staff_id: str, sites: tuple[str, ...]) -> list[Row]:
    """The open alerts of these sites that somebody has."""
    found = [(alert, alert_life.taken(alerts.events(db, alert["id"]))) for alert in alerts.open_alerts(db)]
    return [each for each, taken in found if taken and taken["staff_id"] == staff_id and each["site_id"] in sites]


def colleagues(db: Database, means: Means, site_id: str, now: datetime) -> list[Row]:
    """Who an alert of a site may be handed over to: the staff who may open alerts, are not away and can be told by
    text."""
    return [person for person in _told_alerts(db, means, site_id) if can_be_told(db, means, person["id"], now)]


def _told_alerts(db: Database, means: Means, site_id: str) -> list[Row]:
    """The active staff who may open alerts and have a number that gets texts."""
    fit = [each for each in staff.of_sites(db, (site_id,)) if each["active"] and set(SEES_ALERTS) & set(each["roles"])]
    return [person for person in fit if not fault_of(db, means, person)]


def stands(message: Row, alert_class: str, events: list[Row]) -> bool:
    """Whether what a text of this module says of its alert is still so."""
    state, taken = alert_life.state(events), alert_life.taken(events)
    if message["kind"] == "handed_over":
        return taken is not None and taken["seq"] == message["step"] and state != "closed"
    if message["kind"] == "chase":
        since, first = _reminded_of(events)
        of_close = message["step"] % _AFTER >= _TO_CLOSE
        return since is not None and since["seq"] == message["step"] // _AFTER and of_close == (first == _TO_CLOSE)
    asked = alert_life.asked(events)
    return alert_class == "red" and asked is not None and asked["seq"] == message["step"]


def stand_again(db: Database, alert_id: str, now: datetime) -> None:
    """Texts that did not go because what they say was so no longer, and is again, go; call it inside a write."""
    events, alert_class = alerts.events(db, alert_id), alerts.class_of(db, alert_id)
    for kind in ("handed_over", "chase", "physician"):
        for text in _texts(db, alert_id, kind):
            if (text["status"], text["reason"]) == ("dropped", "overtaken") and stands(text, alert_class, events):
                messages.settle(db, text["id"], "queued", reason=None, due_at=stamp(now), rerouted_at=None)


def _physicians(db: Database, means: Means, site_id: str, now: datetime) -> list[str]:
    """The physicians who are there; where all are away, all, and whoever stands above."""
    every = [person["id"] for person in _told_alerts(db, means, site_id) if PHYSICIAN in person["roles"]]
    present = [person for person in every if can_be_told(db, means, person, now)]
    above = on_call_at(db, means, site_id, now)
    return present or list(dict.fromkeys([*every, *([above.lead] if above.lead else above.nurses[:1])]))


def _texts(db: Database, alert_id: str, kind: str) -> list[Row]:
    return [text for text in messages.of_alert(db, alert_id) if text["kind"] == kind]


def _lost(db: Database, study: Study, alert_id: str, kind: str, step: int, now: datetime) -> bool:
    """Whether a text of that step tells nobody."""
    return any(text["step"] == step and staff_text.lost(study, text, now) for text in _texts(db, alert_id, kind))


def _text(
    db: Database, means: Means, alert: Row, kind: str, text_key: str, step: int, staff_id: str | None, now: datetime
) -> None:
    """Queue one text about an alert that somebody has; with nobody to tell, the operator is told instead."""
    if staff_id is None:
        alarms.alarm(db, means, "nobody_could_be_told", alert["id"], now, step=step)
        return
    if staff_text.queue(db, means, kind, text_key, staff_id, now, about=alert["id"], step=step, alert_id=alert["id"]):
        alerts.add_event(db, alert["id"], "notified", stamp(now), staff_id)
