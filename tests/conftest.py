"""Fixtures that every folder of tests may use."""

import pytest

from tests import catalogues
from tests.study import Study


def pytest_sessionstart():
    """The pages speak by compiled catalogues."""
    catalogues.compile_all()


@pytest.fixture
def clinic(tmp_path) -> Study:
    """A study with staff, an empty database, a set clock and a fake gateway."""
    return Study(tmp_path)
