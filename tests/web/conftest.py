"""What tests of the participant's pages begin with."""

import pytest

from tests.web.filling import Phone


@pytest.fixture
def treated(clinic):
    """Ada, injected on 2 March, on the day her first report is due."""
    clinic.enrol("ADA", status="performed", on="2026-03-02")
    clinic.at("2026-04-02T15:00:00Z")  # a Thursday, 11:00 in New York
    clinic.tick()
    return clinic


@pytest.fixture
def visit(treated):
    return treated.visit("ADA", "1m")


@pytest.fixture
def phone(treated, visit):
    found = Phone(treated, treated.token(visit))
    found.opens()
    return found
