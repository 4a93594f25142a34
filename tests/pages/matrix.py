"""Every page in every language, light and dark, at three widths: accessible, nothing stands out, everything can be
tapped, nothing moves."""

from collections.abc import Iterator

from playwright.sync_api import Browser, Page

from tests.browser import soundness
from tests.browser.participant_pages import PAGES, Reached
from tests.pages.report import Line
from tests.pages.taps import LONG, Cost, walk

WIDTHS = (320, 360, 1280)
SCHEMES = ("light", "dark")
_SHOW_OFFLINE, _HIDE_OFFLINE = (f"document.querySelector('#offline').hidden = {hidden}" for hidden in ("false", "true"))


def matrix(browser: Browser, reached: Reached) -> Iterator[Line]:
    """A line a language, one for the pages as the script shows them, and one for each fault."""
    for language in reached.clinic.study.study.languages:
        # Reduced motion: a colour that still changes would be judged on its way.
        context = browser.new_context(viewport={"width": WIDTHS[0], "height": 720}, reduced_motion="reduce")
        soundness.watch(context)
        page, found = context.new_page(), []
        for name in PAGES:
            found += [(name, fault) for fault in soundness.faults(page, reached.address(name, language))]
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 720})
                    seen = [*soundness.violations(page), *soundness.overhang(page), *soundness.small_targets(page)]
                    found += [(f"{name}, {scheme}, {width}", fault) for fault in seen]
            page.set_viewport_size({"width": WIDTHS[0], "height": 720})
        context.close()
        what = f"{language}: {len(PAGES)} pages, {' and '.join(SCHEMES)}, {', '.join(map(str, WIDTHS))}"
        yield Line("matrix", what, f"{len(found)} faults", "0", not found)
        yield from (Line("matrix", name, fault, "0", False) for name, fault in found)
    found = _by_script(browser, reached)
    yield Line("matrix", "each page of a long survey as the script shows it", f"{len(found)} faults", "0", not found)
    yield from (Line("matrix", "as the script shows it", fault, "0", False) for fault in found)


def _by_script(browser: Browser, reached: Reached) -> list[str]:
    """The faults of the pages of a survey that the script puts one in the place of the other, each also with the words
    that there is no connection."""
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": 720}, reduced_motion="reduce")
    page, found = context.new_page(), []
    page.goto(reached.address("first screen"))

    def look(page: Page) -> None:
        for words in (_SHOW_OFFLINE, _HIDE_OFFLINE):
            page.evaluate(words)
            found.extend([*soundness.violations(page), *soundness.overhang(page)])

    walk(page, LONG, Cost(), look)
    context.close()
    return found
