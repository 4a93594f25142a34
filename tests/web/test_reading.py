"""Every English word that a participant reads has a reading grade (Flesch-Kincaid) of 6 at most.

A text of six words or more is graded alone. Shorter ones cannot be graded alone: a screen is graded as a whole too, its
title, question, hints and offered answers each a sentence; so are the short texts of the study file together, and the
short words of the interface. Names of medicines have no plainer word and count as a plain one.
"""

import re
import socket
from collections.abc import Iterator

import pytest
import textstat
from pydantic import BaseModel

from prom.rules.study import Item, Study, Words, parse
from prom.rules.text_sample import FOR_STAFF
from prom.rules.texts import clinic_values
from tests import catalogues
from tests.study import SHIPPED

MOST = 6
LONG = 6  # words
NAMES = re.compile(
    r"""\b(acetaminophen|amitriptyline|baclofen|buprenorphine|celecoxib|codeine|diclofenac|duloxetine|eperisone|fentanyl
    |gabapentin|hydrocodone|hydromorphone|ibuprofen|lidocaine|methadone|morphine|naproxen|opioid|oxycodone|oxymorphone
    |panadol|paracetamol|prednisolone|pregabalin|salicylate|tapentadol|tizanidine|tramadol|tylenol
    |anti-inflammatory|antidepressant|relaxant)\b""",
    re.VERBOSE | re.IGNORECASE,
)
SAMPLES = {"date": "March 1", "since": "March 1", "month": "March", "next_open": "Monday, March 2, 8:00 am"}
NUMBERS = (
    "phone", "emergency", "number", "n", "months", "open", "close", "low", "high", "total", "longest", "value", "said",
)  # fmt: skip


@pytest.fixture(scope="module")
def study() -> Study:
    return parse(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)


def filled(text: str, **values: str) -> str:
    """A text as it is read: numbers, times and addresses count as one plain word each."""
    known = dict.fromkeys(NUMBERS, "ten") | {"link": "here"} | SAMPLES | values
    return re.sub(r"\{(\w+)\}|%\((\w+)\)s", lambda hole: known.get(hole[1] or hole[2], "this"), text)


def graded(text: str) -> float:
    """The reading grade of a text."""
    return textstat.flesch_kincaid_grade(NAMES.sub("pill", text))


def long_ones(texts: list[str]) -> list[str]:
    return [text for text in texts if len(text.split()) >= LONG]


def short_ones(texts: list[str]) -> list[str]:
    return [text for text in texts if len(text.split()) < LONG]


def joined(texts: list[str]) -> str:
    """Texts as sentences one after the other."""
    return " ".join(text if text.endswith((".", "?", "!")) else f"{text}." for text in texts if text)


def too_hard(units: list[str]) -> list[tuple[float, str]]:
    """Those that are too hard to read, with their grades."""
    return [(grade, unit) for unit in units if unit and (grade := graded(unit)) > MOST]


def screens(study: Study):
    """(key, the texts that stand on it) of each screen, for each choice that it is shown for."""
    for screen in study.screens:
        ticked = study.items[screen.for_each].choices if screen.for_each else (None,)
        for choice in ticked:
            items = tuple(item for item in screen.items if not choice or _asked(item, choice.key))
            if items:
                what = (choice.short or choice.text)["en"] if choice else ""
                shown = screen.model_copy(update={"items": items})
                yield screen.key, [filled(text, what=what) for text in words_on(shown)]


def words_on(part) -> Iterator[str]:
    """All English words of a part of a screen, but for those that only stand inside a sentence."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if field.annotation == Words and name != "short":
            yield from [value["en"]] if value else []
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, BaseModel):
                yield from words_on(each)


def _asked(item: Item, instance: str) -> bool:
    return instance not in item.not_for and (not item.only_for or instance in item.only_for)


def test_the_questions_are_easy_to_read(study):
    hard = {key: found for key, texts in screens(study) if (found := too_hard([*long_ones(texts), joined(texts)]))}
    assert hard == {}


def test_the_texts_are_easy_to_read(study):
    facts = clinic_values(study, "en") | {"optout": study.texts["en"]["optout"]}
    facts |= dict.fromkeys(("phone", "emergency", "open", "close"), "ten") | {"hours": facts["days"]}
    texts = [filled(text, **facts) for key, text in study.texts["en"].items() if not key.startswith(FOR_STAFF)]
    assert too_hard([*long_ones(texts), joined(short_ones(texts))]) == []


def test_the_words_of_the_pages_are_easy_to_read():
    words = [message.id for message in catalogues.read(catalogues.FOLDER / "messages.pot") if message.id]
    words = [filled(each) for each in words]
    assert too_hard([*long_ones(words), joined(short_ones(words))]) == []


def test_a_hard_text_is_found():
    hard = "Subsequent administration of analgesic medication necessitates immediate notification of personnel."
    assert [unit for _, unit in too_hard(["You can pick one.", hard])] == [hard]
    assert too_hard([joined(["Hospitalization", "Deterioration", "Yes"])]) != []


def test_grading_asks_nobody(monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("looked something up"))
    textstat.textstat.set_lang("en_US")
    assert graded("You can pick one or skip.") < 2
