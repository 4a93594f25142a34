"""Morphine milligram equivalents on the nurse's pages: beside a report, over time, and why there is no figure."""

import re

import pytest

from prom.rules.answers import DECLINED, NOT_SURE
from prom.rules.medicines import REASONS, Dose
from prom.web import opioids
from tests.web.browsing import staff_at


def about(place, **given):
    """The answers about one opioid."""
    found = {"med_strength": 50, "med_unit": "mg", "med_times": 3, "med_days": 7, "med_change": "same"} | given
    return {f"{item}/{place}": value for item, value in ({"med_more": "no"} | found).items()}


TRAMADOL = about("opioid_weak", med_opioid="tramadol", med_days=2)
BUPRENORPHINE = about("opioid_strong", med_opioid="buprenorphine", med_strength=2)


@pytest.fixture
def reported(clinic):
    """P-001, who took no medicine at baseline and reported two opioids a month after the injection."""
    clinic.enrol("P-001", on="2026-03-03")
    clinic.answers(clinic.visit("P-001", "baseline"), nrs=7)
    clinic.at("2026-03-03T15:00:00Z")
    clinic.records("P-001", "performed", "2026-03-03")
    clinic.at("2026-04-03T15:00:00Z")
    kinds = {"med_any": "yes", "med_classes": ["opioid_weak", "opioid_strong"]}
    clinic.answers(clinic.visit("P-001", "1m"), nrs=8, **kinds, **TRAMADOL, **BUPRENORPHINE)
    return clinic


def words(page):
    """What a page says, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_report_tells_each_opioid_and_why_all_together_have_no_figure(reported):
    for path in ("/care/participants/P-001", f"/care/alerts/{reported.alerts('P-001')[0]['id']}", "/care/reports"):
        page = words(staff_at(reported, "nina").opens(path))
        assert "Opioids, MME: no figure (the table has no factor for it) (table CDC-2022, last 7 days)" in page
        assert "Tramadol or codeine, Tramadol: 30 on a day of use, 8.57 a day on average" in page
        assert "Strong opioid, Buprenorphine: no figure (the table has no factor for it)" in page
        assert "an estimate only. Not for switching one opioid to another." in page


def test_the_earlier_reports_tell_their_figures_beside_the_pain(reported):
    page = staff_at(reported, "nina").opens("/care/participants/P-001")
    cells = re.findall(r'<td data-label="Opioids, MME">([^<]*)</td>', page)
    assert cells == ["0 a day", "no figure (the table has no factor for it)"]


def test_the_medicines_of_each_report_stand_under_each_other(reported):
    for path in ("/care/participants/P-001", f"/care/alerts/{reported.alerts('P-001')[0]['id']}"):
        page = staff_at(reported, "nina").opens(path)
        cells = re.findall(r'<td data-label="Pain medicine">(.*?)</td>', page, re.S)
        assert [words(cell) for cell in cells] == [
            "No",
            "Tramadol or codeine: Tramadol, 50 mg, 3 times a day, on 2 of 7 days, as before "
            "Strong opioid: Buprenorphine, 2 mg, 3 times a day, on 7 of 7 days, as before",
        ]


def test_what_a_form_not_sent_tells_so_far_has_no_figure(clinic):
    clinic.enrol("P-001", on="2026-03-03")
    visit = clinic.visit("P-001", "baseline")
    for step, value in {"red_flags": ["none"], "nrs_average": 6, "nrs_worst": 7, "med_any": "yes"}.items():
        clinic.saves(visit, step, {step: value})
    assert "Opioids, MME: no figure (not answered)" in words(staff_at(clinic, "nina").opens("/care/participants/P-001"))


@pytest.mark.parametrize(
    "dose, text",
    [
        (Dose(0, 0), "0 a day"),
        (Dose(60, 60), "60 a day"),
        (Dose(30, 8.57), "30 on a day of use, 8.57 a day on average"),
        (Dose(30, None, "not_known"), "30 on a day of use; no average (not sure, or preferred not to answer)"),
        (Dose(None, None, "unit"), "no figure (its unit cannot be turned into mg)"),
    ],
)
def test_a_dose_in_words(dose, text):
    assert opioids.words(dose) == text


def test_every_reason_has_words():
    assert all("(" in opioids.words(Dose(None, None, reason)) for reason in REASONS)


@pytest.mark.parametrize("medicine, name", [(NOT_SURE, "Not sure"), (DECLINED, "I prefer not to answer")])
def test_a_medicine_that_is_not_told_is_named_by_its_kind(clinic, medicine, name):
    answers = {"red_flags": ["none"], "nrs_average": 1, "nrs_worst": 1, "med_any": "yes"}
    answers |= {"med_classes": ["opioid_weak"]} | TRAMADOL | {"med_opioid/opioid_weak": medicine}
    told = opioids.told(clinic.study, "1m", answers)
    assert told.each[0][0] == f"Tramadol or codeine, {name}"
