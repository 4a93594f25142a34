"""Words of texts and pages: filled from the clinic's facts, dates spoken, sizes counted.

Days, months and times are said as CLDR has them for each language; what CLDR has not stands in GLUE.
"""

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache, lru_cache
from string import Formatter

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_day_names

from prom.rules.hours import WEEK
from prom.rules.languages import locale
from prom.rules.study import Study

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")  # each takes two septets
_GSM = GSM_BASIC | GSM_EXTENSION
LONGEST_CALL_NAME = {"GSM-7": 20, "UCS-2": 10}  # units, by what the language's text messages are written in
_DAYS_KEPT = 1000  # in words: the texts of a day name few days, and Babel takes long over each


@dataclass(frozen=True)
class Size:
    """How big a text is. units: septets (GSM-7) or UTF-16 units (UCS-2); count: segments that are paid for."""

    encoding: str
    units: int
    count: int


@dataclass(frozen=True)
class Glue:
    """How a language joins days and times where CLDR does not say. gsm: its text messages stay in GSM-7, letters that
    are not in it made plain."""

    moment: str = "{weekday}, {date}, {time}"
    since: str = "{date}"  # a day after the word "since"
    days_in_a_row: str = "{first} – {last}"
    days_apart: str = "{others}, {last}"
    comma: str = ", "
    hours: str = "{days}, {open} – {close}"
    colon: str = ": "
    semicolon: str = "; "
    gsm: bool = False


GLUE = {
    "en": Glue(
        days_in_a_row="{first} to {last}",
        days_apart="{others} and {last}",
        hours="{days}, {open} to {close}",
        gsm=True,
    ),
    "es": Glue(
        moment="{weekday} {date}, {time}",
        since="el {date}",
        days_in_a_row="de {first} a {last}",
        days_apart="{others} y {last}",
        hours="{days}, de {open} a {close}",
        gsm=True,
    ),
    "zh": Glue(
        moment="{date}{weekday}{time}",
        days_in_a_row="{first}至{last}",
        days_apart="{others}和{last}",
        comma="、",
        hours="{days}{open}至{close}",
        colon="：",
        semicolon="；",
    ),
}
_PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-"})


def fill(study: Study, key: str, language: str, **values) -> str:
    """A text of the study file, its placeholders filled from the clinic's facts and `values`.

    Raises KeyError for a text or a placeholder that is not known."""
    return study.text(key, language).format_map(clinic_values(study, language) | values).rstrip()


def fill_message(study: Study, key: str, language: str, *, stop: str, **values) -> str:
    """As `fill`, for a text message: one letter that is not GSM-7, such as the á of sábado, would double its price.

    stop: the address of the page that stops texts; {optout} names it where no reply can."""
    optout = fill(study, "optout" if study.texting.two_way else "optout_page", language, stop=stop)
    text = fill(study, key, language, optout=optout, **values)
    return in_gsm(text) if speaks_gsm(language) else text


def addressed(study: Study, text: str, call_name: str, language: str) -> str:
    """A text message that says first which of those who share the phone it is for."""
    text = f"{fill(study, 'sms_for', language, call_name=call_name)} {text}"
    return in_gsm(text) if speaks_gsm(language) else text


def longest_call_name(language: str) -> int:
    """How many units a call name may take in a language's text messages."""
    return LONGEST_CALL_NAME["GSM-7" if speaks_gsm(language) else "UCS-2"]


def speaks_gsm(language: str) -> bool:
    """Whether text messages of a language stay in GSM-7."""
    return _glue(language).gsm


def in_gsm(text: str) -> str:
    """A text with each letter that is not GSM-7 made plain: "sábado" is "sabado". One without a plain form stays."""
    letters = text.translate(_PLAIN)
    return "".join(letter if letter in _GSM else _bare(letter) for letter in letters)


def _bare(letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in parts if part in GSM_BASIC) or letter


@lru_cache(maxsize=16)  # every text asks
def clinic_values(study: Study, language: str) -> dict[str, str]:
    """What every text may name: org, sms_name, phone, emergency, days, open, close, hours."""
    clinic = study.clinic
    days, opens, closes = _spoken_hours(clinic.days, clinic.open, clinic.close, language)
    return {
        "org": clinic.org,
        "sms_name": clinic.sms_name,
        "phone": clinic.phone,
        "emergency": clinic.emergency,
        "days": days,
        "open": opens,
        "close": closes,
        "hours": _glue(language).hours.format(days=days, open=opens, close=closes),
    }


@cache
def _spoken_hours(days: tuple[str, ...], opens: time, closes: time, language: str) -> tuple[str, str, str]:
    """A study file's opening hours in words, for every text the same."""
    return _spoken_days(days, language), spoken_time(opens, language), spoken_time(closes, language)


def said_of(thing: str, words: str, language: str) -> str:
    """Words about a thing: "Headache: when did it start?"."""
    return f"{thing}{_glue(language).colon}{words}"


def several(answers: Iterable[str], language: str) -> str:
    """Answers in one line, each with commas of its own: "Headache; numb, tingling"."""
    return _glue(language).semicolon.join(answers)


def placeholders(text: str) -> set[str]:
    """The names in braces. Raises ValueError where braces do not match, or hold more than a name."""
    found = [(name, form, turn) for _, name, form, turn in Formatter().parse(text) if name is not None]
    if any(form or turn for _, form, turn in found):
        raise ValueError("more than a name in braces")
    return {name for name, _, _ in found}


@lru_cache(_DAYS_KEPT)
def spoken_day(day: date, language: str, year: bool = False) -> str:
    """A date in words: "March 1", or "March 1, 2026"."""
    if year:
        return format_date(day, "long", locale=_locale(language))
    return format_skeleton("MMMMd", day, locale=_locale(language))


def spoken_past(day: date, today: date, language: str) -> str:
    """A date gone by, in words; with its year where that is not this one."""
    return spoken_day(day, language, year=day.year != today.year)


def spoken_since(day: date, language: str) -> str:
    """A date as it stands after "since": "March 1", "el 1 de marzo"."""
    return _glue(language).since.format(date=spoken_day(day, language))


def spoken_month(day: date, language: str) -> str:
    """The month of a date: "March"."""
    # not LLLL: what Babel 2.18 says for it depends on which language was loaded before
    return format_date(day, "MMMM", locale=_locale(language))


def spoken_short_month(day: date, language: str) -> str:
    """The month of a date with its year, as short as can be: "Mar 2026"."""
    return format_skeleton("yMMM", day, locale=_locale(language))


def spoken_time(at: time, language: str) -> str:
    """A time of day: "8:00 am". CLDR's narrow spaces are plain ones here: a text message has no others."""
    spoken = format_time(at, "short", locale=_locale(language))
    return spoken.replace("\u202f", " ").replace("\xa0", " ").lower()


def spoken_moment(at: datetime, language: str) -> str:
    """A local date and time: "Monday, March 2, 8:00 am". Turn an instant to its zone first."""
    return _glue(language).moment.format(
        weekday=_day_names(language)[at.weekday()],
        date=spoken_day(at.date(), language),
        time=spoken_time(at.time(), language),
    )


def listed(parts: Iterable[str], language: str) -> str:
    """Words one after another: "Panadol, 500 mg"."""
    return _glue(language).comma.join(parts)


def segments(text: str) -> Size:
    """How a text goes out: 160 septets in one part or 153 in each of several; 70 or 67 units where a
    character is not GSM-7. A character is never cut in two between parts."""
    encoding, sizes, alone, each = _measure(text)
    return Size(encoding, sum(sizes), len(_cuts(sizes, alone, each)))


def parts(text: str) -> list[str]:
    """The text as the carrier cuts it, one string a segment."""
    _, sizes, alone, each = _measure(text)
    cuts = _cuts(sizes, alone, each)
    return [text[start:end] for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def not_gsm(text: str) -> str:
    """The characters that make a text UCS-2, each once."""
    return "".join(sorted(set(text) - _GSM))


def _measure(text: str) -> tuple[str, list[int], float, int]:
    if not not_gsm(text):
        return "GSM-7", [1 + (letter in GSM_EXTENSION) for letter in text], 160, 153
    return "UCS-2", [1 + (letter > "\uffff") for letter in text], 70, 67


def _cuts(sizes: list[int], alone: float, each: int) -> list[int]:
    """Where the parts begin."""
    room = math.inf if sum(sizes) <= alone else each
    cuts, used = [0], 0
    for number, size in enumerate(sizes):
        if used + size > room:
            cuts.append(number)
            used = 0
        used += size
    return cuts


def _locale(language: str) -> Locale:
    return locale(language) or Locale("en")


def _glue(language: str) -> Glue:
    return GLUE.get(_locale(language).language, Glue())


@cache
def _day_names(language: str) -> tuple[str, ...]:
    """Monday first."""
    names = get_day_names("wide", locale=_locale(language))
    return tuple(names[number] for number in range(7))


def _spoken_days(days: tuple[str, ...], language: str) -> str:
    row, names, glue = sorted({WEEK.index(day) for day in days}), _day_names(language), _glue(language)
    if len(row) == 1:
        return names[row[0]]
    first = next((number for number in row if _in_a_row(row, number)), None)
    if len(row) > 2 and first is not None:
        return glue.days_in_a_row.format(first=names[first], last=names[(first + len(row) - 1) % 7])
    others = glue.comma.join(names[number] for number in row[:-1])
    return glue.days_apart.format(others=others, last=names[row[-1]])


def _in_a_row(row: list[int], first: int) -> bool:
    return all((first + step) % 7 in row for step in range(len(row)))
