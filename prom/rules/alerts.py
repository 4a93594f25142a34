"""The study file's alert rules applied to one report: answers in, reasons out. What becomes of an alert
once raised is not known here. Source of the default rules: the study's alert plan, in the study file."""

from dataclasses import dataclass

from prom.rules.answers import figure, given, is_declined
from prom.rules.instrument import kept, plain, split_key, ticked, what
from prom.rules.study import CLASSES, AlertClass, Rule, Study


@dataclass(frozen=True)
class Reason:
    """A rule that fired. item: the answer key it fired on. values: what it fired with and what fills its
    words, those that there are of: value, last, reference (numbers), choices (keys), instance (key). Never
    free text."""

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
) -> tuple[Reason, ...]:
    """Why a report calls for a nurse: the most urgent first, then in the file's order; () for no alert.

    last, reference: the answers of the last submitted report of any procedure and of the report before this
    visit's own procedure, or None; a rule that needs one that is missing does not fire. At a baseline no rule
    on an NRS threshold or a change fires. red_only: what is judged when the first screen is saved, its red
    rules and its being declined. Answers behind a branch since changed do not count. A rule is left out where
    one of a higher class fired on the same answer.
    """
    live = kept(study, timepoint_key, answers)
    return of_kept(study, timepoint_key, live, last=last, reference=reference, red_only=red_only)


def of_kept(
    study: Study,
    timepoint_key: str,
    answers: dict,
    *,
    last: dict | None,
    reference: dict | None,
    red_only: bool = False,
) -> tuple[Reason, ...]:
    """As `reasons`, for answers of which none stands behind a branch since changed, as in a report that was sent."""
    keys: dict[str, list[str]] = {}
    for key in answers:
        keys.setdefault(split_key(key)[0], []).append(key)
    rules = [rule for rule in study.rules if rule.item in keys and _applies(study, rule, timepoint_key, red_only)]
    found = [
        Reason(rule.key, rule.class_, key, _values(rule, key, answers[key], last, reference))
        for rule in sorted(rules, key=lambda rule: CLASSES.index(rule.class_))
        for key in keys[rule.item]
        if _concerns(rule, key) and _fires(rule, answers[key], _number(last, key), _number(reference, key))
    ]
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
    template = study.words(rule.words, language)
    item_key, instance = split_key(reason.item)
    numbers = {name: reason.values.get(name) for name in ("value", "last", "reference")}
    text = template.format(
        **{name: "" if number is None else figure(number) for name, number in numbers.items()},
        choices=plain(study, reason.item, reason.values.get("choices"), language),
        what=what(study, study.items[item_key], instance, language),
    )
    return text[:1].upper() + text[1:] if template.startswith("{what}") else text


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
    return rises or threshold or rule.against_reference is not None


def _concerns(rule: Rule, key: str) -> bool:
    item_key, instance = split_key(key)
    return item_key == rule.item and (not rule.instances or ticked(instance) in rule.instances)


def _fires(rule: Rule, value, last: float | None, reference: float | None) -> bool:
    """Do all conditions of the rule hold? A declined answer meets only `declined`."""
    if rule.declined or not given(value):
        return rule.declined and is_declined(value)
    number = _as_number(value)
    return (
        (not rule.any_of or bool(_met(rule, value)))
        and (rule.at_least is None or (number is not None and number >= rule.at_least))
        and (rule.rise_from_last is None or _risen(number, last, rule.rise_from_last))
        and (rule.rise_from_reference is None or _risen(number, reference, rule.rise_from_reference))
        and (rule.against_reference is None or _stands(number, reference, rule.against_reference))
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
