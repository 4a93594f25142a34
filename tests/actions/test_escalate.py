"""Who is told of an alert and when, until somebody has it; and what the operator is told."""

import re
import threading
from datetime import timedelta

import pytest

from prom.actions import alerts as alert_actions
from prom.actions import escalate, receipts, receive, send, staff, tick
from prom.errors import Refusal, SmsRejected, SmsUnavailable, SmsUnknown
from prom.rules import alert_life
from prom.rules.times import stamp
from prom.sms.gateway import Inbound, Receipt
from prom.store import alerts, contacts, health, messages
from prom.store import staff as staff_rows
from prom.store.connect import open_database, row, rows, run, write
from tests.study import PASSWORD, SHIPPED, FakeSms, Study

NINA, NOOR, LEDA, OPERATOR = "+15550100011", "+15550100012", "+15550100013", "+15550100099"
WHO = {NINA: "nina", NOOR: "noor", LEDA: "leda", OPERATOR: "operator"}
MORNING, NIGHT = "2026-03-20T15:00:00Z", "2026-03-20T07:00:00Z"  # Friday, 11:00 and 3:00 in New York
NO_NIGHT = SHIPPED.read_text(encoding="utf-8").replace("cover = true ", "cover = false ")


@pytest.fixture
def clinic(tmp_path):
    """The study, with an operator's mobile."""
    return Study(tmp_path, PROM_OPERATOR=OPERATOR)


def visit_at(study: Study, moment: str) -> dict:
    """The open 1-month visit of a participant at a moment."""
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.at(moment)
    study.tick()
    return study.visit("P-001", "1m")


def red_at(study: Study, moment: str) -> dict:
    """A red alert raised at a moment by the first screen alone."""
    study.saves(visit_at(study, moment), "red_flags", {"red_flags": ["chest"]})
    return study.alerts("P-001")[0]


def high_at(study: Study, moment: str) -> dict:
    """A High alert raised at a moment by a report."""
    study.answers(visit_at(study, moment), urgency="urgent")
    return study.alerts("P-001")[0]


def later(study: Study, **delta) -> None:
    """Tick and send once, after some time."""
    study.clock.set(study.now + timedelta(**delta))
    study.tick()


def told(study: Study) -> list[str]:
    """Who of staff got a text, in order; reminders to who has an alert, and the morning digest, left out."""
    found = [(to, text) for to, text, _ in study.sms.sent if to in WHO and not text.endswith("/care/today")]
    return [WHO[to] for to, text in found if "still waits for a call" not in text]


def staff_told(study: Study) -> list[str]:
    """Who of staff got a text, in order, the operator left out."""
    return [who for who in told(study) if who != "operator"]


def alarms(study: Study) -> list[str]:
    """What the operator was told of, in order of queueing."""
    found = rows(study.db, "select about, text_key from message where kind = 'alarm' order by rowid")
    over = {"operator_alarm": "", "operator_over": " over"}
    return [alarm["about"].split(":")[0] + over[alarm["text_key"]] for alarm in found]


def status_of(study: Study, person: str) -> list[tuple]:
    found = rows(
        study.db,
        "select status, reason from message where kind = 'alert' and staff_id = :id order by rowid",
        {"id": study.staff[person]},
    )
    return [(message["status"], message["reason"]) for message in found]


# ---- the ladder


def test_a_red_screen_texts_the_first_nurse_within_its_own_tick(clinic):
    alert = red_at(clinic, MORNING)
    queued = messages.of_alert(clinic.db, alert["id"])
    assert [(each["staff_id"], each["due_at"]) for each in queued] == [(clinic.staff["nina"], MORNING)]
    send.deliver(clinic.db, clinic.means, "staff", clinic.now)
    assert told(clinic) == ["nina"]


@pytest.mark.parametrize("moment", [MORNING, NIGHT])
def test_red_climbs_at_30_and_60_minutes_at_any_hour(clinic, moment):
    red_at(clinic, moment)
    later(clinic, minutes=29, seconds=59)
    assert told(clinic) == ["nina"]
    clinic.ticks(seconds=1)
    assert told(clinic) == ["nina", "noor"]
    later(clinic, minutes=29, seconds=59)
    assert told(clinic) == ["nina", "noor"]
    clinic.ticks(seconds=1)
    assert told(clinic) == ["nina", "noor", "leda"]
    later(clinic, minutes=14, seconds=59)
    assert told(clinic) == ["nina", "noor", "leda"]


def test_red_that_nobody_takes_goes_on_round_the_list_until_somebody_has_it(clinic):
    alert = red_at(clinic, MORNING)
    clinic.ticks(hours=1, minutes=59, every="minute")
    assert staff_told(clinic) == ["nina", "noor", "leda", "nina", "noor", "leda"]
    clinic.ticks(minutes=1, every="minute")
    assert staff_told(clinic)[6:] == ["nina"]
    clinic.acknowledges(alert)
    clinic.ticks(hours=1, every="minute")
    assert len(staff_told(clinic)) == 7


def test_repetitions_missed_while_the_system_was_away_are_one_text(clinic):
    red_at(clinic, MORNING)
    later(clinic, hours=1)
    later(clinic, hours=8)
    assert len(staff_told(clinic)) == 4


def test_high_is_not_repeated(clinic):
    high_at(clinic, MORNING)
    clinic.ticks_until("2026-03-27T15:00:00Z", every="day")
    assert staff_told(clinic) == ["nina", "noor", "leda"]


def test_the_operator_is_told_once_that_nobody_took_an_alert_and_once_that_somebody_did(clinic):
    alert = red_at(clinic, MORNING)
    clinic.ticks(minutes=89, every="minute")
    assert alarms(clinic) == []
    clinic.ticks(hours=3, every="minute")
    assert alarms(clinic) == ["nobody_took_it"]
    clinic.acknowledges(alert)
    clinic.ticks(hours=1, every="minute")
    assert alarms(clinic) == ["nobody_took_it", "nobody_took_it over"]


def test_red_at_night_without_cover_goes_to_the_lead(tmp_path):
    study = Study(tmp_path, study_text=NO_NIGHT)
    red_at(study, NIGHT)
    for _ in range(2):
        later(study, minutes=30)
    assert told(study) == ["leda", "leda", "leda"]
    later(study, minutes=15)
    assert told(study) == ["leda"] * 4


def test_red_by_day_without_night_cover_goes_to_the_nurses(tmp_path):
    study = Study(tmp_path, study_text=NO_NIGHT)
    red_at(study, MORNING)
    later(study, minutes=31)
    assert told(study) == ["nina", "noor"]


def test_high_texts_at_once_in_working_hours_and_climbs_in_working_hours(clinic):
    high_at(clinic, MORNING)
    clinic.tick()
    assert told(clinic) == ["nina"]
    clinic.at("2026-03-20T18:59:00Z")
    clinic.tick()
    assert told(clinic) == ["nina"]
    clinic.at("2026-03-20T19:00:00Z")
    clinic.tick()
    assert told(clinic) == ["nina", "noor"]
    clinic.at("2026-03-23T13:59:00Z")  # over the weekend: Friday 15:00 to 17:00, Monday 8:00 to 9:59
    clinic.tick()
    assert told(clinic) == ["nina", "noor"]
    clinic.at("2026-03-23T14:00:00Z")
    clinic.tick()
    assert told(clinic) == ["nina", "noor", "leda"]


def test_high_at_night_waits_for_opening(clinic):
    high_at(clinic, NIGHT)
    clinic.at("2026-03-20T11:59:00Z")
    clinic.tick()
    assert told(clinic) == []
    clinic.at("2026-03-20T12:00:00Z")
    clinic.tick()
    assert told(clinic) == ["nina"]


def test_routine_texts_nobody(clinic):
    clinic.answers(visit_at(clinic, MORNING), comment="All well")
    for moment in ("2026-03-20T21:00:00Z", "2026-03-23T15:00:00Z", "2026-03-30T15:00:00Z"):
        clinic.at(moment)
        clinic.tick()
    assert [alert["class"] for alert in clinic.alerts("P-001")] == ["routine"]
    assert told(clinic) == []


def test_who_has_the_alert_ends_the_ladder(clinic):
    alert = red_at(clinic, MORNING)
    clinic.tick()
    clinic.acknowledges(alert)
    for _ in range(3):
        later(clinic, hours=1)
    assert staff_told(clinic) == ["nina"]


def test_an_acknowledgement_before_the_text_left_drops_it(clinic):
    alert = red_at(clinic, MORNING)
    clinic.acknowledges(alert)
    clinic.tick()
    assert told(clinic) == []
    assert status_of(clinic, "nina") == [("dropped", "acknowledged")]
    assert alarms(clinic) == []


def test_a_closed_alert_is_silent(clinic):
    alert = red_at(clinic, MORNING)
    clinic.tick()
    clinic.acknowledges(alert)
    clinic.closes(alert)
    for _ in range(3):
        later(clinic, hours=1)
    assert told(clinic) == ["nina"]


def test_trying_to_call_does_not_stop_the_ladder(clinic):
    alert = red_at(clinic, MORNING)
    clinic.tick()
    alert_actions.act(clinic.db, alert["id"], "call_tried", clinic.now, staff_id=clinic.staff["nina"], sites=("main",))
    later(clinic, minutes=31)
    assert told(clinic) == ["nina", "noor"]


def test_a_new_call_after_an_acknowledgement_climbs_from_the_bottom(clinic):
    visit = visit_at(clinic, MORNING)
    clinic.saves(visit, "red_flags", {"red_flags": ["chest"]})
    clinic.tick()
    clinic.acknowledges(clinic.alerts("P-001")[0])
    later(clinic, minutes=40)
    clinic.saves(visit, "red_flags", {"red_flags": ["chest", "bleed"]})
    clinic.tick()
    assert told(clinic) == ["nina", "nina"]
    later(clinic, minutes=30)
    assert told(clinic) == ["nina", "nina", "noor"]


def test_two_tickers_at_once_text_each_rung_once(clinic):
    red_at(clinic, MORNING)
    clinic.clock.set(clinic.now.replace(hour=16, minute=1))
    faults = []

    def work():
        db = open_database(clinic.db.path)
        try:
            for _ in range(10):
                tick.tick(db, clinic.means, clinic.now)
                send.deliver(db, clinic.means, "staff", clinic.now)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(told(clinic)) == ["leda", "nina", "noor"]


# ---- who had it leaves


def leaves(study: Study, login: str) -> None:
    staff.deactivate(study.db, study.means, study.staff[login], study.now, by=study.staff["adam"])


def test_an_alert_whose_owner_leaves_calls_again_at_once_and_climbs_anew(clinic):
    alert = red_at(clinic, MORNING)
    clinic.tick()
    clinic.acknowledges(alert)
    later(clinic, minutes=59)
    leaves(clinic, "nina")
    assert [event["kind"] for event in alerts.events(clinic.db, alert["id"])][-2:] == ["owner_left", "notified"]
    clinic.tick()
    assert told(clinic) == ["nina", "noor"]
    later(clinic, minutes=30)
    assert told(clinic) == ["nina", "noor", "noor"]  # the last of who is left on call
    clinic.acknowledges(alert, "noor")
    clinic.closes(alert, "noor")


def test_an_alert_stays_with_its_owner_when_a_colleague_leaves(clinic):
    alert = red_at(clinic, MORNING)
    clinic.acknowledges(alert, "noor")
    leaves(clinic, "nina")
    later(clinic, hours=3)
    events = alerts.events(clinic.db, alert["id"])
    assert alert_life.taken(events)["staff_id"] == clinic.staff["noor"]
    assert "owner_left" not in {event["kind"] for event in events}


def test_a_closed_alert_does_not_call_when_its_owner_leaves(clinic):
    alert = red_at(clinic, MORNING)
    clinic.acknowledges(alert)
    clinic.closes(alert)
    leaves(clinic, "nina")
    assert [event["kind"] for event in alerts.events(clinic.db, alert["id"])][-1] == "closed"


def test_the_page_of_an_alert_tells_that_its_owner_left(clinic):
    alert = red_at(clinic, MORNING)
    clinic.acknowledges(alert)
    leaves(clinic, "nina")
    page = clinic.signed_in("noor").get(f"/care/alerts/{alert['id']}", base_url=clinic.means.base_url)
    assert "Called again: left the staff, Nina Example" in page.get_data(as_text=True)


# ---- who can be told


def change_staff(study: Study, login: str, **values) -> None:
    marks = ", ".join(f"{name} = :{name}" for name in values)
    with write(study.db):
        run(study.db, f"update staff set {marks} where login = :login", values | {"login": login})


def opt_out(study: Study, number: str, text: str = "STOP") -> None:
    receive.inbound(study.db, study.means, Inbound(f"SM-{number}-{text}", number, text, ""), study.now)


@pytest.mark.parametrize("how", ["opted out", "no mobile", "unreadable mobile", "gone"])
def test_a_nurse_who_cannot_be_told_is_passed_over(clinic, how):
    if how == "opted out":
        opt_out(clinic, NINA)
    elif how == "gone":
        staff.deactivate(clinic.db, clinic.means, clinic.staff["nina"], clinic.now, by=clinic.staff["adam"])
    else:
        change_staff(clinic, "nina", mobile_sealed=None if how == "no mobile" else "sealed with another key")
    red_at(clinic, MORNING)
    clinic.tick()
    assert [who for who in told(clinic) if who != "operator"] == ["noor"]


def test_a_nurse_who_leaves_or_opts_out_after_queueing_is_replaced_at_once(clinic):
    red_at(clinic, MORNING)
    staff.deactivate(clinic.db, clinic.means, clinic.staff["nina"], clinic.now, by=clinic.staff["adam"])
    clinic.tick()
    clinic.tick()
    assert [who for who in told(clinic) if who != "operator"] == ["noor"]
    assert status_of(clinic, "nina") == [("dropped", "not_active")]


def test_with_nobody_on_call_the_operator_is_told(clinic):
    with write(clinic.db):
        staff_rows.set_on_call(clinic.db, "main", [])
    alert = red_at(clinic, MORNING)
    clinic.tick()
    assert set(told(clinic)) == {"operator"}
    assert alert["closed_at"] is None
    staff.set_on_call(clinic.db, "main", [clinic.staff["noor"]], None, clinic.now, by=None)
    clinic.tick()
    assert told(clinic).count("noor") == 1


def test_an_empty_list_is_an_alarm_before_any_alert_and_its_end_another(clinic):
    with write(clinic.db):
        staff_rows.set_on_call(clinic.db, "main", [])
    for _ in range(3):
        clinic.tick()
    assert alarms(clinic) == ["nobody_on_call"]
    assert [(fault["step"], fault["subject"]) for fault in health.standing_faults(clinic.db)] == [
        ("nobody_on_call", "main")
    ]
    staff.set_on_call(clinic.db, "main", [clinic.staff["noor"]], None, clinic.now, by=None)
    for _ in range(3):
        clinic.tick()
    assert alarms(clinic) == ["nobody_on_call", "nobody_on_call over"]
    assert health.standing_faults(clinic.db) == []
    assert "(nobody on call)" in clinic.sms.texts_to(OPERATOR)[0]
    assert "well again" in clinic.sms.texts_to(OPERATOR)[1]


def test_a_lead_alone_is_told_of_all(tmp_path):
    study = Study(tmp_path)
    staff.set_on_call(study.db, "main", [], study.staff["leda"], study.now, by=None)
    red_at(study, MORNING)
    study.tick()
    assert told(study) == ["leda"]


# ---- texts that get lost


@pytest.mark.parametrize("code", ["21211", "99999", "21610"])
def test_a_refused_text_goes_to_the_next_at_once_and_is_an_alarm(clinic, code):
    red_at(clinic, MORNING)
    clinic.sms.faults = [SmsRejected(code)]
    clinic.tick()
    clinic.ticks(seconds=1, every="second")
    assert [who for who in told(clinic) if who != "operator"] == ["noor"]
    assert alarms(clinic)[0] == "text_failed"
    assert alarms(clinic)[1:] == ["on_call_opted_out"] * (code == "21610")


def test_a_text_that_came_back_undelivered_goes_to_the_next(clinic):
    alert = red_at(clinic, MORNING)
    clinic.tick()
    mine = messages.of_alert(clinic.db, alert["id"])[0]
    receipt = Receipt(mine["id"], mine["provider_id"], "undelivered", "30003", "")
    receipts.take(clinic.db, clinic.means, receipt, clinic.now)
    clinic.ticks(seconds=1, every="second")
    assert [who for who in told(clinic) if who != "operator"] == ["nina", "noor"]
    assert alarms(clinic) == ["text_failed"]


def test_a_text_not_known_to_be_accepted_in_15_seconds_counts_as_failed(clinic):
    red_at(clinic, MORNING)
    clinic.sms.faults = [SmsUnknown()]
    clinic.tick()
    clinic.ticks(seconds=14, every="second")
    assert told(clinic) == []
    clinic.ticks(seconds=1, every="second")
    assert [who for who in told(clinic) if who != "operator"] == ["noor"]
    assert alarms(clinic) == ["text_failed"]


def test_a_call_that_hangs_for_15_seconds_counts_as_failed(clinic):
    alert = red_at(clinic, MORNING)
    assert len(send.claim(clinic.db, clinic.means, "staff", 1, clinic.now)) == 1
    clinic.ticks(seconds=15, every="second")
    assert [who for who in told(clinic) if who != "operator"] == ["noor"]
    assert messages.of_alert(clinic.db, alert["id"])[0]["status"] == "sending"


def test_a_provider_that_is_away_for_15_seconds_counts_as_failed_however_often_it_is_tried(clinic):
    red_at(clinic, MORNING)
    clinic.sms.faults = [SmsUnavailable()] * 2  # at 0 and 5 seconds; the next try is due after 15
    clinic.tick()
    clinic.ticks(seconds=14, every="second")
    assert told(clinic) == []
    clinic.ticks(seconds=1, every="second")
    assert sorted(who for who in told(clinic) if who != "operator") == ["nina", "noor"]
    assert alarms(clinic) == ["text_failed"]


def test_a_short_absence_of_the_provider_is_no_alarm(clinic):
    red_at(clinic, MORNING)
    clinic.sms.faults = [SmsUnavailable("429", 3)]
    clinic.tick()
    clinic.ticks(seconds=20, every="second")
    assert told(clinic) == ["nina"]
    assert alarms(clinic) == []


class Away(FakeSms):
    """A provider that answers no call, until it is back."""

    def __init__(self, fault):
        super().__init__()
        self.fault = fault

    def send(self, to, text, ref):
        if self.fault:
            raise self.fault
        return super().send(to, text, ref)


@pytest.mark.parametrize(
    "fault", [SmsUnknown(), SmsRejected("99999"), SmsRejected("20003"), SmsRejected("21608"), SmsUnavailable("503")]
)
def test_after_an_outage_longer_than_the_ladder_red_and_alarms_leave(tmp_path, fault):
    study = Study(tmp_path, PROM_OPERATOR=OPERATOR, gateway=Away(fault))
    alert = red_at(study, MORNING)
    study.ticks(hours=2, minutes=5, every="minute")
    assert told(study) == []
    study.sms.fault = None
    study.ticks(minutes=16, every="minute")
    texts = [text for to, text, _ in study.sms.sent if WHO.get(to) in ("nina", "noor", "leda")]
    assert texts and all(alert["id"] in text for text in texts)
    due = [text for text in study.sms.texts_to(OPERATOR) if "well again" not in text]
    assert any("(text failed)" in text for text in due) and any("(nobody took it)" in text for text in due)
    assert len(study.sms.texts_to(OPERATOR)) == len(set(alarms(study)))  # each of them once
    study.acknowledges(alert)
    said = len(study.sms.sent)
    study.ticks(minutes=20, every="minute")
    assert {WHO[to] for to, _, _ in study.sms.sent[said:]} <= {"operator"}


def test_texts_that_wait_for_the_provider_do_not_heap_up(tmp_path):
    study = Study(tmp_path, PROM_OPERATOR=OPERATOR, gateway=Away(SmsRejected("20003")))
    red_at(study, MORNING)
    study.ticks(hours=2, every="minute")
    study.sms.fault = None
    study.ticks(minutes=2, every="minute")
    assert len(staff_told(study)) <= 10  # the ladder's three steps, each to all three on call, and one repetition


def test_an_alarm_whose_call_was_lost_goes_again(clinic):
    with write(clinic.db):
        staff_rows.set_on_call(clinic.db, "main", [])
    clinic.tick()  # the list is found empty after the texts of that second
    clinic.sms.sent.clear()
    with write(clinic.db):
        run(clinic.db, "update message set status = 'queued', attempts = 0")
    assert len(send.claim(clinic.db, clinic.means, "staff", 1, clinic.now)) == 1
    clinic.ticks(minutes=2, every="second")
    assert told(clinic) == ["operator"]


class RefusesNurses(FakeSms):
    """A provider that takes no text to a nurse."""

    def send(self, to, text, ref):
        if to in (NINA, NOOR, LEDA):
            raise SmsRejected("21211")
        return super().send(to, text, ref)


def test_when_every_text_fails_all_are_tried_and_the_operator_is_told(tmp_path):
    study = Study(tmp_path, PROM_OPERATOR=OPERATOR, gateway=RefusesNurses())
    red_at(study, MORNING)
    study.ticks(seconds=4, every="second")
    assert [status_of(study, who) for who in ("nina", "noor", "leda")] == [[("failed", "21211")]] * 3
    assert alarms(study) == ["text_failed", "nobody_could_be_told"]
    assert told(study) == ["operator"] * 2


def test_when_nobody_is_left_the_operator_is_told_so(tmp_path):
    study = Study(tmp_path, PROM_OPERATOR=OPERATOR, PROM_SMS_ALLOW=OPERATOR)
    red_at(study, MORNING)
    study.ticks(seconds=5, every="second")
    assert [status_of(study, who) for who in ("nina", "noor", "leda")] == [[("dropped", "not_allowed")]] * 3
    assert sorted(alarms(study)) == ["nobody_could_be_told", "text_failed"]
    assert told(study) == ["operator"] * 2


def test_two_tickers_replace_a_lost_text_once(clinic):
    alert = red_at(clinic, MORNING)
    clinic.sms.faults = [SmsRejected("21211")]
    send.deliver(clinic.db, clinic.means, "staff", clinic.now)
    lost = escalate.lost(clinic.db, clinic.study, clinic.now)
    for message in lost + lost:
        escalate.reroute(clinic.db, clinic.means, message, clinic.now)
    assert len(messages.of_alert(clinic.db, alert["id"])) == 2


def test_a_lost_text_about_an_alert_somebody_has_replaces_nobody(clinic):
    alert = red_at(clinic, MORNING)
    clinic.sms.faults = [SmsUnknown()]
    clinic.tick()
    clinic.acknowledges(alert, "noor")
    clinic.ticks(minutes=1, every="second")
    assert told(clinic) == []
    assert alarms(clinic) == []


# ---- what stands in them


def test_no_text_to_staff_or_operator_tells_of_health_or_names_anybody(clinic):
    visit = visit_at(clinic, MORNING)
    clinic.answers(visit, nrs=9, red_flags=["chest", "bleed"], comment="secret giraffe")
    clinic.sms.faults = [SmsRejected("21211")]
    clinic.ticks(seconds=2, every="second")
    later(clinic, minutes=30)
    later(clinic, minutes=30)
    texts = [text for to, text, _ in clinic.sms.sent if to in WHO]
    assert len(texts) >= 4
    alert = clinic.alerts("P-001")[0]
    for text in texts:
        words = text.replace(alert["id"], "").lower()
        for secret in (*clinic.study.texting.forbidden_words, "p-001", "synthetic", "chest", "bleed", "giraffe",
                       "alert:", "/s/", clinic.number("P-001")):  # fmt: skip
            assert secret.lower() not in words
        assert not re.search(r"\b9\b", words)
    assert any(f"/care/alerts/{alert['id']}" in text for text in texts)


# ---- faults


@pytest.mark.parametrize("step, told_of", [("judge", 2), ("escalate", 2), ("queue", 1)])
def test_each_fault_behind_which_somebody_may_need_help_is_told_of(clinic, step, told_of):
    def fail(_):
        raise ValueError

    for subject in ("one", "two", "two"):
        later(clinic, hours=1)
        tick.Round(clinic.db, clinic.means, clinic.now).each(step, lambda subject=subject: [subject], fail)
    assert alarms(clinic) == [step] * told_of
    tick.Round(clinic.db, clinic.means, clinic.now).each(step, lambda: ["one", "two"], lambda _: None)
    assert alarms(clinic)[told_of:] == [f"{step} over"] * told_of


@pytest.mark.parametrize("broken", ["visits.to_look_at", "participants.to_replan", "escalate.lost", "send.stuck"])
def test_a_step_that_cannot_look_stops_no_other(clinic, broken, monkeypatch, caplog):
    def fail(*_):
        raise ValueError("P-001")

    alert = red_at(clinic, MORNING)
    with monkeypatch.context() as patch:
        patch.setattr(f"prom.actions.tick.{broken}", fail)
        later(clinic, minutes=31)
        assert staff_told(clinic) == ["nina", "noor"]
        assert health.heartbeats(clinic.db)["tick"] == stamp(clinic.now)
        (fault,) = health.standing_faults(clinic.db)
        assert (fault["subject"], fault["what"]) == ("all", "ValueError")
        later(clinic, seconds=1)
    later(clinic, seconds=1)
    assert health.standing_faults(clinic.db) == []
    assert alarms(clinic) == [fault["step"], f"{fault['step']} over"]
    assert "P-001" not in caplog.text and not alert["closed_at"]


@pytest.mark.parametrize("broken", ["escalate.watch_untaken", "escalate.watch_rota", "queue.unconfirmed"])
def test_a_part_of_tidying_that_fails_stops_no_other(clinic, broken, monkeypatch):
    def fail(*_):
        raise ValueError

    forgotten = []
    monkeypatch.setattr("prom.actions.tick.phone.forget_before", lambda *_: forgotten.append(True))
    monkeypatch.setattr(f"prom.actions.tick.{broken}", fail)
    tick.tidy(clinic.db, clinic.means, clinic.now)
    assert len(health.standing_faults(clinic.db)) == 1
    assert forgotten == [True]


def test_one_row_that_cannot_be_read_stops_no_other(clinic, caplog):
    for code in ("P-001", "P-002", "P-003"):
        clinic.enrol(code, status="performed", on="2026-02-20")
    number = clinic.number("P-002")
    with write(clinic.db):
        run(
            clinic.db,
            "update contact set mobile_sealed = 'sealed with another key' where participant_id = :id",
            {"id": clinic.id("P-002")},
        )
    clinic.at("2026-03-20T14:00:00Z")
    clinic.ticks(seconds=3, every="second")
    assert len(clinic.texts("P-001")) == len(clinic.texts("P-003")) == 1
    faults = health.faults(clinic.db)
    assert {(fault["step"], fault["what"]) for fault in faults} == {("queue", "UnknownKey")}
    assert alarms(clinic) == ["queue"]
    assert len([line for line in caplog.records if line.name == "prom.tick"]) == 1
    assert number not in caplog.text and "P-002" not in caplog.text


def test_a_fault_ends_when_its_row_fares_well(clinic):
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    sealed = row(clinic.db, "select mobile_sealed as it from contact")["it"]
    with write(clinic.db):
        run(clinic.db, "update contact set mobile_sealed = 'sealed with another key'")
    clinic.at("2026-03-20T14:00:00Z")
    clinic.tick()
    assert told(clinic) == ["operator"] and len(clinic.sms.sent) == 1
    with write(clinic.db):
        run(clinic.db, "update contact set mobile_sealed = :sealed", {"sealed": sealed})
    clinic.ticks(minutes=10, every="minute")
    assert len(clinic.texts("P-001")) == 1
    assert [fault["ended_at"] is not None for fault in health.faults(clinic.db)] == [True] * len(
        health.faults(clinic.db)
    )
    assert alarms(clinic)[-1] == "queue over"


def test_a_wrong_account_leaves_all_due_and_is_one_alarm_until_it_is_mended(clinic):
    for code in ("P-001", "P-002"):
        clinic.enrol(code, status="performed", on="2026-02-20")
    clinic.at("2026-03-20T14:00:00Z")
    clinic.sms.faults = [SmsRejected("20003")] * 6
    later(clinic, minutes=2)
    invited = [clinic.messages(code)[0] for code in ("P-001", "P-002")]
    standing = {(each["status"], each["reason"]) for each in invited}
    assert standing == {("queued", "configuration 20003"), ("queued", None)}  # one was tried, the others wait
    assert alarms(clinic) == ["provider"]
    clinic.sms.faults = []
    later(clinic, minutes=15)
    assert {clinic.messages(code)[0]["status"] for code in ("P-001", "P-002")} == {"sent"}
    assert alarms(clinic) == ["provider", "provider over"]


def test_a_second_outage_is_a_second_alarm(clinic):
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    clinic.enrol("P-002", status="performed", on="2026-02-21")
    for moment in ("2026-03-20T14:00:00Z", "2026-03-21T14:00:00Z"):
        clinic.at(moment)
        clinic.sms.faults = [SmsRejected("20003")]
        clinic.ticks(minutes=3, every="minute")
    assert len(clinic.texts("P-001")) == len(clinic.texts("P-002")) == 1
    assert alarms(clinic) == ["provider", "provider over"] * 2


def changed_by(study: Study, do) -> set[str]:
    """The tables that differ after doing something."""
    names = [found["name"] for found in rows(study.db, "select name from sqlite_master where type = 'table'")]
    before = {name: rows(study.db, f"select * from {name}") for name in names}
    do()
    return {name for name in names if rows(study.db, f"select * from {name}") != before[name]}


def test_a_tick_with_nothing_due_writes_a_heartbeat_and_nothing_else(clinic):
    red_at(clinic, MORNING)
    clinic.enrol("P-002", status="performed", on="2026-03-20")
    clinic.ticks(minutes=1, every="second")
    assert changed_by(clinic, clinic.tick) == set()  # the same second: not even that
    assert changed_by(clinic, lambda: clinic.ticks(seconds=2, every="second")) == {"heartbeat"}


def test_calling_names_open_alerts_that_text_somebody(clinic):
    alert = red_at(clinic, MORNING)
    assert escalate.calling(clinic.db) == [alert["id"]]
    clinic.acknowledges(alert)
    assert escalate.calling(clinic.db) == []
    assert [event["kind"] for event in alerts.events(clinic.db, alert["id"])] == ["raised", "notified", "acknowledged"]


def test_nobody_is_on_call_who_could_not_open_an_alert(clinic):
    args = ("anna2", "Anna Example", ("analyst",), PASSWORD, clinic.now)
    analyst = staff.add_staff(clinic.db, clinic.means, *args, mobile="+15550100077")
    with pytest.raises(Refusal, match="staff_sees_no_alerts"):
        staff.set_on_call(clinic.db, "main", [analyst], None, clinic.now, by=None)


# ---- on call and opted out


def opts_out(study: Study, *numbers: str) -> None:
    with write(study.db):
        for number in numbers:
            contacts.opt_out(study.db, study.means.keys.number_hash(number), "text", stamp(study.now))


def test_an_opted_out_nurse_is_passed_over_and_the_operator_is_told_once(clinic):
    opts_out(clinic, NINA)
    clinic.ticks(minutes=10, every="minute")
    assert alarms(clinic) == ["on_call_opted_out"]
    red_at(clinic, MORNING)
    later(clinic, seconds=1)
    assert staff_told(clinic) == ["noor"]
    with write(clinic.db):
        contacts.opt_in(clinic.db, clinic.means.keys.number_hashes(NINA), "text", stamp(clinic.now))
    clinic.ticks(minutes=10, every="minute")
    assert alarms(clinic) == ["on_call_opted_out", "on_call_opted_out over"]


def test_each_who_opts_out_is_told_of_and_who_leaves_the_list_is_none_any_more(clinic):
    opts_out(clinic, NINA)
    later(clinic, minutes=1)
    opts_out(clinic, NOOR)
    later(clinic, minutes=1)
    assert alarms(clinic) == ["on_call_opted_out", "gap_ahead", "on_call_opted_out"]
    staff.set_on_call(clinic.db, "main", [clinic.staff["leda"]], None, clinic.now, by=None)
    later(clinic, minutes=1)
    assert alarms(clinic)[3:] == ["gap_ahead over", *["on_call_opted_out over"] * 2]
    assert health.standing_faults(clinic.db) == []


def test_a_provider_that_refuses_an_opted_out_nurse_takes_her_off_the_ladder(clinic):
    red_at(clinic, MORNING)
    clinic.sms.faults = [SmsRejected("21610")]
    clinic.ticks(seconds=3, every="second")
    assert staff_told(clinic) == ["noor"]
    assert "on_call_opted_out" in alarms(clinic)
    clinic.ticks(minutes=31, every="minute")
    assert "nina" not in staff_told(clinic)


def test_with_all_nurses_opted_out_the_lead_is_told(clinic):
    opts_out(clinic, NINA, NOOR)
    red_at(clinic, MORNING)
    later(clinic, seconds=1)
    assert staff_told(clinic) == ["leda"]
    assert "nobody_on_call" not in alarms(clinic)


def test_with_the_lead_opted_out_too_it_is_the_operators_alarm(clinic):
    opts_out(clinic, NINA, NOOR, LEDA)
    later(clinic, minutes=1)
    assert "nobody_on_call" in alarms(clinic)
    alert = red_at(clinic, MORNING)
    later(clinic, seconds=1)
    assert staff_told(clinic) == []
    assert health.standing(clinic.db, "nobody_on_call") == {"main"}
    about = rows(clinic.db, "select about from message where kind = 'alarm'")
    assert f"nobody_on_call:{alert['id']}" in [each["about"] for each in about]
