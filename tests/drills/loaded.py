"""How long from the red answer's POST until the provider has the nurse's text, while other people send reports."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlencode
from urllib.request import Request

from tests.double import DIRECT
from tests.drills.place import Place, until
from tests.drills.red import to_nurse
from tests.drills.storm import Person

AT_ONCE = 60  # people who answer at a time, at most


@dataclass(frozen=True)
class Figures:
    """Seconds. sent: whole reports sent meanwhile; for: so many seconds."""

    waits: tuple[float, ...]
    sent: int
    seconds: float
    asked: int

    def at(self, share: float) -> float:
        """The wait that so large a share did not exceed (nearest rank)."""
        waits = sorted(self.waits)
        return waits[max(0, -(-int(share * 100) * len(waits) // 100) - 1)]

    def __str__(self):
        return (
            f"{len(self.waits)} red answers while {self.sent / self.seconds:.1f} reports a second were sent (asked for "
            f"{self.asked}): median {self.at(0.5):.3f} s, 99 % {self.at(0.99):.3f} s, worst {max(self.waits):.3f} s"
        )


def drill(place: Place, reds: int, a_second: int) -> Figures:
    """So many red answers, one after another, while so many other people a second begin and send a whole report."""
    place.enrol(reds + a_second * (reds + 60))
    paths = list(place.links().values())
    place.serve()
    until(lambda: len(place.double.posts) >= len(paths), 600)  # the invitations are out of the way
    others, over, sent = iter(paths[reds:]), threading.Event(), count()
    crowd = ThreadPoolExecutor(AT_ONCE)
    began = time.monotonic()
    load = threading.Thread(target=_crowd, args=(place, crowd, others, a_second, over, sent))
    load.start()
    time.sleep(5)
    waits = []
    for path in paths[:reds]:
        time.sleep(random.uniform(0, 0.3))  # at no fixed beat with the jobs
        told = len(to_nurse(place))
        form = urlencode({"step": "red_flags", "red_flags": "chest"}).encode()
        at = time.time()
        DIRECT.open(Request(place.means.base_url + path, data=form), timeout=30).close()
        until(lambda told=told: len(to_nurse(place)) > told, 30)
        waits.append(to_nurse(place)[told].at - at)
    seconds = time.monotonic() - began
    done = next(sent)
    over.set()
    load.join()
    crowd.shutdown(cancel_futures=True)
    return Figures(tuple(waits), done, seconds, a_second)


def _crowd(place: Place, crowd: ThreadPoolExecutor, others, a_second: int, over, sent) -> None:
    """Begin so many reports a second, whether those before are done or not."""

    def sit(path: str) -> None:
        if not over.is_set():
            Person(place, path, []).reports()
            next(sent)

    due = time.monotonic()
    while not over.is_set() and (path := next(others, None)):
        crowd.submit(sit, path)
        due += 1 / a_second
        time.sleep(max(0, due - time.monotonic()))
