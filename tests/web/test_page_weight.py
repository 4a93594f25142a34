"""What a participant's page weighs and waits for: its bytes as they are served, and nothing that holds up its first
paint. These do not flicker as times do."""

import re

import pytest

from tests.browser.participant_pages import PAGES, Reached, page_clinic
from tests.web.weighing import FIRST, FIRSTS, LATER, Loads, Scales


@pytest.fixture(scope="module")
def scales(tmp_path_factory):
    return Scales(Reached(page_clinic(tmp_path_factory.mktemp("weight"))))


@pytest.fixture(scope="module")
def languages(scales):
    return scales.reached.clinic.study.study.languages


def test_every_page_is_light_and_waits_for_nothing(scales, languages):
    heavy = {}
    for name, language in [(name, language) for name in PAGES for language in languages]:
        weight, page = scales.get(scales.reached.address(name, language))
        loads = Loads(page)
        assert (loads.holds_up, loads.pictures) == ([], []), name
        assert len(loads.scripts) <= 1 and len(loads.styles) == 1, name
        assert not re.search(r"@import|url\(", loads.styles[0]), name
        if weight > LATER:
            heavy[name, language] = weight
    assert heavy == {}


def test_a_first_page_with_its_script_fits_in_one_round_trip(scales, languages):
    weights = {(name, language): scales.first(name, language) for name in FIRSTS for language in languages}
    assert {place: weight for place, weight in weights.items() if not LATER / 4 < weight <= FIRST} == {}


@pytest.mark.parametrize("name", ["first screen", "number from 0 to 10", "any of several", "lines of text", "review"])
def test_what_the_script_gets_is_lighter_than_the_page(scales, name):
    address = scales.reached.address(name)
    weight, fragment = scales.next(address)
    assert "<main" in fragment and "<html" not in fragment and "<style" not in fragment
    assert weight <= LATER and weight < scales.get(address)[0]


def test_what_holds_a_page_up_is_found():
    bad = '<link rel="stylesheet" href="a"><script src="b"></script><script>c</script><img src="d"><style>e</style>'
    loads = Loads(bad + '<link rel="icon" href="data:,"><script src="f" defer></script>')
    assert len(loads.holds_up) == 3 and len(loads.pictures) == 1
    assert loads.scripts == ["b", "inline", "f"] and loads.styles == ["e"]
