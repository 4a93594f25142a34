"""An opted-out number gets nothing, by any path: every kind of text that the source can queue, found by walking it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from prom.actions import (
    alarms,
    asking,
    by_text,
    chase,
    decisions,
    digest,
    disclose,
    escalate,
    new_link,
    queue,
    receive,
    ring,
    send,
    specimen,
    staff,
    stop_page,
    texting,
    tick,
)
from prom.actions import alerts as alert_actions
from prom.errors import Conflict, Refusal, SmsUnavailable, SmsUnknown
from prom.sms.gateway import Inbound
from prom.store import contacts
from prom.store.connect import rows, write
from tests.house.source import ROOT, Source, house
from tests.house.texting import Kinds
from tests.study import SHIPPED, Study

OPERATOR, NINA, NOOR, LEDA = "+15550100099", "+15550100011", "+15550100012", "+15550100013"
OPENS, DUE = "2026-03-13T16:00:00Z", "2026-03-20T14:00:00Z"
OURS = SHIPPED.read_text(encoding="utf-8").replace('stop_confirmed_by = "provider"', 'stop_confirmed_by = "us"')
SOURCE = Source(ROOT)

# What the walk cannot read, as it is put together while it runs; and what is contacted otherwise than by text.
BY_HAND = {(texting.__name__, ""): {(texting.__name__, "invitation"), (texting.__name__, "resend")}}
NO_TEXT = {(queue.__name__, "call")}  # a task


def queued_by_the_house() -> set[tuple[str, str]]:
    """(module, kind) of every text that the source can queue."""
    found = Kinds(SOURCE).found - NO_TEXT
    return set().union(*(BY_HAND.get(pair, {pair}) for pair in found))


# ---- one case for each: makes all ready, yields the number, then has the text queued


def _treated(study: Study) -> str:
    """Somebody whose first report is open, and not due for a week; their number."""
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.at(OPENS)
    study.tick()
    return study.number("P-001")


def _invited(study: Study) -> str:
    number = _treated(study)
    study.at(DUE)
    study.tick()
    return number


def _ticks(study: Study) -> None:
    """Queue what is due without sending it."""
    tick.tick(study.db, study.means, study.now)


def _writes(study: Study, number: str, text: str) -> None:
    receive.inbound(study.db, study.means, Inbound(f"SM-{text}", number, text, ""), study.now)


def _by_hand(study: Study) -> None:
    visit = study.visit("P-001", "1m")
    try:
        texting.send_link(study.db, study.means, visit["id"], study.now, staff_id=study.staff["cora"])
    except Conflict as conflict:  # refused in words: nothing is queued
        assert conflict.key == "no_text_opted_out"


def _invitation(study: Study) -> Iterator[str]:
    number = _treated(study)
    study.at(DUE)
    yield number
    _ticks(study)


def _reminder(study: Study) -> Iterator[str]:
    number = _invited(study)
    study.at("2026-03-22T14:00:00Z")
    yield number
    _ticks(study)


def _again(study: Study) -> Iterator[str]:
    study.enrol("P-001", on="2026-03-12")
    study.ticks_until("2026-03-06T18:00:00Z", every="day")
    study.records("P-001", "postponed", "2026-05-20")
    study.ticks_until("2026-05-13T13:00:00Z", every="day")
    study.at("2026-05-13T14:00:00Z")
    yield study.number("P-001")
    _ticks(study)


def _invitation_by_hand(study: Study) -> Iterator[str]:
    yield _treated(study)
    _by_hand(study)


def _resend(study: Study) -> Iterator[str]:
    number = _invited(study)
    study.at("2026-03-21T16:00:00Z")
    yield number
    _by_hand(study)


def _new_link(study: Study) -> Iterator[str]:
    yield _invited(study)
    new_link.ask(study.db, study.means, study.id("P-001"), study.now)


def _noreply(study: Study) -> Iterator[str]:
    number = _invited(study)
    yield number
    _writes(study, number, "hello")


def _alert(study: Study) -> Iterator[str]:
    _invited(study)
    yield NINA
    study.saves(study.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    _ticks(study)


def _told_back(study: Study) -> Iterator[str]:
    for number in _alert(study):
        assert number
    study.tick()
    yield NINA
    _writes(study, NINA, study.sms.texts_to(NINA)[-1].split()[-1])


def _not_understood(study: Study) -> Iterator[str]:
    for number in _alert(study):
        assert number
    study.tick()
    yield NINA
    _writes(study, NINA, "Who is it?")


def _taken(study: Study) -> str:
    """A red alert that Nina has; its id."""
    _invited(study)
    study.saves(study.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    study.tick()
    alert = study.alerts("P-001")[0]
    disclose.viewed(study.db, alert["id"], study.now, staff_id=study.staff["nina"])
    study.acknowledges(alert)
    return alert["id"]


def _handed_over(study: Study) -> Iterator[str]:
    who = {"staff_id": study.staff["nina"], "sites": ("main",)}
    alert_id = _taken(study)
    yield NOOR
    try:
        alert_actions.hand_over(study.db, study.means, alert_id, study.staff["noor"], study.now, **who)
    except Refusal as refusal:
        assert refusal.key == "colleague_unfit"


def _chase(study: Study) -> Iterator[str]:
    _taken(study)
    yield NINA
    study.clock.set(study.now + timedelta(minutes=61))
    _ticks(study)


def _physician(study: Study) -> Iterator[str]:
    who = {"staff_id": study.staff["nina"], "sites": ("main",)}
    alert_id = _taken(study)
    yield LEDA
    for called in ("participant", "participant", "second_contact"):
        study.clock.set(study.now + timedelta(seconds=1))
        alert_actions.act(study.db, alert_id, "call_tried", study.now, **who, called=called)
    _ticks(study)


def _alarm(study: Study) -> Iterator[str]:
    yield OPERATOR
    with write(study.db):
        alarms.alarm(study.db, study.means, "trouble", "one", study.now)


def _decision(study: Study) -> Iterator[str]:
    _invited(study)
    study.answers(study.visit("P-001", "1m"), care_any="hospital_stay", care_on={"not_sure": True}, care_for="")
    study.acknowledges(study.alerts("P-001")[0])
    study.at("2026-03-21T10:00:00Z")
    yield LEDA
    tick.tidy(study.db, study.means, study.now)


def _stop_link(study: Study) -> Iterator[str]:
    number = _invited(study)
    yield number
    stop_page.ask(study.db, study.means, number, study.now)


def _test(study: Study) -> Iterator[str]:
    yield NINA
    try:
        specimen.to_oneself(study.db, study.means, "sms_invite", "en", study.now, staff_id=study.staff["nina"])
    except Conflict as conflict:
        assert conflict.key == "test_opted_out"


def _digest(study: Study) -> Iterator[str]:
    """At opening, with a report to read, to the one on call."""
    _invited(study)
    staff.set_on_call(study.db, "main", [study.staff["nina"]], None, study.now, by=None)
    study.answers(study.visit("P-001", "1m"), nrs=1)
    study.at("2026-03-23T12:00:00Z")
    yield NINA
    _ticks(study)


def _rehearsal(study: Study) -> Iterator[str]:
    yield NINA
    ring.ask(study.db, study.means, "main", study.now, tonight=False, by=None)


CASES = {
    (queue.__name__, "invitation"): _invitation,
    (queue.__name__, "reminder"): _reminder,
    (queue.__name__, "again"): _again,
    (texting.__name__, "invitation"): _invitation_by_hand,
    (texting.__name__, "resend"): _resend,
    (new_link.__name__, "new_link"): _new_link,
    (receive.__name__, "noreply"): _noreply,
    (escalate.__name__, "alert"): _alert,
    (by_text.__name__, "told_back"): _told_back,
    (by_text.__name__, "not_understood"): _not_understood,
    (chase.__name__, "handed_over"): _handed_over,
    (chase.__name__, "chase"): _chase,
    (chase.__name__, "physician"): _physician,
    (alarms.__name__, "alarm"): _alarm,
    (decisions.__name__, "decision"): _decision,
    (specimen.__name__, "test"): _test,
    (digest.__name__, "digest"): _digest,
    (ring.__name__, "rehearsal"): _rehearsal,
    (stop_page.__name__, "stop_link"): _stop_link,
}
THE_EXCEPTION = (receive.__name__, "stop_confirmed")
EACH = sorted(queued_by_the_house() - {THE_EXCEPTION})


@pytest.fixture
def study(tmp_path):
    return Study(tmp_path, PROM_OPERATOR=OPERATOR)


def opts_out(study: Study, number: str) -> None:
    with write(study.db):
        contacts.opt_out(study.db, study.means.keys.number_hash(number), "staff", "2026-03-01T00:00:00Z")


def delivers(study: Study) -> None:
    for lane in send.LANES:
        send.deliver(study.db, study.means, lane, study.now)


def of_kind(study: Study, kind: str) -> list[dict]:
    return rows(study.db, "select status, reason from message where kind = :kind order by rowid", {"kind": kind})


def test_every_kind_of_text_that_can_be_queued_has_its_case_here():
    assert queued_by_the_house() == {*CASES, THE_EXCEPTION}


@pytest.mark.parametrize("place, kind", EACH)
@pytest.mark.parametrize("when", ["not at all", "before it is queued", "before it goes"])
def test_an_opted_out_number_gets_no_text_of_any_kind(study, place, kind, when):
    """Not opted out it gets one: so each case is known to drive its kind all the way to the call."""
    steps = CASES[place, kind](study)
    number = next(steps)
    before = len(study.sms.texts_to(number))
    if when == "before it is queued":
        opts_out(study, number)
    assert next(steps, None) is None
    if when != "before it is queued":
        assert of_kind(study, kind)[-1]["status"] == "queued"
    if when == "before it goes":
        opts_out(study, number)
    delivers(study)
    got = len(study.sms.texts_to(number)) - before
    assert got == (1 if when == "not at all" else 0)
    if when == "before it goes":
        assert of_kind(study, kind)[-1] == {"status": "dropped", "reason": "opted_out"}
    if when != "not at all":
        study.ticks(hours=30)
        assert len(study.sms.texts_to(number)) == before


@pytest.mark.parametrize("fault", [SmsUnavailable("429", 1), SmsUnknown()])
def test_a_text_that_is_to_go_once_more_does_not_go_after_an_opt_out(study, fault):
    number = next(steps := _invitation(study))
    assert next(steps, None) is None
    study.sms.faults = [fault]
    delivers(study)
    opts_out(study, number)
    study.ticks(hours=2, every="minute")
    asking.ask(study.db, study.means, study.now)  # the provider does not know it: it would go again
    study.ticks(hours=2, every="minute")
    assert study.sms.texts_to(number) == []
    assert of_kind(study, "invitation")[-1] == {"status": "dropped", "reason": "opted_out"}


def test_the_one_exception_is_the_confirmation_of_a_stop_and_it_goes_once(tmp_path):
    study = Study(tmp_path, study_text=OURS)
    number = _invited(study)
    for again in ("STOP", "stop", "STOP ALL"):
        _writes(study, number, again)
        delivers(study)
        study.ticks(hours=30)
    assert len(study.texts("P-001")) == 2
    assert "no more texts" in study.texts("P-001")[1]
    assert [each["kind"] for each in study.messages("P-001")] == ["stop_confirmed", "invitation"]


# ---- one door


def calls_of_a_gateway(source: Source) -> list[str]:
    """Where a text is handed to a gateway, and where a call that sends one is put together."""
    sends = [
        module.name
        for module in source.modules
        if not module.within("prom.sms", "prom.demo")
        for node, name in module.calls()
        if name == "send" and len(node.args) == 3
    ]
    makes = [
        module.name
        for module in source.modules
        for _, name in module.calls()
        if name == "Ready"
    ]
    return sends + makes


def test_one_call_hands_texts_to_the_gateway_and_one_place_makes_them_ready():
    assert calls_of_a_gateway(SOURCE) == [send.__name__] * 2


# ---- the walk itself


@pytest.mark.parametrize(
    "text, kinds",
    [
        ("messages.queue(db, kind='a')", {"a"}),
        ("KIND = 'a'\nmessages.queue(db, kind=KIND)", {"a"}),
        ("messages.queue(db, kind=words.B)", {"b"}),
        ("messages.queue(db, kind='a' if x else words.B)", {"a", "b"}),
        ("def q(db, kind): messages.queue(db, kind=kind)\nq(db, 'a')\nq(db, kind=words.B)", {"a", "b"}),
        ("def q(db, kind): messages.queue(db, kind=kind)", {""}),
        ("def q(c: words.C): messages.queue(db, kind=c.kind)\nwords.C('a', 1)", {"a"}),
        ("messages.queue(db, **message)", {""}),
        ("messages.queue(db, kind=made())", {""}),
        ("queue(db, kind='a')", set()),
    ],
)
def test_the_walk_finds_each_kind_or_says_that_it_cannot(tmp_path, text, kinds):
    top = "from prom.store import messages\nfrom prom.rules import words\n"
    source = house(tmp_path, {"prom/actions/x.py": top + text, "prom/rules/words.py": "B = 'b'\nclass C: pass"})
    assert Kinds(source).found == {("prom.actions.x", kind) for kind in kinds}
