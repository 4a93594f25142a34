"""What a valid answer is: a form's raw text in, the value that is kept out. Which question is asked when
is `instrument`'s; the words of a fault are the page's."""

import re
import unicodedata
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from prom.rules.study import Item
from prom.rules.times import add_months

DECLINED = {"declined": True}  # preferred not to answer
NOT_SURE = {"not_sure": True}  # does not know
EARLIEST_MONTHS = 120  # no date of a problem or a hospital stay is asked for from longer ago

_WHOLE = re.compile(r"-?[0-9]{1,12}")
_DECIMAL = re.compile(r"-?[0-9]{1,12}([.,][0-9]{1,12})?")
_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")  # "1,000", in Spanish "1.000": a thousand or one?
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EMPTY = {"choice": "choose_one", "choices": "choose_one", "nrs": "choose_number"}


class AnswerFault(ValueError):
    """An answer that cannot be kept. `key` names the message, `values` fill it (low, high, longest,
    earliest, latest; dates as text)."""

    def __init__(self, key: str, **values):
        super().__init__(key)
        self.key, self.values = key, values


def is_declined(value) -> bool:
    """Did they prefer not to answer?"""
    return value == DECLINED


def is_not_sure(value) -> bool:
    """Did they answer that they are not sure?"""
    return value == NOT_SURE


def given(value) -> bool:
    """Is it a real value? 0 is; None, declined, not sure and an optional answer left empty are not."""
    return not (value is None or value == "" or value == [] or is_declined(value) or is_not_sure(value))


def is_before(value, other) -> bool:
    """Are both dates, as they are kept, and the first before the other?"""
    return isinstance(value, str) and isinstance(other, str) and value < other


def figure(value: int | float) -> str:
    """A number as people write it: 5, not 5.0; 2.5."""
    return str(int(value)) if value == int(value) else str(value)


def check(item: Item, raw, *, today: date, others: dict):
    """The value to keep for what a form gave. Raises AnswerFault.

    raw: str, for `choices` list[str], or DECLINED or NOT_SURE. today: in the participant's zone.
    others: the answers of the same instance by item key, for a date that may not be before another.
    Returns a choice's key; the ticked keys in the item's order, "none" beside a tick dropped; an int or a
    float; text; a date as text; "" for an optional item left empty; DECLINED or NOT_SURE where allowed.
    """
    if is_declined(raw) or is_not_sure(raw):
        return _without_value(item, raw)
    if raw is None or raw == [] or (isinstance(raw, str) and not raw.strip()):
        return _left_empty(item)
    if isinstance(raw, str) == (item.kind == "choices"):
        raise AnswerFault("choose_one")
    match item.kind:
        case "choice":
            return _choice(item, raw)
        case "choices":
            return _choices(item, raw)
        case "nrs":
            return _nrs(_plain(raw))
        case "number":
            return _number(item, _plain(raw))
        case "text":
            return _text(item, raw)
        case "date":
            return _date(item, raw.strip(), today, others)


def _without_value(item: Item, raw: dict) -> dict:
    if not (item.declinable if is_declined(raw) else item.not_sure):
        raise AnswerFault("required")
    return dict(raw)


def _left_empty(item: Item) -> str:
    if item.optional:
        return ""
    if item.kind == "choices" and item.none:
        raise AnswerFault("required_red")  # "none of these" is offered: an empty screen is no answer
    raise AnswerFault(_EMPTY.get(item.kind, "required"))


def _choice(item: Item, raw: str) -> str:
    if item.choice(raw) is None:
        raise AnswerFault("choose_one")
    return raw


def _choices(item: Item, raw: list[str]) -> list[str]:
    if any(item.choice(key) is None for key in raw):
        raise AnswerFault("choose_one")
    ticked = [choice.key for choice in item.choices if choice.key in raw]
    return [key for key in ticked if key != item.none] or ticked


def _plain(raw: str) -> str:
    """A typed number in plain digits and marks: a keyboard for Chinese may write them wide. Nothing else is made plain:
    10 with a small 3 above it is not 103."""
    return "".join(unicodedata.normalize("NFKC", sign) if _is_wide(sign) else sign for sign in raw).strip()


def _is_wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) == "F"


def _nrs(raw: str) -> int:
    if not _WHOLE.fullmatch(raw):
        raise AnswerFault("whole_number", low=0, high=10)
    if not 0 <= int(raw) <= 10:
        raise AnswerFault("number_between", low=0, high=10)
    return int(raw)


def _number(item: Item, raw: str) -> int | float:
    """A point or a comma is a decimal mark; where it could be a thousands mark too we ask again rather than guess."""
    bounds = {"low": item.low, "high": item.high}
    if _THOUSANDS.fullmatch(raw):
        raise AnswerFault("comma")
    if not _DECIMAL.fullmatch(raw):
        raise AnswerFault("number_only")
    value = Decimal(raw.replace(",", "."))
    if item.decimals == 0 and value != int(value):
        raise AnswerFault("whole_number", **bounds)
    low, high = (None if bound is None else Decimal(str(bound)) for bound in (item.low, item.high))
    if (low is not None and value < low) or (high is not None and value > high):
        raise AnswerFault("number_between", **bounds)
    kept = value.quantize(Decimal(1).scaleb(-item.decimals), ROUND_HALF_UP)
    return int(kept) if kept == int(kept) else float(kept)


def _text(item: Item, raw: str) -> str:
    lines = raw.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = "".join(sign for sign in lines if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs"))
    if not text.strip():
        return _left_empty(item)
    if len(text.strip()) > item.longest:
        raise AnswerFault("too_long", longest=item.longest)
    return text.strip()


def _date(item: Item, raw: str, today: date, others: dict) -> str:
    try:
        day = date.fromisoformat(raw) if _DAY.fullmatch(raw) else None
    except ValueError:  # such as 30 February
        day = None
    if day is None:
        raise AnswerFault("date")
    if day > today:
        raise AnswerFault("date_future", latest=today.isoformat())
    earliest = add_months(today, -EARLIEST_MONTHS).isoformat()
    other = others.get(item.not_before)
    if isinstance(other, str) and other > earliest:
        earliest = other
    if raw < earliest:
        raise AnswerFault("date_before", earliest=earliest)
    return raw
