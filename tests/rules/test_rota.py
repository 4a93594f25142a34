"""Who is on call at an instant, by the standing list, dated shifts and absences; and where nobody is. The clinic opens
at 8:00 in New York; 2 March 2026 is a Monday."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from prom.rules import rota
from prom.rules.rota import Facts, Place
from prom.rules.times import stamp

NEW_YORK = ZoneInfo("America/New_York")
STANDING = [{"position": 0, "id": "leda"}, {"position": 1, "id": "nina"}, {"position": 2, "id": "noor"}]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def row(staff_id: str, first: str, last: str, **more) -> dict:
    return {"staff_id": staff_id, "from_at": stamp(local(first)), "until_at": stamp(local(last))} | more


def shift(seq: int, position: int, staff_id: str, first="2026-03-02T17:00", last="2026-03-03T08:00") -> dict:
    return row(staff_id, first, last, seq=seq, position=position)


def facts(*shifts, away=(), faults=None, standing=STANDING) -> Facts:
    return Facts(standing, shifts, away, faults or {})


def told(given: Facts, at: str) -> tuple:
    here = rota.on_call(given, local(at))
    return (*here.nurses, f"lead {here.lead}")


AWAY = row("nina", "2026-03-02T00:00", "2026-03-04T00:00")
NIGHT, BEFORE, AFTER = "2026-03-02T20:00", "2026-03-02T16:59", "2026-03-03T08:00"


@pytest.mark.parametrize(
    "given, at, line",
    [
        (facts(), NIGHT, ("nina", "noor", "lead leda")),
        (facts(shift(1, 1, "nell")), BEFORE, ("nina", "noor", "lead leda")),
        (facts(shift(1, 1, "nell")), "2026-03-02T17:00", ("nell", "noor", "lead leda")),
        (facts(shift(1, 1, "nell")), "2026-03-03T07:59", ("nell", "noor", "lead leda")),
        (facts(shift(1, 1, "nell")), AFTER, ("nina", "noor", "lead leda")),
        (facts(shift(1, 0, "nell")), NIGHT, ("nina", "noor", "lead nell")),
        (facts(shift(1, 3, "nell")), NIGHT, ("nina", "noor", "nell", "lead leda")),
        (facts(shift(1, 1, "nell"), shift(2, 1, "nora")), NIGHT, ("nora", "noor", "lead leda")),
        (facts(shift(1, 1, "noor")), NIGHT, ("noor", "lead leda")),
        (facts(away=[AWAY]), NIGHT, ("noor", "lead leda")),
        (facts(shift(1, 1, "nell"), away=[AWAY]), NIGHT, ("nell", "noor", "lead leda")),
        (facts(shift(1, 2, "nina"), away=[AWAY]), NIGHT, ("noor", "lead leda")),
        (facts(shift(1, 1, "nell"), faults={"nell": "left"}), NIGHT, ("nina", "noor", "lead leda")),
        (facts(shift(1, 1, "nell"), faults={"nell": "opted_out"}), NIGHT, ("noor", "lead leda")),
        (facts(faults={"nina": "no_mobile", "leda": "opted_out"}), NIGHT, ("noor", "lead None")),
        (facts(standing=[]), NIGHT, ("lead None",)),
    ],
)  # fmt: skip
def test_a_place_is_held_by_its_shift_else_by_the_list_and_never_by_who_is_away(given, at, line):
    assert told(given, at) == line


def test_who_holds_a_place_and_cannot_be_told_is_named_with_why():
    here = rota.on_call(facts(away=[AWAY], faults={"noor": "opted_out"}), local(NIGHT))
    assert here.places == (Place(0, "leda"), Place(1, "nina", fault="away"), Place(2, "noor", fault="opted_out"))


@pytest.mark.parametrize(
    "cover, night, faulty, gap",
    [
        (True, True, "", ""),
        (True, True, "nina noor", "uncovered"),
        (True, False, "nina noor", ""),
        (False, True, "nina noor", ""),
        (False, True, "leda", ""),
        (True, True, "leda", ""),
        (True, True, "nina noor leda", "nobody"),
        (False, True, "nina noor leda", "nobody"),
        (True, False, "nina noor leda", "nobody"),
    ],
)
def test_a_gap_is_a_time_without_anybody_and_a_covered_night_without_a_nurse(study, cover, night, faulty, gap):
    study = study.model_copy(update={"night": study.night.model_copy(update={"cover": cover})})
    here = rota.on_call(facts(faults=dict.fromkeys(faulty.split(), "opted_out")), local(NIGHT))
    assert rota.gap(study, here, night) == gap


def spans(study, given: Facts, first: str, last: str) -> list[tuple]:
    return [
        (f"{each.from_at.astimezone(NEW_YORK):%a %H:%M}", each.night, each.gap)
        for each in rota.spans(study, given, local(first), local(last))
    ]


def test_a_day_is_cut_into_its_hours_and_its_night(study):
    assert spans(study, facts(), "2026-03-06T10:00", "2026-03-10T08:00") == [
        ("Fri 10:00", False, ""),
        ("Fri 17:00", True, ""),
        ("Sat 08:00", True, ""),
        ("Sun 08:00", True, ""),
        ("Mon 08:00", False, ""),
        ("Mon 17:00", True, ""),
    ]


def test_a_public_holiday_is_a_night_all_day(study):
    assert spans(study, facts(), "2026-05-25T08:00", "2026-05-26T09:00") == [
        ("Mon 08:00", True, ""),
        ("Tue 08:00", False, ""),
    ]


def test_a_gap_begins_and_ends_to_the_minute(study):
    lead_alone = [{"position": 1, "id": "nina"}]
    away = [row("nina", "2026-03-02T18:30", "2026-03-02T22:15")]
    assert spans(study, facts(away=away, standing=lead_alone), "2026-03-02T17:00", "2026-03-03T08:00") == [
        ("Mon 17:00", True, ""),
        ("Mon 18:30", True, "nobody"),
        ("Mon 22:15", True, ""),
    ]


def test_a_shift_that_changes_nobody_cuts_nothing(study):
    given = facts(shift(1, 1, "nell", "2026-03-02T18:00", "2026-03-02T20:00"), away=[row("zoe", NIGHT, AFTER)])
    assert [each[0] for each in spans(study, given, "2026-03-02T17:00", "2026-03-03T08:00")] == [
        "Mon 17:00", "Mon 18:00", "Mon 20:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "at, day, night",
    [
        ("2026-03-02T10:00", date(2026, 3, 2), "2026-03-02T17:00"),
        ("2026-03-02T20:00", date(2026, 3, 2), "2026-03-02T20:00"),
        ("2026-03-03T03:00", date(2026, 3, 2), "2026-03-03T03:00"),
        ("2026-03-03T08:00", date(2026, 3, 3), "2026-03-03T17:00"),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(study, at, day, night):
    assert rota.day_of_rota(study, local(at)) == day
    assert rota.next_night(study, local(at)) == local(night)


def test_the_same_facts_tell_the_same_at_every_instant_of_a_span(study):
    given = facts(shift(1, 1, "nell"), shift(2, 2, "nora", "2026-03-02T12:00", NIGHT), away=[AWAY])
    for span in rota.spans(study, given, local("2026-03-02T08:00"), local("2026-03-05T08:00")):
        last = span.until_at - rota.SECOND
        assert rota.on_call(given, span.from_at) == rota.on_call(given, last) == span.on_call
