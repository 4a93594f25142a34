"""Gradings beside what was reported, signed and corrected; the investigator's 24 hours from alert to decision."""

import json
from dataclasses import replace

import pytest

from prom.actions import adverse_events as graded
from prom.actions import decisions, receive, sign, staff
from prom.actions.adverse_events import About, Hand
from prom.errors import Conflict, Forbidden, NotFound, Refusal, SmsRejected
from prom.rules.adverse_events import Grading, record, record_of_none
from prom.sms.gateway import Inbound
from prom.store import adverse_events, alerts, audit, health, reports
from prom.store.connect import IntegrityError, rows, run, write
from tests.study import PASSWORD, Study

LEDA, INES, OPERATOR = "+15550100013", "+15550100018", "+15550100099"
UNSURE = {"not_sure": True}
STAY = {"care_any": "hospital_stay", "care_on": "2026-03-30", "care_for": "zebra"}
FEVER = {
    "se_any": "yes", "se_list": ["fever"], "se_severity/fever": "strong", "se_interference/fever": "a_bit",
    "se_care/fever": "hospital_stay", "se_start/fever": UNSURE, "se_now/fever": "yes",
}  # fmt: skip


@pytest.fixture
def told(clinic):
    return stays(clinic)


def stays(clinic) -> Study:
    """P-001, a month after the injection, reports a hospital stay at 11:00 of a Friday; ten minutes go by."""
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    clinic.at("2026-04-03T15:00:00Z")
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "1m"), **STAY)
    clinic.acknowledges(clinic.alerts("P-001")[0])
    clinic.at("2026-04-03T15:10:00Z")
    return clinic


def about(clinic, item="care_any", **more) -> About:
    return About(clinic.id("P-001"), clinic.visit("P-001", "1m")["id"], item, **more)


def by_hand(clinic, **more) -> About:
    return About(clinic.id("P-001"), source="call", **more)


def hand(clinic, login="leda", password=PASSWORD) -> Hand:
    return Hand(clinic.staff[login], ("main",), password, "192.0.2.1")


def mild(clinic, **changed) -> Grading:
    whole = Grading(
        "Giraffe fever", None, None, 2, None, "possibly", clinic.procedure("P-001")["id"], False, (), "recovering",
        ("advice",), "Zebra note",
    )  # fmt: skip
    return replace(whole, **changed)


def grades(clinic, what=None, login="leda", password=PASSWORD, **changed) -> str:
    what = what or about(clinic)
    return graded.grade(
        clinic.db, clinic.means, what, mild(clinic, **changed), clinic.now, hand(clinic, login, password)
    )


def finds_none(clinic, what=None, login="leda", reason="A planned stay.") -> None:
    what = what or about(clinic)
    graded.find_none(clinic.db, clinic.means, what, reason, clinic.now, hand(clinic, login))


def event(clinic, event_id) -> dict:
    return adverse_events.by_id(clinic.db, event_id, ("main",))


def signatures(clinic, event_id) -> list[dict]:
    return sign.signed(clinic.db, record(event(clinic, event_id)))


def running(clinic) -> bool:
    return decisions.clock_of(clinic.db, clinic.means, clinic.alerts("P-001")[-1]["id"], clinic.now) is not None


# ---- graded


def test_a_grading_stands_signed_beside_what_was_reported(told):
    before = reports.response_of(told.db, told.visit("P-001", "1m")["id"])
    event_id = grades(told)
    found = event(told, event_id)
    assert (found["term"], found["ctcae"], found["sir"], found["serious"]) == ("Giraffe fever", 2, None, 0)
    assert (found["visit_id"], found["item"], found["source"]) == (before["visit_id"], "care_any", "report")
    (signature,) = signatures(told, event_id)
    assert signature["fits"] and signature["name"] == "Leda Example"
    assert signature["meaning"].startswith("I graded this adverse event from what the participant reported")
    assert reports.response_of(told.db, before["visit_id"]) == before


def test_a_nurse_who_may_grade_grades_and_others_do_not(told):
    assert event(told, grades(told, login="nina"))["graded_by"] == told.staff["nina"]
    for login in ("noor", "cora"):
        with pytest.raises(Forbidden):
            grades(told, by_hand(told), login=login)
        with pytest.raises(Forbidden):
            finds_none(told, login=login)


@pytest.mark.parametrize("password", ["", "wrong"])
def test_nothing_is_kept_without_the_password(told, password):
    with pytest.raises(Refusal) as refusal:
        grades(told, password=password)
    assert refusal.value.key == "wrong_password"
    assert adverse_events.of_participant(told.db, told.id("P-001")) == []


def test_a_grading_that_is_not_whole_costs_no_try_of_the_password(told):
    for _ in range(10):
        with pytest.raises(Refusal) as refusal:
            grades(told, password="wrong", ctcae=None)
        assert refusal.value.key == "grade_missing"
    grades(told)


def test_what_was_not_reported_cannot_be_graded_as_if_it_was(told):
    with pytest.raises(NotFound):
        grades(told, about(told, "se_list/fever"))
    told.enrol("P-002", status="performed", on="2026-03-02")
    with pytest.raises(NotFound):
        grades(told, replace(about(told), participant_id=told.id("P-002")))
    with pytest.raises(Refusal):
        grades(told, replace(by_hand(told), source="report"))


def test_another_site_sees_and_grades_nothing(told):
    event_id = grades(told, by_hand(told))
    theirs = replace(hand(told), sites=("elsewhere",))
    assert adverse_events.by_id(told.db, event_id, ("elsewhere",)) is None
    with pytest.raises(NotFound):
        graded.grade(told.db, told.means, about(told), mild(told), told.now, theirs)
    with pytest.raises(NotFound):
        graded.correct(told.db, told.means, event_id, mild(told), "x", told.now, theirs, seen=1)


def test_two_who_grade_the_same_make_one_and_the_second_is_told(told):
    grades(told, login="nina")
    with pytest.raises(Conflict) as conflict:
        grades(told)
    assert conflict.value.key == "adverse_event_graded"
    with pytest.raises(Conflict):
        finds_none(told)


def test_the_same_form_sent_twice_makes_one_event(told):
    what = by_hand(told, event_id="00112233aabbccdd")
    assert grades(told, what) == grades(told, what) == "00112233aabbccdd"
    assert len(adverse_events.versions(told.db, "00112233aabbccdd")) == 1
    assert len(signatures(told, "00112233aabbccdd")) == 1


def test_a_correction_is_a_signed_version_and_the_old_one_stays(told):
    event_id = grades(told, login="nina")
    changed = mild(told, ctcae=3)
    graded.correct(told.db, told.means, event_id, changed, "Seen at the ward.", told.now, hand(told), seen=1)
    second, first = adverse_events.versions(told.db, event_id)
    assert (first["ctcae"], second["ctcae"], second["reason"]) == (2, 3, "Seen at the ward.")
    assert all(sign.signed(told.db, record(each))[0]["fits"] for each in (first, second))
    with pytest.raises(Conflict) as conflict:
        graded.correct(told.db, told.means, event_id, mild(told), "Late.", told.now, hand(told), seen=1)
    assert conflict.value.key == "adverse_event_changed"
    with pytest.raises(Refusal):
        graded.correct(told.db, told.means, event_id, mild(told), " ", told.now, hand(told), seen=2)


@pytest.mark.parametrize(
    "table", ["adverse_event", "adverse_event_version", "no_adverse_event", "investigator_decision"]
)
def test_nothing_of_it_is_changed_or_deleted(told, table):
    grades(told)
    finds_none(told, by_hand(told, alert_id=told.alerts("P-001")[0]["id"]))
    column = "decided_by" if table in ("no_adverse_event", "investigator_decision") else "rowid"
    for statement in (f"update {table} set {column} = {column}", f"delete from {table}"):
        with pytest.raises(IntegrityError, match="append-only"), write(told.db):
            run(told.db, statement)


def test_a_version_changed_behind_its_signature_shows_as_not_signed(told):
    event_id = grades(told)
    with write(told.db):
        run(told.db, "drop trigger adverse_event_version_is_never_changed")
        run(told.db, "update adverse_event_version set ctcae = 1")
    assert [each["fits"] for each in signatures(told, event_id)] == [False]
    with pytest.raises(Conflict):  # nobody can agree with what nobody signed
        graded.agree(told.db, told.means, event_id, told.now, hand(told), seen=1)


def test_the_audit_knows_that_and_not_what(told):
    event_id = grades(told)
    finds_none(told, by_hand(told, alert_id=told.alerts("P-001")[0]["id"]), reason="Okapi reason")
    assert [row["action"] for row in audit.of_subject(told.db, event_id)] == ["signed", "adverse_event_graded"]
    whole = json.dumps(rows(told.db, "select action, details from audit join audit_detail using (seq)"))
    assert "no_adverse_event" in whole and "alert_decided" in whole
    for word in ("Giraffe", "Zebra", "zebra", "Okapi", "possibly", "recovering"):
        assert word not in whole


@pytest.mark.parametrize("takes", [
    "update staff set may_grade = 0 where id = :id",
    "update staff set password_hash = 'another' where id = :id",
])  # fmt: skip
def test_what_is_taken_away_while_the_password_is_looked_at_signs_nothing(told, monkeypatch, takes):
    looks = sign.signer

    def slowly(*given):
        found = looks(*given)
        with write(told.db):
            run(told.db, takes, {"id": told.staff["leda"]})
        return found

    monkeypatch.setattr(sign, "signer", slowly)
    for does in (grades, finds_none):
        with pytest.raises((Forbidden, Conflict, Refusal)):
            does(told)
    assert adverse_events.of_participant(told.db, told.id("P-001")) == [] and running(told)


def test_a_serious_grading_that_a_nurse_corrects_still_waits_for_an_investigator(clinic):
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    graded_at = clinic.now
    event_id = grades(clinic, by_hand(clinic), login="nina", serious=True, criteria=("important",))
    clinic.at("2026-03-03T15:00:00Z")
    graded.correct(clinic.db, clinic.means, event_id, mild(clinic), "Mild.", clinic.now, hand(clinic, "nina"), seen=1)
    assert decisions.clock_of(clinic.db, clinic.means, event_id, clinic.now).since == graded_at
    graded.agree(clinic.db, clinic.means, event_id, clinic.now, hand(clinic), seen=2)
    assert decisions.clock_of(clinic.db, clinic.means, event_id, clinic.now) is None


def test_what_was_decided_by_something_serious_runs_again_once_that_is_not_serious_and_another_is_not_judged(both):
    event_id = grades(both, about(both, "se_list/fever"), serious=True, criteria=("important",))
    assert not running(both)
    both.at("2026-04-03T17:00:00Z")
    graded.correct(both.db, both.means, event_id, mild(both), "Mild.", both.now, hand(both), seen=1)
    assert running(both)
    both.at("2026-04-03T18:00:00Z")
    finds_none(both)  # the stay
    assert not running(both)


def test_a_text_of_the_clock_that_was_overtaken_goes_once_it_is_so_again(told):
    told.at("2026-04-04T11:00:00Z")
    alert_id = told.alerts("P-001")[0]["id"]
    decisions.tell(told.db, told.means, alert_id, told.now)
    with write(told.db):
        run(told.db, "update message set status = 'dropped', reason = 'overtaken' where kind = 'decision'")
    told.ticks(minutes=2, every="minute")
    assert len(told_to(told)) == 1


def test_the_same_form_with_other_words_is_another_grading(told):
    made = "00112233445566aa"
    assert grades(told, about(told, event_id=made)) == made
    assert grades(told, about(told, event_id=made)) == made  # sent twice
    with pytest.raises(Conflict):
        grades(told, about(told, event_id=made), note="Another note")
    assert len(adverse_events.versions(told.db, made)) == 1


# ---- the clock


def told_to(clinic, number=LEDA) -> list[str]:
    return [text for text in clinic.sms.texts_to(number) if "decision" in text]


def test_a_hospital_stay_starts_the_clock_and_an_investigators_signature_ends_it(told):
    clock = decisions.clock_of(told.db, told.means, told.alerts("P-001")[0]["id"], told.now)
    assert clock.due.isoformat() == "2026-04-04T15:00:00+00:00"
    grades(told)
    assert not running(told)
    (decision,) = adverse_events.decisions(told.db, told.alerts("P-001")[0]["id"])
    assert (decision["decided_by_name"], decision["serious"]) == ("Leda Example", 0)
    told.ticks(hours=30)
    assert told_to(told) == []
    assert health.standing(told.db, decisions.OVERDUE) == set()


def test_other_reports_start_no_clock(clinic):
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    clinic.at("2026-04-03T15:00:00Z")
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "1m"), nrs=9, **FEVER | {"se_care/fever": "called"})
    assert clinic.alerts("P-001") and not running(clinic)
    clinic.ticks(hours=30)
    assert told_to(clinic) == []


def test_the_investigator_is_texted_before_the_end_and_at_it_and_no_more(told):
    told.ticks_until("2026-04-04T10:59:00Z", every="minute")
    assert told_to(told) == []
    told.ticks_until("2026-04-04T11:01:00Z", every="minute")  # 07:00 of a Saturday in New York
    assert len(told_to(told)) == 1
    told.ticks_until("2026-04-04T14:59:00Z")
    assert len(told_to(told)) == 1 and health.standing(told.db, decisions.OVERDUE) == set()
    told.ticks_until("2026-04-04T15:01:00Z", every="minute")
    assert len(told_to(told)) == 2
    assert health.standing(told.db, decisions.OVERDUE) == {told.alerts("P-001")[0]["id"]}
    told.ticks(days=3)
    assert len(told_to(told)) == 2
    text, alert_id = told_to(told)[0], told.alerts("P-001")[0]["id"]
    assert text.endswith(f"/care/alerts/{alert_id}")
    for word in ("hospital", "adverse", "serious", "P-001"):
        assert word not in text.lower()
    grades(told)
    assert health.standing(told.db, decisions.OVERDUE) == set()


def test_a_text_of_the_clock_that_is_lost_goes_to_another_investigator_and_to_the_operator(tmp_path):
    watched = stays(Study(tmp_path, PROM_OPERATOR=OPERATOR))
    roles = ("nurse", "investigator")
    staff.add_staff(
        watched.db, watched.means, "ines", "Ines Example", roles, PASSWORD, watched.now, mobile=INES, may_grade=True
    )
    watched.sms.faults = [SmsRejected("30005")]
    watched.ticks_until("2026-04-04T11:01:00Z", every="minute")
    assert (len(told_to(watched)), len(told_to(watched, INES))) == (0, 1)
    assert len(watched.sms.texts_to(OPERATOR)) == 1
    watched.ticks_until("2026-04-04T14:00:00Z")
    assert (len(told_to(watched)), len(told_to(watched, INES))) == (0, 1)


def test_where_no_other_investigator_can_be_told_the_operator_is_told_so_once(tmp_path):
    watched = stays(Study(tmp_path, PROM_OPERATOR=OPERATOR))
    watched.sms.faults = [SmsRejected("30005")]
    watched.ticks_until("2026-04-04T14:00:00Z", every="minute")
    assert told_to(watched) == []
    assert len(watched.sms.texts_to(OPERATOR)) == 2  # a text failed; nobody is there to decide
    watched.ticks_until("2026-04-04T15:01:00Z", every="minute")
    assert len(told_to(watched)) == 1  # the end of the clock is another text


def test_closing_the_alert_does_not_end_the_clock(told):
    told.closes(told.alerts("P-001")[0])
    assert running(told)
    told.ticks(hours=25)
    assert len(told_to(told)) == 2


def test_a_nurses_grading_leaves_the_clock_running_until_an_investigator_agrees(told):
    event_id = grades(told, login="nina")
    assert running(told)
    with pytest.raises(Forbidden):
        graded.agree(told.db, told.means, event_id, told.now, hand(told, "nina"), seen=1)
    graded.agree(told.db, told.means, event_id, told.now, hand(told), seen=1)
    assert not running(told)
    assert [each["name"] for each in signatures(told, event_id)] == ["Nina Example", "Leda Example"]
    assert "I agree" in signatures(told, event_id)[1]["meaning"]
    with pytest.raises(Conflict):
        graded.agree(told.db, told.means, event_id, told.now, hand(told), seen=1)


def test_no_adverse_event_is_a_signed_decision_with_its_reason(told):
    finds_none(told, login="nina")
    assert running(told)
    with pytest.raises(Refusal):
        finds_none(told, reason=" ")
    finds_none(told)
    assert not running(told)
    (decision,) = adverse_events.decisions(told.db, told.alerts("P-001")[0]["id"])
    assert (decision["serious"], decision["reason"]) == (None, "A planned stay.")
    for row in adverse_events.nones(told.db, told.id("P-001")):
        assert sign.signed(told.db, record_of_none(row))[0]["fits"]


def test_a_grading_of_something_else_ends_no_clock(told):
    grades(told, by_hand(told))
    assert running(told)
    grades(told, by_hand(told, alert_id=told.alerts("P-001")[0]["id"]))
    assert not running(told)


@pytest.fixture
def both(clinic):
    """P-001 reports a hospital stay, and one for a fever: perhaps one event, perhaps two."""
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    clinic.at("2026-04-03T15:00:00Z")
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "1m"), **STAY | FEVER)
    clinic.at("2026-04-03T15:10:00Z")
    return clinic


def test_one_of_two_found_serious_ends_the_clock(both):
    grades(both, about(both, "se_list/fever"), serious=True, criteria=("hospital_stay",))
    assert not running(both)


def test_one_of_two_found_harmless_does_not_end_it_until_the_other_is_signed_for(both):
    grades(both, about(both, "se_list/fever"))
    assert running(both)
    finds_none(both, reason="The same as the fever.")
    assert not running(both)


def test_what_a_nurse_signed_for_does_not_count_among_them(both):
    grades(both, about(both, "se_list/fever"), login="nina")
    finds_none(both)
    assert running(both)


def test_a_later_reason_starts_the_clock_anew(told):
    visit = told.visit("P-001", "1m")
    grades(told)
    told.at("2026-04-03T18:00:00Z")
    alert = told.alerts("P-001")[0]
    with write(told.db):
        alerts.add_reason(
            told.db, alert["id"], {}, "2026-04-03T18:00:00Z", rule="care", item="care_any", serious=1,
            rules_version="1", study_version=visit["study_version"], **{"class": "high"},
        )  # fmt: skip
    assert running(told)
    told.ticks_until("2026-04-04T18:01:00Z")
    assert len(told_to(told)) == 2
    event_id = adverse_events.of_report(told.db, visit["id"], "care_any")["id"]
    graded.correct(told.db, told.means, event_id, mild(told), "Once more.", told.now, hand(told), seen=1)
    assert not running(told)


def test_after_a_pause_only_the_last_text_goes(told):
    told.at("2026-04-05T15:00:00Z")
    told.tick()
    assert len(told_to(told)) == 1
    assert health.standing(told.db, decisions.OVERDUE)


def test_an_investigator_who_cannot_be_texted_is_an_alarm(tmp_path):
    study = watched(tmp_path)
    receive.inbound(study.db, study.means, Inbound("SM-STOP", LEDA, "STOP", "stop"), study.now)
    study.ticks(hours=25)
    assert told_to(study) == []
    assert any("nobody to decide" in text for text in study.sms.texts_to(OPERATOR))


def watched(tmp_path):
    study = Study(tmp_path, PROM_OPERATOR=OPERATOR)
    study.enrol("P-001", status="performed", on="2026-03-02")
    study.at("2026-04-03T15:00:00Z")
    study.tick()
    study.answers(study.visit("P-001", "1m"), **STAY)
    study.acknowledges(study.alerts("P-001")[0])
    return study


def test_a_decision_made_while_the_text_waits_keeps_it_from_going(told):
    told.at("2026-04-04T11:00:00Z")
    alert = adverse_events.undecided(told.db)[0]
    decisions.tell(told.db, told.means, alert["id"], told.now)
    grades(told)
    told.tick()
    assert told_to(told) == []
    found = rows(told.db, "select status, reason from message where kind = 'decision'")
    assert found == [{"status": "dropped", "reason": "overtaken"}]


# ---- what an investigator has not signed


SERIOUS = {"serious": True, "criteria": ("hospital_stay",)}


def clock_on(clinic, event_id):
    return decisions.clock_of(clinic.db, clinic.means, event_id, clinic.now)


def corrects(clinic, event_id, login="nina", **changed) -> None:
    seen = event(clinic, event_id)["version"]
    graded.correct(
        clinic.db, clinic.means, event_id, mild(clinic, **changed), "Seen again.", clinic.now, hand(clinic, login),
        seen=seen,
    )  # fmt: skip


def agrees(clinic, event_id) -> None:
    seen = event(clinic, event_id)["version"]
    graded.agree(clinic.db, clinic.means, event_id, clinic.now, hand(clinic), seen=seen)


def test_a_nurses_correction_of_what_an_investigator_signed_as_serious_starts_a_clock(told):
    event_id = grades(told, login="nina", **SERIOUS)
    agrees(told, event_id)
    assert decisions.due(told.db) == []
    told.at("2026-04-03T18:00:00Z")
    corrects(told, event_id)
    assert clock_on(told, event_id).due.isoformat() == "2026-04-04T18:00:00+00:00"
    told.at("2026-04-03T20:00:00Z")
    corrects(told, event_id, ctcae=1)  # a further correction does not put it off
    assert clock_on(told, event_id).due.isoformat() == "2026-04-04T18:00:00+00:00"
    told.ticks_until("2026-04-04T18:01:00Z")
    assert [text.endswith(f"/care/adverse-events/{event_id}") for text in told_to(told)] == [True, True]
    assert health.standing(told.db, decisions.OVERDUE) == {event_id}
    agrees(told, event_id)
    assert clock_on(told, event_id) is None and health.standing(told.db, decisions.OVERDUE) == set()
    told.at("2026-04-05T18:00:00Z")
    corrects(told, event_id, ctcae=2)  # not serious, as the investigator signed
    assert decisions.due(told.db) == []
    corrects(told, event_id, **SERIOUS)
    told.ticks(hours=25)
    assert len(told_to(told)) == 4


def test_a_grading_of_what_an_investigator_found_to_be_none_starts_a_clock(told):
    finds_none(told, by_hand(told, alert_id=told.alerts("P-001")[0]["id"]))
    assert not running(told)
    told.at("2026-04-03T18:00:00Z")
    event_id = grades(told, login="nina")
    assert clock_on(told, event_id).due.isoformat() == "2026-04-04T18:00:00+00:00"
    corrects(told, event_id, login="leda")
    assert decisions.due(told.db) == []


@pytest.mark.parametrize("reported", [True, False])
def test_a_nurse_who_grades_as_serious_starts_a_clock_without_an_alert(clinic, reported):
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    clinic.at("2026-04-03T15:00:00Z")
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "1m"), nrs=1, **FEVER | {"se_care/fever": "nothing"})
    event_id = grades(clinic, about(clinic, "se_list/fever") if reported else by_hand(clinic), login="nina")
    assert decisions.due(clinic.db) == []
    corrects(clinic, event_id, **SERIOUS)
    assert clock_on(clinic, event_id)
    clinic.ticks(hours=25)
    assert len(told_to(clinic)) == 2 and health.standing(clinic.db, decisions.OVERDUE) == {event_id}
    corrects(clinic, event_id, login="leda", **SERIOUS)
    assert decisions.due(clinic.db) == []


def test_an_investigators_own_grading_starts_no_clock(told):
    grades(told, **SERIOUS)
    grades(told, by_hand(told), **SERIOUS)
    assert decisions.due(told.db) == []


def test_a_grading_waits_with_the_clock_of_its_alert_and_alone_once_that_has_ended(both):
    alert_id = both.alerts("P-001")[0]["id"]
    fever = grades(both, about(both, "se_list/fever"), login="nina", **SERIOUS)
    assert [each["id"] for each in decisions.due(both.db)] == [alert_id]
    finds_none(both, by_hand(both, alert_id=alert_id))
    assert [each["id"] for each in decisions.due(both.db)] == [fever]


def test_a_clock_that_ran_on_a_grading_is_not_put_off_by_a_later_alert(clinic):
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    clinic.at("2026-04-03T15:00:00Z")
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "1m"), **FEVER | {"se_care/fever": "called"})
    event_id = grades(clinic, about(clinic, "se_list/fever"), login="nina", **SERIOUS)
    study_version = clinic.visit("P-001", "1m")["study_version"]
    with write(clinic.db):
        alerts.add_reason(
            clinic.db, clinic.alerts("P-001")[0]["id"], {}, "2026-04-04T10:00:00Z", rule="care", item="care_any",
            serious=1, rules_version="1", study_version=study_version, **{"class": "high"},
        )  # fmt: skip
    clinic.at("2026-04-04T10:10:00Z")
    assert clock_on(clinic, event_id).due.isoformat() == "2026-04-04T15:00:00+00:00"


def test_a_signature_while_the_text_about_a_grading_waits_keeps_it_from_going(told):
    event_id = grades(told, by_hand(told), login="nina", **SERIOUS)
    grades(told)
    told.at("2026-04-04T12:00:00Z")
    decisions.tell(told.db, told.means, event_id, told.now)
    agrees(told, event_id)
    told.tick()
    assert told_to(told) == []
