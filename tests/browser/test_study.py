"""The coordinator's path on a phone without scripts: enrol, baseline in the clinic, done, crossover; each page as a
screen reader meets it and at 320 pixels."""

import pytest

from prom.rules.times import stamp
from prom.store import health
from prom.store.connect import write
from tests.browser.conftest import log_in, tap
from tests.browser.soundness import violations

pytestmark = pytest.mark.long

LONG = "Wilhelmina Maximiliane von Example-Longname the Third"
LONG_CODE = "P-003-WITH-A-VERY-LONG-CODE-ABCD"


def peopled(clinic):
    """Somebody planned for today, somebody overdue with a task, somebody with an open form and a very long code."""
    clinic.enrol("P-001", on="2026-03-02")
    clinic.enrol("P-002", on="2026-02-26")
    clinic.enrol(LONG_CODE, name=LONG, status="performed", on="2026-01-30", contact_mode="phone")
    clinic.ticks(minutes=1, every="minute")
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


def fits(page) -> bool:
    """Whether nothing stands beyond the right edge."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_coordinators_path_without_scripts(clinic, phone):
    page = phone(360)
    log_in(page, clinic, "cora")
    tap(page.get_by_role("link", name="Enrol a participant"))
    page.get_by_label("Code").fill("P-100")
    page.get_by_label("Name", exact=True).fill(LONG)
    page.get_by_label("Mobile number").fill("12")
    page.get_by_label("Year of birth").fill("1956")
    page.get_by_label("Average pain").fill("3")
    page.get_by_label("Months of this pain").fill("12")
    page.get_by_label("Consent to the study").fill("2026-03-02")
    page.get_by_label("Day: planned for").fill("2026-03-02")
    tap(page.get_by_role("button", name="Enrol"))
    assert page.get_by_role("alert").first.inner_text().startswith("Mobile number: Give a mobile number")
    assert "Not eligible" in page.get_by_role("alert").last.inner_text()  # told with the rest
    tap(page.get_by_role("link", name="Mobile number"))
    assert page.get_by_label("Name", exact=True).input_value() == LONG

    page.get_by_label("Mobile number").fill("+1 555 010 7777")
    tap(page.get_by_role("button", name="Enrol").first)
    assert "Not eligible" in page.get_by_role("alert").inner_text()
    page.get_by_label("Average pain").fill("8")
    tap(page.get_by_role("button", name="Enrol").first)
    assert page.get_by_role("heading", level=1).inner_text() == "Your form is ready"
    address = page.locator(".address").inner_text()
    at_the_clinic = phone(360)
    at_the_clinic.goto(address)
    assert at_the_clinic.locator("[name=step]").count() == 1

    tap(page.get_by_role("link", name="Done: back to my pages"))
    assert "P-100 is enrolled." in page.get_by_role("status").inner_text()
    tap(page.get_by_role("link", name="Procedures today"))
    tap(page.locator("tr", has_text="P-100").get_by_role("button", name="Done today"))
    assert "3 visits planned" in page.get_by_role("status").inner_text()
    form = crosses_over(page, clinic.means.base_url)
    assert "Injection, 6 months: cancelled." in page.get_by_role("listitem").all_inner_texts()
    tap(page.get_by_role("button", name="Change what I gave"))
    assert form.get_by_label("Day:").input_value() == "2026-03-02"
    tap(form.get_by_role("button", name="Record"))
    tap(page.get_by_role("button", name="Record it so"))
    assert "3 visits planned, 3 visits cancelled" in page.get_by_role("status").inner_text()
    assert "Path: TAE" in page.locator("main").inner_text()


def shows(name):
    """Open the page of the person with the long code with everything unfolded."""

    def open_it(page, base):
        page.goto(f"{base}/study/participants/{LONG_CODE}")
        tap(page.get_by_role("button", name=name))
        for each in page.locator("details").all():
            each.evaluate("fold => fold.open = true")

    return open_it


def refused(page, base):
    """The form of a new participant, sent empty."""
    page.goto(f"{base}/study/participants/new")
    tap(page.get_by_role("button", name="Enrol"))


def crosses_over(page, base):
    """Record an embolization of today; the form."""
    page.goto(f"{base}/study/participants/{LONG_CODE}")
    tap(page.get_by_text("Add a further procedure"))
    form = page.locator("form", has=page.locator("#further-kind"))
    form.get_by_label("Procedure").select_option("embolization")
    form.get_by_label("State").select_option("performed")
    form.get_by_label("Day:").fill("2026-03-02")
    tap(form.get_by_role("button", name="Record"))
    return form


def coming(page, base):
    """What a crossover would change, before it is recorded."""
    crosses_over(page, base)
    assert "Nothing is recorded yet." in page.locator("main").inner_text()


def rota(page, base):
    """The rota with a gap, a shift, somebody away and a test of the night phone, and its form sent with a fault."""
    page.goto(f"{base}/care/rota")
    tap(page.get_by_role("button", name="Ring the night phone"))
    for place in ("Place 1: told first", "Lead: told last"):
        tap(page.get_by_text("Put somebody in, or hand a shift over"))
        page.get_by_label("Place").select_option(place)
        tap(page.get_by_role("button", name="Put in"))
    for each in page.locator("#away, #put-in").all():
        each.evaluate("fold => fold.open = true")
    page.locator("#away-until_on").fill("2026-03-20")
    tap(page.get_by_role("button", name="Mark as away"))
    tap(page.get_by_text("Put somebody in, or hand a shift over"))
    page.locator("#in-until_on").fill("2026-03-01")
    tap(page.get_by_role("button", name="Put in"))
    assert "later than the beginning" in page.get_by_role("alert").inner_text()
    assert "Nina Example is away" in page.locator("main").inner_text()


def ringing(page, base):
    """The page that a test of the night phone leads to."""
    page.goto(f"{base}/care/rota")
    tap(page.get_by_role("button", name="Ring the night phone"))
    page.goto(f"{base}{page.get_by_role('link', name='its page').get_attribute('href')}")


def goes(path):
    return lambda page, base: page.goto(f"{base}{path}")


@pytest.mark.parametrize(
    "login, opens",
    [
        ("cora", goes("/study/participants")),
        ("cora", goes("/study/participants/new")),
        ("cora", refused),
        ("cora", shows("Show or change name and number")),
        ("cora", coming),
        ("cora", goes("/study/day")),
        ("cora", goes("/study/tasks")),
        ("cora", goes("/study/texts")),
        ("adam", goes("/study/staff")),
        ("nina", goes("/study/on-call")),
        ("nina", rota),
        ("nina", ringing),
        ("nina", goes("/study/participants/P-001")),
    ],
    ids=[
        "list", "enrol", "refused", "person", "coming", "day", "tasks", "texts", "staff",
        "on-call", "rota", "ringing", "seen-by-a-nurse"
    ],
)
def test_each_page_fits_and_can_be_read_aloud(looked_at, desk, login, opens):
    page = desk(looked_at, login)
    opens(page, looked_at.means.base_url)
    assert page.get_by_role("heading", level=1).count() == 1
    assert "did not work" not in page.get_by_role("heading", level=1).inner_text()
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 720})
        assert fits(page)
        assert violations(page) == []
