"""`python -m scheduler`: the scheduler as a process of its own, until it is told to stop."""

import logging
import signal
import sys
import threading

from app import assemble
from prom.errors import SettingFault, StartRefused, StudyFault
from scheduler.jobs import Jobs


def main() -> int:
    """Run until SIGTERM or SIGINT; calls under way are finished first."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        jobs = Jobs(assemble())
    except (SettingFault, StartRefused, StudyFault) as fault:
        print(f"scheduler: {fault}", file=sys.stderr)
        return 1
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    jobs.start()
    asked.wait()
    jobs.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
