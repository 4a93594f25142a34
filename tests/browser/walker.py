"""Somebody who fills in a whole form in a browser: reads which screen it is, answers it, goes on."""

from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import Error, Page

from prom.store import reports
from prom.store.connect import rows
from tests.study import Study
from tests.web.filling import LONG, SHORT

__all__ = ["LONG", "MIDDLE", "SHORT", "Keys", "Walker", "enlarge", "report", "saves"]
MIDDLE = SHORT | {  # each kind of control once
    "nrs_average": "0",
    "nrs_worst": "10",
    "med_any": "yes",
    "med_classes": ["nsaid_oral"],
    "med_name/nsaid_oral": "Made-up 500",
    "med_strength/nsaid_oral": {"med_strength": "500", "med_unit": "mcg"},
    "med_times/nsaid_oral": "3",
    "med_days/nsaid_oral": "_not_sure",
    "med_change/nsaid_oral": "more",
    "med_more/nsaid_oral": "no",
    "care_any": "hospital_stay",
    "care_on": "2026-03-20",
    "care_for": "A fall",
    "comment": "All good",
    "who": "proxy",
}


class Walker:
    """A page that stands at a screen of the form."""

    def __init__(self, page: Page, address: str):
        self.page = page
        page.goto(address)

    @property
    def step(self) -> str:
        """The key of the screen; "" where none is asked: the review, the thanks."""
        return self._hidden("step")

    @property
    def sheet(self) -> str:
        """What is different on each page that is made; "" after sending."""
        return f"{self.step} {self._hidden('seen')}"

    def _hidden(self, name: str) -> str:
        return "".join(self.page.locator(f"input[name={name}]").evaluate_all("all => all.map(one => one.value)"))

    def answers(self, given) -> None:
        """Choose and type. given: a value, several, or by the name of the control: as the form would send them."""
        fields = given if isinstance(given, dict) else {self.step.partition("/")[0]: given}
        for name, values in fields.items():
            for value in values if isinstance(values, list) else [values]:
                self._set(name, value)

    def _set(self, name: str, value: str) -> None:
        tick = self.page.locator(f'[name="{name}"][value="{value}"]:is([type=radio], [type=checkbox])')
        if tick.count():
            tick.check()
        elif self.page.locator(f'select[name="{name}"]').count():
            self.page.locator(f'select[name="{name}"]').select_option(value)
        elif value:
            self.page.locator(f'[name="{name}"]:not([type=radio], [type=checkbox])').fill(value)

    def taps(self) -> None:
        """Tap Next, or on the review Send."""
        self.page.locator("form[data-screen] button:not([name=back])").filter(visible=True).last.click()

    def goes_on(self) -> None:
        """Tap Next, and wait for the next page."""
        before = self.sheet
        self.taps()
        self.waits(before)

    def waits(self, before: str) -> None:
        """Wait until another page stands than the one of that sheet."""
        for _ in range(400):
            with suppress(Error):  # the page goes away while it is read
                if self.page.locator("main h1").count() and self.sheet != before:
                    return self.page.wait_for_load_state()
            self.page.wait_for_timeout(25)
        raise AssertionError(f"still at {before}")

    def walks(self, given: dict, each: Callable[["Walker"], None] | None = None) -> list[str]:
        """Screen by screen to the review, each done by `each` once it is filled in; the steps."""
        steps = []
        while step := self.step:
            steps.append(step)
            self.answers(given[step])
            (each or Walker.goes_on)(self)
        return steps


class Keys(Walker):
    """Somebody without mouse or finger: Tab, arrows, Space, Enter."""

    def _set(self, name: str, value: str) -> None:
        kind = self._reach(f'[name="{name}"]')
        if kind in ("checkbox", "radio"):
            self._choose(kind, value)
        elif kind == "select-one":
            for _ in range(20):
                if self._active("value") == value:
                    return
                self.page.keyboard.press("ArrowDown")
            raise AssertionError(f"no {value}")
        elif value and kind != "date":
            if value.startswith("_"):
                self._reach(f'[name="{name}"][value="{value}"]')
                self.page.keyboard.press("Space")
            else:
                self.page.keyboard.type(value)
        elif value:
            year, month, day = value.split("-")
            self.page.keyboard.type(month + day + year)

    def _choose(self, kind: str, value: str) -> None:
        for _ in range(20):
            if self._active("value") == value:
                break
            self.page.keyboard.press("Tab" if kind == "checkbox" else "ArrowDown")
        if not self._active("checked"):
            self.page.keyboard.press("Space")
        assert (self._active("value"), self._active("checked")) == (value, True)

    def taps(self) -> None:
        self._reach("form[data-screen] button")
        self.page.keyboard.press("Enter")

    def _reach(self, selector: str) -> str:
        """Tab until such a control has the focus; its kind."""
        for _ in range(60):
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return self._active("type")
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {selector}")

    def _active(self, what: str):
        return self.page.evaluate("what => document.activeElement[what]", what)


def enlarge(page: Page) -> None:
    """Make the text of the page that stands twice as large, as a reader's own setting does."""
    page.evaluate("document.documentElement.style.fontSize = '200%'")


def report(clinic: Study, visit: dict) -> dict:
    """The answers of a visit's one report."""
    found = rows(clinic.db, "select * from response where visit_id = :id", {"id": visit["id"]})
    assert len(found) == 1
    return reports.response_of(clinic.db, visit["id"])["answers"]


def saves(clinic: Study, visit: dict) -> list[str]:
    """The steps of the saved screens of a visit, one a save."""
    return [screen["step"] for screen in reports.screens(clinic.db, visit["id"])]
