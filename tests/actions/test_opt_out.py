"""How an opt-out ends: by a START that the provider knows, or, where the opt-out is ours alone, because they asked."""

import pytest

from prom.actions import opt_out, receive, stop_page
from prom.errors import Conflict, SmsRejected
from prom.sms.gateway import Inbound
from prom.store import audit, contacts, stop_requests
from prom.store.connect import rows
from tests.study import Study
from tests.web.browsing import staff_at

PAGE = "/study/participants/P-001"
ASKED = "They asked to get texts again"


@pytest.fixture
def invited(clinic) -> Study:
    clinic.enrol("P-001", status="performed", on="2026-01-30")
    clinic.tick()
    return clinic


def writes(study: Study, text: str, sender: str = "", **given) -> None:
    number = len(rows(study.db, "select 1 from inbound"))
    given = {"opt_out_type": ""} | given
    text = Inbound(f"SM{number}", sender or study.number("P-001"), text, **given)
    receive.inbound(study.db, study.means, text, study.now)


def asks_again(study: Study) -> None:
    opt_out.asked_again(study.db, study.means, study.id("P-001"), study.now, staff_id=study.staff["cora"])


def is_out(study: Study) -> bool:
    return contacts.opted_out(study.db, study.means.keys.number_hashes(study.number("P-001")))


def kinds(study: Study) -> list[str]:
    return sorted(task["kind"] for task in study.open_tasks() if task["kind"] != "call")


def stops_on_the_page(study: Study) -> str:
    stop_page.ask(study.db, study.means, study.number("P-001"), study.now)
    (request,) = rows(study.db, "select id from stop_request")
    stop_page.stop(study.db, study.means, request["id"], study.now)
    return request["id"]


# ---- they asked the staff


@pytest.mark.parametrize("how", ["Alto", "停止", "page"])
def test_an_opt_out_of_ours_alone_ends_when_they_asked(invited, how):
    invited.enrol("P-002", mobile=invited.number("P-001"), birth_year=1961, status="performed", on="2026-01-30")
    stops_on_the_page(invited) if how == "page" else writes(invited, how)
    invited.ticks(days=2, every="day")
    assert len(invited.sms.texts_to(invited.number("P-001"))) == (1 if how == "page" else 2)  # the STOP confirmed
    asks_again(invited)
    assert not is_out(invited)
    invited.ticks(days=4, every="day")
    to_the_other = [(message["kind"], message["status"]) for message in invited.messages("P-002")]
    assert ("invitation", "sent") in to_the_other  # whoever shares the phone gets texts, too
    (recorded,) = [row for row in audit.of_subject(invited.db, invited.id("P-001")) if row["action"] == "opted_in"]
    assert (recorded["actor"], recorded["at"]) == (invited.staff["cora"], "2026-03-04T15:00:00Z")


@pytest.mark.parametrize("how", ["STOP", "typed by the provider", "refused", "page, then STOP"])
def test_what_the_provider_blocks_staff_cannot_end(invited, how):
    if how == "refused":
        invited.sms.faults = [SmsRejected("21610")]
        invited.ticks(days=3, every="day")
    elif how == "typed by the provider":
        writes(invited, "please", opt_out_type="STOP")
    else:
        if how.startswith("page"):
            stops_on_the_page(invited)
        writes(invited, "STOP")
    with pytest.raises(Conflict) as refusal:
        asks_again(invited)
    assert refusal.value.key == "provider_blocks" and is_out(invited)
    writes(invited, "START")
    assert not is_out(invited)


def test_a_number_that_is_not_opted_out_cannot_be_let_in_again(invited):
    with pytest.raises(Conflict) as refusal:
        asks_again(invited)
    assert refusal.value.key == "not_opted_out"
    assert [row["action"] for row in audit.of_subject(invited.db, invited.id("P-001"))] == ["enrolled"]


# ---- a START that the provider does not know


@pytest.mark.parametrize("word", ["INICIO", "恢復"])
def test_a_start_that_the_provider_does_not_know_ends_nothing_that_it_blocks(invited, word):
    writes(invited, "STOP")
    writes(invited, word)
    assert is_out(invited) and kinds(invited) == ["start_unheard"]
    assert "Ask them to text START to us" in staff_at(invited, "cora").opens("/study/tasks")
    writes(invited, "START")
    assert not is_out(invited) and kinds(invited) == []


def test_a_nurses_start_that_the_provider_does_not_know_is_read_by_somebody(invited):
    writes(invited, "STOP", sender="+15550100011")
    writes(invited, "INICIO", sender="+15550100011")
    assert kinds(invited) == ["staff_reply"]


def test_the_pages_undo_ends_nothing_that_the_provider_blocks(invited):
    request_id = stops_on_the_page(invited)
    writes(invited, "STOP")
    assert stop_page.standing(invited.db, invited.means, stop_requests.by_id(invited.db, request_id)) == "stopped"
    stop_page.resume(invited.db, invited.means, request_id, invited.now)
    assert is_out(invited)


# ---- the pages


def test_a_coordinator_ends_it_by_a_button_and_reads_who_did(invited):
    stops_on_the_page(invited)
    cora = staff_at(invited, "cora")
    assert ASKED in cora.opens(PAGE)
    cora.sends(f"{PAGE}/texts-again")
    page = cora.opens(PAGE)
    assert "P-001: texts go to this number again." in page and ASKED not in page
    told = "texts again since Mon 2 Mar 2026, 10:00, they asked, recorded by Cora Example."
    assert told in page and told in cora.opens("/study/messages?code=P-001")
    assert told not in cora.opens("/study/messages")


def test_where_the_provider_blocks_it_the_page_says_what_they_must_do(invited):
    writes(invited, "STOP")
    cora = staff_at(invited, "cora")
    page = cora.opens(PAGE)
    assert "until they text START to us, in this very word" in page and ASKED not in page
    cora.sends(f"{PAGE}/texts-again")
    assert "Ask them to text START to us: then texts go again." in cora.opens(PAGE) and is_out(invited)


def test_a_nurse_cannot_end_it(invited):
    stops_on_the_page(invited)
    nina = staff_at(invited, "nina")
    assert ASKED not in nina.opens(PAGE)
    nina.sends(f"{PAGE}/texts-again", 403)
    assert is_out(invited)
