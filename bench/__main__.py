"""`make bench`, or `python -m bench [PEOPLE]`: every benchmark on made-up people, one table. Takes minutes."""

import sys
import tempfile
from pathlib import Path

from bench import rehearsal, texts
from tests.double import Double
from tests.drills.place import ACCOUNT, TOKEN, Place


def main() -> None:
    """Run all and print the table."""
    people = int(sys.argv[1]) if sys.argv[1:] else 10_000
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as past,
        Double(ACCOUNT, TOKEN) as double,
        Place(Path(folder), double) as place,
    ):
        lines = [*texts.bench(place, people), *rehearsal.bench(Path(past), people)]
    width = max(len(line.what) for line in lines)
    for line in lines:
        print(f"{line.what:<{width}}  {line.value:>10.{line.digits}f}  {line.unit}")


if __name__ == "__main__":
    main()
