"""The page of today: the same as the morning digest counted, with a link to each."""

import re

import pytest

from prom.actions import digest
from tests.actions.test_digest import SITES, evening
from tests.web.browsing import staff_at

__all__ = ["evening"]
TODAY = "/care/today"


def listed(page: str, heading: str) -> list[str]:
    """What stands under a heading, as one reads it."""
    section = next(part for part in re.split(r"<section", page) if f">{heading}" in part)
    found = re.findall(r"<li[^>]*>(.*?)</li>", section, re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in found]


def test_it_lists_what_the_digest_counts(evening):
    evening.at("2026-04-13T13:00:00Z")
    evening.tick()
    page = staff_at(evening, "nina").opens(TODAY)
    counted = digest.counts(evening.db, evening.means, SITES, evening.now)
    assert (counted.alerts, counted.overdue, counted.reports, counted.visits) == (1, 1, 2, 1)
    assert "Open alerts: 1" in page and "(1 overdue)" in page
    assert listed(page, "Open alerts") == ["ROUTINE P-001 : OVERDUE. Wrote a comment. Nobody has it yet."]
    reports = sorted(listed(page, "Reports to read: 2"))  # two of one moment stand in any order
    assert reports[0].startswith("P-001 , Injection, 1 month: sent Thu 2 Apr 2026, 11:00. OVERDUE: to be read by")
    assert listed(page, "Overdue visits: 1") == [
        "P-003 , Injection, 1 month, due 2 Apr 2026: overdue since 9 Apr 2026. A call is due. "
        "Enter the answers by phone or from paper"
    ]
    (alert,) = evening.alerts("P-001")
    for path in (f"/care/alerts/{alert['id']}", "/care/alerts", "/care/reports", "/care/participants/P-003"):
        assert f'href="{path}"' in page


def test_a_long_list_is_cut_and_says_so(evening, monkeypatch):
    evening.at("2026-04-13T13:00:00Z")
    evening.enrol("P-004", status="performed", on="2026-03-02", contact_mode="phone")
    monkeypatch.setattr("prom.web.today._VISITS_SHOWN", 1)
    evening.ticks(minutes=2, every="minute")
    page = staff_at(evening, "nina").opens(TODAY)
    assert "Overdue visits: 2" in page and "1 more stand here once these are done." in page
    assert len(listed(page, "Overdue visits: 2")) == 1


def test_a_quiet_day_says_so(clinic):
    page = staff_at(clinic, "leda").opens(TODAY)
    for words in ("No alert is open.", "Everything is read.", "No visit is overdue."):
        assert words in page


@pytest.mark.parametrize("login, status", [("nina", 200), ("leda", 200), ("cora", 403), ("anna", 403), (None, 302)])
def test_nurses_and_investigators_see_it(clinic, login, status):
    client = clinic.signed_in(login) if login else clinic.app().test_client()
    assert client.get(TODAY, base_url=clinic.means.base_url).status_code == status


def test_the_text_leads_here_through_the_log_in(evening):
    evening.at("2026-04-03T12:00:00Z")
    evening.tick()
    path = evening.sms.texts_to("+15550100011")[0].split()[-1].removeprefix(evening.means.base_url)
    assert path == TODAY
    answer = evening.app().test_client().get(path, base_url=evening.means.base_url)
    assert answer.headers["Location"].endswith(f"next={TODAY}")
