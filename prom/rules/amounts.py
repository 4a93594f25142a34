"""Amounts with their unit, in words, and those so unusual that a slip of the finger is likely.

An unusual amount is asked about once; what a person insists on is kept. The bounds stand in the study file.
"""

from prom.rules.answers import figure, given
from prom.rules.instrument import answer_key, plain
from prom.rules.study import Choice, Item, Study


def amount(study: Study, item: Item, instance: str, answers: dict, language: str) -> str:
    """An answer with its unit, as a sentence has it: "50 mg", "3", "Tramadol"; "" where it has no value. answers: by
    answer key."""
    value = answers.get(answer_key(item.key, instance))
    if not given(value):
        return ""
    unit = _unit(study, item, instance, answers)
    return _said(study, plain(study, item.key, value, language), unit, language)


def asked_again(study: Study, item: Item, instance: str, answers: dict, language: str) -> str:
    """The words that ask whether an unusually high answer is right; "" for a usual one. answers: by answer key, this
    one among them."""
    value = answers.get(answer_key(item.key, instance))
    if not isinstance(value, int | float):
        return ""
    unit = _unit(study, item, instance, answers)
    if _above(value, item.usual_high) or unit and _above(value, unit.usual_high):
        return study.words(item.high_prompt, language).format(value=_said(study, figure(value), unit, language))
    if not item.times_of:
        return ""
    dose = answers.get(answer_key(item.times_of, instance))
    unit = _unit(study, study.items[item.times_of], instance, answers)
    if unit and isinstance(dose, int | float) and _above(value * dose, unit.usual_high_day):
        told = _said(study, figure(round(value * dose, 3)), unit, language)
        return study.words(item.day_prompt, language).format(value=told)
    return ""


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
