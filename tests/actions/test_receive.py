"""Receipts and inbound texts: all kept, none twice, in whatever order they come."""

import json
from itertools import permutations

import pytest

from prom.actions import leaving, receipts, receive, send
from prom.actions import tick as tick_actions
from prom.errors import SmsRejected, SmsUnknown
from prom.sms.gateway import Inbound, Receipt
from prom.store import alerts, audit, contacts, messages, participants
from prom.store import tasks as task_rows
from prom.store.connect import rows, run, write
from tests.study import SHIPPED, Study

OPENS = "2026-03-20T14:00:00Z"
NIGHT = "2026-03-21T07:00:00Z"  # 3:00 in New York
NINA, OPERATOR = "+15550100011", "+15550100099"
OURS = SHIPPED.read_text(encoding="utf-8").replace('stop_confirmed_by = "provider"', 'stop_confirmed_by = "us"')


@pytest.fixture
def clinic(tmp_path):
    """The study with an operator and one invited participant."""
    return invited(Study(tmp_path, PROM_OPERATOR=OPERATOR))


def invited(study: Study) -> Study:
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.at(OPENS)
    study.tick()
    return study


def invitation(study: Study) -> dict:
    return study.messages("P-001")[-1]


def receipt(study: Study, status: str, code: str = "", message: dict | None = None, **given) -> None:
    message = message or invitation(study)
    values = {"message_id": message["id"], "provider_id": message["provider_id"] or "SM-first"} | given
    receipts.take(study.db, study.means, Receipt(status=status, code=code, at_provider="", **values), study.now)


def writes(study: Study, text: str, sender: str | None = None, ref: str | None = None, opt_out_type: str = "") -> None:
    """A text comes in."""
    study.inbound = getattr(study, "inbound", 0) + 1
    given = Inbound(ref or f"SM-in-{study.inbound}", sender or study.number("P-001"), text, opt_out_type)
    receive.inbound(study.db, study.means, given, study.now)


def opted_out(study: Study, number: str) -> bool:
    return contacts.opted_out(study.db, study.means.keys.number_hashes(number))


def tasks(study: Study) -> list[str]:
    return [task["kind"] for task in study.open_tasks()]


def alarms(study: Study) -> list[str]:
    return [row["about"].split(":")[0] for row in rows(study.db, "select about from message where kind = 'alarm'")]


# ---- receipts


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
def test_receipts_in_any_order_come_to_the_same(clinic, order):
    for status in order:
        receipt(clinic, status)
    found = invitation(clinic)
    assert (found["status"], found["delivered_at"]) == ("delivered", OPENS)
    assert [each["status"] for each in messages.receipts(clinic.db, found["id"])].count("delivered") == 1


def test_a_receipt_that_comes_twice_changes_nothing(clinic):
    receipt(clinic, "delivered")
    before = rows(clinic.db, "select * from message"), rows(clinic.db, "select * from receipt")
    clinic.at("2026-03-20T15:00:00Z")
    receipt(clinic, "delivered")
    assert (rows(clinic.db, "select * from message"), rows(clinic.db, "select * from receipt")) == before


def test_every_different_receipt_is_kept(clinic):
    for status, code in (("sent", ""), ("undelivered", "30003"), ("undelivered", "30005")):
        receipt(clinic, status, code)
    kept = [(each["status"], each["code"]) for each in messages.receipts(clinic.db, invitation(clinic)["id"])]
    assert kept[1:] == [("sent", ""), ("undelivered", "30003"), ("undelivered", "30005")]


def test_a_receipt_before_our_own_row_was_written_is_not_lowered(tmp_path):
    study = Study(tmp_path)
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.at(OPENS)
    from_tick(study)
    (ready,) = send.claim(study.db, study.means, "participant", 1, study.now)
    done = send.call(study.means.gateway, ready)
    receipt(study, "delivered", provider_id=done.accepted.provider_id)
    assert invitation(study)["status"] == "delivered"
    send.record(study.db, study.means, done, study.now)
    found = invitation(study)
    assert (found["status"], found["provider_id"]) == ("delivered", done.accepted.provider_id)


def from_tick(study: Study) -> None:
    """Queue what is due without sending it."""
    tick_actions.tick(study.db, study.means, study.now)


def test_a_receipt_settles_a_call_whose_answer_never_came(tmp_path):
    study = Study(tmp_path)
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.at(OPENS)
    study.sms.faults = [SmsUnknown()]
    study.tick()
    assert invitation(study)["status"] == "unknown"
    receipt(study, "sent", provider_id="SM-late")
    found = invitation(study)
    assert (found["status"], found["provider_id"], found["sent_at"]) == ("sent", "SM-late", OPENS)


def test_a_receipt_is_found_by_the_providers_id_alone(clinic):
    receipt(clinic, "delivered", message_id="")
    assert invitation(clinic)["status"] == "delivered"


def test_a_receipt_of_nothing_we_know_is_kept_and_changes_nothing(clinic):
    receipt(clinic, "delivered", message_id="unheard-of", provider_id="SM-stranger")
    assert invitation(clinic)["status"] == "sent"
    assert rows(clinic.db, "select message_id from receipt where provider_id = 'SM-stranger'") == [{"message_id": None}]


@pytest.mark.parametrize("status", ["undelivered", "failed"])
def test_a_text_that_did_not_arrive_is_a_task(clinic, status):
    receipt(clinic, status, "30005")
    assert (invitation(clinic)["status"], invitation(clinic)["reason"]) == (status, "30005")
    assert tasks(clinic) == ["undelivered"]
    assert not opted_out(clinic, clinic.number("P-001"))


def test_the_same_failure_again_asks_nobody_again(clinic):
    receipt(clinic, "undelivered", "30005")
    (task,) = clinic.open_tasks()
    with write(clinic.db):
        task_rows.finish(clinic.db, task["id"], OPENS, clinic.staff["nina"], "done", None)
    receipt(clinic, "undelivered", "30005")
    assert tasks(clinic) == []


def test_an_error_code_is_not_blanked_by_a_later_receipt(clinic):
    receipt(clinic, "undelivered", "30005")
    receipt(clinic, "sent")
    assert (invitation(clinic)["status"], invitation(clinic)["reason"]) == ("undelivered", "30005")


def test_21610_in_a_receipt_opts_out_in_the_same_write(clinic):
    receipt(clinic, "failed", "21610")
    assert opted_out(clinic, clinic.number("P-001"))
    clinic.at("2026-03-22T14:00:00Z")
    clinic.tick()
    assert len(clinic.texts("P-001")) == 1
    assert tasks(clinic) == ["call"]


def test_21610_in_an_error_opts_out(tmp_path):
    study = Study(tmp_path)
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.at(OPENS)
    study.sms.faults = [SmsRejected("21610")]
    study.tick()
    study.tick()
    assert opted_out(study, study.number("P-001"))
    assert (invitation(study)["status"], invitation(study)["reason"]) == ("failed", "opted_out")
    assert tasks(study) == ["call"]


@pytest.mark.parametrize("code, kind", [("21211", "wrong_number"), ("21614", "wrong_number"), ("30999", "undelivered")])
def test_a_refused_text_is_a_task(tmp_path, code, kind):
    study = Study(tmp_path)
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.at(OPENS)
    study.sms.faults = [SmsRejected(code)]
    study.tick()
    assert invitation(study)["status"] == "failed"
    assert kind in tasks(study)


def test_21610_about_a_nurse_opts_her_number_out_and_calls_the_next(clinic):
    clinic.saves(clinic.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    clinic.tick()
    (mine,) = messages.of_alert(clinic.db, clinic.alerts("P-001")[0]["id"])
    receipt(clinic, "failed", "21610", message=mine)
    assert opted_out(clinic, NINA)
    clinic.tick()
    assert len(clinic.sms.texts_to("+15550100012")) == 1
    assert sorted(alarms(clinic)) == ["on_call_opted_out", "text_failed"]


# ---- STOP, START, HELP


@pytest.mark.parametrize(
    "text, answers",
    [("STOP", 0), (" Stop. ", 0), ("停止", 1), ("ＢＡＪＡ", 1), ("Alto.", 1), ("STOP STOP STOP", 1)],
)
def test_stop_ends_texts_at_once(clinic, text, answers):
    writes(clinic, text)
    clinic.tick()
    assert opted_out(clinic, clinic.number("P-001"))
    assert len(clinic.texts("P-001")) == 1 + answers  # the provider answers those words that it knows
    for day in range(21, 30):
        clinic.at(f"2026-03-{day}T15:00:00Z")
        clinic.tick()
    assert len(clinic.texts("P-001")) == 1 + answers
    assert tasks(clinic) == ["call"]
    assert clinic.alerts("P-001") == []


def test_what_the_provider_says_a_text_was_goes_before_its_words(clinic):
    number = clinic.number("P-001")
    writes(clinic, "please", opt_out_type="STOP")
    assert opted_out(clinic, number)
    writes(clinic, "STOP", opt_out_type="START")
    assert not opted_out(clinic, number)
    writes(clinic, "STOP", opt_out_type="HELP")
    assert not opted_out(clinic, number)
    writes(clinic, "停止", opt_out_type="STOP")
    clinic.tick()
    assert opted_out(clinic, number)
    assert len(clinic.texts("P-001")) == 1  # the provider has answered each
    assert clinic.alerts("P-001") == [] and "plain_stop" not in tasks(clinic)


def test_a_text_queued_before_stop_does_not_go(clinic):
    clinic.at("2026-03-22T14:00:00Z")
    from_tick(clinic)
    writes(clinic, "STOP")
    clinic.tick()
    assert (clinic.messages("P-001")[0]["status"], clinic.messages("P-001")[0]["reason"]) == ("dropped", "opted_out")
    assert len(clinic.texts("P-001")) == 1


def test_start_lets_texts_go_on(clinic):
    writes(clinic, "STOP")
    writes(clinic, "START")
    assert not opted_out(clinic, clinic.number("P-001"))
    clinic.at("2026-03-22T14:00:00Z")
    clinic.tick()
    assert len(clinic.texts("P-001")) == 2


def test_an_opt_out_outlives_the_participant(clinic):
    number = clinic.number("P-001")
    writes(clinic, "STOP")
    with write(clinic.db):
        run(clinic.db, "delete from contact")
    clinic.enrol("P-002", status="performed", on="2026-02-20", mobile=number)
    clinic.tick()
    assert len(clinic.texts("P-002")) == 1  # the one before STOP
    assert "call" in tasks(clinic)


def test_by_default_the_provider_confirms_stop_and_answers_help(clinic):
    writes(clinic, "HELP")
    writes(clinic, "STOP")
    clinic.tick()
    assert len(clinic.texts("P-001")) == 1
    assert clinic.alerts("P-001") == []


def test_where_it_is_ours_stop_is_confirmed_exactly_once(tmp_path):
    study = invited(Study(tmp_path, study_text=OURS))
    study.at(NIGHT)
    for _ in range(3):
        writes(study, "STOP")
        study.tick()
    assert len(study.texts("P-001")) == 2
    assert "no more texts" in study.texts("P-001")[1]


def test_where_it_is_ours_help_is_answered_with_whom_to_call(tmp_path):
    study = invited(Study(tmp_path, study_text=OURS))
    for _ in range(2):
        writes(study, "HELP")
        study.tick()
    assert len(study.texts("P-001")) == 2
    assert study.study.clinic.phone in study.texts("P-001")[1]


@pytest.mark.parametrize("text", ["Ayuda", "幫助", "¿Información?"])
def test_a_word_for_help_that_the_provider_does_not_know_is_answered(clinic, text):
    for _ in range(2):
        writes(clinic, text)
        clinic.tick()
    assert len(clinic.texts("P-001")) == 2
    assert clinic.study.clinic.phone in clinic.texts("P-001")[1]
    assert clinic.alerts("P-001") == []


@pytest.mark.parametrize("text", ["救命", "Auxilio", "socorro", "help me"])
def test_a_cry_for_help_is_for_a_nurse(clinic, text):
    writes(clinic, text)
    assert [alert["class"] for alert in clinic.alerts("P-001")] == ["high"]


@pytest.mark.parametrize("text", ["Unstop.", "INICIO", "恢復"])
def test_start_is_known_in_three_languages(clinic, text):
    writes(clinic, "Alto")  # the provider does not know this one: it blocks nothing
    writes(clinic, text)
    assert not opted_out(clinic, clinic.number("P-001")) and tasks(clinic) == []


def test_a_number_that_joins_again_may_stop_again(clinic):
    for text in ("STOP", "START", "STOP"):
        writes(clinic, text)
    assert opted_out(clinic, clinic.number("P-001"))
    kept = rows(clinic.db, "select how, ended_how from opt_out order by rowid")
    assert [(row["how"], row["ended_how"]) for row in kept] == [("text", "text"), ("text", None)]


def test_a_nurse_who_texts_stop_is_opted_out_and_the_operator_is_told(clinic):
    for number in range(2):
        writes(clinic, "STOP", sender=NINA)
        assert opted_out(clinic, NINA)
        clinic.tick()
        assert alarms(clinic)[2 * number :] == ["on_call_opted_out"]
        writes(clinic, "START", sender=NINA)
        assert not opted_out(clinic, NINA)
        clinic.tick()
    assert alarms(clinic) == ["on_call_opted_out"] * 4  # each time that it was, and that it is over
    assert tasks(clinic) == []


def test_stop_of_a_stranger_is_kept_and_no_alarm(clinic):
    writes(clinic, "STOP", sender="+15550109999")
    assert opted_out(clinic, "+15550109999")
    assert alarms(clinic) == []


# ---- other texts


def test_an_unexpected_text_is_high_and_answered_once_at_any_hour(clinic):
    clinic.at(NIGHT)
    writes(clinic, "my arm is numb")
    clinic.tick()
    (alert,) = clinic.alerts("P-001")
    assert (alert["class"], alert["source"], alert["visit_id"]) == ("high", "text", None)
    answered = clinic.texts("P-001")[1]
    assert "we do not read replies" in answered
    assert "Monday to Friday, 8:00 am to 5:00 pm" in answered and "911" in answered and "{" not in answered


def test_further_texts_join_and_are_answered_again_only_after_12_hours(clinic):
    for moment, answers in (("15:00", 1), ("16:00", 1), ("23:59", 1)):
        clinic.at(f"2026-03-20T{moment}:00Z")
        writes(clinic, "hello")
        clinic.tick()
        assert len(clinic.texts("P-001")) == 1 + answers
    clinic.at("2026-03-21T03:00:00Z")
    writes(clinic, "hello again")
    clinic.tick()
    assert len(clinic.texts("P-001")) == 3
    (alert,) = clinic.alerts("P-001")
    kinds = [event["kind"] for event in alerts.events(clinic.db, alert["id"])]
    assert kinds.count("raised") == 1 and kinds.count("joined") == 3


def test_a_text_after_the_acknowledgement_calls_anew(clinic):
    clinic.at("2026-03-20T15:00:00Z")
    writes(clinic, "hello")
    clinic.tick()
    clinic.acknowledges(clinic.alerts("P-001")[0])
    writes(clinic, "I cannot breathe")
    clinic.tick()
    assert len(clinic.sms.texts_to(NINA)) == 2


def test_a_text_after_the_close_raises_a_second_alert(clinic):
    writes(clinic, "hello")
    clinic.acknowledges(clinic.alerts("P-001")[0])
    clinic.closes(clinic.alerts("P-001")[0])
    writes(clinic, "hello again")
    assert len(clinic.alerts("P-001")) == 2


def test_a_webhook_that_comes_twice_counts_once(clinic):
    for _ in range(2):
        writes(clinic, "hello", ref="SM-same")
    (alert,) = clinic.alerts("P-001")
    assert len(alerts.reasons(clinic.db, alert["id"])) == 1
    assert len(rows(clinic.db, "select * from inbound")) == 1


def test_a_text_from_a_shared_phone_is_an_alert_for_each_and_one_answer(clinic):
    clinic.enrol("P-002", status="performed", on="2026-02-20")
    with write(clinic.db):
        run(
            clinic.db,
            """update contact set (mobile_sealed, number_hash) =
            (select mobile_sealed, number_hash from contact where participant_id = :one) where participant_id = :two""",
            {"one": clinic.id("P-001"), "two": clinic.id("P-002")},
        )
    before = len(clinic.texts("P-001"))
    writes(clinic, "hello")
    send.deliver(clinic.db, clinic.means, "participant", clinic.now)
    assert [len(clinic.alerts(code)) for code in ("P-001", "P-002")] == [1, 1]
    assert len([text for text in clinic.texts("P-001")[before:] if "do not read replies" in text]) == 1
    writes(clinic, "STOP")
    stopped = rows(clinic.db, "select subject from audit where action = 'opted_out' order by subject")
    assert [row["subject"] for row in stopped] == sorted([clinic.id("P-001"), clinic.id("P-002")])


@pytest.mark.parametrize(
    "text", ["please stop texting me", "Ya no me manden mensajes", "請不要再傳了", "STOP\nAda", "sotp", "退出"]
)
def test_words_that_seem_to_mean_stop_are_a_task_for_a_person(clinic, text):
    writes(clinic, text)
    assert "plain_stop" in tasks(clinic)
    assert not opted_out(clinic, clinic.number("P-001"))
    assert len(clinic.alerts("P-001")) == 1


@pytest.mark.parametrize("sender", ["+15550109999", "12345", "Carrier", "not a number at all", ""])
def test_a_text_of_a_stranger_is_kept_and_one_task(clinic, sender):
    given = [Inbound(f"SM-{number}", sender, "who is this?", "") for number in range(3)]
    for text in given:
        receive.inbound(clinic.db, clinic.means, text, clinic.now)
    assert tasks(clinic) == ["unknown_number"]
    assert len(rows(clinic.db, "select * from inbound")) == 3
    clinic.tick()
    assert len(clinic.sms.sent) == 1


def test_an_alert_of_a_text_is_on_the_record_as_any_other(clinic):
    writes(clinic, "My back hurts")
    (alert,) = clinic.alerts("P-001")
    assert "alert_raised" in [row["action"] for row in audit.of_subject(clinic.db, alert["id"])]


def test_a_nurses_reply_is_a_task_and_no_alert(clinic):
    for text in ("On my way", "Called her"):
        writes(clinic, text, sender=NINA)
    assert tasks(clinic) == ["staff_reply"]
    assert clinic.alerts("P-001") == []
    clinic.tick()
    assert len(clinic.sms.sent) == 1


def test_a_text_from_a_number_that_a_nurse_shares_with_a_participant_is_heard(clinic):
    with write(clinic.db):
        hashes = clinic.means.keys.number_hashes(NINA)
        contacts.change(clinic.db, clinic.id("P-001"), number_hash=hashes[0])
    writes(clinic, "my chest hurts", sender=NINA)
    assert len(clinic.alerts("P-001")) == 1


def test_a_text_without_words_is_heard(clinic):
    writes(clinic, "")
    assert len(clinic.alerts("P-001")) == 1


def test_an_inbound_text_lies_sealed(clinic):
    writes(clinic, "my secret giraffe")
    tables = ("inbound", "audit_detail", "task", "alert_reason", "alert_event")
    whole = json.dumps([rows(clinic.db, f"select * from {table}") for table in tables])
    assert "giraffe" not in whole and clinic.number("P-001") not in whole
    (kept,) = rows(clinic.db, "select * from inbound")
    assert clinic.means.keys.open(kept["text_sealed"]) == "my secret giraffe"
    assert clinic.means.keys.open(kept["sender_sealed"]) == clinic.number("P-001")


def test_imported_people_are_never_alerted(clinic):
    with write(clinic.db):
        run(clinic.db, "update participant set imported = 1")
    writes(clinic, "hello")
    assert clinic.alerts("P-001") == []
    assert tasks(clinic) == ["unknown_number"]


def test_somebody_who_left_is_heard_and_not_texted(clinic):
    with write(clinic.db):
        at = {"now": OPENS, "source": "staff", "staff_id": None}
        participants.add_status(clinic.db, clinic.id("P-001"), "left_follow_up", **at)
    writes(clinic, "my arm is numb")
    clinic.tick()
    assert len(clinic.alerts("P-001")) == 1
    assert len(clinic.texts("P-001")) == 1


def test_somebody_who_stopped_texts_is_heard_and_gets_no_answer_but_to_help(clinic):
    leaving.wish(clinic.db, clinic.means, clinic.id("P-001"), "texts", clinic.now)
    writes(clinic, "my arm is numb")
    clinic.tick()
    assert len(clinic.alerts("P-001")) == 1 and len(clinic.texts("P-001")) == 1
    writes(clinic, "Ayuda")  # asks for an answer
    clinic.tick()
    assert len(clinic.texts("P-001")) == 2


def test_a_shared_phone_is_answered_while_one_of_them_wants_texts(clinic):
    clinic.enrol("P-002", status="performed", on="2026-02-20", mobile=clinic.number("P-001"), birth_year=1970)
    first, second = sorted((clinic.id("P-001"), clinic.id("P-002")))
    for day, wishes in (("22", first), ("23", second)):
        leaving.wish(clinic.db, clinic.means, wishes, "texts", clinic.now)
        clinic.at(f"2026-03-{day}T14:00:00Z")
        writes(clinic, "hello")
    answers = rows(clinic.db, "select participant_id, queued_at from message where kind = 'noreply'")
    assert answers == [{"participant_id": second, "queued_at": "2026-03-22T14:00:00Z"}]


# ---- nothing that names anybody is logged


def test_no_number_token_or_answer_is_logged_over_a_whole_story(tmp_path, caplog):
    caplog.set_level("DEBUG")
    study = invited(Study(tmp_path, PROM_OPERATOR=OPERATOR))
    visit = study.visit("P-001", "1m")
    token = study.token(visit)
    study.answers(visit, nrs=9, red_flags=["bleed"], comment="secret giraffe")
    study.sms.faults = [SmsRejected("21211"), SmsUnknown(), ValueError("secret giraffe +15550101000")]
    study.ticks(seconds=20, every="second")
    writes(study, "secret zebra")
    writes(study, "STOP", sender=NINA)
    receipt(study, "failed", "30003")
    with write(study.db):
        run(study.db, "update contact set mobile_sealed = 'another key'")
        run(study.db, "update visit set look_at = :now", {"now": OPENS})
    study.ticks(seconds=2, every="second")
    assert caplog.text
    for secret in (token, study.means.keys.token(visit["id"], 1, study.means.keys.newest), "giraffe", "zebra",
                   "+1555", "bleed", "Synthetic", "P-001", "/s/"):  # fmt: skip
        assert secret not in caplog.text


def test_texts_that_come_without_an_id_are_each_kept(clinic):
    for text in ("My arm hurts", "STOP"):
        given = Inbound("", clinic.number("P-001"), text, "")
        receive.inbound(clinic.db, clinic.means, given, clinic.now)
    kept = messages.inbound_of(clinic.db, clinic.id("P-001"))
    assert [clinic.means.keys.open(each["text_sealed"]) for each in kept] == ["My arm hurts", "STOP"]
    assert opted_out(clinic, clinic.number("P-001"))


def test_a_code_that_comes_after_the_text_arrived_is_no_reason_of_it(clinic):
    receipt(clinic, "delivered")
    receipt(clinic, "undelivered", "30003")
    assert (invitation(clinic)["status"], invitation(clinic)["reason"]) == ("delivered", None)
    assert tasks(clinic) == []
