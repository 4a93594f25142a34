"""The table of adverse events: what the participant said and what clinicians graded, side by side in columns of their
own. One row a version of a grading; also what was found to be no adverse event, and what nobody has judged yet.

status: graded, no_event, to_grade; not_signed for what no signature fits, which counts as not graded. `newest` is 1 for
the version that stands. Choices of the participant are in words, those of clinicians in the study's keys; grades are
numbers. No names and no numbers of participants."""

import json
from collections.abc import Generator, Iterator

from prom.report.formats import tidy_csv
from prom.rules.adverse_events import choices_told, record, record_of_none, reported, thing_of, words
from prom.rules.instrument import answer_keys, plain, split_key
from prom.rules.signing import Record, fits
from prom.rules.study import Study
from prom.store import adverse_events, reports, signatures, studies, visits
from prom.store.connect import Database, Row
from prom.store.rows import snapshot, versions_used

FIRST = ("participant", "status", "event", "version", "newest", "source", "procedure", "timepoint", "occasion",
         "reported_item", "reported")  # fmt: skip
GRADED = ("term", "started_on", "ended_on", "ctcae_grade", "sir_grade", "related", "related_procedure",
          "related_procedure_on", "serious", "criteria", "outcome", "actions", "note", "reason", "graded_by",
          "graded_at", "signed_by", "signed_at", "signature_meaning")  # fmt: skip
_AS_STORED = ("version", "source", "term", "started_on", "ended_on", "related", "serious", "outcome", "note", "reason",
              "graded_at")  # fmt: skip


def lines(path: str, version: str, sites: tuple[str, ...] | None = None) -> Generator[str, None, None]:
    """The table as CSV, record by record, from one snapshot of the database file. version: of the study in force.
    sites: whose participants, None for all."""
    with snapshot(path) as db:
        table = Table(db, version)
        yield from tidy_csv.lines(table.header, table.rows(sites))


class Table:
    """The table. What was asked about a problem has a column for each question, of every version of the study."""

    def __init__(self, db: Database, version: str):
        self.db = db
        self.studies = {each: studies.version(db, each) for each in dict.fromkeys([version, *versions_used(db)])}
        self.now = self.studies[version]
        self.asked = tuple(dict.fromkeys(item for study in self.studies.values() for item in _asked(study)))

    @property
    def header(self) -> tuple[str, ...]:
        """The columns in their order."""
        return (*FIRST, *(f"reported_{item}" for item in self.asked), *GRADED)

    def rows(self, sites: tuple[str, ...] | None = None) -> Iterator[Row]:
        """What was graded, then what was none, then what waits; each by participant."""
        newest: dict[str, int] = {}
        every = [row for row in adverse_events.every_version(self.db) if sites is None or row["site_id"] in sites]
        for row in every:
            newest[row["event_id"]] = row["version"]
        for row in every:
            yield self._graded(row) | {"newest": int(row["version"] == newest[row["event_id"]])}
        for row in adverse_events.every_none(self.db):
            if sites is None or row["site_id"] in sites:
                yield self._none(row)
        yield from self._waiting(sites)

    def _graded(self, row: Row) -> Row:
        found = {name: row[name] for name in _AS_STORED}
        return (
            self._said(row["visit_id"], row["item"])
            | found
            | {
                "participant": row["code"],
                "event": row["event_id"],
                "ctcae_grade": row["ctcae"],
                "sir_grade": row["sir"],
                "related_procedure": row["related_kind"],
                "related_procedure_on": row["related_on"],
                "criteria": ";".join(json.loads(row["criteria"])),
                "actions": ";".join(json.loads(row["actions"])),
                "graded_by": row["graded_by_name"],
            }
            | self._signed(record(row), "graded")
        )

    def _none(self, row: Row) -> Row:
        about = {"participant": row["code"], "event": row["id"], "version": 1, "newest": 1, "reason": row["reason"],
                 "graded_by": row["decided_by_name"], "graded_at": row["decided_at"]}  # fmt: skip
        return self._said(row["visit_id"], row["item"]) | about | self._signed(record_of_none(row), "no_event")

    def _signed(self, signed: Record, status: str) -> Row:
        """The signatures that fit, the first one first."""
        rows = signatures.of_record(self.db, signed.kind, signed.id, signed.version)
        found = [row for row in rows if fits(row, signed)]
        return {
            "status": status if found else "not_signed",
            "signed_by": ";".join(row["name"] for row in found),
            "signed_at": ";".join(row["signed_at"] for row in found),
            "signature_meaning": " / ".join(row["meaning"] for row in found),
        }

    def _waiting(self, sites: tuple[str, ...] | None) -> Iterator[Row]:
        told = dict.fromkeys(word for study in self.studies.values() for word in choices_told(study))
        settled = adverse_events.settled(self.db)
        for visit in adverse_events.telling(self.db, told, sites):
            for item in reported(self._study(visit), visit["timepoint"], visit["answers"]):
                if not visit["is_test"] and (visit["id"], item) not in settled:
                    about = {"participant": visit["code"], "status": "to_grade", "source": "report"}
                    yield self._said(visit["id"], item) | about

    def _study(self, visit: Row) -> Study:
        return self.studies.get(visit["study_version"], self.now)

    def _said(self, visit_id: str | None, item: str | None) -> Row:
        """What the participant said; {} where it came to be known otherwise."""
        if not visit_id or not item:
            return {}
        visit = visits.by_id(self.db, visit_id)
        study, answers = self._study(visit), reports.standing(self.db, visit_id)
        language = study.study.default_language
        told = {
            f"reported_{split_key(key)[0]}": plain(study, key, answers.get(key), language)
            for key in answer_keys(study)
            if thing_of(study, key) == item
        }
        place = {"procedure": visit["procedure_kind"], "timepoint": visit["timepoint"], "occasion": visit["occasion"]}
        return told | place | {"reported_item": item, "reported": words(study, item, answers, language)}


def _asked(study: Study) -> list[str]:
    """The items that tell about something that is graded, in the order of the instrument."""
    return list(dict.fromkeys(split_key(key)[0] for key in answer_keys(study) if thing_of(study, key)))
