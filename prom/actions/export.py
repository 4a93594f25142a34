"""Exports leave the building: what left, to whom, and its fingerprint stand in the audit."""

import hashlib
from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from prom.rules.times import stamp
from prom.store import audit
from prom.store.connect import Database, write


def recorded(db: Database, lines: Generator[str, None, None], file: str, now: datetime, *, by: str) -> Iterator[bytes]:
    """Pass a file's records on (the first is its header) and record it once the last has gone, or the reader has:
    `whole` says which.

    by: staff id or "system".
    """
    digest, records, whole = hashlib.sha256(), 0, False
    try:
        with closing(lines):
            for line in lines:
                data = line.encode()
                digest.update(data)
                records += 1
                yield data
        whole = True
    finally:
        about = {"rows": max(records - 1, 0), "sha256": digest.hexdigest(), "whole": whole}
        with write(db):
            audit.record(db, stamp(now), by, "exported", file, **about)


def write_files(
    db: Database, files: dict[str, Generator[str, None, None]], folder: Path, now: datetime, *, by: str
) -> dict[str, int]:
    """Write files into a folder, made when it is not there; {file name: rows}. A file appears when it is whole.

    files: {file name: its records}. Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return {name: _write(db, lines, folder / name, now, by) for name, lines in files.items()}


def _write(db: Database, lines: Generator[str, None, None], path: Path, now: datetime, by: str) -> int:
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(0o600)  # what patients said: for its owner alone
    records = 0
    with part.open("wb") as file:
        for data in recorded(db, lines, path.name, now, by=by):
            file.write(data)
            records += 1
    part.replace(path)
    return records - 1
