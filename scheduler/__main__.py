"""`python -m scheduler`: the scheduler as a process of its own, until it is told to stop. One alone runs on a database;
`--beside` starts a further one, which does no harm and is to be meant."""

import logging
import signal
import sys

from app import assemble
from prom.errors import SettingFault, StartRefused, StudyFault
from prom.store.connect import Taken, hold_alone
from scheduler.jobs import Jobs

ASKING = (signal.SIGTERM, signal.SIGINT)
LOOK_SECONDS = 5


def main() -> int:
    """Run until SIGTERM or SIGINT; calls under way are finished first."""
    # Blocked here, and so in every thread to come, and waited for: a handler that a second signal meets half-way
    # through would wait for itself.
    signal.pthread_sigmask(signal.SIG_BLOCK, ASKING)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        here = assemble()
        alone = None if "--beside" in sys.argv[1:] else hold_alone(here.settings.database, "scheduler")
        jobs = Jobs(here)
    except (SettingFault, StartRefused, StudyFault) as fault:
        print(f"scheduler: {fault}", file=sys.stderr)
        return 1
    except Taken as holder:
        print(f"scheduler: another one runs on this database (process {holder}): end that first", file=sys.stderr)
        return 1
    jobs.start()
    while not _asked():
        jobs.mind_the_clock()
    jobs.stop()
    if alone:
        alone.close()
    return 0


def _asked() -> bool:
    """Wait a while; whether one of the signals came. A process that was stopped and goes on after the while is over is
    told of a signal that is none, 0."""
    came = signal.sigtimedwait(ASKING, LOOK_SECONDS)
    return came is not None and came.si_signo in ASKING


if __name__ == "__main__":
    sys.exit(main())
