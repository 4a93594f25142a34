"""The contact funnel: how far each visit that came due got on its way to an answer, and why no further.

Each visit is counted once, at its furthest step. A reason is a word for a template to translate: that of the visit, of
the person, or the status of a text with its reason ("undelivered 30003").
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from prom.rules.times import day_of, end_of, instant, local_day, stamp
from prom.rules.visit import status

Row = dict[str, Any]
STEPS = ("due", "queued", "sent", "delivered", "opened", "started", "submitted")
_NOTHING_RECORDED = dict.fromkeys(
    ("left", "texts_stopped", "study_consent", "texts_consent", "opted_out", "wrong_since", "failed_since"), 0
)
BESIDE = "beside"  # got further without this step


@dataclass(frozen=True)
class Fate:
    """How far a visit got. step: the furthest of STEPS; why: the reason that it got no further, "" for an answered one;
    passed: the steps that happened."""

    step: str
    why: str
    passed: frozenset[str]

    def reached(self, step: str) -> bool:
        """Whether it got to a step, or past it in another way."""
        return STEPS.index(self.step) >= STEPS.index(step)

    def beside(self, step: str) -> bool:
        """Whether it got past a step without it: answered on the phone or in the clinic, or never confirmed."""
        return self.reached(step) and step not in self.passed


@dataclass(frozen=True)
class Step:
    """One line of the funnel. reached: the visits that got so far or further; beside: those of them that did so without
    this step; lost: (reason, how many) of those that got no further, the most first."""

    name: str
    reached: int
    beside: int
    lost: tuple[tuple[str, int], ...]


def came_due(visit: Row, zone: ZoneInfo, now: datetime) -> bool:
    """Whether a visit is counted: its day has come where its participant lives, it was not cancelled before that day,
    and it had not closed before we knew of it (a person or a procedure entered late), unless it was answered."""
    if not visit["due_on"] or visit["due_on"] > local_day(now, zone).isoformat():
        return False
    ends = [visit[name] for name in ("closes_at", "cancelled_at") if visit[name]]
    if not visit["submitted_at"] and any(end <= visit["created_at"] for end in ends):
        return False
    if not visit["cancelled_at"]:
        return True
    return local_day(instant(visit["cancelled_at"]), zone).isoformat() >= visit["due_on"]


def as_it_stood(person: Row, changes: list[Row], visit: Row, now: datetime) -> Row:
    """The person as they could be reached on the day on which a visit came due, or, where it was made later, then.

    changes: what was recorded of them, in the order of time: what (left, texts_stopped, study_consent, texts_consent,
    opted_out, wrong_since, failed_since), at, value. Of contact_mode and has_number no time is kept: as they stand now.
    """
    zone = ZoneInfo(person["zone"])
    asked_at = min(stamp(now), max(visit["created_at"], stamp(end_of(day_of(visit["due_on"]), zone))))
    return person | _NOTHING_RECORDED | {row["what"]: row["value"] for row in changes if row["at"] <= asked_at}


def fate(visit: Row, texts: list[Row], person: Row, now: datetime) -> Fate:
    """How far a visit that came due got.

    texts: its texts with a link, first queued first. person: contact_mode, left, study_consent, texts_consent,
    texts_stopped, wrong_since, failed_since, has_number, opted_out, red_waits, plain_stop, as they stood when it came
    due; the two last of a visit that still may be answered, as they stand.
    """
    happened = (
        True,
        texts,
        any(text["sent_at"] for text in texts),
        any(text["delivered_at"] for text in texts),
        visit["opened_at"],
        visit["started_at"],
        visit["submitted_at"],
    )
    passed = [step for step, yes in zip(STEPS, happened, strict=True) if yes]
    return Fate(passed[-1], _why(passed[-1], visit, texts, person, now), frozenset(passed))


def funnel(fates: Iterable[Fate]) -> tuple[Step, ...]:
    """The counts, a line for each step."""
    every = Counter(fates)  # many visits share a fate
    return tuple(
        Step(
            step,
            sum(many for each, many in every.items() if each.reached(step)),
            sum(many for each, many in every.items() if each.beside(step)),
            _lost(every, step),
        )
        for step in STEPS
    )


def _lost(every: Counter[Fate], step: str) -> tuple[tuple[str, int], ...]:
    reasons: Counter[str] = Counter()
    for each, many in every.items():
        if each.step == step and each.why:
            reasons[each.why] += many
    return tuple(reasons.most_common())


def _why(step: str, visit: Row, texts: list[Row], person: Row, now: datetime) -> str:
    state = status(visit, now)
    if state == "submitted":
        return ""
    if state == "cancelled":
        return visit["cancel_reason"]
    if state == "planned":
        return state
    if step == "due":
        return _unreachable(person) or _standing(state)
    if step in ("queued", "sent"):
        last = [text for text in texts if text["sent_at"] or step == "queued"][-1]
        if last.get("will_drop"):  # it waits, and would not go
            return f"dropped {last['will_drop']}"
        return f"{last['status']} {last['reason'] or ''}".strip()
    return _standing(state)


def _unreachable(person: Row) -> str:
    """Why no text is queued for a person; "" where one would be."""
    for reason, stops in (
        ("left", person["left"]),
        ("no_study_consent", not person["study_consent"]),
        ("contact_mode", person["contact_mode"] != "text"),
        ("no_texts_consent", not person["texts_consent"]),
        ("texts_stopped", person["texts_stopped"]),
        ("no_number", not person["has_number"]),
        ("not_theirs", person["wrong_since"]),
        ("number_fails", person["failed_since"]),
        ("opted_out", person["opted_out"]),
        ("red_alert", person["red_waits"]),
        ("plain_stop", person["plain_stop"]),
    ):
        if stops:
            return reason
    return ""


def _standing(state: str) -> str:
    return "missed" if state == "missed" else "open"
