"""The life of an alert, read from its events: mappings with seq, kind, at (stored instant), staff_id, message_id,
to_staff_id and called, oldest first. Nothing but a person closes an alert; a climb after an acknowledgement, or the
leaving of who had the alert, asks for a new one. An acknowledgement by text (its event has the message whose code came
back) of a red alert, or a handing over, that was not opened in time counts no more: the ladder goes on from where the
alert last called. Speaking to the second contact reaches no participant; that somebody was spoken to, taken back by who
had said it, counts as if it had not been said."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from prom.rules.times import instant

LONGEST_NOTE = 2000
AFTER_RED = ("resume", "stay_stopped")

_CALLS = ("raised", "climbed", "owner_left")
_REASONS = (*_CALLS, "joined")
_ANSWERS = ("acknowledged", "contacted", "unreachable", "closed")
_DEEDS = (*_ANSWERS, "call_tried", "handed_over", "contact_undone", "physician_decided")
_FAILED_CALLS = ("call_tried", "unreachable")
_SECOND = "second_contact"
_NOT_CLOSED = ("open", "acknowledged", "contacted")
_OWNED = ("acknowledged", "contacted")

# In which states an event may be added. After a close, later reasons raise an alert of their own.
_ALLOWED: dict[str, tuple[str, ...]] = {
    "raised": (),
    "joined": _NOT_CLOSED,
    "climbed": _NOT_CLOSED,
    "owner_left": _OWNED,
    "not_opened": _OWNED,
    "notified": _NOT_CLOSED,
    "acknowledged": ("open",),
    "handed_over": _OWNED,
    "call_tried": _NOT_CLOSED,
    "contacted": _NOT_CLOSED,
    "contact_undone": ("contacted",),
    "unreachable": _NOT_CLOSED,
    "physician_asked": _NOT_CLOSED,
    "physician_decided": _NOT_CLOSED,
    "closed": _OWNED,
    "resumed_texts": (*_OWNED, "closed"),
    "snoozed": (*_NOT_CLOSED, "closed"),
}


def state(events: Iterable[Mapping]) -> str:
    """open | acknowledged | contacted | closed. Nobody reached is no end, nor is the second contact: the alert stays
    acknowledged."""
    events, now = list(events), "open"
    undone = _undone(events)
    for number, event in enumerate(events):
        kind = event["kind"]
        if now == "closed":
            break
        if kind in _CALLS or kind == "not_opened":
            now = "open"
        elif kind == "closed" or _reaches(event) and number not in undone:
            now = kind
        elif kind in _ANSWERS and now == "open":
            now = "acknowledged"
    return now


def called_at(events: Iterable[Mapping]) -> str:
    """When the alert last called for somebody (raised, climbed, left without its owner), as stored: its ladder counts
    from there."""
    return [event["at"] for event in events if event["kind"] in _CALLS][-1]


def calls(events: Iterable[Mapping]) -> int:
    """How often the alert called for somebody; 1 for one just raised."""
    return sum(event["kind"] in _CALLS for event in events)


def acknowledged_at(events: Iterable[Mapping]) -> str | None:
    """When somebody first took the alert since it last called, as stored; None while nobody has."""
    since = _since_taken(events)
    return since[0]["at"] if since else None


def taken(events: Iterable[Mapping]) -> Mapping | None:
    """The event by which whoever has the alert got it: the first to take it since it last called or went unopened, or
    who it was handed over to since (whose staff_id and staff_name it then has); None while nobody has it."""
    since = _since_taken(events)
    handed = [event for event in since if event["kind"] == "handed_over"]
    if handed:
        return {**handed[-1], "staff_id": handed[-1]["to_staff_id"], "staff_name": handed[-1].get("to_staff_name")}
    return since[0] if since else None


def first_taken(events: Iterable[Mapping]) -> Mapping | None:
    """The event by which somebody first had the alert, whoever has it now and whether or not it called again later; one
    by text that was not opened in time does not count. None where nobody ever had it."""
    found, handed = None, False
    for event in events:
        kind = event["kind"]
        if found is None:
            found = event if kind in _ANSWERS else None
            handed = False
        elif kind in _CALLS:
            break
        elif kind == "handed_over":
            handed = True
        elif kind == "not_opened":
            if handed or not found["message_id"]:
                break
            found = None
    return found


def _since_taken(events: Iterable[Mapping]) -> list[Mapping]:
    """The events from the one on by which somebody took the alert; [] while nobody has it."""
    found: list[Mapping] = []
    for event in events:
        if event["kind"] in _CALLS or event["kind"] == "not_opened":
            found = []
        elif found or event["kind"] in _ANSWERS:
            found.append(event)
    return found


def reached(events: Iterable[Mapping]) -> list[Mapping]:
    """The events by which somebody said that they spoke to the participant and which they did not take back."""
    events = list(events)
    undone = _undone(events)
    return [event for number, event in enumerate(events) if _reaches(event) and number not in undone]


def contacts_of(events: Iterable[Mapping], staff_id: str) -> list[Mapping]:
    """Those of the events by which an alert is contacted now that somebody may take back: their own."""
    since = _since_taken(list(events))
    return [event for event in reached(since) if event["staff_id"] == staff_id]


def to_close(events: Iterable[Mapping]) -> Mapping | None:
    """The event from which the time to close a contacted alert runs: the last by which somebody spoke to the
    participant, or the handing over after it. None for an alert that is not contacted."""
    events = list(events)
    if state(events) != "contacted":
        return None
    spoken, since = reached(events)[-1], events.index(reached(events)[-1])
    handed = [event for event in events[since:] if event["kind"] == "handed_over"]
    return handed[-1] if handed else spoken


def fallen_back(events: Iterable[Mapping]) -> Mapping | None:
    """The event by which an alert that nobody has went back to its ladder, not opened in time; None where its last call
    is what nobody answered."""
    events = list(events)
    last = [event for event in events if event["kind"] in (*_CALLS, "not_opened")][-1]
    return last if last["kind"] == "not_opened" and state(events) == "open" else None


def _reaches(event: Mapping) -> bool:
    return event["kind"] == "contacted" and event.get("called") != _SECOND


def _undone(events: list[Mapping]) -> set[int]:
    """The places of the events that were taken back: of each taking back, the last of the same person before it."""
    undone: set[int] = set()
    for number, event in enumerate(events):
        if event["kind"] == "contact_undone":
            own = [
                place
                for place, each in enumerate(events[:number])
                if _reaches(each) and place not in undone and each["staff_id"] == event["staff_id"]
            ]
            undone |= set(own[-1:])
    return undone


def calls_since(events: Iterable[Mapping]) -> list[Mapping]:
    """The calls noted since the participant was spoken to, the alert last called or a physician was asked: to whoever,
    and whatever came of them."""
    events = list(events)
    spoken = reached(events)
    found: list[Mapping] = []
    for event in events:
        if event["kind"] in (*_CALLS, "closed", "physician_asked") or event in spoken:
            found = []
        elif event["kind"] in (*_FAILED_CALLS, "contacted"):
            found.append(event)
    return found


def failed_calls(events: Iterable[Mapping]) -> list[Mapping]:
    """Those of `calls_since` that reached nobody."""
    return [event for event in calls_since(events) if event["kind"] in _FAILED_CALLS]


def second_tried(events: Iterable[Mapping]) -> bool:
    """Whether one of `calls_since` was to the second contact."""
    return any(event["called"] == _SECOND for event in calls_since(events))


def asked(events: Iterable[Mapping]) -> Mapping | None:
    """The event by which a physician was asked to decide and which waits for an answer: nothing was decided since, the
    participant was not spoken to and the alert did not call anew; None where nothing waits."""
    events, found = list(events), None
    spoken = reached(events)
    for event in events:
        if event["kind"] == "physician_asked":
            found = event
        elif event["kind"] in (*_CALLS, "physician_decided", "closed") or event in spoken:
            found = None
    return found


def decided(events: Iterable[Mapping]) -> Mapping | None:
    """The decision of a physician that stands: no later one, and the participant was not spoken to nor did the alert
    call anew since. None without one."""
    events, found = list(events), None
    spoken = reached(events)
    for event in events:
        if event["kind"] == "physician_decided":
            found = event
        elif event["kind"] in _CALLS or event in spoken:
            found = None
    return found


def physician_due(events: Iterable[Mapping], calls: int, within: timedelta, *, second_contact: bool) -> bool:
    """Whether a red alert goes to the physician: so many calls failed within so long, and where the participant named a
    second contact, they were called too. Not while what a physician decided stands. Source: the study's alert plan."""
    events = list(events)
    failed = failed_calls(events)
    if not failed or decided(events):
        return False
    lately = [event for event in failed if instant(event["at"]) >= instant(failed[-1]["at"]) - within]
    return len(lately) >= calls and (not second_contact or second_tried(events))


def told_back(alert_class: str, events: Iterable[Mapping], staff_id: str) -> str | None:
    """The text that tells who texted a code back how the alert stands; None while nobody has it."""
    events = list(events)
    stands, event = state(events), taken(events)
    if stands == "open" or event is None:
        return None
    if stands == "closed" or event["staff_id"] != staff_id:
        return "staff_taken"
    return "staff_yours_red" if alert_class == "red" else "staff_yours"


def can(state: str, verb: str) -> bool:
    """Whether an event of that kind ("acknowledged", "closed", …) may be added in a state. Raises KeyError
    for a kind that there is not."""
    return state in _ALLOWED[verb]


def changed_since(events: Iterable[Mapping], seen: int | None, staff_id: str) -> bool:
    """Whether something came in after the event (its seq) that a page ended with: a reason, or what somebody else
    did for the person. False where no page was looked at (None)."""
    news = [event for event in events if seen is not None and event["seq"] > seen]
    return any(event["kind"] in _REASONS or event["kind"] in _DEEDS and event["staff_id"] != staff_id for event in news)


def noted_since(
    events: Iterable[Mapping], seen: int | None, staff_id: str, verb: str, note: str | None, called: str | None, at: str
) -> bool:
    """Whether the same form was sent at an instant or since: the same verb, note and person called, of the same person,
    after what the page showed. Later, from the same page, it is another call."""
    same = (staff_id, verb, note, called)
    return seen is not None and any(
        event["seq"] > seen
        and event["at"] >= at
        and (event["staff_id"], event["kind"], event["note"], event["called"]) == same
        for event in events
    )


def closing_faults(
    alert_class: str, outcome: str | None, note: str | None, texts: str | None, outcomes: Collection[str]
) -> list[str]:
    """What keeps an alert from being closed, as message keys; [] when nothing does.

    outcomes: the study's outcome keys. texts: for red, whether texts to the participant go on
    ("resume" | "stay_stopped"); ignored for other classes."""
    faults = []
    if outcome not in outcomes:
        faults.append("outcome_unknown" if outcome else "outcome_required")
    if not (note or "").strip():
        faults.append("note_required")
    elif len(note or "") > LONGEST_NOTE:
        faults.append("note_too_long")
    if alert_class == "red" and texts not in AFTER_RED:
        faults.append("texts_required")
    return faults
