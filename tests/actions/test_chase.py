"""What is owed on an alert that somebody has: it is opened, acted on, handed over, and calls to nobody go further."""

from datetime import timedelta

import pytest

from prom.actions import alerts as alert_actions
from prom.actions import disclose
from prom.errors import Conflict, Refusal, SmsRejected
from prom.rules import alert_life
from prom.store import alerts as rows_of
from prom.store import contacts, health, messages
from tests.study import Study

MORNING = "2026-04-02T15:00:00Z"  # a Thursday, 11:00 in New York
NUMBERS = {"nina": "+15550100011", "noor": "+15550100012", "leda": "+15550100013"}


@pytest.fixture
def red(clinic):
    """A red alert that Nina has opened and acknowledged."""
    return taken(clinic, "red_flags", ["chest"])


def taken(clinic: Study, item: str, answer) -> Study:
    clinic.enrol("ADA", status="performed", on="2026-03-02", second_contact="Synthetic Neighbour, +1 555 010 0999")
    clinic.at(MORNING)
    clinic.tick()
    if item == "red_flags":
        clinic.saves(clinic.visit("ADA", "1m"), "red_flags", {"red_flags": answer})
    else:
        clinic.answers(clinic.visit("ADA", "1m"), **{item: answer})
    clinic.tick()
    opens(clinic, "nina")
    clinic.acknowledges(alert(clinic))
    clinic.tick()
    return clinic


def alert(clinic: Study) -> dict:
    return clinic.alerts("ADA")[0]


def kinds(clinic: Study) -> list[str]:
    return [event["kind"] for event in rows_of.events(clinic.db, alert(clinic)["id"])]


def state(clinic: Study) -> str:
    return alert_life.state(rows_of.events(clinic.db, alert(clinic)["id"]))


def owner(clinic: Study) -> str:
    return alert_life.taken(rows_of.events(clinic.db, alert(clinic)["id"]))["staff_id"]


def opens(clinic: Study, login: str) -> None:
    disclose.viewed(clinic.db, alert(clinic)["id"], clinic.now, staff_id=clinic.staff[login])


def opts_out(clinic: Study, login: str) -> None:
    contacts.opt_out(clinic.db, clinic.means.keys.number_hash(NUMBERS[login]), "text", MORNING)


def texts(clinic: Study, login: str) -> int:
    """How many, the morning digest left out."""
    return sum(not text.endswith("/care/today") for text in clinic.sms.texts_to(NUMBERS[login]))


def hands_over(clinic: Study, to: str | None, by: str = "nina", **given) -> None:
    alert_actions.hand_over(
        clinic.db, clinic.means, alert(clinic)["id"], clinic.staff.get(to), clinic.now, staff_id=clinic.staff[by],
        sites=("main",), **given,
    )  # fmt: skip


def calls(clinic: Study, verb: str = "call_tried", called: str = "participant") -> None:
    alert_actions.act(
        clinic.db, alert(clinic)["id"], verb, clinic.now, staff_id=clinic.staff["nina"], sites=("main",), called=called
    )


# ---- handing over


def test_who_is_handed_an_alert_is_texted_and_has_it(red):
    hands_over(red, "noor", note="Off at noon.")
    red.tick()
    assert owner(red) == red.staff["noor"] and state(red) == "acknowledged"
    assert "URGENT, a colleague hands someone over to you" in red.sms.texts_to(NUMBERS["noor"])[-1]
    assert alert(red)["id"] in red.sms.texts_to(NUMBERS["noor"])[-1]


def test_a_handed_over_alert_that_is_opened_rests_with_the_colleague(red):
    hands_over(red, "noor")
    red.ticks(minutes=5, every="minute")
    opens(red, "noor")
    red.ticks(minutes=30, every="minute")
    assert "not_opened" not in kinds(red) and owner(red) == red.staff["noor"]


def test_a_red_alert_handed_over_and_not_opened_goes_on_up_its_ladder(red):
    hands_over(red, "noor")
    red.ticks(minutes=14, every="minute")
    assert state(red) == "acknowledged"
    red.ticks(minutes=17, every="minute")
    assert state(red) == "open" and kinds(red).count("not_opened") == 1
    assert texts(red, "noor") == 2  # of the handing over, and the second rung


def test_a_text_of_the_handing_over_that_fails_waits_for_no_minute(red):
    hands_over(red, "noor")
    text = next(each for each in messages.of_alert(red.db, alert(red)["id"]) if each["kind"] == "handed_over")
    messages.settle(red.db, text["id"], "failed", reason="30005")
    red.tick()
    assert state(red) == "open"


def test_an_alert_handed_over_twice_texts_the_first_colleague_of_nothing_more(red):
    hands_over(red, "noor")
    hands_over(red, "leda")
    red.tick()
    assert owner(red) == red.staff["leda"]
    assert (texts(red, "noor"), texts(red, "leda")) == (0, 1)


@pytest.mark.parametrize("to, fault", [(None, Refusal), ("cora", Refusal), ("nina", Conflict)])
def test_an_alert_goes_only_to_a_colleague_who_can_have_it(red, to, fault):
    with pytest.raises(fault):
        hands_over(red, to)
    assert "handed_over" not in kinds(red)


def test_an_alert_is_not_handed_to_somebody_who_opted_out(red):
    opts_out(red, "noor")
    with pytest.raises(Refusal, match="colleague_unfit"):
        hands_over(red, "noor")


def test_what_nobody_has_is_not_handed_over(clinic):
    clinic.enrol("ADA", status="performed", on="2026-03-02")
    clinic.at(MORNING)
    clinic.tick()
    clinic.saves(clinic.visit("ADA", "1m"), "red_flags", {"red_flags": ["chest"]})
    with pytest.raises(Conflict, match="alert_nobodys"):
        hands_over(clinic, "noor")


def test_news_since_the_page_was_looked_at_stops_a_handing_over(red):
    seen = rows_of.events(red.db, alert(red)["id"])[-1]["seq"]
    red.saves(red.visit("ADA", "1m"), "red_flags", {"red_flags": ["chest", "blood"]})
    with pytest.raises(Conflict):
        hands_over(red, "noor", seen=seen)


# ---- acting in time


def test_who_has_an_alert_and_does_not_call_is_reminded_then_the_lead_is_told_then_it_is_a_fault(red):
    before = texts(red, "nina")
    red.ticks(minutes=59, every="minute")
    assert texts(red, "nina") == before
    red.ticks(minutes=2, every="minute")
    assert texts(red, "nina") == before + 1 and texts(red, "leda") == 0
    assert "still waits for a call" in red.sms.texts_to(NUMBERS["nina"])[-1]
    red.ticks(minutes=60, every="minute")
    assert texts(red, "leda") == 1
    assert not health.standing(red.db, "nobody_acted")
    red.ticks(minutes=60, every="minute")
    assert (texts(red, "nina"), texts(red, "leda")) == (before + 1, 1)
    assert health.standing(red.db, "nobody_acted") == {alert(red)["id"]}
    calls(red, "contacted")
    red.tick()
    assert not health.standing(red.db, "nobody_acted")


def test_nobody_reached_is_no_end(red):
    calls(red, "unreachable")
    red.ticks(minutes=121, every="minute")
    assert texts(red, "leda") == 1


def test_a_reminder_that_is_lost_goes_to_the_lead_at_once(red):
    red.clock.set(red.now + 60 * timedelta(minutes=1))
    opts_out(red, "nina")
    red.tick()
    red.tick()
    assert texts(red, "leda") == 1


def test_whoever_spoke_to_them_is_not_reminded(red):
    calls(red, "contacted")
    red.ticks(hours=4, every="minute")
    assert not [each for each in messages.of_alert(red.db, alert(red)["id"]) if each["kind"] == "chase"]


def test_an_alert_that_is_not_red_is_handed_over_without_urgency(clinic):
    taken(clinic, "urgency", "urgent")
    hands_over(clinic, "noor")
    clinic.tick()
    assert "clinic: a colleague hands a report over to you" in clinic.sms.texts_to(NUMBERS["noor"])[-1].lower()


def test_high_alerts_count_opening_hours(clinic):
    taken(clinic, "urgency", "urgent")
    before = texts(clinic, "nina")
    clinic.ticks_until("2026-04-03T14:59:00Z", every="minute")
    assert texts(clinic, "nina") == before
    clinic.ticks(minutes=2, every="minute")
    assert texts(clinic, "nina") == before + 1


# ---- calls to nobody


def test_three_calls_to_nobody_the_second_contact_among_them_go_to_the_physician(red):
    for whom in ("participant", "participant", "second_contact"):
        assert texts(red, "leda") == 0
        red.ticks(minutes=10, every="minute")
        calls(red, called=whom)
    red.tick()
    assert kinds(red).count("physician_asked") == 1
    assert "You are asked to decide" in red.sms.texts_to(NUMBERS["leda"])[-1]
    assert state(red) == "acknowledged"  # no end


@pytest.mark.parametrize(
    "whom, minutes",
    [
        (["participant"] * 3, 10),
        (["participant", "second_contact"], 10),
        (["participant"] * 2 + ["second_contact"], 31),
    ],
)
def test_fewer_calls_or_longer_apart_or_without_the_second_contact_do_not(red, whom, minutes):
    for one in whom:
        red.clock.set(red.now + minutes * timedelta(minutes=1))
        calls(red, called=one)
        red.tick()
    assert "physician_asked" not in kinds(red)


def test_a_physician_who_cannot_be_told_is_replaced_and_the_operator_told(tmp_path):
    red = taken(Study(tmp_path, PROM_OPERATOR="+15550100099"), "red_flags", ["chest"])
    for whom in ("participant", "participant", "second_contact"):
        calls(red, called=whom)
        red.clock.set(red.now + timedelta(minutes=1))
    red.sms.faults = [SmsRejected("21211")]
    for _ in range(3):
        red.clock.set(red.now + timedelta(seconds=16))
        red.tick()
    found = [each for each in messages.of_alert(red.db, alert(red)["id"]) if each["kind"] == "physician"]
    assert [(each["staff_name"], each["status"]) for each in found] == [
        ("Leda Example", "failed"),
        ("Nina Example", "sent"),
    ]
    assert any("text failed" in text for text in red.sms.texts_to("+15550100099"))
