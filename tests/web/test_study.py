"""The coordinator's pages: enrolling, the day's list, what becomes of procedures, people and tasks."""

import re
from dataclasses import replace

import pytest

from prom.actions import numbers, procedures, receive, staff, tick
from prom.errors import SmsRejected
from prom.keys import Keys
from prom.sms.gateway import Inbound
from prom.store import audit, contacts, participants, tasks
from prom.store import procedures as procedure_rows
from prom.store.connect import add, row, rows, write
from tests.web.browsing import Person, staff_at

TODAY, LATER = "2026-03-02", "2026-03-20"
NEW = "/study/participants/new"
OTHER = "+15550108888"
ADA = {
    "code": "P-001", "name": "Synthetic Ada", "mobile": "+1 555 010 7777", "birth_year": "1960", "verified": "call",
    "zone": "America/Chicago", "language": "en", "contact_mode": "text", "record_number": "R-7",
    "second_contact": "Synthetic Sister", "entry_entry_nrs": "7", "entry_pain_months": "12.5",
    "study_consent_on": TODAY, "texts_consent_on": TODAY, "kind": "injection", "status": "planned", "on": LATER,
    "body_site": "interscapular", "side": "left",
}  # fmt: skip


@pytest.fixture
def cora(clinic) -> Person:
    """The coordinator, logged in."""
    return staff_at(clinic, "cora")


def page_of(code: str) -> str:
    return f"/study/participants/{code}"


def procedure_path(clinic, code: str, kind: str = "injection") -> str:
    return f"{page_of(code)}/procedures/{clinic.procedure(code, kind)['id']}"


def records(clinic, person: Person, code: str, status: str, on: str = "", kind: str = "injection", answer: int = 302):
    """Send the form that changes a procedure, and agree to what it does; the page after it."""
    person.opens(page_of(code))
    path, prefix = procedure_path(clinic, code, kind), clinic.procedure(code, kind)["id"]
    fields = {f"{prefix}-status": status, f"{prefix}-on": on, f"{prefix}-time": "", f"{prefix}-success": ""}
    person.sends(path, 200 if answer == 302 else answer, **fields)
    if answer == 302:
        person.agrees(path)
    return person.opens(page_of(code)) if answer == 302 else person.page


def presses(person: Person, code: str, path: str, **fields) -> str:
    """Press a button of the participant's page; the page after it."""
    person.opens(page_of(code))
    person.sends(path, **fields)
    return person.opens(page_of(code))


def presses_and_agrees(person: Person, code: str, path: str, **fields) -> str:
    """As `presses`, for a button that shows first what it does."""
    person.opens(page_of(code))
    person.sends(path, 200, **fields)
    person.agrees(path)
    return person.opens(page_of(code))


def due_days(clinic, code: str) -> list:
    return [visit["due_on"] for visit in clinic.visits(code) if visit["timepoint"] != "baseline"]


# ---- enrolling


def test_enrolling_keeps_everything_that_was_given(clinic, cora):
    cora.opens(NEW)
    answer = cora.sends(NEW, **ADA)
    assert answer.location == page_of("P-001")
    person = participants.by_code(clinic.db, "P-001", ("main",))
    assert (person["zone"], person["contact_mode"], person["eligible"]) == ("America/Chicago", "text", 1)
    assert (person["study_consent"], person["texts_consent"]) == (1, 1)
    assert person["eligibility"] == '{"entry_nrs": 7.0, "pain_months": 12.5}'
    assert person["enrolled_by"] == clinic.staff["cora"]
    assert clinic.number("P-001") == "+15550107777"
    contact = contacts.of_participant(clinic.db, person["id"])
    assert contact["verified_how"] == "call"
    assert clinic.means.keys.open(contact["name_sealed"]) == "Synthetic Ada"
    procedure = clinic.procedure("P-001")
    assert (procedure["status"], procedure["planned_on"], procedure["side"]) == ("planned", LATER, "left")
    page = cora.opens(page_of("P-001"))
    assert "Planned for 20 Mar 2026. interscapular, left." in " ".join(page.split())
    assert "P-001 is enrolled." in page and "Planned for 20 Mar 2026" in page


def test_somebody_enrolled_as_done_already_needs_no_tap(clinic, cora):
    cora.opens(NEW)
    cora.sends(NEW, **ADA | {"status": "performed", "on": "2026-02-03", "time": "09:30"})
    procedure = clinic.procedure("P-001")
    assert (procedure["status"], procedure["performed_on"], procedure["performed_time"]) == (
        "performed", "2026-02-03", "09:30",
    )  # fmt: skip
    assert due_days(clinic, "P-001") == ["2026-03-03", "2026-05-03", "2026-08-03"]


@pytest.mark.parametrize(
    "given, field, words",
    [
        ({"code": ""}, "code", "Give a code"),
        ({"code": "P 1"}, "code", "letters, digits"),
        ({"code": "P-000"}, "code", "P-000 is taken"),
        ({"code": "test-1"}, "code", "written in capitals"),
        ({"code": "New"}, "code", "no code"),
        ({"name": " "}, "name", "Give the name"),
        ({"mobile": ""}, "mobile", "or choose another way"),
        ({"mobile": "12"}, "mobile", "with its country code"),
        ({"birth_year": ""}, "birth_year", "four digits"),
        ({"birth_year": "x"}, "birth_year", "in digits"),
        ({"birth_year": "60"}, "birth_year", "four digits"),
        ({"birth_year": "2020"}, "birth_year", "18 years or more"),
        ({"zone": "Mars/Base"}, "zone", "Not a valid choice"),
        ({"entry_entry_nrs": "11"}, "entry_entry_nrs", "from 0 to 10"),
        ({"entry_entry_nrs": "a lot"}, "entry_entry_nrs", "in digits"),
        ({"entry_entry_nrs": "sNaN"}, "entry_entry_nrs", "in digits"),
        ({"study_consent_on": "0206-03-02"}, "study_consent_on", "Give a date from 1996-03-02 to 2026-03-02"),
        ({"study_consent_on": "2026-03-09"}, "study_consent_on", "not in the future"),
        ({"texts_consent_on": "2026-03-09"}, "texts_consent_on", "not in the future"),
        ({"texts_consent_on": "2026-13-09"}, "texts_consent_on", "Give a date"),
        ({"status": "performed", "on": ""}, "on", "Give the date on which it was done"),
        ({"status": "performed", "on": LATER}, "on", "not in the future"),
        ({"status": "performed", "on": "0206-03-01"}, "on", "Give a date from 1996-03-02 to 2026-03-02"),
        ({"on": "0001-01-01"}, "on", "Give a date from 2025-03-02 to 2028-03-02"),
        ({"on": "9999-12-31"}, "on", "Give a date from 2025-03-02 to 2028-03-02"),
        ({"time": "25:00"}, "time", "Give a time"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(clinic, cora, given, field, words):
    clinic.enrol("P-000")
    cora.opens(NEW)
    cora.sends(NEW, 400, **ADA | given)
    error = re.search(rf'id="{field}-error">([^<]*)<', cora.page)
    assert error and words in error.group(1)
    for kept, value in (ADA | given).items():
        if kept in ("name", "mobile", "record_number", "body_site", "entry_entry_nrs", "on", "code"):
            assert re.search(rf'id="{kept}"[^>]*value="{re.escape(value.strip())}"', cora.page), kept
    assert len(participants.of_sites(clinic.db, ("main",))) == 1


def test_all_faults_are_told_at_once(cora):
    cora.opens(NEW)
    cora.sends(NEW, 400, **ADA | {"code": "", "mobile": "12", "birth_year": "2020", "entry_entry_nrs": "15"})
    assert cora.page.count("invalid-feedback d-block") == 4


def test_what_is_taken_and_what_is_not_answered_is_told_with_the_rest(clinic, cora):
    clinic.enrol("P-001", mobile=ADA["mobile"], birth_year=1960)
    cora.opens(NEW)
    faulty = {"entry_entry_nrs": "", "status": "performed", "on": LATER, "study_consent_on": "2026-03-09"}
    cora.sends(NEW, 400, **ADA | faulty)
    for field, words in (
        ("code", "The code P-001 is taken"), ("shared", "Another participant has this number"),
        ("mobile", "was born in the same year"), ("entry_entry_nrs", "Answer this question"),
        ("on", "not in the future"), ("study_consent_on", "not in the future"),
    ):  # fmt: skip
        assert re.search(rf'id="{field}-error">[^<]*{words}', cora.page), field
    assert "Entry questions are not answered." in cora.page and "Not eligible" not in cora.page


def test_entry_questions_that_nobody_asked_are_asked_for_and_a_second_word_enrols_without_them(clinic, cora):
    cora.opens(NEW)
    empty = {"entry_entry_nrs": "", "entry_pain_months": ""}
    cora.sends(NEW, 400, **ADA | empty)
    assert "Entry questions are not answered." in cora.page and cora.page.count("Answer this question.") == 4
    cora.sends(NEW, **ADA | empty, confirm="y")
    assert participants.by_code(clinic.db, "P-001", ("main",))["eligible"] == 0
    assert "not asked" in cora.opens(page_of("P-001"))


@pytest.mark.parametrize("answers", [{"entry_entry_nrs": "4"}, {"entry_pain_months": "3"}])
def test_somebody_not_eligible_is_enrolled_only_on_a_second_word(clinic, cora, answers):
    cora.opens(NEW)
    assert "Enrol anyway" not in cora.page
    cora.sends(NEW, 400, **ADA | answers)
    assert "Not eligible" in cora.page and 'value="Synthetic Ada"' in cora.page
    assert participants.of_sites(clinic.db, ("main",)) == []
    cora.sends(NEW, **ADA | answers, confirm="y")
    assert participants.by_code(clinic.db, "P-001", ("main",))["eligible"] == 0
    assert "Recorded as not eligible" in cora.opens(page_of("P-001"))


def test_a_number_that_somebody_has_is_taken_once_sharing_is_confirmed(clinic, cora):
    clinic.enrol("P-000", mobile=ADA["mobile"], birth_year=1950)
    cora.opens(NEW)
    assert "Shared phone" not in cora.page
    cora.sends(NEW, 400, **ADA)
    assert re.search(r'shared-error">Another participant has this number', cora.page)
    cora.sends(NEW, 400, **ADA | {"birth_year": "1950"}, shared="y")
    assert re.search(r'mobile-error">Somebody who has this number was born in the same year', cora.page)
    cora.sends(NEW, 400, **ADA, shared="y")
    assert re.search(r'call_name-error">Give a call name: another participant has this number', cora.page)
    cora.sends(NEW, 400, **ADA, shared="y", call_name="Pain")
    assert re.search(r'call_name-error">Give a call name without the word pain', cora.page)
    cora.sends(NEW, **ADA, shared="y", call_name="  Big  Ada ")
    assert clinic.number("P-001") == clinic.number("P-000")
    cora.opens(page_of("P-001"))
    assert "Big Ada" not in cora.page
    cora.sends(f"{page_of('P-001')}/contact/show", 200)
    assert 'value="Big Ada"' in cora.page


def test_whose_phone_comes_to_be_shared_is_given_a_call_name_first(clinic, cora):
    clinic.enrol("P-000", mobile=ADA["mobile"], birth_year=1950, call_name="")
    cora.opens(NEW)
    cora.sends(NEW, 400, **ADA, shared="y", call_name="Ada")
    assert re.search(r'shared-error">Another participant who has this number has no call name', cora.page)
    cora.opens(page_of("P-000"))
    cora.sends(f"{page_of('P-000')}/contact/show", 200)
    fields = {"contact-name": "Synthetic", "contact-birth_year": "1950", "contact-mobile": ADA["mobile"]}
    cora.sends(f"{page_of('P-000')}/contact", **fields, **{"contact-call_name": "Ben"})
    cora.opens(NEW)
    cora.sends(NEW, **ADA, shared="y", call_name="Ada")


def test_another_number_that_somebody_has_is_taken_once_sharing_is_confirmed(clinic, cora):
    clinic.enrol("P-000", mobile=OTHER)
    clinic.enrol("P-001", on=LATER)
    cora.opens(page_of("P-001"))
    fields = {"contact-name": "Synthetic Name", "contact-birth_year": "1961", "contact-mobile": OTHER}
    fields["contact-call_name"] = "Ada"
    cora.sends(f"{page_of('P-001')}/contact", 400, **fields)
    assert re.search(r'contact-shared-error">Another participant has this number', cora.page)
    assert clinic.number("P-001") != OTHER
    cora.sends(f"{page_of('P-001')}/contact", **fields, **{"contact-shared": "y"})
    assert clinic.number("P-001") == OTHER
    cora.opens(page_of("P-001"))
    cora.sends(f"{page_of('P-001')}/contact", **fields | {"contact-name": "Synthetic Other Name"})


def test_the_consent_to_texts_says_how_many_and_how_long(cora):
    page = cora.opens(NEW)
    assert "about 24 texts and reminders over 12 months" in page and "at the mobile number above" in page
    assert "en este número de móvil: unos 24 mensajes" in page and '<summary lang="es">Español</summary>' in page
    assert "{" not in page.split("I agree")[1].split("<")[0]


def test_without_consent_to_the_study_no_form_is_shown(clinic, cora):
    cora.opens(NEW)
    answer = cora.sends(NEW, **ADA | {"zone": "America/New_York", "on": TODAY, "study_consent_on": ""})
    assert answer.location == page_of("P-001")
    page = cora.opens(answer.location)
    assert "Show the QR code" not in page
    visit = clinic.visit("P-001", "baseline")["id"]
    cora.sends(f"{page_of('P-001')}/visits/{visit}/here", 409)
    cora.opens(f"/study/here/{visit}", 404)


# ---- the list and the day


def test_the_list_shows_path_next_visit_and_what_to_see_to(clinic, cora):
    clinic.enrol("P-001", on=LATER, verified="code")
    clinic.enrol("P-002", status="performed", on="2026-02-02", texts_consent_on=None)
    clinic.ticks(minutes=1, every="minute")
    clinic.fills(clinic.visit("P-002", "1m"), red_flags=["weak"])
    page = staff_at(clinic, "cora").opens("/study/participants")
    first, second = page.split("<tbody>")[1].split("</tr>")[:2]
    assert "Injection, baseline: due 13 Mar 2026, not open yet" in first
    assert re.search(r'data-label="To see to"></td>', first)
    assert "Injection, 1 month: due 2 Mar 2026, started" in second
    assert "No consent to texts; Number not verified" in second
    assert re.search(r'data-label="Open alerts"><strong>1<', second)


def test_a_missed_visit_is_not_the_next_one(clinic, cora):
    clinic.enrol("P-001", status="performed", on=TODAY)
    clinic.enrol("P-002", kind=None)
    first, second = cora.opens("/study/participants").split("<tbody>")[1].split("</tr>")[:2]
    assert "Injection, 1 month: due 2 Apr 2026" in first
    assert "none to come" in second


def test_an_opt_out_is_told_after_the_key_was_changed(clinic):
    clinic.enrol("P-001")
    number = clinic.number("P-001")
    both = Keys(("another key of thirty-two letters", "0123456789abcdef0123456789abcdef"))
    clinic.means = replace(clinic.means, keys=both)
    clinic.installation = replace(clinic.installation, means=clinic.means)
    numbers.renew(clinic.db, both)  # as at every start
    contacts.opt_out(clinic.db, both.number_hash(number), "text", "2026-03-02T15:00:00Z")
    assert "Stopped texts" in staff_at(clinic, "cora").opens("/study/participants")
    assert "Stopped texts." in staff_at(clinic, "nina").opens("/care/participants/P-001")


def test_one_tap_on_the_days_list_plans_the_visits(clinic, cora):
    clinic.enrol("P-001", on=TODAY)
    assert due_days(clinic, "P-001") == [None, None, None]
    page = cora.opens("/study/day")
    assert "P-001" in page and "The day has passed" not in page
    assert cora.sends(f"{procedure_path(clinic, 'P-001')}/done", back="day").location == "/study/day"
    assert due_days(clinic, "P-001") == ["2026-04-02", "2026-06-02", "2026-09-02"]
    page = cora.opens("/study/day")
    assert "P-001: Injection done, 2 Mar 2026. 3 visits planned" in page
    assert "No procedure is planned for today." in page


def test_a_day_that_passed_is_asked_about_and_can_be_confirmed_as_it_was(clinic):
    clinic.enrol("P-001", on=TODAY)
    clinic.at("2026-03-04T15:00:00Z")
    cora = staff_at(clinic, "cora")
    page = cora.opens("/study/day")
    assert "The day has passed" in page and "Done on 2 Mar 2026" in page
    cora.sends(f"{procedure_path(clinic, 'P-001')}/done", on=TODAY, back="day")
    assert clinic.procedure("P-001")["performed_on"] == TODAY


def test_today_is_the_participants_own_day(clinic):
    clinic.enrol("P-001", on=TODAY, zone="Pacific/Honolulu")
    clinic.enrol("P-002", on="2026-03-03", zone="Asia/Taipei")
    clinic.at("2026-03-03T04:00:00Z")  # 23:00 on Monday in New York
    page = staff_at(clinic, "cora").opens("/study/day")
    assert "P-001" in page and "P-002" in page and "The day has passed" not in page


def test_an_odd_day_is_refused(clinic, cora):
    clinic.enrol("P-001", on=TODAY)
    cora.opens("/study/day")
    for day in ("yesterday", LATER):
        cora.sends(f"{procedure_path(clinic, 'P-001')}/done", 400, on=day)
    assert clinic.procedure("P-001")["status"] == "planned"


# ---- procedures


def test_a_postponed_procedure_moves_its_baseline(clinic, cora):
    clinic.enrol("P-001", on=LATER)
    page = records(clinic, cora, "P-001", "postponed", "2026-04-10")
    assert "P-001: Injection postponed, 10 Apr 2026. 1 visit moved." in page
    assert clinic.visit("P-001", "baseline")["due_on"] == "2026-04-03"


def test_a_cancelled_procedure_cancels_its_visits_and_undo_brings_them_back(clinic, cora):
    clinic.enrol("P-001", on=LATER)
    assert "Undo the last change" not in cora.opens(page_of("P-001"))
    assert "4 visits cancelled." in records(clinic, cora, "P-001", "cancelled")
    page = presses_and_agrees(cora, "P-001", f"{procedure_path(clinic, 'P-001')}/undo")
    assert "Undone. Injection is planned again. 1 visit planned, 3 visits waiting for the procedure." in page
    assert clinic.procedure("P-001")["status"] == "planned"
    cora.sends(f"{procedure_path(clinic, 'P-001')}/undo", 409)


def test_a_performed_procedure_that_is_undone_holds_its_visits_again(clinic, cora):
    clinic.enrol("P-001", on=TODAY)
    presses(cora, "P-001", f"{procedure_path(clinic, 'P-001')}/done")
    presses_and_agrees(cora, "P-001", f"{procedure_path(clinic, 'P-001')}/undo")
    assert due_days(clinic, "P-001") == [None, None, None]
    assert clinic.visit("P-001", "baseline")["closes_at"] is None


def test_attempted_with_its_day_and_time_is_kept(clinic, cora):
    clinic.enrol("P-001", on=TODAY)
    cora.opens(page_of("P-001"))
    prefix = clinic.procedure("P-001")["id"]
    fields = {"status": "attempted", "on": TODAY, "time": "09:15", "success": "0"}
    cora.sends(procedure_path(clinic, "P-001"), 200, **{f"{prefix}-{name}": value for name, value in fields.items()})
    cora.agrees(procedure_path(clinic, "P-001"))
    found = clinic.procedure("P-001")
    assert (found["status"], found["performed_time"], found["technical_success"]) == ("attempted", "09:15", 0)
    page = cora.opens(page_of("P-001"))
    assert "attempted, not completed" in page and "Technical success: no" in page


def test_a_day_in_the_future_is_refused_beside_its_field(clinic, cora):
    clinic.enrol("P-001", on=LATER)
    page = records(clinic, cora, "P-001", "performed", LATER, answer=400)
    assert re.search(r'-on-error">Give a date that is not in the future', page)
    assert f'value="{LATER}"' in page
    assert clinic.procedure("P-001")["status"] == "planned"


def test_an_embolization_that_was_done_is_the_crossover(clinic, cora):
    clinic.enrol("P-001", status="performed", on="2026-01-05")
    cora.opens(page_of("P-001"))
    fields = {"kind": "embolization", "status": "performed", "on": TODAY, "time": "", "success": "1",
              "body_site": "", "side": "both"}  # fmt: skip
    cora.sends(f"{page_of('P-001')}/procedures", 200, **{f"further-{name}": value for name, value in fields.items()})
    cora.agrees(f"{page_of('P-001')}/procedures")
    page = cora.opens(page_of("P-001"))
    assert "Path: <strong>TAE</strong>" in page
    assert "cancelled: a further procedure was performed" in page or ">cancelled<" in page
    assert clinic.visit("P-001", "6m")["cancelled_at"]
    assert clinic.visit("P-001", "6m", "embolization")["due_on"] == "2026-09-02"
    assert "Decided: no further procedure" not in page


# ---- what a change would do, shown first


def test_what_a_change_would_do_is_shown_and_nothing_is_recorded_until_it_is_agreed_to(clinic, cora):
    clinic.enrol("P-001", status="performed", on="2026-01-20")
    clinic.adds("P-001", "embolization", "planned", LATER)
    before, path = clinic.visits("P-001"), procedure_path(clinic, "P-001", "embolization")
    tick.tick(clinic.db, clinic.means, clinic.now)  # the one-month invitation waits
    procedures.decide(clinic.db, clinic.means, clinic.id("P-001"), clinic.now.date(), clinic.now)
    cora.opens(page_of("P-001"))
    cora.sends(f"{path}/done", 200)
    for words in (
        "Embolization done, 2 Mar 2026.", "Injection, 3 months: cancelled.", "Embolization, 1 month: due 2 Apr",
        "A text that waits will not go: invitation, Injection, 1 month.", "The decision against a further procedure",
    ):  # fmt: skip
        assert words in cora.page, words
    assert [visit["cancelled_at"] for visit in clinic.visits("P-001")] == [visit["cancelled_at"] for visit in before]
    assert clinic.procedure("P-001", "embolization")["status"] == "planned"
    cora.agrees(f"{path}/done")
    assert clinic.procedure("P-001", "embolization")["status"] == "performed"
    assert "Embolization done, 2 Mar 2026. 3 visits planned, 3 visits cancelled." in cora.opens(page_of("P-001"))


def test_what_becomes_of_answered_reports_is_shown_before_a_day_is_changed(clinic, cora):
    clinic.enrol("P-001", on="2026-03-09")
    clinic.answers(clinic.visit("P-001", "baseline"))
    clinic.at("2026-03-20T15:00:00Z")
    clinic.records("P-001", "performed", "2026-03-09")
    clinic.at("2026-04-10T15:00:00Z")
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "1m"))
    cora = staff_at(clinic, "cora")
    cora.opens(page_of("P-001"))
    path, prefix = procedure_path(clinic, "P-001"), clinic.procedure("P-001")["id"]
    given = {"status": "performed", "on": "2026-02-20", "time": "", "success": "1"}
    cora.sends(path, 200, **{f"{prefix}-{name}": value for name, value in given.items()})
    for words in (
        "Injection, baseline: answered 2 Mar 2026, now after the procedure: no reference.",
        "Injection, 1 month: answered 10 Apr 2026, now outside its window.",
    ):
        assert words in cora.page, words
    assert clinic.procedure("P-001")["performed_on"] == "2026-03-09"
    cora.agrees(path)
    assert "answered 10 Apr 2026, now outside its window." in cora.opens(page_of("P-001"))
    cora.sends(f"{path}/undo", 200)
    assert "no longer outside its window." in cora.page


def test_one_tap_undoes_no_crossover(clinic, cora):
    clinic.enrol("P-001", status="performed", on="2026-01-20")
    clinic.adds("P-001", "embolization", "planned", LATER)
    clinic.records("P-001", "performed", TODAY, "embolization")
    path = f"{procedure_path(clinic, 'P-001', 'embolization')}/undo"
    cora.opens(page_of("P-001"))
    cora.sends(path, 200)
    assert "Embolization is planned again." in cora.page
    assert "Embolization, 1 month: waits for the procedure." in cora.page
    assert clinic.procedure("P-001", "embolization")["status"] == "performed"
    cora.agrees(path)
    assert clinic.procedure("P-001", "embolization")["status"] == "planned"


def test_what_was_typed_stays_when_one_goes_back_from_what_it_would_do(clinic, cora):
    clinic.enrol("P-001", on=LATER)
    cora.opens(page_of("P-001"))
    path, prefix = procedure_path(clinic, "P-001"), clinic.procedure("P-001")["id"]
    cora.sends(path, 200, **{f"{prefix}-status": "postponed", f"{prefix}-on": "2026-04-10", f"{prefix}-time": ""})
    cora.agrees(path, 200, change="1")
    assert 'value="2026-04-10"' in cora.page and '<option selected value="postponed">' in cora.page
    assert clinic.procedure("P-001")["status"] == "planned"


def test_what_changes_nothing_but_its_own_record_needs_no_second_step(clinic, cora):
    clinic.enrol("P-001", status="performed", on=TODAY)
    cora.opens(page_of("P-001"))
    path, prefix = procedure_path(clinic, "P-001"), clinic.procedure("P-001")["id"]
    cora.sends(path, **{f"{prefix}-status": "performed", f"{prefix}-on": TODAY, f"{prefix}-success": "1"})
    assert clinic.procedure("P-001")["technical_success"] == 1


def test_what_has_changed_since_it_was_shown_is_shown_again(clinic, cora):
    clinic.enrol("P-001", on="2026-03-12")
    cora.opens(page_of("P-001"))
    path, prefix = procedure_path(clinic, "P-001"), clinic.procedure("P-001")["id"]
    cora.sends(path, 200, **{f"{prefix}-status": "cancelled", f"{prefix}-on": ""})
    clinic.answers(clinic.visit("P-001", "baseline"))
    cora.agrees(path, 200)
    assert "Something has changed since you looked" in cora.page and "Injection, baseline: cancelled" not in cora.page
    cora.agrees(path)
    assert clinic.procedure("P-001")["status"] == "cancelled"


def seen_by(page: str, path: str) -> str:
    """The version that the form of a procedure carries."""
    return re.search(rf'action="{path}".*?name="seen" value="([^"]+)"', page, re.S).group(1)


def test_of_two_who_change_a_procedure_the_second_is_told_what_the_first_recorded(clinic, cora):
    clinic.enrol("P-001", on=LATER)
    path, prefix = procedure_path(clinic, "P-001"), clinic.procedure("P-001")["id"]
    stale = seen_by(cora.opens(page_of("P-001")), path)
    clinic.records("P-001", "postponed", "2026-04-10")
    fields = {f"{prefix}-status": "planned", f"{prefix}-on": "2026-03-24", "seen": stale}
    cora.sends(path, 400, **fields)
    assert "Cora Example changed this meanwhile (Mon 2 Mar 2026, 10:00): Injection is now postponed, 10 Apr 2026." in (
        cora.page
    )
    assert 'value="2026-03-24"' in cora.page and clinic.procedure("P-001")["planned_on"] == "2026-04-10"
    cora.sends(path, 200, **fields | {"seen": seen_by(cora.page, path)})
    cora.agrees(path)
    assert clinic.procedure("P-001")["planned_on"] == "2026-03-24"


@pytest.mark.parametrize("button", ["done", "undo"])
def test_a_button_of_a_page_that_is_stale_changes_nothing_and_says_so(clinic, cora, button):
    clinic.enrol("P-001", on=TODAY)
    clinic.records("P-001", "postponed", LATER)
    path = procedure_path(clinic, "P-001")
    stale = seen_by(cora.opens(page_of("P-001")), f"{path}/{button}")
    clinic.undoes("P-001")
    cora.sends(f"{path}/{button}", seen=stale)
    assert "changed this meanwhile" in cora.opens(page_of("P-001")) and "Injection is now planned" in cora.page
    assert clinic.procedure("P-001")["status"] == "planned"


def test_of_two_who_add_a_procedure_the_second_is_told(clinic, cora):
    clinic.enrol("P-001", status="performed", on="2026-01-05")
    stale = seen_by(cora.opens(page_of("P-001")), f"{page_of('P-001')}/procedures")
    clinic.adds("P-001", "embolization", "planned", LATER)
    fields = {"further-kind": "embolization", "further-status": "planned", "further-on": LATER, "seen": stale}
    cora.sends(f"{page_of('P-001')}/procedures", 400, **fields)
    assert "A procedure was added meanwhile." in cora.page and 'value="2"' in cora.page
    assert len(procedure_rows.of_participant(clinic.db, clinic.id("P-001"))) == 2


def test_a_procedure_recorded_once_says_how_to_take_it_back(clinic, cora):
    clinic.enrol("P-001", status="performed", on=TODAY)
    clinic.enrol("P-002", on=TODAY)
    hint = "Recorded by mistake? Change it to cancelled."
    assert hint in cora.opens(page_of("P-001")) and hint not in cora.opens(page_of("P-002"))
    clinic.records("P-002", "performed", TODAY)
    assert hint not in cora.opens(page_of("P-002")) and "Undo the last change" in cora.page


def test_a_further_procedure_without_its_day_is_refused_and_kept(clinic, cora):
    clinic.enrol("P-001", status="performed", on="2026-01-05")
    cora.opens(page_of("P-001"))
    fields = {"kind": "embolization", "status": "performed", "on": "", "body_site": "upper back", "side": ""}
    cora.sends(f"{page_of('P-001')}/procedures", 400, **{f"further-{name}": each for name, each in fields.items()})
    assert "Give the date on which it was done" in cora.page and 'value="upper back"' in cora.page


def test_the_decision_is_recorded_and_taken_back(clinic, cora):
    clinic.enrol("P-001", status="performed", on="2026-01-05")
    cora.opens(page_of("P-001"))
    cora.sends(f"{page_of('P-001')}/decision", 400, **{"decide-on": LATER})
    assert "not in the future" in cora.page
    page = presses(cora, "P-001", f"{page_of('P-001')}/decision", **{"decide-on": TODAY})
    assert "Path: <strong>injection only</strong>" in page and "Decided on 2 Mar 2026" in page
    page = presses(cora, "P-001", f"{page_of('P-001')}/decision/undo")
    assert "Path: <strong>undecided</strong>" in page
    cora.sends(f"{page_of('P-001')}/decision/undo", 409)


def test_the_decision_beside_a_planned_embolization_says_so(clinic, cora):
    clinic.enrol("P-001", status="performed", on="2026-01-05")
    assert "is planned still" not in cora.opens(page_of("P-001"))
    clinic.adds("P-001", "embolization", "planned", LATER)
    assert "Embolization is planned still." in cora.opens(page_of("P-001"))


# ---- people


def test_name_and_number_are_shown_by_an_audited_tap_only(clinic, cora):
    clinic.enrol("P-001", on=LATER)
    page = cora.opens(page_of("P-001"))
    number = clinic.number("P-001")
    assert "Synthetic P-001" not in page and number not in page
    cora.sends(f"{page_of('P-001')}/contact/show", 200)
    assert "Synthetic P-001" in cora.page and number in cora.page
    told = [each["action"] for each in audit.of_subject(clinic.db, clinic.id("P-001"))]
    assert told[-2:] == ["viewed", "contact_shown"]
    assert "Synthetic P-001" not in cora.opens(page_of("P-001"))


def test_another_number_is_saved_and_an_odd_one_is_refused_beside_it(clinic, cora):
    clinic.enrol("P-001", on=LATER, verified="call")
    cora.opens(page_of("P-001"))
    cora.sends(f"{page_of('P-001')}/contact/show", 200)
    fields = {"contact-name": "Synthetic New Name", "contact-birth_year": "1961", "contact-mobile": "12"}
    cora.sends(f"{page_of('P-001')}/contact", 400, **fields)
    assert re.search(r'contact-mobile-error">Give a mobile number', cora.page)
    assert 'value="Synthetic New Name"' in cora.page
    cora.sends(f"{page_of('P-001')}/contact", 400, **fields | {"contact-mobile": "", "contact-birth_year": "2020"})
    assert re.search(r'contact-mobile-error">Give a mobile number, or choose', cora.page)
    cora.sends(f"{page_of('P-001')}/contact", 400, **fields | {"contact-mobile": OTHER, "contact-birth_year": "20"})
    assert re.search(r'contact-birth_year-error">Give the year of birth', cora.page)
    cora.sends(f"{page_of('P-001')}/contact", **fields | {"contact-mobile": OTHER})
    page = cora.opens(page_of("P-001"))
    assert "The links that went to the old number have ended." in page and "not verified yet" in page
    assert "8888" not in page
    assert clinic.number("P-001") == OTHER
    assert "link goes to" not in page


def test_who_was_texted_before_gets_a_link_at_the_new_number_and_the_page_says_so(clinic, cora):
    clinic.enrol("P-001", on="2026-03-06")
    clinic.ticks(minutes=1, every="minute")
    assert clinic.texts("P-001")
    cora.opens(page_of("P-001"))
    cora.sends(f"{page_of('P-001')}/contact/show", 200)
    given = {"contact-name": "Synthetic New Name", "contact-birth_year": "1961", "contact-mobile": OTHER}
    cora.sends(f"{page_of('P-001')}/contact", **given)
    assert "link goes to the new number." in cora.opens(page_of("P-001"))


def test_a_number_is_verified_by_a_button(clinic, cora):
    clinic.enrol("P-001", on=LATER)
    page = presses(cora, "P-001", f"{page_of('P-001')}/contact/verify", how="code")
    assert "verified by a code read back" in page and "Verified: by a call" not in page
    cora.sends(f"{page_of('P-001')}/contact/verify", 400, how="guess")


def test_consent_to_texts_is_given_later_and_withdrawn(clinic, cora):
    clinic.enrol("P-001", on=LATER, texts_consent_on=None)
    path = f"{page_of('P-001')}/consent"
    cora.opens(page_of("P-001"))
    cora.sends(path, 400, **{"consent-kind": "texts", "consent-on": TODAY})
    assert "Choose one." in cora.page
    for given, words in (("1", "given 2 Mar 2026"), ("0", "withdrawn 2 Mar 2026")):
        page = presses(cora, "P-001", path, **{"consent-kind": "texts", "consent-given": given, "consent-on": TODAY})
        assert words in page
        assert participants.by_id(clinic.db, clinic.id("P-001"))["texts_consent"] == int(given)


def test_a_consent_is_not_withdrawn_before_it_was_given(clinic, cora):
    clinic.enrol("P-001", on=LATER)
    cora.opens(page_of("P-001"))
    fields = {"consent-kind": "texts", "consent-given": "0"}
    cora.sends(f"{page_of('P-001')}/consent", 400, **fields, **{"consent-on": "2026-03-01"})
    assert re.search(r'consent-on-error">This consent was given on 2026-03-02. Give that day or a later one', cora.page)
    cora.sends(f"{page_of('P-001')}/consent", **fields, **{"consent-on": TODAY})
    assert participants.by_code(clinic.db, "P-001", ("main",))["texts_consent"] == 0


def test_contact_by_phone_from_now_on(clinic, cora):
    clinic.enrol("P-001", on=LATER)
    page = presses(cora, "P-001", f"{page_of('P-001')}/mode", **{
        "mode-contact_mode": "phone", "mode-needs_interpreter": "y",
    })  # fmt: skip
    assert "by phone call, needs an interpreter" in page


@pytest.mark.parametrize(
    "kind, words",
    [
        ("left_follow_up", "Left follow-up"),
        ("lost", "Cannot be found any more"),
        ("deceased", "Has died"),
        ("screen_failure", "Screen failure"),
        ("entered_in_error", "Entered in error"),
    ],
)
def test_leaving_cancels_what_is_to_come_and_can_be_taken_back(clinic, cora, kind, words):
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    path = f"{page_of('P-001')}/status"
    page = presses(cora, "P-001", path, **{"status-kind": kind})
    assert f"<strong>{words}.</strong>" in page and "3 visits cancelled." in page
    page = presses(cora, "P-001", path, **{"status-kind": "undone"})
    assert "3 visits planned." in page and f"<strong>{words}.</strong>" not in page


def test_texts_stop_and_go_on(clinic, cora):
    clinic.enrol("P-001", on=LATER)
    path = f"{page_of('P-001')}/status"
    cora.opens(page_of("P-001"))
    for odd in ("", "undone", "resumed_texts", "erasure_asked"):
        cora.sends(path, 400, **{"status-kind": odd})
        assert "Choose what happened." in cora.page
    assert "<strong>Wants no texts.</strong>" in presses(cora, "P-001", path, **{"status-kind": "stopped_texts"})
    assert "<strong>Wants no texts.</strong>" not in presses(cora, "P-001", path, **{"status-kind": "resumed_texts"})


# ---- tasks


def test_a_task_is_finished_with_what_came_of_it(clinic, cora):
    clinic.enrol("P-001", on=TODAY, contact_mode="phone")
    clinic.ticks(minutes=1, every="minute")
    page = cora.opens("/study/tasks")
    assert "Call this person" in page and "Injection, baseline" in page and page_of("P-001") in page
    task = clinic.open_tasks("call")[0]["id"]
    cora.sends(f"/study/tasks/{task}", 400, **{f"{task}-note": "Made-up note"})
    assert "Choose an outcome." in cora.page and "Made-up note" in cora.page
    cora.sends(f"/study/tasks/{task}", 400, **{f"{task}-outcome": "done", f"{task}-note": "x" * 1001})
    assert "Make the note shorter." in cora.page
    cora.sends(f"/study/tasks/{task}", **{f"{task}-outcome": "not_reached", f"{task}-note": "Made-up note"})
    done = tasks.by_id(clinic.db, task)
    assert (done["outcome"], done["note"], done["done_by"]) == ("not_reached", "Made-up note", clinic.staff["cora"])
    assert "Nothing waits for you here." in cora.opens("/study/tasks")
    cora.opens(NEW)
    cora.sends(f"/study/tasks/{task}", 409, **{f"{task}-outcome": "done", f"{task}-note": "Called <twice>"})
    assert "finished this task meanwhile; yours was not kept. Your note was: Called <twice>" in cora.page


@pytest.mark.parametrize("login", ["cora", "nina"])
@pytest.mark.parametrize("sender", [OTHER, "+15550100012", "Carrier"])
def test_a_text_from_no_participant_is_read_by_an_audited_tap_only(clinic, login, sender):
    for number, words in enumerate(("My chest <b>hurts</b>", "Please call")):
        receive.inbound(clinic.db, clinic.means, Inbound(f"SM{number}", sender, words, ""), clinic.now)
    (task,) = clinic.open_tasks()
    person = staff_at(clinic, login)
    page = person.opens("/study/tasks")
    assert "Show the text and number" in page and "hurts" not in page and sender not in page
    assert audit.of_subject(clinic.db, task["id"]) == []
    person.sends(f"/study/tasks/{task['id']}/texts", 200)
    assert "My chest <b>hurts</b>" in person.page and "Please call" in person.page and sender in person.page
    kept = [(row["action"], row["actor"]) for row in audit.of_subject(clinic.db, task["id"])]
    assert kept == [("texts_shown", clinic.staff[login])]


def test_no_other_text_is_shown_with_a_task(clinic, cora):
    clinic.enrol("P-001", on=LATER)
    text = Inbound("SM1", clinic.number("P-001"), "please stop texting me", "")
    receive.inbound(clinic.db, clinic.means, text, clinic.now)
    (task,) = clinic.open_tasks("plain_stop")
    assert "Show the text and number" not in cora.opens("/study/tasks")
    cora.sends(f"/study/tasks/{task['id']}/texts", 404)
    receive.inbound(clinic.db, clinic.means, Inbound("SM2", OTHER, "hello", ""), clinic.now)
    (task,) = clinic.open_tasks("unknown_number")
    adam = staff_at(clinic, "adam")
    adam.opens("/study/participants")
    adam.sends(f"/study/tasks/{task['id']}/texts", 403)
    tasks.finish(clinic.db, task["id"], "2026-03-02T15:00:00Z", None, "done", "")
    cora.sends(f"/study/tasks/{task['id']}/texts", 404)


def test_what_somebody_of_another_site_texted_is_for_that_site_alone(clinic, cora):
    with write(clinic.db):
        add(clinic.db, "site", id="north", name="North")
    staff.add_staff(
        clinic.db, clinic.means, "nora", "Nora Example", ("nurse",), "correct horse battery", clinic.now,
        site_id="north", mobile="+15550100017",
    )  # fmt: skip
    receive.inbound(clinic.db, clinic.means, Inbound("SM1", "+15550100017", "About Ada Synthetic", ""), clinic.now)
    (task,) = rows(clinic.db, "select * from task where kind = 'staff_reply'")
    assert task["id"] not in cora.opens("/study/tasks")
    cora.sends(f"/study/tasks/{task['id']}/texts", 404)
    nora = staff_at(clinic, "nora")
    nora.opens("/study/tasks")
    nora.sends(f"/study/tasks/{task['id']}/texts", 200)
    assert "About Ada Synthetic" in nora.page


def test_a_procedure_nobody_confirmed_becomes_a_task_that_the_record_ends(clinic):
    clinic.enrol("P-001", on=TODAY)
    clinic.ticks(days=3)
    cora = staff_at(clinic, "cora")
    assert "Was the procedure done?" in cora.opens("/study/tasks") and "Injection, planned for 2 Mar 2026." in cora.page
    assert "Was the procedure done? (Injection, planned for 2 Mar 2026)" in cora.opens(page_of("P-001"))
    cora.opens("/study/tasks")
    done = f"{procedure_path(clinic, 'P-001')}/done"
    assert f'action="{done}"' in cora.page and "Done on 2 Mar 2026" in cora.page
    assert cora.sends(done, on=TODAY, back="tasks").location == "/study/tasks"
    assert "Was the procedure done?" not in cora.opens("/study/tasks")


@pytest.mark.parametrize(
    "code, words",
    [
        ("21408", "Why: our account may not text that country (21408). The number may well be right. Call them"),
        ("21612", "Why: our sender cannot reach that number (21612). The number may well be right. Call them"),
        ("12345", "Why: code 12345. Ask whether the number is still right."),
    ],
)
def test_a_text_that_did_not_arrive_says_why_and_what_to_do(clinic, code, words):
    clinic.enrol("P-001", status="performed", on="2026-02-02")
    clinic.sms.faults = [SmsRejected(code)]
    clinic.tick()
    page = staff_at(clinic, "cora").opens("/study/tasks")
    assert "A text did not arrive" in page and words in page


@pytest.mark.parametrize("outcome", ["done", "not_needed"])
def test_a_procedure_to_confirm_is_ended_by_its_record_alone(clinic, outcome):
    clinic.enrol("P-001", on=TODAY)
    clinic.ticks(days=3)
    task = clinic.open_tasks("procedure_to_confirm")[0]["id"]
    nina = staff_at(clinic, "nina")
    assert "Finish this task" not in nina.opens("/study/tasks") and "/done" not in nina.page
    cora = staff_at(clinic, "cora")
    assert "Finish this task" not in cora.opens("/study/tasks")
    cora.sends(f"/study/tasks/{task}", 400, **{f"{task}-outcome": outcome})
    assert clinic.open_tasks("procedure_to_confirm")[0]["id"] == task
    assert "Record what became of the procedure" in cora.page


# ---- who may what


CHANGES = ("/contact", "/contact/show", "/contact/verify", "/mode", "/consent", "/status", "/procedures", "/decision",
           "/decision/undo")  # fmt: skip


@pytest.mark.parametrize("login", ["nina", "leda"])
def test_nurses_and_investigators_look_and_change_nothing(clinic, login):
    clinic.enrol("P-001", on=TODAY)
    person = staff_at(clinic, login)
    assert "P-001" in person.opens("/study/participants")
    assert "Enrol a participant" not in person.page
    page = person.opens(page_of("P-001"))
    for button in ("Done today", "Show or change name", "Change how to reach", "Record that something"):
        assert button not in page
    person.opens(NEW, 403)
    person.opens("/study/day", 403)
    person.opens(page_of("P-001"))
    procedure = f"/procedures/{clinic.procedure('P-001')['id']}"
    for change in (*CHANGES, procedure, f"{procedure}/done", f"{procedure}/undo"):
        person.sends(f"{page_of('P-001')}{change}", 403)
    assert clinic.procedure("P-001")["status"] == "planned"


def test_an_analyst_sees_no_participant(clinic):
    clinic.enrol("P-001", on=TODAY)
    anna = staff_at(clinic, "anna")
    for path in ("/study/participants", page_of("P-001"), NEW, "/study/day", "/study/tasks"):
        anna.opens(path, 403)


def test_an_administrator_may_enrol_and_record(clinic):
    adam = staff_at(clinic, "adam")
    adam.opens(NEW)
    adam.sends(NEW, **ADA)
    assert "Done today" in adam.opens(page_of("P-001"))


def test_an_administrator_opens_no_page_that_is_not_in_their_bar(clinic):
    adam = staff_at(clinic, "adam")
    page = adam.opens("/study/participants")
    for path in ("/study/day", "/study/tasks"):
        assert f'href="{path}"' not in page
        adam.opens(path, 403)


@pytest.fixture
def elsewhere(clinic) -> Person:
    """A coordinator of another site."""
    with write(clinic.db):
        add(clinic.db, "site", id="other", name="Other site")
    staff.add_staff(
        clinic.db, clinic.means, "otto", "Otto Example", ("coordinator",), "correct horse battery", clinic.now,
        site_id="other",
    )  # fmt: skip
    clinic.enrol("P-001", on=TODAY, contact_mode="phone")
    clinic.ticks(minutes=1, every="minute")
    return staff_at(clinic, "otto")


def test_another_sites_participant_is_not_there(clinic, elsewhere):
    for path in ("/study/participants", "/study/day", "/study/tasks"):
        assert "P-001" not in elsewhere.opens(path)
    elsewhere.opens(page_of("P-001"), 404)
    elsewhere.opens(NEW)
    visit, task = clinic.visit("P-001", "baseline")["id"], clinic.open_tasks("call")[0]["id"]
    procedure = f"/procedures/{clinic.procedure('P-001')['id']}"
    for change in (*CHANGES, procedure, f"{procedure}/done", f"{procedure}/undo", f"/visits/{visit}/here"):
        elsewhere.sends(f"{page_of('P-001')}{change}", 404)
    elsewhere.sends(f"/study/tasks/{task}", 404, **{f"{task}-outcome": "done"})
    assert clinic.open_tasks("call")


def test_a_procedure_of_another_participant_is_not_changed(clinic, cora):
    clinic.enrol("P-001", on=TODAY)
    clinic.enrol("P-002", on=TODAY)
    cora.opens(page_of("P-001"))
    theirs = clinic.procedure("P-002")["id"]
    for path in ("", "/done", "/undo"):
        cora.sends(f"{page_of('P-001')}/procedures/{theirs}{path}", 404)
    visit = clinic.visit("P-002", "baseline")["id"]
    cora.sends(f"{page_of('P-001')}/visits/{visit}/here", 404)
    assert clinic.procedure("P-002")["status"] == "planned"


def test_no_change_without_the_forms_token(clinic, cora):
    clinic.enrol("P-001", on=TODAY)
    cora.page = ""
    cora.sends(f"{procedure_path(clinic, 'P-001')}/done", 400)
    cora.page = ""  # the page that says no has a token of its own
    cora.sends(NEW, 400, **ADA | {"code": "P-009"})
    assert clinic.procedure("P-001")["status"] == "planned"
    assert row(clinic.db, "select 1 as yes from participant where code = 'P-009'") is None


def test_a_code_that_nobody_has_is_not_found(cora):
    assert "There is no participant NOBODY" in cora.opens(page_of("NOBODY"), 404)
