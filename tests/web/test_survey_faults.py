"""What cannot be kept as it was sent: what the page says, and what is held of it."""

import re

from prom.store import visits
from prom.store.connect import rows
from tests.web.filling import LONG, SHORT, Phone, held, saved

# ---- what cannot be kept


TYPED = ("50 mg", "1,000", "49", "8", "2.5", "2026-04-03", "2026-02-30", "2026-03-09", "mg", "500")
FAULTS = [
    ("red_flags", {"red_flags": ""}, "Tick what fits, or “None of these”."),
    ("red_flags", {"red_flags": "sword"}, "Choose an answer."),
    ("nrs_average", {"nrs_average": ""}, "You have not picked a number. You can pick one or skip."),
    ("nrs_average", {"nrs_average": "11"}, "Give a number from 0 to 10."),
    ("nrs_average", {"nrs_average": "5.5"}, "Give a whole number from 0 to 10."),
    ("nrs_worst", {"nrs_worst": ""}, "Choose a number, or “I prefer not to answer”."),
    ("nrs_worst", {"nrs_worst": "-1"}, "Give a number from 0 to 10."),
    ("med_any", {"med_any": ""}, "Choose an answer."),
    ("care_on", {"care_on": ""}, "Fill this in, or tick a box below it."),
    ("care_on", {"care_on": "2026-04-03"}, "Give a date that is not after today."),
    ("care_on", {"care_on": "2026-02-30"}, "Give the whole date: day, month and year."),
    ("care_for", {"care_for": "x" * 501}, "Make this shorter: 500 letters at most."),
    ("med_strength/paracetamol", LONG["med_strength/paracetamol"] | {"med_strength": "50 mg"},
     "Write only the number, such as 50. Leave out words and units."),
    ("med_strength/paracetamol", LONG["med_strength/paracetamol"] | {"med_strength": "1,000"},
     "Write a thousand without a comma or point, such as 1000."),
    ("med_times/paracetamol", {"med_times": "49"}, "Give a number from 0 to 48."),
    ("med_days/paracetamol", {"med_days": "8"}, "Give a number from 0 to 7."),
    ("med_days/paracetamol", {"med_days": "2.5"}, "Give a whole number from 0 to 7."),
    ("med_strength/paracetamol", LONG["med_strength/paracetamol"] | {"med_unit": ""}, "Choose an answer."),
    ("se_end/headache", {"se_end": "2026-03-09"}, "Give a date from March 10, 2026 on."),
    ("who", {"who": ""}, "Choose an answer."),
    ("who", {"who": "_declined"}, "Fill this in."),
]  # fmt: skip


def test_an_answer_that_cannot_be_kept_says_what_to_do(treated, visit, phone):
    tried = []
    while phone.step:
        for fault in [fault for fault in FAULTS if fault[0] == phone.step]:
            _, given, error = fault
            before = saved(treated, visit)
            step = phone.step
            phone.fills(given)
            assert (phone.step, phone.errors) == (step, [error])
            if len(given) > 1:  # several questions: a list on top leads to the one
                place, question = re.search(r'<li><a href="#([^"]+)">([^<]+)</a>', phone.page).groups()
                assert f'id="{place}"' in phone.page
                assert f"Please look at this again {question} {error}" in phone.text
            assert re.search(r'aria-describedby="[^"]*-error"', phone.page)
            for value in (value for value in given.values() if value in TYPED):
                assert f'value="{value}"' in phone.page
            assert saved(treated, visit) == before
            tried.append(fault)
            phone.opens(at=step)
        phone.fills(LONG[phone.step])
    assert len(tried) == len(FAULTS)


def test_a_first_try_that_cannot_be_kept_counts_as_opening(treated, visit, phone):
    phone.fills({})
    found = visits.by_id(treated.db, visit["id"])
    assert found["opened_at"] and found["study_version"] == treated.means.version
    assert not found["started_at"]


def test_the_main_question_may_be_skipped_after_one_soft_prompt(treated, visit, phone):
    phone.fills("none")
    phone.fills({})
    assert phone.errors == ["You have not picked a number. You can pick one or skip."]
    assert 'name="prompted" value="You have not picked a number. You can pick one or skip."' in phone.page
    phone.fills({})
    assert saved(treated, visit)["nrs_average"] == {"declined": True}
    assert phone.step == "nrs_worst"


def test_a_number_picked_after_the_prompt_counts(treated, visit, phone):
    phone.fills("none")
    phone.fills({})
    phone.fills("0")
    assert saved(treated, visit)["nrs_average"] == 0


def test_an_unusual_dose_is_asked_about_once_and_kept_where_it_is_meant(treated, visit, phone):
    while phone.step != "med_strength/paracetamol":
        phone.fills(LONG[phone.step])
    phone.fills({"med_strength": "5000", "med_unit": "mg"})
    assert phone.errors == ["That is 5000 mg in one dose. Is that right? You can change it, or tap Next."]
    assert 'value="5000"' in phone.page and "med_strength/paracetamol" not in saved(treated, visit)
    phone.fills({"med_strength": "5000", "med_unit": "mg"})
    assert saved(treated, visit)["med_strength/paracetamol"] == 5000
    phone.fills("3")
    assert phone.errors == ["That is 15000 mg in a day. Is that right? You can change it, or tap Next."]
    phone.fills("1")
    assert saved(treated, visit)["med_times/paracetamol"] == 1 and phone.step == "med_days/paracetamol"


def test_each_unusual_amount_is_asked_about_whatever_was_confirmed_before(treated, visit, phone):
    def asks(step, given, *amounts):
        for amount in amounts:
            phone.fills(given)
            error = f"That is {amount}. Is that right? You can change it, or tap Next."
            assert (phone.step, phone.errors) == (f"{step}/paracetamol", [error])

    while phone.step != "med_strength/paracetamol":
        phone.fills(LONG[phone.step])
    asks("med_strength", {"med_strength": "5000", "med_unit": "mg"}, "5000 mg in one dose")
    asks("med_strength", {"med_strength": "9000", "med_unit": "mg"}, "9000 mg in one dose")
    phone.fills({"med_strength": "1000", "med_unit": "mg"})
    asks("med_times", "20", "20 times a day", "20000 mg in a day")
    phone.fills("20")
    phone.answers(LONG)
    phone.opens("med_strength/paracetamol&change=1")
    asks("med_strength", {"med_strength": "2000", "med_unit": "mg"}, "40000 mg in a day")
    phone.fills({"med_strength": "2000", "med_unit": "mg"})
    assert saved(treated, visit)["med_strength/paracetamol"] == 2000 and "Check your answers" in phone.text


def test_not_sure_comes_before_declined_and_neither_beside_what_is_typed(treated, visit, phone):
    for key, typed, shown in (("care_on", "2026-03-20", '"2026-03-20"'), ("care_for", "A fall", "A fall</textarea>")):
        while phone.step != key:
            phone.fills(LONG[phone.step])
        phone.fills([typed, "_declined"])
        assert phone.errors == ["You wrote something and ticked a box. Keep only one."]
        assert shown in phone.page and phone.ticked() == ["_declined"]
        assert key not in saved(treated, visit)
        phone.fills(["", "_declined", "_not_sure"] if key == "care_on" else [" ", "_declined"])
    answers = saved(treated, visit)
    assert (answers["care_on"], answers["care_for"]) == ({"not_sure": True}, {"declined": True})


def test_the_ticks_of_a_strength_stand_under_it_and_its_unit_offers_its_own_answers(phone):
    while phone.step != "med_strength/paracetamol":
        phone.fills(LONG[phone.step])
    tick, unit = (phone.page.index(f'id="{id}"') for id in ("med_strength-_not_sure", "med_unit"))
    assert phone.page.index('id="med_strength"') < tick < unit
    assert re.findall(r'<option value="([^"]*)"', phone.page) == [
        "", "mg", "mcg", "mcg_per_hour", "g", "percent", "other", "_not_sure",
    ]  # fmt: skip


# ---- held, until it can be kept



def test_what_cannot_be_kept_stands_at_an_address_of_its_own_until_it_is_saved(treated, visit, phone):
    phone.fills("none")
    phone.fills("11")
    assert re.fullmatch(r"/s/\w+\?at=2&held=\w{16,}", phone.at) and held(treated) == 1
    shown = re.sub(r'name="seen" value="[^"]*"', "", phone.page)
    phone.opens(at=phone.at.partition("at=")[2])
    assert re.sub(r'name="seen" value="[^"]*"', "", phone.page) == shown and phone.errors
    phone.fills("4")
    assert held(treated) == 0 and saved(treated, visit)["nrs_average"] == 4


def test_what_is_held_is_shown_by_its_own_link_alone(treated, visit, phone):
    phone.fills("none")
    phone.fills("11")
    query = phone.at.partition("at=")[2]
    treated.enrol("BEN", status="performed", on="2026-03-02")
    other = Phone(treated, treated.token(treated.visit("BEN", "1m")))
    other.opens(at=query)
    assert other.step == "red_flags" and not other.errors
    other.fills("none")
    assert other.step == "nrs_average" and not other.errors


def test_what_was_not_kept_shows_whenever_its_screen_is_opened_but_the_first(treated, visit, phone):
    phone.posts(step="red_flags", red_flags="sword")
    phone.opens(at="1")
    assert phone.step == "red_flags" and not phone.errors
    phone.fills("none")
    phone.fills("11")
    phone.opens("2")
    assert phone.step == "nrs_average" and phone.errors == ["Give a number from 0 to 10."]


def test_a_fault_on_a_screen_opened_from_the_review_still_leads_back_there(phone):
    phone.answers(SHORT)
    phone.opens(at="3&change=1")
    phone.fills("11")
    assert "change=1" in phone.at and phone.errors == ["Give a number from 0 to 10."]
    phone.fills("9")
    assert phone.step == "" and "Check your answers" in phone.text


def test_nothing_is_held_that_the_link_does_not_ask_any_more(treated, visit, phone):
    phone.fills("none")
    treated.at("2026-06-30T15:00:00Z")
    phone.fills("11", status=410)
    assert held(treated) == 0


def test_what_is_held_goes_with_sending_and_after_a_day(treated, visit, phone):
    other = Phone(treated, treated.token(visit))
    other.opens()
    other.fills({"red_flags": "sword"})
    treated.at("2026-04-03T14:59:00Z")
    treated.tick()
    assert held(treated) == 1
    treated.at("2026-04-03T15:01:00Z")
    treated.tick()
    assert held(treated) == 0
    phone.answers(SHORT)
    phone.opens(at="2")
    phone.fills("11")
    assert held(treated) == 1
    phone.posts(send="1")
    assert held(treated) == 0


def test_only_the_newest_faults_of_each_screen_are_held(treated, visit, phone):
    phone.fills("none")
    phone.fills("11")
    for _ in range(15):
        phone.posts(step="red_flags", red_flags="sword", step_of_mine="x")
    newest = [row["form"] for row in rows(treated.db, "select form from held_screen order by rowid desc", {})]
    assert newest[:4] == ['{"red_flags": ["sword"]}'] * 4
    assert len(newest) == 5 and '"nrs_average": ["11"]' in newest[4]


def test_what_is_held_of_one_screen_has_an_end(treated, visit, phone):
    while phone.step != "comment":
        phone.fills(SHORT[phone.step])
    phone.fills("so much " * 150)
    assert phone.step == "comment" and "Make this shorter: 1000 letters at most." in phone.page
    assert "so much so much" in phone.page and held(treated) == 1
    phone.posts(step="comment", comment=["word " * 700] * 12, prompted="x" * 10_000)
    phone.posts(step="red_flags", red_flags=["sword"] * 500, seen=["y" * 5_000] * 5)
    kept = [row["form"] for row in rows(treated.db, "select form from held_screen", {})]
    assert len(kept) == 3 and max(len(form) for form in kept) < 20_000
    assert kept[-1].count("sword") == 60
