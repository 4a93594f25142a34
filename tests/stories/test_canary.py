"""The weekly try-out of the whole path: who is texted when, what the operator is told, and where it stands not."""

import pytest

from prom.actions import alarms as alarm_actions
from prom.actions import alerts as alert_actions
from prom.actions import canary, export, receipts
from prom.errors import SmsUnavailable
from prom.report import responses
from prom.sms.gateway import Receipt
from prom.store import canary as canary_rows
from prom.store import contacts, health
from prom.store.connect import rows, write
from tests.study import SHIPPED, FakeSms, Study, stamp
from tests.web.browsing import staff_at

PHONE, OPERATOR = "+15550100077", "+15550100099"
NURSES = ("+15550100011", "+15550100012", "+15550100013")


class Provider(FakeSms):
    """A provider that is away for some numbers."""

    away: tuple[str, ...] = ()

    def send(self, to, text, ref):
        if to in self.away:
            raise SmsUnavailable("503")
        return super().send(to, text, ref)


@pytest.fixture
def study(tmp_path):
    """Monday 2 March, 10:00 in New York."""
    return Study(tmp_path, gateway=Provider(), PROM_CANARY=PHONE, PROM_OPERATOR=OPERATOR)


def passes(study, *, hours: float = 0, minutes: float = 0) -> None:
    """Let time pass with a tick each quarter of an hour."""
    for _ in range(int(hours * 4 + minutes / 15)):
        study.ticks(minutes=15, every="hour")


def begins(study, at: str) -> None:
    """The day of a canary, up to its text."""
    study.at(at)
    study.ticks(minutes=2, every="minute")


def arrives(study) -> None:
    """The carrier says that the last text to the phone arrived."""
    row = rows(study.db, "select * from message where kind = 'invitation' order by rowid desc limit 1")[0]
    receipts.take(study.db, study.means, Receipt(row["id"], row["provider_id"], "delivered", "", ""), study.now)


def answers(study, timepoint="baseline") -> None:
    """Whoever holds the phone sends the form."""
    study.answers(study.visit(canary_rows.newest(study.db)["code"], timepoint))


def states(study) -> dict[str, str]:
    return {step.name: step.state for step in canary.steps(study.db, study.means, study.now)}


def told_of(study) -> list[str]:
    """What the operator was told of about the canary, in order."""
    found = rows(study.db, "select about, text_key from message where kind = 'alarm' order by rowid")
    over = {"operator_alarm": "", "operator_over": " over"}
    named = [row["about"].split(":")[0] + over[row["text_key"]] for row in found]
    return [name.removeprefix("canary_") for name in named if name.startswith("canary")]


def closes(study) -> None:
    """A nurse takes and closes the try-out's alert."""
    alert = study.alerts(canary_rows.newest(study.db)["code"])[-1]
    study.acknowledges(alert)
    study.closes(alert)


def test_a_week_in_which_all_goes_well(study):
    study.ticks(minutes=2, every="minute")
    (text,) = study.sms.texts_to(PHONE)
    assert "/s/" in text
    arrives(study)
    passes(study, hours=1)
    answers(study)
    study.ticks(minutes=2, every="minute")
    assert set(states(study).values()) == {"done"}
    assert len(study.sms.texts_to(NURSES[0])) == 1
    closes(study)
    study.ticks(days=6, every="day")
    assert told_of(study) == [] and health.standing_faults(study.db) == []
    assert len(study.sms.texts_to(PHONE)) == 1


def test_three_weeks_with_a_fault_at_each_step(study, monkeypatch):
    hashes = study.means.keys.number_hashes(PHONE)
    with write(study.db):  # week 1: no text is queued, then none is taken
        contacts.opt_out(study.db, hashes[0], "text", stamp(study.now))
    passes(study, hours=3)
    assert told_of(study) == []
    passes(study, hours=2)
    assert told_of(study) == ["planned"]
    study.sms.away = (PHONE,)
    with write(study.db):
        contacts.opt_in(study.db, hashes, "text", stamp(study.now))
        run_look(study)
    passes(study, hours=1)
    assert told_of(study) == ["planned", "planned over", "accepted"]
    study.sms.away = ()
    passes(study, minutes=30)
    assert told_of(study)[3:] == ["accepted over"]
    arrives(study)
    answers(study)
    study.ticks(minutes=2, every="minute")
    closes(study)
    begins(study, "2026-03-09T14:00:00Z")  # week 2: it does not arrive, and then nobody answers
    passes(study, hours=2)
    assert told_of(study)[4:] == ["delivered"]
    arrives(study)
    study.ticks(hours=25)
    assert told_of(study)[5:] == ["delivered over", "answered"]
    study.ticks(hours=24)
    assert len(told_of(study)) == 7
    answers(study)
    study.ticks(minutes=2, every="minute")
    assert told_of(study)[7:] == ["answered over"]
    closes(study)
    begins(study, "2026-03-16T14:00:00Z")  # week 3: no alert is raised, then no nurse can be texted
    answers_late(study, monkeypatch)
    assert told_of(study)[8:] == ["alert", "raised"]
    monkeypatch.undo()
    study.sms.away = NURSES
    passes(study, minutes=45)
    assert sorted(told_of(study)[10:]) == ["alert over", "raised over", "told"]
    study.sms.away = ()
    passes(study, minutes=30)
    assert told_of(study)[13:] == ["told over"]
    assert set(states(study).values()) == {"done"}
    assert [fault for fault in health.standing_faults(study.db) if fault["step"].startswith("canary")] == []


def run_look(study) -> None:
    """The page by which a number joins again has its visits looked at."""
    study.db.execute("update visit set look_at = :now where due_on is not null", {"now": stamp(study.now)})


def answers_late(study, monkeypatch) -> None:
    """The form is sent, and its alert cannot be raised."""

    def fail(*_):
        raise ValueError

    monkeypatch.setattr(alert_actions, "raise_for", fail)
    arrives(study)
    answers(study)
    passes(study, minutes=30)


def test_a_step_stays_late_until_a_later_canary_does_it(study):
    study.ticks(minutes=2, every="minute")
    arrives(study)
    study.ticks(hours=30)
    assert told_of(study) == ["answered"]
    begins(study, "2026-03-09T14:00:00Z")
    assert told_of(study) == ["answered"]
    assert len(health.standing(study.db, "canary_answered")) == 1
    answers(study)
    study.ticks(minutes=2, every="minute")
    assert told_of(study) == ["answered", "answered over"]


def test_an_answer_proves_that_the_text_arrived_though_no_receipt_says_so(study):
    study.ticks(minutes=2, every="minute")
    answers(study)
    study.ticks(minutes=2, every="minute")
    assert states(study)["delivered"] == "done"
    passes(study, hours=3)
    assert told_of(study) == []


@pytest.mark.parametrize("at", ["2026-03-03T03:00:00Z", "2026-03-07T16:00:00Z"])  # at night, on a Saturday
def test_it_begins_in_opening_hours_alone(tmp_path, at):
    study = Study(tmp_path, at, gateway=Provider(), PROM_CANARY=PHONE, PROM_OPERATOR=OPERATOR)
    passes(study, hours=2)
    assert canary_rows.newest(study.db) is None


def test_answered_at_night_it_wakes_nobody(study):
    study.ticks(minutes=2, every="minute")
    arrives(study)
    study.at("2026-03-03T03:00:00Z")
    answers(study)
    passes(study, hours=2)
    assert states(study)["raised"] == "done"
    assert [study.sms.texts_to(number) for number in NURSES] == [[], [], []]
    study.at("2026-03-03T13:00:01Z")  # 8:00, opening
    study.ticks(seconds=2, every="second")
    alert, digest = sorted(study.sms.texts_to(NURSES[0]), key=lambda text: text.endswith("/care/today"))
    assert "/care/alerts/" in alert and digest.endswith("/care/today")
    assert told_of(study) == []


def test_it_is_in_no_export_and_in_no_list(study, tmp_path):
    study.enrol("P-001")
    study.ticks(minutes=2, every="minute")
    answers(study)
    study.ticks(minutes=2, every="minute")
    code = canary_rows.newest(study.db)["code"]
    lines = responses.lines(study.db.path, study.means.version, study.now)
    export.write_files(study.db, {"visits.csv": lines}, tmp_path / "out", study.now, by="system")
    assert code not in (tmp_path / "out" / "visits.csv").read_text(encoding="utf-8")
    nina, cora = staff_at(study, "nina"), staff_at(study, "cora")
    assert code not in nina.opens("/care/reports")
    assert code not in nina.opens("/study/participants")
    assert "Weekly try-out of texting: acknowledge and close it" in nina.opens("/care/alerts")
    page = cora.opens("/study/participants")
    assert page.count(code) == 2 and f'/study/participants/{code}"' in page  # the panel's link alone
    assert "Text to a nurse taken by the provider" in page


def test_the_last_one_ends_when_the_next_begins(study):
    study.ticks(minutes=2, every="minute")
    first = canary_rows.newest(study.db)
    study.ticks_until("2026-03-09T13:00:00Z")
    begins(study, "2026-03-09T14:00:00Z")
    second = canary_rows.newest(study.db)
    assert first["id"] != second["id"]
    assert contacts.of_participant(study.db, first["id"])["mobile_sealed"] is None
    assert study.visit(first["code"], "baseline")["cancelled_at"]
    assert len(study.sms.texts_to(PHONE)) == 3  # the invitation, its reminder on the eve, the next invitation


def test_a_study_that_asks_nothing_before_a_procedure_has_its_try_out_by_the_first_form_after_it(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8").replace('timepoints = ["baseline", "1m"', 'timepoints = ["1m"')
    given = {"study_text": text, "PROM_CANARY": PHONE, "PROM_OPERATOR": OPERATOR}
    study = Study(tmp_path, gateway=Provider(), **given)
    study.ticks(minutes=2, every="minute")
    arrives(study)
    answers(study, "1m")
    study.ticks(minutes=2, every="minute")
    assert set(states(study).values()) == {"done"}
    closes(study)
    first = canary_rows.newest(study.db)
    study.ticks_until("2026-03-09T13:00:00Z")
    begins(study, "2026-03-09T14:00:00Z")
    assert len(study.sms.texts_to(PHONE)) == 2 and canary_rows.newest(study.db)["id"] != first["id"]
    study.ticks(days=98, every="week")
    later = "select 1 from {} join visit on visit.id = {}.visit_id where timepoint != '1m'"
    assert [rows(study.db, later.format(each, each)) for each in ("message", "task")] == [[], []]
    assert "planned" not in told_of(study)


def test_without_a_phone_there_is_none_and_what_was_late_is_forgotten(clinic):
    clinic.tick()
    assert canary_rows.newest(clinic.db) is None
    alarm_actions.fault(clinic.db, clinic.means, "canary_answered", "weekly", "late", clinic.now)
    clinic.tick()
    assert health.standing_faults(clinic.db) == []
