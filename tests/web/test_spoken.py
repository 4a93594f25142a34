"""Stored values as staff read them: none that the database allows is without words."""

import re
from datetime import timedelta

import pytest

from prom.rules.times import instant
from prom.store.connect import row
from prom.web import spoken

NINE = "2026-03-02T14:00:00Z"


@pytest.mark.parametrize(
    "minutes, words",
    [
        (-1, "less than a minute"), (0.9, "less than a minute"), (1, "1 min"), (59, "59 min"), (60, "1 h"),
        (125, "2 h 5 min"), (2879, "47 h 59 min"), (2880, "2 days"),
    ],
)  # fmt: skip
def test_a_length_of_time(minutes, words):
    assert spoken.length(NINE, instant(NINE) + timedelta(minutes=minutes)) == words


def test_every_reason_of_a_cancelled_visit_has_words(clinic):
    made = row(clinic.db, "select sql from sqlite_master where name = 'visit'")["sql"]
    allowed = re.search(r"cancel_reason in \(([^)]*)\)", made).group(1)
    assert set(re.findall(r"'(\w+)'", allowed)) == set(spoken.CANCELLED)


def test_a_date_and_nothing():
    assert spoken.day("2026-03-02") == "2 Mar 2026" and spoken.day(None) == ""
