"""Which visits a participant should have, and when: one pure plan, made anew after every change.

`plan` compares what should be with what is and returns the differences; an action writes them. So a changed
date, an undone procedure, a crossover and a late entry are all one thing, and the same differences can be shown
to a person before anything is written. Source: DESIGN.md section 7.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prom.rules.baseline import baselines, serves_on, serving
from prom.rules.follow_up import due, follow_ups
from prom.rules.series import PLANNED, Case, Row, Series, series_of
from prom.rules.study import Study
from prom.rules.times import instant, stamp
from prom.rules.visit import ends_at, started_at, status

__all__ = ["Change", "Series", "due", "plan", "series_of"]

_BY_HAND = "not_collected"  # cancelled by a person's import: no plan brings it back
_NEVER = "9999-12-31T00:00:00Z"


@dataclass(frozen=True)
class Change:
    """One difference: `visit_id` None makes a visit. `values`: the columns to write."""

    visit_id: str | None
    procedure_id: str
    timepoint: str
    occasion: int
    values: dict[str, Any]


def plan(study: Study, person: Row, procedures: list[Row], visits: list[Row], now: datetime) -> list[Change]:
    """The differences between the visits a participant should have and those that stand.

    person: zone, enrolled_on, left (has left follow-up). visits: all of the participant's, with `invited`.
    """
    case = Case(study, person, visits, now)
    found = series_of(study, procedures)
    later = [[_settled(case, series, visit) for visit in follow_ups(case, series)] for series in found]
    every = [visit for series in later for visit in series]
    wanted: list[Row] = []
    for series, own in zip(found, later, strict=True):
        wanted += [_settled(case, series, visit) for visit in baselines(case, series, every)] + own
    wanted += _orphans(case, wanted)
    _mark_serving(case, found, wanted, every)
    _one_at_a_time(wanted, now)
    return _differences(case, wanted)


def _settled(case: Case, series: Series, visit: Row) -> Row:
    """The visit with its cancelling: as its own plan wishes, else as the end of its series asks."""
    return _cancelled(case, visit, visit["reason"] or _ended(case, series, visit))


def _ended(case: Case, series: Series, visit: Row) -> str | None:
    """What a later procedure that ended the series makes of a visit: `overtaken` when it was sent or begun, else
    `cancelled`; None when nothing ended it, or it was missed before."""
    if series.ended_by is None:
        return None
    closed_at = ends_at(visit)
    if closed_at and instant(closed_at) <= started_at(series.ended_by, case.zone):
        return None
    return "overtaken" if visit["started_at"] or visit["invited"] else "cancelled"


def _orphans(case: Case, wanted: list[Row]) -> list[Row]:
    """The visits whose procedure was cancelled, only attempted, or became a note to another."""
    kept = {visit["id"] for visit in wanted}
    return [_cancelled(case, dict(visit), "cancelled") for visit in case.visits if visit["id"] not in kept]


def _cancelled(case: Case, visit: Row, reason: str | None) -> Row:
    """The visit with cancel_reason and cancelled_at settled together; leaving cancels what is not yet over."""
    if visit["submitted_at"] or visit["cancel_reason"] == _BY_HAND:
        return visit
    if case.person["left"] and not reason and status(visit, case.now) != "missed":
        reason = "withdrawn"
    if reason == visit["cancel_reason"]:
        return visit
    return visit | {"cancel_reason": reason, "cancelled_at": stamp(case.now) if reason else None}


def _mark_serving(case: Case, found: list[Series], wanted: list[Row], follow_ups: list[Row]) -> None:
    """Give the follow-up visit that serves as a later procedure's baseline the day of its second invitation."""
    days: dict[tuple[str, str], str] = {}
    for series in found:
        visit = serving(case, series, follow_ups)
        if visit and not visit["submitted_at"]:
            days.setdefault((visit["procedure_id"], visit["timepoint"]), serves_on(case, series.anchor))
    for visit in wanted:
        if not visit["submitted_at"]:
            visit["serves_on"] = days.get((visit["procedure_id"], visit["timepoint"]))


def _one_at_a_time(wanted: list[Row], now: datetime) -> None:
    """Let a visit open only when no other takes answers: what was begun goes first, a follow-up before a baseline.
    One that waits for an end not yet known is missed when its own end comes first."""
    taken: list[tuple[str, str]] = []
    for visit in sorted((visit for visit in wanted if _counts(visit, now)), key=lambda visit: _precedence(visit, now)):
        opens_at, end = visit["opens_at"], ends_at(visit) or _NEVER
        for other_opens_at, other_end in sorted(taken):
            if other_opens_at <= max(opens_at, stamp(now)) and opens_at < other_end and other_opens_at < end:
                opens_at = min(other_end, end)
        taken.append((opens_at, end))
        visit["opens_at"] = opens_at if opens_at < _NEVER else None


def _counts(visit: Row, now: datetime) -> bool:
    """Whether a visit takes answers, will, or kept the next one waiting while it was being finished."""
    state = status(visit, now)
    live = state in ("planned", "open", "started") or state == "missed" and visit["started_at"]
    return bool(visit["opens_at"] and live)


def _precedence(visit: Row, now: datetime) -> tuple[int, float, bool, str]:
    """What is over stands where it stood; then what was begun, the last first; then follow-up before baseline."""
    begun = visit["opened_at"]
    rank = 0 if status(visit, now) == "missed" else 1 if begun else 2
    return rank, -instant(begun).timestamp() if begun else 0, not visit["closes_at"], visit["opens_at"]


def _differences(case: Case, wanted: list[Row]) -> list[Change]:
    standing = {visit["id"]: visit for visit in case.visits}
    changes = []
    for visit in wanted:
        was = standing.get(visit["id"])
        values = {name: visit[name] for name in PLANNED if was is None or was[name] != visit[name]}
        if values:
            changes.append(Change(visit["id"], visit["procedure_id"], visit["timepoint"], visit["occasion"], values))
    return changes
