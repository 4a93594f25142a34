"""Alert rules changed to be rehearsed: settings in, rules out; what is wrong with them; and the lines of the study file
that say the same."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from prom.errors import StudyFault
from prom.rules import study_check_rules
from prom.rules.study import Rule, Study, parse

Fault = tuple[str, str]  # place, remedy
NUMBERS = ("at_least", "rise_from_last", "rise_from_reference")


def changed(study: Study, key: str, settings: dict[str, Any] | None) -> tuple[Rule, ...]:
    """The study's rules with one changed. settings: its fields by name, class_ among them; None switches it off."""
    if settings is None:
        return tuple(rule for rule in study.rules if rule.key != key)
    return tuple(rule.model_copy(update=settings) if rule.key == key else rule for rule in study.rules)


def of_file(study: Study, text: str) -> tuple[Rule, ...]:
    """The rules of another file of the same study, of which nothing else counts. Raises StudyFault."""
    other, key = parse(text, study.study.key), study.study.key
    if other.study.key != key:
        raise StudyFault(key, [("study.key", f"is another study: give a file of {key}")])
    return other.rules


def faults(study: Study, rules: tuple[Rule, ...]) -> list[Fault]:
    """What would keep the study file from being used with these rules."""
    many = Counter(rule.key for rule in rules)
    twice = [(f"rules.{key}", f"is there {number} times") for key, number in many.items() if number > 1]
    return [*twice, *study_check_rules.check(study.model_copy(update={"rules": rules, "scripts": ()}))]


def differing(before: tuple[Rule, ...], after: tuple[Rule, ...]) -> list[str]:
    """The keys of the rules that are not the same in both, in order of the alphabet."""
    old, new = ({rule.key: rule for rule in each} for each in (before, after))
    return sorted(key for key in {*old, *new} if old.get(key) != new.get(key))


def next_version(version: str) -> str:
    """The version after one: its last number counted on; "-2" behind one that has none."""
    found = re.fullmatch(r"(.*?)(\d+)", version)
    return f"{found[1]}{int(found[2]) + 1}" if found else f"{version}-2"


def lines(study: Study, rules: tuple[Rule, ...]) -> str:
    """What to write into the study file for these rules, as TOML: the new version, each rule that is another or new,
    and in a comment those that are to be taken out; "" where nothing is changed."""
    standing = {rule.key: rule for rule in study.rules}
    wanted = {rule.key: rule for rule in rules}
    if standing == wanted and list(standing) == list(wanted):
        return ""
    parts = [f"[alerts]\nversion = {_toml(next_version(study.alerts.version))}\n"]
    parts += [_table(rule) for rule in rules if standing.get(rule.key) != rule]
    parts += [f"# Take out the rule {key}.\n" for key in standing if key not in wanted]
    if [key for key in standing if key in wanted] != [key for key in wanted if key in standing]:
        parts.append(f"# Put the rules in this order: {', '.join(wanted)}.\n")
    return "\n".join(parts)


def _table(rule: Rule) -> str:
    given = rule.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return "".join(["[[rules]]\n", *(f"{name} = {_toml(value)}\n" for name, value in _flat(given.items()))])


def _flat(pairs: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    for name, value in pairs:
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", one) for key, one in value.items())
        else:
            yield name, value


def _toml(value: Any) -> str:
    """A text, number, truth or list as TOML, which writes them as JSON does; a whole number without its point."""
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return json.dumps(value, ensure_ascii=False)
