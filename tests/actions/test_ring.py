"""A test of the night phone: who is texted, how it is answered, what happens when it is not."""

import pytest

from prom.actions import receive, ring, rota, staff
from prom.errors import Conflict, SmsRejected
from prom.rules.times import instant
from prom.sms.gateway import Inbound
from prom.store import rota as rota_rows
from prom.store.connect import rows
from tests.actions.test_by_text import ONE_WAY
from tests.actions.test_rota import LEDA, NINA, NO_NIGHT, NOOR, OPERATOR, alarms, told
from tests.study import Study
from tests.web.browsing import staff_at


@pytest.fixture
def clinic(tmp_path):
    """The study, with an operator's mobile, on a Monday at 10:00."""
    return Study(tmp_path, PROM_OPERATOR=OPERATOR)


def rings(study: Study, *, tonight=False) -> str:
    found = ring.ask(study.db, study.means, "main", study.now, tonight=tonight, by=study.staff["cora"])
    study.tick()
    return found


def row(study: Study, ring_id: str) -> dict:
    return rota_rows.ring(study.db, ring_id)


def test_the_text_says_that_nobody_is_ill_and_its_code_answers_it(clinic):
    ring_id = rings(clinic)
    (text,) = clinic.sms.texts_to(NINA)
    assert text.startswith("Example Clinic: test of the night phone, nobody is ill. Open https://prom.example.org/care/")
    clinic.ticks(minutes=4, every="minute")
    receive.inbound(clinic.db, clinic.means, Inbound("SM1", NINA, text.split()[-1].lower(), ""), clinic.now)
    found = row(clinic, ring_id)
    assert (found["answered_by"], found["answered_how"]) == (clinic.staff["nina"], "text")
    clinic.ticks(hours=2, every="minute")
    assert told(clinic) == ["nina"] and alarms(clinic) == []
    assert clinic.open_tasks() == []
    assert "Nina Example, by text, after 4 min" in staff_at(clinic, "nina").opens("/care/rota")


def test_it_is_answered_by_a_tap_behind_the_log_in_and_not_by_looking(clinic):
    ring_id = rings(clinic)
    nina = staff_at(clinic, "nina")
    page = nina.opens(f"/care/ring/{ring_id}")
    assert "The text has reached me" in page and not row(clinic, ring_id)["answered_at"]
    nina.sends(f"/care/ring/{ring_id}")
    assert row(clinic, ring_id)["answered_how"] == "page"
    assert "Answered by Nina Example" in nina.opens(f"/care/ring/{ring_id}")
    nina.opens("/care/ring/none", 404)


def test_only_who_got_the_text_answers_it(clinic):
    ring_id = rings(clinic)
    noor = staff_at(clinic, "noor")
    assert "The text has reached me" not in noor.opens(f"/care/ring/{ring_id}")
    noor.opens("/care/rota")
    noor.sends(f"/care/ring/{ring_id}", 409)
    code = clinic.sms.texts_to(NINA)[0].split()[-1]
    receive.inbound(clinic.db, clinic.means, Inbound("SM1", NOOR, code, ""), clinic.now)
    assert not row(clinic, ring_id)["answered_at"]


def test_tonights_test_goes_to_who_is_on_call_when_the_night_begins(clinic):
    night = instant("2026-03-02T22:00:00Z"), instant("2026-03-03T13:00:00Z")
    rota.put_in(clinic.db, "main", 1, clinic.staff["noor"], *night, clinic.now, by=None)
    rings(clinic, tonight=True)
    assert told(clinic) == ["noor"]


def test_without_night_cover_tonights_test_goes_to_the_lead(tmp_path):
    study = Study(tmp_path, study_text=NO_NIGHT)
    rings(study, tonight=True)
    assert told(study) == ["leda"]


def test_unanswered_it_goes_to_the_next_person_once_and_the_operator_is_told(clinic):
    ring_id = rings(clinic)
    clinic.ticks(minutes=29, every="minute")
    assert told(clinic) == ["nina"] and alarms(clinic) == []
    clinic.ticks(hours=3, every="minute")
    assert told(clinic) == ["nina", "noor"]
    assert alarms(clinic) == ["rehearsal_unanswered"]
    page = staff_at(clinic, "nina").opens("/care/rota")
    assert "Nobody answered the test of the night phone in time." in page
    assert "Nina Example, then Noor Example" in page and "not answered" in page
    code = clinic.sms.texts_to(NOOR)[0].split()[-1]
    receive.inbound(clinic.db, clinic.means, Inbound("SM1", NOOR, code, ""), clinic.now)
    clinic.tick()
    assert row(clinic, ring_id)["answered_by"] == clinic.staff["noor"]
    assert alarms(clinic) == ["rehearsal_unanswered", "rehearsal_unanswered over"]


def test_long_unanswered_it_goes_to_nobody_who_comes_on_call_later(clinic):
    people = clinic.staff
    staff.set_on_call(clinic.db, "main", [people["nina"]], None, clinic.now, by=people["adam"])
    rings(clinic)
    clinic.ticks(hours=3, every="minute")
    everybody = [people["nina"], people["noor"]]
    staff.set_on_call(clinic.db, "main", everybody, people["leda"], clinic.now, by=people["adam"])
    clinic.ticks(hours=3, every="minute")
    assert told(clinic) == ["nina"]


def test_a_later_test_that_is_answered_ends_the_fault_of_an_earlier_one(clinic):
    rings(clinic)
    clinic.ticks(hours=1, every="minute")
    ring_id = rings(clinic)
    assert alarms(clinic) == ["rehearsal_unanswered"]
    who = {"staff_id": clinic.staff["nina"], "site_id": "main"}
    assert ring.answer(clinic.db, ring_id, clinic.now, **who, how="page")
    assert not ring.answer(clinic.db, ring_id, clinic.now, **who, how="page")
    clinic.tick()
    assert alarms(clinic) == ["rehearsal_unanswered", "rehearsal_unanswered over"]


def test_a_text_that_fails_goes_to_the_next_person_at_once(clinic):
    clinic.sms.faults = [SmsRejected("30005")]
    rings(clinic)
    clinic.ticks(seconds=2, every="second")
    assert told(clinic) == ["noor"]


def test_one_test_at_a_time_and_none_where_nobody_can_be_told(clinic):
    rings(clinic)
    with pytest.raises(Conflict) as refused:
        rings(clinic)
    assert refused.value.key == "ring_stands"
    clinic.ticks(minutes=31, every="minute")
    rings(clinic)
    from_at, until_at = clinic.now, instant("2026-03-04T00:00:00Z")
    for login in ("nina", "noor", "leda"):
        me = {"id": clinic.staff[login], "site_id": "main", "roles": ()}
        rota.mark_away(clinic.db, clinic.staff[login], from_at, until_at, clinic.now, by=me)
    clinic.ticks(minutes=31, every="minute")
    with pytest.raises(Conflict) as refused:
        rings(clinic)
    assert refused.value.key == "ring_nobody"


def test_it_is_no_alert_and_the_rota_says_when_none_was_answered_for_long(clinic):
    said = "No test of a night was answered in the last 30 days."
    nina = staff_at(clinic, "nina")
    assert said in nina.opens("/care/rota")
    ring_id = rings(clinic, tonight=True)
    ring.answer(clinic.db, ring_id, clinic.now, staff_id=clinic.staff["nina"], site_id="main", how="page")
    assert said not in nina.opens("/care/rota")
    assert rows(clinic.db, "select * from alert") == []
    clinic.at("2026-04-02T15:00:00Z")
    assert said in staff_at(clinic, "nina").opens("/care/rota")


def test_where_texts_go_one_way_no_code_is_asked_for(tmp_path):
    study = Study(tmp_path, study_text=ONE_WAY)
    rings(study)
    assert "text back" not in study.sms.texts_to(NINA)[0]
    assert study.sms.texts_to(LEDA) == []


def test_a_test_answered_by_day_says_nothing_of_the_night(clinic):
    """Tonight it is Noor who is called: Nina's answer by day does for no night, and for no test of one."""
    rota.put_in(clinic.db, "main", 1, clinic.staff["noor"], instant("2026-03-02T22:00:00Z"),
                instant("2026-03-03T13:00:00Z"), clinic.now, by=None)  # fmt: skip
    rings(clinic, tonight=True)
    clinic.ticks(minutes=31, every="minute")
    assert alarms(clinic) == ["rehearsal_unanswered"]
    for tonight, who, over in ((False, "nina", False), (True, "noor", True)):
        ring_id = rings(clinic, tonight=tonight)
        ring.answer(clinic.db, ring_id, clinic.now, staff_id=clinic.staff[who], site_id="main", how="page")
        clinic.ticks(minutes=1, every="minute")
        assert ("rehearsal_unanswered over" in alarms(clinic)) is over
        assert ring.is_due(clinic.db, clinic.study, "main", clinic.now) is not over
