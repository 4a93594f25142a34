"""Real processes at work on one database, and dying: short drills. `make drill` runs the long ones."""

import signal
import time

import pytest

from prom.rules.times import stamp
from prom.store import health
from scheduler.__main__ import LOOK_SECONDS
from tests.double import Double
from tests.drills import once, red, storm
from tests.drills.place import ACCOUNT, ROOT, TOKEN, Place, until

pytestmark = pytest.mark.long


@pytest.fixture
def place(tmp_path):
    with Double(ACCOUNT, TOKEN) as double, Place(tmp_path, double) as made:
        yield made


def test_two_processes_send_each_text_once(place):
    figures = once.drill(place, 200)
    assert (figures.texts, figures.twice, figures.never) == (200, 0, 0)
    assert figures.states == {"sent": 200}
    assert min(figures.by_process) > 0  # both were at it


def test_a_thanked_report_survives_the_death_of_the_web_server(place):
    figures = storm.drill(place, 60, 2)
    assert (figures.thanked, figures.lost, figures.kills) == (60, 0, 2)
    assert figures.cut > 0  # it died while people were sending
    assert health.damage(place.db) == []


def test_a_red_answer_is_with_the_nurse_at_once_whatever_the_other_lane_waits_for(place):
    quiet, hanging = red.drill(place, 5)
    assert max(quiet.waits) < 1.5
    assert hanging.hanging >= red.PLACES and max(hanging.waits) < 1.5
    place.kill(place.processes[0])  # its calls would hang on


def test_two_processes_may_make_the_database_at_once(place):
    (place.folder / "prom.db").rename(place.folder / "old.db")
    for rest in place.folder.glob("prom.db-*"):
        rest.unlink()
    both = [place.start(str(ROOT / ".venv/bin/flask"), "init") for _ in range(4)]
    assert [process.wait(30) for process in both] == [0] * 4, place.log()


def test_a_scheduler_told_to_stop_finishes_its_calls_however_often_it_is_told(place):
    place.double.faults.append(("hang", 2))
    process = place.scheduler()
    place.enrol(1)
    place.double.wait_for(1, 15)
    for gap in range(200):
        process.terminate()
        time.sleep(gap / 1e6)
    assert process.wait(15) == 0
    assert [message["status"] for message in place.messages()] == ["sent"]


def test_a_scheduler_that_was_stopped_for_long_goes_on(place):
    process = place.scheduler()
    until(lambda: "send_staff" in health.heartbeats(place.db), 30)
    process.send_signal(signal.SIGSTOP)
    time.sleep(LOOK_SECONDS + 1)
    process.send_signal(signal.SIGCONT)
    woken = stamp(place.now)
    until(lambda: health.heartbeats(place.db)["send_staff"] > woken, 30)
    time.sleep(LOOK_SECONDS + 1)
    assert process.poll() is None
    process.terminate()
    assert process.wait(15) == 0


def test_one_scheduler_a_database_and_the_next_says_so(place):
    first = place.scheduler()
    until(lambda: "send_staff" in health.heartbeats(place.db), 30)
    second = place.scheduler()
    assert second.wait(30) == 1
    assert f"another one runs on this database (process {first.pid})" in place.log()
    place.kill(first)
    third = place.scheduler()
    until(lambda: (place.folder / "prom.db.scheduler").read_text() == f"{third.pid}\n", 30)
    third.terminate()
    assert third.wait(15) == 0
