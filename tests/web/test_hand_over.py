"""An alert handed over to a colleague on its page, and calls to the second contact."""

import pytest

from prom.store import alerts
from tests.web.browsing import staff_at


@pytest.fixture
def nina(treated):
    """Nina at the page of a red alert that she has."""
    treated.saves(treated.visit("ADA", "1m"), "red_flags", {"red_flags": ["chest"]})
    treated.tick()
    person = staff_at(treated, "nina")
    person.at = f"/care/alerts/{treated.alerts('ADA')[0]['id']}"
    person.opens(person.at)
    assert "Hand over" not in person.page  # nobody has it
    person.sends(f"{person.at}/acknowledge", seen=last(treated))
    person.opens(person.at)
    return person


def last(clinic) -> int:
    return alerts.events(clinic.db, clinic.alerts("ADA")[0]["id"])[-1]["seq"]


def test_an_alert_is_handed_over_on_its_page(treated, nina):
    assert "To be spoken to by Thu 2 Apr 2026, 12:00" in nina.page
    nina.sends(f"{nina.at}/hand-over", colleague=treated.staff["noor"], why="Off at noon.", seen=last(treated))
    nina.opens(nina.at)
    assert "Handed over to Noor Example, Nina Example" in nina.page and "Off at noon." in nina.page
    assert "Noor Example has it" in nina.page
    treated.tick()
    assert "URGENT, a colleague hands" in treated.sms.texts_to("+15550100012")[-1]


@pytest.mark.parametrize("given", [{}, {"colleague": ""}, {"colleague": "nobody"}])
def test_a_handing_over_without_a_colleague_keeps_the_note(treated, nina, given):
    nina.sends(f"{nina.at}/hand-over", 400, why="Off at noon.", seen=last(treated), **given)
    assert "Choose a colleague." in nina.page and "Off at noon." in nina.page


def test_a_colleague_who_opted_out_meanwhile_is_refused_at_the_field(treated, nina, monkeypatch):
    monkeypatch.setattr("prom.actions.chase.colleagues", lambda *_: [])
    nina.sends(f"{nina.at}/hand-over", 400, colleague=treated.staff["noor"], seen=last(treated))
    assert "Choose a colleague" in nina.page


def test_a_stale_page_hands_nothing_over(treated, nina):
    seen = last(treated)
    treated.saves(treated.visit("ADA", "1m"), "red_flags", {"red_flags": ["chest", "blood"]})
    nina.sends(f"{nina.at}/hand-over", 409, colleague=treated.staff["noor"], why="Off at noon.", seen=seen)
    assert "Your note was not saved: Off at noon." in " ".join(nina.page.replace("<span class=\"words\">", "").split())


def test_a_call_to_the_second_contact_stands_in_the_story(treated, nina):
    nina.sends(f"{nina.at}/call", verb="call_tried", second="y", called="", seen=last(treated))
    nina.opens(nina.at)
    assert "Call tried, no answer, second contact, Nina Example" in nina.page
    assert "<strong>1 of 3</strong> calls within 60 minutes reached nobody" in nina.page


def test_the_page_says_that_a_physician_was_asked(treated, nina):
    for _ in range(3):
        nina.sends(f"{nina.at}/call", verb="call_tried", called="", seen=last(treated))
        treated.clock.set(treated.now.replace(minute=treated.now.minute + 1))
    treated.tick()
    nina.opens(nina.at)
    assert "a physician was asked to decide" in nina.page


def test_an_alert_that_is_not_acted_on_says_so_in_the_list(treated, nina):
    treated.ticks(minutes=61, every="minute")
    nina = staff_at(treated, "nina")
    nina.opens("/care/alerts")
    assert "the participant was not spoken to in time" in nina.page


def test_the_call_has_its_script_and_the_language_beside_the_number(treated, nina):
    assert "Ask for their name and year of birth before you say why you call." in nina.page
    assert "emergency number now" in nina.page  # of a warning sign
    assert "how much a day" not in nina.page  # of an opioid
    nina.sends(f"{nina.at}/contact", 200)
    assert "<dt>Language</dt><dd>English</dd>" in nina.page
