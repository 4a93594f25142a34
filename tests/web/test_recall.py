"""Same as last time: who sees the medicines of the last report, what a tap copies, and what becomes of it."""

import pytest

from prom.errors import LinkClosed
from prom.rules.answers import DECLINED
from prom.store import reports
from prom.store.connect import write
from tests.report.reading import row
from tests.study import SHIPPED, Study
from tests.web.browsing import staff_at
from tests.web.filling import SHORT, Phone, passes

TRAMADOL = {
    "med_opioid/opioid_weak": "tramadol", "med_strength/opioid_weak": 50, "med_unit/opioid_weak": "mg",
    "med_times/opioid_weak": 3, "med_days/opioid_weak": 7, "med_more/opioid_weak": "no",
}  # fmt: skip
MEDICINES = {"med_any": "yes", "med_classes": ["opioid_weak"]} | TRAMADOL
SAME = MEDICINES | {"med_change/opioid_weak": "same"}
LINE = "Tramadol or codeine: Tramadol, 50 mg, 3 times a day, on 7 of 7 days"
OPENING = {"red_flags": "none", "nrs_average": "5", "nrs_worst": "6"}
PANADOL = {
    "med_any": "yes", "med_classes": ["paracetamol"], "med_name/paracetamol": "Made-up",
    "med_strength/paracetamol": 500, "med_unit/paracetamol": "mg", "med_times/paracetamol": 2,
    "med_days/paracetamol": 1,
}  # fmt: skip


def cared_for(clinic, medicines=MEDICINES, others=None, **given) -> Study:
    """Ada, who reported medicines at baseline and was injected on 6 March, and others ({code: medicines}); the first
    report is due."""
    people = {"ADA": medicines} | (others or {})
    for code, told in people.items():
        clinic.enrol(code, on="2026-03-06", **given)
        clinic.answers(clinic.visit(code, "baseline"), **told)
    clinic.at("2026-03-06T20:00:00Z")
    for code in people:
        clinic.records(code, "performed", "2026-03-06")
    clinic.at("2026-04-06T15:00:00Z")  # a Monday, 11:00 in New York
    clinic.tick()
    return clinic


@pytest.fixture
def open_study(tmp_path) -> Study:
    """A clinic whose study lets whoever has the link see answers of earlier reports."""
    return Study(tmp_path, study_text=SHIPPED.read_text().replace("show_history = false", "show_history = true"))


@pytest.fixture
def ada(open_study) -> Study:
    return cared_for(open_study)


@pytest.fixture
def visit(ada):
    return ada.visit("ADA", "1m")


@pytest.fixture
def phone(ada, visit):
    """A phone at the screen that shows the medicines of the baseline report."""
    return at_medicines(ada, visit)


def at_medicines(clinic, visit) -> Phone:
    """A phone whose pain is told."""
    found = Phone(clinic, clinic.token(visit))
    found.opens()
    while found.step in OPENING:
        found.fills(OPENING[found.step])
    return found


def saved(clinic, visit) -> dict:
    return reports.answers(clinic.db, visit["id"])


def rest(phone) -> None:
    """Answer what is still asked, shortly, and send."""
    phone.opens()
    phone.answers(SHORT | {"med_change/opioid_weak": "less", "med_more/opioid_weak": "no"})
    phone.posts(**{"send": "1", "seen": hidden(phone)})


def hidden(phone) -> str:
    return phone.page.partition('name="seen" value="')[2].partition('"')[0]


# ---- who sees it


def test_the_screen_tells_each_medicine_and_the_day_of_the_report(phone):
    assert phone.step == "med_same"
    assert f"On March 2, 2026 you told us about this medicine: {LINE}" in phone.text
    assert "In the last 7 days, was it all still the same?" in phone.text
    assert "Do not stop or change your medicine because of this form." in phone.text
    assert phone.ticked() == []


def test_without_the_year_of_birth_nothing_of_an_earlier_report_appears(clinic):
    cared_for(clinic)
    phone = at_medicines(clinic, clinic.visit("ADA", "1m"))
    assert phone.step == "med_any" and "Tramadol" not in phone.text
    phone.posts(step="med_same", med_same="yes")
    assert saved(clinic, clinic.visit("ADA", "1m")).keys() == OPENING.keys()


def test_after_the_year_of_birth_the_list_is_shown(clinic):
    cared_for(clinic, birth_year=1950)
    clinic.enrol("BOB", mobile=clinic.number("ADA"), birth_year=1951)
    phone = Phone(clinic, clinic.token(clinic.visit("ADA", "1m")))
    phone.opens()
    phone.fills("none")
    passes(phone)
    phone.fills("5")
    phone.fills("6")
    assert phone.step == "med_same" and LINE in phone.text
    phone.fills("yes")
    assert saved(clinic, clinic.visit("ADA", "1m")).items() >= SAME.items()


def test_a_pass_that_ran_out_still_copies_and_shows_nothing(clinic):
    cared_for(clinic, birth_year=1950)
    clinic.enrol("BOB", mobile=clinic.number("ADA"), birth_year=1951)
    visit = clinic.visit("ADA", "1m")
    phone = Phone(clinic, clinic.token(visit))
    phone.opens()
    phone.fills("none")
    passes(phone)
    phone.fills("5")
    phone.fills("6")
    clinic.at("2026-04-06T19:00:00Z")
    phone.fills("yes")
    assert "What year were you born?" in phone.text and "Tramadol" not in phone.text
    assert saved(clinic, visit).items() >= SAME.items()


@pytest.mark.parametrize("medicines", [{}, {"med_any": DECLINED}, {"med_any": "yes", "med_classes": DECLINED}])
def test_without_medicines_last_time_the_usual_questions_come(open_study, medicines):
    cared_for(open_study, medicines=medicines)
    assert at_medicines(open_study, open_study.visit("ADA", "1m")).step == "med_any"


def test_nobody_sees_the_list_of_another(open_study):
    cared_for(open_study, others={"BOB": PANADOL})
    open_study.enrol("EVE", status="performed", on="2026-03-06")
    open_study.tick()
    assert at_medicines(open_study, open_study.visit("EVE", "1m")).step == "med_any"
    text = at_medicines(open_study, open_study.visit("BOB", "1m")).text
    assert "Made-up, 500 mg, 2 times a day, on 1 of 7 days" in text and "Tramadol" not in text


def test_what_was_never_sent_is_not_shown(ada):
    early = ada.visit("ADA", "1m")
    for step, value in (SHORT | {"med_any": "yes", "med_classes": ["steroid"]}).items():
        if step in ("red_flags", "nrs_average", "nrs_worst", "med_any", "med_classes"):
            ada.saves(early, step, {step: [value] if step == "red_flags" else value})
    ada.at("2026-06-08T15:00:00Z")
    ada.tick()
    phone = at_medicines(ada, ada.visit("ADA", "3m"))
    assert f"On March 2, 2026 you told us about this medicine: {LINE}" in phone.text
    assert "teroid" not in phone.text


def test_the_last_report_of_any_procedure_is_shown(ada):
    ada.answers(ada.visit("ADA", "1m"), **PANADOL, **{"med_change/paracetamol": "started"})
    ada.at("2026-04-14T20:00:00Z")
    ada.adds("ADA", "embolization", "performed", "2026-04-14")
    ada.at("2026-05-14T15:00:00Z")
    ada.tick()
    phone = at_medicines(ada, ada.visit("ADA", "1m", "embolization"))
    assert "On April 6, 2026 you told us" in phone.text and "Made-up" in phone.text and "Tramadol" not in phone.text


# ---- yes


def test_yes_copies_the_list_in_one_save_and_leads_to_the_next_open_question(ada, visit, phone):
    phone.fills("yes")
    assert phone.step == "care_any"
    last = reports.screens(ada.db, visit["id"])[-1]
    assert (last["step"], last["answers"]) == ("med_same", {"med_same": "yes"} | SAME)


def test_every_copied_answer_stands_in_the_review_with_its_own_change(ada, visit, phone):
    phone.fills("yes")
    phone.answers(SHORT)
    for words in ("Tramadol", "50 mg", "3", "7", "The same", "No"):
        assert f"<dd>{words}</dd>" in phone.page
    number = 1 + phone.page.partition("On how many of the last 7 days?")[0].count("<dt>")
    assert number > 8
    change = phone.page.partition("On how many of the last 7 days?")[2].partition('href="?')[2].partition('"')[0]
    phone.goes(f"{phone.path}?{change.replace('&amp;', '&')}")
    assert phone.step == "med_days/opioid_weak" and 'value="7"' in phone.page
    phone.fills("4")
    assert phone.step == "med_change/opioid_weak" and phone.ticked() == []
    phone.fills("less")
    assert "Check your answers" in phone.text and "No, something changed" in phone.text
    told = SAME | {"med_same": "no", "med_days/opioid_weak": 4, "med_change/opioid_weak": "less"}
    assert saved(ada, visit).items() >= told.items()


def test_yes_twice_copies_once_and_on_an_old_page_undoes_nothing(ada, visit, phone):
    fields = {"step": "med_same", "med_same": "yes", "seen": hidden(phone)}
    phone.fills("yes")
    phone.posts(**fields)
    ada.saves(visit, "med_days/opioid_weak", {"med_days/opioid_weak": 4})
    phone.posts(**fields)
    assert saved(ada, visit)["med_days/opioid_weak"] == 4
    assert [one["step"] for one in reports.screens(ada.db, visit["id"])].count("med_same") == 1


def test_what_no_longer_fits_is_asked(open_study):
    cared_for(open_study)
    with write(open_study.db):
        older = "replace(answers, 'tramadol', 'poppy') where visit_id = :id"
        baseline = open_study.visit("ADA", "baseline")
        open_study.db.execute(f"update response set answers = {older}", {"id": baseline["id"]})
    visit = open_study.visit("ADA", "1m")
    phone = at_medicines(open_study, visit)
    assert "Tramadol or codeine: 50 mg, 3 times a day" in phone.text
    phone.fills("yes")
    assert phone.step == "med_opioid/opioid_weak"
    assert "med_opioid/opioid_weak" not in saved(open_study, visit)
    phone.fills("codeine")
    assert phone.step == "med_strength/opioid_weak" and 'value="50"' in phone.page


# ---- no


def test_no_leads_to_the_usual_questions_with_nothing_chosen(ada, visit, phone):
    phone.fills("no")
    assert phone.step == "med_any" and phone.ticked() == []
    assert saved(ada, visit)["med_same"] == "no" and "med_any" not in saved(ada, visit)


def test_preferring_not_to_answer_leads_to_the_usual_questions(ada, visit, phone):
    phone.fills("_declined")
    assert phone.step == "med_any" and saved(ada, visit)["med_same"] == DECLINED


def test_yes_changed_to_no_asks_each_copied_answer_again_and_shows_it(ada, visit, phone):
    phone.fills("yes")
    phone.opens("med_same")
    assert phone.ticked() == ["yes"]
    phone.fills("no")
    assert phone.step == "med_any" and phone.ticked() == ["yes"]
    assert saved(ada, visit).keys() == {*OPENING, "med_same"}
    phone.fills("yes")
    assert phone.ticked() == ["opioid_weak"]
    phone.fills({"med_classes": ["opioid_weak"]})
    for given in ("tramadol", {"med_strength": "50", "med_unit": "mg"}):
        phone.fills(given)
    assert phone.step == "med_times/opioid_weak" and 'value="3"' in phone.page
    phone.fills("4")
    phone.fills("7")
    assert phone.step == "med_change/opioid_weak" and phone.ticked() == []  # never "the same" by itself
    phone.fills("more")
    phone.fills("no")
    assert phone.step == "care_any"
    rest(phone)
    assert reports.response_of(ada.db, visit["id"])["answers"]["med_change/opioid_weak"] == "more"


def test_a_copy_changed_by_hand_says_no_and_what_changed_is_asked_before_sending(ada, visit, phone):
    phone.fills("yes")
    phone.answers(SHORT)
    ada.saves(visit, "med_days/opioid_weak", {"med_days/opioid_weak": 4})
    phone.posts(step="med_same", med_same="no", change="1")
    assert phone.step == "med_change/opioid_weak"
    standing = saved(ada, visit)
    assert (standing["med_same"], standing["med_days/opioid_weak"]) == ("no", 4)
    assert {"med_any", "med_classes", "med_times/opioid_weak"} < standing.keys()
    phone.posts(send="1")
    assert reports.response_of(ada.db, visit["id"]) is None  # not sent with open questions


def test_no_changed_to_yes_copies_the_list_over_what_was_begun(ada, visit, phone):
    phone.fills("no")
    phone.fills("yes")
    phone.fills({"med_classes": ["steroid"]})
    phone.opens("med_same")
    phone.fills("yes")
    assert phone.step == "care_any"
    assert saved(ada, visit).items() >= SAME.items()


def test_yes_and_no_from_the_review_lose_nothing_that_was_answered_by_hand(ada, visit, phone):
    phone.fills("no")
    phone.fills("yes")
    phone.fills({"med_classes": ["opioid_weak"]})
    for given in ("codeine", {"med_strength": "30", "med_unit": "mg"}, "2", "5", "more", "no"):
        phone.fills(given)
    phone.answers(SHORT)
    before = saved(ada, visit)
    for answer, words in (("yes", "Tramadol"), ("no", "Codeine")):
        phone.opens("med_same&change=1")
        phone.fills(answer)
        assert "Check your answers" in phone.text and f"<dd>{words}</dd>" in phone.page
    assert saved(ada, visit) == before
    phone.posts(**{"send": "1", "seen": hidden(phone)})
    assert reports.response_of(ada.db, visit["id"])["answers"]["med_change/opioid_weak"] == "more"
    page = staff_at(ada, "nina").opens("/care/participants/ADA")
    assert "Copied: the same as last time." not in page.partition("<summary>Injection, 1 month")[2]


# ---- two pages, two phones


def test_an_answer_from_another_page_is_not_written_over_in_silence(ada, visit, phone):
    ada.saves(visit, "med_same", {"med_same": "no"})
    phone.fills("yes")
    assert "This was answered on another page meanwhile: No, something changed." in phone.text
    assert LINE in phone.text
    assert saved(ada, visit)["med_same"] == "no" and "med_any" not in saved(ada, visit)


def test_on_a_page_from_before_the_copy_another_answer_is_told(ada, visit, phone):
    phone.fills("no")
    other = Phone(ada, ada.token(visit))
    other.opens("med_same")
    other.fills("yes")
    phone.fills("no")  # at the question whether any medicine was taken
    assert "This was answered on another page meanwhile: Yes." in phone.text
    assert saved(ada, visit)["med_any"] == "yes"


# ---- what must not happen, and what becomes of it


def test_nothing_is_copied_by_whoever_left_nor_after_closing(ada, visit):
    ada.saves(visit, "red_flags", {"red_flags": ["none"]})
    ada.becomes("ADA", "left_follow_up")
    phone = Phone(ada, ada.token(visit))
    phone.opens(status=410)
    assert "Tramadol" not in phone.text
    with pytest.raises(LinkClosed):
        ada.saves(visit, "med_same", {"med_same": "yes"})
    assert "med_any" not in saved(ada, visit)
    assert reports.screens(ada.db, visit["id"])[-1]["answers"] == {"med_same": "yes"}


def test_a_report_with_the_same_medicine_raises_no_alert_about_opioids(ada, visit, phone):
    phone.fills("yes")
    rest(phone)
    assert row(ada, "ADA", "1m")["alert_rules"] == "nrs_no_better"


def test_one_in_which_it_rose_does(ada, visit, phone):
    phone.fills("yes")
    phone.opens("med_change/opioid_weak")
    phone.fills("more")
    rest(phone)
    assert row(ada, "ADA", "1m")["alert_rules"] == "nrs_no_better;opioid_more"


def test_the_export_has_the_answer_and_the_copies(ada, visit, phone):
    phone.fills("yes")
    rest(phone)
    found = row(ada, "ADA", "1m")
    assert (found["med_same"], found["med_same_status"]) == ("yes", "answered")
    assert (found["med_strength__opioid_weak"], found["med_change__opioid_weak"]) == ("50", "same")
    assert (found["mme_using_day"], found["mme_mean_7_days"]) == ("30", "30")
    before = row(ada, "ADA", "baseline")
    assert (before["med_same"], before["med_same_status"]) == ("", "not_shown")
    assert row(ada, "ADA", "3m")["med_same_status"] == "not_due"


def test_what_was_copied_and_taken_back_is_not_in_the_export_of_a_form_not_sent(ada, visit, phone):
    phone.fills("yes")
    phone.opens("med_same")
    phone.fills("no")
    found = row(ada, "ADA", "1m")
    assert (found["med_same"], found["med_any"], found["med_any_status"]) == ("no", "", "not_due")


def test_nurses_see_which_answers_were_copied(ada, visit, phone):
    phone.fills("yes")
    phone.opens("med_days/opioid_weak")
    phone.fills("4")
    rest(phone)
    page = staff_at(ada, "nina").opens("/care/participants/ADA")
    told = page.partition("<summary>Injection, 1 month")[2].partition("</details>")[0]
    copied = "Copied: the same as last time."
    assert told.count(copied) == len(SAME) - 2  # the days, and how much it changed
    assert "Less" in told
    assert "Do you take one more of this kind: tramadol or codeine?" in told
    days = told.partition("On how many of the last 7 days?")[2].partition("</tr>")[0]
    assert copied not in days and ">4<" in days and 'Was: <span class="words">7</span>' in days


def test_nurses_see_nothing_of_copies_taken_back(ada, visit, phone):
    phone.fills("yes")
    phone.opens("med_same")
    phone.fills("no")
    page = staff_at(ada, "nina").opens("/care/participants/ADA")
    told = page.partition("<summary>Injection, 1 month")[2].partition("</details>")[0]
    assert "No, something changed" in told and "Yes, all the same" in told and "Tramadol" not in told
