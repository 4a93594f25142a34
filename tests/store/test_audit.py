"""The audit: only ever appended to, chained, and free of anything that names a person."""

import hashlib
import json
import re

import pytest
from sqlite_utils.utils import sqlite3

from prom.store import audit, migrations
from prom.store.connect import open_database, rows, run, write

AT = "2026-03-02T15:00:00Z"


@pytest.fixture
def db(tmp_path):
    """An empty database with three rows of audit."""
    db = open_database(str(tmp_path / "prom.db"))
    migrations.up_to_date(db)
    with write(db):
        audit.record(db, AT, "system", "started", "a")
        audit.record(db, AT, "staff-1", "changed", "b", fields=["name"], how="page")
        audit.record(db, AT, "participant", "submitted", "b", mode="web")
    return db


def broken_links(db) -> list[int]:
    """Recompute the chain as a stranger would; the seq of each row that does not fit."""
    found, previous = [], "0" * 64
    for row in rows(db, "select audit.*, details from audit join audit_detail using (seq) order by seq"):
        details = hashlib.sha256(row["details"].encode()).hexdigest()
        link = [previous, row["at"], row["actor"], row["action"], row["subject"], details]
        own = hashlib.sha256(json.dumps(link, separators=(",", ":")).encode()).hexdigest()
        if (row["previous_sha256"], row["details_sha256"], row["sha256"]) != (previous, details, own):
            found.append(row["seq"])
        previous = row["sha256"]
    return found


def test_the_chain_can_be_recomputed(db):
    assert len(rows(db, "select * from audit")) == 3
    assert broken_links(db) == []


def test_changed_details_show(db):
    with write(db):
        run(db, "update audit_detail set details = '{}' where seq = 2")
    assert broken_links(db) == [2]


@pytest.mark.parametrize(
    "statement",
    [
        "update audit set actor = 'somebody else'",
        "delete from audit",
        "delete from audit where seq = 3",
        "insert or replace into audit select * from audit where seq = 2",
        "replace into audit (seq, at, actor, action, subject, details_sha256, previous_sha256, sha256) "
        "select 2, at, actor, action, subject, details_sha256, previous_sha256, 'other' from audit where seq = 2",
    ],
)
def test_nothing_is_changed_or_taken_away(db, statement):
    before = rows(db, "select * from audit")
    with pytest.raises(sqlite3.DatabaseError), write(db):
        run(db, statement)
    assert rows(db, "select * from audit") == before


def test_details_are_the_same_text_whatever_their_order(db):
    with write(db):
        audit.record(db, AT, "system", "x", "c", b=1, a=2)
        audit.record(db, AT, "system", "x", "c", a=2, b=1)
    first, second = rows(db, "select details_sha256 from audit where subject = 'c'")
    assert first == second


def test_the_same_fact_twice_makes_two_links(db):
    with write(db):
        for _ in range(2):
            audit.record(db, AT, "system", "same", "d")
    assert len(audit.of_subject(db, "d")) == 2
    assert broken_links(db) == []


def test_what_was_undone_leaves_no_link(db):
    with pytest.raises(KeyError), write(db):
        audit.record(db, AT, "system", "undone", "e")
        raise KeyError
    with write(db):
        audit.record(db, AT, "system", "kept", "f")
    assert audit.of_subject(db, "e") == []
    assert broken_links(db) == []


def test_a_subject_tells_its_story_in_order(db):
    assert [row["action"] for row in audit.of_subject(db, "b")] == ["changed", "submitted"]
    assert json.loads(audit.of_subject(db, "b")[0]["details"]) == {"fields": ["name"], "how": "page"}


def test_a_whole_story_leaves_an_unbroken_chain_that_names_nobody(clinic):
    clinic.enrol("P-001", on="2026-02-20", status="performed", name="Synthia Persona", birth_year=1951)
    number = clinic.number("P-001")
    clinic.ticks_until("2026-03-20T15:00:00Z")
    visit = clinic.visit("P-001", "1m")
    clinic.answers(visit, nrs=9, red_flags=["chest"], comment="my zebra knows")
    clinic.tick()
    alert = clinic.alerts("P-001")[0]
    clinic.acknowledges(alert)
    clinic.closes(alert, note="He keeps a giraffe")
    clinic.adds("P-001", "embolization", "planned", on="2026-04-20")
    story = json.dumps(
        rows(clinic.db, "select at, actor, action, subject, details from audit join audit_detail using (seq)")
    )
    actions = {row["action"] for row in rows(clinic.db, "select action from audit")}
    assert {"submitted", "alert_raised", "alert_acknowledged", "alert_closed", "staff_added"} <= actions
    token = clinic.token(visit)
    assert not re.search(r"\b1951\b", story)
    for secret in ("Synthia", "Persona", number, number[-7:], "zebra", "giraffe", token, "+1555", "Nina"):
        assert secret not in story
    assert broken_links(clinic.db) == []
