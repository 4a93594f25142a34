"""Words of texts and pages: filled from the clinic's facts, dates spoken, sizes counted.

Everything that depends on a language and is not in the study file stands in SPEECH.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime, time
from string import Formatter

from prom.rules.hours import WEEK
from prom.rules.study import Study

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")  # each takes two septets


@dataclass(frozen=True)
class Size:
    """How big a text is. units: septets (GSM-7) or UTF-16 units (UCS-2); count: segments that are paid for."""

    encoding: str
    units: int
    count: int


@dataclass(frozen=True)
class Speech:
    """How a language says days and times. The templates take the named values that they want."""

    months: tuple[str, ...]
    days: tuple[str, ...]
    day: str  # {month} {day} {year}
    dated: str  # the same with its year
    moment: str  # {weekday} {date} {time}
    time: str  # {hour} {hour12} {minute} {half}
    halves: tuple[str, str]
    days_in_a_row: str  # {first} {last}
    days_apart: str  # {others} {last}
    comma: str
    hours: str  # {days} {open} {close}


SPEECH = {
    "en": Speech(
        months=("January", "February", "March", "April", "May", "June", "July", "August", "September",
                "October", "November", "December"),
        days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        day="{month} {day}",
        dated="{month} {day}, {year}",
        moment="{weekday}, {date}, {time}",
        time="{hour12}:{minute:02} {half}",
        halves=("am", "pm"),
        days_in_a_row="{first} to {last}",
        days_apart="{others} and {last}",
        comma=", ",
        hours="{days}, {open} to {close}",
    ),
}  # fmt: skip


def fill(study: Study, key: str, language: str, **values) -> str:
    """A text of the study file, its placeholders filled from the clinic's facts and `values`.

    Raises KeyError for a text or a placeholder that is not known."""
    return study.text(key, language).format_map(clinic_values(study, language) | values).rstrip()


def clinic_values(study: Study, language: str) -> dict[str, str]:
    """What every text may name: org, sms_name, phone, emergency, days, open, close, hours, optout."""
    clinic, speech = study.clinic, _speech(language)
    facts = {
        "org": clinic.org,
        "sms_name": clinic.sms_name,
        "phone": clinic.phone,
        "emergency": clinic.emergency,
        "days": _spoken_days(clinic.days, speech),
        "open": spoken_time(clinic.open, language),
        "close": spoken_time(clinic.close, language),
    }
    facts["hours"] = speech.hours.format_map(facts)
    facts["optout"] = study.text("optout", language).format_map(facts) if study.texting.two_way else ""
    return facts


def placeholders(text: str) -> set[str]:
    """The names in braces. Raises ValueError where braces do not match."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def spoken_day(day: date, language: str, year: bool = False) -> str:
    """A date in words: "March 1", or "March 1, 2026"."""
    speech = _speech(language)
    template = speech.dated if year else speech.day
    return template.format(month=speech.months[day.month - 1], day=day.day, year=day.year)


def spoken_month(day: date, language: str) -> str:
    """The month of a date: "March"."""
    return _speech(language).months[day.month - 1]


def spoken_time(at: time, language: str) -> str:
    """A time of day: "8:00 am"."""
    speech = _speech(language)
    return speech.time.format(
        hour=at.hour, hour12=(at.hour - 1) % 12 + 1, minute=at.minute, half=speech.halves[at.hour >= 12]
    )


def spoken_moment(at: datetime, language: str) -> str:
    """A local date and time: "Monday, March 2, 8:00 am". Turn an instant to its zone first."""
    speech = _speech(language)
    return speech.moment.format(
        weekday=speech.days[at.weekday()],
        date=spoken_day(at.date(), language),
        time=spoken_time(at.time(), language),
    )


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
    return "".join(sorted(set(text) - GSM_BASIC - GSM_EXTENSION))


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


def _speech(language: str) -> Speech:
    return SPEECH.get(language, SPEECH["en"])


def _spoken_days(days: tuple[str, ...], speech: Speech) -> str:
    row = sorted({WEEK.index(day) for day in days})
    names = [speech.days[number] for number in row]
    if len(row) == 1:
        return names[0]
    first = next((number for number in row if _in_a_row(row, number)), None)
    if len(row) > 2 and first is not None:
        last = speech.days[(first + len(row) - 1) % 7]
        return speech.days_in_a_row.format(first=speech.days[first], last=last)
    return speech.days_apart.format(others=speech.comma.join(names[:-1]), last=names[-1])


def _in_a_row(row: list[int], first: int) -> bool:
    return all((first + step) % 7 in row for step in range(len(row)))
