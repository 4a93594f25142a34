"""Tables: made by migrations, once, and strict about what they hold."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlite_utils import Migrations

from prom.errors import SettingFault
from prom.store import migrations
from prom.store.connect import IntegrityError, add, open_database, rows, run, write

ROOT = Path(__file__).parents[2]
AT = "2026-03-02T15:00:00Z"
FAMILIES = {
    "installation", "study_version", "site", "staff", "staff_role", "on_call", "session", "counter", "participant",
    "contact", "consent", "status_event", "decision", "procedure", "procedure_event", "visit", "link", "draft",
    "draft_check", "held_screen", "response", "alert", "alert_reason", "alert_event", "reading", "adverse_event",
    "adverse_event_version", "no_adverse_event", "investigator_decision",
    "task", "message", "receipt", "inbound", "inbound_participant", "opt_out", "phone_copy", "heartbeat", "fault",
    "audit", "audit_detail", "signature", "pass", "seal_check", "sending_address", "stop_request",
    "snooze", "snoozed_reason", "shift", "away", "ring", "entry",
}  # fmt: skip


@pytest.fixture
def db(tmp_path):
    """An empty database of the house."""
    db = open_database(str(tmp_path / "prom.db"))
    migrations.up_to_date(db)
    return db


def copies(db) -> list[str]:
    return sorted(path.name for path in Path(db.path).parent.glob("*.before-upgrade-*"))


def later(*steps) -> Migrations:
    """The migrations of a later release: ours, and further ones."""
    found = Migrations("prom")
    for step in (migrations.first, *steps):
        found()(step)
    return found


def nickname(db):
    db.conn.execute("alter table site add column nickname text")


def half_of_something(db):
    db.conn.execute("alter table site add column nickname text")
    raise ZeroDivisionError


def test_every_family_stands(db):
    assert migrations.tables(db) == FAMILIES | {"_sqlite_migrations"}


def test_migrations_are_applied_once(db):
    assert migrations.up_to_date(db) is False
    assert copies(db) == []


@pytest.mark.parametrize(
    "gone, lacks",
    [("alter table contact drop column wrong_since", "contact.wrong_since"), ("drop table held_screen", "held_screen")],
)
def test_a_database_of_another_make_is_refused(db, gone, lacks):
    db.conn.execute(gone)
    with pytest.raises(SettingFault, match=f"PROM_DATABASE is odd: .*prom.db: .* lacks {lacks}.*: use a new one"):
        migrations.up_to_date(db)


def test_a_new_database_needs_no_copy(tmp_path):
    db = open_database(str(tmp_path / "new.db"))
    assert migrations.up_to_date(db) is True
    assert copies(db) == []


def test_an_older_database_is_copied_before_it_is_changed(db, monkeypatch):
    with write(db):
        add(db, "site", id="north", name="North")
    monkeypatch.setattr(migrations, "migrations", later(nickname))
    assert migrations.up_to_date(db) is True
    assert "nickname" in rows(db, "select * from site")[0]
    assert copies(db) == ["prom.db.before-upgrade-1"]
    copy = Path(db.path).with_name("prom.db.before-upgrade-1")
    assert copy.stat().st_mode & 0o777 == Path(db.path).stat().st_mode & 0o777 == 0o600
    before = open_database(str(copy))
    assert [site["id"] for site in rows(before, "select * from site order by id")] == ["main", "north"]
    assert "nickname" not in rows(before, "select * from site")[0]


def test_a_second_upgrade_keeps_the_first_copy(db, monkeypatch):
    for number, step in enumerate((nickname, lambda db: db.conn.execute("drop table reading")), start=1):
        step.__name__ = f"step_{number}"
        monkeypatch.setattr(migrations, "migrations", later(*([nickname, step][:number])))
        migrations.up_to_date(db)
    assert copies(db) == ["prom.db.before-upgrade-1", "prom.db.before-upgrade-2"]


def test_a_migration_that_fails_changes_nothing(db, monkeypatch):
    monkeypatch.setattr(migrations, "migrations", later(half_of_something))
    with pytest.raises(ZeroDivisionError):
        migrations.up_to_date(db)
    assert "nickname" not in rows(db, "select * from site")[0]
    monkeypatch.setattr(migrations, "migrations", later(nickname))
    assert migrations.up_to_date(db) is True


def test_processes_that_start_together_make_the_tables_once(tmp_path):
    path = tmp_path / "prom.db"
    script = textwrap.dedent(f"""
        from pathlib import Path
        from prom.store import migrations
        from prom.store.connect import open_database
        db = open_database({str(path)!r})
        print("ready", flush=True)
        while not Path({str(tmp_path / "go")!r}).exists():
            pass
        migrations.up_to_date(db)
    """)
    running = [subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE) for _ in range(4)]
    assert [process.stdout.readline() for process in running] == [b"ready\n"] * 4
    (tmp_path / "go").touch()
    assert [process.wait(timeout=60) for process in running] == [0] * 4
    assert FAMILIES <= migrations.tables(open_database(str(path)))


def test_every_table_is_strict(db):
    loose = rows(db, "select name from pragma_table_list where schema = 'main' and type = 'table' and strict = 0")
    assert {table["name"] for table in loose} <= {"_sqlite_migrations", "sqlite_schema", "sqlite_sequence"}


@pytest.mark.parametrize(
    "table, values",
    [
        ("counter", {"key": "n", "since": AT, "count": "many"}),
        ("counter", {"key": "n", "since": AT, "count": -1}),
        ("counter", {"key": "n", "since": "2026-03-02 15:00:00", "count": 1}),
        ("counter", {"key": "n", "since": "2026-03-02T15:00:00.123Z", "count": 1}),
        ("counter", {"key": "n", "since": None, "count": 1}),
        ("installation", {"only_row": 2, "kind": "real", "since": AT}),
        ("installation", {"only_row": 1, "kind": "demo", "since": AT}),
        ("staff_role", {"staff_id": "nobody", "role": "nurse"}),
        ("on_call", {"site_id": "elsewhere", "position": 0, "staff_id": "nobody"}),
        ("opt_out", {"id": "1", "number_hash": "a", "how": "rumour", "at": AT}),
        ("session", {"token_hash": "a", "staff_id": "nobody", "started_at": AT, "last_used_at": AT}),
    ],
)
def test_the_schema_refuses_a_wrong_value(db, table, values):
    with pytest.raises(IntegrityError), write(db):
        add(db, table, **values)
    assert rows(db, f"select * from {table}") == []


def test_a_participant_is_a_test_by_code_and_flag_alike(db):
    person = {
        "id": "1", "study_key": "s", "site_id": "main", "zone": "UTC", "language": "en", "contact_mode": "text",
        "eligibility": "{}", "eligible": 1, "enrolled_on": "2026-03-02", "enrolled_at": AT,
    }  # fmt: skip
    for code, is_test in (("TEST-1", 0), ("P-001", 1)):
        with pytest.raises(IntegrityError), write(db):
            add(db, "participant", code=code, is_test=is_test, **person)
    with write(db):
        add(db, "participant", code="TEST-1", is_test=1, **person)
    with pytest.raises(IntegrityError), write(db):
        add(db, "participant", code="TEST-1", is_test=1, **person | {"id": "2"})


@pytest.mark.parametrize("is_on, performed", [("performed", None), ("planned", "2026-03-02")])
def test_a_procedure_has_a_day_when_it_was_done_and_only_then(clinic, is_on, performed):
    clinic.enrol("P-001", on="2026-03-20")
    with pytest.raises(IntegrityError), write(clinic.db):
        run(clinic.db, "update procedure set status = :status, performed_on = :on", {"status": is_on, "on": performed})


def test_a_visit_is_not_both_sent_and_cancelled(clinic):
    clinic.enrol("P-001", on="2026-03-20")
    with pytest.raises(IntegrityError), write(clinic.db):
        both = "update visit set submitted_at = :at, cancelled_at = :at, cancel_reason = 'cancelled'"
        run(clinic.db, both, {"at": AT})
