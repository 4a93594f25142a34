"""Alerts: raised by answers, joined and climbed by later ones, taken and closed by people alone."""

import json

import pytest

from prom.actions import alerts as alert_actions
from prom.actions import answer
from prom.errors import AlreadyAnswered, Conflict, LinkClosed, NotFound, Refusal
from prom.rules.alert_life import LONGEST_NOTE
from prom.rules.saving import Page
from prom.store import alerts, audit, messages, reports
from prom.store.connect import IntegrityError, add, one, rows, run, write
from tests.study import Study

OPENS, MORNING = "2026-03-20T14:00:00Z", "2026-03-20T15:00:00Z"


@pytest.fixture
def visit(clinic):
    """The open 1-month visit of P-001, on a working morning, whose baseline said 7."""
    clinic.enrol("P-001", on="2026-03-02", status="planned")
    clinic.answers(clinic.visit("P-001", "baseline"), nrs=7)
    clinic.at("2026-03-02T18:00:00Z")
    clinic.records("P-001", "performed", "2026-03-02", time="11:00")
    clinic.at("2026-04-02T14:30:00Z")
    clinic.tick()
    return clinic.visit("P-001", "1m")


def only(study: Study) -> dict:
    """The one alert of P-001."""
    (alert,) = study.alerts("P-001")
    return alert


def kinds(study: Study, alert: dict) -> list[str]:
    return [event["kind"] for event in alerts.events(study.db, alert["id"])]


def rules(study: Study, alert: dict) -> list[tuple]:
    return [(reason["rule"], reason["class"]) for reason in alerts.reasons(study.db, alert["id"])]


def act(study: Study, alert: dict, verb: str, login: str = "nina", **given) -> None:
    alert_actions.act(study.db, alert["id"], verb, study.now, staff_id=study.staff[login], sites=("main",), **given)


def texts_to_nurses(study: Study) -> int:
    return len([to for to, _, _ in study.sms.sent if to in ("+15550100011", "+15550100012", "+15550100013")])


def red(study: Study, visit: dict, *signs: str) -> None:
    study.saves(visit, "red_flags", {"red_flags": list(signs)})


# ---- raising


def test_a_red_screen_raises_at_once_though_the_survey_is_never_finished(clinic, visit):
    red(clinic, visit, "chest")
    alert = only(clinic)
    assert (alert["class"], alert["visit_id"], alert["closed_at"]) == ("red", visit["id"], None)
    assert rules(clinic, alert) == [("red_flag", "red")]
    assert kinds(clinic, alert) == ["raised", "notified"]


def test_a_reason_keeps_its_rule_its_values_and_its_study_version(clinic, visit):
    clinic.answers(visit, nrs=9)
    (reason,) = alerts.reasons(clinic.db, only(clinic)["id"])
    assert (reason["rule"], reason["item"], reason["class"]) == ("nrs_severe", "nrs_average", "high")
    assert reason["details"] == {"value": 9, "last": 7, "reference": 7}
    assert (reason["rules_version"], reason["study_version"]) == ("1", clinic.means.version)


def test_no_words_of_theirs_enter_a_reason(clinic, visit):
    clinic.answers(visit, comment="my secret giraffe", care_any="emergency_room", care_on="2026-03-30",
                   care_for="a zebra kicked me")  # fmt: skip
    details = json.dumps(rows(clinic.db, "select * from alert_reason"))
    assert {"care", "care_text", "free_text"} <= {rule for rule, _ in rules(clinic, only(clinic))}
    assert "giraffe" not in details and "zebra" not in details


def test_nrs_rules_wait_for_submit(clinic, visit):
    clinic.fills(visit, nrs=10)
    assert clinic.alerts("P-001") == []


@pytest.mark.parametrize(
    "nrs, expected",
    [
        (4, []),
        (6, []),  # better than the reference of 7, and not up from the last
        (7, [("nrs_no_better", "routine")]),
        (8, [("nrs_severe", "high")]),
        (10, [("nrs_severe", "high"), ("nrs_rise_high", "high")]),
    ],
)
def test_a_follow_up_is_held_against_reference_and_last(clinic, visit, nrs, expected):
    clinic.answers(visit, nrs=nrs)
    found = clinic.alerts("P-001")
    assert [reason for alert in found for reason in rules(clinic, alert)] == expected


def test_a_baseline_knows_no_thresholds_but_red_flags(clinic):
    clinic.enrol("P-002", on="2026-03-09")
    baseline = clinic.visit("P-002", "baseline")
    clinic.fills(baseline, nrs=10)
    assert clinic.alerts("P-002") == []
    clinic.saves(baseline, "red_flags", {"red_flags": ["limb"]})
    assert [alert["class"] for alert in clinic.alerts("P-002")] == ["red"]


def test_declining_the_first_screen_is_routine_and_texts_nobody(clinic, visit):
    clinic.saves(visit, "red_flags", {"red_flags": {"declined": True}})
    assert rules(clinic, only(clinic)) == [("red_declined", "routine")]
    clinic.tick()
    assert texts_to_nurses(clinic) == 0


def test_after_a_crossover_reference_and_last_are_those_of_the_new_procedure(clinic):
    clinic.enrol("P-001", on="2026-03-02", status="planned")
    clinic.answers(clinic.visit("P-001", "baseline"), nrs=9)
    clinic.at("2026-03-02T18:00:00Z")
    clinic.records("P-001", "performed", "2026-03-02", time="11:00")
    for moment, timepoint, nrs in (("2026-04-02T15:00:00Z", "1m", 5), ("2026-06-02T15:00:00Z", "3m", 6)):
        clinic.at(moment)
        clinic.tick()
        clinic.answers(clinic.visit("P-001", timepoint), nrs=nrs)
    clinic.adds("P-001", "embolization", "planned", on="2026-06-16")
    clinic.at("2026-06-16T18:00:00Z")
    clinic.records("P-001", "performed", "2026-06-16", kind="embolization", time="10:00")
    clinic.at("2026-07-16T15:00:00Z")
    clinic.tick()
    before = len(clinic.alerts("P-001"))
    clinic.answers(clinic.visit("P-001", "1m", "embolization"), nrs=6)
    alert = clinic.alerts("P-001")[0]
    assert len(clinic.alerts("P-001")) == before + 1
    (reason,) = alerts.reasons(clinic.db, alert["id"])
    assert (reason["rule"], reason["details"]) == ("nrs_no_better", {"value": 6, "last": 6, "reference": 6})


def test_without_a_reference_the_rules_that_need_one_stay_silent(clinic):
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    clinic.at(MORNING)
    clinic.answers(clinic.visit("P-001", "1m"), nrs=10)
    assert clinic.alerts("P-001") == []


# ---- joining, climbing, a second one


def test_later_reasons_of_the_report_join_the_open_alert_in_silence(clinic, visit):
    red(clinic, visit, "chest")
    clinic.tick()
    clinic.answers(visit, nrs=9, red_flags=["chest"])
    clinic.tick()
    alert = only(clinic)
    assert rules(clinic, alert) == [("red_flag", "red"), ("nrs_severe", "high")]
    assert kinds(clinic, alert) == ["raised", "notified", "joined"]
    assert texts_to_nurses(clinic) == 1


def test_a_rising_class_climbs_and_texts_anew(clinic, visit):
    clinic.saves(visit, "red_flags", {"red_flags": {"declined": True}})
    clinic.tick()
    red(clinic, visit, "faint")
    clinic.tick()
    alert = only(clinic)
    assert alert["class"] == "red"
    assert kinds(clinic, alert) == ["raised", "climbed", "notified"]
    assert texts_to_nurses(clinic) == 1


def test_a_reason_after_the_acknowledgement_texts_anew_and_asks_for_a_new_one(clinic, visit):
    red(clinic, visit, "chest")
    clinic.tick()
    clinic.acknowledges(only(clinic))
    clinic.answers(visit, nrs=9, red_flags=["chest"])
    clinic.tick()
    alert = only(clinic)
    assert kinds(clinic, alert) == ["raised", "notified", "acknowledged", "climbed", "notified"]
    assert texts_to_nurses(clinic) == 2
    with pytest.raises(Conflict):
        clinic.closes(alert)


def test_a_second_warning_sign_is_news_and_the_same_one_is_not(clinic, visit):
    red(clinic, visit, "chest")
    red(clinic, visit, "chest")
    assert len(rules(clinic, only(clinic))) == 1
    clinic.acknowledges(only(clinic))
    red(clinic, visit, "chest", "bleed")
    clinic.tick()
    assert len(rules(clinic, only(clinic))) == 2
    assert kinds(clinic, only(clinic))[-2:] == ["climbed", "notified"]


def test_changing_a_red_answer_back_lowers_nothing_and_the_change_stands(clinic, visit):
    red(clinic, visit, "chest")
    red(clinic, visit, "none")
    clinic.answers(visit, nrs=3)
    alert = only(clinic)
    assert (alert["class"], alert["closed_at"]) == ("red", None)
    saved = [json.loads(row["answers"])["red_flags"] for row in rows(
        clinic.db, "select answers from draft where visit_id = :id and step = 'red_flags' order by seq",
        {"id": visit["id"]})]  # fmt: skip
    assert saved == [["chest"], ["none"]]


def test_after_a_close_new_reasons_raise_a_second_alert_and_old_ones_none(clinic, visit):
    red(clinic, visit, "chest")
    first = only(clinic)
    clinic.acknowledges(first)
    clinic.closes(first)
    clinic.fills(visit, nrs=9, red_flags=["chest"])
    assert len(clinic.alerts("P-001")) == 1
    clinic.answers(visit, nrs=9, red_flags=["chest"])
    newest, oldest = sorted(clinic.alerts("P-001"), key=lambda alert: alert["id"] == first["id"])
    assert oldest["closed_at"] is not None
    assert rules(clinic, newest) == [("nrs_severe", "high")]


def minutes_later(study: Study, minutes: int = 1) -> None:
    study.ticks(minutes=minutes, every="minute")


@pytest.mark.parametrize("asked, rule", [("urgent", ("urgent", "high")), ("call", ("call_me", "routine"))])
def test_what_an_unsent_form_asks_for_is_judged_an_hour_after_it_was_left(clinic, visit, asked, rule):
    clinic.fills(visit, urgency=asked, call_when="mornings")
    minutes_later(clinic, 59)
    assert clinic.alerts("P-001") == []
    minutes_later(clinic, 2)
    assert rules(clinic, only(clinic)) == [rule]
    assert texts_to_nurses(clinic) == (1 if asked == "urgent" else 0)
    assert "mornings" not in str(audit.of_subject(clinic.db, only(clinic)["id"]))
    clinic.ticks(days=3)
    assert only(clinic)["closed_at"] is None


def test_that_it_can_wait_keeps_no_rule_from_firing(clinic, visit):
    stay = {"care_any": "hospital_stay", "care_on": "2026-03-20", "care_for": "A fall"}
    clinic.answers(visit, nrs=10, urgency="can_wait", red_flags=["chest"], **stay)
    assert only(clinic)["class"] == "red"
    assert {"red_flag", "care", "nrs_severe"} <= {rule for rule, _ in rules(clinic, only(clinic))}


@pytest.mark.parametrize("who", ["self", "helped", "proxy"])
def test_whoever_fills_it_in_the_alerts_are_the_same(clinic, visit, who):
    clinic.answers(visit, nrs=10, red_flags=["chest"], who=who)
    assert only(clinic)["class"] == "red"
    assert rules(clinic, only(clinic)) == [("red_flag", "red"), ("nrs_severe", "high"), ("nrs_rise_high", "high")]


def closed_for_chest(study: Study, visit: dict) -> None:
    """A red alert for pain in the chest, closed; a minute has passed."""
    red(study, visit, "chest")
    study.acknowledges(only(study))
    study.closes(only(study))
    minutes_later(study)


def test_a_warning_sign_taken_back_after_a_close_and_ticked_anew_raises_a_second(clinic, visit):
    closed_for_chest(clinic, visit)
    red(clinic, visit, "none")
    minutes_later(clinic)
    assert len(clinic.alerts("P-001")) == 1
    red(clinic, visit, "chest")
    minutes_later(clinic)
    assert [alert["closed_at"] is None for alert in clinic.alerts("P-001")] == [True, False]
    assert rules(clinic, clinic.alerts("P-001")[0]) == [("red_flag", "red")]
    red(clinic, visit, "chest")
    minutes_later(clinic, 70)  # the draft is judged again as it stands
    clinic.answers(visit, red_flags=["chest"])
    assert len(clinic.alerts("P-001")) == 2
    assert len(rules(clinic, clinic.alerts("P-001")[0])) == 1


def test_a_warning_sign_taken_back_before_the_close_and_ticked_anew_after_it_raises_a_second(clinic, visit):
    red(clinic, visit, "chest")
    clinic.acknowledges(only(clinic))
    red(clinic, visit, "none")
    clinic.closes(only(clinic))
    minutes_later(clinic)
    red(clinic, visit, "chest")
    assert len(clinic.alerts("P-001")) == 2


def test_unchanged_answers_after_a_close_raise_nothing_however_often_they_are_judged(clinic, visit):
    closed_for_chest(clinic, visit)
    red(clinic, visit, "chest")
    minutes_later(clinic, 70)
    clinic.saves(visit, "nrs_average", {"nrs_average": 3})
    minutes_later(clinic, 70)
    clinic.answers(visit, red_flags=["chest"])
    assert len(clinic.alerts("P-001")) == 1


def test_taken_back_only_when_too_late_a_known_warning_sign_is_no_news(clinic, visit):
    closed_for_chest(clinic, visit)
    clinic.at("2026-08-01T15:00:00Z")
    clinic.tick()
    with pytest.raises(LinkClosed):
        red(clinic, visit, "none")
    clinic.tick()
    assert len(clinic.alerts("P-001")) == 1


def test_three_calls_noted_from_one_page_left_open_are_three_calls(clinic, visit):
    red(clinic, visit, "chest")
    alert = only(clinic)
    clinic.acknowledges(alert)
    seen = alerts.events(clinic.db, alert["id"])[-1]["seq"]
    for whom in ("participant", "participant", "second_contact"):
        for _ in range(2):  # a double tap
            act(clinic, alert, "call_tried", seen=seen, called=whom)
        minutes_later(clinic, 5)
    assert kinds(clinic, alert).count("call_tried") == 3


def from_page(study: Study, visit: dict, sheet: str, *signs: str) -> None:
    """The first screen, sent from a page of that name."""
    given = (study.db, study.means, visit["id"], "red_flags", {"red_flags": list(signs)}, study.now)
    answer.save(*given, page=Page(None, sheet))


def test_a_warning_sign_said_again_after_the_close_raises_a_second(clinic, visit):
    from_page(clinic, visit, "monday", "chest")
    clinic.acknowledges(only(clinic))
    clinic.closes(only(clinic))
    clinic.at("2026-04-05T15:00:00Z")
    from_page(clinic, visit, "monday", "chest")  # the same page once more: a resend
    assert len(clinic.alerts("P-001")) == 1
    told = texts_to_nurses(clinic)
    from_page(clinic, visit, "thursday", "chest")
    clinic.tick()
    assert len(clinic.alerts("P-001")) == 2 and texts_to_nurses(clinic) > told
    clinic.answers(visit, red_flags=["chest"])
    minutes_later(clinic, 70)
    assert len(clinic.alerts("P-001")) == 2


def test_a_warning_sign_said_again_while_somebody_has_the_alert_calls_again(clinic, visit):
    from_page(clinic, visit, "morning", "chest")
    from_page(clinic, visit, "at once", "chest")  # nobody has it yet: they are being called
    assert "climbed" not in kinds(clinic, only(clinic))
    clinic.acknowledges(only(clinic))
    minutes_later(clinic, 300)
    told = texts_to_nurses(clinic)
    from_page(clinic, visit, "evening", "chest")
    clinic.tick()
    assert kinds(clinic, only(clinic)).count("climbed") == 1 and texts_to_nurses(clinic) > told
    from_page(clinic, visit, "evening", "chest")
    assert kinds(clinic, only(clinic)).count("climbed") == 1


def test_a_warning_sign_said_again_after_sending_raises_an_alert_each_time_that_one_was_closed(clinic, visit):
    clinic.answers(visit)
    for number, sheet in enumerate(("first", "second"), start=1):
        with pytest.raises(AlreadyAnswered):
            from_page(clinic, visit, sheet, "chest")
        assert len(clinic.alerts("P-001")) == number
        alert = alerts.open_of_visit(clinic.db, visit["id"])
        clinic.acknowledges(alert)
        clinic.closes(alert)
        minutes_later(clinic, 5)


def test_alerts_of_different_reports_are_never_merged(clinic, visit):
    clinic.answers(visit, nrs=9)
    clinic.at("2026-06-02T15:00:00Z")
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "3m"), nrs=9)
    found = clinic.alerts("P-001")
    assert len({alert["visit_id"] for alert in found}) == len(found) == 2


def test_nothing_but_a_person_closes_an_alert(clinic, visit):
    red(clinic, visit, "chest")
    for moment in ("2026-05-02T15:00:00Z", "2026-06-10T15:00:00Z", "2027-01-10T15:00:00Z"):
        clinic.at(moment)
        clinic.tick()
    assert only(clinic)["closed_at"] is None


def test_an_alert_survives_leaving_the_study(clinic, visit):
    red(clinic, visit, "chest")
    clinic.tick()
    leave(clinic, "left_follow_up")
    clinic.tick()
    assert only(clinic)["closed_at"] is None
    clinic.acknowledges(only(clinic))
    clinic.closes(only(clinic))


def leave(study: Study, kind: str) -> None:
    study.becomes("P-001", kind)


# ---- taking


def test_acknowledging_twice_is_no_error_for_the_one_who_has_it(clinic, visit):
    red(clinic, visit, "chest")
    clinic.acknowledges(only(clinic))
    clinic.acknowledges(only(clinic))
    assert kinds(clinic, only(clinic)).count("acknowledged") == 1
    with pytest.raises(Conflict) as conflict:
        clinic.acknowledges(only(clinic), "noor")
    assert conflict.value.key == "alert_taken"


@pytest.mark.parametrize("verb", ["contacted", "unreachable"])
def test_reaching_them_or_not_takes_the_alert(clinic, visit, verb):
    red(clinic, visit, "chest")
    act(clinic, only(clinic), verb, note="Rang twice")
    clinic.closes(only(clinic))
    assert only(clinic)["closed_at"] is not None


@pytest.mark.parametrize("verb", ["closed", "raised", "climbed", "notified", "resumed_texts", "nonsense"])
def test_what_has_rules_of_its_own_is_not_a_verb(clinic, visit, verb):
    red(clinic, visit, "chest")
    clinic.acknowledges(only(clinic))
    with pytest.raises(KeyError):
        act(clinic, only(clinic), verb)


@pytest.mark.parametrize("verb", alert_actions.VERBS)
def test_a_closed_alert_takes_nothing_more(clinic, visit, verb):
    red(clinic, visit, "chest")
    clinic.acknowledges(only(clinic))
    clinic.closes(only(clinic))
    with pytest.raises(Conflict):
        act(clinic, only(clinic), verb, "noor")


def test_an_alert_of_another_site_is_not_there(clinic, visit):
    red(clinic, visit, "chest")
    alert, nina = only(clinic), clinic.staff["nina"]
    for sites in ((), ("north",)):
        with pytest.raises(NotFound):
            alert_actions.act(clinic.db, alert["id"], "acknowledged", clinic.now, staff_id=nina, sites=sites)
        with pytest.raises(NotFound):
            alert_actions.resume_texts(clinic.db, alert["id"], clinic.now, staff_id=nina, sites=sites)
    with pytest.raises(NotFound):
        act(clinic, {"id": "nothing"}, "acknowledged")


def test_a_note_has_an_end(clinic, visit):
    red(clinic, visit, "chest")
    with pytest.raises(Refusal) as refusal:
        act(clinic, only(clinic), "contacted", note="x" * (LONGEST_NOTE + 1))
    assert refusal.value.key == "note_too_long"


def test_what_is_done_from_a_page_is_refused_once_something_came_in(clinic, visit):
    red(clinic, visit, "faint")
    alert = only(clinic)
    clinic.acknowledges(alert)
    seen = alerts.events(clinic.db, alert["id"])[-1]["seq"]
    act(clinic, alert, "call_tried", seen=seen)
    act(clinic, alert, "contacted", "noor", seen=seen + 1)
    for verb in ("call_tried", "contacted", "unreachable"):
        with pytest.raises(Conflict) as conflict:
            act(clinic, alert, verb, seen=seen)
        assert conflict.value.key == "alert_changed"
    with pytest.raises(Conflict) as conflict:
        alert_actions.close(
            clinic.db, clinic.means, alert["id"], clinic.now, staff_id=clinic.staff["nina"], sites=("main",),
            outcome="advice", note="Well.", texts="resume", seen=seen,
        )  # fmt: skip
    assert conflict.value.key == "alert_changed" and only(clinic)["closed_at"] is None


# ---- closing


@pytest.mark.parametrize(
    "given, key",
    [
        ({"outcome": ""}, "outcome_required"),
        ({"outcome": "magic"}, "outcome_unknown"),
        ({"note": "  "}, "note_required"),
        ({"texts": None}, "texts_required"),
        ({"texts": "perhaps"}, "texts_required"),
    ],
)
def test_a_red_alert_is_closed_with_outcome_note_and_a_choice_about_texts(clinic, visit, given, key):
    red(clinic, visit, "chest")
    clinic.acknowledges(only(clinic))
    with pytest.raises(Refusal) as refusal:
        clinic.closes(only(clinic), **given)
    assert refusal.value.key == key
    assert only(clinic)["closed_at"] is None


def test_a_high_alert_needs_no_choice_about_texts_and_keeps_none(clinic, visit):
    clinic.answers(visit, nrs=9)
    clinic.acknowledges(only(clinic))
    clinic.closes(only(clinic), texts="stay_stopped")
    assert alerts.events(clinic.db, only(clinic)["id"])[-1]["texts"] is None
    assert alerts.texts_waiting(clinic.db, clinic.id("P-001")) is False


def test_what_somebody_else_has_is_closed_when_they_know(clinic, visit):
    red(clinic, visit, "chest")
    clinic.acknowledges(only(clinic))
    given = {"staff_id": clinic.staff["noor"], "sites": ("main",), "outcome": "advice", "note": "x", "texts": "resume"}
    with pytest.raises(Refusal) as refusal:
        alert_actions.close(clinic.db, clinic.means, only(clinic)["id"], clinic.now, **given)
    assert (refusal.value.key, refusal.value.values) == ("alert_held", {"name": "Nina Example"})
    alert_actions.close(clinic.db, clinic.means, only(clinic)["id"], clinic.now, agreed=True, **given)
    assert only(clinic)["closed_at"] is not None


def test_nobody_closes_what_nobody_has_or_what_is_closed(clinic, visit):
    red(clinic, visit, "chest")
    with pytest.raises(Conflict) as conflict:
        clinic.closes(only(clinic))
    assert conflict.value.key == "alert_not_taken"
    clinic.acknowledges(only(clinic))
    clinic.closes(only(clinic))
    with pytest.raises(Conflict) as conflict:
        clinic.closes(only(clinic))
    assert conflict.value.key == "alert_closed"


def test_a_close_tells_who_when_how_and_why(clinic, visit):
    red(clinic, visit, "chest")
    clinic.acknowledges(only(clinic))
    clinic.closes(only(clinic), "noor", outcome="emergency_room", note="Took an ambulance", texts="resume")
    closed = alerts.events(clinic.db, only(clinic)["id"])[-1]
    assert (closed["staff_name"], closed["outcome"], closed["note"], closed["texts"]) == (
        "Noor Example", "emergency_room", "Took an ambulance", "resume",
    )  # fmt: skip
    (recorded,) = [row for row in audit.of_subject(clinic.db, only(clinic)["id"]) if row["action"] == "alert_closed"]
    assert json.loads(recorded["details"]) == {"outcome": "emergency_room", "texts": "resume"}


# ---- texts to the participant after red


def waits(study: Study) -> bool:
    return alerts.texts_waiting(study.db, study.id("P-001"))


def test_texts_wait_while_red_is_open_and_go_on_when_that_is_chosen(clinic, visit):
    assert waits(clinic) is False
    red(clinic, visit, "chest")
    assert waits(clinic) is True
    clinic.acknowledges(only(clinic))
    assert waits(clinic) is True
    clinic.closes(only(clinic), texts="resume")
    assert waits(clinic) is False


def test_stay_stopped_holds_until_somebody_lets_them_go_on(clinic, visit):
    red(clinic, visit, "chest")
    clinic.acknowledges(only(clinic))
    clinic.closes(only(clinic), texts="stay_stopped")
    assert waits(clinic) is True
    resume(clinic, only(clinic))
    assert waits(clinic) is False
    assert only(clinic)["closed_at"] is not None


def test_texts_may_go_on_before_the_close_until_red_calls_again(clinic, visit):
    red(clinic, visit, "chest")
    with pytest.raises(Conflict):
        resume(clinic, only(clinic))
    clinic.acknowledges(only(clinic))
    resume(clinic, only(clinic))
    assert waits(clinic) is False
    red(clinic, visit, "chest", "faint")
    assert waits(clinic) is True


def resume(study: Study, alert: dict) -> None:
    alert_actions.resume_texts(study.db, alert["id"], study.now, staff_id=study.staff["nina"], sites=("main",))


def test_reminders_wait_after_red_and_the_call_comes_on_its_day(clinic):
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    clinic.at(OPENS)
    clinic.tick()
    assert len(clinic.texts("P-001")) == 1
    red(clinic, clinic.visit("P-001", "1m"), "chest")
    for moment in ("2026-03-22T14:00:00Z", "2026-03-25T14:00:00Z"):
        clinic.at(moment)
        clinic.tick()
    assert len(clinic.texts("P-001")) == 1 and clinic.open_tasks() == []
    clinic.at("2026-03-28T14:00:00Z")
    clinic.tick()
    assert [task["kind"] for task in clinic.open_tasks()] == ["call"]
    clinic.acknowledges(only(clinic))
    clinic.closes(only(clinic), texts="resume")
    for _ in range(3):
        clinic.at("2026-03-28T15:00:00Z")
        clinic.tick()
    assert len(clinic.texts("P-001")) == 2


def test_an_invitation_queued_before_red_waits_too(clinic):
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    clinic.at("2026-03-20T13:00:00Z")
    red(clinic, clinic.visit("P-001", "1m"), "chest")
    with write(clinic.db):
        messages.queue(
            clinic.db, lane="participant", kind="invitation", step=0, about=clinic.visit("P-001", "1m")["id"],
            recipient=clinic.id("P-001"), participant_id=clinic.id("P-001"),
            visit_id=clinic.visit("P-001", "1m")["id"], text_key="sms_invite", language="en",
            study_version=clinic.means.version, queued_at=OPENS, due_at=OPENS,
        )  # fmt: skip
    clinic.at(OPENS)
    clinic.tick()
    clinic.tick()
    (invitation,) = clinic.messages("P-001")
    assert (invitation["status"], invitation["reason"]) == ("queued", "red_alert")
    assert clinic.texts("P-001") == []


# ---- reading


def unread(study: Study) -> list[str]:
    return [report["id"] for report in alerts.unread(study.db, study.now.strftime("%Y-%m-%dT%H:%M:%SZ"))]


def test_every_report_is_read_by_somebody_once(clinic, visit):
    clinic.answers(visit, nrs=3)
    assert visit["id"] in unread(clinic)
    for _ in range(2):
        clinic.reads(visit)
    assert visit["id"] not in unread(clinic)
    assert [row["action"] for row in audit.of_subject(clinic.db, visit["id"])].count("report_read") == 1


def test_a_screen_that_came_after_the_reading_is_read_again(clinic, visit):
    clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
    clinic.at("2026-06-20T15:00:00Z")
    clinic.tick()
    assert visit["id"] in unread(clinic)
    clinic.reads(visit)
    assert visit["id"] not in unread(clinic)
    clinic.at("2026-06-21T15:00:00Z")
    with pytest.raises(LinkClosed):
        clinic.saves(visit, "nrs_average", {"nrs_average": 5})
    assert visit["id"] in unread(clinic)
    clinic.at("2026-06-22T15:00:00Z")
    clinic.reads(visit, "noor")
    assert visit["id"] not in unread(clinic)


def test_what_comes_in_while_a_report_is_looked_at_is_still_to_be_read(clinic, visit):
    clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
    clinic.at("2026-06-20T15:00:00Z")
    seen = reports.screens(clinic.db, visit["id"])[-1]["seq"]
    with pytest.raises(LinkClosed):
        clinic.saves(visit, "nrs_average", {"nrs_average": 5})  # in the very second of the reading
    alert_actions.read(clinic.db, visit["id"], seen, clinic.now, staff_id=clinic.staff["nina"])
    assert visit["id"] in unread(clinic)
    clinic.reads(visit)
    assert visit["id"] not in unread(clinic)


def test_what_happened_with_an_alert_is_never_changed(clinic, visit):
    red(clinic, visit, "chest")
    for statement in ("update alert_event set kind = 'joined'", "delete from alert_event"):
        with pytest.raises(IntegrityError, match="append-only"), write(clinic.db):
            run(clinic.db, statement)


def test_one_open_alert_for_a_report_is_held_by_the_schema(clinic, visit):
    red(clinic, visit, "chest")
    with pytest.raises(IntegrityError), write(clinic.db):
        add(clinic.db, "alert", **(one(clinic.db, "select * from alert") | {"id": "another"}))
