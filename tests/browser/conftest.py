"""Chromium against the real application on a free port of this machine. Without Chromium these tests are skipped;
where CI=true a missing one is a failure."""

import os
import socket
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.browser.participant_pages import Reached, page_clinic
from tests.browser.soundness import watch
from tests.study import PASSWORD, Study

CHROMIUM = Path("/usr/bin/chromium")
SHELL = Path("/usr/bin/chromium-headless-shell")  # the same without windows: opens a page in a third of the time
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


class _Quiet(WSGIRequestHandler):
    """Writes no log: a path can hold a link."""

    def log(self, type, message, *args):
        pass


def tap(target) -> None:
    """Click, and wait until the page it leads to stands whole."""
    target.click()
    target.page.wait_for_load_state()


def log_in(page, clinic, login: str) -> None:
    """Log a member of staff in."""
    page.goto(f"{clinic.means.base_url}/login")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    tap(page.get_by_role("button", name="Log in"))


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests; each opens contexts of its own."""
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing: make deps")
        pytest.skip("no Chromium here: make deps")
    with sync_playwright() as playwright:
        whole_or_light = SHELL if SHELL.exists() else CHROMIUM
        browser = playwright.chromium.launch(executable_path=whole_or_light, args=ARGUMENTS)
        yield browser
        browser.close()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def serving(app, port: int):
    """Serve an application on a port of this machine, meanwhile."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def _clinics(folder: Path):
    with ExitStack() as running:

        def serve(**given) -> Study:
            port = free_port()
            clinic = Study(folder, PROM_BASE_URL=f"http://127.0.0.1:{port}", **given)
            running.enter_context(serving(clinic.app(), port))
            return clinic

        yield serve


@pytest.fixture
def served(tmp_path):
    """A function that makes a clinic (keywords as for Study) and serves it while the test runs; its address is
    clinic.means.base_url."""
    with _clinics(tmp_path) as serve:
        yield serve


@pytest.fixture(scope="module")
def served_once(tmp_path_factory):
    """As `served`, while the tests of a module run: for those that only look."""
    with _clinics(tmp_path_factory.mktemp("served")) as serve:
        yield serve


@pytest.fixture
def visit(served):
    """(a served clinic, the visit of a first follow-up report, its address)."""
    clinic = served()
    clinic.enrol("ADA", status="performed", on="2026-03-02")
    clinic.at("2026-04-02T15:00:00Z")
    clinic.tick()
    visit = clinic.visit("ADA", "1m")
    return clinic, visit, f"{clinic.means.base_url}/s/{clinic.token(visit)}"


@pytest.fixture(scope="session")
def reached(tmp_path_factory):
    """The participant's pages, served: one clinic for all tests of a process."""
    port = free_port()
    clinic = page_clinic(tmp_path_factory.mktemp("pages"), PROM_BASE_URL=f"http://127.0.0.1:{port}")
    pages = Reached(clinic)
    with serving(pages.app, port):
        yield pages


@pytest.fixture
def phone(chromium):
    """A function that opens a page of a phone: JavaScript off, so wide."""
    contexts = []

    def page(width: int = 360, **more):
        given = {"viewport": {"width": width, "height": 720}, "java_script_enabled": False} | more
        contexts.append(chromium.new_context(**given))
        contexts[-1].set_default_timeout(10_000)
        return contexts[-1].new_page()

    yield page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def desk(chromium):
    """A function that gives the page of a member of staff, scripts on, 320 pixels wide: they log in once a module."""
    pages = {}

    def page(clinic: Study, login: str):
        if login not in pages:
            context = chromium.new_context()
            context.set_default_timeout(10_000)
            pages[login] = context.new_page()
            log_in(pages[login], clinic, login)
        pages[login].set_viewport_size({"width": 320, "height": 720})
        return pages[login]

    yield page
    for each in pages.values():
        each.context.close()


@pytest.fixture(scope="module")
def narrow(chromium):
    """One page 320 pixels wide, scripts on, that adds up its layout shifts."""
    # Reduced motion: a colour that still changes would be judged on its way.
    context = chromium.new_context(viewport={"width": 320, "height": 640}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    watch(context)
    yield context.new_page()
    context.close()
