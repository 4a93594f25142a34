"""The waiting room: the square of a link, and the device that is given over."""

import re

import pytest
import segno

from prom.actions import contact
from prom.store import audit, visits
from prom.store.connect import add, rows, write
from tests.study import SHIPPED, Study, stamp
from tests.web.browsing import Person, staff_at
from tests.web.filling import everything
from tests.web.test_study import ADA, NEW, TODAY, page_of

RECORD = {"audit", "audit_detail", "sqlite_sequence"}  # the last counts the rows of the first


@pytest.fixture
def cora(clinic) -> Person:
    """The coordinator, logged in, with somebody whose baseline is open."""
    clinic.enrol("P-001", on=TODAY)
    return staff_at(clinic, "cora")


def shows(person: Person, code: str = "P-001", timepoint: str = "baseline") -> str:
    """Ask for the square on the participant's page; the path that it leads to."""
    person.opens(page_of(code))
    visit = person.clinic.visit(code, timepoint)["id"]
    answer = person.sends(f"{page_of(code)}/visits/{visit}/here")
    assert answer.location == f"/study/here/{visit}"
    return answer.location


def drawn(page: str) -> list[list[bool]]:
    """The modules that the SVG of a page draws, its quiet zone included."""
    size = int(re.search(r'viewBox="0 0 (\d+) \1"', page).group(1))
    grid = [[False] * size for _ in range(size)]
    x, y = 0, 0.0
    for letter, numbers in re.findall(r"([Mmhv])([-\d. ]+)", re.search(r'stroke="#000" d="([^"]+)"', page).group(1)):
        given = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if letter == "M":
            x, y = int(given[0]), given[1]
        elif letter == "m":
            x, y = x + int(given[0]), y + given[1]
        else:
            grid[int(y)][x : x + int(given[0])] = [True] * int(given[0])
            x += int(given[0])
    return grid


# ---- the page


def test_the_square_says_the_link_with_light_around_it(clinic, cora):
    page = cora.opens(shows(cora))
    address = f"https://prom.example.org/s/{clinic.token(clinic.visit('P-001', 'baseline'))}"
    code = segno.make_qr(address, error="m")
    assert drawn(page) == [[bool(module) for module in line] for line in code.matrix_iter(border=4)]
    assert f'<path fill="#fff" d="M0 0h{len(drawn(page))}v' in page
    assert f'<span class="address" dir="ltr">{address}</span>' in page


def test_the_page_shows_nothing_of_anybody(clinic, cora):
    clinic.enrol("P-002", on=TODAY)
    page = cora.opens(shows(cora))
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    for secret in ("P-001", "P-002", "Synthetic", "Injection", "Baseline", "Cora", "Log out", "Participants", "pain"):
        assert secret not in words
    assert re.findall(r"<nav|<script|<header", page) == []
    assert re.findall(r'(?:href|action)="(/[^"]*)"', page.split("<body>")[1]) == [page_of("P-001")]
    assert re.search(r"<title>(.*)</title>", page).group(1) == "Check-in"


def test_it_tells_staff_not_to_hand_over_a_device_that_is_logged_in(cora):
    assert "do not hand over this device before you have tapped “Use this device”" in cora.opens(shows(cora))


def test_it_speaks_the_participants_language_to_them_and_english_to_staff(clinic):
    clinic.enrol("P-001", on=TODAY, language="es")
    cora = staff_at(clinic, "cora")
    page = cora.opens(shows(cora))
    assert '<html lang="es" dir="ltr">' in page and "Su cuestionario está listo" in page
    assert '<form class="staff" lang="en" dir="ltr"' in page and ">Use this device</button>" in page
    assert '<html lang="en"' in cora.opens("/study/participants")


def test_asking_and_looking_are_on_the_record_and_change_nothing_else(clinic, cora):
    path = shows(cora)
    before = everything(clinic)
    cora.opens(path)
    assert {table for table, found in everything(clinic).items() if found != before[table]} == RECORD
    visit = clinic.visit("P-001", "baseline")
    assert [each["action"] for each in audit.of_subject(clinic.db, visit["id"])] == ["link_shown", "viewed"]
    assert visit["opened_at"] is None and clinic.messages("P-001") == []


def test_the_link_in_the_text_goes_on_working(clinic, cora):
    token = clinic.token(clinic.visit("P-001", "baseline"))
    cora.opens(shows(cora))
    assert clinic.token(clinic.visit("P-001", "baseline")) == token
    assert clinic.app().test_client().get(f"/s/{token}", base_url=clinic.means.base_url).status_code == 200


def test_where_the_year_of_birth_is_asked_it_is_asked_as_usual(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8").replace('birth_year = "shared"', 'birth_year = "always"')
    clinic = Study(tmp_path, study_text=text)
    clinic.enrol("P-001", on=TODAY)
    clinic.saves(clinic.visit("P-001", "baseline"), "red_flags", {"red_flags": ["none"]})
    cora = staff_at(clinic, "cora")
    cora.opens(shows(cora))
    given = cora.sends(f"/study/here/{clinic.visit('P-001', 'baseline')['id']}", 303)
    assert given.location.count("/") == 2  # no pass comes with it
    assert 'name="birth_year"' in cora.opens(given.location)


def test_a_visit_that_takes_no_answers_has_no_square(clinic, cora):
    path = shows(cora)
    later = clinic.visit("P-001", "3m")["id"]
    cora.opens(page_of("P-001"))
    cora.sends(f"{page_of('P-001')}/visits/{later}/here", 409)
    cora.opens(f"/study/here/{later}", 404)
    cora.opens(path)
    clinic.becomes("P-001", "left_follow_up")
    cora.sends(path, 409)
    cora.opens(path, 409)


def locks(clinic) -> dict:
    """Five wrong years have locked the link of the baseline; the visit."""
    visit = clinic.visit("P-001", "baseline")
    for _ in range(5):
        visits.wrong_year(clinic.db, visits.link_of(clinic.db, visit["id"])["id"], 5, stamp(clinic.now))
    return visit


def test_a_locked_link_has_no_square_until_a_new_one_is_made(clinic, cora):
    path = shows(cora)
    locks(clinic)
    before = len(rows(clinic.db, "select id from link", {}))
    cora.opens(path, 302)
    assert "The link is locked or has ended." in cora.opens(page_of("P-001"))
    assert len(rows(clinic.db, "select id from link", {})) == before
    assert drawn(cora.opens(shows(cora)))
    assert len(rows(clinic.db, "select id from link", {})) == before + 1


def test_a_device_is_given_over_with_a_new_link_where_it_was_locked_meanwhile(clinic, cora):
    path = shows(cora)
    cora.opens(path)
    visit = locks(clinic)
    given = cora.sends(path, 303)
    assert given.location == f"/s/{clinic.token(visit)}"
    assert visits.link_of(clinic.db, visit["id"])["generation"] == 2


# ---- this device


def test_giving_the_device_over_ends_the_session_and_opens_the_form(clinic, cora):
    path = shows(cora)
    token = clinic.token(clinic.visit("P-001", "baseline"))
    cora.opens(path)
    given = cora.sends(path, 303)
    assert given.location == f"/s/{token}"
    assert sorted(given.headers.getlist("Set-Cookie"))[0].startswith("__Host-forms=;")
    assert 'name="step" value="red_flags"' in cora.opens(given.location)
    for back in (path, "/study/participants", page_of("P-001"), "/study/day"):
        assert cora.client.get(back, base_url=cora.base).location.startswith("/login")
    visit = clinic.visit("P-001", "baseline")["id"]
    assert [each["action"] for each in audit.of_subject(clinic.db, visit)][-1] == "device_given"


def test_another_device_of_the_same_person_stays_logged_in(clinic, cora):
    other = staff_at(clinic, "cora")
    path = shows(cora)
    cora.opens(path)
    cora.sends(path, 303)
    other.opens("/study/participants")
    assert len(rows(clinic.db, "select * from session where ended_at is null", {})) == 1


def test_the_device_is_not_given_over_without_the_pages_own_form(clinic, cora):
    path = shows(cora)
    assert cora.client.post(path, base_url=cora.base).status_code == 400
    cora.opens("/study/participants")


def test_a_device_that_was_given_over_twice_asks_to_log_in(clinic, cora):
    path = shows(cora)
    cora.opens(path)
    cora.sends(path, 303)
    assert cora.client.post(path, base_url=cora.base).status_code in (302, 400)
    assert cora.client.get(path, base_url=cora.base).location == f"/login?next={path}"


@pytest.mark.parametrize("login", ["nina", "adam"])
def test_nurses_and_administrators_may_show_it_too(clinic, cora, login):
    person = staff_at(clinic, login)
    assert "Your form is ready" in person.opens(shows(person))


@pytest.mark.parametrize("login", ["anna"])
def test_others_may_not(clinic, cora, login):
    path = shows(cora)
    staff_at(clinic, login).opens(path, 403)


def test_at_another_site_there_is_no_square(clinic, cora):
    path = shows(cora)
    with write(clinic.db):
        add(clinic.db, "site", id="north", name="North")
        clinic.db.execute("update staff set site_id = 'north' where login = 'nina'")
    nina = staff_at(clinic, "nina")
    nina.opens(path, 404)
    nina.sends(path, 404)


# ---- ways to it


def test_enrolled_on_the_day_the_next_page_is_the_square(clinic):
    cora = staff_at(clinic, "cora")
    cora.opens(NEW)
    answer = cora.sends(NEW, **ADA | {"zone": "America/New_York", "on": TODAY})
    page = cora.opens(answer.location)
    visit = clinic.visit("P-001", "baseline")
    assert f"https://prom.example.org/s/{clinic.token(visit)}" in page and "is enrolled" not in page
    assert answer.location == f"/study/here/{visit['id']}"
    assert "P-001 is enrolled." in cora.opens(page_of("P-001"))


def test_what_staff_were_to_be_told_is_not_told_on_a_device_given_over(clinic):
    cora = staff_at(clinic, "cora")
    cora.opens(NEW)
    path = cora.sends(NEW, **ADA | {"zone": "America/New_York", "on": TODAY}).location
    cora.opens(path)
    cora.sends(path, 303)
    assert "enrolled" not in cora.opens("/login")


def test_the_days_list_leads_to_a_baseline_that_is_open(clinic, cora):
    clinic.enrol("P-002", on=TODAY)
    clinic.answers(clinic.visit("P-002", "baseline"))
    page = cora.opens("/study/day")
    assert page.count("Baseline: show the QR code") == 1
    visit = clinic.visit("P-001", "baseline")["id"]
    assert f'action="{page_of("P-001")}/visits/{visit}/here"' in page
    assert cora.sends(f"{page_of('P-001')}/visits/{visit}/here").location == f"/study/here/{visit}"


def test_the_page_of_a_participant_leads_to_every_open_form(clinic, cora):
    assert "Show the QR code" in cora.opens(page_of("P-001"))
    contact.change_mode(clinic.db, clinic.id("P-001"), "paper", False, clinic.now, staff_id=clinic.staff["cora"])
    assert "Show the QR code" in cora.opens(page_of("P-001"))
