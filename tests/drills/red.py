"""How long from the red answer's POST until the provider has the nurse's text."""

import random
import time
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode
from urllib.request import Request

from tests.double import DIRECT
from tests.drills.place import NURSE, Place, until

PLACES = 8


@dataclass(frozen=True)
class Figures:
    """Seconds. hanging: calls to the provider under way in the other lane, at least, at each measurement."""

    what: str
    waits: tuple[float, ...]
    hanging: int

    def __str__(self):
        return (
            f"{self.what}: {len(self.waits)} red answers, median {median(self.waits):.3f} s, worst "
            f"{max(self.waits):.3f} s; calls hanging in the other lane meanwhile: {self.hanging} or more"
        )


def drill(place: Place, many: int) -> tuple[Figures, Figures]:
    """Both figures: with a quiet provider, and while it hangs for 30 s on invitations."""
    place.enrol(2 * many)
    place.serve()
    until(lambda: len(place.double.posts) >= 2 * many, 60)
    paths = list(place.links().values())
    quiet = measure(place, "quiet", paths[:many])
    return quiet, while_hanging(place, paths[many:])


def while_hanging(place: Place, paths: list[str]) -> Figures:
    """Invitations fill the other lane and hang all the while; more than can hang at once, so that others follow."""
    hanging = set(place.enrol(2 * PLACES + len(paths)))
    place.double.faults = lambda post: ("hang", 30) if post.form["To"] in hanging else None
    until(lambda: _hanging(place, hanging) >= PLACES, 30)
    return measure(place, "while the provider hangs for 30 s", paths, hanging)


def measure(place: Place, what: str, paths: list[str], hanging: set[str] = frozenset()) -> Figures:
    waits, under_way = [], []
    for path in paths:
        time.sleep(random.uniform(0, 0.3))  # at no fixed beat with the jobs
        told = to_nurse(place)
        form = urlencode({"step": "red_flags", "red_flags": "chest"}).encode()
        began = time.time()
        DIRECT.open(Request(place.means.base_url + path, data=form), timeout=10).close()
        until(lambda told=told: len(to_nurse(place)) > len(told), 15)
        waits.append(to_nurse(place)[len(told)].at - began)
        under_way.append(_hanging(place, hanging))
    return Figures(what, tuple(waits), min(under_way))


def to_nurse(place: Place) -> list:
    return [post for post in place.double.posts if post.form["To"] == NURSE]


def _hanging(place: Place, numbers: set[str]) -> int:
    """Calls that our side still waits for: it gives up after 10 s."""
    now = time.time()
    return sum(post.form["To"] in numbers and now - post.at < 10 for post in place.double.posts)
