"""The page of the figures, its period and its two files: who sees what, and what is recorded."""

import re

import pytest

from prom.actions import alerts as alert_actions
from prom.store import audit
from prom.store.connect import run, write
from tests.report.reading import parsed
from tests.report.test_alert_figures import comments, does, treated, warns
from tests.web.browsing import staff_at

__all__ = ["treated"]
FIGURES = "/care/figures"


@pytest.fixture
def busy(treated):
    """A red alert taken late, a routine one, and a report without any; on Thursday 2 April, at 11:40."""
    alert = warns(treated, "P-001")
    comments(treated, "P-002")
    treated.answers(treated.visit("P-003", "1m"), nrs=1)
    treated.at("2026-04-02T15:40:00Z")
    does(treated, alert, "contacted")
    return treated


def line(page: str, words: str) -> str:
    """The row of a table that begins so, as one reads it."""
    found = re.findall(r"<tr>(.*?)</tr>", page, re.S)
    rows = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]
    return next(each for each in rows if each.startswith(words))


def test_the_page_shows_each_figure_with_what_it_is_of(busy):
    page = staff_at(busy, "nina").opens(FIGURES)
    assert "2 alerts, and 2 reports sent, from 12 Jan 2026 to 2 Apr 2026" in page
    whole = "2 100.0 (2 to 2) 40 min; 90 % in 40 min opening hours: 40 min; 40 min (of 1) 100 % (1 of 1) 50 % (1 of 2)"
    assert line(page, "All") == f"All {whole} 100 % (2 of 2)"
    assert line(page, "HIGH") == "HIGH 0 0.0 (0 to 2)"
    assert line(page, "Warning sign red_flag 1 50.0 (1 to 2)")
    assert line(page, "2026-W14").startswith("2026-W14 30 Mar 2026 to 2 Apr 2026 2 100.0 (2 to 2)")
    assert line(page, "2026-W13") == "2026-W13 23 Mar 2026 to 29 Mar 2026 0"
    assert "By arm" not in page


def test_arms_stand_on_the_page_once_one_is_known(busy):
    busy.adds("P-003", "embolization", "performed", on="2026-04-02")
    page = staff_at(busy, "anna").opens(FIGURES)
    assert line(page, "TAE") == "TAE 0 0.0 (0 to 1)"
    assert line(page, "Not known yet").startswith("Not known yet 2 200.0 (2 to 1)")


def test_a_silence_stands_among_the_rules_in_words(busy):
    busy.at("2026-04-20T15:00:00Z")
    comments(busy, "P-004")
    with write(busy.db):
        run(busy.db, "update alert_reason set rule = 'silence_pain' where alert_id = :id", busy.alerts("P-004")[0])
    assert "No report at …; NRS … on … silence_pain 1" in line(staff_at(busy, "nina").opens(FIGURES), "No report at")


@pytest.mark.parametrize(
    "asked, said",
    [
        ("since=soon", "Give a date, such as 2026-03-01."),
        ("since=2015-01-01", "Choose a day from 2 Apr 2016 to today."),
        ("since=2026-04-03", "Choose a day from 2 Apr 2016 to today."),
        ("since=2026-03-02&until=2026-03-01", "Choose a day from 2 Mar 2026 to today."),
        ("until=9999-12-31", "to today."),
        ("since=2026-04-03&until=2026-04-30", "Choose a day from 2 Apr 2016 to today."),
        ("since=0001-01-01&until=0001-01-02", "Choose a day from 2 Apr 2016 to today."),
    ],
)
def test_a_period_that_cannot_be_is_refused_in_words(busy, asked, said):
    cora = staff_at(busy, "cora")
    for path in (FIGURES, f"{FIGURES}/alerts.csv", f"{FIGURES}/weeks.csv"):
        assert said in cora.opens(f"{path}?{asked}", 400)
    assert audit.of_subject(busy.db, "alerts.csv") == []


def test_the_files_are_of_the_period_on_the_page_and_are_recorded(busy):
    anna = staff_at(busy, "anna")
    page = anna.opens(f"{FIGURES}?since=2026-03-30&until=2026-04-02")
    addresses = re.findall(r'href="([^"]+)">Download ([^<]+)<', page)
    assert [name for _, name in addresses] == ["alerts.csv", "weeks.csv"]
    for address, name in addresses:
        got = anna.client.get(address, base_url=anna.base)
        assert got.mimetype == "text/csv"
        assert got.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        found = parsed(got.get_data(as_text=True))
        if name == "alerts.csv":
            assert [(row["participant"], row["alert"]) for row in found] == [("P-001", "red"), ("P-002", "routine")]
        else:
            assert {row["week"] for row in found} == {"2026-W14"}
        (kept,) = audit.of_subject(busy.db, name)
        assert (kept["actor"], kept["action"]) == (busy.staff["anna"], "exported")
    shorter = anna.client.get(f"{FIGURES}/alerts.csv?until=2026-04-01", base_url=anna.base).get_data(as_text=True)
    assert parsed(shorter) == []


@pytest.mark.parametrize(
    "login, page, each", [("nina", 200, 200), ("leda", 200, 200), ("cora", 200, 200), ("anna", 200, 200),
                          ("adam", 200, 403), (None, 302, 302)],
)  # fmt: skip
def test_who_sees_them(busy, login, page, each):
    client = busy.signed_in(login) if login else busy.app().test_client()
    for path, status in (("", page), ("/weeks.csv", page), ("/alerts.csv", each)):
        assert client.get(FIGURES + path, base_url=busy.means.base_url).status_code == status
    if page == 200:
        shown = client.get(FIGURES, base_url=busy.means.base_url).get_data(as_text=True)
        assert ("Download alerts.csv" in shown) == (each == 200)


def test_the_page_and_both_files_stand_a_handing_over(busy):
    alert = busy.alerts("P-001")[0]
    alert_actions.hand_over(
        busy.db, busy.means, alert["id"], busy.staff["noor"], busy.now, staff_id=busy.staff["nina"], sites=("main",)
    )
    nina = staff_at(busy, "nina")
    assert "40 min (of 1)" in line(nina.opens(FIGURES), "All")
    for name in ("alerts", "weeks"):
        assert parsed(nina.opens(f"{FIGURES}/{name}.csv"))
