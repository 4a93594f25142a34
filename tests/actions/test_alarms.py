"""An alarm that cannot be texted stands in the log, for monitors and on the pages until it was accepted or is over."""

import logging

import pytest

from prom.actions import alarms, receipts, watch
from prom.errors import SmsRejected, SmsUnavailable
from prom.rules.ailing import ailing
from prom.sms.gateway import Receipt
from prom.store import health
from prom.store.connect import rows
from tests.study import FakeSms, Study

OPERATOR, SECOND = "+15550100099", "+15550100098"


class ToNoOperator(FakeSms):
    """A provider that takes no text to these numbers while `fault` is set."""

    def __init__(self, fault, numbers=(OPERATOR, SECOND)):
        super().__init__()
        self.fault, self.numbers = fault, numbers

    def send(self, to, text, ref):
        if self.fault and to in self.numbers:
            raise self.fault
        return super().send(to, text, ref)


@pytest.fixture
def away(tmp_path):
    """A clinic whose alarms cannot be sent."""
    return Study(tmp_path, PROM_OPERATOR=OPERATOR, gateway=ToNoOperator(SmsUnavailable("503")))


def fails(study, subject="s"):
    alarms.fault(study.db, study.means, "judge", subject, "ValueError", study.now)


def untold(study) -> list[str]:
    """What the alarms are about that stand as not texted."""
    return sorted(health.standing(study.db, "alarm_not_texted"))


def test_it_stands_from_the_first_refusal_until_it_is_accepted(away, caplog):
    fails(away)
    away.ticks(minutes=1, every="minute")
    assert untold(away) == ["judge:1"]
    away.ticks(minutes=5, every="minute")
    (line,) = [line for line in caplog.records if line.name == "prom.alarms"]
    told = "the alarm judge (fault 1) cannot be texted to the operator"
    assert (line.levelno, line.getMessage()) == (logging.ERROR, told)
    assert "+1555" not in caplog.text
    away.sms.fault = None
    away.ticks(minutes=12, every="minute")
    assert untold(away) == []
    assert len(away.sms.texts_to(OPERATOR)) == 1


def test_its_line_in_the_log_names_what_monitors_name(away, caplog):
    alarms.fault(away.db, away.means, "provider", "staff", "configuration 20003", away.now)
    away.ticks(minutes=2, every="minute")
    (line,) = [line.getMessage() for line in caplog.records if line.name == "prom.alarms"]
    assert line == "the alarm provider:staff (fault 1) cannot be texted to the operator"
    assert "provider:staff" in [each.name for each in ailing(watch.facts(away.db, away.now))]


def test_it_ends_with_the_fault_that_it_is_about(away):
    fails(away)
    away.ticks(minutes=1, every="minute")
    assert untold(away) == ["judge:1"]
    alarms.well(away.db, away.means, "judge", "s", away.now)
    away.ticks(minutes=1, every="minute")
    assert untold(away) == []


def test_it_calls_for_no_alarm_of_its_own(away):
    fails(away)
    away.ticks(minutes=5, every="minute")
    assert [alarm["about"] for alarm in rows(away.db, "select about from message where kind = 'alarm'")] == ["judge:1"]


def test_an_alarm_about_an_event_stands_for_a_day(tmp_path):
    study = Study(tmp_path, PROM_OPERATOR=OPERATOR, gateway=ToNoOperator(SmsRejected("21211")))
    alarms.alarm(study.db, study.means, "not_sent", "30007:2026-03-02", study.now)
    study.ticks(minutes=1, every="minute")
    assert untold(study) == ["not_sent:30007:2026-03-02"]
    study.ticks(hours=25, every="hour")
    assert untold(study) == []


def test_one_operator_who_was_texted_is_enough(tmp_path):
    gateway = ToNoOperator(SmsRejected("21211"), (SECOND,))
    study = Study(tmp_path, PROM_OPERATOR=f"{OPERATOR},{SECOND}", gateway=gateway)
    fails(study)
    study.ticks(minutes=2, every="minute")
    assert untold(study) == []


def test_an_alarm_that_was_accepted_and_did_not_arrive_stands(tmp_path):
    study = Study(tmp_path, PROM_OPERATOR=OPERATOR)
    fails(study)
    study.tick()
    assert untold(study) == []
    (alarm,) = rows(study.db, "select * from message where kind = 'alarm'")
    lost = Receipt(alarm["id"], alarm["provider_id"], "undelivered", "30005", "")
    receipts.take(study.db, study.means, lost, study.now)
    study.tick()
    assert untold(study) == ["judge:1"]


def test_an_alarm_that_no_job_takes_up_stands_after_a_minute(tmp_path):
    study = Study(tmp_path, PROM_OPERATOR=OPERATOR)
    fails(study)
    alarms.watch(study.db, study.now)
    assert untold(study) == []
    study.at("2026-03-02T15:01:01Z")
    alarms.watch(study.db, study.now)
    assert untold(study) == ["judge:1"]


def test_that_all_is_well_again_and_cannot_be_texted_is_no_fault(away):
    away.sms.fault = None
    fails(away)
    away.tick()
    away.sms.fault = SmsUnavailable("503")
    alarms.well(away.db, away.means, "judge", "s", away.now)
    away.ticks(minutes=5, every="minute")
    assert health.standing_faults(away.db) == []
