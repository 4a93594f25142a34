"""Whether the alert rules of a study file, those on silence among them, refer to what there is, and leave no warning
sign unheard."""

from collections.abc import Iterator

from prom.rules.study import Item, Rule, Silence, Study
from prom.rules.study_check_instrument import WITH_CHOICES, brace_fault

Fault = tuple[str, str]  # place, remedy

# The placeholders of a rule's words.
IN_REASONS = ("value", "last", "reference", "mme", "limit", "choices", "named", "what")
IN_SILENCE = ("timepoint", "last_on", "value", "last_class")


def check(study: Study) -> list[Fault]:
    """The faults of [[rules]], [[silence]] and [[scripts]]."""
    faults = [*_unheard(study)]
    for rule in study.rules:
        place, item = f"rules.{rule.key}", study.items.get(rule.item)
        if item is None:
            faults.append((f"{place}.item", f"there is no item {rule.item}: mend its name"))
        else:
            faults += [*_conditions(place, rule, item), *_medicines(place, rule, item, study)]
            faults += _instances(place, rule, study)
        faults += _timepoints(place, rule, study)
        for name, words in (("words", rule.words), ("words_partial", rule.words_partial)):
            for language, text in words.items():
                remedy = brace_fault(text, IN_REASONS)
                faults += [(f"{place}.{name}.{language}", remedy)] if remedy else []
    for silence in study.silence:
        faults += _silence(f"silence.{silence.key}", silence, study)
    known = {rule.key for rule in study.rules}
    for number, script in enumerate(study.scripts):
        strange = ", ".join(key for key in script.rules if key not in known)
        faults += [(f"scripts.{number}.rules", f"there is no rule {strange}: mend its name")] if strange else []
    return faults


def _silence(place: str, rule: Silence, study: Study) -> Iterator[Fault]:
    item = study.items.get(rule.last_item)
    if rule.last_item and item is None:
        yield f"{place}.last_item", f"there is no item {rule.last_item}: mend its name"
    elif item is not None and item.kind not in ("nrs", "number"):
        yield f"{place}.last_item", f"{item.key} is no number: name one that is"
    if (rule.at_least is None) != (not rule.last_item):
        yield f"{place}.at_least", "goes with last_item: give both, or none of them"
    if rule.at_least is None and rule.last_class_at_least is None:
        yield place, "add a condition: last_item with at_least, or last_class_at_least"
    yield from _timepoints(place, rule, study)
    for language, text in rule.words.items():
        remedy = brace_fault(text, IN_SILENCE)
        if remedy:
            yield f"{place}.words.{language}", remedy


def _unheard(study: Study) -> Iterator[Fault]:
    """Every warning sign raises a red alert, at every timepoint."""
    item = study.items.get(study.instrument.red)
    if item is None:  # told at its role
        return
    heard = {
        key
        for rule in study.rules
        if rule.class_ == "red" and rule.item == study.instrument.red and not rule.timepoints
        for key in rule.any_of
    }
    for choice in item.choices:
        if choice.key not in (*heard, item.none):
            yield "rules", f"no red rule names {choice.key}: add it to any_of of a red rule on {item.key}"


def _numeric(rule: Rule) -> bool:
    return (
        rule.at_least is not None
        or rule.rise_from_last is not None
        or rule.rise_from_reference is not None
        or rule.against_reference is not None
    )


def _conditions(place: str, rule: Rule, item: Item) -> Iterator[Fault]:
    if not (rule.any_of or _numeric(rule) or rule.written or rule.declined or rule.mme_at_least):
        yield place, "add a condition, such as any_of or at_least"
    if _numeric(rule) and item.kind not in ("nrs", "number"):
        yield place, f"{item.key} is no number: remove the conditions on numbers"
    if rule.written and item.kind != "text":
        yield f"{place}.written", f"{item.key} is no text: remove it"
    if rule.declined and not item.declinable:
        yield f"{place}.declined", f"{item.key} cannot be declined: remove it"
    offered = [choice.key for choice in item.choices] if item.kind in WITH_CHOICES else []
    yield from _among(f"{place}.any_of", rule.any_of, offered, item.key)


def _medicines(place: str, rule: Rule, item: Item, study: Study) -> Iterator[Fault]:
    if rule.new_since_last and (item.kind != "choices" or not rule.any_of):
        yield f"{place}.new_since_last", "is about ticks: give a question with several, and name some in any_of"
    if rule.mme_at_least is None:
        return
    if study.mme is None or item.key != study.mme.kinds:
        yield f"{place}.mme_at_least", "is of the item that [mme] names as kinds: give that one, or remove it"
    if not rule.words_partial:
        yield f"{place}.words_partial", "is missing: say it for when an opioid has no figure"


def _instances(place: str, rule: Rule, study: Study) -> Iterator[Fault]:
    ticked = study.items.get(study.screen_of[rule.item].for_each)
    offered = [choice.key for choice in ticked.choices] if ticked else []
    yield from _among(f"{place}.instances", rule.instances, offered, ticked.key if ticked else rule.item)


def _timepoints(place: str, rule: Rule | Silence, study: Study) -> Iterator[Fault]:
    known = [point.key for point in study.timepoints]
    for key in rule.timepoints:
        if key not in known:
            yield f"{place}.timepoints", f"there is no timepoint {key}: name one of: {', '.join(known)}"


def _among(place: str, keys: tuple[str, ...], offered: list[str], item_key: str) -> Iterator[Fault]:
    for key in keys:
        if key not in offered:
            yield place, f"{item_key} has no choice {key}: name one of: {', '.join(offered) or 'none'}"
