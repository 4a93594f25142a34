"""Amounts with their unit, in words, and those so unusual that a slip of the finger is likely.

Each unusual amount is asked about once; what a person insists on is kept. The bounds stand in the study file.
"""

from prom.rules.answers import figure, given
from prom.rules.instrument import answer_key, briefly, plain
from prom.rules.study import Choice, Item, Study


def amount(study: Study, item: Item, instance: str, answers: dict, language: str) -> str:
    """An answer with its unit, as a sentence has it: "50 mg", "3", "Tramadol"; "" where it has no value. answers: by
    answer key."""
    value = answers.get(answer_key(item.key, instance))
    if not given(value):
        return ""
    if item.kind == "choice" and isinstance(value, str):
        return briefly(study, item.key, [value], language)
    unit = _unit(study, item, instance, answers)
    return _said(study, plain(study, item.key, value, language), unit, language)


def asked_again(study: Study, item: Item, instance: str, answers: dict, language: str) -> list[str]:
    """The words that ask whether an unusually high answer is right: in itself, and what it comes to in a day, be it the
    dose or how often that is answered last. [] for a usual one. answers: by answer key, this one among them."""
    value = answers.get(answer_key(item.key, instance))
    if not isinstance(value, int | float):
        return []
    unit, found = _unit(study, item, instance, answers), []
    if _above(value, item.usual_high) or unit and _above(value, unit.usual_high):
        found = [study.words(item.high_prompt, language).format(value=_said(study, figure(value), unit, language))]
    times = (one for one in study.items.values() if one.times_of and item.key in (one.key, one.times_of))
    return found + [words for one in times if (words := _of_a_day(study, one, instance, answers, language))]


def _of_a_day(study: Study, times: Item, instance: str, answers: dict, language: str) -> str:
    """The words that ask whether an unusual amount in a day is right; "" for a usual one."""
    dose, often = (answers.get(answer_key(key, instance)) for key in (times.times_of, times.key))
    unit = _unit(study, study.items[times.times_of], instance, answers)
    if not unit or not isinstance(dose, int | float) or not isinstance(often, int | float):
        return ""
    if not _above(often * dose, unit.usual_high_day):
        return ""
    told = _said(study, figure(round(often * dose, 3)), unit, language)
    return study.words(times.day_prompt, language).format(value=told)


def _unit(study: Study, item: Item, instance: str, answers: dict) -> Choice | None:
    """The unit that was chosen beside a number; None for none."""
    for beside in study.screen_of[item.key].items:
        if beside.with_ == item.key:
            chosen = answers.get(answer_key(beside.key, instance))
            return beside.choice(chosen) if isinstance(chosen, str) else None
    return None


def _said(study: Study, words: str, unit: Choice | None, language: str) -> str:
    return f"{words} {study.words(unit.short or unit.text, language)}" if unit else words


def _above(value: float, usual: float | None) -> bool:
    return usual is not None and value > usual
