"""The long drills one after another: `make drill`, or `python -m tests.drills NAME...` for some. Takes minutes."""

import sys
import tempfile
from pathlib import Path

from tests.double import Double
from tests.drills import loaded, once, red, storm, texting, ticking
from tests.drills.place import ACCOUNT, TOKEN, Place

DRILLS = {
    "once": lambda place: [once.drill(place, 1000)],
    "storm": lambda place: [storm.drill(place, 400, 10)],
    "red": lambda place: red.drill(place, 50),
    "loaded": lambda place: [loaded.drill(place, 200, 10)],
    "texting": lambda place: [texting.drill(place, 2000, 100)],
    "ticking": lambda place: [ticking.drill(place, 2000, 50)],
}

TOGETHER = [name for name in DRILLS if name != "texting"]  # that one alone: make storm


def main() -> None:
    """Each drill in a folder of its own; prints its figures."""
    for name in sys.argv[1:] or TOGETHER:
        with (
            tempfile.TemporaryDirectory() as folder,
            Double(ACCOUNT, TOKEN) as double,
            Place(Path(folder), double) as place,
        ):
            for figures in DRILLS[name](place):
                print(f"{name}: {figures}", flush=True)


if __name__ == "__main__":
    main()
