"""Every participant's page around the form as the browser shows it: see test_pages_screens."""

import pytest

from tests.browser.participant_pages import OTHERS
from tests.browser.soundness import enlarged, faults

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", OTHERS)
def test_a_page_around_the_form_is_sound(reached, narrow, name):
    assert faults(narrow, reached.address(name)) == []


# The pages that name a number to call; Spanish has the longest words.
CALLS = (
    "stop without a link", "stopped by a texted link",
    "advice", "stop", "stopped", "locked", "closed", "closed, begun", "not open", "withdrawn", "ended", "not theirs",
    "new link", "new link, too often", "thanks", "thanks, call us", "thanks, closed now", "thanks with advice",
    "thanks, year of birth",
)  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_a_number_to_call_stays_in_its_box_with_text_twice_as_large(reached, narrow, name):
    narrow.goto(reached.address(name, "es"))
    assert narrow.locator("a[href^='tel:']").count()
    assert enlarged(narrow) == []
