"""The table of responses: one row a visit, missed and cancelled ones too; no names and no numbers.

Beside each item stands its status: answered, declined, not_shown, not_reached, visit_missed, not_due, cancelled,
withdrawn, technical (imported from a file that does not have the item). "Not sure" is an empty cell, answered.
The opioids of a report in morphine milligram equivalents are a figure or empty; mme_reason says why an answered one is.
"""

from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from prom.report.formats import tidy_csv
from prom.rules.answers import given, is_declined
from prom.rules.follow_up import anchored_on
from prom.rules.instrument import answer_keys, split_key, statuses
from prom.rules.medicines import NOT_ANSWERED, opioids
from prom.rules.schedule import series_of
from prom.rules.study import CLASSES, Study
from prom.rules.times import day_of
from prom.rules.visit import answered_on, flags, in_window, path, reference, status
from prom.store import studies
from prom.store.connect import Database, Row
from prom.store.rows import Held, everybody, snapshot, versions_used

FIRST = (
    "participant", "arm", "procedure", "procedure_on", "timepoint", "due_on", "window_opens_on", "window_closes_on",
    "status", "sent_at", "delivered_at", "opened_at", "started_at", "submitted_at", "in_window", "nrs_average",
    "nrs_average_status", "nrs_worst", "nrs_worst_status", "occasion", "filled_on",
)  # fmt: skip
OPIOIDS = ("mme_using_day", "mme_mean_7_days", "mme_status", "mme_reason", "mme_table")
LAST = (
    "alert", "alert_rules", "who", "who_status", "mode", "language", "identity_check", "layout", "flags",
    "cancel_reason", "original_reference_on", "original_reference_source", "original_reference_age_days",
    "reference_on", "reference_source", "reference_age_days", "study_version", "imported",
)  # fmt: skip
Records = Generator[str, None, None]
_AS_STORED = ("timepoint", "occasion", "due_on", "window_opens_on", "window_closes_on", "sent_at", "delivered_at",
              "opened_at", "started_at", "submitted_at", "filled_on", "cancel_reason")  # fmt: skip
# what stands beside a question without an answer once the visit is in this state
_LEFT = {"missed": "visit_missed", "cancelled": "cancelled", "submitted": "not_reached"}
_SHAPES = 2000


def lines(path: str, version: str, now: datetime, sites: tuple[str, ...] | None = None) -> Records:
    """The table as CSV, record by record, from one snapshot of the database file; memory does not grow with it.

    version: of the study in force. sites: whose participants, None for all.
    """
    with snapshot(path) as db:
        table = Table(db, version, now)
        yield from tidy_csv.lines(table.header, table.rows(sites))


def column(key: str) -> str:
    """The column of an answer key: med_name/opioid_weak stands under med_name__opioid_weak, that of a second one,
    med_name/opioid_weak.2, under med_name__opioid_weak_2."""
    return key.replace("/", "__").replace(".", "_")


class Table:
    """The table at an instant. Its columns are those of the study in force, then what only earlier versions asked."""

    def __init__(self, db: Database, version: str, now: datetime):
        self.db, self.version, self.now = db, version, now
        versions = dict.fromkeys([version, *versions_used(db)])
        self.studies = {each: studies.version(db, each) for each in versions}
        self.names = {each: _names(study) for each, study in self.studies.items()}
        self.items = tuple(dict.fromkeys(name for names in self.names.values() for name in names.values()))
        # what another version of the study asks was not shown
        self._not_asked = {f"{name}_status": "not_shown" for name in self.items}
        self.opens = {each: _opening(study) for each, study in self.studies.items()}
        self._became: dict[tuple, dict[str, str]] = {}

    @property
    def header(self) -> tuple[str, ...]:
        """The columns in their order."""
        fixed = {*FIRST, *OPIOIDS, *LAST}
        pairs = [(name, f"{name}_status") for name in self.items if name not in fixed]
        return (*FIRST, *(name for pair in pairs for name in pair), *OPIOIDS, *LAST)

    def rows(self, sites: tuple[str, ...] | None = None) -> Iterator[Row]:
        """The rows, by participant, procedure and day."""
        for held in everybody(self.db, sites):
            yield from self.rows_of(held)

    def rows_of(self, held: Held) -> Iterator[Row]:
        """The rows of one participant."""
        study = self.studies[self.version]
        zone = ZoneInfo(held.person["zone"])
        procedures = {row["id"]: row for row in held.procedures}
        person = _of_person(study, held)
        references = _references(study, held, zone)
        sessions = {series.anchor["id"]: series.sessions for series in series_of(study, held.procedures)}
        for visit in held.visits:
            procedure = procedures[visit["procedure_id"]]
            flagged = flags(study, visit, procedure, held.procedures, zone)
            yield (
                person
                | {name: visit[name] for name in _AS_STORED}
                | _of_procedure(study, procedure, sessions.get(procedure["id"], []), visit)
                | self._of_report(visit, held)
                | {"flags": ";".join(flagged), "in_window": _in_window(visit, flagged, zone)}
                | _of_alerts(held.reasons.get(visit["id"], []))
                | references.get("", {})
                | references.get(visit["procedure_id"], {})
            )

    def _of_report(self, visit: Row, held: Held) -> Row:
        """Status of the visit, answers with their statuses, and how the report was made."""
        response = held.responses.get(visit["id"]) if visit["submitted_at"] else None
        version = (response or visit)["study_version"]
        study, names = self.studies[version or self.version], self.names[version or self.version]
        answers = response["answers"] if response else held.drafts.get(visit["id"], {})
        state = status(visit, self.now)
        became = self._statuses(version or self.version, visit, state, answers, response)
        found = self._not_asked | {f"{names[key]}_status": word for key, word in became.items()}
        found |= {names[key]: _cell(value) for key, value in answers.items() if became.get(key) == "answered"}
        found |= _of_opioids(study, visit["timepoint"], answers, became)
        found["status"] = state
        if version:
            found["study_version"] = f"{study.study.key} {study.study.version} {version[:12]}"
        if response:
            found |= {name: response[name] for name in ("mode", "language", "identity_check", "layout")}
        return found

    def _statuses(self, version: str, visit: Row, state: str, answers: dict, response: Row | None) -> dict[str, str]:
        """What became of each question, by answer key."""
        left = _LEFT.get(state, "not_due")
        if response and response["mode"] == "imported":
            left = "technical"
        elif answers:
            left = "not_due" if left == "not_due" else "not_reached"
        elif visit["cancel_reason"] == "withdrawn":
            left = "withdrawn"
        place = (version, visit["timepoint"], left, self._shape(version, answers))
        if place not in self._became:
            found = statuses(self.studies[version], visit["timepoint"], answers, ended=True)
            self._remember(place, {key: left if word == "not_reached" else word for key, word in found.items()})
        return self._became[place]

    def _shape(self, version: str, answers: dict) -> tuple:
        """All of the answers that statuses depend on: what opens screens, and of the rest whether it was declined.
        Most reports of a study share a few shapes, so that each is worked out once."""
        opens = self.opens[version]
        return tuple(
            (key, repr(value) if split_key(key)[0] in opens else is_declined(value))
            for key, value in answers.items()
            if value is not None
        )

    def _remember(self, place: tuple, found: dict[str, str]) -> None:
        if len(self._became) >= _SHAPES:
            self._became.clear()
        self._became[place] = found


def _opening(study: Study) -> set[str]:
    """The items whose answers open further screens."""
    found = {screen.for_each for screen in study.screens} | {item.key for item in study.again_of.values()}
    return found | {screen.show_when.item for screen in study.screens if screen.show_when}


def _in_order(study: Study) -> list[str]:
    """The answer keys as the columns stand: medicines and side effects as asked, then care sought, then warning
    signs."""
    care = {study.instrument.care} | {
        item.key
        for screen in study.screens
        if screen.show_when and screen.show_when.item == study.instrument.care
        for item in screen.items
    }
    place = {study.instrument.red: 2} | dict.fromkeys(care, 1)
    return sorted(answer_keys(study), key=lambda key: place.get(split_key(key)[0], 0))


def _names(study: Study) -> dict[str, str]:
    """{answer key: column}: the primary, the worst and the "who" item stand under names that every study shares."""
    shared = {study.instrument.primary: "nrs_average", study.instrument.worst: "nrs_worst", study.instrument.who: "who"}
    return {key: shared.get(key) or column(key) for key in _in_order(study)}


def _of_person(study: Study, held: Held) -> Row:
    """What is the same in all rows of a participant."""
    person = held.person
    return {
        "participant": person["code"],
        "arm": person["assigned_arm"] or path(study, held.procedures, bool(person["decided"])),
        "imported": person["imported"],
    }


def _of_procedure(study: Study, procedure: Row, sessions: list[Row], visit: Row) -> Row:
    """Kind and day; of several sessions the day of the one that the visit's due day is reckoned from."""
    performed = procedure["status"] == "performed"
    on = anchored_on(study, procedure, sessions, visit) if performed else None
    return {"procedure": procedure["kind"], "procedure_on": on}


def _in_window(visit: Row, flagged: tuple[str, ...], zone: ZoneInfo) -> int | None:
    """1 inside the analysis window; a baseline must come before its procedure as well."""
    return 0 if "baseline_after_procedure" in flagged else in_window(visit, zone)


def _cell(value: Any) -> Any:
    """A number, a key or text as it is; ticked keys joined; empty for declined and "not sure"."""
    if not given(value):
        return None
    return ";".join(value) if isinstance(value, list) else value


def _of_opioids(study: Study, timepoint: str, answers: dict, became: dict[str, str]) -> Row:
    """The opioids of a report in MME. The status is that of the question about the kinds of medicine, or of the one
    that led past it; where an answer about them is still to come, that answer's, and no figure."""
    found = opioids(study, timepoint, answers)
    if study.mme is None or found is None:
        return {"mme_status": "not_shown"}
    kinds, when = study.mme.kinds, study.screen_of[study.mme.kinds].show_when
    status = became[when.item] if when and became[kinds] == "not_shown" else became[kinds]
    if found.whole.reason == NOT_ANSWERED:
        missing = (word for word in became.values() if word not in ("answered", "declined", "not_shown"))
        return {"mme_status": next(missing, status)}
    return {
        "mme_using_day": found.whole.using_day,
        "mme_mean_7_days": found.whole.mean,
        "mme_status": status,
        "mme_reason": found.whole.reason,
        "mme_table": found.table,
    }


def _of_alerts(reasons: list[Row]) -> Row:
    """The highest class that was raised for a visit, and every rule that fired, first raised first."""
    classes = {reason["class"] for reason in reasons}
    return {
        "alert": min(classes, key=lambda each: CLASSES.index(each), default=None),
        "alert_rules": ";".join(dict.fromkeys(reason["rule"] for reason in reasons)),
    }


def _references(study: Study, held: Held, zone: ZoneInfo) -> dict[str, Row]:
    """{procedure id: cells of its reference}, and under "" those of the original one, before the first procedure.
    Empty until the procedure was performed; source `none` where it then has none."""
    found: dict[str, Row] = {}
    for series in series_of(study, held.procedures):
        anchor = series.anchor
        if anchor["status"] != "performed":
            continue
        visit = reference(study, anchor, series.first, held.visits, zone)
        cells: Row = {"source": "none", "on": None, "age_days": None}
        if visit:
            day = answered_on(visit, zone)
            own = visit["procedure_id"] == anchor["id"]
            age = (day_of(anchor["performed_on"]) - day).days
            cells = {"source": "own_baseline" if own else "earlier_report", "on": day.isoformat(), "age_days": age}
        found[anchor["id"]] = {f"reference_{name}": cell for name, cell in cells.items()}
        if series.first:
            found[""] = {f"original_reference_{name}": cell for name, cell in cells.items()}
    return found
