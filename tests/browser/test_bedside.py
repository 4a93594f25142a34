"""The waiting room in a browser: the square as a camera meets it, and a device that is given over."""

from io import BytesIO

import pytest
import segno
from PIL import Image

from tests.browser.conftest import log_in, tap
from tests.browser.soundness import overhang, small_targets, violations

pytestmark = pytest.mark.long

TODAY = "2026-03-02"
QUIET = 4  # modules of light around the square
SIDE = 240  # pixels at least: what a phone's camera reads at arm's length


@pytest.fixture
def clinic(served):
    """Somebody whose baseline is open on the day of the procedure."""
    clinic = served()
    clinic.enrol("P-001", on=TODAY)
    return clinic


def shows(page, clinic) -> None:
    """Log in as the coordinator and lead to the square, by the day's list."""
    log_in(page, clinic, "cora")
    page.goto(f"{clinic.means.base_url}/study/day")
    tap(page.get_by_role("button", name="Baseline: show the QR code"))


def is_dark(picture: Image.Image, x: float, y: float) -> bool:
    """Whether a picture is dark at a place; x, y: 0 to 1 of its width and height."""
    return picture.getpixel((int(x * picture.width), int(y * picture.height))) < 128


@pytest.mark.parametrize("width, scheme", [(320, "light"), (360, "dark"), (1280, "light")])
def test_a_camera_meets_the_links_square_dark_on_light(clinic, phone, width, scheme):
    page = phone(width, java_script_enabled=True, color_scheme=scheme)
    shows(page, clinic)
    address = f"{clinic.means.base_url}/s/{clinic.token(clinic.visit('P-001', 'baseline'))}"
    modules = list(segno.make_qr(address, error="m").matrix_iter(border=QUIET))
    square = page.get_by_role("img").locator("svg")
    box = square.bounding_box()
    assert box["width"] == box["height"] >= SIDE
    picture, size = Image.open(BytesIO(square.screenshot())).convert("L"), len(modules)
    middles = [(place + 0.5) / size for place in range(size)]
    found = [[is_dark(picture, x, y) for x in middles] for y in middles]
    assert found == [[bool(module) for module in line] for line in modules]
    assert [*violations(page), *overhang(page), *small_targets(page)] == []
    assert page.get_by_text(address, exact=True).is_visible()


@pytest.mark.parametrize("width, scripts", [(360, False), (1280, True)])
def test_a_device_given_over_leads_back_to_no_staff_page(clinic, phone, width, scripts):
    page = phone(width, java_script_enabled=scripts)
    shows(page, clinic)
    steps = page.evaluate("history.length") if scripts else 6
    tap(page.get_by_role("button", name="Use this device"))
    assert page.url.split("?")[0] == f"{clinic.means.base_url}/s/{clinic.token(clinic.visit('P-001', 'baseline'))}"
    assert page.locator("[name=step]").count() == 1
    assert page.context.cookies() == []
    for _ in range(steps - 1):
        page.go_back()
        text = page.locator("body").inner_text()
        assert "P-001" not in text and "Log out" not in text and "Use this device" not in text
    page.goto(f"{clinic.means.base_url}/study/participants")
    assert page.get_by_role("heading", level=1).inner_text() == "Log in"


def test_done_leads_back_to_the_participants_page(clinic, phone):
    page = phone(360)
    shows(page, clinic)
    tap(page.get_by_role("link", name="Done: back to my pages"))
    assert page.get_by_role("heading", level=1).inner_text() == "P-001"
