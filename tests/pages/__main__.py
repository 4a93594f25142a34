"""Everything about the participant's pages that takes minutes: `make test-pages`, or `python -m tests.pages NAME...`.

matrix, paint and taps drive Chromium; lighthouse needs what `make deps` installs. One table at the end; the exit status
says whether all is as it must be.
"""

import sys

from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.pages.lighthouse import lighthouse
from tests.pages.matrix import matrix
from tests.pages.paint import paint
from tests.pages.place import served
from tests.pages.report import Line, table
from tests.pages.taps import taps
from tests.pages.weight import weight

BROWSED = {"taps": taps, "weight": weight, "paint": paint, "matrix": matrix}


def main() -> int:
    """Run the named checks, or all; 0 when every figure is as it must be."""
    wanted = sys.argv[1:] or [*BROWSED, "lighthouse"]
    if not CHROMIUM.exists():
        print("Chromium is missing: make deps", file=sys.stderr)
        return 1
    lines: list[Line] = []
    with served() as reached:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            for name in BROWSED:
                if name in wanted:
                    lines += _told(BROWSED[name](browser, reached))
            browser.close()
        if "lighthouse" in wanted:
            lines += _told(lighthouse(reached))
    print(table(lines))
    return 0 if all(line.good for line in lines) else 1


def _told(lines):
    """Each line as it comes, on the error stream: the whole takes minutes."""
    for line in lines:
        print(table([line]), file=sys.stderr, flush=True)
        yield line


if __name__ == "__main__":
    sys.exit(main())
