"""What ails the system is said at the top of every staff page, for as long as it stands."""

import re

import pytest

from prom.actions import alarms
from prom.actions import staff as people
from tests.study import PASSWORD, Study
from tests.web.browsing import Person, staff_at

UNTAKEN = "Nobody took an alert in time."


def told(person, path="/study/participants") -> list[str]:
    """The faults that a page tells of; that no scheduler runs here is another thing."""
    page = person.opens(path)
    bars = re.findall(r'<p class="bar bar-alarm" role="alert">(.*?)</p>', page)
    found = [re.sub(r"<[^>]+>", "", bar) for bar in bars]
    return [words for words in found if "stand still" not in words]


def fails(clinic, step, subject="s", what="ValueError"):
    alarms.fault(clinic.db, clinic.means, step, subject, what, clinic.now)


def is_well(clinic, step, subject="s"):
    alarms.well(clinic.db, clinic.means, step, subject, clinic.now)


@pytest.mark.parametrize(
    "login, todo",
    [
        ("nina", "Open it now."),
        ("ines", "Open it now."),
        ("cora", "Phone the nurse on call now."),
        ("adam", "Phone the nurse on call now."),
    ],
)
def test_a_fault_is_said_until_it_ends_with_what_its_reader_can_do(clinic, login, todo):
    people.add_staff(clinic.db, clinic.means, "ines", "Ines Example", ("investigator",), PASSWORD, clinic.now)
    person = staff_at(clinic, login)
    assert told(person) == []
    fails(clinic, "nobody_took_it", "alert")
    assert told(person) == [f"{UNTAKEN} {todo}"]
    is_well(clinic, "nobody_took_it", "alert")
    assert told(person) == []
    fails(clinic, "nobody_acted", "alert")
    assert told(person) == [f"An alert that somebody has waits for a call, or to be closed, for too long. {todo}"]


def test_every_page_says_it(clinic):
    fails(clinic, "nobody_took_it", "alert")
    nina = staff_at(clinic, "nina")
    for path in ("/care/alerts", "/care/reports", "/study/participants", "/study/tasks", "/study/on-call"):
        assert told(nina, path) == [f"{UNTAKEN} Open it now."], path


@pytest.mark.parametrize(
    "step, subject, words",
    [
        ("nobody_on_call", "main", "Nobody on call can be told of an alert."),
        ("canary_answered", "weekly", "The weekly try-out of texting is late"),
        ("on_call_opted_out", "s", "Somebody on call has opted out of texts"),
        ("alarm_not_texted", "judge:1", "An alarm to the operator cannot be texted. Phone the operator now."),
        ("decision_overdue", "s", "An investigator's decision on a possible serious adverse event is overdue."),
        ("provider", "staff", "Texts to nurses do not leave."),
        ("provider", "participant", "Texts to participants do not leave."),
        ("other_address", "all", "No text leaves, not even to nurses"),
        ("provider", "held", "Texts to participants wait: the provider's settings are wrong."),
        ("judge", "s", "The system needs the operator (judge)."),
    ],
)
def test_each_fault_has_its_words(clinic, step, subject, words):
    fails(clinic, step, subject)
    (said,) = told(staff_at(clinic, "cora"))
    assert said.startswith(words)


def test_an_empty_on_call_list_is_seen(clinic):
    people.set_on_call(clinic.db, "main", [], None, clinic.now, by=None)
    clinic.tick()
    assert told(staff_at(clinic, "adam"))[0].startswith("Nobody on call can be told of an alert.")


def test_many_of_a_kind_are_said_once(clinic):
    for number in range(3):
        fails(clinic, "judge", f"s{number}")
    fails(clinic, "plan")
    assert len(told(staff_at(clinic, "nina"))) == 2


def test_strangers_and_those_who_can_do_nothing_are_not_told(clinic):
    fails(clinic, "nobody_took_it", "alert")
    assert told(Person(clinic), "/login") == []
    assert told(staff_at(clinic, "anna"), "/study/export") == []


def test_an_alarm_that_cannot_be_texted_is_said_to_nurses_and_monitors(tmp_path):
    study = Study(tmp_path, PROM_OPERATOR="+15550100099", PROM_SMS_ALLOW="+15550100011")
    fails(study, "judge")
    study.ticks(minutes=1, every="minute")
    assert "An alarm to the operator cannot be texted. Phone the operator now." in told(staff_at(study, "nina"))
    client = study.app().test_client()
    answer = client.get("/readyz", base_url=study.means.base_url)
    assert answer.status_code == 503 and "alarm_not_texted" in answer.get_json()["ails"]
    metrics = client.get("/metrics", base_url=study.means.base_url).get_data(as_text=True)
    assert 'prom_standing_faults{step="alarm_not_texted"} 1' in metrics


def test_as_soon_as_an_alert_is_past_its_time_every_nurses_page_leads_to_the_list(clinic):
    clinic.enrol("P-001", status="performed", on="2026-02-02")
    clinic.saves(clinic.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    clinic.ticks(minutes=30, every="minute")
    nina, cora = staff_at(clinic, "nina"), staff_at(clinic, "cora")
    assert told(nina) == []
    clinic.ticks(minutes=1, every="minute")
    assert told(nina) == ["1 alert is overdue"] == told(nina, "/care/today")
    assert '<a href="/care/alerts">1 alert is overdue</a>' in nina.page
    assert told(cora, "/study/participants") == []


def test_what_is_to_be_opened_now_is_a_link(clinic):
    fails(clinic, "nobody_took_it", "alert")
    assert '<a href="/care/alerts">Open it now.</a>' in staff_at(clinic, "nina").opens("/care/today")
