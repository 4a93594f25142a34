"""First contentful paint at 400 kbit/s and 400 ms, connection set-up not counted.

The browser's own emulation holds each response back until 400 ms after its request and passes on 50,000 bytes a
second. The connection is there already: a page of the same origin was opened just before on a connection that is kept
alive. What is told is the browser's paint entry, in milliseconds from the start of the navigation. That the emulation
does what it says is seen first on a page of known size.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median
from threading import Thread
from time import monotonic

from playwright.sync_api import Browser, Page

from tests.browser.participant_pages import Reached
from tests.pages.report import Line
from tests.pages.taps import NEXT

LATENCY_MS, BYTES_A_SECOND = 400, 400_000 / 8
RUNS, MOST_MS = 5, 800
KNOWN_BYTES, SLACK = 20_000, 0.1
PAGES = ("first screen", "first screen at night", "number from 0 to 10", "any of several")
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_END = "performance.getEntriesByType('navigation')[0].responseEnd"


def paint(browser: Browser, reached: Reached) -> Iterator[Line]:
    """The page of known size, then each page: median and worst of the runs."""
    expected = LATENCY_MS + KNOWN_BYTES / BYTES_A_SECOND * 1000
    with _known_page() as address:
        measured = median(_slowly(browser, address, address, _END) for _ in range(RUNS))
    what = f"method: {KNOWN_BYTES} bytes of known size arrive, {expected:.0f} ms expected"
    bound = f"within {SLACK:.0%}"
    yield Line("paint", what, f"{measured:.0f} ms", bound, abs(measured - expected) <= SLACK * expected)
    for name in PAGES:
        address = reached.address(name)
        runs = [_slowly(browser, f"{reached.clinic.means.base_url}/healthz", address, _PAINT) for _ in range(RUNS)]
        figure = f"{median(runs):.0f} ms, worst {max(runs):.0f} ms"
        yield Line("paint", name, figure, f"median of {RUNS} <= {MOST_MS} ms", median(runs) <= MOST_MS)
    for script in (True, False):
        runs = [_next(browser, reached.address("number from 0 to 10"), script) for _ in range(RUNS)]
        what = f"from Next to the next screen, {'with' if script else 'without'} the script"
        yield Line("paint", what, f"{median(runs):.0f} ms, worst {max(runs):.0f} ms")


def _slowly(browser: Browser, before: str, address: str, told: str) -> float:
    """Open one page at full speed, then another of the same origin slowly; what the browser tells of that."""
    with _phone(browser, before) as page:
        page.goto(address)
        page.wait_for_timeout(200)  # a paint is told a moment after it was made
        return page.evaluate(told)


def _next(browser: Browser, address: str, script: bool) -> float:
    """Milliseconds from a tap on Next until the next screen is there."""
    with _phone(browser, address, java_script_enabled=script) as page:
        page.locator("main label:has([type=radio])").first.click()
        step = page.locator("main [name=step]").get_attribute("value")
        begun = monotonic()
        page.locator("main form:has([name=step])").locator(NEXT).click(no_wait_after=True)
        following = page.locator(f'main [name=step]:not([value="{step}"])')
        while not following.count():  # a wait of the browser's driver would look twice a second only
            assert monotonic() < begun + 10, "no next screen came"
        return 1000 * (monotonic() - begun)


@contextmanager
def _phone(browser: Browser, address: str, **given) -> Iterator[Page]:
    """A page that was opened at full speed, slow from then on."""
    context = browser.new_context(viewport={"width": 360, "height": 640}, **given)
    page = context.new_page()
    page.goto(address)
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    rate = {"latency": LATENCY_MS, "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
    network.send("Network.emulateNetworkConditions", {"offline": False} | rate)
    yield page
    context.close()


@contextmanager
def _known_page() -> Iterator[str]:
    """The address of a page of a known size, headers included."""

    class Known(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
            length = KNOWN_BYTES - len(head) - len(b"12345\r\n\r\n")
            self.wfile.write(head + b"%d\r\n\r\n" % length + os.urandom(length // 2).hex().ljust(length, "0").encode())

        def log_message(self, format, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Known)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
