"""What a tick costs, second by second, in a full clinic where many alerts call."""

import time
from dataclasses import dataclass
from statistics import median

from prom.actions import answer, send
from prom.actions.tick import tick
from prom.store import visits
from tests.drills.place import Place


@dataclass(frozen=True)
class Figures:
    """Milliseconds: a tick with nothing new to do, and a look of one lane with nothing due."""

    people: int
    alerts: int
    tick: tuple[float, ...]
    look: tuple[float, ...]

    def __str__(self):
        return (
            f"{self.people} participants, {self.alerts} open alerts: a tick takes median {median(self.tick):.1f} ms, "
            f"worst {max(self.tick):.1f} ms of {len(self.tick)}; an idle lane's look {median(self.look):.2f} ms"
        )


def drill(place: Place, people: int, alerts: int, ticks: int = 30) -> Figures:
    """Enrol, begin half of the reports, raise alerts, tick until nothing new is due, then measure."""
    place.enrol(people)
    begun = list(place.links())[: people // 2]
    for number, visit_id in enumerate(begun):
        flags = ["chest"] if number < alerts else ["none"]
        answer.save(place.db, place.means, visit_id, "red_flags", {"red_flags": flags}, place.now)
    for _ in range(people // 100):
        tick(place.db, place.means, place.now)
    assert not visits.to_look_at(place.db, place.now.strftime("%Y-%m-%dT%H:%M:%SZ"), 1)
    for lane in send.LANES:
        send.deliver(place.db, place.means, lane, place.now)
    costs = [_milliseconds(lambda: tick(place.db, place.means, place.now)) for _ in range(ticks)]
    looks = [
        _milliseconds(lambda: send.claim(place.db, place.means, "participant", 8, place.now)) for _ in range(ticks)
    ]
    return Figures(people, alerts, tuple(costs), tuple(looks))


def _milliseconds(do) -> float:
    began = time.perf_counter()
    do()
    return (time.perf_counter() - began) * 1000
