"""A participant's own pain line on the page of the form just sent: off unless the study wants it."""

import re

import pytest

from prom.actions import identity, links
from tests.study import SHIPPED, Study
from tests.web.filling import Phone

ON = {"show_pain = false": "show_pain = true"}
HISTORY = {"show_history = false": "show_history = true"}
ASKED = {'birth_year = "shared"': 'birth_year = "always"'}


@pytest.fixture
def clinic_with(tmp_path):
    """A function that makes a clinic by changes of the study file: Ada with a baseline of 8, nothing after a month, and
    three months after the injection."""

    def make(*changes: dict, language: str = "en", missed: bool = True) -> Study:
        text = SHIPPED.read_text(encoding="utf-8")
        for change in changes:
            for was, now in change.items():
                assert text.count(was) == 1
                text = text.replace(was, now)
        clinic = Study(tmp_path, study_text=text)
        clinic.enrol("ADA", on="2026-03-06", language=language)
        clinic.answers(clinic.visit("ADA", "baseline"), nrs=8)
        clinic.at("2026-03-06T20:00:00Z")
        clinic.records("ADA", "performed", "2026-03-06")
        if not missed:
            clinic.at("2026-04-06T15:00:00Z")
            clinic.answers(clinic.visit("ADA", "1m"), nrs=6)
        clinic.at("2026-06-08T15:00:00Z")
        return clinic

    return make


def sends(clinic: Study, checked: bool = False, **answers) -> Phone:
    """Ada's phone with the page of the 3-month form that she has just sent. checked: she gave her year of birth."""
    visit = clinic.visit("ADA", "3m")
    clinic.answers(visit, **{"nrs": 5} | answers)
    phone = Phone(clinic, clinic.token(visit))
    if checked:
        link = links.find(clinic.db, clinic.means, phone.path.rpartition("/")[2], clinic.now).link["id"]
        passed = identity.give_year(clinic.db, clinic.means, link, 1960, clinic.now)
        phone.path = f"{phone.path}/{passed}"
    phone.opens()
    return phone


def lines(phone: Phone) -> list[tuple[str, str]]:
    """(day, number) of the table beside the picture."""
    return re.findall(r'<tr><th scope="row">([^<]+)</th><td>([^<]+)</td></tr>', phone.page)


@pytest.mark.parametrize(
    "changes, checked, shown",
    [
        ((), False, False),
        ((HISTORY,), False, False),
        ((ASKED,), True, False),
        ((ON,), False, False),
        ((ON, HISTORY), False, True),
        ((ON, ASKED), True, True),
        ((ON, HISTORY, ASKED), False, False),
    ],
)
def test_the_line_is_shown_where_the_study_wants_it_and_earlier_answers_may_be_seen(
    clinic_with, changes, checked, shown
):
    phone = sends(clinic_with(*changes), checked)
    assert ("<svg" in phone.page, "Your pain so far" in phone.text) == (shown, shown)
    assert bool(lines(phone)) is shown


def test_the_picture_and_the_table_say_the_same_and_a_missed_form_is_a_gap(clinic_with):
    phone = sends(clinic_with(ON, HISTORY))
    assert lines(phone) == [("March 2, 2026", "8"), ("April 6, 2026", "no number"), ("June 8, 2026", "5")]
    assert phone.page.count("<circle") == 2 and "<polyline" not in phone.page
    assert "<title>March 2, 2026: 8</title>" in phone.page and "Your average pain in the last 7 days" in phone.text


def test_the_line_begins_with_the_first_number(clinic_with):
    clinic = clinic_with(ON, HISTORY)
    clinic.enrol("BEN", on="2026-06-10")
    clinic.answers(clinic.visit("BEN", "baseline"), nrs={"declined": True}, nrs_worst=7)
    clinic.at("2026-06-10T20:00:00Z")
    clinic.records("BEN", "performed", "2026-06-10")
    clinic.at("2026-07-10T15:00:00Z")
    clinic.answers(clinic.visit("BEN", "1m"), nrs=6)
    clinic.at("2026-09-10T15:00:00Z")
    clinic.answers(clinic.visit("BEN", "3m"), nrs=4)
    phone = Phone(clinic, clinic.token(clinic.visit("BEN", "3m")))
    phone.opens()
    assert lines(phone) == [("July 10, 2026", "6"), ("September 10, 2026", "4")]


def test_neighbours_are_joined(clinic_with):
    phone = sends(clinic_with(ON, HISTORY, missed=False))
    assert [number for _, number in lines(phone)] == ["8", "6", "5"]
    (points,) = re.findall(r'<polyline class="line" points="([^"]+)"', phone.page)
    assert len(points.split()) == 3


def test_treatments_are_marked_only_once_the_year_of_birth_was_given(clinic_with):
    assert "Treatment" not in sends(clinic_with(ON, HISTORY)).page


def test_a_treatment_is_marked_without_its_name(clinic_with):
    page = sends(clinic_with(ON, ASKED), checked=True).page
    assert page.count(">Treatment<") == 1 and "njection" not in page


@pytest.mark.parametrize(
    "answers",
    [{"red_flags": ["chest"]}, {"urgency": "urgent"}],
    ids=["get help now", "call us today"],
)
def test_beside_advice_to_act_now_there_is_no_line(clinic_with, answers):
    assert "<svg" not in sends(clinic_with(ON, HISTORY), **answers).page


def test_after_a_day_and_on_an_unsent_form_there_is_none(clinic_with):
    clinic = clinic_with(ON, HISTORY)
    phone = Phone(clinic, clinic.token(clinic.visit("ADA", "3m")))
    assert "<svg" not in phone.opens()
    sends(clinic)
    assert "<svg" in phone.opens()
    clinic.at("2026-06-09T15:00:01Z")
    assert "<svg" not in phone.opens()


def test_one_number_is_no_line(clinic_with):
    phone = sends(clinic_with(ON, HISTORY), nrs={"declined": True}, nrs_worst=5)
    assert "<svg" not in phone.page and not lines(phone)


def test_a_pass_that_has_run_out_shows_none(clinic_with):
    clinic = clinic_with(ON, ASKED)
    phone = sends(clinic, checked=True)
    assert "<svg" in phone.page
    clinic.at("2026-06-08T17:01:00Z")
    answered = phone.client.get(phone.path, base_url=phone.base, follow_redirects=True)
    assert "<svg" not in answered.get_data(as_text=True)


def test_the_line_speaks_the_participants_language(clinic_with):
    phone = sends(clinic_with(ON, HISTORY, language="es"))
    assert lines(phone)[1] == ("6 de abril de 2026", "sin número")
    assert "Su dolor hasta ahora" in phone.text and "Your pain" not in phone.page


def test_nothing_in_the_picture_needs_what_the_page_forbids(clinic_with):
    page = sends(clinic_with(ON, ASKED), checked=True).page
    assert "style=" not in page and "<script" not in page and page.count("<style") == 1
