"""A text sent by hand, sent again, or taken back: once, inside the rules of every other text, or refused with the
reason."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from prom.actions import contact, receive, send, texting
from prom.actions import tick as tick_actions
from prom.errors import Conflict, NotFound, SmsRejected
from prom.rules.refusals import message as said
from prom.rules.times import stamp
from prom.sms.gateway import Inbound
from prom.store import audit, contacts
from prom.store.connect import run, write
from tests.actions.test_may_go import spent
from tests.study import Study

OPENS = "2026-03-13T16:00:00Z"  # a Friday, a week before the first report is due
DUE = "2026-03-20T14:00:00Z"


@pytest.fixture
def treated(clinic):
    """Somebody whose first report is open, and not due for a week."""
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    clinic.at(OPENS)
    clinic.tick()
    assert clinic.messages("P-001") == []
    return clinic


@pytest.fixture
def invited(treated):
    """The same, invited on the day it is due."""
    treated.at(DUE)
    treated.tick()
    return treated


def sends(study: Study, login: str = "cora"):
    visit = study.visit("P-001", "1m")
    return texting.send_link(study.db, study.means, visit["id"], study.now, staff_id=study.staff[login])


def cancels(study: Study, number: int = 0) -> None:
    message = study.messages("P-001")[number]
    texting.cancel(study.db, study.id("P-001"), message["id"], study.now, staff_id=study.staff["cora"])


def refused(study: Study, key: str) -> None:
    """No text may go, for this reason, in words; and none goes."""
    before = len(study.messages("P-001"))
    with pytest.raises(Conflict) as refusal:
        sends(study)
    assert refusal.value.key == key
    assert "went wrong" not in said(refusal.value)
    assert len(study.messages("P-001")) == before


def fates(study: Study) -> list[tuple]:
    """Kind, step, status and reason of each text, oldest first."""
    names = ("kind", "step", "status", "reason")
    return [tuple(each[name] for name in names) for each in reversed(study.messages("P-001"))]


# ---- now


def test_an_open_visit_is_texted_before_its_day(treated):
    assert sends(treated) == treated.now
    treated.tick()
    assert fates(treated) == [("invitation", 0, "sent", None)]
    (recorded,) = audit.of_subject(treated.db, treated.visit("P-001", "1m")["id"])
    assert (recorded["actor"], recorded["action"]) == (treated.staff["cora"], "text_by_hand")


def test_the_plan_goes_on_from_it_and_invites_nobody_twice(treated):
    sends(treated)
    treated.ticks_until("2026-03-21T16:00:00Z")
    assert [kind for kind, *_ in fates(treated)] == ["invitation", "reminder", "reminder"]


def test_two_coordinators_at_once_make_one_text(treated):
    with ThreadPoolExecutor(4) as together:
        list(together.map(lambda login: sends(treated, login), ("cora", "adam") * 4))
    treated.tick()
    assert fates(treated) == [("invitation", 0, "sent", None)] and len(treated.texts("P-001")) == 1
    refused(treated, "no_text_cap")


def test_while_the_tick_queues_it_too_it_goes_once(treated):
    treated.at(DUE)
    tick_actions.tick(treated.db, treated.means, treated.now)
    sends(treated)
    treated.tick()
    assert fates(treated) == [("invitation", 0, "sent", None)]


def test_at_night_it_waits_for_the_morning(treated):
    treated.at("2026-03-14T02:00:00Z")
    assert stamp(sends(treated)) == "2026-03-14T13:00:00Z"
    treated.tick()
    assert treated.texts("P-001") == []
    refused(treated, "no_text_texting_hours")
    treated.ticks_until("2026-03-14T13:00:00Z")
    assert len(treated.texts("P-001")) == 1


# ---- again


def test_the_same_link_goes_once_more_as_a_row_of_its_own(invited):
    invited.at("2026-03-21T14:01:00Z")
    sends(invited)
    invited.tick()
    first, second = invited.texts("P-001")
    link = f"/s/{invited.token(invited.visit('P-001', '1m'))}"
    assert link in first and link in second and first != second
    assert fates(invited)[1] == ("resend", 0, "sent", None)
    invited.at("2026-03-22T14:02:00Z")
    sends(invited)
    assert fates(invited)[-1][:2] == ("resend", 1)


def test_it_counts_against_the_cap_and_the_plan_stays(invited):
    invited.at("2026-03-21T14:01:00Z")
    sends(invited)
    invited.ticks_until("2026-03-22T14:00:00Z")
    assert fates(invited)[-1][::2] == ("reminder", "queued") and fates(invited)[-1][3] == "cap"
    refused(invited, "no_text_cap")  # the one that waits is told why
    invited.ticks_until("2026-03-22T15:02:00Z")
    assert fates(invited)[-1] == ("reminder", 1, "sent", None)


def test_one_that_did_not_arrive_is_followed_by_an_invitation(treated):
    treated.sms.faults = [SmsRejected("30007")]
    sends(treated)
    treated.tick()
    assert fates(treated) == [("invitation", 0, "failed", "30007")]
    sends(treated)
    treated.tick()
    (text,) = treated.texts("P-001")
    assert fates(treated)[-1] == ("resend", 0, "sent", None)
    assert treated.messages("P-001")[0]["text_key"] == "sms_invite" and "is ready" in text


# ---- no


def opts_out(study: Study) -> None:
    with write(study.db):
        contacts.opt_out(study.db, study.means.keys.number_hash(study.number("P-001")), "text", stamp(study.now))


def withdraws(study: Study, kind: str) -> None:
    today, id = study.now.date(), study.id("P-001")
    contact.consent(study.db, study.means, id, kind, False, today, study.now, staff_id=study.staff["cora"])


def seems_to_stop(study: Study) -> None:
    given = Inbound("SM-in", study.number("P-001"), "please stop texting me", "")
    receive.inbound(study.db, study.means, given, study.now)


def by_phone(study: Study) -> None:
    contact.change_mode(study.db, study.id("P-001"), "phone", False, study.now, staff_id=study.staff["cora"])


@pytest.mark.parametrize(
    "happens, key",
    [
        (lambda study: study.answers(study.visit("P-001", "1m")), "no_text_submitted"),
        (lambda study: study.becomes("P-001", "stopped_texts"), "no_text_texts_stopped"),
        (lambda study: study.becomes("P-001", "left_follow_up"), "no_text_left"),
        (lambda study: study.at("2026-05-30T14:00:00Z"), "no_text_missed"),
        (lambda study: study.adds("P-001", "embolization", "performed", "2026-03-13"), "no_text_visit_cancelled"),
        (lambda study: study.saves(study.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]}),
         "no_text_red_alert"),
        (lambda study: seems_to_stop(study), "no_text_plain_stop"),
        (lambda study: spent(study, ["2026-03-13T10:00:00Z"]), "no_text_cap"),
        (opts_out, "no_text_opted_out"),
        (by_phone, "no_text_contact_mode"),
        (lambda study: withdraws(study, "texts"), "no_text_no_texts_consent"),
        (lambda study: withdraws(study, "study"), "no_text_no_study_consent"),
    ],
)  # fmt: skip
def test_where_nothing_may_go_the_reason_is_said(treated, happens, key):
    happens(treated)
    refused(treated, key)


def test_a_form_that_is_not_open_yet_is_not_texted(treated):
    later = treated.visit("P-001", "3m")["id"]
    with pytest.raises(Conflict) as refusal:
        texting.send_link(treated.db, treated.means, later, treated.now, staff_id=treated.staff["cora"])
    assert refusal.value.key == "no_text_planned" and treated.messages("P-001") == []


def test_nothing_more_while_one_is_on_its_way(treated):
    sends(treated)
    (ready,) = send.claim(treated.db, treated.means, "participant", 8, treated.now)
    refused(treated, "no_text_on_its_way")
    send.record(treated.db, treated.means, send.call(treated.sms, ready), treated.now)
    assert len(treated.texts("P-001")) == 1


def test_all_is_decided_again_as_it_leaves(treated):
    sends(treated)
    opts_out(treated)
    treated.tick()
    assert treated.texts("P-001") == []
    assert fates(treated) == [("invitation", 0, "dropped", "opted_out")]


# ---- taken back


def test_one_that_waits_is_taken_back_and_does_not_come_again(treated):
    treated.at(DUE)
    tick_actions.tick(treated.db, treated.means, treated.now)
    cancels(treated)
    treated.ticks_until("2026-03-21T20:00:00Z")
    assert fates(treated) == [("invitation", 0, "dropped", "cancelled")] and treated.texts("P-001") == []
    (recorded,) = audit.of_subject(treated.db, treated.messages("P-001")[0]["id"])
    assert (recorded["actor"], recorded["action"]) == (treated.staff["cora"], "text_cancelled")
    sends(treated)
    treated.tick()
    assert fates(treated)[1:] == [("resend", 0, "sent", None)]


def test_one_that_has_left_is_not_taken_back(invited):
    with pytest.raises(Conflict) as refusal:
        cancels(invited)
    assert refusal.value.key == "text_gone"
    assert fates(invited)[0][2] == "sent"


def test_a_text_of_somebody_else_is_not_found(treated):
    treated.enrol("P-002", status="performed", on="2026-02-20")
    sends(treated)
    message = treated.messages("P-001")[0]
    for person, known in (("P-002", message["id"]), ("P-001", "no such text")):
        with pytest.raises(NotFound):
            texting.cancel(treated.db, treated.id(person), known, treated.now, staff_id=treated.staff["cora"])
    assert fates(treated)[0][2] == "queued"


def test_an_answer_to_stop_is_not_taken_back(treated):
    sends(treated)
    with write(treated.db):
        run(treated.db, "update message set kind = 'stop_confirmed'")
    with pytest.raises(NotFound):
        cancels(treated)
