"""The clinic of the participant's pages behind the web server of the production shape, in a process of its own."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

import app as house
from prom import settings
from tests.browser.conftest import free_port
from tests.browser.participant_pages import Reached, ToldClock, page_clinic
from tests.double import DIRECT
from tests.drills.place import ROOT, kill_group, until
from tests.study import FakeSms


def create_app() -> Flask:
    """What the web server serves: the clinic of the environment, by the clock that stands beside its database."""
    given = settings.read(os.environ)
    return house.web(house.assemble(given, ToldClock(Path(given.database).parent / "clock"), FakeSms()))


@contextmanager
def served() -> Iterator[Reached]:
    """The participant's pages, served by gunicorn on loopback meanwhile."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        base = f"http://127.0.0.1:{port}"
        clinic = page_clinic(Path(folder), PROM_BASE_URL=base)
        process = _gunicorn(Path(folder), port, base)
        try:
            until(lambda: process.poll() is not None or _answers(base), 30)
            assert process.poll() is None, (Path(folder) / "log").read_text()
            yield Reached(clinic)
        finally:
            process.terminate()
            process.wait(30)
            kill_group(process)


def _gunicorn(folder: Path, port: int, base: str) -> subprocess.Popen:
    given = {
        "PROM_SECRET_KEY": "0123456789abcdef0123456789abcdef",
        "PROM_BASE_URL": base,
        "PROM_DATABASE": str(folder / "prom.db"),
        "PROM_STUDY": str(folder / "study.toml"),
        "PORT": str(port),
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PROM_", "TWILIO_"))}
    with (folder / "log").open("w") as log:
        return subprocess.Popen(
            [str(ROOT / ".venv/bin/gunicorn"), "tests.pages.place:create_app()"],
            cwd=ROOT,
            env=clean | given,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _answers(base: str) -> bool:
    try:
        return DIRECT.open(f"{base}/healthz", timeout=5).status == 200
    except OSError:
        return False
