"""The waiting room in a browser: the square as a camera meets it, and a device that is given over."""

import zlib

import pytest
import segno

from tests.browser.conftest import tap
from tests.browser.soundness import overhang, small_targets, violations
from tests.browser.test_study import log_in

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


def lightness(png: bytes) -> list[list[int]]:
    """Rows of the red of each pixel, 0 to 255, of a screenshot (RGB or RGBA, 8 bits, not interlaced)."""
    width, height, channels = int.from_bytes(png[16:20]), int.from_bytes(png[20:24]), {2: 3, 6: 4}[png[25]]
    data, at = b"", 8
    while at < len(png):
        length, kind = int.from_bytes(png[at : at + 4]), png[at + 4 : at + 8]
        data += png[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += length + 12
    raw, line, rows = zlib.decompress(data), bytearray(width * channels), []
    for start in range(0, height * (width * channels + 1), width * channels + 1):
        line = _unfiltered(raw[start], raw[start + 1 : start + 1 + width * channels], line, channels)
        rows.append(list(line[::channels]))
    return rows


def _unfiltered(how: int, given: bytes, above: bytearray, step: int) -> bytearray:
    """A line of a PNG as it was before its filter."""
    line = bytearray(given)
    for at in range(len(line)):
        left = line[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        nearest = min((left, above[at], corner), key=lambda each: abs(left + above[at] - corner - each))
        line[at] = (line[at] + (0, left, above[at], (left + above[at]) // 2, nearest)[how]) % 256
    return line


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_a_camera_meets_the_links_square_dark_on_light(clinic, phone, width, scheme):
    page = phone(width, java_script_enabled=True, color_scheme=scheme)
    shows(page, clinic)
    address = f"{clinic.means.base_url}/s/{clinic.token(clinic.visit('P-001', 'baseline'))}"
    modules = list(segno.make_qr(address, error="m").matrix_iter(border=QUIET))
    square = page.get_by_role("img").locator("svg")
    box = square.bounding_box()
    assert box["width"] == box["height"] >= SIDE
    seen = lightness(square.screenshot())
    size = len(modules)

    def at(place: int, long: int) -> int:
        return int((place + 0.5) * long / size)

    found = [[seen[at(y, len(seen))][at(x, len(seen[0]))] < 128 for x in range(size)] for y in range(size)]
    assert found == [[bool(module) for module in line] for line in modules]
    assert [*violations(page), *overhang(page), *small_targets(page)] == []
    assert page.get_by_text(address, exact=True).is_visible()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_device_given_over_leads_back_to_no_staff_page(clinic, phone, width, scripts):
    page = phone(width, java_script_enabled=scripts)
    shows(page, clinic)
    steps = page.evaluate("history.length") if scripts else 6
    tap(page.get_by_role("button", name="Use this device"))
    assert page.url == f"{clinic.means.base_url}/s/{clinic.token(clinic.visit('P-001', 'baseline'))}"
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
