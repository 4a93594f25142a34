"""The jobs: prompt to start and to stop, two lanes that never wait for each other, each place refilled."""

import threading
import time
from datetime import timedelta

import pytest

from prom.actions import watch
from prom.rules.ailing import JOBS, late_jobs
from prom.store import health, messages
from prom.store.connect import run
from scheduler.jobs import Jobs
from tests.drills.place import until
from tests.study import FakeSms, Study

NURSE = "+15550100011"


class SlowSms(FakeSms):
    """A gateway whose calls to participants wait until they are let go; it knows how many are under way."""

    def __init__(self):
        super().__init__()
        self.lets_go = threading.Semaphore(0)
        self.under_way = self.most = 0
        self.guard = threading.Lock()

    def send(self, to, text, ref):
        if to != NURSE:
            self._wait()
        return super().send(to, text, ref)

    def _wait(self):
        with self.guard:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        assert self.lets_go.acquire(timeout=60)
        with self.guard:
            self.under_way -= 1


@pytest.fixture
def slow(tmp_path):
    """A clinic whose texts to participants hang, with the jobs running; lets all go at the end."""
    study = Study(tmp_path, gateway=SlowSms())
    jobs = Jobs(study.installation)
    jobs.start()
    yield study
    study.sms.lets_go.release(1000)
    jobs.stop()


def late(study) -> list[str]:
    return late_jobs(watch.facts(study.db, study.now))


def enrol(study, many):
    for number in range(many):
        study.enrol(f"P-{number:03d}", on="2026-03-06")


def test_jobs_start_and_stop_at_once_when_there_is_nothing_to_do(clinic):
    jobs = Jobs(clinic.installation)
    began = time.monotonic()
    jobs.start()
    until(lambda: len(health.heartbeats(clinic.db)) == 3, 10)
    jobs.stop()
    assert time.monotonic() - began < 15
    assert set(health.heartbeats(clinic.db)) == {"tick", "send_staff", "send_participant"}


def test_eight_calls_at_a_time_and_each_place_is_refilled_as_it_comes_free(slow):
    enrol(slow, 20)
    until(lambda: slow.sms.under_way == 8, 10)
    slow.sms.lets_go.release()
    until(lambda: len(slow.sms.sent) == 1 and slow.sms.under_way == 8, 10)  # seven still hang
    slow.sms.lets_go.release(19)
    until(lambda: len(slow.sms.sent) == 20, 10)
    assert slow.sms.most == 8
    assert len({to for to, _, _ in slow.sms.sent}) == 20


def test_a_hanging_call_to_a_participant_delays_no_nurse(slow):
    enrol(slow, 10)
    until(lambda: slow.sms.under_way == 8, 10)
    slow.saves(slow.visit("P-009", "baseline"), "red_flags", {"red_flags": ["chest"]})
    until(lambda: slow.sms.texts_to(NURSE), 10)  # the participants' calls hang for longer
    assert slow.sms.under_way == 8


def test_stopping_waits_for_the_calls_under_way_and_claims_no_more(tmp_path):
    study = Study(tmp_path, gateway=SlowSms())
    jobs = Jobs(study.installation)
    jobs.start()
    enrol(study, 10)
    until(lambda: study.sms.under_way == 8, 10)
    stopping = threading.Thread(target=jobs.stop)
    stopping.start()
    time.sleep(0.5)
    assert stopping.is_alive()
    study.sms.lets_go.release(8)
    stopping.join(20)
    assert not stopping.is_alive()
    states = sorted(messages.of_participant(study.db, study.id(f"P-{n:03d}"))[0]["status"] for n in range(10))
    assert states == ["queued"] * 2 + ["sent"] * 8


def test_a_busy_lane_says_that_it_lives(slow):
    enrol(slow, 1)
    until(lambda: slow.sms.under_way == 1, 10)
    slow.at("2026-03-02T15:01:00Z")
    until(lambda: health.heartbeats(slow.db)["send_participant"] == "2026-03-02T15:01:00Z", 10)
    assert slow.sms.under_way == 1


def test_a_lane_whose_every_place_is_stuck_does_not_say_that_it_lives(slow):
    enrol(slow, 8)
    until(lambda: slow.sms.under_way == 8, 10)
    slow.at("2026-03-02T15:00:20Z")  # twice the provider's time-out: not yet too long
    until(lambda: health.heartbeats(slow.db)["send_participant"] == "2026-03-02T15:00:20Z", 10)
    slow.at("2026-03-02T15:02:00Z")
    until(lambda: health.heartbeats(slow.db)["send_staff"] == "2026-03-02T15:02:00Z", 10)
    until(lambda: late(slow) == ["send_participant"], 10)
    time.sleep(0.5)
    assert late(slow) == ["send_participant"]
    slow.sms.lets_go.release()
    until(lambda: late(slow) == [], 10)


def test_a_job_that_last_ran_in_the_future_is_late(clinic):
    for job in JOBS:
        health.beat(clinic.db, job, "2026-03-02T15:01:00Z")
    assert late(clinic) == []
    health.beat(clinic.db, "tick", "2026-03-02T15:01:01Z")  # the clock was set back since
    assert late(clinic) == ["tick"]


def test_a_clock_set_back_stops_no_job(clinic):
    jobs = Jobs(clinic.installation)
    jobs.start()
    until(lambda: len(health.heartbeats(clinic.db)) == 3, 10)
    for job in jobs._scheduler.get_jobs():  # as it is once the machine's clock is an hour earlier than before
        job.modify(next_run_time=job.next_run_time + timedelta(hours=1))
    time.sleep(0.5)
    clinic.clock.at -= timedelta(hours=1)
    run(clinic.db, "delete from heartbeat")
    time.sleep(1.5)
    assert "tick" not in health.heartbeats(clinic.db)
    jobs.mind_the_clock()
    until(lambda: "tick" in health.heartbeats(clinic.db), 10)
    jobs.stop()
