"""The log of messages, the funnel and the task of a wrong number: each as a screen reader meets it, at 320 and 1280
pixels; and a text sent again by hand, without scripts."""

import pytest

from prom.actions import tick
from prom.errors import SmsRejected
from prom.rules.times import stamp
from prom.store import health
from prom.store.connect import write
from tests.browser.conftest import log_in, tap
from tests.browser.soundness import violations
from tests.browser.test_study import LONG_CODE, fits

pytestmark = pytest.mark.long


def peopled(clinic):
    """Somebody whose number the provider refused, somebody texted, somebody whose text waits."""
    clinic.sms.faults = [SmsRejected("21211")]
    clinic.enrol(LONG_CODE, status="performed", on="2026-01-30")
    clinic.tick()
    clinic.enrol("P-002", status="performed", on="2026-01-30")
    clinic.tick()
    clinic.enrol("P-003", status="performed", on="2026-01-30")
    tick.tick(clinic.db, clinic.means, clinic.now)
    with write(clinic.db):
        for job in ("tick", "send_staff", "send_participant"):
            health.beat(clinic.db, job, stamp(clinic.now))
    return clinic


@pytest.fixture
def clinic(served):
    return peopled(served())


@pytest.fixture(scope="module")
def looked_at(served_once):
    return peopled(served_once())


def test_a_text_is_taken_back_and_the_link_sent_again_without_scripts(clinic, phone):
    page = phone(360)
    log_in(page, clinic, "cora")
    tap(page.get_by_role("link", name="Messages"))
    page.get_by_label("Participant's code").fill("P-003")
    tap(page.get_by_role("button", name="Show"))
    tap(page.get_by_role("button", name="Take back"))
    assert "P-003: The text is taken back." in page.get_by_role("status").inner_text()
    assert page.get_by_label("Participant's code").input_value() == "P-003"
    tap(page.get_by_role("button", name="Send again"))
    assert "P-003: A text goes now." in page.get_by_role("status").inner_text()
    tap(page.get_by_role("link", name="How far each visit got"))
    tap(page.locator("tr", has_text="Text queued").get_by_role("link").first)
    assert page.locator("tbody tr").count() == 3


@pytest.mark.parametrize(
    "path",
    ["messages", "messages?code=P-999&since=soon", "messages/funnel", "messages/funnel/visits?step=due", "tasks",
     "participants/P-003"],
)  # fmt: skip
def test_each_page_fits_and_can_be_read_aloud(looked_at, desk, path):
    page = desk(looked_at, "cora")
    page.goto(f"{looked_at.means.base_url}/study/{path}")
    for each in page.locator("details").all():
        each.evaluate("fold => fold.open = true")
    assert page.get_by_role("heading", level=1).count() == 1
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 720})
        assert fits(page)
        assert violations(page) == []
