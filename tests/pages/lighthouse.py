"""Lighthouse on its phone profile (slow 4G, a processor four times slower, as it reckons them) over the key pages."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from statistics import median

import playwright

from tests.browser.conftest import CHROMIUM
from tests.browser.participant_pages import Reached
from tests.pages.report import Line

RUNS, ACCESSIBILITY, PERFORMANCE = 3, 100, 98
PAGES = (
    "first screen", "number from 0 to 10", "any of several", "number with its unit", "advice", "review", "thanks",
    "closed",
)  # fmt: skip
PROGRAM = Path(__file__).parent / "node_modules/lighthouse/cli/index.js"
# Lighthouse 13 asks for Node 22.19 or later; Debian 12 has 18. The one inside Playwright is new enough everywhere.
NODE = Path(playwright.__file__).parent / "driver/node"


def lighthouse(reached: Reached) -> Iterator[Line]:
    """A line a page: every run's figure, and the median that counts. Without Lighthouse one that says so."""
    if not PROGRAM.exists():
        missing = os.environ.get("CI") == "true"
        yield Line("lighthouse", "is missing: make deps", "not run", "run where CI=true", not missing)
        return
    for name in PAGES:
        runs = [_scores(reached.address(name)) for _ in range(RUNS)]
        for category, least in (("accessibility", ACCESSIBILITY), ("performance", PERFORMANCE)):
            figures = [run[category] for run in runs]
            told = f"{median(figures):.0f} ({', '.join(f'{figure:.0f}' for figure in figures)})"
            yield Line("lighthouse", f"{category}, {name}", told, f">= {least}", median(figures) >= least)


def _scores(address: str) -> dict[str, float]:
    """The scores of one run. A run that gave none, as when the browser lost its trace, is made again, twice at most."""
    for _ in range(2):
        with suppress(RuntimeError):
            return _run(address)
    return _run(address)


def _run(address: str) -> dict[str, float]:
    """The scores of one run by category, 0 to 100. Raises RuntimeError where Lighthouse gave none."""
    with tempfile.TemporaryDirectory() as folder:
        flags = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
        command = [
            *(str(NODE), str(PROGRAM), address, "--quiet", "--output=json", f"--output-path={folder}/report.json"),
            *("--only-categories=accessibility,performance", "--no-enable-error-reporting", "--ignore-status-code"),
            f"--chrome-flags={flags}",
        ]
        own = {"CHROME_PATH": str(CHROMIUM), "XDG_CONFIG_HOME": folder, "HOME": folder}
        done = subprocess.run(command, env=os.environ | own, capture_output=True, text=True, timeout=180)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        report = json.loads((Path(folder) / "report.json").read_text())
    if report.get("runtimeError"):
        raise RuntimeError(report["runtimeError"]["message"])
    return {name: 100 * (part["score"] or 0) for name, part in report["categories"].items()}
