"""Alert rules rehearsed: past reports judged once more, by the rules in force and by changed ones.

A report is judged whenever it was while it came in: its warning signs as their screen was saved, an unsent form as it
lay, and the report as it was sent; compared with what was there at that time. It gives one alert with all its reasons,
as on the day, whoever closed it in between. What the study asks is that of the version the report was answered on.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from prom.rules.alerts import Reason, highest, of_kept, told
from prom.rules.comparison import compared
from prom.rules.instrument import kept
from prom.rules.study import CLASSES, AlertClass, Rule, Study

Row = dict[str, Any]

_STATE = ("status", "planned_on", "performed_on", "performed_time")


@dataclass(frozen=True)
class Moment:
    """When the rules ran on a visit. visit: its row with procedure_kind. answers: as they were judged. kind: warned
    (the screen of the warning signs was saved), unsent (the form lay unsent; its answers are not kept yet), sent."""

    at: str
    visit: Row
    answers: dict
    kind: str


@dataclass
class Past:
    """A participant: id, code, zone, imported. procedures: as they stand now; events: what was recorded of them, oldest
    first. moments: in the order of time. raised: the alerts there were of a visit, by its id: class, raised_at,
    outcome, contacted."""

    person: Row
    procedures: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    raised: dict[str, list[Row]] = field(default_factory=dict)

    def procedures_at(self, at: str, own: str) -> list[Row]:
        """The procedures as they stood when a report came in. What was recorded in the same second came after it, but
        for a procedure's first event. Those of imported people were recorded after all their reports: as they are; so
        is the procedure of the report itself (own, its id) where it was recorded later."""
        if self.person["imported"] or at > self._settled_at:
            return self.procedures
        standing: dict[str, Row] = {}
        for event in self.events:
            known = event["at"] < at or (event["at"] == at and event["procedure_id"] not in standing)
            if known and not (event["undone_at"] and event["undone_at"] < at):
                standing[event["procedure_id"]] = event
        found = [row | _state(standing.get(row["id"])) for row in self.procedures if row["id"] in {*standing, own}]
        return sorted(found, key=_place)

    @cached_property
    def _settled_at(self) -> str:
        return max((max(event["at"], event["undone_at"] or "") for event in self.events), default="")


@dataclass(frozen=True)
class Sides:
    """A study version under two sets of rules. in_force, changed: with all rules of either; same: with those that
    judge alike in both; before, after: with the others."""

    version: Study
    in_force: Study
    changed: Study
    same: Study
    before: Study
    after: Study

    @cached_property
    def timepoints(self) -> frozenset[str]:
        """The timepoints of the version."""
        return frozenset(point.key for point in self.version.timepoints)


@dataclass(frozen=True)
class Judged:
    """A report or unsent form: why it calls under the rules in force (before) and under the changed ones (after), ()
    where it does not; and the alerts that there were. at: when the first of these reasons came in, without any when it
    was sent or last judged. study, changed: its version under either rules, for their words."""

    person: Row
    visit: Row
    at: str
    sent: bool
    before: tuple[Reason, ...]
    after: tuple[Reason, ...]
    raised: tuple[Row, ...]
    study: Study
    changed: Study

    @property
    def class_before(self) -> AlertClass | None:
        """The class of its alert under the rules in force."""
        return highest(self.before)

    @property
    def class_after(self) -> AlertClass | None:
        """The class of its alert under the changed rules."""
        return highest(self.after)

    @property
    def class_raised(self) -> AlertClass | None:
        """The most urgent class of the alerts there were."""
        return min((row["class"] for row in self.raised), key=CLASSES.index, default=None)

    @property
    def acted_on(self) -> bool:
        """Whether an alert of it was acted on: somebody spoke to them, or it was closed with something done."""
        idle = {None, *(outcome.key for outcome in self.study.alerts.outcomes if not outcome.action)}
        return any(row["contacted"] or row["outcome"] not in idle for row in self.raised)

    @property
    def change(self) -> str | None:
        """missed (an alert that was acted on would not have come) | gone (another would not have come) | new | risen |
        lowered | otherwise (of the same class, for other reasons); None where nothing is otherwise."""
        was, now = self.class_before, self.class_after
        if now is None and (self.acted_on or was):
            return "missed" if self.acted_on else "gone"
        if was is None or now is None:
            return "new" if now else None
        if was != now:
            return "risen" if CLASSES.index(now) < CLASSES.index(was) else "lowered"
        return "otherwise" if _all_told(self.before) != _all_told(self.after) else None


def sides(version: Study, before: tuple[Rule, ...], after: tuple[Rule, ...]) -> Sides:
    """A study version under rules before and after. Rules on an item that it has not are left out: they could never
    fire. Rules fire, or give way to another, by the answer they are on, or by the choice that its screen is about:
    those on items of which all rules are alike before and after are judged once."""
    before, after = (tuple(rule for rule in each if rule.item in version.items) for each in (before, after))
    about = {item: version.screen_of[item].for_each or item for item in version.items}
    unlike = {about[item] for item in version.items if _on(before, item) != _on(after, item)}
    other = {item for item in version.items if about[item] in unlike}
    return Sides(
        version,
        _under(version, before),
        _under(version, after),
        _under(version, (rule for rule in after if rule.item not in other)),
        _under(version, (rule for rule in before if rule.item in other)),
        _under(version, (rule for rule in after if rule.item in other)),
    )


def judged(past: Past, of_version: dict[str, Sides], in_force: str) -> Iterator[Judged]:
    """The reports of a participant and those unsent forms that call for a nurse, in the order in which they came in.
    of_version: the sides of every study version, by name; in_force: that of the one in force."""
    found: dict[str, _Report] = {}
    sent: list[Row] = []
    given: dict[str, dict] = {}
    zone = ZoneInfo(past.person["zone"])
    for moment in past.moments:
        visit = moment.visit
        its = of_version[visit["study_version"] or in_force]
        if visit["timepoint"] not in its.timepoints:
            continue
        if visit["id"] not in found:
            found[visit["id"]] = _Report(visit, its)
        report = found[visit["id"]]
        if moment.kind == "warned":
            report.judge(moment, None, None)  # of signs that are ticked, no number is compared
            continue
        last, ref = compared(its.version, visit, sent, past.procedures_at(moment.at, visit["procedure_id"]), zone)
        report.judge(moment, given[last["id"]] if last else None, given[ref["id"]] if ref else None)
        if moment.kind == "sent":
            if visit["id"] not in given:
                sent.append(visit)
            given[visit["id"]] = moment.answers
    for report in found.values():
        raised = tuple(past.raised.get(report.visit["id"], ()))
        if report.sent or report.before or report.after or raised:
            yield report.outcome(past.person, raised)


class _Report:
    """A report while it is judged, moment by moment: what was told once is no news."""

    def __init__(self, visit: Row, its: Sides):
        self.visit, self.its, self.sent, self.at = visit, its, False, ""
        self.before: list[Reason] = []
        self.after: list[Reason] = []

    def judge(self, moment: Moment, last: dict | None, reference: dict | None) -> None:
        """Judge it once more, under either rules."""
        key, its, answers = self.visit["timepoint"], self.its, moment.answers
        if moment.kind == "unsent":
            answers = kept(its.version, key, answers)
        same, before, after = (
            of_kept(study, key, answers, last=last, reference=reference, red_only=moment.kind == "warned")
            if study.rules
            else ()
            for study in (its.same, its.before, its.after)
        )
        if not (self.before or self.after):
            self.at = moment.at
        self.before += _news(same + before, self.before)
        self.after += _news(same + after, self.after)
        self.sent = self.sent or moment.kind == "sent"

    def outcome(self, person: Row, raised: tuple[Row, ...]) -> Judged:
        """What came of it."""
        before, after = _ordered(self.its.in_force, self.before), _ordered(self.its.changed, self.after)
        of_study = self.its.in_force, self.its.changed
        return Judged(person, self.visit, self.at, self.sent, before, after, raised, *of_study)


def _ordered(study: Study, found: list[Reason]) -> tuple[Reason, ...]:
    """The most urgent first, then in the file's order."""
    if len(found) < 2:
        return tuple(found)
    places = {rule.key: place for place, rule in enumerate(study.rules)}
    return tuple(sorted(found, key=lambda reason: (CLASSES.index(reason.alert_class), places[reason.rule])))


def _news(found: tuple[Reason, ...], before: list[Reason]) -> list[Reason]:
    if not found or not before:
        return list(found)
    known = _all_told(before)
    return [reason for reason in found if _told(reason) - known]


def _all_told(found: Iterable[Reason]) -> set[tuple]:
    return {each for reason in found for each in _told(reason)}


def _told(reason: Reason) -> set[tuple]:
    return told(reason.rule, reason.item, reason.alert_class, reason.values)


def _on(rules: tuple[Rule, ...], item: str) -> list[Rule]:
    return [rule for rule in rules if rule.item == item]


def _under(version: Study, rules: Iterable[Rule]) -> Study:
    return version.model_copy(update={"rules": tuple(rules)})


def _state(event: Row | None) -> Row:
    return {name: event[name] for name in _STATE} if event else {}


def _place(procedure: Row) -> tuple:
    """The order of procedures in time, as the store has it."""
    day = procedure["performed_on"] or procedure["planned_on"] or "9999-12-31"
    return day, procedure["performed_time"] or "", procedure["created_at"], procedure["id"]
