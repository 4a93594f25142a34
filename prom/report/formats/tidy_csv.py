"""Comma-separated text by RFC 4180, safe to open in a spreadsheet: no cell of text can become a formula."""

import csv
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any

# What a spreadsheet takes for the start of a formula (OWASP, CSV injection), full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class _Last:
    """What the csv writer wrote last."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def lines(header: tuple[str, ...], table: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The header and each row as a record with its line end. A column that a row has not, and None, is empty."""
    last = _Last()
    writer = csv.writer(last, lineterminator="\r\n")
    writer.writerow(header)
    yield last.text
    for row in table:
        writer.writerow([safe(row.get(name)) for name in header])
        yield last.text


def for_spreadsheet(records: Generator[str, None, None]) -> Generator[str, None, None]:
    """The same records behind a byte order mark, without which older spreadsheets take UTF-8 for something else; a
    script that does not know of it would find it in the name of the first column."""
    yield "\ufeff" + next(records)
    yield from records


def safe(cell: Any) -> Any:
    """A cell as it is written: text that a spreadsheet would reckon with gets an apostrophe in front; a number stays
    a number."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
