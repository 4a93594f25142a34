"""Text me a new link: to the number on file alone, about the form that is open now, at most three a day."""

from datetime import date
from threading import Barrier, Thread

import pytest

from prom.actions import contact, identity, leaving, new_link, not_theirs, receive, send
from prom.rules.texts import segments
from prom.sms.gateway import Inbound
from prom.store import visits
from prom.store.connect import rows
from tests.study import Study

DUE = "2026-04-02T15:00:00Z"


def begun(clinic: Study) -> Study:
    """Ada's first report is due and her link was texted."""
    clinic.enrol("ADA", status="performed", on="2026-03-02", birth_year=1960)
    clinic.ticks_until(DUE, every="day")
    clinic.tick()
    return clinic


@pytest.fixture
def clinic(clinic):
    return begun(clinic)


def asks(clinic) -> str:
    return new_link.ask(clinic.db, clinic.means, clinic.id("ADA"), clinic.now)


def sends(clinic) -> None:
    send.deliver(clinic.db, clinic.means, "participant", clinic.now)


def asked(clinic) -> list[tuple[str, str | None]]:
    found = [message for message in clinic.messages("ADA") if message["kind"] == "new_link"]
    return [(message["status"], message["reason"]) for message in found]


def test_it_goes_at_once_to_the_number_on_file(clinic):
    clinic.at("2026-04-03T07:00:00Z")  # in the night, a text having gone that day
    assert asks(clinic) == "sent"
    sends(clinic)
    text = clinic.texts("ADA")[-1]
    assert text == (
        f"Example Clinic: here is the new link you asked for: https://prom.example.org/s/"
        f"{clinic.token(clinic.visit('ADA', '1m'))} Not for emergencies. Reply STOP to stop."
    )
    assert (segments(text).encoding, segments(text).count) == ("GSM-7", 1)


def test_it_leads_to_the_form_that_is_open_now(clinic):
    clinic.ticks_until("2026-06-02T15:00:00Z", every="day")
    asks(clinic)
    sends(clinic)
    assert clinic.token(clinic.visit("ADA", "3m")) in clinic.texts("ADA")[-1]


def test_a_standing_link_is_sent_again(clinic):
    before = clinic.token(clinic.visit("ADA", "1m"))
    asks(clinic)
    sends(clinic)
    assert before in clinic.texts("ADA")[-1]


def test_a_locked_link_is_followed_by_a_new_one(clinic):
    clinic.enrol("BOB", mobile=clinic.number("ADA"), birth_year=1961)
    visit = clinic.visit("ADA", "1m")
    clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
    link = visits.link_of(clinic.db, visit["id"])
    for _ in range(5):
        identity.give_year(clinic.db, clinic.means, link["id"], 1900, clinic.now)
    asks(clinic)
    sends(clinic)
    again = visits.link_of(clinic.db, visit["id"])
    assert again["generation"] == 2 and clinic.token(visit) in clinic.texts("ADA")[-1]
    assert visits.link(clinic.db, link["id"])["locked_at"]


def test_at_most_three_a_day_and_the_count_is_the_databases(clinic):
    for hour in (16, 17, 18):
        clinic.at(f"2026-04-02T{hour}:00:00Z")
        assert asks(clinic) == "sent"
    clinic.at("2026-04-02T19:00:00Z")
    assert asks(clinic) == "often" and len(asked(clinic)) == 3
    clinic.at("2026-04-03T15:59:59Z")
    assert asks(clinic) == "often"
    clinic.at("2026-04-03T16:00:00Z")
    assert asks(clinic) == "sent"


def test_a_double_tap_is_one_text(clinic):
    clinic.at("2026-04-02T16:00:10Z")
    assert asks(clinic) == "sent"
    clinic.at("2026-04-02T16:00:30Z")
    assert asks(clinic) == "sent" and len(asked(clinic)) == 1


def test_taps_side_by_side_never_pass_the_limit(clinic):
    start, minutes = Barrier(4), [f"2026-04-02T16:{n:02}:00Z" for n in range(20)]

    def taps(mine):
        start.wait()
        for minute in mine:
            new_link.ask(clinic.db, clinic.means, clinic.id("ADA"), new_link.instant(minute))

    threads = [Thread(target=taps, args=(minutes[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked(clinic)) == 3


@pytest.mark.parametrize("at, opens", [("2026-05-12T15:00:00Z", date(2026, 5, 19)), ("2026-12-01T15:00:00Z", None)])
def test_with_no_form_open_nothing_goes(clinic, at, opens):
    clinic.answers(clinic.visit("ADA", "1m"))
    clinic.at(at)
    assert asks(clinic) == "nothing_open" and asked(clinic) == []
    assert new_link.next_on(clinic.db, clinic.id("ADA"), clinic.now) == opens


def test_of_somebody_who_left_nothing_is_open(clinic):
    clinic.becomes("ADA", "left_follow_up")
    assert asks(clinic) == "nothing_open"
    assert new_link.next_on(clinic.db, clinic.id("ADA"), clinic.now) is None


# ---- asked for, and decided again when it goes


def opts_out(clinic):
    receive.inbound(clinic.db, clinic.means, Inbound("SM1", clinic.number("ADA"), "STOP", ""), clinic.now)


def stops(clinic):
    leaving.wish(clinic.db, clinic.means, clinic.id("ADA"), "texts", clinic.now)


def leaves(clinic):
    clinic.becomes("ADA", "left_follow_up")


def is_not_theirs(clinic):
    link = visits.link_of(clinic.db, clinic.visit("ADA", "1m")["id"])
    not_theirs.say(clinic.db, clinic.means, link["id"], clinic.now)


def is_phoned(clinic):
    by = clinic.staff["cora"]
    contact.change_mode(clinic.db, clinic.id("ADA"), "phone", False, clinic.now, staff_id=by)


def answers(clinic):
    clinic.answers(clinic.visit("ADA", "1m"))


@pytest.mark.parametrize(
    "happens, reason",
    [
        (opts_out, "opted_out"), (stops, "texts_stopped"), (leaves, "left"), (is_not_theirs, "not_theirs"),
        (is_phoned, "contact_mode"), (answers, "submitted"),
    ],
)  # fmt: skip
def test_what_happens_between_asking_and_sending_drops_it(clinic, happens, reason):
    sent = len(clinic.texts("ADA"))
    assert asks(clinic) == "sent"
    happens(clinic)
    sends(clinic)
    assert asked(clinic) == [("dropped", reason)] and len(clinic.texts("ADA")) == sent


@pytest.mark.parametrize("happens", [opts_out, stops, is_phoned])
def test_the_answer_is_the_same_whatever_is_on_file(clinic, happens):
    happens(clinic)
    assert asks(clinic) == "sent"


def test_a_number_that_may_not_be_texted_gets_none(tmp_path):
    clinic = begun(Study(tmp_path, PROM_SMS_ALLOW="+15550109999"))
    assert asks(clinic) == "sent"
    sends(clinic)
    assert asked(clinic) == [("dropped", "not_allowed")] and clinic.sms.sent == []


def test_it_counts_for_no_cap(clinic):
    asks(clinic)
    sends(clinic)
    clinic.ticks_until("2026-04-04T15:00:00Z", every="day")
    kinds = [message["kind"] for message in clinic.messages("ADA") if message["sent_at"]]
    assert kinds == ["reminder", "new_link", "invitation"]
    assert rows(clinic.db, "select count(*) as n from audit where action = 'link_asked'", {})[0]["n"] == 1
