"""The database file: opening it, and the one way to write.

SQLite by way of sqlite-utils. In WAL mode where this SQLite is not affected by the WAL-reset corruption bug
(fixed in 3.51.3, 3.50.7 and 3.44.6), else with a rollback journal, which has no such bug.
"""

import fcntl
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import sqlite_utils
from sqlite_utils.utils import sqlite3

from prom.errors import SettingFault

DatabaseError = sqlite3.DatabaseError
IntegrityError = sqlite3.IntegrityError
Row = dict[str, Any]
_BUSY_MS = 30_000
# Prepared statements kept: more than the house has. Once full, the driver's cache throws out what was used least: of a
# round of new statements each throws out the one before, and all are prepared anew each time.
_STATEMENTS = 2000
_OWNERS = 0o600  # the mode of a file that its owner alone may read


class Taken(Exception):
    """Another process does this work on the database: its process id."""


class Database(sqlite_utils.Database):
    """A connection that knows its file."""

    path: str


def open_database(path: str) -> Database:
    """A connection to the database file, for the thread that opens it. A new file is for its owner alone, and SQLite
    makes those beside it alike. Raises SettingFault for a file that is no database or cannot be opened."""
    mode = "wal" if wal_is_safe(sqlite3.sqlite_version) else "truncate"
    try:
        if not Path(path).exists():
            Path(path).touch(_OWNERS)
        connection = sqlite3.connect(
            path, timeout=_BUSY_MS / 1000, isolation_level=None, cached_statements=_STATEMENTS
        )
        for pragma in (
            f"busy_timeout={_BUSY_MS}",
            f"journal_mode={mode}",
            "synchronous=full",
            "foreign_keys=on",
            "secure_delete=on",
        ):
            connection.execute(f"pragma {pragma}")
    except (sqlite3.DatabaseError, OSError) as fault:
        raise SettingFault(f"PROM_DATABASE is odd: {path}: {fault}") from None
    db = Database(connection)
    db.path = path
    return db


def wal_is_safe(version: str) -> bool:
    """Whether this SQLite has the cure for the WAL-reset bug (sqlite.org/wal.html#walresetbug)."""
    number = tuple(int(part) for part in version.split("."))
    # lines into which the cure was ported back, from which release on
    cured: dict[tuple[int, ...], int] = {(3, 50): 7, (3, 44): 6}
    return number >= (3, 51, 3) or number[2] >= cured.get(number[:2], 10**6)


class Connections:
    """One connection a thread, living as long as the thread."""

    def __init__(self, path: str):
        self.path = path
        self._local = threading.local()

    def here(self) -> Database:
        """The connection of this thread."""
        if not hasattr(self._local, "db"):
            self._local.db = open_database(self.path)
        return self._local.db


@contextmanager
def write(db: Database) -> Iterator[None]:
    """The only way to write: a fair file lock, then BEGIN IMMEDIATE; commits at the end, rolls back on any error.

    All that must hold together stands inside, the reads it decides on included; never a network call.
    Inside another write of the same connection it is a part of that one, which an error undoes by itself.
    """
    if db.conn.in_transaction:
        with _undone_on_error(db, "savepoint part", ("rollback to part", "release part"), "release part"):
            yield
        return
    with turn(db.path), _undone_on_error(db, "begin immediate", ("rollback",), "commit"):
        yield


@contextmanager
def turn(path: str) -> Iterator[None]:
    """Wait for one's turn to write, among all threads and processes: first come, first served."""
    with open(f"{path}.lock", "w", opener=lambda name, flags: os.open(name, flags, _OWNERS)) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def hold_alone(path: str, what: str) -> IO[str]:
    """A lock on one kind of work on the database file, for as long as the file returned is open: with its process it
    ends, however that dies. Raises Taken, with the process that has it."""
    file = open(f"{path}.{what}", "a+", opener=lambda name, flags: os.open(name, flags, _OWNERS))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        raise Taken(holder) from None
    file.truncate(0)
    print(os.getpid(), file=file, flush=True)
    return file


@contextmanager
def _undone_on_error(db: Database, begin: str, undo: tuple[str, ...], end: str) -> Iterator[None]:
    """Between two statements; on any error, that of the last one included, undone. SQLite ends a transaction by itself
    after some errors (a full disk)."""
    db.conn.execute(begin)
    try:
        yield
        db.conn.execute(end)
    except BaseException:
        for statement in undo:
            if db.conn.in_transaction:
                db.conn.execute(statement)
        raise


def rows(db: Database, sql: str, values: Mapping[str, Any] | None = None) -> list[Row]:
    """All rows that a statement returns, as dicts."""
    cursor = db.execute(sql, dict(values or {}))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, found, strict=True)) for found in cursor.fetchall()]


def row(db: Database, sql: str, values: Mapping[str, Any] | None = None) -> Row | None:
    """The first row, or None."""
    found = rows(db, sql, values)
    return found[0] if found else None


def one(db: Database, sql: str, values: Mapping[str, Any] | None = None) -> Row:
    """The one row that a statement always returns."""
    return rows(db, sql, values)[0]


def run(db: Database, sql: str, values: Mapping[str, Any] | None = None) -> int:
    """Carry out a statement that returns no rows; the number of rows it changed."""
    return db.execute(sql, dict(values or {})).rowcount


def add(db: Database, table: str, **values: Any) -> str:
    """Insert one row into a table that exists; returns its id ("" where the table has none)."""
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    run(db, f"insert into {table} ({names}) values ({marks})", values)
    return str(values.get("id", ""))


def fresh_id() -> str:
    """A new primary key: 16 letters and digits nobody can guess."""
    return secrets.token_hex(8)
