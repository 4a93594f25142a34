"""STOP that arrives while a text to its sender is being sent: at most the one whose call had begun leaves."""

import threading

import pytest

from prom.actions import asking, receive, send, tick
from prom.errors import SmsUnavailable, SmsUnknown
from prom.sms.gateway import Inbound
from prom.store.connect import open_database, write
from scheduler.lane import Lane
from tests.drills.place import until
from tests.study import FakeSms, Study

DUE = "2026-03-20T14:00:00Z"


class Blocking(FakeSms):
    """A gateway whose call has begun when `began` is set, and ends when `ends` is."""

    def __init__(self):
        super().__init__()
        self.began, self.ends = threading.Event(), threading.Event()
        self.calls = 0

    def send(self, to, text, ref):
        self.calls += 1
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


def fate(study: Study, code: str = "P-001") -> tuple:
    (message,) = study.messages(code)
    return message["status"], message["reason"], len(study.texts(code))


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


@pytest.fixture
def shared(due):
    """Somebody else on the same phone, whose invitation is due, too."""
    due.enrol("P-002", status="performed", on="2026-02-20", mobile=due.number("P-001"), birth_year=1961)
    tick.tick(due.db, due.means, due.now)
    return due


def test_texts_to_a_shared_phone_whose_calls_had_begun_may_leave_and_no_other(shared):
    job = sends(shared)
    until(lambda: shared.sms.calls == 2, 20)
    stops(shared)
    weeks_pass(shared)
    job.join(20)
    assert len(shared.texts("P-001")) == 2
    assert [fate(shared, code)[:2] for code in ("P-001", "P-002")] == [("sent", None)] * 2


def test_no_text_to_a_shared_phone_is_claimed_once_the_stop_is_kept(shared):
    """The first is on its way; the look for more came before the STOP, the claim waits for it and sees it."""
    assert len(send.claim(shared.db, shared.means, "participant", 1, shared.now)) == 1
    looked, found = threading.Event(), []

    def work():
        db = open_database(shared.db.path)
        db.conn.set_trace_callback(lambda statement: looked.set() if "from message" in statement else None)
        found.extend(send.claim(db, shared.means, "participant", 8, shared.now))
        db.close()

    job = threading.Thread(target=work)
    with write(shared.db):
        job.start()
        assert looked.wait(20)
        stops(shared)
    job.join(20)
    assert found == []
    standing = {fate(shared, code)[:2] for code in ("P-001", "P-002")}
    assert standing == {("sending", None), ("dropped", "opted_out")}


def test_of_several_texts_to_one_number_none_is_claimed_ahead_of_its_call(shared):
    """One after another, as a command sends them: the STOP during the first keeps the second back."""

    def work():
        send.deliver(db := open_database(shared.db.path), shared.means, "participant", shared.now)
        db.close()

    job = threading.Thread(target=work)
    job.start()
    assert shared.sms.began.wait(20)
    stops(shared)
    shared.sms.ends.set()
    job.join(20)
    assert len(shared.texts("P-001")) == 1
