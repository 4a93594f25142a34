"""The shipped study, as the rules see it."""

from pathlib import Path

import pytest

from prom.rules.study import Study, parse

SHIPPED = Path("prom/studies/interscapular-pain.toml")


@pytest.fixture(scope="session")
def study() -> Study:
    return parse(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)
