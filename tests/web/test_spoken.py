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
        (-1, "0 min"), (0, "0 min"), (59, "59 min"), (60, "1 h"), (125, "2 h 5 min"),
        (2879, "47 h 59 min"), (2880, "2 days"),
    ],
)  # fmt: skip
def test_a_length_of_time(minutes, words):
    assert spoken.length(NINE, instant(NINE) + timedelta(minutes=minutes)) == words


@pytest.mark.parametrize(
    "status, reason, words",
    [
        ("delivered", None, "arrived"),
        ("dropped", "opted_out", "not sent: the number is opted out"),
        ("queued", "unavailable 503", "waiting to go: the provider could not be reached"),
        ("undelivered", "30003", "did not arrive: code 30003"),
        ("sent", "red_alert", "sent, not yet confirmed"),
    ],
)
def test_what_became_of_a_text(status, reason, words):
    assert spoken.message_standing({"status": status, "reason": reason}) == words


@pytest.mark.parametrize(
    "table, column, words", [("visit", "cancel_reason", spoken.CANCELLED), ("message", "status", spoken.MESSAGES)]
)
def test_every_state_that_the_database_allows_has_words(clinic, table, column, words):
    made = row(clinic.db, "select sql from sqlite_master where name = :name", {"name": table})["sql"]
    allowed = re.search(rf"{column} in \(([^)]*)\)", made).group(1)
    assert set(re.findall(r"'(\w+)'", allowed)) == set(words)


def test_a_date_and_nothing():
    assert spoken.day("2026-03-02") == "2 Mar 2026" and spoken.day(None) == ""
