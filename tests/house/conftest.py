"""The source that the tests on the house read."""

import pytest

from tests.house.source import ROOT, Source


@pytest.fixture(scope="session")
def source() -> Source:
    """The real house, read once."""
    return Source(ROOT)
