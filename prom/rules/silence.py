"""The study file's rules on silence: a follow-up visit that ended without a report, of somebody whose last report was
bad. What becomes of the alert is not known here."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from prom.rules.alerts import Reason
from prom.rules.answers import figure
from prom.rules.study import CLASSES, Silence, Study
from prom.rules.texts import spoken_past
from prom.rules.times import day_of

SILENCE = "silence"  # the item of a reason for which no answer was looked at


@dataclass(frozen=True)
class Last:
    """The last report that was sent. on: its day. answers: as they stand. classes: of every alert reason it gave."""

    on: date
    answers: dict
    classes: tuple[str, ...]


def reasons(study: Study, timepoint_key: str, last: Last | None, missed_on: date) -> tuple[Reason, ...]:
    """Why a visit that ended without a report on a day calls for somebody: the most urgent first; () where the last
    report was not bad, where there is none, and at a baseline, whose end is a procedure done before the eyes of staff.

    Values: value (a number), last_class, timepoint, last_on and missed_on (dates as text), those that there are of.
    """
    if last is None or study.timepoint(timepoint_key).baseline:
        return ()
    rules = [rule for rule in study.silence if not rule.timepoints or timepoint_key in rule.timepoints]
    when = {"timepoint": timepoint_key, "last_on": last.on.isoformat(), "missed_on": missed_on.isoformat()}
    found = [
        Reason(rule.key, rule.class_, rule.last_item or SILENCE, _values(rule, last) | when)
        for rule in rules
        if _was_bad(rule, last)
    ]
    return tuple(sorted(found, key=lambda reason: CLASSES.index(reason.alert_class)))


def words(study: Study, reason: Reason, language: str) -> str:
    """A reason in words. Raises KeyError for a rule that this version of the study file has not."""
    rule = next((rule for rule in study.silence if rule.key == reason.rule), None)
    if rule is None:
        raise KeyError(reason.rule)
    values, number = reason.values, reason.values.get("value")
    return study.words(rule.words, language).format(
        timepoint=study.timepoint(values["timepoint"]).title.lower(),
        last_on=spoken_past(day_of(values["last_on"]), day_of(values["missed_on"]), language),
        value="" if number is None else figure(number),
        last_class=values.get("last_class", ""),
    )


def _was_bad(rule: Silence, last: Last) -> bool:
    number = _number(rule, last)
    return (rule.at_least is None or (number is not None and number >= rule.at_least)) and (
        rule.last_class_at_least is None or _reaches(last.classes, rule.last_class_at_least)
    )


def _reaches(classes: Collection[str], wanted: str) -> bool:
    return any(CLASSES.index(one) <= CLASSES.index(wanted) for one in CLASSES if one in classes)


def _number(rule: Silence, last: Last) -> float | None:
    value = last.answers.get(rule.last_item)
    return value if isinstance(value, int | float) else None


def _values(rule: Silence, last: Last) -> dict:
    number, worst = _number(rule, last), next((one for one in CLASSES if one in last.classes), None)
    return {name: one for name, one in (("value", number), ("last_class", worst)) if one is not None}
