"""STOP that arrives while a text to its sender is being sent: at most the one whose call had begun leaves."""

import threading

import pytest

from prom.actions import asking, receive, send, tick
from prom.errors import SmsUnavailable, SmsUnknown
from prom.sms.gateway import Inbound
from prom.store.connect import open_database
from scheduler.lane import Lane
from tests.study import FakeSms, Study

DUE = "2026-03-20T14:00:00Z"


class Blocking(FakeSms):
    """A gateway whose call has begun when `began` is set, and ends when `ends` is."""

    def __init__(self):
        super().__init__()
        self.began, self.ends = threading.Event(), threading.Event()

    def send(self, to, text, ref):
        self.began.set()
        assert self.ends.wait(20)
        return super().send(to, text, ref)


@pytest.fixture
def due(tmp_path):
    """Somebody whose invitation is queued and due."""
    study = Study(tmp_path, gateway=Blocking())
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.at(DUE)
    tick.tick(study.db, study.means, study.now)
    yield study
    study.sms.ends.set()


def stops(study: Study) -> None:
    receive.inbound(study.db, study.means, Inbound("SM-stop", study.number("P-001"), "STOP", ""), study.now)


def sends(study: Study) -> threading.Thread:
    """The job that sends, at work in a thread of its own."""
    job = threading.Thread(target=Lane(study.installation, "participant").run)
    job.start()
    return job


def fate(study: Study) -> tuple:
    (message,) = study.messages("P-001")
    return message["status"], message["reason"], len(study.texts("P-001"))


def weeks_pass(study: Study) -> None:
    study.sms.ends.set()
    study.ticks(days=14, every="day")


def test_stop_before_the_claim_holds_the_text_back(due):
    stops(due)
    sends(due).join(20)
    assert fate(due) == ("dropped", "opted_out", 0)
    assert not due.sms.began.is_set()


def test_stop_between_claim_and_call_lets_the_one_claimed_leave_and_no_other(due):
    (ready,) = send.claim(due.db, due.means, "participant", 8, due.now)
    stops(due)
    due.sms.ends.set()
    send.record(due.db, due.means, send.call(due.means.gateway, ready), due.now)
    weeks_pass(due)
    assert fate(due) == ("sent", None, 1)


def test_stop_during_the_call_waits_for_nothing_and_no_other_text_follows(due):
    job = sends(due)
    assert due.sms.began.wait(20)
    stops(due)
    assert fate(due) == ("sending", None, 0)  # kept, though the call has not ended
    due.sms.ends.set()
    job.join(20)
    assert fate(due) == ("sent", None, 1)
    weeks_pass(due)
    assert fate(due) == ("sent", None, 1)


@pytest.mark.parametrize("fault", [SmsUnavailable("503"), SmsUnavailable("429", 1), SmsUnknown()])
def test_stop_during_a_call_that_fails_ends_the_text_there(due, fault):
    due.sms.faults = [fault]
    job = sends(due)
    assert due.sms.began.wait(20)
    stops(due)
    due.sms.ends.set()
    job.join(20)
    due.ticks(hours=3, every="minute")
    asking.ask(due.db, due.means, due.now)
    due.ticks(hours=3, every="minute")
    assert fate(due) == ("dropped", "opted_out", 0)


def test_stop_after_the_call_lets_nothing_follow(due):
    due.sms.ends.set()
    sends(due).join(20)
    stops(due)
    weeks_pass(due)
    assert fate(due) == ("sent", None, 1)


def test_of_several_texts_to_one_number_none_is_claimed_ahead_of_its_call(due):
    """One after another, as a command sends them: the STOP during the first keeps the second back."""
    due.enrol("P-002", status="performed", on="2026-02-20", mobile=due.number("P-001"), birth_year=1961)
    tick.tick(due.db, due.means, due.now)

    def work():
        send.deliver(db := open_database(due.db.path), due.means, "participant", due.now)
        db.close()

    job = threading.Thread(target=work)
    job.start()
    assert due.sms.began.wait(20)
    stops(due)
    due.sms.ends.set()
    job.join(20)
    assert len(due.texts("P-001")) == 1
