"""The download read back as an analyst would: rows as dicts of text."""

import csv
import io
from collections.abc import Iterable

from prom.report import responses


def parsed(text: str) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def download(study, sites: tuple[str, ...] | None = None) -> list[dict[str, str]]:
    """The rows of responses.csv as they stand now."""
    return parsed("".join(responses.lines(study.db.path, study.means.version, study.now, sites)))


def row(study, code: str, timepoint: str, procedure: str = "injection", occasion: str = "1") -> dict[str, str]:
    """The one row of a visit."""
    found = [
        each
        for each in download(study)
        if (each["participant"], each["timepoint"], each["procedure"], each["occasion"])
        == (code, timepoint, procedure, occasion)
    ]
    assert len(found) == 1, found
    return found[0]


def item_statuses(row: dict[str, str]) -> set[str]:
    """Every status that stands beside an item in a row."""
    return {cell for name, cell in row.items() if name.endswith("_status")}


def scores(rows: Iterable[dict[str, str]]) -> set[tuple[str, str, str, str]]:
    """(participant, arm, timepoint as a cohort file writes it, nrs) of every row with a score."""
    found = set()
    for each in rows:
        key = each["timepoint"] if each["timepoint"] == "baseline" else each["timepoint"].upper()
        named = f"+{key}" if each["procedure"] == "embolization" else key
        if each["nrs_average"]:
            found.add((each["participant"], each["arm"], named, each["nrs_average"]))
    return found
