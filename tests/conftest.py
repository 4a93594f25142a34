"""Fixtures that every folder of tests may use, and where their databases lie."""

import shutil
import tempfile
from pathlib import Path

import pytest

from tests import catalogues
from tests.study import Study

IN_MEMORY = Path("/dev/shm")
ROOM = 1_000_000_000  # bytes


def pytest_configure(config):
    """Put the tests' databases in memory where there is room: a durable commit of each costs most of their time."""
    if config.option.basetemp or hasattr(config, "workerinput") or not IN_MEMORY.is_dir():
        return
    if shutil.disk_usage(IN_MEMORY).free > ROOM:
        config.option.basetemp = tempfile.mkdtemp(prefix="prom-tests-", dir=IN_MEMORY)
        config.add_cleanup(lambda: shutil.rmtree(config.option.basetemp, ignore_errors=True))


def pytest_sessionstart():
    """The pages speak by compiled catalogues."""
    catalogues.compile_all()


@pytest.fixture
def clinic(tmp_path) -> Study:
    """A study with staff, an empty database, a set clock and a fake gateway."""
    return Study(tmp_path)
