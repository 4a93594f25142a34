"""Ends what a drill started once the drill is gone, however it went: a process that hears of each, and at the end of
its input, which comes when the drill dies, kills those left, each with all that it started."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Leash:
    """What a drill holds. Groups are known by the id of their first process."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", f"from {__name__} import wait; wait()"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT, text=True, start_new_session=True)

    def hold(self, group: int) -> None:
        """Kill this group when the drill is gone."""
        self._tell(f"hold {group}")

    def drop(self, group: int) -> None:
        """This group has ended: its id may be another's soon."""
        self._tell(f"drop {group}")

    def end(self) -> None:
        """The drill is over."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)

    def _tell(self, line: str) -> None:
        assert self._process.stdin
        print(line, file=self._process.stdin, flush=True)


def wait() -> None:
    """Listen until the drill is gone."""
    held = set()
    for line in sys.stdin:
        what, group = line.split()
        held.add(int(group)) if what == "hold" else held.discard(int(group))
    for group in held:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            pass
