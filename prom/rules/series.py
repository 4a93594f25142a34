"""A participant's procedures as series of visits, and what is known of a participant when visits are planned."""

from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

from prom.rules.study import Study, Timepoint
from prom.rules.times import local_day

Row = dict[str, Any]
ANCHORING = ("planned", "postponed", "performed")
# What a plan decides of a visit; the other columns are facts.
PLANNED = (
    "due_on", "opens_at", "closes_at", "finish_by", "window_opens_on", "window_closes_on", "planned_for", "serves_on",
    "cancelled_at", "cancel_reason",
)  # fmt: skip
_BLANK = dict.fromkeys((*PLANNED, "id", "opened_at", "started_at", "submitted_at")) | {"invited": 0}


@dataclass
class Series:
    """The visits that hang on one procedure. sessions: the performed procedures of the series, first to last;
    ended_by: the performed procedure that ended it."""

    anchor: Row
    first: bool
    sessions: list[Row] = field(default_factory=list)
    ended_by: Row | None = None


@dataclass(frozen=True)
class Case:
    """What is known of a participant. person: zone, enrolled_on, left; visits: all of them, with `invited`."""

    study: Study
    person: Row
    visits: list[Row]
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The participant's time zone."""
        return ZoneInfo(self.person["zone"])

    @property
    def today(self) -> date:
        """The participant's calendar day."""
        return local_day(self.now, self.zone)

    def timepoints(self, series: Series) -> list[Timepoint]:
        """The timepoints of a series, in their order."""
        return [self.study.timepoint(key) for key in self.study.procedures[series.anchor["kind"]].timepoints]

    def visits_of(self, series: Series, timepoint: str) -> list[Row]:
        """The visits of a series at a timepoint, by occasion."""
        own = [visit for visit in self.visits if visit["procedure_id"] == series.anchor["id"]]
        return sorted((v for v in own if v["timepoint"] == timepoint), key=lambda v: v["occasion"])


def blank(series: Series, timepoint: str, occasion: int) -> Row:
    """A visit of which nothing is known yet."""
    return _BLANK | {"procedure_id": series.anchor["id"], "timepoint": timepoint, "occasion": occasion}


def series_of(study: Study, procedures: list[Row]) -> list[Series]:
    """The series of a participant, in the order of their procedures: first the performed, then the planned ones."""
    groups: list[list[Row]] = []
    for row in sorted((row for row in procedures if row["status"] in ANCHORING), key=_order):
        does = study.what_follows(groups[-1][0]["kind"], row["kind"]) if groups else "new_series"
        if does == "new_series":
            groups.append([row])
        elif does == "same_series":
            groups[-1].append(row)
    return [_series(group, later, first=group is groups[0]) for group, later in zip_longest(groups, groups[1:])]


def _order(procedure: Row) -> tuple[bool, str, str, str]:
    performed = procedure["status"] == "performed"
    day = procedure["performed_on"] if performed else procedure["planned_on"]
    return not performed, day or "9999-12-31", procedure["performed_time"] or "", procedure["created_at"]


def _series(group: list[Row], later: list[Row] | None, first: bool) -> Series:
    """The visits hang on the procedure that was recorded first, so that an earlier session entered late makes none
    anew."""
    sessions = [row for row in group if row["status"] == "performed"]
    anchor = min(sessions or group, key=lambda row: row["performed_recorded_at"] or row["created_at"])
    ended_by = later[0] if later and later[0]["status"] == "performed" else None
    return Series(anchor, first, sessions, ended_by)
