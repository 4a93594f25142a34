"""Whether the parts of a study file fit together, beyond their shapes. Every fault is a place in the file, as a
path of its keys, and a remedy in words. The parts with rules of their own have modules of their own."""

from collections import Counter
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from pydantic import BaseModel

from prom.errors import StudyFault
from prom.rules import (
    study_check_adverse_events,
    study_check_instrument,
    study_check_medicines,
    study_check_rules,
    study_check_schedule,
)
from prom.rules.hours import knows_holidays
from prom.rules.languages import locale
from prom.rules.study import Alerts, ForStaff, Ladder, Study, Words, parse
from prom.rules.text_check import checked, name_faults

Fault = tuple[str, str]  # place, remedy

SHORTEST_REPEAT = 5  # minutes: time enough for a text to arrive and be answered


def parse_checked(text: str, name: str) -> Study:
    """The Study in a study file's text. Raises StudyFault with every fault, its place and its remedy."""
    study = parse(text, name)
    faults = check(study)
    if faults:
        raise StudyFault(name, faults)
    return study


def check(study: Study) -> list[Fault]:
    """The faults of a study whose shapes are right; [] for one that can be used."""
    return [
        *_keys(study),
        *_about(study),
        *_clinic(study),
        *_texting(study),
        *study_check_schedule.check(study),
        *_eligibility(study),
        *study_check_instrument.check(study),
        *study_check_medicines.check(study),
        *_alerts(study.alerts),
        *study_check_rules.check(study),
        *study_check_adverse_events.check(study),
        *_words(study, study),
        *_texts(study),
        *_approval(study),
    ]


def _keys(study: Study) -> Iterator[Fault]:
    lists: dict[str, Iterable[str]] = {
        "timepoints": (point.key for point in study.timepoints),
        "eligibility": (question.key for question in study.eligibility),
        "screens": (screen.key for screen in study.screens),
        "items": (item.key for screen in study.screens for item in screen.items),
        "alerts.outcomes": (outcome.key for outcome in study.alerts.outcomes),
        "rules": [*(rule.key for rule in study.rules), *(rule.key for rule in study.silence)],
        "adverse_events.related": (entry.key for entry in study.adverse_events.related),
        "adverse_events.criteria": (entry.key for entry in study.adverse_events.criteria),
        "adverse_events.outcomes": (entry.key for entry in study.adverse_events.outcomes),
        "adverse_events.actions": (entry.key for entry in study.adverse_events.actions),
    }
    for screen in study.screens:
        for item in screen.items:
            lists[f"items.{item.key}.choices"] = (choice.key for choice in item.choices)
    for place, keys in lists.items():
        for key, many in Counter(keys).items():
            if many > 1:
                yield f"{place}.{key}", f"is there {many} times: give each a key of its own"


def _about(study: Study) -> Iterator[Fault]:
    about = study.study
    if about.default_language not in about.languages:
        yield "study.default_language", f"name one of: {', '.join(about.languages)}"
    if len(set(about.languages)) < len(about.languages):
        yield "study.languages", "name each language once"
    for language in about.languages:
        if locale(language) is None:
            remedy = "days and times cannot be said in it; name one such as es or zh-Hant"
            yield "study.languages", f"{language}: {remedy}"
    try:
        ZoneInfo(about.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield "study.zone", f"{about.zone!r} is no time zone: name one such as America/New_York"


def _clinic(study: Study) -> Iterator[Fault]:
    clinic = study.clinic
    if clinic.open >= clinic.close:
        yield "clinic.open", "must be earlier than clinic.close: change one of them"
    if len(set(clinic.days)) < len(clinic.days):
        yield "clinic.days", "name each day once"
    yield from _holidays(study)
    try:
        possible = phonenumbers.is_possible_number(phonenumbers.parse(clinic.phone))
    except phonenumbers.NumberParseException:
        possible = False
    if not possible:
        yield "clinic.phone", "is no phone number: write it with + and its country code"
    yield from name_faults(study)


def _holidays(study: Study) -> Iterator[Fault]:
    clinic = study.clinic
    if clinic.holidays and not knows_holidays(clinic.holidays):
        remedy = "is no country, or no part of one, whose holidays are known: give codes such as US, US-NY or TW"
        yield "clinic.holidays", f"{clinic.holidays!r} {remedy}"
    for day in sorted(set(clinic.open_on) & set(clinic.closed_on)):
        yield "clinic.open_on", f"{day} stands in clinic.closed_on too: remove it from one of them"


def _texting(study: Study) -> Iterator[Fault]:
    texting = study.texting
    if texting.from_ >= texting.to:
        yield "texting.from", "must be earlier than texting.to: change one of them"
    elif not texting.from_ <= texting.send_at < texting.to:
        yield "texting.send_at", f"choose a time from {texting.from_:%H:%M} until before {texting.to:%H:%M}"
    if not _rising((0, *texting.reminders)):
        yield "texting.reminders", "must rise, each at least 1 day: put them in order, each once"
    if texting.call_task <= max((0, *texting.reminders)):
        yield "texting.call_task", "must come after the last reminder: choose a later day"


def _eligibility(study: Study) -> Iterator[Fault]:
    for question in study.eligibility:
        if question.low >= question.high:
            yield f"eligibility.{question.key}.low", "must be lower than high: change one of them"


def _alerts(alerts: Alerts) -> Iterator[Fault]:
    ladders: dict[str, Ladder] = {"red": alerts.red, "high": alerts.high}
    for name, ladder in ladders.items():
        if not _rising([rung.after for rung in ladder.ladder]):
            yield f"alerts.{name}.ladder", "the minutes in `after` must rise: put the steps in order"
        if 0 < ladder.repeat_minutes < SHORTEST_REPEAT:
            yield f"alerts.{name}.repeat_minutes", f"must be at least {SHORTEST_REPEAT}, or 0 for no repetition"
    if not alerts.red.ladder or alerts.red.ladder[0].after != 0:
        yield "alerts.red.ladder", "somebody must be told at once: add a first step with after = 0"
    if not alerts.red.close_days:
        yield "alerts.red.close_days", "must be at least 1: one mistaken tap would end every reminder"
    if alerts.routine.ladder or alerts.routine.repeat_minutes:
        yield "alerts.routine.ladder", "nobody is texted about a routine alert: remove the steps and repeat_minutes"


def _texts(study: Study) -> Iterator[Fault]:
    for language in study.texts:
        if language not in study.study.languages:
            yield f"texts.{language}", "is no language of the study: remove it or add it to study.languages"
    if study.study.default_language in study.texts:
        for language in study.study.languages:
            yield from checked(study, language)
    else:
        yield f"texts.{study.study.default_language}", "is missing: add the texts of the default language"


def _approval(study: Study) -> Iterator[Fault]:
    for language in study.approval.languages:
        if language not in study.study.languages:
            known = ", ".join(study.study.languages)
            yield f"approval.languages.{language}", f"is no language of the study: name one of: {known}"


def _words(study: Study, part: BaseModel, place: str = "") -> Iterator[Fault]:
    """Every Words below a part has every language of the study and no other; those for staff alone need the default."""
    for name, field in type(part).model_fields.items():
        value, here = getattr(part, name), f"{place}.{field.alias or name}".lstrip(".")
        if field.annotation == Words and not (value == {} and not field.is_required()):
            for_staff = any(isinstance(mark, ForStaff) for mark in field.metadata)
            needed = (study.study.default_language,) if for_staff else study.study.languages
            yield from _languages(study, value, here, needed)
        elif isinstance(value, BaseModel):
            yield from _words(study, value, here)
        elif isinstance(value, tuple):
            for number, one in enumerate(value):
                if isinstance(one, BaseModel):
                    yield from _words(study, one, f"{here}.{getattr(one, 'key', number)}")


def _languages(study: Study, words: Words, place: str, needed: Iterable[str]) -> Iterator[Fault]:
    missing = [language for language in needed if not words.get(language, "").strip()]
    if missing:
        yield place, f"is missing in: {', '.join(missing)}: add it"
    strange = [language for language in words if language not in study.study.languages]
    if strange:
        yield place, f"is in a language that the study has not: {', '.join(strange)}: remove it"


def _rising(numbers: Iterable[int]) -> bool:
    row = list(numbers)
    return all(one < two for one, two in zip(row, row[1:], strict=False))
