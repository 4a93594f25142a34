"""Every screen of a form as the browser shows it, 320 pixels wide: accessible, nothing stands out, everything can be
tapped, nothing moves, nothing is asked for elsewhere, no cookie."""

import pytest

from tests.browser.participant_pages import SCREENS
from tests.browser.soundness import enlarged, faults, overhang, requests, shifts, small_targets, violations

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_sound(reached, narrow, name):
    assert faults(narrow, reached.address(name)) == []


_BAD = """<!doctype html><title>x</title><main style="inline-size: 900px"><a href="/">A</a><button>B</button>
<div class="scale"><label><input type="radio"></label></div>
<p style="inline-size: 2rem">Call <a href="tel:1" style="white-space: nowrap">us now</a></p></main>"""


def test_what_is_not_sound_is_found(narrow):
    narrow.goto("about:blank")
    narrow.set_content(_BAD)
    assert {fault.split(":")[0] for fault in violations(narrow)} >= {"html-has-lang", "label"}
    assert overhang(narrow) and len(small_targets(narrow)) == 3
    assert any("words stand out" in fault for fault in enlarged(narrow))
    before = shifts(narrow)
    narrow.evaluate("document.querySelector('main').style.marginBlockStart = '200px'")
    assert shifts(narrow) != before
    assert requests(["http://a/x", "http://b/x", "data:,"], "http://a") == ["asks elsewhere: http://b/x"]
    assert requests(["http://a/x"] * 3, "http://a") == ["3 requests"]
