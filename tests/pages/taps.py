"""What a survey costs: taps, typed letters, requests and bytes received, walked in the browser from link to thanks.

A tap is a click on a control or a button; choosing from a list is two, a field to write in one. Typed letters stand
apart (of a date its eight digits). Bytes are those that the browser received, headers included, as they were sent:
compressed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.participant_pages import Reached
from tests.pages.report import Line

Answers = dict[str, str | list[str]]  # by item, as its controls send it; "" to leave it
SHORTEST: Answers = {
    "red_flags": ["none"], "nrs_average": "5", "nrs_worst": "7", "med_any": "no", "care_any": "no", "se_any": "no",
    "comment": "", "urgency": "can_wait", "who": "self",
}  # fmt: skip
LONG: Answers = SHORTEST | {
    "med_any": "yes", "med_classes": ["paracetamol", "opioid_weak"], "med_name": "Made-up", "med_opioid": "tramadol",
    "med_strength": "50", "med_unit": "mg", "med_times": "3", "med_days": "7", "med_change": "same", "med_more": "no",
    "care_any": "hospital_stay", "care_on": "2026-03-20", "care_for": "A fall", "se_any": "yes",
    "se_list": ["headache", "numb"], "se_severity": "light", "se_interference": "a_bit", "se_care": "no",
    "se_start": "2026-03-10", "se_now": "no", "se_end": "2026-03-12", "comment": "Thank you",
}  # fmt: skip
NEXT = "button:not([aria-hidden], [name=back]):visible"
SURVEYS = {"shortest": SHORTEST, "long": LONG}


@dataclass
class Cost:
    """What a walk has cost so far."""

    screens: int = 0
    taps: int = 0
    letters: int = 0
    requests: int = 0
    bytes: int = 0

    def count(self, page: Page) -> None:
        """Count what a page asks for and receives from now on."""
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.requestWillBeSent", self._sent)
        network.on("Network.loadingFinished", self._received)

    def _sent(self, event: dict) -> None:
        self.requests += not event["request"]["url"].startswith("data:")
        if "redirectResponse" in event:
            self._received(event["redirectResponse"])

    def _received(self, event: dict) -> None:
        self.bytes += int(event["encodedDataLength"])

    def tap(self, target: Locator, times: int = 1) -> None:
        self.taps += times
        target.click()

    def __str__(self) -> str:
        return (
            f"{self.screens} screens, {self.taps} taps, {self.letters} letters, {self.requests} requests, "
            f"{self.bytes} bytes"
        )


def taps(browser: Browser, reached: Reached) -> Iterator[Line]:
    """A line a survey, with the script and without."""
    for name, answers in SURVEYS.items():
        for script in (True, False):
            context = browser.new_context(viewport={"width": 360, "height": 720}, java_script_enabled=script)
            page, cost = context.new_page(), Cost()
            cost.count(page)
            page.goto(reached.address("first screen"))
            walk(page, answers, cost)
            context.close()
            yield Line("taps", f"{name} survey, {'with' if script else 'without'} the script", str(cost))


def walk(page: Page, answers: Answers, cost: Cost, look: Callable[[Page], None] = lambda page: None) -> None:
    """From the open form to the thanks. look: is shown each page on the way."""
    while (step := page.locator("main form [name=step]")).count():
        look(page)
        _fill(page, answers, cost)
        _on(page, page.locator(f'main form:has([name=step][value="{step.get_attribute("value")}"])'), cost)
    look(page)
    _on(page, page.locator("main form:has([name=send])"), cost)
    look(page)
    cost.screens += 1


def _on(page: Page, form: Locator, cost: Cost) -> None:
    """Tap the form's button, and wait until another page stands in its place."""
    cost.tap(form.locator(NEXT))
    expect(form).to_have_count(0)
    page.wait_for_load_state()
    cost.screens += 1


def _fill(page: Page, answers: Answers, cost: Cost) -> None:
    """Answer what the screen asks."""
    controls = page.locator("main form:has([name=step]) :is(input:not([type=hidden]), select, textarea)")
    for name in dict.fromkeys(controls.evaluate_all("all => all.map(one => one.name)")):
        given, control = answers[name], page.locator(f'main [name="{name}"]')
        first = control.first
        kind = first.evaluate("one => one.tagName == 'SELECT' ? 'select' : one.type")
        if kind in ("radio", "checkbox"):
            for value in [given] if isinstance(given, str) else given:
                cost.tap(page.locator(f'main label:has([name="{name}"][value="{value}"])'))
        elif kind == "select":
            cost.taps += 2
            first.select_option(given)
        elif given:
            cost.tap(first)
            cost.letters += len(given) if kind != "date" else 8
            first.fill(str(given))
