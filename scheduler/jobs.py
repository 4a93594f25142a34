"""Three interval jobs: tick, send to staff, send to participants. Memory store, coalesced, never misfired."""

import logging
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from prom.actions import address, send
from prom.actions.tick import tick, tidy
from scheduler.lane import Lane

TICK_SECONDS, POLL_SECONDS, TIDY_SECONDS = 1, 0.25, 60


class Jobs:
    """The running jobs of one installation."""

    def __init__(self, installation: Any):
        # A run that outlasts its interval is skipped, not piled up: that is meant, and not worth a warning.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._installation = installation
        self._look_at_the_address()
        self._seen_at = installation.clock.now()
        self._lanes = [Lane(installation, lane) for lane in send.LANES]
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={name: ThreadPoolExecutor(1) for name in ("default", "tick", *send.LANES)},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin; returns at once."""
        every = self._scheduler.add_job
        every(self._tick, "interval", seconds=TICK_SECONDS, executor="tick")
        every(self._tidy, "interval", seconds=TIDY_SECONDS)
        for lane in self._lanes:
            every(lane.run, "interval", seconds=POLL_SECONDS, executor=lane.lane)
        self._scheduler.start()

    def mind_the_clock(self) -> None:
        """Call it every few seconds: when the machine's clock was set back, the jobs would wait until it is again as
        late as it was; they begin anew instead."""
        now = self._installation.clock.now()
        if now < self._seen_at:
            for job in self._scheduler.get_jobs():
                job.reschedule("interval", seconds=job.trigger.interval.total_seconds())
        self._seen_at = now

    def _look_at_the_address(self) -> None:
        """What sends looks, and nothing else: a command with another PROM_BASE_URL must not hold what runs."""
        here = self._installation
        db = here.connections.here()
        if here.settings.sms == "twilio":
            address.look(db, here.means.base_url, here.clock.now())
        address.tell(db, here.means.base_url)

    def stop(self) -> None:
        """End; runs under way are waited for."""
        for lane in self._lanes:
            lane.stop()
        self._scheduler.shutdown(wait=True)

    def _tick(self) -> None:
        tick(self._installation.connections.here(), self._installation.means, self._installation.clock.now())

    def _tidy(self) -> None:
        tidy(self._installation.connections.here(), self._installation.means, self._installation.clock.now())
