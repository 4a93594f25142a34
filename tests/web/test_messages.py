"""The log of messages: who reads it, what it says, how it is narrowed and paged, and that it stays fast."""

import re

import pytest

from prom.actions import receipts, tick
from prom.sms.gateway import Receipt
from prom.store import message_log, messages
from prom.store.connect import add, run, write
from tests.study import work_of
from tests.web.browsing import staff_at

LOG = "/study/messages"


@pytest.fixture
def texted(clinic):
    """Two people with an invitation each, one of them opted out since, and a red alert of the other."""
    for code in ("P-001", "P-002"):
        clinic.enrol(code, status="performed", on="2026-01-30")
    clinic.ticks(minutes=1, every="minute")
    clinic.saves(clinic.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    clinic.ticks(minutes=1, every="minute")
    return clinic


def lines(page: str) -> list[str]:
    """The rows of the table as one reads them, newest first."""
    body = re.search(r"<tbody>(.*?)</tbody>", page, re.S)
    found = re.findall(r"<tr>(.*?)</tr>", body.group(1), re.S) if body else []
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def arrives(clinic, code: str, status: str = "delivered", reason: str = "") -> None:
    message = clinic.messages(code)[0]
    given = Receipt(message["id"], message["provider_id"], status, reason, "")
    receipts.take(clinic.db, clinic.means, given, clinic.now)


@pytest.mark.parametrize(
    "login, answer", [("cora", 200), ("nina", 200), ("anna", 403), ("adam", 403), (None, 302)]
)
def test_coordinators_and_nurses_read_the_log(texted, login, answer):
    client = texted.signed_in(login) if login else texted.app().test_client()
    assert client.get(LOG, base_url=texted.means.base_url).status_code == answer


def test_each_text_stands_there_with_its_fate_and_without_name_or_number(texted):
    arrives(texted, "P-001")
    arrives(texted, "P-002", "undelivered", "30005")
    cora = staff_at(texted, "cora")
    found = lines(cora.opens(LOG))
    assert "Alert to Nina Example P-001 , Injection, 1 month" in found[0]
    assert sum("Invitation" in line for line in found) == 2
    (reached,) = [line for line in found if "arrived" in line]
    assert "P-001" in reached and "Sent Mon 2 Mar 2026, 10:0" in reached and "Arrived Mon 2 Mar 2026, 10:0" in reached
    (lost,) = [line for line in found if "did not arrive" in line]
    assert "the number is not in use (30005)" in lost and "P-002" in lost
    for secret in ("Synthetic P-001", texted.number("P-001"), texted.number("P-002"), "+15550100011"):
        assert secret not in cora.page


def test_the_log_is_narrowed_by_person_fate_and_day(texted):
    arrives(texted, "P-002")
    cora = staff_at(texted, "cora")
    assert all("P-001" in line for line in lines(cora.opens(f"{LOG}?code=P-001"))) and len(lines(cora.page)) == 2
    assert len(lines(cora.opens(f"{LOG}?status=delivered"))) == 1
    assert lines(cora.opens(f"{LOG}?until=2026-03-01")) == [] and "No texts." in cora.page
    assert len(lines(cora.opens(f"{LOG}?since=2026-03-02&until=2026-03-02&code=&status="))) == 3
    assert lines(cora.opens(f"{LOG}?since=2026-03-03")) == []


def test_a_bound_that_cannot_be_is_said_beside_its_field(texted):
    cora = staff_at(texted, "cora")
    page = cora.opens(f"{LOG}?code=P-999&since=soon", 400)
    assert "There is no participant P-999." in page and "Give a date, such as 2026-03-01." in page
    assert lines(page) == [] and 'value="P-999"' in page


def test_nobody_of_another_site_stands_in_the_log(texted):
    with write(texted.db):
        add(texted.db, "site", id="other", name="Other site")
        run(texted.db, "update participant set site_id = 'other' where code = 'P-002'")
        run(texted.db, "update staff set site_id = 'other' where login = 'nina'")
    cora = staff_at(texted, "cora")
    assert not any("P-002" in line for line in lines(cora.opens(LOG)))
    assert len(lines(cora.page)) == 2
    cora.opens(f"{LOG}?code=P-002", 400)


def test_a_try_at_texts_kept_for_a_waiting_one_says_until_when(clinic):
    clinic.enrol("P-001", status="performed", on="2026-01-30")
    tick.tick(clinic.db, clinic.means, clinic.now)
    clinic.at("2026-03-03T02:00:00Z")  # 21:00 in New York
    clinic.tick()
    (line,) = lines(staff_at(clinic, "cora").opens(LOG))
    assert "waiting to go: waits for texting hours Next tried Tue 3 Mar 2026, 09:00" in line


def test_the_participants_page_leads_to_their_texts(texted):
    cora = staff_at(texted, "cora")
    assert f"{LOG}?code=P-001" in cora.opens("/study/participants/P-001")
    assert f"{LOG}?code=P-001" not in staff_at(texted, "adam").opens("/study/participants/P-001")


def many(clinic, number: int, after: int = 0) -> None:
    """So many reminders beside those that went, each in its own second but for pairs."""
    visit, person = clinic.visit("P-001", "1m"), clinic.id("P-001")
    with write(clinic.db):
        for step in range(100 + after, 100 + after + number):
            at = f"2026-0{1 + step % 2}-{1 + step % 28:02}T{step // 3600 % 24:02}:{step // 60 % 60:02}:{step % 60:02}Z"
            messages.queue(
                clinic.db, lane="participant", kind="reminder", step=step, about=visit["id"], recipient=person,
                participant_id=person, visit_id=visit["id"], text_key="sms_remind", language="en",
                study_version=clinic.means.version, queued_at=at, due_at=at, status="dropped", reason="stale",
            )  # fmt: skip


def test_pages_follow_each_other_and_leave_nothing_out(texted):
    many(texted, 120)
    cora = staff_at(texted, "cora")
    seen, page = [], cora.opens(f"{LOG}?code=P-001")
    assert ">Newest<" not in page
    while True:
        seen.append(len(lines(page)))
        older = re.search(r'href="([^"]*before=[^"]*)">Older<', page)
        if older is None:
            break
        page = cora.opens(older.group(1))
        assert ">Newest<" in page and "code=P-001" in older.group(1)
    assert seen == [50, 50, 22]


def test_a_page_of_the_log_is_no_more_work_with_ten_times_the_texts(texted):
    asked = {
        "all": message_log.Asked(),
        "of one person": message_log.Asked(participant_id=texted.id("P-002")),
        "of some days": message_log.Asked(since="2026-02-02T00:00:00Z", until="2026-02-20T00:00:00Z"),
    }

    def work(which: message_log.Asked) -> int:
        return work_of(texted.db, lambda: message_log.page(texted.db, ("main",), which, 51))

    many(texted, 400)
    few = {name: work(which) for name, which in asked.items()}
    many(texted, 3_600, after=400)
    assert [name for name, which in asked.items() if work(which) > 1.2 * few[name]] == []


# ---- by hand

PERSON = "/study/participants/P-001"


@pytest.fixture
def waiting(clinic):
    """Somebody whose invitation is queued."""
    clinic.enrol("P-001", status="performed", on="2026-01-30")
    tick.tick(clinic.db, clinic.means, clinic.now)
    return clinic


def text_path(clinic, code: str = "P-001") -> str:
    return f"{PERSON}/visits/{clinic.visit(code, '1m')['id']}/text"


def cancel_path(clinic) -> str:
    return f"{PERSON}/messages/{clinic.messages('P-001')[0]['id']}/cancel"


def test_a_coordinator_takes_a_waiting_text_back_and_sends_the_link_again(waiting):
    cora = staff_at(waiting, "cora")
    assert "Take back" in cora.opens(PERSON) and "Send now" in cora.page
    cora.sends(cancel_path(waiting))
    page = cora.opens(PERSON)
    assert "P-001: The text is taken back." in page and "not sent: taken back by a coordinator" in page
    assert "Text the link again" in page and "Take back" not in page
    cora.sends(text_path(waiting))
    waiting.tick()
    assert "P-001: A text goes now." in cora.opens(PERSON) and len(waiting.texts("P-001")) == 1
    cora.sends(text_path(waiting))
    assert "P-001: No text went: one a day and three a week is the most." in cora.opens(PERSON)
    assert len(waiting.messages("P-001")) == 2


def test_the_log_offers_the_same_and_leads_back_to_where_one_was(waiting):
    cora = staff_at(waiting, "cora")
    page = cora.opens(f"{LOG}?code=P-001&status=queued")
    assert 'name="log" value="code=P-001&status=queued"' in page
    answer = cora.sends(cancel_path(waiting), log="code=P-001&status=queued")
    assert answer.location == f"{LOG}?code=P-001&status=queued"
    assert "Send again" in cora.opens(f"{LOG}?code=P-001")
    cora.sends(cancel_path(waiting), log="")
    assert "P-001: This text is on its way or gone already." in cora.opens(LOG)


def test_a_text_that_will_not_go_says_so_at_once_and_goes_when_its_visit_is_brought_back(waiting):
    cora = staff_at(waiting, "cora")
    waiting.records("P-001", "cancelled")
    for path in (PERSON, LOG, "/care/participants/P-001"):
        page = cora.opens(path)
        assert "will not be sent: the visit was cancelled" in page, path
        assert "waiting to go:" not in page and "Send now" not in page and "Take back" not in page
        assert "Next tried" not in page
    waiting.undoes("P-001")
    assert "Send now" in cora.opens(PERSON) and "will not be sent" not in cora.page
    waiting.tick()
    assert len(waiting.texts("P-001")) == 1
    waiting.records("P-001", "cancelled")
    assert "will not be sent" not in cora.opens(PERSON)  # it went


def test_a_waiting_text_to_somebody_who_stopped_texts_says_that_it_will_not_go(waiting):
    waiting.becomes("P-001", "stopped_texts")
    nina = staff_at(waiting, "nina")
    assert "will not be sent: stopped texts" in nina.opens(LOG)
    assert "will not be sent: stopped texts" in nina.opens(PERSON) and "So far: Text queued; not sent" in nina.page


def test_at_night_it_is_said_when_the_text_goes(waiting):
    cora = staff_at(waiting, "cora")
    cora.opens(PERSON)
    cora.sends(cancel_path(waiting))
    waiting.at("2026-03-03T02:00:00Z")
    cora = staff_at(waiting, "cora")
    cora.opens(PERSON)
    cora.sends(text_path(waiting))
    assert "P-001: A text goes Tue 3 Mar 2026, 09:00, in texting hours." in cora.opens(PERSON)


def test_a_nurse_reads_and_neither_sends_nor_takes_back(waiting):
    nina = staff_at(waiting, "nina")
    assert "Take back" not in nina.opens(PERSON) and "Take back" not in nina.opens(LOG)
    for path in (text_path(waiting), cancel_path(waiting)):
        nina.sends(path, 403)
    assert waiting.messages("P-001")[0]["status"] == "queued"


def test_a_visit_or_text_of_somebody_else_is_not_found(waiting):
    waiting.enrol("P-002", status="performed", on="2026-01-30")
    cora = staff_at(waiting, "cora")
    cora.opens(PERSON)
    for path in (text_path(waiting, "P-002"), f"{PERSON}/messages/none/cancel"):
        cora.sends(path, 404)
    assert waiting.messages("P-001")[0]["status"] == "queued"
