"""The life of an alert, read from its events: mappings with seq, kind, at (stored instant), staff_id, message_id,
to_staff_id and called, oldest first. Nothing but a person closes an alert; a climb after an acknowledgement, or the
leaving of who had the alert, asks for a new one. An acknowledgement by text (its event has the message whose code came
back) of a red alert, or a handing over, that was not opened in time counts no more: the ladder goes on from where the
alert last called."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from prom.rules.times import instant

LONGEST_NOTE = 2000
AFTER_RED = ("resume", "stay_stopped")

_CALLS = ("raised", "climbed", "owner_left")
_REASONS = (*_CALLS, "joined")
_ANSWERS = ("acknowledged", "contacted", "unreachable", "closed")
_DEEDS = (*_ANSWERS, "call_tried", "handed_over")
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
    "unreachable": _NOT_CLOSED,
    "physician_asked": _NOT_CLOSED,
    "closed": _OWNED,
    "resumed_texts": (*_OWNED, "closed"),
    "snoozed": (*_NOT_CLOSED, "closed"),
}


def state(events: Iterable[Mapping]) -> str:
    """open | acknowledged | contacted | closed. Nobody reached is no end: the alert stays acknowledged."""
    now = "open"
    for event in events:
        kind = event["kind"]
        if now == "closed":
            break
        if kind in _CALLS or kind == "not_opened":
            now = "open"
        elif kind in ("contacted", "closed"):
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


def _since_taken(events: Iterable[Mapping]) -> list[Mapping]:
    """The events from the one on by which somebody took the alert; [] while nobody has it."""
    found: list[Mapping] = []
    for event in events:
        if event["kind"] in _CALLS or event["kind"] == "not_opened":
            found = []
        elif found or event["kind"] in _ANSWERS:
            found.append(event)
    return found


def failed_calls(events: Iterable[Mapping]) -> list[Mapping]:
    """The calls that reached nobody since somebody was spoken to, the alert last called or a physician was asked."""
    found: list[Mapping] = []
    for event in events:
        if event["kind"] in (*_CALLS, "contacted", "closed", "physician_asked"):
            found = []
        elif event["kind"] in _FAILED_CALLS:
            found.append(event)
    return found


def physician_due(events: Iterable[Mapping], calls: int, within: timedelta, *, second_contact: bool) -> bool:
    """Whether a red alert goes to the physician: so many calls failed within so long, and where the participant named a
    second contact, one of the failed calls was to them. Source: the study's alert plan."""
    failed = failed_calls(events)
    lately = [event for event in failed if instant(event["at"]) >= instant(failed[-1]["at"]) - within]
    tried = not second_contact or any(event["called"] == _SECOND for event in failed)
    return len(lately) >= calls and tried


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


def noted_since(events: Iterable[Mapping], seen: int | None, staff_id: str, verb: str, note: str | None) -> bool:
    """Whether the same form was sent before: the same verb and note of the same person, after what the page showed."""
    same = (staff_id, verb, note)
    return seen is not None and any(
        event["seq"] > seen and (event["staff_id"], event["kind"], event["note"]) == same for event in events
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
