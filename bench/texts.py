"""Many invitations due at once: how fast they are queued, claimed and handed to a provider that answers in 100 ms, what
that costs, and how long a nurse's text takes meanwhile."""

import os
import random
import time
from dataclasses import dataclass
from statistics import median

from prom.actions import answer, send
from prom.actions.tick import tick
from prom.rules.times import stamp
from prom.store import visits
from prom.store.connect import run, write
from tests.drills.place import NURSE, Place, until

ANSWER_SECONDS = 0.1
ALERTS = 25


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    what: str
    value: float
    unit: str
    digits: int = 0


def bench(place: Place, people: int) -> list[Line]:
    """All lines, one measurement after another on one database."""
    place.enrol(people)
    queued = _rate(people, lambda: _queue_all(place))
    claimed = _rate(people, lambda: _claim_all(place))
    with write(place.db):
        run(place.db, "update message set status = 'queued', attempts = 0, claimed_at = null")
    return [
        Line(f"{people} due invitations queued", queued, "a second"),
        Line("claimed, each decided from live facts", claimed, "a second"),
        *_handed_over(place, people),
    ]


def _rate(many: int, do) -> float:
    began = time.perf_counter()
    do()
    return many / (time.perf_counter() - began)


def _queue_all(place: Place) -> None:
    while visits.to_look_at(place.db, stamp(place.now), 1):
        tick(place.db, place.means, place.now)


def _claim_all(place: Place) -> None:
    while send.claim(place.db, place.means, "participant", send.PLACES["participant"], place.now):
        pass


def _handed_over(place: Place, people: int) -> list[Line]:
    """A scheduler sends all; meanwhile some people answer red, and it is measured when the nurse's text comes in."""
    links = list(place.links())[:ALERTS]
    place.double.on_post = lambda post: time.sleep(ANSWER_SECONDS)
    process = place.scheduler()
    until(lambda: len(place.double.posts) > 16, 60)
    first, many, cpu = time.perf_counter(), len(place.double.posts), _cpu_seconds(process.pid)
    waits = [_red(place, visit_id) for visit_id in links]
    until(lambda: len(place.double.posts) >= people, 60 + people / 10)  # after red, that person's invitation waits
    seconds = time.perf_counter() - first
    sent, spent = len(place.double.posts) - many, _cpu_seconds(process.pid) - cpu
    place.end(process)
    return [
        Line(f"handed to a provider that answers in {ANSWER_SECONDS * 1000:.0f} ms", sent / seconds, "a second"),
        Line("processor time of the scheduler", 1000 * spent / sent, "ms a text", 1),
        Line("a core that it takes meanwhile", 100 * spent / seconds, "%"),
        Line(f"red answer to the nurse's text meanwhile, median of {len(waits)}", 1000 * median(waits), "ms"),
        Line("the longest", 1000 * max(waits), "ms"),
    ]


def _red(place: Place, visit_id: str) -> float:
    """Seconds from a red answer until the provider has the text to the nurse."""
    time.sleep(random.uniform(0.2, 1.2))  # at no fixed beat with the jobs
    told = len(_to_nurse(place))
    began = time.time()
    answer.save(place.db, place.means, visit_id, "red_flags", {"red_flags": ["chest"]}, place.now)
    until(lambda: len(_to_nurse(place)) > told, 15)
    return _to_nurse(place)[told].at - began


def _to_nurse(place: Place) -> list:
    return [post for post in place.double.posts if post.form["To"] == NURSE]


def _cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        user, system = stat.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
