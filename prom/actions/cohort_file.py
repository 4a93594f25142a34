"""A cohort as a file: participant, arm, timepoint, nrs and, where known, dates. Read here, written elsewhere.

Timepoints such as `baseline`, `3M` hang on the study's first procedure, `+3M` on its second. Days that the file does
not give are reckoned in `cohort_days`.
"""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, datetime

from prom.actions.enrol import check_code
from prom.errors import Refusal
from prom.rules.refusals import message
from prom.rules.study import Study

NEEDED = ("participant", "arm", "timepoint", "nrs")


@dataclass(frozen=True)
class Report:
    """One row of the file. on: the day of the report, None where the file has none."""

    line: int
    procedure: str
    timepoint: str
    nrs: int
    on: date | None = None


@dataclass(frozen=True)
class Course:
    """One participant of the file. performed: {procedure kind: its day}, those known; line: of the first row."""

    code: str
    line: int
    arm: str
    crossed: bool
    reports: tuple[Report, ...]
    performed: dict[str, date]

    def report(self, procedure: str, timepoint: str) -> Report | None:
        """The report of a visit."""
        return next((each for each in self.reports if (each.procedure, each.timepoint) == (procedure, timepoint)), None)

    @property
    def days(self) -> list[date]:
        """Every day that the file gives or that was reckoned."""
        return [*self.performed.values(), *(report.on for report in self.reports if report.on)]


def read(study: Study, text: str) -> tuple[list[Course], list[str]]:
    """The courses in a file and its faults, "line N: ...". Raises Refusal for a file that is none of this kind."""
    table = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), restkey="")
    names = [(name or "").strip().lower() for name in table.fieldnames or ()]
    known = (*NEEDED, "date", *(f"{kind}_on" for kind in study.procedures))
    if set(NEEDED) - set(names) or set(names) - set(known) or len(set(names)) < len(names):
        raise Refusal("import_columns", needed=", ".join(NEEDED), optional=", ".join(known[len(NEEDED) :]))
    table.fieldnames = names
    people: dict[str, list[dict]] = {}
    faults: list[str] = []
    for row in table:
        if "" in row or None in row.values():
            faults.append(f"line {table.line_num}: give {len(names)} cells, one for each column")
            continue
        cells: dict = {name: cell.strip() for name, cell in row.items()} | {"line": table.line_num}
        people.setdefault(cells["participant"], []).append(cells)
    if not people and not faults:
        raise Refusal("import_empty")
    return [_course(study, code, cells, faults) for code, cells in people.items()], faults


def timepoints(study: Study) -> list[str]:
    """The timepoints as a file of this study names them."""
    kinds = list(study.procedures.values())
    later = [key for key in kinds[1].timepoints if not study.timepoint(key).baseline] if len(kinds) > 1 else []
    named = [*kinds[0].timepoints, *(f"+{key}" for key in later)]
    return [key if key == "baseline" else key.upper() for key in named]


def second(study: Study) -> str:
    """The study's second procedure, "" where it has one alone."""
    return ([*study.procedures, ""])[1]


# ---- one participant -------------------------------------------------------------------------------------


def _course(study: Study, code: str, cells: list[dict], faults: list[str]) -> Course:
    line = cells[0]["line"]
    try:
        check_code(code)
    except Refusal as refusal:
        faults.append(f"line {line}: {message(refusal)}")
    reports = [report for row in cells if (report := _report(study, row, faults))]
    _check_twice(study, reports, faults)
    performed = {kind: day for kind in study.procedures if (day := _same_day(cells, f"{kind}_on", faults))}
    later = second(study)
    crossed = later in performed or any(report.procedure == later for report in reports)
    arm = _arm(study, cells, crossed, faults)
    crossed = crossed or bool(later and arm and arm == study.procedures[later].arm)
    if any(report.on for report in reports) and not all(report.on for report in reports):
        faults.append(f"line {line}: give {code} a date in every row, or in none")
    return Course(code, line, arm, crossed, tuple(reports), performed)


def _report(study: Study, row: dict, faults: list[str]) -> Report | None:
    line, said = row["line"], row["timepoint"].lower()
    kinds = list(study.procedures)
    place = 1 if said.startswith("+") else 0
    kind, key = kinds[place] if place < len(kinds) else "", said.removeprefix("+")
    if not kind or key not in study.procedures[kind].timepoints or place and study.timepoint(key).baseline:
        faults.append(f"line {line}: give one of these timepoints: {', '.join(timepoints(study))}")
        return None
    if not re.fullmatch(r"[0-9]|10", row["nrs"]):
        faults.append(f"line {line}: give an nrs from 0 to 10; leave the row out where there is none")
        return None
    return Report(line, kind, key, int(row["nrs"]), _day(row, "date", faults))


def _check_twice(study: Study, reports: list[Report], faults: list[str]) -> None:
    seen: dict[tuple[str, str], int] = {}
    for report in reports:
        first = seen.setdefault((report.procedure, report.timepoint), report.line)
        if first != report.line:
            faults.append(f"line {report.line}: this participant and timepoint stand in line {first} already")


def _arm(study: Study, cells: list[dict], crossed: bool, faults: list[str]) -> str:
    """The arm as the file says it, the same in all rows."""
    arm, line, later = cells[0]["arm"], cells[0]["line"], second(study)
    offered = [each for each in (study.path.decision, study.procedures[later].arm if later else "") if each]
    if any(row["arm"] != arm for row in cells):
        faults.append(f"line {line}: give this participant the same arm in every row")
    elif arm and arm not in offered:
        faults.append(f"line {line}: give one of these arms, or none: {', '.join(offered)}")
    elif arm == study.path.decision and crossed:
        faults.append(f"line {line}: {arm} is said of somebody who had a further procedure")
    return arm


def _day(row: dict, name: str, faults: list[str]) -> date | None:
    if not row.get(name):
        return None
    try:
        return datetime.strptime(row[name], "%Y-%m-%d").date()
    except ValueError:
        faults.append(f"line {row['line']}: give {name} as year-month-day, such as 2026-03-01")
        return None


def _same_day(cells: list[dict], name: str, faults: list[str]) -> date | None:
    """The one day that a participant's rows give of a procedure; rows may leave it empty."""
    given = {day: row["line"] for row in reversed(cells) if (day := _day(row, name, faults))}
    if len(given) > 1:
        faults.append(f"line {max(given.values())}: give this participant one {name}")
    return min(given, default=None)
