"""What must be known of answers that staff enter."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from prom.rules.phone_entry import faults
from tests.study import utc

ZONE = ZoneInfo("America/New_York")
VISIT = {"opens_at": "2026-04-01T04:00:00Z"}  # the beginning of 1 April in New York
NOW = utc("2026-04-11T03:00:00Z")  # the evening of 10 April there


@pytest.mark.parametrize(
    "mode, filled_on, speaker, found",
    [
        ("phone", None, "participant", ()),
        ("phone", None, "other", ()),
        ("phone", None, None, ("entry_speaker",)),
        ("phone", date(2026, 4, 3), "nurse", ("entry_speaker",)),
        ("paper", date(2026, 4, 1), None, ()),
        ("paper", date(2026, 4, 10), None, ()),
        ("paper", date(2026, 3, 31), None, ("entry_date",)),
        ("paper", date(2026, 4, 11), None, ("entry_date",)),
        ("paper", None, "participant", ("entry_date",)),
        ("web", date(2026, 4, 3), "participant", ("entry_mode",)),
        (None, None, None, ("entry_mode",)),
    ],
)
def test_the_phone_wants_who_answers_and_paper_its_day_within_the_visit(mode, filled_on, speaker, found):
    assert faults(VISIT, mode, filled_on, speaker, ZONE, NOW) == found
