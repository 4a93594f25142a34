"""The page of a sent form: what its writer should do, when a nurse reads it, when the next one comes."""

import pytest

from prom.actions import contact, receive
from prom.sms.gateway import Inbound
from tests.study import SHIPPED, Study
from tests.web.filling import Phone

FRIDAY = "2026-04-03T20:00:00Z"  # 16:00 in New York, an hour before closing
READ = "A nurse will read your form by April 7."
CALL_US, GET_HELP = "Please call us today: +1 555 010 0100 , until 5:00 pm.", "Get help now."


@pytest.fixture
def ada(clinic):
    """A clinic with Ada, whose baseline was 7, injected on 2 March, on the Friday on which her first report is due."""
    return treated(clinic)


def treated(clinic: Study) -> Study:
    clinic.enrol("ADA", on="2026-03-02")
    clinic.answers(clinic.visit("ADA", "baseline"), nrs=7)
    clinic.at("2026-03-02T21:30:00Z")
    clinic.records("ADA", "performed", "2026-03-02", time="16:00")
    clinic.at(FRIDAY)
    return clinic


def thanks(clinic: Study, timepoint: str = "1m", **answers) -> str:
    """What the page says once Ada has sent the form of a timepoint."""
    visit = clinic.visit("ADA", timepoint)
    if not visit["submitted_at"]:
        clinic.answers(visit, **{"nrs": 4} | answers)
    phone = Phone(clinic, clinic.token(visit))
    phone.opens()
    return phone.text.split("Check-in", 1)[1].strip()


# ---- when a nurse reads it


@pytest.mark.parametrize(
    "sent_at, day",
    [
        (FRIDAY, "April 7"),
        ("2026-04-05T15:00:00Z", "April 7"),  # a Sunday
        ("2026-04-06T12:00:00Z", "April 7"),  # Monday at opening: two working days of nine hours
        ("2026-04-06T12:01:00Z", "April 8"),
    ],
)
def test_the_receipt_says_by_when_a_nurse_reads_it_as_the_hours_stand(ada, sent_at, day):
    ada.at(sent_at)
    said = f"Thank you We have your answers. We will text you again around June. A nurse will read your form by {day}."
    assert thanks(ada).startswith(said)


def test_a_closed_day_puts_off_what_is_promised(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8").replace("closed_on = []", 'closed_on = ["2026-04-06"]')
    assert "A nurse will read your form by April 8." in thanks(treated(Study(tmp_path, study_text=text)))


def test_after_a_day_the_receipt_is_gone(ada):
    thanks(ada)
    ada.at("2026-04-04T20:00:01Z")
    page = thanks(ada)
    assert "You sent this form on April 3. We have your answers." in page and "A nurse" not in page
    ada.at("2027-04-04T20:00:01Z")
    assert "You sent this form on April 3, 2026. We have your answers." in thanks(ada)


# ---- what was asked for


@pytest.mark.parametrize(
    "when, words",
    [
        ("", "We will try to call you by April 7. We call on Monday to Friday, 8:00 am to 5:00 pm."),
        ({"declined": True}, "We will try to call you by April 7. We call on Monday to Friday, 8:00 am to 5:00 pm."),
        ("after 4 pm", "by April 7, at the time you gave if we can. We call on Monday to Friday, 8:00 am to 5:00 pm."),
    ],
)
def test_who_asks_for_a_call_reads_that_somebody_calls_in_opening_hours(ada, when, words):
    page = thanks(ada, urgency="call", call_when=when)
    assert "You asked for a call." in page and words in page
    assert "after 4 pm" not in page and "A nurse will read" not in page
    assert page.index("You asked for a call.") < page.index("We have your answers.")
    assert [alert["class"] for alert in ada.alerts("ADA")] == ["routine"]


def test_who_asks_for_a_call_and_has_no_number_is_asked_to_call(ada):
    given = contact.Person(name="Synthetic Ada", birth_year=1960)
    contact.change_mode(ada.db, ada.id("ADA"), "paper", False, ada.now, staff_id=ada.staff["cora"])
    contact.change(ada.db, ada.means, ada.id("ADA"), given, ada.now, staff_id=ada.staff["cora"])
    page = thanks(ada, urgency="call", call_when="")
    assert "we do not have your number. Please call us: +1 555 010 0100 , Monday to Friday" in page
    assert "We will try to call" not in page


@pytest.mark.parametrize(
    "at, words",
    [(FRIDAY, CALL_US), ("2026-04-04T15:00:00Z", "We are closed until Monday, April 6, 8:00 am. Please call us then")],
)
def test_who_says_that_it_is_urgent_is_told_to_call_as_the_hours_stand(ada, at, words):
    ada.at(at)
    page = thanks(ada, urgency="urgent")
    assert words in page and "A nurse" not in page
    assert [alert["class"] for alert in ada.alerts("ADA")] == ["high"]


def test_nothing_said_beside_a_warning_sign_could_be_a_reason_to_wait(ada):
    page = thanks(ada, red_flags=["chest"], urgency="call", call_when="")
    assert GET_HELP in page and "A nurse" not in page and "try to call you" not in page
    assert "We have your answers." in page


def test_who_is_to_call_today_is_not_told_that_we_call_later(ada):
    stay = {"care_any": "hospital_stay", "care_on": "2026-03-20", "care_for": "A fall"}
    page = thanks(ada, urgency="call", call_when="", **stay)
    assert CALL_US in page and "try to call you" not in page and "A nurse" not in page


def test_more_pain_alone_is_looked_at_and_a_call_asked_for_is_promised_beside_it(ada):
    page = thanks(ada, nrs=10, urgency="call", call_when="")
    assert "A nurse will look at this by April 6." in page and "We will try to call you by April 7." in page
    assert "A nurse will read" not in page


def test_the_receipt_stands_beside_the_advice_of_a_question_declined(ada):
    page = thanks(ada, red_flags={"declined": True})
    assert "If you have any of these warning signs:" in page and READ in page


# ---- the next form


def test_the_last_form_says_so(ada):
    ada.at("2026-09-02T15:00:00Z")
    assert "That was the last form. We have your answers. A nurse will read" in thanks(ada, "6m")


def test_a_baseline_reckons_the_next_month_from_the_planned_day(clinic):
    clinic.enrol("ADA", on="2026-03-09")
    assert "We will text you again around April." in thanks(clinic, "baseline")


def test_a_procedure_without_a_day_leaves_the_next_month_open(clinic):
    clinic.enrol("ADA")
    page = thanks(clinic, "baseline")
    assert "You sent this form on March 2. We have your answers." in page and "again" not in page


@pytest.mark.parametrize(
    "planned_on, month",
    [("2026-09-25", "October"), ("2026-11-20", "November")],  # this report serves as its baseline; one of its own
)
def test_a_crossover_that_is_planned_says_when_its_forms_come(ada, planned_on, month):
    ada.at("2026-09-02T15:00:00Z")
    ada.adds("ADA", "embolization", "planned", planned_on)
    assert f"We will text you again around {month}." in thanks(ada, "6m")


def test_a_crossover_without_a_day_is_no_last_form(ada):
    ada.at("2026-09-02T15:00:00Z")
    ada.adds("ADA", "embolization", "planned")
    page = thanks(ada, "6m")
    assert "You sent this form on September 2. We have your answers." in page
    assert "last form" not in page and "again" not in page


def opts_out(clinic):
    receive.inbound(clinic.db, clinic.means, Inbound("SM1", clinic.number("ADA"), "STOP", "STOP"), clinic.now)


def stops_texts(clinic):
    clinic.becomes("ADA", "stopped_texts")


def paper(clinic):
    contact.change_mode(clinic.db, clinic.id("ADA"), "paper", False, clinic.now, staff_id=clinic.staff["cora"])


@pytest.mark.parametrize("stops", [opts_out, stops_texts, paper])
def test_somebody_whom_no_text_reaches_is_promised_none(ada, stops):
    stops(ada)
    page = thanks(ada)
    assert page.startswith("Thank you You sent this form on April 3. We have your answers. " + READ)
    assert "again" not in page


def test_somebody_reached_by_phone_is_told_that_we_call(ada):
    contact.change_mode(ada.db, ada.id("ADA"), "phone", False, ada.now, staff_id=ada.staff["cora"])
    assert "We have your answers. We will call you around June. " + READ in thanks(ada)


def test_after_leaving_nothing_more_is_promised(ada):
    visit = ada.visit("ADA", "1m")
    ada.answers(visit, nrs=4)
    ada.becomes("ADA", "left_follow_up")
    page = thanks(ada)
    assert "That was the last form." in page and "again" not in page
