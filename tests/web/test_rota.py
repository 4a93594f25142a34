"""The page of the rota: read by whoever may, changed by its forms, its gaps in words."""

import re

import pytest

from prom.actions import staff
from prom.store.connect import rows, run, write
from tests.web.browsing import Person, staff_at

ROTA = "/care/rota"
TONIGHT = {"in-from_on": "2026-03-02", "in-from_time": "17:00", "in-until_on": "2026-03-03", "in-until_time": "08:00"}
AWAY = {name.replace("in-", "away-"): value for name, value in TONIGHT.items()}


@pytest.fixture
def nina(clinic) -> Person:
    """A nurse, logged in, on Monday 2 March 2026 at 10:00."""
    person = staff_at(clinic, "nina")
    person.opens(ROTA)
    return person


def row_of(page: str, when: str) -> str:
    """What the table of days shows of a time."""
    return next(row for row in re.findall(r"<tr.*?</tr>", page, re.S) if when in row)


@pytest.mark.parametrize("login, status", [("nina", 200), ("leda", 200), ("cora", 200), ("adam", 200), ("anna", 403)])
def test_who_sees_it(clinic, login, status):
    staff_at(clinic, login).opens(ROTA, status)


def test_a_stranger_is_asked_to_log_in(clinic):
    Person(clinic).opens(ROTA, 302)


def test_it_shows_each_day_with_its_hours_and_its_night_for_four_weeks(nina):
    assert "Place 1: Nina Example" in row_of(nina.page, "Working hours, 10:00 to 17:00")
    assert "Lead: Leda Example" in row_of(nina.page, "Night, 17:00 to Tue 08:00")
    assert "Sat 7 Mar 2026" in row_of(nina.page, "Closed, 08:00 to Sun 08:00")
    assert "Sun 29 Mar 2026" in nina.page and "Mon 30 Mar 2026" not in nina.page
    assert "GAP" not in nina.page


def test_a_public_holiday_is_named(clinic):
    clinic.at("2026-05-22T15:00:00Z")
    assert "Closed (Memorial Day), 08:00 to Tue 08:00" in staff_at(clinic, "nina").opens(ROTA)


def test_a_nurse_puts_a_colleague_in_hands_the_shift_over_and_takes_it_back(clinic, nina):
    people = clinic.staff
    nina.sends(f"{ROTA}/shifts", **TONIGHT, **{"in-who": people["noor"], "in-place": "1"})
    page = nina.opens(ROTA)
    assert "Place 1: Noor Example (shift)" in row_of(page, "Night, 17:00 to Tue 08:00")
    (address,) = re.findall(r'href="(/care/rota\?place=1[^"]*)">Hand over', page)
    filled = nina.opens(address.partition("#")[0])
    assert re.search(r'<input[^>]*id="in-from_time"[^>]*value="17:00', filled)
    nina.sends(f"{ROTA}/shifts", **TONIGHT, **{"in-who": people["leda"], "in-place": "1"})
    page = nina.opens(ROTA)
    assert "Place 1: Leda Example (shift)" in row_of(page, "Night, 17:00 to Tue 08:00")
    nina.sends(f"{ROTA}/shifts/2/back")
    assert "Place 1: Noor Example (shift)" in row_of(nina.opens(ROTA), "Night, 17:00 to Tue 08:00")
    nina.sends(f"{ROTA}/shifts/2/back", 404)


@pytest.mark.parametrize(
    "given, field, words",
    [
        ({"in-until_on": "2026-03-01"}, "in-until_on", "later than the beginning"),
        ({"in-until_on": "2026-05-01"}, "in-until_on", "31 days at most"),
        ({"in-from_on": "soon"}, "in-from_on", "Give a date, such as"),
        ({"in-from_time": ""}, "in-from_time", "Give the time at which it begins."),
        ({"in-who": "nobody"}, "in-who", "Not a valid choice"),
        ({"in-place": "7"}, "in-place", "Not a valid choice"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(clinic, nina, given, field, words):
    whole = TONIGHT | {"in-who": clinic.staff["noor"], "in-place": "1"} | given
    nina.sends(f"{ROTA}/shifts", 400, **whole)
    beside = re.search(rf'id="{field}-error">([^<]*)<', nina.page)
    assert beside and words in beside.group(1)
    assert rows(clinic.db, "select * from shift") == []


def test_a_nurse_marks_herself_away_and_is_back(clinic, nina):
    nina.sends(f"{ROTA}/away", 400, **AWAY, **{"away-who": clinic.staff["noor"]})
    nina.sends(f"{ROTA}/away", **AWAY, **{"away-who": clinic.staff["nina"]})
    assert "Nina Example is away" in re.sub(r"</?span[^>]*>", "", row_of(nina.opens(ROTA), "Night, 17:00 to Tue 08:00"))
    (away,) = rows(clinic.db, "select id from away")
    noor = staff_at(clinic, "noor")
    noor.opens(ROTA)
    noor.sends(f"{ROTA}/away/{away['id']}/end", 403)
    nina.sends(f"{ROTA}/away/{away['id']}/end")
    assert "is away" not in nina.opens(ROTA)


def test_a_coordinator_marks_a_colleague_away(clinic):
    cora = staff_at(clinic, "cora")
    cora.opens(ROTA)
    cora.sends(f"{ROTA}/away", **AWAY, **{"away-who": clinic.staff["noor"]})
    assert len(rows(clinic.db, "select * from away")) == 1


def test_a_gap_stands_in_words_above_with_the_way_to_fill_it(clinic, nina):
    with write(clinic.db):
        run(clinic.db, "delete from on_call")
    page = nina.opens(ROTA)
    assert "Gaps in the next 28 days" in page and "more below" in page
    assert "GAP: nobody can be told</span>: Mon 2 Mar 2026, Working hours, 10:00 to 17:00." in page
    assert "Nobody can be told now: nothing would ring." in page
    (address, *_) = re.findall(r'href="(/care/rota\?place=1[^"]*)">Put somebody in', page)
    assert '<details class="border-bottom" id="put-in" open>' in nina.opens(address.partition("#")[0])


def test_the_night_phone_is_rung_from_the_page(clinic, nina):
    assert "Ring the night phone (tonight: Nina Example)" in nina.page
    nina.sends(f"{ROTA}/ring", tonight="1")
    page = nina.opens(ROTA)
    assert "The test text goes now." in page and "not answered" in page
    nina.sends(f"{ROTA}/ring")
    assert "A test of the night phone is under way." in nina.opens(ROTA)
    assert len(rows(clinic.db, "select * from ring")) == 1


def test_an_odd_time_in_the_address_is_passed_over(nina):
    for odd in ("?from=Z&until=x", "?place=many", "?from=2026-13-45T00:00:00Z"):
        nina.opens(ROTA + odd)


def test_days_and_numbers_beyond_any_calendar_are_told_and_do_no_harm(clinic, nina):
    nina.opens(f"{ROTA}?from=0001-01-01T00:00:00Z&until=9999-12-31T23:59:59Z")
    far = {"in-until_on": "9999-12-31", "in-until_time": "23:00", "in-who": clinic.staff["noor"], "in-place": "1"}
    nina.sends(f"{ROTA}/shifts", 400, **TONIGHT | far)
    assert "Give a year from 1900 to 2199." in nina.page
    nina.opens(ROTA)
    nina.sends(f"{ROTA}/shifts/{'9' * 24}/back", 404)


def test_somebody_who_is_marked_away_is_not_put_in(clinic, nina):
    nina.sends(f"{ROTA}/away", **AWAY, **{"away-who": clinic.staff["nina"]})
    nina.opens(ROTA)
    times = {key.replace("away-", "in-"): value for key, value in AWAY.items()}
    nina.sends(f"{ROTA}/shifts", 400, **times, **{"in-who": clinic.staff["nina"], "in-place": "1"})
    assert "Nina Example is marked away in that time." in nina.page
    assert rows(clinic.db, "select * from shift") == []


def test_one_person_on_every_step_is_warned_of(clinic, nina):
    assert "ONE PERSON" not in nina.opens(ROTA)
    staff.set_on_call(clinic.db, "main", [clinic.staff["nina"]], clinic.staff["nina"], clinic.now, by=None)
    assert "ONE PERSON at every step: nobody else would be told" in nina.opens(ROTA)


def test_what_somebody_who_will_be_away_still_has_is_named_with_the_way_to_hand_it_over(clinic, nina):
    clinic.enrol("P-001", status="performed", on="2026-02-02")
    clinic.saves(clinic.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    alert = clinic.alerts("P-001")[0]
    clinic.acknowledges(alert)
    nina.opens(ROTA)
    nina.sends(f"{ROTA}/away", **AWAY, **{"away-who": clinic.staff["nina"]})
    link = f'<a href="/care/alerts/{alert["id"]}#hand-over">Hand over P-001</a>'
    assert link in nina.opens(ROTA) and "Nina Example is away from" in nina.page
    cora = staff_at(clinic, "cora")
    assert "Nina Example is away from" in cora.opens(ROTA) and link not in cora.page
    clinic.closes(alert)
    assert "has open alerts" not in nina.opens(ROTA)
