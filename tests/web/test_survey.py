"""The participant's form: the way through it, and what its study file asks."""

import re

import pytest

from prom.store import reports, visits
from tests.study import SHIPPED, Study, in_english
from tests.web.filling import LONG, SHORT, Phone, classes, everything, held, saved

# ---- the way through


def test_the_shortest_way_is_one_screen_a_question_then_review_then_thanks(treated, visit, phone):
    for number, step in enumerate(SHORT, 1):
        assert phone.step == step
        assert f"Part {number} of {len(SHORT)}" in phone.text
        phone.fills(SHORT[step])
    assert "Check your answers You can change them now." in phone.text
    phone.posts(send="1")
    assert "Thank you We have your answers. We will text you again around June." in phone.text
    report = reports.response_of(treated.db, visit["id"])
    assert report["answers"] == {
        "red_flags": ["none"], "nrs_average": 5, "nrs_worst": 7, "med_any": "no", "care_any": "no", "se_any": "no",
        "comment": "", "urgency": "can_wait", "who": "self",
    }  # fmt: skip
    assert (report["mode"], report["layout"], report["who"], report["language"]) == ("web", None, "self", "en")
    assert classes(treated) == []


def test_the_bare_address_leads_to_the_first_screen_while_that_alone_is_saved(treated, visit, phone):
    """The browser's Back from the second screen comes to it."""
    before = everything(treated)
    phone.fills("none")
    assert phone.step == "nrs_average" and everything(treated) != before
    before = everything(treated)
    sent = phone.client.get(phone.link, base_url=phone.base)
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{phone.link}?at=1")
    assert everything(treated) == before
    phone.opens("1")
    assert (phone.step, phone.ticked()) == ("red_flags", ["none"])
    phone.fills("none")
    phone.fills("4")
    phone.opens()
    assert phone.step == "nrs_worst"


def test_a_long_report_asks_about_each_medicine_and_each_problem(treated, visit, phone):
    phone.answers(LONG)
    assert "Headache: At its worst, how strong was it?" in phone.text
    assert "When did it start? March 10, 2026" in phone.text
    assert "On what day did you go to the emergency room or hospital? March 20, 2026" in phone.text
    assert "All good & <well>" in phone.text
    assert "How strong is one dose? 500 mg" in phone.text and "Its unit" not in phone.text
    phone.posts(send="1")
    answers = reports.response_of(treated.db, visit["id"])["answers"]
    assert answers["med_strength/paracetamol"] == 500 and answers["med_times/paracetamol"] == 2.5
    assert answers["med_opioid/opioid_weak"] == "dont_know"
    assert answers["med_unit/opioid_weak"] == {"not_sure": True}  # its strength is not known either
    assert answers["med_times/opioid_weak"] == {"declined": True}
    assert answers["med_days/opioid_weak"] == 0
    assert answers["se_start/other"] == {"not_sure": True}
    assert answers["se_end/headache"] == "2026-03-12"
    assert answers["se_text/other"] == "Ears ring"


def test_questions_name_the_day_and_the_problem_they_mean(phone):
    for step in ("red_flags", "nrs_average", "nrs_worst", "med_any"):
        phone.fills(SHORT[step])
    assert "Since March 2, did you go to an emergency room" in phone.text
    phone.fills("no")
    phone.fills("yes")
    phone.fills(["headache"])
    assert "About the headache" in phone.text


def test_without_a_procedure_or_report_since_means_the_last_check_in(tmp_path):
    shipped = SHIPPED.read_text(encoding="utf-8")
    text = shipped.replace('"med_more", "comment"', '"med_more", "care_any", "comment"', 1)
    clinic = Study(tmp_path, study_text=text)
    clinic.enrol("ADA", on="2026-03-09")
    phone = Phone(clinic, clinic.token(clinic.visit("ADA", "baseline")))
    phone.opens()
    while phone.step != "care_any":
        phone.fills(SHORT[phone.step])
    assert "Since your last check-in, did you go" in phone.text


def test_the_first_screen_says_first_that_nobody_watches_and_nothing_of_the_condition(phone):
    main = phone.page.split("<main>")[1]
    assert main.lstrip().startswith('<p class="notice">This form is not watched.')
    assert "on Monday to Friday, 8:00 am to 5:00 pm" in phone.text
    assert "<title>Check-in</title>" in phone.page
    assert "shoulder" not in phone.page and "injection" not in phone.page.lower()
    assert 'href="tel:911"' in phone.page


@pytest.mark.parametrize("cover, at, said", [
    ("true", "2026-04-03T02:00:00Z", False),
    ("false", "2026-04-03T02:00:00Z", True),
    ("false", "2026-04-02T15:00:00Z", False),
])  # fmt: skip
def test_without_night_cover_the_first_screen_says_when_nobody_is_there(tmp_path, cover, at, said):
    text = SHIPPED.read_text(encoding="utf-8").replace("cover = true", f"cover = {cover}")
    clinic = Study(tmp_path, study_text=text)
    clinic.enrol("ADA", status="performed", on="2026-03-02")
    clinic.at(at)
    phone = Phone(clinic, clinic.token(clinic.visit("ADA", "1m")))
    phone.opens()
    assert ("Nobody is watching now." in phone.text) is said


def test_a_form_begun_is_finished_on_another_phone(treated, visit, phone):
    phone.fills("none")
    phone.fills("0")
    other = Phone(treated, treated.token(visit))
    other.opens()
    assert other.step == "nrs_worst"
    other.opens(at="nrs_average")
    assert other.ticked() == ["0"]


def test_back_keeps_what_was_answered_and_next_goes_on_in_order(treated, visit, phone):
    for given in ("none", "5", "7"):
        phone.fills(given)
    phone.goes_back()
    assert (phone.step, phone.ticked()) == ("nrs_worst", ["7"])
    phone.opens(at="1")
    assert (phone.step, phone.ticked()) == ("red_flags", ["none"])
    assert ">Back<" not in phone.page
    phone.fills("none")
    assert (phone.step, phone.ticked()) == ("nrs_average", ["5"])
    phone.fills("6")
    phone.fills("7")
    assert phone.step == "med_any"
    assert saved(treated, visit)["nrs_average"] == 6


def test_back_keeps_what_was_typed_where_it_can_be_kept(treated, visit, phone):
    for given in ("none", "5", "7", "no", "no", "no"):
        phone.fills(given)
    assert phone.step == "comment"
    phone.goes_back(comment="  ")
    assert phone.step == "se_any" and "comment" not in saved(treated, visit)  # an empty one is still asked
    phone.fills("no")
    phone.goes_back(comment="It burns at night")
    assert phone.step == "se_any" and saved(treated, visit)["comment"] == "It burns at night"
    phone.fills("no")
    assert phone.step == "comment" and "It burns at night</textarea>" in phone.page


@pytest.mark.parametrize("typed", ["eleven", "-1"])
def test_back_says_nothing_of_what_cannot_be_kept_until_the_screen_is_opened_again(treated, visit, phone, typed):
    phone.fills("none")
    phone.goes_back(nrs_average=typed)
    assert phone.step == "red_flags" and not phone.errors and "held=" not in phone.at
    assert saved(treated, visit) == {"red_flags": ["none"]}
    phone.fills("none")
    assert phone.step == "nrs_average" and phone.errors
    phone.goes_back(nrs_average="8")
    assert phone.step == "red_flags" and saved(treated, visit)["nrs_average"] == 8 and held(treated) == 0


def test_back_keeps_a_dose_without_its_unit_and_does_not_confirm_an_unusual_one(treated, visit, phone):
    while phone.step != "med_strength/paracetamol":
        phone.fills(LONG[phone.step])
    name = LONG["med_name/paracetamol"]
    phone.goes_back(med_strength="400", med_unit="")
    phone.fills(name)
    assert 'value="400"' in phone.page and phone.errors == ["Choose an answer."]
    phone.fills({"med_strength": "5000", "med_unit": "mg"})
    assert "That is 5000 mg in one dose." in phone.text
    phone.goes_back(med_strength="5000", med_unit="mg")
    assert "med_strength/paracetamol" not in saved(treated, visit)
    phone.fills(name)
    assert "That is 5000 mg in one dose." in phone.text


def test_back_keeps_a_comment_that_was_cleared(treated, visit, phone):
    phone.answers(SHORT | {"comment": "Call me Ada"})
    phone.opens(at="comment&change=1")
    phone.goes_back(comment="")
    assert "Call me Ada" not in phone.page and saved(treated, visit)["comment"] == ""


def test_back_over_an_answer_saved_elsewhere_leaves_that_one(treated, visit, phone):
    phone.fills("none")
    other = Phone(treated, treated.token(visit))
    other.opens("2")
    other.fills("3")
    phone.goes_back(nrs_average="8")
    assert phone.step == "nrs_average" and saved(treated, visit)["nrs_average"] == 3
    assert "This was answered on another page meanwhile: 3." in phone.text and held(treated) == 1


def test_back_does_not_say_yes_to_what_was_filled_in_to_be_looked_at_again(treated, visit, phone):
    phone.answers(MORPHINE)
    phone.opens(at="med_opioid/opioid_strong&change=1")
    phone.fills("hydromorphone")
    phone.goes_back(med_strength="30", med_unit="mg")
    assert phone.step == "med_opioid/opioid_strong"
    assert "med_strength/opioid_strong" not in saved(treated, visit)
    phone.fills("hydromorphone")
    assert phone.step == "med_strength/opioid_strong"


def test_back_from_a_change_keeps_it_and_leads_to_the_review(treated, visit, phone):
    phone.answers(SHORT)
    phone.opens(at="3&change=1")
    phone.goes_back(nrs_worst="9")
    assert phone.step == "" and saved(treated, visit)["nrs_worst"] == 9


def test_no_screen_beyond_the_first_unanswered_one_can_be_opened(phone):
    for at in ("who", "8", "review", "99", "nonsense", "0", "-1"):
        phone.opens(at=at)
        assert phone.step == "red_flags"


def test_a_screen_that_is_not_shown_saves_nothing(treated, visit, phone):
    for step in ("se_list", "nonsense", ""):
        phone.posts(step=step, se_list="fever")
        assert phone.step == "red_flags"
    assert saved(treated, visit) == {}


def test_a_screen_beyond_the_first_unanswered_one_saves_nothing(treated, visit, phone):
    phone.posts(step="nrs_average", nrs_average="4")
    assert phone.step == "red_flags"
    phone.posts(step="nrs_average", nrs_average="eleven")
    assert phone.step == "red_flags" and not phone.errors
    found = visits.by_id(treated.db, visit["id"])
    assert (saved(treated, visit), found["started_at"]) == ({}, None) and found["opened_at"]
    phone.fills("none")
    phone.posts(step="nrs_worst", nrs_worst="4")
    assert phone.step == "nrs_average" and saved(treated, visit) == {"red_flags": ["none"]}


def test_a_changed_start_leads_to_the_end_that_it_left_behind(treated, visit, phone):
    gone = {"se_severity": "light", "se_interference": "a_bit", "se_care": "no"}
    gone |= {"se_start": "2026-03-20", "se_now": "no", "se_end": "2026-03-22"}
    phone.answers(
        SHORT | {"se_any": "yes", "se_list": ["headache"]} | {f"{key}/headache": value for key, value in gone.items()}
    )
    phone.opens(at="se_start/headache&change=1")
    phone.fills("2026-03-25")
    assert phone.step == "se_end/headache" and 'value="2026-03-22"' in phone.page and not phone.errors
    phone.posts(send="1")
    assert phone.step == "se_end/headache"  # nothing was sent
    phone.fills("2026-03-22")
    assert phone.errors == ["Give a date from March 25, 2026 on."]
    phone.fills("2026-03-26")
    assert phone.step == "" and "March 26, 2026" in phone.text


MORPHINE = SHORT | {
    "med_any": "yes",
    "med_classes": ["opioid_strong"],
    "med_opioid/opioid_strong": "morphine",
    "med_strength/opioid_strong": {"med_strength": "30", "med_unit": "mg"},
    "med_times/opioid_strong": "2",
    "med_days/opioid_strong": "7",
    "med_change/opioid_strong": "same",
    "med_more/opioid_strong": "no",
}


def test_another_medicine_leads_through_its_other_screens_filled_in(treated, visit, phone):
    phone.answers(MORPHINE)
    phone.opens(at="med_opioid/opioid_strong&change=1")
    phone.fills("morphine")
    assert phone.step == ""  # the same as before
    phone.opens(at="med_opioid/opioid_strong&change=1")
    phone.fills("hydromorphone")
    assert phone.step == "med_strength/opioid_strong" and 'value="30"' in phone.page and "selected" in phone.page
    assert "Part 4 of 9, question 4" in phone.text  # after whether any is taken, of what kind, and which
    assert "med_strength/opioid_strong" not in saved(treated, visit)  # 30 mg of morphine were told, not of this
    phone.posts(send="1")
    assert phone.step == "med_strength/opioid_strong"  # nothing was sent
    phone.fills({"med_strength": "4", "med_unit": "mg"})
    assert phone.step == "med_times/opioid_strong" and 'value="2"' in phone.page
    for given in ("2", "7", "more"):
        phone.fills(given)
    assert phone.step == ""
    found = saved(treated, visit)
    assert (found["med_opioid/opioid_strong"], found["med_strength/opioid_strong"]) == ("hydromorphone", 4)


def test_an_answer_changed_from_the_review_leads_back_there(treated, visit, phone):
    phone.answers(SHORT)
    change = re.findall(r'href="(\?at=\d+)&amp;change=1"', phone.page)
    assert len(change) == len(SHORT)
    phone.opens(at="3&change=1")
    assert (phone.step, phone.ticked()) == ("nrs_worst", ["7"])
    assert 'name="back" value="review">Back' in phone.page
    phone.fills("9")
    assert phone.step == "" and "9" in phone.text
    phone.opens(at="6&change=1")
    phone.fills("yes")
    assert phone.step == "se_list"
    phone.fills(["fever"])
    assert phone.step == "se_severity/fever"
    phone.posts(send="1")
    assert phone.step == "se_severity/fever"  # an unfinished form is not sent
    assert treated.visit("ADA", "1m")["submitted_at"] is None


def test_the_address_never_holds_an_answer(phone):
    phone.answers(LONG)
    links = re.findall(r'href="\?([^"]+)"', phone.page)
    assert links and all(re.fullmatch(r"at=\d+(&amp;change=1)?", link) for link in links)


# ---- the study file


NEW_ITEMS = """
[[screens]]
key = "sleep"
title.en = "Your sleep"

[[screens.items]]
key = "sleep"
kind = "number"
low = 0
high = 24
decimals = 1
not_sure = true
text.en = "How many hours did you sleep?"

[[screens]]
key = "mood"
title.en = "Your mood"

[[screens.items]]
key = "mood"
kind = "choice"
text.en = "How is your mood?"
choices = [ { key = "good", text.en = "Good" }, { key = "poor", text.en = "Poor" } ]

[[screens]]
key = "who"
"""


def test_an_item_added_to_the_study_file_is_asked(tmp_path):
    text = in_english(SHIPPED.read_text(encoding="utf-8")).replace('\n[[screens]]\nkey = "who"\n', NEW_ITEMS)
    text = text.replace('"call_when", "who"]', '"call_when", "sleep", "mood", "who"]')
    clinic = Study(tmp_path, study_text=text)
    clinic.enrol("ADA", on="2026-03-09")
    visit = clinic.visit("ADA", "baseline")
    phone = Phone(clinic, clinic.token(visit))
    phone.opens()
    while phone.step != "sleep":
        phone.fills(SHORT[phone.step])
    assert "How many hours did you sleep?" in phone.text
    phone.fills("7.5")
    assert "How is your mood?" in phone.text
    phone.fills("")
    assert phone.errors == ["Choose an answer."]
    phone.fills("good")
    assert saved(clinic, visit)["sleep"] == 7.5
    phone.fills("self")
    assert "How is your mood? Good" in phone.text
