"""Every participant's page around the form as the browser shows it: see test_pages_screens."""

import pytest

from tests.browser.participant_pages import OTHERS
from tests.browser.soundness import faults

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", OTHERS)
def test_a_page_around_the_form_is_sound(reached, narrow, name):
    assert faults(narrow, reached.address(name)) == []
