"""What is decided about a text when it is claimed, from live facts; and the tasks that people finish."""

import pytest

from prom.actions import send, tasks
from prom.actions import tick as tick_actions
from prom.errors import Conflict, NotFound, Refusal, SmsUnavailable
from prom.store import audit, participants
from prom.store import tasks as task_rows
from prom.store.connect import rows, run, write
from tests.study import Study

OPENS = "2026-03-20T14:00:00Z"


def queued(study: Study, code: str = "P-001", **given) -> None:
    """An invitation queued and not yet sent."""
    study.enrol(code, status="performed", on="2026-02-20", **given)
    study.at(OPENS)
    tick_actions.tick(study.db, study.means, study.now)
    assert [message["status"] for message in study.messages(code)] == ["queued"]


def sends(study: Study) -> None:
    send.deliver(study.db, study.means, "participant", study.now)


def outcome(study: Study, code: str = "P-001") -> tuple:
    message = study.messages(code)[0]
    return message["status"], message["reason"]


def test_a_queued_text_goes_and_keeps_neither_number_nor_words(clinic):
    queued(clinic)
    sends(clinic)
    assert outcome(clinic) == ("sent", None)
    kept = str(rows(clinic.db, "select * from message"))
    (text,) = clinic.texts("P-001")
    for secret in (clinic.number("P-001"), text, clinic.token(clinic.visit("P-001", "1m"))):
        assert secret not in kept


def test_only_the_allow_list_is_texted(tmp_path):
    study = Study(tmp_path, PROM_SMS_ALLOW="+15550101001")
    queued(study)
    queued_too = study.enrol("P-002", status="performed", on="2026-02-20")
    study.tick()
    assert study.number("P-001") == "+15550101001"
    assert outcome(study) == ("sent", None)
    assert outcome(study, "P-002") == ("dropped", "not_allowed")
    assert queued_too == study.id("P-002") and study.texts("P-002") == []


@pytest.mark.parametrize("kind, reason", [("study", "no_study_consent"), ("texts", "no_texts_consent")])
def test_a_consent_taken_back_drops_what_was_queued(clinic, kind, reason):
    queued(clinic)
    with write(clinic.db):
        participants.add_consent(
            clinic.db, clinic.id("P-001"), kind, 0, OPENS, version="1", language="en", signed_on="2026-03-20",
            recorded_by=None,
        )  # fmt: skip
    sends(clinic)
    assert outcome(clinic) == ("dropped", reason)


@pytest.mark.parametrize(
    "kind, reason", [("stopped_texts", "texts_stopped"), ("left_follow_up", "left"), ("deceased", "left")]
)
def test_a_status_drops_what_was_queued(clinic, kind, reason):
    queued(clinic)
    clinic.becomes("P-001", kind)
    sends(clinic)
    assert outcome(clinic) == ("dropped", reason)
    assert clinic.texts("P-001") == []


def test_a_report_sent_meanwhile_drops_its_invitation(clinic):
    queued(clinic)
    clinic.answers(clinic.visit("P-001", "1m"))
    sends(clinic)
    assert outcome(clinic) == ("dropped", "submitted")


def test_a_mode_changed_meanwhile_drops_it(clinic):
    queued(clinic)
    with write(clinic.db):
        run(clinic.db, "update participant set contact_mode = 'phone'")
    sends(clinic)
    assert outcome(clinic) == ("dropped", "contact_mode")


def test_after_two_days_without_a_sender_nothing_old_goes(clinic):
    queued(clinic)
    clinic.at("2026-03-22T14:00:01Z")
    sends(clinic)
    assert outcome(clinic) == ("dropped", "stale")


def test_texting_hours_are_those_where_the_participant_lives(clinic):
    queued(clinic)
    clinic.at("2026-03-21T01:00:00Z")  # 21:00 in New York
    sends(clinic)
    assert outcome(clinic) == ("queued", "texting_hours")
    assert clinic.messages("P-001")[0]["due_at"] == "2026-03-21T13:00:00Z"
    clinic.at("2026-03-21T13:00:00Z")
    sends(clinic)
    assert outcome(clinic)[0] == "sent"


@pytest.mark.parametrize("earlier, what", [(0, "sent"), (1, "queued")])
def test_one_a_day(clinic, earlier, what):
    queued(clinic)
    spent(clinic, ["2026-03-19T14:00:01Z"] * earlier)
    sends(clinic)
    assert outcome(clinic)[0] == what


@pytest.mark.parametrize("earlier, what", [(2, "sent"), (3, "queued")])
def test_three_a_week(clinic, earlier, what):
    queued(clinic)
    spent(clinic, ["2026-03-14T14:00:00Z", "2026-03-16T14:00:00Z", "2026-03-18T14:00:00Z"][:earlier])
    sends(clinic)
    assert outcome(clinic)[0] == what


def spent(study: Study, moments: list[str]) -> None:
    """Invitations that went out at these moments, about another visit."""
    about = study.visit("P-001", "3m")["id"]
    with write(study.db):
        for number, at in enumerate(moments):
            run(
                study.db,
                """insert into message (id, lane, kind, step, about, recipient, participant_id, visit_id, text_key,
                language, study_version, status, attempts, queued_at, due_at, claimed_at, sent_at)
                values (:id, 'participant', 'reminder', :step, :about, :person, :person, :about, 'sms_remind', 'en',
                :version, 'sent', 1, :at, :at, :at, :at)""",
                {"id": f"spent-{number}", "step": 10 + number, "about": about, "person": study.id("P-001"),
                 "version": study.means.version, "at": at},
            )  # fmt: skip


def test_too_many_requests_back_off_as_long_as_asked_and_lose_nothing(clinic):
    queued(clinic)
    clinic.sms.faults = [SmsUnavailable("429", 90)]
    sends(clinic)
    assert outcome(clinic) == ("queued", "unavailable 429")
    clinic.at("2026-03-20T14:01:29Z")
    sends(clinic)
    assert clinic.texts("P-001") == []
    clinic.at("2026-03-20T14:01:30Z")
    sends(clinic)
    assert outcome(clinic) == ("sent", None)


def test_an_hour_without_the_provider_loses_no_invitation(clinic):
    queued(clinic)
    clinic.sms.faults = [SmsUnavailable()] * 12
    for minute in range(0, 60, 5):
        clinic.at(f"2026-03-20T14:{minute:02}:00Z")
        sends(clinic)
    clinic.sms.faults = []
    clinic.at("2026-03-20T15:10:00Z")
    sends(clinic)
    assert outcome(clinic) == ("sent", None)


# ---- tasks


def a_task(study: Study) -> str:
    study.enrol("P-009", status="performed", on="2026-02-20", contact_mode="phone")
    study.at(OPENS)
    study.tick()
    (task,) = study.open_tasks("call")
    return task["id"]


def finish(study: Study, task_id: str, outcome: str = "reached", note: str = "", sites=("main",)) -> None:
    tasks.finish(study.db, task_id, study.now, staff_id=study.staff["nina"], sites=sites, outcome=outcome, note=note)


def test_a_task_is_done_once_by_somebody_with_an_outcome(clinic):
    task_id = a_task(clinic)
    finish(clinic, task_id, note="Will answer tonight, he says")
    done = task_rows.by_id(clinic.db, task_id)
    assert (done["done_by"], done["outcome"]) == (clinic.staff["nina"], "reached")
    with pytest.raises(Conflict):
        finish(clinic, task_id)
    (recorded,) = audit.of_subject(clinic.db, task_id)
    assert "tonight" not in recorded["details"] and "call" in recorded["details"]


@pytest.mark.parametrize(
    "given, key", [({"outcome": "magic"}, "outcome_required"), ({"note": "x" * 1001}, "note_too_long")]
)
def test_a_task_is_not_done_by_halves(clinic, given, key):
    task_id = a_task(clinic)
    with pytest.raises(Refusal) as refusal:
        finish(clinic, task_id, **given)
    assert refusal.value.key == key
    assert task_rows.by_id(clinic.db, task_id)["done_at"] is None


def test_a_task_of_another_site_is_not_there(clinic):
    task_id = a_task(clinic)
    for wanted, sites in ((task_id, ("north",)), ("nothing", ("main",))):
        with pytest.raises(NotFound):
            finish(clinic, wanted, sites=sites)
