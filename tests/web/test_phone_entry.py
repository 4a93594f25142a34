"""Entering answers by phone or from paper, on the pages of staff."""

import html
import re

import pytest

from prom.store import reports
from tests.web.browsing import Person
from tests.web.filling import SHORT, Phone
from tests.web.test_care import words


@pytest.fixture
def due(clinic):
    """P-001, whose 1 month report is open."""
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    clinic.at("2026-04-08T15:00:00Z")
    clinic.tick()
    return clinic


def path(clinic, page="") -> str:
    return f"/care/visits/{clinic.visit('P-001', '1m')['id']}/entry{page}"


class Desk(Person):
    """Somebody who enters answers: sends the screen that is shown, as a browser would."""

    @property
    def step(self) -> str:
        found = re.search(r'name="step" value="([^"]+)"', self.page)
        return found.group(1) if found else ""

    def fills(self, given, status: int = 303) -> str:
        """Next on the screen it sees; the page that follows."""
        fields = given if isinstance(given, dict) else {self.step.partition("/")[0]: given}
        form = re.search(rf'<form method="post" action="{path(self.clinic, "/form")}".*?</form>', self.page, re.S)[0]
        hidden: dict[str, list[str]] = {}
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form):
            hidden.setdefault(name, []).append(value)
        hidden.pop("csrf_token", None)
        return self.leads(path(self.clinic, "/form"), status, **hidden | fields)

    def leads(self, where: str, status: int = 303, **fields) -> str:
        """Send a form and open the page that it leads to."""
        answer = self.sends(where, status, **fields)
        if status == 303:
            page = self.client.get(answer.headers["Location"], base_url=self.base, follow_redirects=True)
            self._keep(page, 200)
        return self.page

    def begins(self, **given) -> str:
        self.opens(path(self.clinic))
        return self.leads(path(self.clinic), **{"mode": "phone", "speaker": "participant"} | given)

    def answers(self, all_of_them=SHORT) -> None:
        while self.step:
            self.fills(all_of_them[self.step])


def desk(clinic, login="nina") -> Desk:
    person = Desk(clinic)
    person.logs_in(login)
    person.opens("/login", 302)
    return person


def sent(clinic):
    return reports.response_of(clinic.db, clinic.visit("P-001", "1m")["id"])


@pytest.mark.parametrize("login", ["nina", "leda", "cora"])
def test_nurse_investigator_and_coordinator_enter_answers(due, login):
    person = desk(due, login)
    assert f'href="{path(due)}"' in person.opens("/care/participants/P-001")
    person.begins()
    person.answers()
    assert "Check the answers" in person.page
    person.leads(path(due, "/send"), seen=re.search(r'name="seen" value="([^"]+)"', person.page)[1])
    assert "The answers are sent." in person.page and "This visit is answered." in person.page
    assert (sent(due)["mode"], sent(due)["recorded_by"], sent(due)["who"]) == ("phone", due.staff[login], "self")
    assert "entry by staff begun Wed 8 Apr 2026, 11:00" in words(person.opens("/study/participants/P-001"))
    page = words(person.opens("/care/participants/P-001"))
    assert f"by phone. Entered by {login.title()} Example." in page


@pytest.mark.parametrize("login", ["anna", "adam"])
def test_others_do_not(due, login):
    person = desk(due, login)
    for page in ("", "/form", "/send", "/alert"):
        person.opens(path(due, page), 403)
        person.sends(path(due, page), 403, mode="phone", speaker="participant")
    assert sent(due) is None


def test_a_coordinator_sees_that_an_alert_was_raised_and_cannot_take_it(due):
    cora = desk(due, "cora")
    cora.begins()
    cora.fills("chest")
    page = words(cora.page)
    assert "Tell them:" in page and "These answers raised an alert" in page and "I have it" not in page
    assert "/care/alerts/" not in cora.page
    cora.sends(path(due, "/alert"), 403)


def test_a_warning_sign_says_what_to_tell_them_and_the_nurse_takes_the_alert_herself(due):
    nina = desk(due)
    nina.begins()
    assert nina.step == "red_flags" and "Tell them" not in nina.page
    nina.fills("chest")
    (alert,) = due.alerts("P-001")
    assert alert["class"] == "red"
    page = words(nina.page)
    assert f"Tell them: {due.study.text('red_msg', 'en').partition('{')[0]}" in page
    assert "Nobody has it yet: who is on call is texted." in page
    seen = re.search(r'name="seen" value="(\d+)">\s*<button class="btn btn-primary">I have it', nina.page)[1]
    nina.leads(path(due, "/alert"), seen=seen)
    assert nina.step == "nrs_average"
    assert "You have this alert." in nina.page and "You have it." in words(nina.page)
    assert "I have it" not in nina.page
    noor = desk(due, "noor")
    noor.opens(path(due))
    assert "Nina Example has it." in words(noor.page)


def test_what_is_wrong_is_said_at_the_choice(due):
    nina = desk(due)
    for given, says in [
        ({}, "Choose where the answers come from."),
        ({"mode": "phone"}, "Choose who answers on the phone."),
        ({"mode": "paper"}, "Give the day on which it was filled in: from 26 Mar 2026 to 8 Apr 2026."),
        ({"mode": "paper", "filled_on": "2026-04-09"}, "Give the day on which it was filled in"),
        ({"mode": "paper", "filled_on": "soon"}, "Give the day on which it was filled in"),
    ]:
        nina.opens(path(due))
        nina.sends(path(due), 400, **given)
        assert says in words(nina.page), given
    nina.opens(path(due, "/form"), 302)


def test_paper_says_its_day_and_keeps_it(due):
    nina = desk(due)
    nina.begins(mode="paper", filled_on="2026-04-03", speaker="")
    assert "From paper of 3 Apr 2026." in words(nina.page)
    nina.answers()
    assert "Compare them with the paper." in nina.page
    nina.leads(path(due, "/send"), seen=re.search(r'name="seen" value="([^"]+)"', nina.page)[1])
    assert (sent(due)["mode"], sent(due)["filled_on"]) == ("paper", "2026-04-03")
    assert "on paper of 3 Apr 2026. Entered by Nina Example." in words(nina.opens("/care/participants/P-001"))


def test_a_warning_sign_on_paper_says_to_call_the_participant(due):
    nina = desk(due)
    nina.begins(mode="paper", filled_on="2026-04-03", speaker="")
    nina.fills("chest")
    page = words(nina.page)
    assert "Nobody is on the line. Call P-001 now, and tell them:" in page and page.count("ell them") == 1


def test_it_resumes_from_the_link_and_says_so_and_the_link_from_it(due):
    phone = Phone(due, due.token(due.visit("P-001", "1m")))
    phone.opens()
    phone.fills("none")
    phone.fills("4")
    nina = desk(due)
    nina.opens(path(due))
    assert "2 screens are saved already, by the participant, by link." in words(nina.page)
    nina.begins()
    assert nina.step == "nrs_worst"
    nina.fills("6")
    phone.opens()
    assert phone.step == "med_any"
    nina.opens(path(due))
    assert "by the participant, by link and Nina Example." in words(nina.page)
    page = words(nina.opens("/care/participants/P-001"))
    assert "Entered by Nina Example, begun or changed by link." in page


def test_what_was_answered_elsewhere_meanwhile_is_said_and_what_was_heard_stays(due):
    nina = desk(due)
    nina.begins()
    nina.fills("none")
    phone = Phone(due, due.token(due.visit("P-001", "1m")))
    phone.opens("2")
    phone.fills("4")
    nina.fills("8", 409)
    assert "This was answered on another page meanwhile: 4 ." in words(nina.page)
    assert re.search(r'value="8"[^>]* checked', nina.page)
    nina.fills("8")
    assert reports.answers(due.db, due.visit("P-001", "1m")["id"])["nrs_average"] == 8


def test_a_faulty_screen_says_what_to_do_and_keeps_what_was_typed(due):
    nina = desk(due)
    nina.begins()
    nina.fills({}, 400)
    assert "Tick what fits" in words(nina.page)
    nina.fills("none")
    nina.fills({"nrs_average": "11"}, 400)
    assert re.findall(r'<div class="invalid-feedback d-block" id="nrs_average-error">([^<]+)</div>', nina.page) == [
        "Give a number from 0 to 10."
    ]


def test_back_keeps_what_is_new_and_loses_nothing_in_silence(due):
    nina = desk(due)
    nina.begins()
    nina.fills("none")
    nina.fills({"nrs_average": "3", "back": "1"})
    assert nina.step == "red_flags"
    assert reports.answers(due.db, due.visit("P-001", "1m")["id"])["nrs_average"] == 3
    nina.opens(path(due, "/form?at=3"))
    nina.fills({"back": "2"})
    assert nina.step == "nrs_average"
    nina.opens(path(due, "/form?at=3"))
    nina.fills({"nrs_worst": "12", "back": "2"}, 400)
    assert "Back without saving this" in nina.page


def test_an_answer_is_changed_from_the_review(due):
    nina = desk(due)
    nina.begins()
    nina.answers()
    change = re.search(r'href="([^"]+at=2[^"]*)"', nina.page)[1]
    nina.opens(html.unescape(change))
    nina.fills({"nrs_average": "6", "change": "1"})
    assert "Check the answers" in nina.page
    stale = re.search(r'name="seen" value="([^"]+)"', nina.page)[1]
    due.saves(due.visit("P-001", "1m"), "nrs_average", {"nrs_average": 2})
    nina.leads(path(due, "/send"), seen=stale)
    assert "An answer was changed on another page meanwhile." in nina.page and sent(due) is None


def test_it_is_read_aloud_in_their_language_with_the_studys_own_beside(due):
    due.enrol("P-002", status="performed", on="2026-03-02", language="es")
    nina = desk(due)
    where = f"/care/visits/{due.visit('P-002', '1m')['id']}/entry"
    nina.opens(where)
    nina.leads(where, mode="phone", speaker="participant")
    assert '<span lang="es" dir="ltr">' in nina.page
    warn = due.study.items["red_flags"].choices[0].text
    assert warn["es"] in nina.page and warn["en"] in nina.page
    nina.leads(
        f"{where}/form", step="red_flags", seen=re.search(r'name="seen" value="([^"]+)"', nina.page)[1],
        red_flags=due.study.red_choices[0],
    )  # fmt: skip
    page = words(nina.page)
    assert "Llame" in page and "Call" in page
    assert (due.alerts("P-002")[0]["class"]) == "red"


def test_somebody_who_answers_for_them_is_filled_in_as_who_filled_it_in(due):
    nina = desk(due)
    nina.begins(speaker="other")
    while nina.step != "who":
        nina.fills(SHORT[nina.step])
    assert re.search(r'value="proxy"[^>]* checked', nina.page)
    assert due.visit("P-001", "1m")["submitted_at"] is None


def test_the_links_page_thanks_and_the_answered_visit_takes_no_more(due):
    nina = desk(due)
    nina.begins()
    nina.answers()
    nina.leads(path(due, "/send"), seen=re.search(r'name="seen" value="([^"]+)"', nina.page)[1])
    phone = Phone(due, due.token(due.visit("P-001", "1m")))
    assert "Thank you" in phone.opens()
    before = len(reports.screens(due.db, due.visit("P-001", "1m")["id"]))
    nina.leads(path(due, "/form"), step="nrs_worst", nrs_worst="9", seen="1.")
    assert len(reports.screens(due.db, due.visit("P-001", "1m")["id"])) == before
    nina.leads(path(due, "/send"), seen="1.")
    assert "nothing was sent now" in nina.page


def test_a_closed_visit_refuses_in_words(due):
    due.at(due.visit("P-001", "1m")["closes_at"])
    nina = desk(due)
    page = words(nina.opens(path(due)))
    assert "This visit has closed. Answers that come later, on paper too, are no part of the study's data." in page
    nina.leads(path(due), 200, mode="phone", speaker="participant")
    nina.opens(path(due, "/form"), 302)
    assert path(due) not in nina.opens("/care/participants/P-001")


def test_a_visit_that_nobody_knows_is_not_found(due):
    nina = desk(due)
    for page in ("", "/form", "/send", "/alert"):
        nina.opens(f"/care/visits/none/entry{page}", 404)


def test_the_way_to_it_stands_at_the_alert_the_call_and_today(due):
    due.saves(due.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    nina = desk(due)
    assert f'href="{path(due)}"' in nina.opens(f"/care/alerts/{due.alerts('P-001')[0]['id']}")
    due.ticks_until("2026-04-17T15:00:00Z", every="hour")
    assert due.open_tasks("call")
    nina = desk(due)
    assert f'href="{path(due)}"' in nina.opens("/study/tasks")
    assert f'href="{path(due)}"' in nina.opens("/care/today")
    desk(due, "adam").opens("/study/tasks", 403)


def test_where_a_form_was_sent_a_reload_finds_a_page(due):
    nina = desk(due)
    for page in ("/send", "/form"):
        nina.opens(path(due, page), 302)
    nina.opens(path(due, "/alert"), 303)
