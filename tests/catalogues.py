"""Makes the compiled catalogues of the pages' words, as make does, where they are older than what people wrote."""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path("prom/web/translations")


def read(path: Path):
    """A catalogue as people wrote it."""
    with path.open("rb") as written:
        return read_po(written, locale=path.parts[-3] if path.suffix == ".po" else None)


def compile_all() -> None:
    """Each in one piece: several test processes may do so at once."""
    for written in FOLDER.glob("*/LC_MESSAGES/messages.po"):
        made = written.with_suffix(".mo")
        if made.exists() and made.stat().st_mtime > written.stat().st_mtime:
            continue
        beside = made.with_name(f"{made.name}.{os.getpid()}")
        with beside.open("wb") as out:
            write_mo(out, read(written))
        beside.replace(made)
