"""What is owed on an alert that somebody has: it is opened, acted on, handed over, and calls to nobody go further."""

from datetime import timedelta

import pytest

from prom.actions import alerts as alert_actions
from prom.actions import chase, disclose, rota, staff, tick
from prom.errors import Conflict, Forbidden, Refusal, SmsRejected, SmsUnknown
from prom.rules import alert_life
from prom.store import alerts as rows_of
from prom.store import contacts, health, messages
from prom.store import staff as staff_rows
from tests.study import PASSWORD, Study

MORNING = "2026-04-02T15:00:00Z"  # a Thursday, 11:00 in New York
OPERATOR = "+15550100099"
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


def test_whoever_acts_on_an_alert_that_was_handed_to_them_has_opened_it(red):
    opens(red, "noor")
    red.clock.set(red.now + timedelta(minutes=1))
    hands_over(red, "noor")
    red.clock.set(red.now + timedelta(minutes=1))
    noor = {"staff_id": red.staff["noor"], "sites": ("main",)}
    alert_actions.act(red.db, alert(red)["id"], "contacted", red.now, **noor, called="participant")
    red.ticks(minutes=20, every="minute")
    assert "not_opened" not in kinds(red) and state(red) == "contacted"


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
    red.ticks(minutes=1, every="minute")
    assert state(red) == "open" and kinds(red).count("not_opened") == 1
    assert (texts(red, "noor"), texts(red, "leda")) == (1, 1)  # the next person, who is not Noor, at once
    red.ticks(minutes=16, every="minute")
    assert (texts(red, "noor"), texts(red, "leda")) == (2, 1)  # the second step, in its time
    red.ticks(minutes=30, every="minute")
    assert (texts(red, "noor"), texts(red, "leda")) == (2, 1)  # the lead's went before


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


def asks_the_physician(red: Study) -> None:
    for whom in ("participant", "participant", "second_contact"):
        calls(red, called=whom)
        red.clock.set(red.now + timedelta(minutes=1))


def seconds_later(red: Study, seconds: int = 16) -> None:
    red.clock.set(red.now + timedelta(seconds=seconds))
    red.tick()


@pytest.mark.parametrize("kind", ["physician", "handed_over"])
def test_a_text_not_known_to_be_accepted_within_15_seconds_is_lost_too(tmp_path, kind):
    red = taken(Study(tmp_path, PROM_OPERATOR=OPERATOR), "red_flags", ["chest"])
    red.sms.faults = [SmsUnknown()]
    if kind == "physician":
        asks_the_physician(red)
        told = "nina"  # the next on call
    else:
        hands_over(red, "noor")
        told = "leda"
    before = texts(red, told)
    for _ in range(4):
        seconds_later(red)
    assert texts(red, told) > before
    assert any("text failed" in text for text in red.sms.texts_to(OPERATOR))


def test_a_physician_who_is_away_is_passed_by_while_another_is_there(red):
    staff.add_staff(
        red.db, red.means, "ines", "Ines Example", ("investigator",), PASSWORD, red.now, mobile="+15550100018"
    )
    is_away(red, "leda")
    asks_the_physician(red)
    red.tick()
    assert (texts(red, "leda"), len(red.sms.texts_to("+15550100018"))) == (0, 1)


def test_where_every_physician_is_away_they_are_asked_and_who_is_on_call_too(red):
    is_away(red, "leda", hours=480)
    before = texts(red, "nina")
    asks_the_physician(red)
    red.tick()
    assert (texts(red, "leda"), texts(red, "nina")) == (1, before + 1)


def test_nobody_who_is_away_is_handed_an_alert(red):
    is_away(red, "noor")
    assert red.staff["noor"] not in {each["id"] for each in chase.colleagues(red.db, red.means, "main", red.now)}
    with pytest.raises(Refusal):
        hands_over(red, "noor")


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


def fail(red: Study, *called: str) -> None:
    """Calls that reach nobody, a minute apart."""
    for whom in called or ("participant", "participant", "second_contact"):
        red.ticks(minutes=1, every="minute")
        calls(red, called=whom)
    red.tick()


def of_kind(clinic: Study, kind: str) -> list[dict]:
    return [each for each in messages.of_alert(clinic.db, alert(clinic)["id"]) if each["kind"] == kind]


def test_a_physician_who_is_asked_after_somebody_was_spoken_to_is_texted(red):
    calls(red, "contacted")
    fail(red)
    assert kinds(red).count("physician_asked") == 1
    assert "You are asked to decide" in red.sms.texts_to(NUMBERS["leda"])[-1]
    assert [each["status"] for each in of_kind(red, "physician")] == ["sent"]


def test_a_physician_is_not_texted_of_what_was_asked_before_somebody_was_spoken_to(red):
    for whom in ("participant", "participant", "second_contact"):
        calls(red, called=whom)
        red.clock.set(red.now + timedelta(minutes=1))
    tick.tick(red.db, red.means, red.now)
    calls(red, "contacted")
    red.tick()
    (text,) = of_kind(red, "physician")
    assert (text["status"], text["reason"]) == ("dropped", "overtaken")
    undoes(red)
    red.tick()
    assert [each["status"] for each in of_kind(red, "physician")] == ["sent"]  # asked as before


def decides(clinic: Study, by: str = "leda", note: str | None = "Ask the police to look in.") -> None:
    person = staff_rows.by_id(clinic.db, clinic.staff[by])
    chase.decide(clinic.db, alert(clinic)["id"], clinic.now, by=person, sites=("main",), note=note, seen=None)


def test_what_a_physician_decides_is_kept_and_ends_the_asking(red):
    fail(red)
    with pytest.raises(Forbidden):
        decides(red, by="nina")
    with pytest.raises(Refusal, match="decision_required"):
        decides(red, note=" ")
    decides(red)
    event = rows_of.events(red.db, alert(red)["id"])[-1]
    assert (event["kind"], event["staff_id"], event["note"]) == (
        "physician_decided", red.staff["leda"], "Ask the police to look in.",
    )  # fmt: skip
    fail(red)
    assert kinds(red).count("physician_asked") == 1 and state(red) == "acknowledged"
    with pytest.raises(Conflict, match="decision_unasked"):
        decides(red)
    calls(red, "contacted")
    fail(red)
    assert kinds(red).count("physician_asked") == 2


def test_a_decision_overtakes_a_text_that_did_not_go_yet(red):
    for whom in ("participant", "participant", "second_contact"):
        calls(red, called=whom)
        red.clock.set(red.now + timedelta(minutes=1))
    tick.tick(red.db, red.means, red.now)
    decides(red)
    red.tick()
    assert [each["reason"] for each in of_kind(red, "physician")] == ["overtaken"]
    red.ticks(minutes=1, every="second")
    assert len(of_kind(red, "physician")) == 1


# ---- whom a call reached


def test_speaking_to_the_second_contact_ends_neither_the_time_nor_the_failed_calls(red):
    calls(red)
    calls(red, "contacted", called="second_contact")
    assert state(red) == "acknowledged" and rows_of.events(red.db, alert(red)["id"])[-1]["called"] == "second_contact"
    fail(red, "participant", "participant")
    assert kinds(red).count("physician_asked") == 1
    red.ticks(minutes=61, every="minute")
    assert of_kind(red, "chase")


def undoes(clinic: Study, by: str = "nina", why: str | None = "It was a slip.") -> None:
    alert_actions.undo_contact(
        clinic.db, alert(clinic)["id"], clinic.now, staff_id=clinic.staff[by], sites=("main",), why=why
    )


def test_a_contact_is_taken_back_by_who_said_it_and_the_times_run_from_the_taking(red):
    red.ticks(minutes=30, every="minute")
    calls(red, "contacted")
    red.ticks(minutes=20, every="minute")
    for by, why, fault in (("noor", "It was a slip.", Conflict), ("nina", " ", Refusal)):
        with pytest.raises(fault):
            undoes(red, by, why)
    undoes(red)
    assert state(red) == "acknowledged" and owner(red) == red.staff["nina"]
    assert rows_of.events(red.db, alert(red)["id"])[-1]["note"] == "It was a slip."
    red.ticks(minutes=9, every="minute")
    assert not of_kind(red, "chase")
    red.ticks(minutes=2, every="minute")
    assert [each["staff_name"] for each in of_kind(red, "chase")] == ["Nina Example"]
    with pytest.raises(Conflict):
        undoes(red)


# ---- closed in time


def test_a_contacted_alert_that_is_not_closed_reminds_its_owner_then_the_lead(red):
    """Spoken to on Thursday, the day before Good Friday, on which this clinic works."""
    calls(red, "contacted")
    red.ticks_until("2026-04-03T20:59:00Z", every="hour")
    assert not of_kind(red, "chase")
    red.ticks(minutes=2, every="minute")
    assert "is not closed yet" in red.sms.texts_to(NUMBERS["nina"])[-1]
    red.ticks_until("2026-04-06T21:01:00Z", every="hour")  # the end of Monday
    red.ticks(days=4)
    assert [each["staff_name"] for each in of_kind(red, "chase")] == ["Nina Example", "Leda Example"]
    assert health.standing(red.db, "nobody_acted") == {alert(red)["id"]} and state(red) == "contacted"


def is_away(clinic: Study, login: str, hours: int = 24) -> None:
    me = staff_rows.by_id(clinic.db, clinic.staff[login])
    rota.mark_away(clinic.db, me["id"], clinic.now, clinic.now + timedelta(hours=hours), clinic.now, by=me)


@pytest.mark.parametrize("gone", [is_away, opts_out])
def test_a_reminder_that_its_owner_would_get_in_vain_goes_to_the_lead_at_once(red, gone):
    before = texts(red, "nina")
    gone(red, "nina")
    red.ticks(minutes=61, every="minute")
    assert (texts(red, "nina"), texts(red, "leda")) == (before, 1)


def test_what_somebody_holds_is_known(red):
    assert [each["id"] for each in chase.held_by(red.db, red.staff["nina"], ("main",))] == [alert(red)["id"]]
    assert not chase.held_by(red.db, red.staff["noor"], ("main",))
    assert not chase.held_by(red.db, red.staff["nina"], ())
