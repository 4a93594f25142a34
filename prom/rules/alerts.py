"""The study file's alert rules applied to one report: answers in, reasons out. What becomes of an alert
once raised is not known here. Source of the default rules: the study's alert plan, in the study file."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache

from prom.rules.answers import figure, given, is_declined
from prom.rules.instrument import briefly, holds, kept, plain, split_key, ticked, what
from prom.rules.medicines import opioids
from prom.rules.study import CLASSES, AlertClass, Rule, Study


@dataclass(frozen=True)
class Reason:
    """A rule that fired. item: the answer key it fired on. values: what it fired with and what fills its
    words, those that there are of: value, last, reference, mme, limit (numbers), choices (keys), instance (key), table
    (of the MME factors), partial (true where an opioid has no figure). Never free text."""

    rule: str
    alert_class: AlertClass
    item: str
    values: dict


def reasons(
    study: Study,
    timepoint_key: str,
    answers: dict,
    *,
    last: dict | None,
    reference: dict | None,
    red_only: bool = False,
    without: Collection[str] = (),
) -> tuple[Reason, ...]:
    """Why a report calls for a nurse: the most urgent first, then in the file's order; () for no alert.

    last, reference: the answers of the last submitted report of any procedure and of the report before this
    visit's own procedure, or None; a rule that needs one that is missing does not fire. At a baseline no rule
    on an NRS threshold or a change fires. red_only: what is judged when the first screen is saved, its red
    rules and its being declined. Answers behind a branch since changed do not count. without: the keys of rules
    that are not judged, as if the study had them not; a red or serious one is judged whatever stands there. A rule is
    left out where one of a higher class fired on the same answer, and a newly ticked medicine where another rule tells
    of it.
    """
    live = kept(study, timepoint_key, answers)
    return of_kept(study, timepoint_key, live, last=last, reference=reference, red_only=red_only, without=without)


def of_kept(
    study: Study,
    timepoint_key: str,
    answers: dict,
    *,
    last: dict | None,
    reference: dict | None,
    red_only: bool = False,
    without: Collection[str] = (),
) -> tuple[Reason, ...]:
    """As `reasons`, for answers of which none stands behind a branch since changed, as in a report that was sent."""
    keys = _by_item(tuple(answers))
    judged = (
        _judged(study, timepoint_key, rule, key, answers, last, reference)
        for rule in _judged_at(study, timepoint_key, red_only)
        if rule.class_ == "red" or rule.serious or rule.key not in without
        for key in keys.get(rule.item, ())
        if _concerns(rule, key)
    )
    found = _one_line_each(study, [reason for reason in judged if reason])
    top = {reason.item: reason.alert_class for reason in reversed(found)}
    return tuple(reason for reason in found if reason.alert_class == top[reason.item])


def highest(found: tuple[Reason, ...]) -> AlertClass | None:
    """The most urgent class among reasons; None without any."""
    return min((reason.alert_class for reason in found), key=CLASSES.index, default=None)


def told(rule: str, item: str, alert_class: str, values: dict) -> set[tuple]:
    """What a reason tells: a second warning sign ticked later is news, though rule and item are the same."""
    return {(rule, item, alert_class, choice) for choice in values.get("choices") or [None]}


def words(study: Study, reason: Reason, language: str) -> str:
    """A reason in words. Raises KeyError for a rule that this version of the study file has not."""
    rule = next((rule for rule in study.rules if rule.key == reason.rule), None)
    if rule is None:
        raise KeyError(reason.rule)
    template = study.words(rule.words_partial if reason.values.get("partial") else rule.words, language)
    item_key, instance = split_key(reason.item)
    numbers = {name: reason.values.get(name) for name in ("value", "last", "reference", "mme", "limit")}
    text = template.format(
        **{name: "" if number is None else figure(number) for name, number in numbers.items()},
        choices=plain(study, reason.item, reason.values.get("choices"), language),
        named=briefly(study, reason.item, reason.values.get("choices") or [], language),
        what=what(study, study.items[item_key], instance, language),
    )
    return text[:1].upper() + text[1:] if template.startswith(("{what}", "{named}")) else text


@lru_cache(maxsize=1000)
def _by_item(keys: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Answer keys by their item; most reports answer the same."""
    found: dict[str, tuple[str, ...]] = {}
    for key in keys:
        item_key = split_key(key)[0]
        found[item_key] = (*found.get(item_key, ()), key)
    return found


@lru_cache(maxsize=200)
def _judged_at(study: Study, timepoint_key: str, red_only: bool) -> tuple[Rule, ...]:
    """The rules that are judged at a timepoint, the most urgent first; those on an item that this version has not could
    never fire."""
    rules = [rule for rule in study.rules if rule.item in study.items]
    applying = [rule for rule in rules if _applies(study, rule, timepoint_key, red_only)]
    return tuple(sorted(applying, key=lambda rule: CLASSES.index(rule.class_)))


def _applies(study: Study, rule: Rule, timepoint_key: str, red_only: bool) -> bool:
    """Is the rule judged at this timepoint and moment?"""
    if rule.timepoints and timepoint_key not in rule.timepoints:
        return False
    if study.timepoint(timepoint_key).baseline and _follow_up_only(study, rule):
        return False
    red = rule.item == study.instrument.red and (rule.class_ == "red" or rule.declined)
    return red or not red_only


def _follow_up_only(study: Study, rule: Rule) -> bool:
    rises = rule.rise_from_last is not None or rule.rise_from_reference is not None
    threshold = rule.at_least is not None and study.items[rule.item].kind == "nrs"
    return rises or threshold or rule.against_reference is not None or rule.new_since_last


def _concerns(rule: Rule, key: str) -> bool:
    """Is an answer to the rule's item one that it is judged on?"""
    return not rule.instances or ticked(split_key(key)[1]) in rule.instances


def _judged(
    study: Study, timepoint_key: str, rule: Rule, key: str, live: dict, last: dict | None, reference: dict | None
) -> Reason | None:
    """The reason that a rule has on one answer; None where it does not fire."""
    if not _fires(rule, key, live[key], last, reference):
        return None
    values = _values(rule, key, live[key], last, reference)
    if rule.new_since_last:
        values["choices"] = _newly_ticked(study, rule, live[key], last, reference)
        if not values["choices"]:
            return None
    if rule.mme_at_least is not None:
        counted = _counted(study, timepoint_key, live)
        if counted.get("mme", 0) < rule.mme_at_least:
            return None
        values |= counted | {"limit": rule.mme_at_least}
    return Reason(rule.key, rule.class_, key, values)


def _newly_ticked(study: Study, rule: Rule, value, last: dict | None, reference: dict | None) -> list[str]:
    """The choices named by the rule that were not ticked in the last report, or, where that does not tell, in the
    reference; [] where neither tells."""
    before = _ticked_then(study, rule.item, last)
    if before is None:
        before = _ticked_then(study, rule.item, reference)
    return [key for key in _met(rule, value) if before is not None and key not in before]


def _ticked_then(study: Study, item_key: str, report: dict | None) -> list[str] | None:
    """What an earlier report had ticked: nothing where another answer kept the question from being asked; None where it
    does not tell."""
    then = (report or {}).get(item_key)
    if isinstance(then, list):
        return then
    when = study.screen_of[item_key].show_when
    opens = (report or {}).get(when.item) if when and then is None else None
    return [] if when and given(opens) and not holds(opens, when.is_) else None


def _counted(study: Study, timepoint_key: str, live: dict) -> dict:
    """What the opioids come to on a day of use; {} where none has a figure of more than nothing.

    On a day of use, not the mean of 7 days: the danger is that of the day on which it is taken (CDC 2022 speaks of the
    daily dose), the mean of somebody who takes it on two days hides it, and it needs one answer more. Where one has no
    figure the others' sum is the least that it can be.
    """
    if study.mme is None or not any(split_key(key)[0] == study.mme.medicine for key in live):
        return {}  # most reports: spares a second walk through the form
    found = opioids(study, timepoint_key, live)
    known = {key: dose.using_day for key, dose in found.of_each.items() if dose.using_day} if found else {}
    if found is None or not known:
        return {}
    whole = found.whole.using_day
    total = round(sum(known.values()), 2) if whole is None else whole
    partial = {"partial": True} if whole is None else {}
    return {"mme": total, "choices": list(dict.fromkeys(map(ticked, known))), "table": found.table} | partial


def _one_line_each(study: Study, found: list[Reason]) -> list[Reason]:
    """Reasons, the most urgent first, of which none says of a choice that it is new where one at least as urgent tells
    of that choice already."""
    new = {rule.key for rule in study.rules if rule.new_since_last}
    told: set[tuple[str, str]] = set()  # the item that was ticked, and which of its choices
    lines = []
    for reason in sorted(found, key=lambda reason: (CLASSES.index(reason.alert_class), reason.rule in new)):
        item_key, instance = split_key(reason.item)
        if reason.rule in new:
            choices = [key for key in reason.values["choices"] if (item_key, key) not in told]
            reason = replace(reason, values=reason.values | {"choices": choices})
        else:
            told.add((study.screen_of[item_key].for_each, ticked(instance)))
        if reason.rule not in new or reason.values["choices"]:
            lines.append(reason)
    return sorted(lines, key=lambda reason: _place(study, reason))


def _place(study: Study, reason: Reason) -> tuple[int, int]:
    """Where a reason stands: the most urgent first, then in the file's order."""
    return CLASSES.index(reason.alert_class), [rule.key for rule in study.rules].index(reason.rule)


def _fires(rule: Rule, key: str, value, last: dict | None, reference: dict | None) -> bool:
    """Do all conditions of the rule hold on an answer? A declined answer meets only `declined`."""
    if rule.declined or not given(value):
        return rule.declined and is_declined(value)
    number = _as_number(value)
    return (
        (not rule.any_of or bool(_met(rule, value)))
        and (rule.at_least is None or (number is not None and number >= rule.at_least))
        and (rule.rise_from_last is None or _risen(number, _number(last, key), rule.rise_from_last))
        and (rule.rise_from_reference is None or _risen(number, _number(reference, key), rule.rise_from_reference))
        and (rule.against_reference is None or _stands(number, _number(reference, key), rule.against_reference))
    )


def _met(rule: Rule, value) -> list[str]:
    """The chosen keys that the rule names."""
    return [key for key in (value if isinstance(value, list) else [value]) if key in rule.any_of]


def _risen(number: float | None, then: float | None, by: float) -> bool:
    return number is not None and then is not None and number - then >= by


def _stands(number: float | None, reference: float | None, wanted: str) -> bool:
    if number is None or reference is None:
        return False
    return (number >= reference) == (wanted == "not_below")


def _number(report: dict | None, key: str) -> float | None:
    """The number answered in an earlier report; None where there is none."""
    return _as_number((report or {}).get(key))


def _as_number(value) -> float | None:
    return value if isinstance(value, int | float) else None


def _values(rule: Rule, key: str, value, last: dict | None, reference: dict | None) -> dict:
    instance = split_key(key)[1]
    values = {
        "value": _as_number(value),
        "last": _number(last, key),
        "reference": _number(reference, key),
        "choices": _met(rule, value) or None,
        "instance": instance or None,
    }
    return {name: one for name, one in values.items() if one is not None}
