"""Adverse events as the nurse's pages tell them: what waits to be graded, what was graded and signed by whom, and what
is left of the investigator's time."""

import json
from dataclasses import dataclass
from datetime import datetime

from prom.actions import adverse_events as graded
from prom.actions import decisions, sign
from prom.actions.means import Means
from prom.rules import adverse_events as rules
from prom.rules.adverse_events import Clock
from prom.rules.study import Coded, Scale, Study
from prom.store import adverse_events as rows
from prom.store import reports, visits
from prom.store.connect import Database, Row
from prom.store.rows import versions_used
from prom.web import history, spoken
from prom.web.answered import Line, Report

SOURCES = {"report": "reported", "call": "on a call", "visit": "at a visit or from the record"}


@dataclass(frozen=True)
class Waiting:
    """Something reported that nobody has judged. visit: with code. item: as `rules.reported` names it. said: in the
    words of its choice. title: the visit in words. alert_id: the alert whose clock it keeps running, None for none."""

    visit: Row
    item: str
    said: str
    title: str
    alert_id: str | None


@dataclass(frozen=True)
class Event:
    """One version of an adverse event in words. said: what was reported, "" for one entered by hand. signatures: its
    own, oldest first. valid: whether one of them is of the record as it stands; without it nothing counts as graded."""

    row: Row
    said: str
    title: str
    grades: tuple[str, ...]
    related: str
    related_to: str
    criteria: tuple[str, ...]
    outcome: str
    actions: tuple[str, ...]
    signatures: list[Row]

    @property
    def valid(self) -> bool:
        """Whether it is signed as it stands."""
        return any(each["fits"] for each in self.signatures)


@dataclass(frozen=True)
class Asked:
    """An alert on which an investigator decides. clock: None where that is done. waiting: what nobody has judged
    yet of what it asks about. decisions: made so far, newest first."""

    alert: Row
    clock: Clock | None
    waiting: tuple[Waiting, ...]
    decisions: list[Row]


@dataclass(frozen=True)
class Beside:
    """What the page of a participant, or of an alert of theirs, says of adverse events. asked: of the alert, None where
    it asks for no decision."""

    waiting: list[Waiting]
    events: list[Event]
    nones: list[Row]
    asked: Asked | None


def beside(db: Database, means: Means, participant_id: str, now: datetime, alert_id: str | None = None) -> Beside:
    """Everything of one participant. alert_id: the alert on whose page it stands."""
    waits = waiting(db, means, participant_id=participant_id)
    events = [event(db, means, row) for row in rows.of_participant(db, participant_id)]
    asked = _asked(db, means, alert_id, waits, now) if alert_id else None
    return Beside(waits, events, nones(db, means, participant_id), asked)


def waiting(
    db: Database, means: Means, sites: tuple[str, ...] | None = None, participant_id: str | None = None
) -> list[Waiting]:
    """What was reported and not judged, what keeps a clock running first, then by participant."""
    settled, running = rows.settled(db), {row["visit_id"]: row["id"] for row in rows.undecided(db)}
    asks = {visit_id: set(graded.things(db, means, alert_id)) for visit_id, alert_id in running.items()}
    found = [
        _waiting(means.study(db, visit["study_version"]), visit, item, running, asks)
        for visit in rows.telling(db, _told(db, means), sites, participant_id)
        for item in rules.reported(means.study(db, visit["study_version"]), visit["timepoint"], visit["answers"])
        if (visit["id"], item) not in settled
    ]
    return sorted(found, key=lambda each: each.alert_id is None)


def _told(db: Database, means: Means) -> list[str]:
    versions = dict.fromkeys([means.version, *versions_used(db)])
    return list(dict.fromkeys(word for each in versions for word in rules.choices_told(means.study(db, each))))


def _waiting(study: Study, visit: Row, item: str, running: dict[str, str], asks: dict[str, set]) -> Waiting:
    said = rules.words(study, item, visit["answers"], study.study.default_language)
    alert_id = running.get(visit["id"]) if item in asks.get(visit["id"], ()) else None
    return Waiting(visit, item, said, history.title(study, visit), alert_id)


def event(db: Database, means: Means, row: Row) -> Event:
    """One version of an event in words: those of the study in force."""
    study = means.study(db)
    lists = study.adverse_events
    said, title = "", ""
    if row["visit_id"]:
        of_visit = means.study(db, row["study_version"])
        said, title = _said(db, of_visit, row), history.title(of_visit, row)
    scales = ((lists.ctcae, row["ctcae"]), (lists.sir, row["sir"]))
    return Event(
        row,
        said,
        title,
        tuple(_grade(study, scale, grade) for scale, grade in scales if grade),
        _entry(study, lists.related, row["related"]),
        procedure_words(study, {"kind": row["related_kind"], "performed_on": row["related_on"]})
        if row["procedure_id"]
        else "",
        tuple(_entry(study, lists.criteria, key) for key in json.loads(row["criteria"])),
        _entry(study, lists.outcomes, row["outcome"]),
        tuple(_entry(study, lists.actions, key) for key in json.loads(row["actions"])),
        sign.signed(db, rules.record(row)),
    )


def _said(db: Database, study: Study, row: Row) -> str:
    return rules.words(study, row["item"], reports.standing(db, row["visit_id"]), study.study.default_language)


def _grade(study: Study, scale: Scale, grade: int) -> str:
    words = study.words(scale.grades[grade - 1].text, study.study.default_language)
    return f"{scale.title} grade {grade}: {words[:1].lower()}{words[1:]}"


def _entry(study: Study, entries: tuple[Coded, ...], key: str) -> str:
    """A coded entry in words; its key where the study in force has it no more."""
    found = next((entry for entry in entries if entry.key == key), None)
    return study.words(found.text, study.study.default_language) if found else key


def nones(db: Database, means: Means, participant_id: str) -> list[Row]:
    """What was found to be no adverse event, newest first, with said, title and signatures."""
    return [_none(db, means, row) for row in rows.nones(db, participant_id)]


def _none(db: Database, means: Means, row: Row) -> Row:
    visit = visits.by_id(db, row["visit_id"]) if row["visit_id"] else None
    study = means.study(db, visit["study_version"] if visit else None)
    said = _said(db, study, row) if visit else "The alert as a whole"
    title = history.title(study, visit) if visit else ""
    return row | {"said": said, "title": title, "signatures": sign.signed(db, rules.record_of_none(row))}


def asked_of_site(db: Database, means: Means, sites: tuple[str, ...], now: datetime) -> list[Asked]:
    """The alerts that wait for an investigator's decision, the one due first first."""
    waits = waiting(db, means, sites)
    found = [_asked(db, means, row["id"], waits, now) for row in rows.undecided(db) if row["site_id"] in sites]
    return [each for each in found if each]


def closed_undecided(db: Database, means: Means, sites: tuple[str, ...], now: datetime) -> list[tuple[Row, Clock]]:
    """The closed alerts of these sites on which an investigator has yet to decide, the one due first first."""
    clocks = decisions.clocks(db, means, now)
    found = [row for row in rows.undecided(db) if row["closed_at"] and row["site_id"] in sites]
    return [(row, clocks[row["id"]]) for row in found]


def _asked(db: Database, means: Means, alert_id: str, waits: list[Waiting], now: datetime) -> Asked | None:
    clock, made = decisions.clock_of(db, means, alert_id, now), rows.decisions(db, alert_id)
    if clock is None and not made:
        return None
    alert = next((row for row in rows.undecided(db, alert_id)), {"id": alert_id})
    return Asked(alert, clock, tuple(each for each in waits if each.alert_id == alert_id), made)


def told_of(study: Study, report: Report, item: str) -> list[Line]:
    """The lines of a report that tell about one thing in it."""
    return [line for line in report.lines if rules.thing_of(study, line.key) == item]


def procedure_words(study: Study, row: Row) -> str:
    """A procedure and its day: "Injection, 2 Mar 2026"."""
    kind = study.procedures.get(row["kind"])
    return f"{kind.title if kind else row['kind']}, {spoken.day(row['performed_on'])}"
