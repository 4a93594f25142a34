"""Texts that were taken in and failed on their way: what goes again and when, what a person is asked, what holds."""

from datetime import timedelta

import pytest

from prom.actions import asking, holds, receipts, send
from prom.errors import SmsUnknown
from prom.rules.times import stamp
from prom.sms.gateway import Listed, Receipt
from prom.store.connect import rows
from tests.study import Study

OPERATOR = "+15550100099"


@pytest.fixture
def clinic(tmp_path):
    """Four invited people."""
    study = Study(tmp_path, PROM_OPERATOR=OPERATOR)
    for number in range(1, 5):
        study.enrol(f"P-{number:03d}", status="performed", on="2026-02-20")
    study.at("2026-03-20T14:00:00Z")
    study.tick()
    return study


def invitation(clinic, code="P-001"):
    return clinic.messages(code)[-1]


def says(clinic, status, error="", code="P-001", provider_id=None):
    """The provider says what became of somebody's invitation."""
    message = invitation(clinic, code)
    given = Receipt(message["id"], provider_id or message["provider_id"], status, error, "")
    receipts.take(clinic.db, clinic.means, given, clinic.now)
    return given.provider_id


def alarms(clinic):
    found = rows(clinic.db, "select about, step from message where kind = 'alarm' order by queued_at, rowid")
    return [f"{row['about'].split(':')[0]} {row['step']}" for row in found]


def kinds(clinic):
    return sorted(task["kind"] for task in clinic.open_tasks())


@pytest.mark.parametrize(
    "error, first, second",
    [
        ("30003", {"hours": 4}, {"hours": 20}),
        ("30008", {"hours": 4}, {"hours": 20}),
        ("30001", {"minutes": 15}, {"minutes": 60}),
    ],
)
def test_what_will_pass_is_tried_twice_more_and_then_a_person_is_asked(clinic, error, first, second):
    for pause, times in (first, 2), (second, 3):
        says(clinic, "undelivered", error)
        row = invitation(clinic)
        assert (row["status"], row["reason"], kinds(clinic)) == ("queued", error, [])
        clinic.ticks(**pause)
        assert (invitation(clinic)["status"], len(clinic.texts("P-001"))) == ("sent", times)
    says(clinic, "undelivered", error)
    assert (invitation(clinic)["status"], kinds(clinic)) == ("undelivered", ["undelivered"])
    assert len(set(clinic.texts("P-001"))) == 1  # the same link each time


def test_a_further_try_is_decided_anew(clinic):
    says(clinic, "undelivered", "30003")
    clinic.answers(clinic.visit("P-001", "1m"))
    clinic.ticks(hours=4)
    assert (invitation(clinic)["status"], invitation(clinic)["reason"]) == ("dropped", "submitted")
    assert len(clinic.texts("P-001")) == 1


@pytest.mark.parametrize("error", ["30004", "30005", "30006", "30007", "99999", ""])
def test_what_will_not_pass_goes_to_a_person_at_once(clinic, error):
    says(clinic, "undelivered", error)
    clinic.ticks(days=1)
    instead = ["call"] if error in ("30005", "30006") else []  # no text can reach that number
    assert (invitation(clinic)["status"], kinds(clinic), len(clinic.texts("P-001"))) == (
        "undelivered", [*instead, "undelivered"], 1,
    )  # fmt: skip


def test_three_blocked_texts_in_a_day_are_one_alarm(clinic):
    for number, told in (1, []), (2, []), (3, ["texts_blocked 0"]), (4, ["texts_blocked 0"]):
        says(clinic, "undelivered", "30007" if number % 2 else "30004", f"P-{number:03d}")
        assert alarms(clinic) == told


def test_late_words_about_an_earlier_try_change_nothing(clinic):
    first = says(clinic, "undelivered", "30003")
    for status, error in (("sent", ""), ("undelivered", "30008"), ("failed", "30003")):
        says(clinic, status, error, provider_id=first)
        assert (invitation(clinic)["status"], kinds(clinic)) == ("queued", [])
    clinic.ticks(hours=4)
    says(clinic, "failed", "30008", provider_id=first)
    assert invitation(clinic)["status"] == "sent"
    assert invitation(clinic)["provider_id"] != first


def test_a_text_that_arrives_after_all_is_not_sent_again(clinic):
    first = says(clinic, "undelivered", "30003")
    says(clinic, "delivered", provider_id=first)
    clinic.ticks(hours=5)
    assert (invitation(clinic)["status"], len(clinic.texts("P-001"))) == ("delivered", 1)


def test_an_earlier_try_in_the_providers_list_is_not_taken_for_this_one(clinic):
    (text,) = clinic.texts("P-001")
    first = says(clinic, "undelivered", "30001")
    clinic.sms.listed = [Listed(first, text, "undelivered", stamp(clinic.now), "30001")]
    clinic.sms.faults = [SmsUnknown()]
    clinic.ticks(minutes=15)
    assert invitation(clinic)["status"] == "unknown"
    clinic.ticks(minutes=2)
    asking.ask(clinic.db, clinic.means, clinic.now)
    clinic.tick()
    assert (invitation(clinic)["status"], len(clinic.texts("P-001"))) == ("sent", 2)


def test_an_unregistered_sender_holds_all_until_a_carrier_takes_a_text(clinic):
    clinic.enrol("P-005", status="performed", on="2026-02-20")
    says(clinic, "undelivered", "30034")
    assert invitation(clinic)["status"] == "queued" and holds.standing(clinic.db)
    assert len(send.claim(clinic.db, clinic.means, "participant", 8, clinic.now)) == 0
    clinic.ticks(minutes=1, every="minute")  # one trial, accepted: that was so before, too
    assert holds.standing(clinic.db)
    assert len(clinic.texts("P-001")) + len(clinic.texts("P-005")) == 2
    clinic.ticks(seconds=20, every="second")
    tried = "P-005" if clinic.texts("P-005") else "P-001"
    says(clinic, "sent", code=tried)
    clinic.tick()
    assert not holds.standing(clinic.db) and alarms(clinic) == ["provider 0", "provider 1"]
    assert (len(clinic.texts("P-001")), len(clinic.texts("P-005"))) == (2, 1)


def test_an_opt_out_told_late_counts_whatever_became_of_the_text(clinic):
    first = says(clinic, "undelivered", "30003")
    says(clinic, "undelivered", "21610", provider_id=first)
    clinic.ticks(hours=5)
    assert (invitation(clinic)["status"], invitation(clinic)["reason"]) == ("dropped", "opted_out")


# ---- texts without a last word


def asks_for_all(clinic, **later):
    """Let time pass, then ask for what is due to be asked for; how many calls were made."""
    clinic.clock.set(clinic.now + timedelta(**later))
    return asking.ask(clinic.db, clinic.means, clinic.now)


def test_a_text_without_a_last_word_is_asked_for_once_a_day_for_three_days(clinic):
    assert asks_for_all(clinic, hours=5, minutes=59) == 0
    assert [asks_for_all(clinic, **later) for later in ({"minutes": 1}, {"hours": 23}, {"hours": 1})] == [4, 0, 4]
    assert [asks_for_all(clinic, **later) for later in ({"days": 1}, {"days": 1}, {"days": 9})] == [4, 0, 0]
    assert invitation(clinic)["status"] == "sent"


@pytest.mark.parametrize(
    "word, error, status, asked", [("delivered", "", "delivered", 0), ("undelivered", "30005", "undelivered", 4)]
)
def test_its_last_word_counts_like_a_receipt(clinic, word, error, status, asked):
    clinic.sms.word, clinic.sms.code = word, error
    assert asks_for_all(clinic, hours=6) == 4
    assert invitation(clinic)["status"] == status
    assert len(kinds(clinic)) == asked
    assert asks_for_all(clinic, days=1) == 0


def test_a_text_that_the_provider_spoke_of_is_not_asked_for(clinic):
    says(clinic, "delivered")
    asks_for_all(clinic, hours=6)
    assert len(clinic.sms.fetched) == 3
