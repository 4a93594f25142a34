"""The heaviest pages in bytes, as the suite holds them to their limits: the page that a link opens with all it loads,
and any later one."""

from collections.abc import Iterator

from playwright.sync_api import Browser

from tests.browser.participant_pages import PAGES, Reached
from tests.pages.report import Line
from tests.web.weighing import FIRST, FIRSTS, LATER, Scales


def weight(browser: Browser, reached: Reached) -> Iterator[Line]:
    """Two lines a language."""
    scales = Scales(reached)
    for language in reached.clinic.study.study.languages:
        most, name = max((scales.first(name, language), name) for name in FIRSTS)
        yield Line("weight", f"{language}: {name}, with its script", f"{most} bytes", f"<= {FIRST}", most <= FIRST)
        most, name = max((scales.get(reached.address(name, language))[0], name) for name in PAGES)
        yield Line("weight", f"{language}: heaviest page, {name}", f"{most} bytes", f"<= {LATER}", most <= LATER)
