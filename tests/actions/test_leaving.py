"""Stopping by the page: texts at once; leaving and erasure are asked for and seen to by people."""

import pytest

from prom.actions import leaving, receive, withdraw
from prom.errors import Refusal
from prom.sms.gateway import Inbound
from prom.store import participants
from prom.store.connect import rows

DUE = "2026-04-02T15:00:00Z"


@pytest.fixture
def clinic(clinic):
    """Ada's first report is due and her link was texted."""
    clinic.enrol("ADA", status="performed", on="2026-03-02")
    clinic.ticks_until(DUE, every="day")
    clinic.tick()
    return clinic


def wishes(clinic, what):
    leaving.wish(clinic.db, clinic.means, clinic.id("ADA"), what, clinic.now)


def events(clinic) -> list[tuple[str, str]]:
    found = participants.status_events(clinic.db, clinic.id("ADA"))
    return [(event["kind"], event["source"]) for event in found]


def standing(clinic):
    return leaving.standing(clinic.db, clinic.means, participants.by_id(clinic.db, clinic.id("ADA")))


def asked(clinic) -> list[str]:
    return sorted(task["kind"] for task in clinic.open_tasks() if task["kind"].endswith("_asked"))


@pytest.mark.parametrize("what, tasks", [("texts", []), ("leave", ["leave_asked"]), ("erasure", ["erasure_asked"])])
def test_each_wish_stops_the_texts_at_once(clinic, what, tasks):
    sent = len(clinic.texts("ADA"))
    wishes(clinic, what)
    assert events(clinic) == [("stopped_texts", "page")] and asked(clinic) == tasks
    clinic.ticks(days=70, every="day")
    assert len(clinic.texts("ADA")) == sent
    assert clinic.visit("ADA", "3m")["id"] in {task["visit_id"] for task in clinic.open_tasks("call")}


@pytest.mark.parametrize("what", ["leave", "erasure"])
def test_a_request_closes_nothing_and_deletes_nothing(clinic, what):
    wishes(clinic, what)
    assert not participants.by_id(clinic.db, clinic.id("ADA"))["left"]
    assert clinic.number("ADA")
    clinic.answers(clinic.visit("ADA", "1m"))
    assert clinic.visit("ADA", "1m")["submitted_at"] == DUE
    assert clinic.visit("ADA", "3m")["cancelled_at"] is None


@pytest.mark.parametrize("what", ["texts", "leave", "erasure"])
def test_a_wish_sent_twice_is_done_once(clinic, what):
    for _ in range(2):
        wishes(clinic, what)
    assert len(events(clinic)) == 1 and len(asked(clinic)) == (what != "texts")


def test_all_three_may_be_wished_one_after_another(clinic):
    for what in leaving.WISHES:
        wishes(clinic, what)
    assert events(clinic) == [("stopped_texts", "page")]
    assert asked(clinic) == ["erasure_asked", "leave_asked"]
    assert standing(clinic) == leaving.Standing(True, True, True)


def test_an_unknown_wish_is_refused(clinic):
    with pytest.raises(Refusal):
        wishes(clinic, "everything")
    assert events(clinic) == []


def test_texts_may_start_again(clinic):
    wishes(clinic, "texts")
    for _ in range(2):
        leaving.resume(clinic.db, clinic.means, clinic.id("ADA"), clinic.now)
    assert events(clinic) == [("stopped_texts", "page"), ("resumed_texts", "page")]
    sent = len(clinic.texts("ADA"))
    clinic.ticks(days=3)
    assert len(clinic.texts("ADA")) == sent + 1  # the reminder


@pytest.mark.parametrize("what", ["leave", "erasure"])
def test_texts_do_not_start_again_by_the_page_of_somebody_who_wants_to_leave(clinic, what):
    wishes(clinic, what)
    leaving.resume(clinic.db, clinic.means, clinic.id("ADA"), clinic.now)
    assert events(clinic) == [("stopped_texts", "page")]


@pytest.mark.parametrize("source", ["staff", "text"])
def test_texts_that_others_stopped_do_not_start_again_by_the_page(clinic, source):
    by = {"source": source, "staff_id": clinic.staff["cora"] if source == "staff" else None}
    withdraw.record_status(clinic.db, clinic.means, clinic.id("ADA"), "stopped_texts", clinic.now, **by)
    assert standing(clinic) == leaving.Standing(True, False, False)
    wishes(clinic, "texts")
    leaving.resume(clinic.db, clinic.means, clinic.id("ADA"), clinic.now)
    assert events(clinic) == [("stopped_texts", source)]


def test_texts_that_did_not_stop_do_not_start(clinic):
    leaving.resume(clinic.db, clinic.means, clinic.id("ADA"), clinic.now)
    assert events(clinic) == []


# ---- START by text, and STOP by text


def writes(clinic, text):
    given = Inbound(f"SM-{text}-{clinic.now}", clinic.number("ADA"), text, "")
    receive.inbound(clinic.db, clinic.means, given, clinic.now)


def noreplies(clinic) -> int:
    return len([message for message in clinic.messages("ADA") if message["kind"] == "noreply"])


def test_start_by_text_ends_a_stop_of_the_page(clinic):
    wishes(clinic, "texts")
    writes(clinic, "START")
    assert events(clinic) == [("stopped_texts", "page"), ("resumed_texts", "text")]
    sent = len(clinic.texts("ADA"))
    clinic.ticks(days=3)
    assert len(clinic.texts("ADA")) == sent + 1  # the reminder
    assert clinic.open_tasks("start_asked") == [] and noreplies(clinic) == 0


@pytest.mark.parametrize("why", ["leave", "erasure", "staff", "left", "shared"])
def test_where_start_by_text_may_start_nothing_a_person_sees_to_it_and_the_phone_is_told_whom_to_call(clinic, why):
    if why == "shared":
        clinic.enrol("BEA", mobile=clinic.number("ADA"), birth_year=1971)
    if why in ("staff", "left"):
        clinic.becomes("ADA", "stopped_texts" if why == "staff" else "left_follow_up")
    else:
        wishes(clinic, "texts" if why == "shared" else why)
    before = events(clinic)
    writes(clinic, "START")
    assert events(clinic) == before
    assert [task["code"] for task in clinic.open_tasks("start_asked")] == ["ADA"] and noreplies(clinic) == 1


def test_recording_that_they_want_texts_again_ends_the_task(clinic):
    clinic.becomes("ADA", "stopped_texts")
    writes(clinic, "START")
    clinic.becomes("ADA", "resumed_texts")
    assert clinic.open_tasks("start_asked") == []


def test_start_from_somebody_who_stopped_nothing_is_no_task(clinic):
    writes(clinic, "START")
    assert clinic.open_tasks("start_asked") == [] and events(clinic) == []


def test_the_page_starts_nothing_while_the_number_is_opted_out(clinic):
    wishes(clinic, "texts")
    writes(clinic, "STOP")
    assert standing(clinic) == leaving.Standing(True, False, False, start=True)
    leaving.resume(clinic.db, clinic.means, clinic.id("ADA"), clinic.now)
    assert events(clinic) == [("stopped_texts", "page")]
    writes(clinic, "START")
    assert standing(clinic) == leaving.Standing(False, False, False)


@pytest.mark.parametrize("kind, open_still", [("left_follow_up", []), ("resumed_texts", ["leave_asked"])])
def test_recording_that_they_left_ends_the_task(clinic, kind, open_still):
    wishes(clinic, "leave")
    clinic.becomes("ADA", kind)
    assert asked(clinic) == open_still


def test_the_audit_tells_of_each(clinic):
    wishes(clinic, "erasure")
    told = rows(clinic.db, "select actor, action from audit where subject = :id", {"id": clinic.id("ADA")})
    last = [(row["actor"], row["action"]) for row in told][-2:]
    assert last == [("page", "status"), ("participant", "erasure_asked")]
