"""With which earlier reports a report is compared: the last of any procedure, the reference of its own."""

from zoneinfo import ZoneInfo

import pytest

from prom.rules.comparison import compared

ZONE = ZoneInfo("America/New_York")


def procedure(key, performed_on, status="performed"):
    days = {"planned_on": None, "performed_on": performed_on, "performed_time": None}
    return {"id": key, "status": status} | days


def visit(key, procedure_id, timepoint, submitted_on=None):
    at = f"{submitted_on}T15:00:00Z" if submitted_on else None
    return {"id": key, "procedure_id": procedure_id, "timepoint": timepoint, "submitted_at": at}


PROCEDURES = [procedure("inj", "2026-01-10"), procedure("tae", "2026-04-20")]
VISITS = [
    visit("a0", "inj", "baseline", "2026-01-05"),
    visit("a1", "inj", "1m", "2026-02-10"),
    visit("a3", "inj", "3m", "2026-04-10"),
    visit("b1", "tae", "1m", "2026-05-20"),
    visit("b3", "tae", "3m"),
]


@pytest.mark.parametrize(
    "judged, last, reference",
    [
        ("a0", None, None),
        ("a1", "a0", "a0"),
        ("a3", "a1", "a0"),
        ("b1", "a3", "a3"),  # 10 days before the embolization
        ("b3", "b1", "a3"),
    ],
)
def test_a_report_is_compared_with_the_last_and_with_the_reference_of_its_procedure(study, judged, last, reference):
    own = next(row for row in VISITS if row["id"] == judged)
    known = VISITS[: VISITS.index(own)]
    found = compared(study, own, known, PROCEDURES, ZONE)
    assert [row and row["id"] for row in found] == [last, reference]


def test_the_report_itself_is_never_what_it_is_compared_with(study):
    last, _ = compared(study, VISITS[3], VISITS, PROCEDURES, ZONE)
    assert last["id"] == "a3"


def test_a_first_procedure_that_was_only_attempted_gives_way_to_the_next(study):
    procedures = [procedure("inj", "2026-01-10", "attempted"), procedure("tae", "2026-04-20")]
    visits = [visit("b0", "tae", "baseline", "2026-02-01"), visit("b1", "tae", "1m")]
    _, reference = compared(study, visits[1], visits, procedures, ZONE)
    assert reference["id"] == "b0"  # as old as it may be for a first one
