"""A drill that is killed leaves nothing behind: what it started dies with it."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.drills.place import ROOT, until

DRILL = """
    import time
    from pathlib import Path
    from tests.double import Double
    from tests.drills import sender
    from tests.drills.place import ACCOUNT, TOKEN, Place
    if __name__ == "__main__":
        with Double(ACCOUNT, TOKEN) as double, Place(Path({folder!r}), double) as place:
            ended = place.start("sleep", "600")
            place.end(ended)
            long = place.start("sh", "-c", "sleep 600 & echo $! > {folder}/child; wait")
            process = sender.starter().Process(target=sender.send, args=(place.settings,), daemon=True)
            process.start()
            while not (Path({folder!r}) / "child").exists():
                time.sleep(0.05)
            print(long.pid, (Path({folder!r}) / "child").read_text().strip(), process.pid, flush=True)
            time.sleep(600)
"""


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_a_killed_drill_started_dies_with_it(tmp_path):
    script = tmp_path / "killed_drill.py"
    script.write_text(textwrap.dedent(DRILL.format(folder=str(tmp_path))))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    drill = subprocess.Popen([sys.executable, script], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    started = [int(pid) for pid in drill.stdout.readline().split()]
    assert len(started) == 3 and all(map(lives, started))
    drill.send_signal(signal.SIGKILL)
    drill.wait(10)
    until(lambda: not any(map(lives, started)), 20)
