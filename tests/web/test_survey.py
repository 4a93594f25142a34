"""The participant's pages, read and filled in as a phone without JavaScript and without cookies does it."""

import csv
import html
import re

import pytest

from prom.actions import contact
from prom.actions.contact import Person
from prom.actions.withdraw import record_status
from prom.store import reports, visits
from prom.store.connect import rows
from tests.study import SHIPPED, Study, in_english

SHORT = {
    "red_flags": "none", "nrs_average": "5", "nrs_worst": "7", "med_any": "no", "care_any": "no",
    "se_any": "no", "comment": "", "urgency": "can_wait", "who": "self",
}  # fmt: skip
LONG = SHORT | {
    "med_any": "yes",
    "med_classes": ["paracetamol", "opioid_weak"],
    "med_name/paracetamol": "Made-up 500",
    "med_strength/paracetamol": {"med_strength": "500", "med_unit": "mg"},
    "med_times/paracetamol": "2,5",
    "med_days/paracetamol": "7",
    "med_change/paracetamol": "same",
    "med_opioid/opioid_weak": "dont_know",
    "med_strength/opioid_weak": {"med_strength": ["", "_not_sure"], "med_unit": ""},
    "med_times/opioid_weak": "_declined",
    "med_days/opioid_weak": "0",
    "med_change/opioid_weak": "less",
    "med_more/opioid_weak": "no",
    "care_any": "emergency_room",
    "care_on": "2026-03-20",
    "care_for": "A fall",
    "se_any": "yes",
    "se_list": ["headache", "other"],
    "se_severity/headache": "light",
    "se_interference/headache": "a_bit",
    "se_care/headache": "no",
    "se_start/headache": "2026-03-10",
    "se_now/headache": "no",
    "se_end/headache": "2026-03-12",
    "se_text/other": "Ears ring",
    "se_severity/other": "strong",
    "se_interference/other": "a_lot",
    "se_care/other": "clinic",
    "se_start/other": ["", "_not_sure"],
    "se_now/other": "yes",
    "comment": "All good & <well>",
    "who": "helped",
}  # fmt: skip


class Phone:
    """A phone with a link: opens it, fills in the screen it sees."""

    def __init__(self, clinic: Study, token: str, app=None):
        self.base, self.link = clinic.means.base_url, f"/s/{token}"
        self.path = self.link  # where its forms go: the link, or with its pass
        self.client = (app or clinic.app()).test_client(use_cookies=False)
        self.page = self.status = self.at = None

    def opens(self, at: str = "", status: int = 200) -> str:
        self.at = f"{self.path}?at={at}" if at else self.path
        return self._keep(self.client.get(self.at, base_url=self.base), status)

    def goes(self, address: str) -> str:
        """Follow to an address of this link; its forms go there from now on."""
        self.at, self.path = address, address.partition("?")[0]
        return self._keep(self.client.get(address, base_url=self.base), None)

    def sees(self, address: str, status: int = 200) -> str:
        """What a person reads at an address, without staying there; "" where it leads elsewhere."""
        answer = self.client.get(address, base_url=self.base)
        assert answer.status_code == status, answer.status_code
        read = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)) if status == 200 else ""
        return " ".join(html.unescape(read).split())

    def posts(self, status: int = 200, **fields) -> str:
        """Send a form, and open what it leads to: that page has the status."""
        answer = self.client.post(self.path, data=fields, base_url=self.base)
        if status != 404:
            self._keep(answer, 303)
            self.at = answer.headers["Location"]
            answer = self.client.get(self.at, base_url=self.base)
        return self._keep(answer, status)

    def fills(self, given, status: int = 200) -> str:
        """Next on the screen it sees, with the hidden fields of the page."""
        fields = given if isinstance(given, dict) else {self.step.partition("/")[0]: given}
        hidden: dict[str, list[str]] = {}
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', self.page):
            hidden.setdefault(name, []).append(html.unescape(value))
        return self.posts(status, **hidden | fields)

    def goes_back(self, **fields) -> str:
        """Back, with what was typed or chosen meanwhile."""
        return self.fills({"back": re.search(r'name="back" value="(\w+)"', self.page).group(1)} | fields)

    def answers(self, all_of_them: dict) -> None:
        """Screen by screen until the review."""
        while self.step:
            self.fills(all_of_them[self.step])

    @property
    def step(self) -> str:
        found = re.search(r'name="step" value="([^"]+)"', self.page)
        return found.group(1) if found else ""

    @property
    def text(self) -> str:
        """What a person reads."""
        seen = re.sub(r"<style>.*?</style>|<div [^>]*hidden>.*?</div>", "", self.page, flags=re.S)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", seen)).split())

    @property
    def errors(self) -> list[str]:
        return [html.unescape(text) for text in re.findall(r'<p class="error"[^>]*>([^<]+)</p>', self.page)]

    def ticked(self) -> list[str]:
        return re.findall(r'name="\w+" value="([^"]*)"[^>]*? checked', self.page)

    def _keep(self, answer, status):
        assert status is None or answer.status_code == status, (answer.status_code, answer.get_data(as_text=True))
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        self.page, self.status = answer.get_data(as_text=True), answer.status_code
        return self.page


def everything(clinic: Study) -> dict:
    """Every row of every table."""
    tables = [row["name"] for row in rows(clinic.db, "select name from sqlite_master where type = 'table'", {})]
    return {table: rows(clinic.db, f"select * from {table}", {}) for table in tables}


@pytest.fixture
def treated(clinic):
    """Ada, injected on 2 March, on the day her first report is due."""
    clinic.enrol("ADA", status="performed", on="2026-03-02")
    clinic.at("2026-04-02T15:00:00Z")  # a Thursday, 11:00 in New York
    clinic.tick()
    return clinic


@pytest.fixture
def visit(treated):
    return treated.visit("ADA", "1m")


@pytest.fixture
def phone(treated, visit):
    found = Phone(treated, treated.token(visit))
    found.opens()
    return found


def saved(clinic, visit) -> dict:
    return reports.answers(clinic.db, visit["id"])


def classes(clinic) -> list[str]:
    return [alert["class"] for alert in clinic.alerts("ADA")]


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


@pytest.mark.parametrize("typed", ["eleven", "-1", ""])
def test_back_says_nothing_of_what_cannot_be_kept(treated, visit, phone, typed):
    phone.fills("none")
    phone.goes_back(nrs_average=typed)
    assert phone.step == "red_flags" and not phone.errors and "held=" not in phone.at
    assert saved(treated, visit) == {"red_flags": ["none"]}


def test_back_over_an_answer_saved_elsewhere_leaves_that_one(treated, visit, phone):
    phone.fills("none")
    other = Phone(treated, treated.token(visit))
    other.opens()
    other.fills("3")
    phone.goes_back(nrs_average="8")
    assert phone.step == "red_flags" and saved(treated, visit)["nrs_average"] == 3


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


def held(clinic) -> int:
    return rows(clinic.db, "select count(*) as many from held_screen", {})[0]["many"]


def drafts(clinic, visit, step=None) -> int:
    return len([row for row in reports.screens(clinic.db, visit["id"]) if step in (None, row["step"])])


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
    phone.opens(at="2&held=0000000000000000")
    assert phone.step == "nrs_average" and not phone.errors


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


def test_only_the_newest_faults_of_a_visit_are_held(treated, visit, phone):
    for _ in range(15):
        phone.posts(step="red_flags", red_flags="sword", step_of_mine="x")
    assert held(treated) == 12
    newest = rows(treated.db, "select form from held_screen order by rowid desc", {})[0]
    assert newest["form"] == '{"red_flags": ["sword"]}'


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


# ---- to the script of the page


def posts_by_script(phone, **fields):
    """Send the screen it sees as the script does; the reply, whose fragment becomes the page."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', phone.page))
    reply = phone.client.post(phone.path, data=hidden | fields, base_url=phone.base, headers={"X-Screen": "1"})
    phone.page = reply.get_data(as_text=True)
    return reply


def test_the_script_gets_the_next_screen_from_the_same_reply(treated, visit, phone):
    reply = posts_by_script(phone, red_flags="none")
    assert (reply.status_code, reply.headers["X-At"]) == (200, f"{phone.path}?at=2")
    assert phone.page.strip().startswith("<main>") and phone.page.strip().endswith("</main>")
    fragment = phone.page
    phone.opens(at="2")
    sheet = re.compile(r'name="seen" value="[^"]*"')
    assert sheet.sub("", fragment.strip()) in sheet.sub("", phone.page)
    assert saved(treated, visit) == {"red_flags": ["none"]}


def test_the_script_gets_faults_conflicts_and_the_thanks_by_the_same_path(treated, visit, phone):
    posts_by_script(phone, red_flags="none")
    reply = posts_by_script(phone, nrs_average="11")
    assert "held=" in reply.headers["X-At"] and phone.errors == ["Give a number from 0 to 10."]
    phone.opens()
    other = Phone(treated, treated.token(visit))
    other.opens()
    other.fills("3")
    posts_by_script(phone, nrs_average="4")
    assert "meanwhile: 3." in phone.text
    posts_by_script(phone, nrs_average="4")
    phone.opens()
    phone.answers(SHORT)
    for _ in range(2):
        reply = posts_by_script(phone, send="1")
        assert (reply.status_code, reply.headers["X-At"]) == (200, phone.path)
        assert "Thank you" in phone.text and 'name="send"' not in phone.page
    assert len(rows(treated.db, "select * from response", {})) == 1


def test_the_script_gets_the_closed_page_too_and_an_unknown_link_as_it_is(treated, visit, phone):
    treated.at("2026-06-30T15:00:00Z")
    reply = posts_by_script(phone, red_flags="chest")
    assert reply.status_code == 200 and "Get help now." in phone.text and "This form closed on" in phone.text
    unknown = phone.client.post("/s/" + "A" * 22, base_url=phone.base, headers={"X-Screen": "1"})
    assert unknown.status_code == 404 and "X-At" not in unknown.headers


def test_how_the_scale_stood_is_kept_of_scales_alone(treated, visit, phone):
    for given, told, kept in (("none", "row", None), ("5", "column", "column"), ("7", "sideways", None)):
        phone.fills({phone.step: given, "layout": told})
        assert reports.screens(treated.db, visit["id"])[-1]["layout"] == kept
    phone.answers(SHORT)
    phone.posts(send="1")
    assert reports.response_of(treated.db, visit["id"])["layout"] == "column"
    sheet = treated.signed_in("anna").get("/study/export/responses.csv", base_url=phone.base).get_data(as_text=True)
    (line,) = [row for row in csv.DictReader(sheet.splitlines()) if row["timepoint"] == "1m"]
    assert line["layout"] == "column"


# ---- two tabs, two phones


def test_what_was_answered_elsewhere_meanwhile_is_not_overwritten_in_silence(treated, visit, phone):
    other = Phone(treated, treated.token(visit))
    phone.fills("none")
    other.opens()
    phone.fills("4")
    other.fills("6")
    assert saved(treated, visit)["nrs_average"] == 4
    assert "This was answered on another page meanwhile: 4." in other.text
    assert (other.step, other.ticked()) == ("nrs_average", ["6"])
    other.fills("6")
    assert other.step == "nrs_worst" and saved(treated, visit)["nrs_average"] == 6
    assert drafts(treated, visit, "nrs_average") == 2 and held(treated) == 0


def test_a_change_made_elsewhere_while_the_page_that_tells_of_one_was_open_is_told_too(treated, visit, phone):
    other = Phone(treated, treated.token(visit))
    phone.fills("none")
    other.opens()
    phone.fills("4")
    other.fills("6")
    phone.opens(at="2")
    phone.fills("7")
    other.fills("6")
    assert "meanwhile: 7." in other.text and saved(treated, visit)["nrs_average"] == 7


def test_the_same_answer_from_two_pages_is_saved_once_and_leads_on(treated, visit, phone):
    other = Phone(treated, treated.token(visit))
    phone.fills("none")
    other.opens()
    phone.fills("4")
    other.fills("4")
    assert (other.step, drafts(treated, visit)) == ("nrs_worst", 2)


def test_a_double_tap_saves_one_screen_once(treated, visit, phone):
    page = phone.page
    for _ in range(3):
        phone.page = page
        phone.fills("none")
    assert (phone.step, drafts(treated, visit)) == ("nrs_average", 1)


def test_an_answer_changed_on_the_page_it_was_sent_from_is_no_conflict(treated, visit, phone):
    """The reply was lost, or the browser showed the old page again on Back."""
    phone.fills("none")
    page = phone.page
    phone.fills("4")
    phone.page = page
    phone.fills("6")
    assert phone.step == "nrs_worst" and saved(treated, visit)["nrs_average"] == 6


def test_a_number_answered_elsewhere_is_named_with_its_unit(treated, visit, phone):
    while phone.step != "med_strength/paracetamol":
        phone.fills(LONG[phone.step])
    other = Phone(treated, treated.token(visit))
    other.opens()
    phone.fills({"med_strength": "500", "med_unit": "mg"})
    other.fills({"med_strength": "250", "med_unit": "mg"})
    assert "meanwhile: 500 mg." in other.text and 'value="250"' in other.page


def test_a_warning_sign_is_kept_and_told_whatever_another_page_said(treated, visit, phone):
    other = Phone(treated, treated.token(visit))
    other.opens()
    phone.fills("none")
    other.fills(["chest"])
    assert saved(treated, visit)["red_flags"] == ["chest"] and classes(treated) == ["red"]
    assert "Get help now." in other.text and other.step == "nrs_average"
    phone.opens(at="1")
    stale = Phone(treated, treated.token(visit))
    stale.opens(at="1")
    phone.fills(["faint"])
    stale.fills("none")
    assert saved(treated, visit)["red_flags"] == ["faint"]
    assert "You fainted or had a fit" in stale.text and "Get help now." in stale.text


def test_a_warning_sign_sent_twice_is_saved_once_and_judged_each_time(treated, visit, phone):
    page = phone.page
    phone.fills(["chest"])
    phone.page = page
    phone.fills(["chest"])
    assert drafts(treated, visit) == 1 and len(treated.alerts("ADA")) == 1
    treated.at("2026-06-30T15:00:00Z")
    for _ in range(2):
        phone.page = page
        phone.fills(["chest"], status=410)
    assert drafts(treated, visit) == 3  # too late: each is kept


def test_answers_changed_elsewhere_are_reviewed_again_before_they_are_sent(treated, visit, phone):
    phone.answers(SHORT)
    other = Phone(treated, treated.token(visit))
    other.opens(at="2")
    other.fills("9")
    phone.fills({"send": "1"})
    assert "An answer was changed on another page meanwhile." in phone.text
    assert treated.visit("ADA", "1m")["submitted_at"] is None
    phone.fills({"send": "1"})
    assert "Thank you" in phone.text
    assert reports.response_of(treated.db, visit["id"])["answers"]["nrs_average"] == 9


def test_a_page_left_open_for_days_still_submits(treated, visit, phone):
    treated.at("2026-04-05T15:00:00Z")
    treated.tick()
    phone.fills("none")
    treated.at("2026-04-07T15:00:00Z")
    treated.tick()
    phone.answers(SHORT)
    treated.at("2026-04-08T15:00:00Z")
    phone.fills({"send": "1"})
    assert "Thank you" in phone.text


# ---- warning signs


def test_a_warning_sign_brings_advice_and_alert_at_once_and_stays_in_sight(treated, visit, phone):
    phone.fills(["bleed", "none"])
    assert saved(treated, visit)["red_flags"] == ["bleed"]
    assert classes(treated) == ["red"]
    for _ in range(len(SHORT) - 1):
        main = phone.text.split("Check-in", 1)[1].strip()
        assert main.startswith("Get help now. Call 911 , or the emergency number where you are.")
        assert "Say that you had a treatment at Example Clinic on March 2." in main
        assert "Our team may not see this soon" in main
        assert '<a class="call" href="tel:911">Call 911</a>' in phone.page
        phone.fills(SHORT[phone.step])
    assert phone.step == "" and "Get help now." in phone.text
    phone.posts(send="1")
    assert "Get help now." in phone.text and "Thank you We have your answers." in phone.text
    treated.at("2026-04-03T15:01:00Z")
    phone.opens()
    assert "Get help now." not in phone.text and "You sent this form on April 2." in phone.text


def test_a_warning_sign_taken_back_keeps_its_advice(phone, treated):
    phone.fills(["chest"])
    phone.opens(at="1")
    assert "Get help now." in phone.text and phone.ticked() == ["chest"]
    assert "Which signs?" not in phone.text
    phone.fills("none")
    assert "Get help now." in phone.text
    assert classes(treated) == ["red"]


def test_before_any_procedure_the_advice_names_no_treatment(clinic):
    clinic.enrol("ADA", on="2026-03-09")
    phone = Phone(clinic, clinic.token(clinic.visit("ADA", "baseline")))
    phone.opens()
    phone.fills(["chest"])
    assert "Get help now." in phone.text and "Say that you had" not in phone.text


def test_declining_the_warning_signs_shows_the_advice_and_raises_routine(treated, phone):
    phone.fills("_declined")
    assert "If you have any of these warning signs: Get help now. Call 911" in phone.text
    assert "Which signs? New chest pain," in phone.text and "You fainted or had a fit" in phone.text
    assert "None of these" not in phone.text and "lie down and press hard" not in phone.text
    assert classes(treated) == ["routine"]
    phone.opens(at="1")
    phone.fills("none")
    assert "Get help now." not in phone.text


def test_a_tick_counts_before_declining(treated, visit, phone):
    phone.fills(["stroke", "none", "_declined"])
    assert saved(treated, visit)["red_flags"] == ["stroke"]
    assert classes(treated) == ["red"]


def test_none_of_these_counts_before_declining(treated, visit, phone):
    phone.fills(["none", "_declined"])
    assert saved(treated, visit)["red_flags"] == ["none"]
    assert classes(treated) == [] and "Get help now." not in phone.text


@pytest.mark.parametrize("at, said", [
    ("2026-04-02T15:00:00Z", "Please call us today: +1 555 010 0100 , until 5:00 pm."),
    ("2026-04-03T22:00:00Z", "We are closed until Monday, April 6, 8:00 am."),
])  # fmt: skip
def test_a_high_report_is_told_to_call_as_the_hours_stand(treated, phone, at, said):
    treated.at(at)
    phone.answers(LONG)
    phone.posts(send="1")
    assert said in phone.text
    assert 'href="tel:+15550100100"' in phone.page
    assert classes(treated) == ["high"]


def test_pain_alone_is_told_when_a_nurse_will_look(treated):
    treated.enrol("BEN", on="2026-04-02")
    treated.answers(treated.visit("BEN", "baseline"), nrs=5)
    treated.records("BEN", "performed", "2026-04-02")
    treated.at("2026-05-01T15:00:00Z")  # a Friday
    phone = Phone(treated, treated.token(treated.visit("BEN", "1m")))
    phone.opens()
    phone.answers(SHORT | {"nrs_average": "9"})
    phone.posts(send="1")
    assert "A nurse will look at this by May 4." in phone.text
    assert "Please call us today" not in phone.text


# ---- after sending, and dead ends


def test_sending_twice_and_reloading_show_the_same_thanks(treated, visit, phone):
    phone.answers(SHORT)
    phone.posts(send="1")
    thanks = phone.page
    assert phone.posts(send="1") == thanks
    assert phone.opens() == thanks
    assert phone.posts(step="nrs_average", nrs_average="9") == thanks
    assert len(rows(treated.db, "select * from response", {})) == 1
    assert saved(treated, visit)["nrs_average"] == 5
    assert "shoulder" not in thanks and "5" not in re.sub(r"<footer>.*", "", phone.text.split("+1")[0])


def test_a_warning_sign_ticked_in_another_tab_after_sending_is_told_and_advised(treated, visit, phone):
    other = Phone(treated, treated.token(visit))
    other.opens()
    phone.answers(SHORT)
    phone.posts(send="1")
    treated.at("2026-04-09T15:00:00Z")
    report = reports.response_of(treated.db, visit["id"])
    other.fills(["chest"])
    said = "You had sent this form before, on April 2. What you sent then did not change."
    assert "Get help now." in other.text and said in other.text
    assert classes(treated) == ["red"]
    assert reports.response_of(treated.db, visit["id"]) == report
    assert phone.opens() == other.page
    other.posts(step="red_flags", red_flags="chest")
    assert len(treated.alerts("ADA")) == 1
    treated.at("2026-04-10T15:01:00Z")
    phone.opens()
    assert "Get help now." not in phone.text and "You sent this form on April 2." in phone.text


def test_a_screen_sent_after_closing_is_kept_and_answered_with_the_closed_page(treated, visit, phone):
    phone.fills("none")
    treated.at("2026-06-30T15:00:00Z")
    phone.fills("4", status=410)
    closed_on = re.search(r"This form closed on (May [0-9]+)\. If", phone.text).group(1)
    assert 'href="tel:+15550100100"' in phone.page
    screens = reports.screens(treated.db, visit["id"])
    assert [(screen["step"], screen["late"]) for screen in screens] == [("red_flags", 0), ("nrs_average", 1)]
    phone.posts(410, send="1")
    phone.opens(status=410)
    assert treated.visit("ADA", "1m")["submitted_at"] is None
    treated.at("2027-01-04T15:00:00Z")
    phone.opens(status=410)
    assert f"This form closed on {closed_on}, 2026. If" in phone.text


def test_a_warning_sign_sent_too_late_still_gets_its_advice(treated, visit, phone):
    treated.at("2026-06-30T15:00:00Z")
    phone.fills(["chest"], status=410)
    assert "Get help now." in phone.text and "This form closed on" in phone.text
    assert reports.screens(treated.db, visit["id"])[0]["late"] == 1
    phone.opens(status=410)
    assert "Get help now." in phone.text


@pytest.mark.parametrize("given, advised", [(["chest"], True), ("none", False), ("_declined", False)])
def test_a_closed_link_keeps_the_advice_of_a_warning_sign_in_its_draft(treated, phone, given, advised):
    phone.fills(given)
    treated.at("2026-06-30T15:00:00Z")
    phone.opens(status=410)
    assert ("Get help now." in phone.text) is advised and "This form closed on" in phone.text
    phone.posts(410, send="1")
    assert ("Get help now." in phone.text) is advised
    phone.posts(410, step="nrs_average", nrs_average="4")
    assert ("Get help now." in phone.text) is advised


def test_a_form_not_yet_open_says_when(treated):
    later = treated.visit("ADA", "3m")
    phone = Phone(treated, treated.token(later))
    phone.opens()
    assert "This form opens on May 19." in phone.text and phone.step == ""
    phone.posts(200, step="red_flags", red_flags="none")
    assert "This form opens on May 19." in phone.text
    assert saved(treated, later) == {}


def test_a_warning_sign_on_a_form_that_moved_is_kept_and_told(treated, visit, phone):
    treated.records("ADA", "performed", "2026-03-30")
    phone.fills("none", status=200)
    assert "This form opens on" in phone.text and "Get help now." not in phone.text
    phone.posts(200, step="red_flags", red_flags="chest")
    assert "This form opens on" in phone.text and "Get help now." in phone.text
    assert [screen["late"] for screen in reports.screens(treated.db, visit["id"])] == [1, 1]
    assert classes(treated) == ["red"] and saved(treated, visit) == {}


def leaves(clinic):
    record_status(
        clinic.db, clinic.means, clinic.id("ADA"), "left_follow_up", clinic.now, source="staff", staff_id=None
    )


def changes_number(clinic):
    given = Person("Ada Example", "+15550109999", 1960)
    assert contact.change(clinic.db, clinic.means, clinic.id("ADA"), given, clinic.now, staff_id=clinic.staff["cora"])


@pytest.mark.parametrize(
    "ends, words",
    [(leaves, "You do not get these forms any more."), (changes_number, "This link has ended")],
)
def test_of_somebody_who_left_or_by_an_ended_link_only_a_warning_sign_is_kept(treated, visit, phone, ends, words):
    ends(treated)
    phone.fills("none", status=410)
    assert words in phone.text and "Get help now." not in phone.text
    assert reports.screens(treated.db, visit["id"]) == []
    phone.posts(410, step="red_flags", red_flags="chest")
    assert words in phone.text and "Get help now." in phone.text
    assert classes(treated) == ["red"] and saved(treated, visit) == {}
    assert [screen["late"] for screen in reports.screens(treated.db, visit["id"])] == [1]


def test_an_unknown_link_is_not_found_and_says_nothing_of_anybody(treated):
    before = everything(treated)
    phone = Phone(treated, "A" * 22)
    phone.opens(status=404)
    assert "We do not know this link." in phone.text and 'href="tel:+15550100100"' in phone.page
    assert "Example Clinic" not in phone.text
    phone.posts(404, step="red_flags", red_flags="none")
    assert everything(treated) == before


def test_a_slash_at_the_end_of_a_link_leads_on(treated, visit, phone):
    found = phone.client.get(f"{phone.path}/?at=1", base_url=phone.base)
    assert (found.status_code, found.headers["Location"]) == (302, f"{phone.path}?at=1")
    assert phone.client.get(f"{phone.path}/?token=x", base_url=phone.base).status_code == 302
    sent = phone.client.post(f"{phone.path}/", data={"step": "red_flags"}, base_url=phone.base)
    assert (sent.status_code, sent.headers["Location"]) == (308, phone.path)
    assert "We do not know this link." in Phone(treated, "A" * 22 + "/").opens(status=404)


def test_looking_changes_nothing(treated, visit, phone):
    phone.fills("none")
    phone.fills("5")
    before = everything(treated)
    for at in ("", "1", "2", "nrs_worst", "review", "who"):
        phone.opens(at=at)
    phone.client.head(phone.path, base_url=phone.base)
    assert everything(treated) == before
    phone.opens()
    phone.answers(SHORT)
    before = everything(treated)
    phone.opens(at="review")
    assert everything(treated) == before
    phone.posts(send="1")
    before = everything(treated)
    phone.opens()
    assert everything(treated) == before


def test_no_page_asks_elsewhere_and_its_script_is_its_only_request(phone):
    while True:
        assert re.findall(r"<script[^>]*>", phone.page) == re.findall(r'<script defer src="/static/[^"]+">', phone.page)
        assert phone.page.count("<script") == 1 and '<link rel="icon" href="data:,">' in phone.page
        assert not re.search(r'(src|href)="https?://', phone.page) and "style=" not in phone.page
        if not phone.step:
            break
        phone.fills(LONG[phone.step])


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
