"""One lane of texts: claims what is due and keeps its places filled until nothing is due and nothing flies.

The job's own thread alone reads and writes the database; the pool's threads only call the provider.
"""

import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

from prom.actions import asking, send
from prom.actions.tick import beat

LOOK_SECONDS = 0.2  # a text that came due while calls are under way waits at most so long
BEAT = timedelta(seconds=5)  # a lane that lives says so this often, idle or busy; one that is stuck does not


class Lane:
    """The job that sends one lane."""

    def __init__(self, installation: Any, lane: str):
        self.connections, self.means, self.clock = installation.connections, installation.means, installation.clock
        self.lane = lane
        self._places = send.PLACES[lane]
        self._pool = ThreadPoolExecutor(self._places, thread_name_prefix=f"call-{lane}")
        self._flying: dict[Future, tuple[Any, datetime]] = {}  # calls under way, who records each, when it began
        self._stopping = threading.Event()
        self._beat_at: datetime | None = None

    def run(self) -> None:
        """Send until nothing is due and no call is under way."""
        db = self.connections.here()
        while True:
            self._beat(db)
            if not self._stopping.is_set():
                self._launch(db)
            if not self._flying:
                return
            done, _ = wait(self._flying, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for call in done:
                made_by, _ = self._flying.pop(call)
                made_by.record(db, self.means, call.result(), self.clock.now())

    def stop(self) -> None:
        """Claim nothing more; calls under way are waited for and recorded."""
        self._stopping.set()

    def _beat(self, db: Any) -> None:
        now = self.clock.now()
        if self._stuck(now):
            return
        if self._beat_at is None or now - self._beat_at >= BEAT or now < self._beat_at:
            beat(db, f"send_{self.lane}", now)
            self._beat_at = now

    def _stuck(self, now: datetime) -> bool:
        """Whether every place has been taken for longer than twice the provider's time-out: nothing can be sent."""
        longest = timedelta(seconds=2 * self.means.waits.answer)
        full = len(self._flying) >= self._places
        return full and all(now - began > longest for _, began in self._flying.values())

    def _launch(self, db: Any) -> None:
        free = self._places - len(self._flying)
        if not free:
            return
        now = self.clock.now()
        texts = send.claim(db, self.means, self.lane, free, now)
        self._call(send, texts, now)
        free -= len(texts)
        if self.lane == "participant" and free:
            questions = asking.to_ask(db, self.means, now, free)
            questions += asking.without_last_word(db, self.means, now, free - len(questions))
            self._call(asking, questions, now)

    def _call(self, by: Any, found: list[Any], now: datetime) -> None:
        """Make the calls of `send`, or those of `asking`."""
        self._flying |= {self._pool.submit(by.call, self.means.gateway, each): (by, now) for each in found}
