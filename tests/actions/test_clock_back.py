"""The machine's clock was set back: what stood in the future does not wait until it is as late again."""

from datetime import timedelta

import pytest

from prom.actions import alerts as alert_actions
from prom.actions import digest
from prom.errors import SmsUnavailable
from prom.rules.times import instant
from prom.store import alerts
from tests.study import Study

OPERATOR, AHEAD, BACK = "+15550100099", "2026-04-03T15:00:00Z", "2026-04-02T15:00:00Z"  # a Friday and the day before
NURSES = ("+15550100011", "+15550100012", "+15550100013")


@pytest.fixture
def ahead(tmp_path):
    """A study whose clock is a day ahead, with the first report of P-001 open."""
    study = Study(tmp_path, PROM_OPERATOR=OPERATOR)
    study.enrol("P-001", status="performed", on="2026-03-02")
    study.at(AHEAD)
    study.tick()
    return study


def set_back(study: Study, moment: str = BACK) -> None:
    study.clock.at = instant(moment)


def told(study: Study) -> list[str]:
    return [to for to, _, _ in study.sms.sent if to in NURSES]


def warns(study: Study) -> dict:
    study.saves(study.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    (alert,) = study.alerts("P-001")
    return alert


def test_a_text_to_a_nurse_that_waits_for_the_provider_goes_in_the_time_that_is(ahead):
    ahead.sms.faults = [SmsUnavailable("503")] * 9
    warns(ahead)
    ahead.tick()
    ahead.sms.faults = []
    set_back(ahead)
    ahead.ticks(minutes=3, every="minute")
    assert told(ahead) != []


def test_an_alert_calls_again_climbs_on_and_the_operator_is_told(ahead):
    alert = warns(ahead)
    ahead.tick()
    before = len(told(ahead))
    set_back(ahead)
    ahead.ticks(minutes=65, every="minute")
    kinds = [event["kind"] for event in alerts.events(ahead.db, alert["id"])]
    assert kinds.count("climbed") == 1
    assert len(told(ahead)) >= before + 3  # each rung once more
    assert sum("clock" in text for text in ahead.sms.texts_to(OPERATOR)) == 1


@pytest.mark.parametrize("spoken, again", [(False, 1), (True, 0)])
def test_an_alert_that_was_taken_in_time_to_come_calls_again_unless_they_were_spoken_to(ahead, spoken, again):
    alert = warns(ahead)
    ahead.acknowledges(alert)
    if spoken:
        who = {"staff_id": ahead.staff["nina"], "sites": ("main",)}
        alert_actions.act(ahead.db, alert["id"], "contacted", ahead.now, **who)
    set_back(ahead)
    ahead.ticks(minutes=3, every="minute")
    assert [event["kind"] for event in alerts.events(ahead.db, alert["id"])].count("climbed") == again


def test_a_digest_of_a_day_to_come_keeps_no_earlier_one_back(ahead):
    ahead.at("2026-04-06T12:00:00Z")
    ahead.tick()
    set_back(ahead, "2026-04-02T12:00:00Z")
    assert digest.due(ahead.db, ahead.means, ahead.now) == ["2026-04-02"]
    digest.see_to(ahead.db, ahead.means, "2026-04-02", ahead.now)
    assert digest.due(ahead.db, ahead.means, ahead.now + timedelta(minutes=5)) == []
