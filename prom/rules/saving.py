"""What a screen that is sent means beside those saved before: the same once more, or another answer than the page knew.

Saved screens are rows as the store gives them, in the order of saving: seq, step, answers, late, sheet. An answer of
None takes back the one before it: a copy (`recall`), or what hangs on an answer that was changed (`renewing`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """What a page knew when it was made. seq: the number of the last save that it shows, None for none. sheet: the name
    of this page alone, by which what was saved from it is known again; "" for none."""

    seq: int | None
    sheet: str = ""


def last_of(saved: list[Row], keys: Iterable[str], *, with_late: bool = False) -> Row | None:
    """The last saved screen that answers one of these keys; None for none. with_late: those too that came after
    closing."""
    wanted = set(keys)
    found = (one for one in reversed(saved) if wanted & set(one["answers"]))
    return next((one for one in found if with_late or not one["late"]), None)


def repeats(saved: list[Row], answers: dict, *, late: bool) -> bool:
    """Whether the answers of a screen stand saved as they are: a double tap, a reload, a resend after a lost reply."""
    last = last_of(saved, answers, with_late=True)
    return last is not None and bool(last["late"]) == late and _same(last, answers)


def said_anew(saved: list[Row], answers: dict, page: Page | None) -> bool:
    """Whether answers that stand saved come from another page than they did: no resend, but said once more."""
    last = last_of(saved, answers, with_late=True)
    return bool(last and page and page.sheet and last["sheet"] != page.sheet)


def changed_elsewhere(saved: list[Row], answers: dict, page: Page) -> bool:
    """Whether these questions were answered otherwise since the page was made, and not from the page itself."""
    last = last_of(saved, answers)
    if last is None or last["seq"] == page.seq or (page.sheet and last["sheet"] == page.sheet):
        return False
    taken_back = all(last["answers"].get(key) is None for key in answers)
    return not taken_back and not _same(last, answers)


def standing(saved: Iterable[Row]) -> dict[str, Any]:
    """The answers as they stand: the last saved of each; those of late screens and those taken back left out."""
    merged: dict[str, Any] = {}
    for screen in saved:
        if not screen["late"]:
            merged = joined(merged, screen["answers"])
    return merged


def joined(answers: dict[str, Any], further: dict[str, Any]) -> dict[str, Any]:
    """Answers with those of a further screen, in which None takes one back."""
    return {key: value for key, value in (answers | further).items() if value is not None}


def reads_otherwise(saved: list[Row], page: Page) -> bool:
    """Whether the answers as they stand are others than those that a page of them all showed."""
    return standing(saved) != standing(one for one in saved if one["seq"] <= (page.seq or 0))


def _same(screen: Row, answers: dict) -> bool:
    return all(key in screen["answers"] and screen["answers"][key] == value for key, value in answers.items())
