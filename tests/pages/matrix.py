"""Every page in every language, light and dark, at three widths: accessible, nothing stands out, everything can be
tapped, nothing moves."""

from collections import Counter
from collections.abc import Iterator

from playwright.sync_api import Browser, Page

from tests.browser import soundness
from tests.browser.participant_pages import PAGES, Reached
from tests.pages.report import Line
from tests.pages.taps import LONG, Cost, walk

Faults = Counter[tuple[str, str]]  # (page, fault): how often it was seen
TOLD = 12  # faults of a kind that are listed; the rest is counted
WIDTHS = (320, 360, 1280)
SCHEMES = ("light", "dark")
_SHOW_OFFLINE, _HIDE_OFFLINE = (f"document.querySelector('#offline').hidden = {hidden}" for hidden in ("false", "true"))


def matrix(browser: Browser, reached: Reached) -> Iterator[Line]:
    """A line a language, one for the pages as the script shows them, and some for the faults of each."""
    for language in reached.clinic.study.study.languages:
        what = f"{language}: {len(PAGES)} pages, {' and '.join(SCHEMES)}, {', '.join(map(str, WIDTHS))}"
        yield from _lines(what, _by_page(browser, reached, language))
    yield from _lines("each page of a long survey as the script shows it", _by_script(browser, reached))


def _lines(what: str, found: Faults) -> Iterator[Line]:
    """How many faults there are, and the first few."""
    yield Line("matrix", what, f"{sum(found.values())} faults", "0", not found)
    for (name, fault), times in list(found.items())[:TOLD]:
        yield Line("matrix", f"{name}: {fault}", f"{times} times", "0", False)


def _by_page(browser: Browser, reached: Reached, language: str) -> Faults:
    """The faults of every page in a language: as it is opened, then in each scheme at each width."""
    # Reduced motion: a colour that still changes would be judged on its way.
    size = {"width": WIDTHS[0], "height": 720}
    context = browser.new_context(viewport=size, reduced_motion="reduce", locale=language)
    soundness.watch(context)
    page, found = context.new_page(), Counter()
    for name in PAGES:
        page.set_viewport_size({"width": WIDTHS[0], "height": 720})
        page.emulate_media(color_scheme="light")
        found.update((name, fault) for fault in soundness.faults(page, reached.address(name, language)))
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 720})
                seen = [*soundness.violations(page), *soundness.overhang(page), *soundness.small_targets(page)]
                found.update((f"{name}, {scheme}, {width}", fault) for fault in seen)
    context.close()
    return found


def _by_script(browser: Browser, reached: Reached) -> Faults:
    """The faults of the pages of a survey that the script puts one in the place of the other, each also with the words
    that there is no connection."""
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": 720}, reduced_motion="reduce")
    page, found = context.new_page(), Counter()
    page.goto(reached.address("first screen"))

    def look(page: Page) -> None:
        for words in (_SHOW_OFFLINE, _HIDE_OFFLINE):
            page.evaluate(words)
            seen = [*soundness.violations(page), *soundness.overhang(page)]
            found.update((page.locator("h1").inner_text(), fault) for fault in seen)

    walk(page, LONG, Cost(), look)
    context.close()
    return found
