"""Adverse events as the nurse's pages tell them: what waits to be graded, what was graded and signed by whom, and what
is left of the investigator's time."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from prom.actions import adverse_events as graded
from prom.actions import decisions, sign
from prom.actions.means import Means
from prom.rules import adverse_events as rules
from prom.rules.adverse_events import Clock
from prom.rules.study import Coded, Scale, Study
from prom.store import adverse_events as rows
from prom.store import alerts, reports, visits
from prom.store.connect import Database, Row
from prom.store.rows import versions_used
from prom.web import history, spoken
from prom.web.answered import Line, Report

SOURCES = {"report": "reported", "call": "on a call", "visit": "at a visit or from the record"}


@dataclass(frozen=True)
class Waiting:
    """Something reported that nobody has judged. visit: with code. item: as `rules.reported` names it. said: in the
    words of its choice. title: the visit in words. alert_id: the alert whose clock it keeps running, None for none.
    denied: that somebody found it to be no event and no investigator has signed for it, None for nothing such."""

    visit: Row
    item: str
    said: str
    title: str
    alert_id: str | None
    denied: Row | None


@dataclass(frozen=True)
class Event:
    """One version of an adverse event in words. said: what was reported, "" for one entered by hand. signatures: its
    own, oldest first. valid: whether one of them is of the record as it stands; without it nothing counts as graded.
    clock: by when an investigator signs it, where a clock of its own runs."""

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
    clock: Clock | None = None

    @property
    def valid(self) -> bool:
        """Whether it is signed as it stands."""
        return any(each["fits"] for each in self.signatures)

    @property
    def waits(self) -> bool:
        """Whether it waits for an investigator's signature: it is serious, or an investigator had signed otherwise."""
        return bool(self.clock or self.row["serious"] and not self.row["decided"])


@dataclass(frozen=True)
class Asked:
    """An alert on which an investigator decides. clock: None where that is done. waiting: what nobody has judged
    yet of what it asks about. graded: what somebody graded and no investigator has signed. decisions: made so far,
    newest first."""

    alert: Row
    clock: Clock | None
    waiting: tuple[Waiting, ...]
    graded: tuple[Event, ...]
    decisions: list[Row]

    @property
    def running(self) -> bool:
        """Whether an investigator has anything to decide here."""
        return bool(self.clock or any(event.clock for event in self.graded))


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
    clocks = decisions.clocks(db, means, now)
    events = [event(db, means, row, clocks.get(row["id"])) for row in rows.of_participant(db, participant_id)]
    alert = next((each for each in alerts.of_participant(db, participant_id) if each["id"] == alert_id), None)
    asked = _asked(db, means, alert, waits, events, clocks) if alert else None
    return Beside(waits, events, nones(db, means, participant_id), asked)


def waiting(
    db: Database, means: Means, sites: tuple[str, ...] | None = None, participant_id: str | None = None
) -> list[Waiting]:
    """What was reported and not judged, what keeps a clock running first, then by participant. What somebody else found
    to be no event waits for an investigator while a clock runs on it."""
    denied = rows.unsigned_nones(db)
    settled, running = rows.settled(db), {row["visit_id"]: row["id"] for row in rows.undecided(db)}
    asks = {visit_id: set(graded.things(db, means, alert_id)) for visit_id, alert_id in running.items()}
    found = [
        _waiting(means.study(db, visit["study_version"]), visit, item, running, asks, denied.get((visit["id"], item)))
        for visit in rows.telling(db, _told(db, means), sites, participant_id)
        for item in rules.reported(means.study(db, visit["study_version"]), visit["timepoint"], visit["answers"])
        if (visit["id"], item) not in settled
        or (visit["id"], item) in denied and item in asks.get(visit["id"], ())
    ]
    return sorted(found, key=lambda each: each.alert_id is None)


def _told(db: Database, means: Means) -> list[str]:
    versions = dict.fromkeys([means.version, *versions_used(db)])
    return list(dict.fromkeys(word for each in versions for word in rules.choices_told(means.study(db, each))))


def _waiting(
    study: Study, visit: Row, item: str, running: dict[str, str], asks: dict[str, set], denied: Row | None
) -> Waiting:
    said = rules.words(study, item, visit["answers"], study.study.default_language)
    alert_id = running.get(visit["id"]) if item in asks.get(visit["id"], ()) else None
    return Waiting(visit, item, said, history.title(study, visit), alert_id, denied)


def event(db: Database, means: Means, row: Row, clock: Clock | None = None) -> Event:
    """One version of an event in words: those of the study in force. clock: the one that runs on it."""
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
        clock,
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


def asked_of_site(db: Database, means: Means, sites: tuple[str, ...], now: datetime) -> list[Asked | Event]:
    """The alerts and gradings that wait for an investigator's decision, the one due first first."""
    waits, clocks = waiting(db, means, sites), decisions.clocks(db, means, now)
    found = [each for each in decisions.due(db) if each["site_id"] in sites and each["id"] in clocks]
    told = [
        _event_of(db, means, row, clocks) if decisions.of_event(row) else _alert_of(db, means, row, waits, clocks)
        for row in found
    ]
    return [each for each in told if each]


def _event_of(db: Database, means: Means, row: Row, clocks: dict[str, Clock]) -> Event:
    return event(db, means, rows.versions(db, row["id"])[0], clocks[row["id"]])


def _alert_of(db: Database, means: Means, row: Row, waits: list[Waiting], clocks: dict[str, Clock]) -> Asked | None:
    events = [event(db, means, each, clocks.get(each["id"])) for each in rows.of_participant(db, row["participant_id"])]
    return _asked(db, means, row, waits, events, clocks)


def closed_undecided(db: Database, means: Means, sites: tuple[str, ...], now: datetime) -> list[tuple[Row, Clock]]:
    """The closed alerts of these sites on which an investigator has yet to decide, the one due first first."""
    clocks = decisions.clocks(db, means, now)
    found = [row for row in rows.undecided(db) if row["closed_at"] and row["site_id"] in sites and row["id"] in clocks]
    return [(row, clocks[row["id"]]) for row in found]


def unsigned(db: Database, means: Means, sites: tuple[str, ...], now: datetime) -> list[Event]:
    """The gradings of these sites that wait for an investigator by themselves, the one due first first."""
    clocks = decisions.clocks(db, means, now)
    found = [row for row in decisions.due(db) if decisions.of_event(row) and row["id"] in clocks]
    return [_event_of(db, means, row, clocks) for row in found if row["site_id"] in sites]


def _asked(
    db: Database, means: Means, alert: Row, waits: list[Waiting], events: list[Event], clocks: dict[str, Clock]
) -> Asked | None:
    """What an alert asks of an investigator; None where it asks nothing. events: those of its participant."""
    clock, made = clocks.get(alert["id"]), rows.decisions(db, alert["id"])
    asks = graded.things(db, means, alert["id"])
    standing = tuple(each for each in events if not each.row["decided"] and _of_alert(each, alert, asks))
    if not (clock or made or any(each.clock for each in standing)):
        return None
    return Asked(alert, clock, tuple(each for each in waits if each.alert_id == alert["id"]), standing, made)


def _of_alert(event: Event, alert: Row, asks: Iterable[str | None]) -> bool:
    """Whether an event is one of what an alert asks about, or a serious one of its report."""
    row = event.row
    if row["alert_id"] == alert["id"]:
        return True
    return bool(row["item"]) and row["visit_id"] == alert["visit_id"] and (row["item"] in asks or event.waits)


def told_of(study: Study, report: Report, item: str) -> list[Line]:
    """The lines of a report that tell about one thing in it."""
    return [line for line in report.lines if rules.thing_of(study, line.key) == item]


def procedure_words(study: Study, row: Row) -> str:
    """A procedure and its day: "Injection, 2 Mar 2026"."""
    kind = study.procedures.get(row["kind"])
    return f"{kind.title if kind else row['kind']}, {spoken.day(row['performed_on'])}"
