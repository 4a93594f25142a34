"""Study versions as they were first seen, the kind of the database, sites."""

from prom.errors import Refusal
from prom.rules.study import Study, file_hash
from prom.rules.study_check import parse_checked
from prom.store.connect import Database, Row, one, row, rows, run

_parsed: dict[str, Study] = {}


def keep(db: Database, text: str, name: str, now: str) -> str:
    """Keep a study file as a version, under the SHA-256 of its text; returns that. Raises StudyFault."""
    sha256 = file_hash(text)
    if sha256 not in _parsed:
        _parsed[sha256] = parse_checked(text, name)
    about = {"key": _parsed[sha256].study.key, "version": _parsed[sha256].study.version}
    run(
        db,
        """insert into study_version (sha256, key, version, name, body, first_seen_at)
        values (:sha256, :key, :version, :name, :body, :now) on conflict do nothing""",
        about | {"sha256": sha256, "name": name, "body": text, "now": now},
    )
    return sha256


def version(db: Database, sha256: str) -> Study:
    """The Study of a version. Raises KeyError for one never seen."""
    if sha256 not in _parsed:
        found = row(db, "select body, name from study_version where sha256 = :sha256", {"sha256": sha256})
        if found is None:
            raise KeyError(sha256)
        _parsed[sha256] = parse_checked(found["body"], found["name"])
    return _parsed[sha256]


def kind(db: Database) -> str | None:
    """ "real" or "synthetic"; None before the first participant."""
    found = row(db, "select kind from installation")
    return found["kind"] if found else None


def fix_kind(db: Database, wanted: str, now: str) -> None:
    """Fix the kind of a database that has none. Raises Refusal when it is of the other kind."""
    run(
        db,
        "insert into installation (only_row, kind, since) values (1, :kind, :now) on conflict do nothing",
        {"kind": wanted, "now": now},
    )
    if kind(db) != wanted:
        raise Refusal("database_kind", kind=kind(db), wanted=wanted)


def sites(db: Database) -> list[Row]:
    """All sites."""
    return rows(db, "select id, name from site order by id")


def seal_check(db: Database, sealed: str) -> str:
    """What was sealed when the database was made, by which a wrong key is known; `sealed` the first time."""
    run(db, "insert into seal_check (only_row, sealed) values (1, :sealed) on conflict do nothing", {"sealed": sealed})
    return one(db, "select sealed from seal_check")["sealed"]


def sending_address(db: Database) -> str | None:
    """The base address that texts of this database were last sent for; None for one that never sent."""
    found = row(db, "select base_url from sending_address")
    return found["base_url"] if found else None


def keep_sending_address(db: Database, base_url: str) -> None:
    """Keep the base address that texts are sent for."""
    run(
        db,
        """insert into sending_address (only_row, base_url) values (1, :base_url)
        on conflict (only_row) do update set base_url = :base_url""",
        {"base_url": base_url},
    )


def in_use(db: Database) -> list[Row]:
    """What participants and visits of this database hang on. Rows: study_key, kind (of procedure), timepoint."""
    return rows(
        db,
        """select distinct participant.study_key, procedure.kind, visit.timepoint from visit
        join procedure on procedure.id = visit.procedure_id
        join participant on participant.id = visit.participant_id""",
    )
