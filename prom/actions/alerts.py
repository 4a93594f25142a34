"""Alerts: raised by answers, taken, acted on and closed by people. Texts to staff are queued in the same write."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from prom.actions import chase, escalate, snooze
from prom.actions.means import Means
from prom.actions.news import news
from prom.errors import Conflict, NotFound, Refusal
from prom.rules import alert_life
from prom.rules.alerts import Reason, highest, reasons
from prom.rules.comparison import compared
from prom.rules.study import CLASSES, Study
from prom.rules.times import stamp
from prom.store import alerts, audit, participants, procedures, reports, tasks, visits
from prom.store.connect import Database, Row, write

_TWICE = timedelta(minutes=1)  # a form sent again within it is a double tap, or a resend
VERBS = ("acknowledged", "call_tried", "contacted", "unreachable")  # closing has rules of its own


def judge(
    db: Database, means: Means, visit: Row, answers: dict, now: datetime, *, red_only: bool = False, anew: bool = False
) -> None:
    """Run the alert rules on a visit's answers and raise, join or climb its alert; call it inside a write. What a
    snoozed rule has to say calls nobody and is kept; red and serious rules are never snoozed. anew: these answers were
    just given, and what they tell calls again where somebody took or closed its alert before."""
    study = means.study(db, visit["study_version"])
    last, ref = _compared(db, study, visit)
    snoozed = snooze.standing(db, study, visit["participant_id"], now)

    def judged(given: dict, without: Collection[str] = ()) -> tuple[Reason, ...]:
        point = visit["timepoint"]
        return reasons(study, point, given, last=last, reference=ref, red_only=red_only, without=without)

    new = news(db, visit["id"], answers, partial(judged, without=snoozed), with_late=red_only, anew=anew)
    if snoozed:
        every = news(db, visit["id"], answers, judged, with_late=red_only)
        version = visit["study_version"] or means.version
        snooze.keep(db, study, visit["id"], snoozed, every, now, study_version=version)
    if new:
        raise_for(db, means, study, visit, new, now)


def _compared(db: Database, study: Study, visit: Row) -> tuple[dict | None, dict | None]:
    """The answers of the last submitted report, and of the reference before this visit's own procedure."""
    participant_id = visit["participant_id"]
    given = {row["visit_id"]: row["answers"] for row in reports.responses_of(db, participant_id)}
    last, ref = compared(
        study,
        visit,
        visits.of_participant(db, participant_id),
        procedures.of_participant(db, participant_id),
        ZoneInfo(participants.by_id(db, participant_id)["zone"]),
    )
    return given.get(last["id"]) if last else None, given.get(ref["id"]) if ref else None


def raise_for(
    db: Database, means: Means, study: Study, visit: Row, new: tuple[Reason, ...], now: datetime
) -> None:
    """Raise, join or climb the alert of a visit for reasons that are new, and tell staff; call it inside a write."""
    top = highest(new)
    assert top is not None
    standing = alerts.open_of_visit(db, visit["id"])
    if standing is None:
        alert_id = alerts.raise_alert(db, visit["participant_id"], visit["id"], top, "report", stamp(now))
        alerts.add_event(db, alert_id, "raised", stamp(now))
    else:
        alert_id = standing["id"]
        join(db, standing, top, now)
    serious = {rule.key for rule in study.rules if rule.serious}
    for reason in new:
        alerts.add_reason(
            db,
            alert_id,
            reason.values,
            stamp(now),
            rule=reason.rule,
            **{"class": reason.alert_class},
            item=reason.item,
            serious=int(reason.rule in serious),
            rules_version=study.alerts.version,
            study_version=visit["study_version"] or means.version,
        )
    audit.record(db, stamp(now), "system", "alert_raised", alert_id, rules=[reason.rule for reason in new])
    escalate.tell(db, means, alert_id, now)


def join(db: Database, standing: Row, top: str, now: datetime) -> None:
    """Join an open alert: it climbs when the class rises, and calls again when it was taken."""
    taken = alert_life.acknowledged_at(alerts.events(db, standing["id"])) is not None
    rises = CLASSES.index(top) < CLASSES.index(standing["class"])
    if rises:
        alerts.climb(db, standing["id"], top)
    alerts.add_event(db, standing["id"], "climbed" if rises or taken else "joined", stamp(now))


def act(
    db: Database,
    alert_id: str,
    verb: str,
    now: datetime,
    *,
    staff_id: str,
    sites: tuple[str, ...],
    note: str | None = None,
    called: str | None = None,
    seen: int | None = None,
    message_id: str | None = None,
) -> None:
    """Acknowledge, call tried, contacted, unreachable. called: of a call, whom ("participant" | "second_contact").
    seen: the last event on the page it was done from, None where there was no page. message_id: the text whose code was
    texted back. Raises NotFound, Conflict where the state forbids it or something came in since, Refusal for a long
    note.

    Acknowledging twice is no error for the one who has it; the same form sent twice is noted once."""
    if verb not in VERBS:
        raise KeyError(verb)
    if len(note or "") > alert_life.LONGEST_NOTE:
        raise Refusal("note_too_long")
    with write(db):
        events = _events(db, alert_id, sites)
        state, taken = alert_life.state(events), alert_life.taken(events)
        if not alert_life.can(state, verb):
            if state == "closed" or taken is None:
                raise Conflict("alert_closed")
            if taken["staff_id"] == staff_id:
                return
            raise Conflict("alert_taken", name=taken["staff_name"])
        if alert_life.changed_since(events, seen, staff_id):
            raise Conflict("alert_changed")
        twice = stamp(now - _TWICE)
        if alert_life.noted_since(events, seen, staff_id, verb, note or None, called, twice):
            return
        given = {"note": note or None, "called": called, "message_id": message_id}
        alerts.add_event(db, alert_id, verb, stamp(now), staff_id, **given)
        audit.record(db, stamp(now), staff_id, f"alert_{verb}", alert_id, by_text=message_id is not None)


def undo_contact(
    db: Database,
    alert_id: str,
    now: datetime,
    *,
    staff_id: str,
    sites: tuple[str, ...],
    why: str | None,
    seen: int | None = None,
) -> None:
    """Take back that one spoke to the participant: the alert stands as it was taken, and its times run from there.
    seen: as for `act`. Raises NotFound, Conflict where it was somebody else who said it, Refusal without a reason."""
    if not (why or "").strip():
        raise Refusal("reason_required")
    if len(why or "") > alert_life.LONGEST_NOTE:
        raise Refusal("note_too_long")
    with write(db):
        events = _events(db, alert_id, sites)
        if alert_life.changed_since(events, seen, staff_id):
            raise Conflict("alert_changed")
        allowed = alert_life.can(alert_life.state(events), "contact_undone")
        if not allowed or not alert_life.contacts_of(events, staff_id):
            raise Conflict("contact_not_yours")
        alerts.add_event(db, alert_id, "contact_undone", stamp(now), staff_id, note=why)
        audit.record(db, stamp(now), staff_id, "alert_contact_undone", alert_id)
        chase.stand_again(db, alert_id, now)


def hand_over(
    db: Database,
    means: Means,
    alert_id: str,
    colleague: str | None,
    now: datetime,
    *,
    staff_id: str,
    sites: tuple[str, ...],
    note: str | None = None,
    seen: int | None = None,
) -> None:
    """Give an alert that somebody has to a colleague, who is texted and has it from now on; where she does not open it
    in time its ladder goes on. seen: as for `act`. Raises NotFound, Conflict, Refusal for a colleague who may not open
    alerts or whom no text reaches."""
    if len(note or "") > alert_life.LONGEST_NOTE:
        raise Refusal("note_too_long")
    with write(db):
        events = _events(db, alert_id, sites)
        state, taken = alert_life.state(events), alert_life.taken(events)
        _as_seen(events, seen, staff_id)
        if not alert_life.can(state, "handed_over") or taken is None:
            raise Conflict("alert_nobodys")
        found = alerts.by_id(db, alert_id, sites)
        assert found is not None
        fit = {person["id"] for person in chase.colleagues(db, means, found["site_id"], now)}
        if colleague is None or colleague not in fit:
            raise Refusal("colleague_unfit")
        if taken["staff_id"] == colleague:
            raise Conflict("colleague_has_it", name=taken["staff_name"])
        alerts.add_event(db, alert_id, "handed_over", stamp(now), staff_id, to_staff_id=colleague, note=note or None)
        chase.hand_over_text(db, means, found, alerts.events(db, alert_id)[-1]["seq"], colleague, now)
        audit.record(db, stamp(now), staff_id, "alert_handed_over", alert_id, to=colleague)


def close(
    db: Database,
    means: Means,
    alert_id: str,
    now: datetime,
    *,
    staff_id: str,
    sites: tuple[str, ...],
    outcome: str | None,
    note: str | None,
    texts: str | None = None,
    agreed: bool = False,
    take: bool = False,
    seen: int | None = None,
) -> None:
    """Close with a coded outcome, a note and, for red, whether texts go on. agreed: whoever else has the alert knows.
    take: acknowledge it first, where nobody has it. seen: as for `act`. Raises NotFound, Conflict, Refusal."""
    with write(db):
        events = _events(db, alert_id, sites)
        found = alerts.by_id(db, alert_id, sites)
        assert found is not None
        _as_seen(events, seen, staff_id)
        if take and alert_life.can(alert_life.state(events), "acknowledged"):
            act(db, alert_id, "acknowledged", now, staff_id=staff_id, sites=sites)
            events = _events(db, alert_id, sites)
        if not alert_life.can(alert_life.state(events), "closed"):
            raise Conflict("alert_not_taken")
        taken = alert_life.taken(events)
        if taken and taken["staff_id"] != staff_id and not agreed:
            raise Refusal("alert_held", name=taken["staff_name"])
        outcomes = [each.key for each in means.study(db).alerts.outcomes]
        faults = alert_life.closing_faults(found["class"], outcome, note, texts, outcomes)
        if faults:
            raise Refusal(faults[0])
        texts = texts if found["class"] == "red" else None
        alerts.add_event(db, alert_id, "closed", stamp(now), staff_id, outcome=outcome, texts=texts, note=note)
        alerts.close(db, alert_id, stamp(now))
        tasks.finish_for(db, "call", alert_id, stamp(now), staff_id, "alert_closed")  # that of a silence
        audit.record(db, stamp(now), staff_id, "alert_closed", alert_id, outcome=outcome, texts=texts)
        visits.look_again(db, found["participant_id"], stamp(now))


def resume_texts(db: Database, alert_id: str, now: datetime, *, staff_id: str, sites: tuple[str, ...]) -> None:
    """After a red alert: texts may go on, before it is closed or though it was closed with "stay stopped". Raises
    NotFound, Conflict while nobody has the alert."""
    with write(db):
        events = _events(db, alert_id, sites)
        if not alert_life.can(alert_life.state(events), "resumed_texts"):
            raise Conflict("alert_not_taken")
        alerts.add_event(db, alert_id, "resumed_texts", stamp(now), staff_id, texts="resume")
        audit.record(db, stamp(now), staff_id, "texts_resumed", alert_id)
        found = alerts.by_id(db, alert_id, sites)
        assert found is not None
        visits.look_again(db, found["participant_id"], stamp(now))


def _events(db: Database, alert_id: str, sites: tuple[str, ...]) -> list[Row]:
    if alerts.by_id(db, alert_id, sites) is None:
        raise NotFound("alert_not_found")
    return alerts.events(db, alert_id)


def _as_seen(events: list[Row], seen: int | None, staff_id: str) -> None:
    """The alert is not closed, and nothing came in since the page was made. Raises Conflict."""
    if alert_life.state(events) == "closed":
        raise Conflict("alert_closed")
    if alert_life.changed_since(events, seen, staff_id):
        raise Conflict("alert_changed")


def read(db: Database, visit_id: str, seq: int, now: datetime, *, staff_id: str) -> None:
    """Mark a report, or a draft that went unsent, as read up to the screen that was saved last when it was looked at
    (seq). What comes in after it is still to be read."""
    with write(db):
        if alerts.mark_read(db, visit_id, seq, staff_id, stamp(now)):
            audit.record(db, stamp(now), staff_id, "report_read", visit_id)
