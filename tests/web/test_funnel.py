"""The page of the contact funnel: the counts of a period, the reasons beneath them, and the visits behind each."""

import re

import pytest

from prom.actions import receipts
from prom.sms.gateway import Receipt
from prom.store.connect import add, run, write
from tests.web.browsing import staff_at
from tests.web.test_messages import lines

FUNNEL = "/study/messages/funnel"
FEBRUARY = "since=2026-02-01&until=2026-02-28"


@pytest.fixture
def contacted(clinic):
    """Five one-month visits that came due on 28 February, each come to another end; and the missed baselines."""
    for number in range(1, 6):
        mode = "phone" if number == 5 else "text"
        clinic.enrol(f"P-00{number}", status="performed", on="2026-01-30", contact_mode=mode)
    clinic.enrol("TEST-1", status="performed", on="2026-01-30")
    clinic.ticks(minutes=1, every="minute")
    for code, status, reason in (("P-001", "delivered", ""), ("P-002", "undelivered", "30006")):
        message = clinic.messages(code)[0]
        given = Receipt(message["id"], message["provider_id"], status, reason, "")
        receipts.take(clinic.db, clinic.means, given, clinic.now)
    clinic.answers(clinic.visit("P-001", "1m"))
    clinic.saves(clinic.visit("P-003", "1m"), "red_flags", {"red_flags": ["none"]})
    return clinic


def count(page: str, words: str) -> int:
    """The number in front of a reason, or behind a step."""
    (line,) = [line for line in lines(page) if line.startswith(words)]
    return int(line.removeprefix(words).split()[0])


def link(page: str, number: int, words: str) -> str:
    (found,) = re.findall(rf'href="([^"]+)">{number}</a> {re.escape(words)}', page)
    return found


def test_each_visit_due_is_counted_once_with_its_reason(contacted):
    page = staff_at(contacted, "cora").opens(f"{FUNNEL}?{FEBRUARY}")
    steps = ("Came due", "Text queued", "Text sent", "Text arrived", "Link opened", "Begun", "Answered")
    assert [count(page, step) for step in steps] == [5, 4, 4, 2, 2, 2, 1]
    told = " ".join(lines(page))
    assert "1 is not contacted by text" in told
    assert "1 did not arrive: a landline, or a network that takes no texts (30006)" in told
    assert "1 not confirmed yet" in told
    assert "1 of them without word that a text arrived" in told
    assert "Begun 2 1 still open" in told


def test_visits_not_due_and_those_that_closed_before_the_person_was_enrolled_do_not_count(contacted):
    page = staff_at(contacted, "cora").opens(FUNNEL)
    assert count(page, "Came due") == 5  # the baselines of January had closed before anybody was enrolled
    assert staff_at(contacted, "cora").opens(f"{FUNNEL}?since=2026-04-01").count(">0</a>") == 7


def test_what_happened_later_is_no_reason_of_an_earlier_visit(clinic):
    for code in ("P-001", "P-002", "P-003", "P-004"):
        clinic.enrol(code, on="2026-03-16")  # the baseline is due on the 9th
    clinic.becomes("P-001", "stopped_texts")
    clinic.at("2026-03-20T15:00:00Z")  # no tick ran: nothing was queued
    clinic.becomes("P-002", "stopped_texts")
    clinic.records("P-003", "performed", "2026-03-16")
    clinic.becomes("P-003", "left_follow_up")
    clinic.records("P-004", "cancelled")
    told = " ".join(lines(staff_at(clinic, "cora").opens(FUNNEL)))
    assert "Came due 4" in told and "1 stopped texts" in told and "1 still open" in told
    assert "1 the form has closed" in told and "left the study" not in told and "1 cancelled" in told
    assert "So far: Came due; stopped texts" in staff_at(clinic, "cora").opens("/study/participants/P-001")
    assert "So far: Came due; still open" in staff_at(clinic, "cora").opens("/study/participants/P-002")


def test_each_count_leads_to_its_visits(contacted):
    cora = staff_at(contacted, "cora")
    page = cora.opens(f"{FUNNEL}?{FEBRUARY}")
    lost = lines(cora.opens(link(page, 1, "did not arrive: a landline")))
    assert len(lost) == 1 and lost[0].startswith("P-002 Injection, 1 month 28 Feb 2026 Text sent; did not arrive")
    (line,) = lines(cora.opens(link(page, 1, "of them without word that a text arrived")))
    assert line.startswith("P-003") and "Begun; still open" in line
    reached = lines(cora.opens(f"{FUNNEL}/visits?{FEBRUARY}&step=sent"))
    assert [line.split()[0] for line in reached] == ["P-001", "P-002", "P-003", "P-004"]
    assert FEBRUARY in re.search(r'href="([^"]+)">Back to the counts', cora.page).group(1)


def test_what_cannot_be_asked_is_refused(contacted):
    cora = staff_at(contacted, "cora")
    assert "Give a date, such as 2026-03-01." in cora.opens(f"{FUNNEL}?since=soon", 400)
    cora.opens(f"{FUNNEL}/visits?step=elsewhere", 404)
    cora.opens(f"{FUNNEL}/visits?step=sent&since=soon", 404)
    assert "No visits." in cora.opens(f"{FUNNEL}/visits?step=sent&why=nothing&first=-5")


@pytest.mark.parametrize("login, answer", [("nina", 200), ("anna", 403), ("adam", 403), (None, 302)])
def test_coordinators_and_nurses_read_it(contacted, login, answer):
    client = contacted.signed_in(login) if login else contacted.app().test_client()
    for path in (FUNNEL, f"{FUNNEL}/visits?step=due"):
        assert client.get(path, base_url=contacted.means.base_url).status_code == answer


def test_people_of_another_site_or_study_are_not_counted(contacted):
    with write(contacted.db):
        add(contacted.db, "site", id="other", name="Other site")
        run(contacted.db, "update participant set site_id = 'other' where code = 'P-001'")
        run(contacted.db, "update participant set study_key = 'another' where code = 'P-002'")
    assert count(staff_at(contacted, "cora").opens(f"{FUNNEL}?{FEBRUARY}"), "Came due") == 3


def test_the_participants_page_says_how_far_each_visit_got(contacted):
    cora = staff_at(contacted, "cora")
    assert "So far: Text sent; did not arrive: a landline" in cora.opens("/study/participants/P-002")
    assert "So far: Came due; is not contacted by text" in cora.opens("/study/participants/P-005")
    assert "So far: Begun; still open" in cora.opens("/study/participants/P-003")


def test_a_long_list_is_paged(contacted, monkeypatch):
    monkeypatch.setattr("prom.web.funnel._A_PAGE", 2)
    cora = staff_at(contacted, "cora")
    seen, page = [], cora.opens(f"{FUNNEL}/visits?{FEBRUARY}&step=due")
    assert "5 visits, the longest due first" in page
    while True:
        seen += [line.split()[0] for line in lines(page)]
        more = re.search(r'href="([^"]+)">More<', page)
        if more is None:
            break
        page = cora.opens(more.group(1))
    assert seen == [f"P-00{number}" for number in range(1, 6)]


def test_a_period_that_ends_before_it_begins_is_refused_in_words(contacted):
    page = staff_at(contacted, "cora").opens(f"{FUNNEL}?since=2026-03-01&until=2026-02-28", 400)
    assert "Give a day that is not before the first one." in page and "Came due" not in page
