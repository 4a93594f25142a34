"""The database file: how it is opened, and the one way to write."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3

from prom.errors import SettingFault
from prom.store import connect, migrations
from prom.store.connect import Connections, IntegrityError, add, one, open_database, row, rows, run, wal_is_safe, write

ROOT = Path(__file__).parents[2]
AT = "2026-03-02T15:00:00Z"


@pytest.fixture
def db(tmp_path):
    """An empty database of the house, with a counter to write to."""
    db = open_database(str(tmp_path / "prom.db"))
    migrations.up_to_date(db)
    with write(db):
        add(db, "counter", key="n", since=AT, count=0)
    return db


def count(db) -> int:
    return one(db, "select count from counter where key = 'n'")["count"]


def set_count(db, value: int) -> None:
    run(db, "update counter set count = :value where key = 'n'", {"value": value})


def pragma(db, name: str):
    return db.conn.execute(f"pragma {name}").fetchone()[0]


@pytest.mark.parametrize(
    "version, safe",
    [
        ("3.40.1", False),
        ("3.44.5", False),
        ("3.44.6", True),
        ("3.45.0", False),
        ("3.49.9", False),
        ("3.50.6", False),
        ("3.50.7", True),
        ("3.51.2", False),
        ("3.51.3", True),
        ("3.52.0", True),
        ("3.53.4", True),
        ("4.0.0", True),
    ],
)
def test_wal_only_where_its_bug_is_cured(version, safe):
    assert wal_is_safe(version) is safe


def test_a_connection_is_opened_to_lose_nothing(db):
    wanted = "wal" if wal_is_safe(sqlite3.sqlite_version) else "truncate"
    assert pragma(db, "journal_mode") == wanted
    assert pragma(db, "synchronous") == 2  # full
    assert pragma(db, "foreign_keys") == 1
    assert pragma(db, "secure_delete") == 1
    assert pragma(db, "busy_timeout") >= 5000


def test_an_affected_sqlite_keeps_a_rollback_journal(tmp_path, monkeypatch):
    monkeypatch.setattr(connect, "wal_is_safe", lambda version: False)
    db = open_database(str(tmp_path / "old.db"))
    assert pragma(db, "journal_mode") == "truncate"
    assert pragma(db, "synchronous") == 2


def modes(folder) -> dict[str, str]:
    return {path.name: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}


@pytest.mark.parametrize("safe", [True, False])
def test_what_is_kept_is_for_its_owner_alone(tmp_path, monkeypatch, safe):
    monkeypatch.setattr(connect, "wal_is_safe", lambda version: safe)
    mask = os.umask(0o022)
    try:
        db = open_database(str(tmp_path / "prom.db"))
        migrations.up_to_date(db)
        with write(db):
            add(db, "counter", key="n", since=AT, count=0)
            found = modes(tmp_path)
    finally:
        os.umask(mask)
    beside = {"prom.db-wal", "prom.db-shm"} if safe else {"prom.db-journal"}
    assert found == dict.fromkeys({"prom.db", "prom.db.lock"} | beside, "0o600")


def test_the_mode_that_an_operator_chose_stands(tmp_path):
    path = tmp_path / "prom.db"
    open_database(str(path)).close()
    path.chmod(0o660)
    open_database(str(path)).close()
    assert path.stat().st_mode & 0o777 == 0o660


def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "prom.db"
    path.write_text("this is a letter, not a database\n" * 50)
    with pytest.raises(SettingFault, match=r"PROM_DATABASE is odd: .*prom\.db"):
        open_database(str(path))


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingFault, match="PROM_DATABASE is odd: .*nowhere"):
        open_database(str(tmp_path / "nowhere" / "prom.db"))


def test_a_write_is_kept(db):
    with write(db):
        set_count(db, 7)
    assert count(open_database(db.path)) == 7
    assert not db.conn.in_transaction


def test_an_error_undoes_the_whole_write(db):
    with pytest.raises(KeyError), write(db):
        set_count(db, 7)
        raise KeyError
    assert count(db) == 0
    assert not db.conn.in_transaction


def test_a_write_inside_a_write_is_a_part_of_it(db):
    with pytest.raises(KeyError), write(db):
        with write(db):
            set_count(db, 7)
        assert count(db) == 7
        raise KeyError
    assert count(db) == 0


def test_a_part_that_fails_undoes_itself_alone(db):
    with write(db):
        set_count(db, 1)
        with pytest.raises(KeyError), write(db):
            set_count(db, 2)
            with write(db):
                set_count(db, 3)
            raise KeyError
        assert count(db) == 1
    assert count(db) == 1


def test_a_transaction_that_sqlite_ended_hides_no_error(db):
    with pytest.raises(KeyError), write(db):
        db.conn.execute("rollback")
        raise KeyError
    with write(db):
        set_count(db, 4)
    assert count(open_database(db.path)) == 4


def test_a_write_that_cannot_be_committed_leaves_no_transaction_open(db):
    with pytest.raises(IntegrityError), write(db):
        db.conn.execute("pragma defer_foreign_keys=on")
        add(db, "staff_role", staff_id="nobody", role="nurse")
    assert not db.conn.in_transaction
    with write(db):
        set_count(db, 5)
    assert count(open_database(db.path)) == 5


def test_a_write_holds_off_programs_that_know_nothing_of_the_lock_file(db):
    stranger = sqlite3.connect(db.path, timeout=0, isolation_level=None)
    with write(db), pytest.raises(sqlite3.OperationalError, match="locked"):
        stranger.execute("begin immediate")
    stranger.execute("begin immediate")
    stranger.execute("rollback")
    stranger.close()


def test_four_threads_lose_no_update_and_wait_their_turn(db):
    waits, faults = [], []

    def work():
        own = open_database(db.path)
        try:
            for _ in range(150):
                asked = time.monotonic()
                with write(own):
                    waits.append(time.monotonic() - asked)
                    set_count(own, count(own) + 1)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert count(db) == 600
    assert max(waits) < 5


def test_two_processes_lose_no_update(db):
    script = textwrap.dedent(f"""
        from prom.store.connect import one, open_database, run, write
        db = open_database({db.path!r})
        for _ in range(150):
            with write(db):
                value = one(db, "select count from counter where key = 'n'")["count"]
                run(db, "update counter set count = :value where key = 'n'", {{"value": value + 1}})
    """)
    running = [subprocess.Popen([sys.executable, "-c", script], cwd=ROOT) for _ in range(2)]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    assert count(db) == 300


def test_a_thread_keeps_its_connection_and_shares_it_with_none(db):
    connections = Connections(db.path)
    found = []

    def look():
        found.append((connections.here(), connections.here()))

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
        thread.join()
    assert all(first is second for first, second in found)
    assert len({id(first) for first, _ in found} | {id(connections.here())}) == 3
    with pytest.raises(sqlite3.ProgrammingError):
        found[0][0].conn.execute("select 1")


def test_a_mistyped_table_is_an_error_and_makes_no_table(db):
    before = migrations.tables(db)
    with pytest.raises(sqlite3.OperationalError, match="no such table"), write(db):
        add(db, "mesage", id="1", lane="staff")
    assert migrations.tables(db) == before


def test_rows_row_and_one(db):
    assert rows(db, "select key from counter where count > :more", {"more": 5}) == []
    assert row(db, "select key from counter where count > :more", {"more": 5}) is None
    assert row(db, "select key, count from counter") == {"key": "n", "count": 0}
    with write(db):
        assert run(db, "update counter set count = 1") == 1
        assert run(db, "update counter set count = 1 where key = 'm'") == 0


def test_ids_are_not_to_be_guessed():
    made = {connect.fresh_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(one) == 16 and one.isalnum() for one in made)
