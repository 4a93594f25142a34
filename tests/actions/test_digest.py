"""The morning digest: who gets it, when, and what it says; and when it does not go."""

import pytest

from prom.actions import digest, send, staff, tick
from prom.errors import SmsUnavailable
from prom.rules.digest import Counts
from prom.store import alerts, contacts, health, messages
from prom.store import staff as staff_rows
from prom.store.connect import add, rows, run, write
from tests.study import SHIPPED, Study

NINA, NOOR, LEDA = "+15550100011", "+15550100012", "+15550100013"
OPENING = "2026-04-03T12:00:00Z"  # a Friday, 8:00 in New York
SITES = ("main",)


@pytest.fixture
def evening(clinic):
    """Two first reports of Thursday 2 April, one with a comment; a third is due; it is evening, and all is quiet."""
    return _evening(clinic)


def _evening(clinic):
    for code in ("P-001", "P-002", "P-003"):
        clinic.enrol(code, status="performed", on="2026-03-02")
    clinic.at("2026-04-02T15:00:00Z")
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "1m"), nrs=3, comment="Slept well")
    clinic.answers(clinic.visit("P-002", "1m"), nrs=1)
    clinic.at("2026-04-03T11:59:59Z")
    clinic.tick()
    return clinic


def digests(clinic, **also) -> list[dict]:
    return rows(clinic.db, "select * from message where kind = 'digest' order by about, rowid", also)


def reads(clinic, code: str) -> None:
    clinic.reads(clinic.visit(code, "1m"))


def test_at_opening_who_is_on_call_and_the_lead_get_one_text_of_counts(evening):
    assert digests(evening) == []
    evening.at(OPENING)
    evening.tick()
    text = (
        "Example Clinic: today open alerts 1 (0 overdue), reports to read 2, overdue visits 0. "
        "https://prom.example.org/care/today"
    )
    for number in (NINA, NOOR, LEDA):
        assert evening.sms.texts_to(number) == [text]
    found = digests(evening)
    assert {(row["about"], row["lane"], row["status"], row["segments"]) for row in found} == {
        ("2026-04-03", "staff", "sent", 1)
    }
    evening.ticks(hours=3, every="minute")
    assert len(digests(evening)) == 3


def test_each_working_day_has_its_own(evening):
    evening.at(OPENING)
    evening.ticks(days=5)
    days = sorted({row["about"] for row in digests(evening)})
    assert days == ["2026-04-03", "2026-04-06", "2026-04-07", "2026-04-08"]


def test_it_counts_what_is_overdue(evening):
    evening.at("2026-04-13T13:00:00Z")  # the window of the third form has passed, and the two days of the alert
    evening.tick()
    assert digest.counts(evening.db, evening.means, SITES, evening.now) == Counts(1, 1, 2, 1)
    ((since, visit),) = digest.overdue_visits(evening.db, SITES, evening.now)
    assert (since.isoformat(), visit["code"]) == ("2026-04-09", "P-003")
    assert digest.counts(evening.db, evening.means, ("other",), evening.now) == Counts()


def test_where_nothing_waits_nobody_is_texted_and_what_comes_later_waits_for_the_next_day(clinic):
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    clinic.at("2026-04-02T15:00:00Z")
    clinic.tick()
    clinic.at(OPENING)
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "1m"), nrs=1)
    clinic.ticks(hours=4, every="minute")
    assert digests(clinic) == []
    clinic.ticks(days=3)
    assert {row["about"] for row in digests(clinic)} == {"2026-04-06"}


def test_a_clinic_closed_on_the_day_or_without_a_digest_sends_none(tmp_path):
    for number, (old, new) in enumerate((("closed_on = []", 'closed_on = ["2026-04-03"]'),
                                         ("digest = true", "digest = false"))):  # fmt: skip
        folder = tmp_path / str(number)
        folder.mkdir()
        study = _evening(Study(folder, study_text=SHIPPED.read_text(encoding="utf-8").replace(old, new)))
        study.at(OPENING)
        study.ticks(hours=10)
        assert digests(study) == []


def test_a_tick_that_comes_late_sends_it_within_two_hours_and_no_later(evening):
    evening.at("2026-04-03T13:59:00Z")
    evening.tick()
    assert len(evening.sms.texts_to(NINA)) == 1
    evening.at("2026-04-06T14:00:00Z")
    evening.tick()
    assert {row["about"] for row in digests(evening)} == {"2026-04-03"}


@pytest.mark.parametrize(
    "meanwhile, reason",
    [
        (lambda clinic: clinic.at("2026-04-03T14:00:00Z"), "stale"),
        (lambda clinic: staff.set_on_call(clinic.db, "main", [clinic.staff["noor"]], None, clinic.now, by=None),
         "overtaken"),
        (lambda clinic: _all_done(clinic), "overtaken"),
        (lambda clinic: _opts_out(clinic, NINA), "opted_out"),
        (lambda clinic: _writes(clinic, "update staff set mobile_sealed = null where login = 'nina'"), "no_number"),
    ],
    ids=["two hours passed", "off call", "nothing waits", "opted out", "no number"],
)  # fmt: skip
def test_all_is_decided_again_when_it_is_to_go(evening, meanwhile, reason):
    evening.at(OPENING)
    tick.tick(evening.db, evening.means, evening.now)
    meanwhile(evening)
    send.deliver(evening.db, evening.means, "staff", evening.now)
    (row,) = [row for row in digests(evening) if row["staff_id"] == evening.staff["nina"]]
    assert (row["status"], row["reason"]) == ("dropped", reason)
    assert evening.sms.texts_to(NINA) == []


def _all_done(clinic):
    (alert,) = clinic.alerts("P-001")
    clinic.acknowledges(alert)
    clinic.closes(alert)
    reads(clinic, "P-001")
    reads(clinic, "P-002")


def _opts_out(clinic, number):
    with write(clinic.db):
        contacts.opt_out(clinic.db, clinic.means.keys.number_hash(number), "staff", "2026-03-01T00:00:00Z")


def _writes(clinic, statement):
    with write(clinic.db):
        run(clinic.db, statement)


def test_it_says_what_is_so_when_it_goes(evening):
    evening.at(OPENING)
    tick.tick(evening.db, evening.means, evening.now)
    reads(evening, "P-002")
    send.deliver(evening.db, evening.means, "staff", evening.now)
    assert "reports to read 1," in evening.sms.texts_to(NINA)[0]


def test_who_has_opted_out_or_has_no_mobile_is_not_queued(evening):
    _opts_out(evening, NINA)
    _writes(evening, "update staff set mobile_sealed = null where login = 'leda'")
    evening.at(OPENING)
    evening.tick()
    assert [row["staff_id"] for row in digests(evening)] == [evening.staff["noor"]]


def test_it_counts_the_sites_of_whoever_is_on_call_there(evening):
    with write(evening.db):
        add(evening.db, "site", id="other", name="Other site")
        run(evening.db, "update participant set site_id = 'other' where code = 'P-002'")
        staff_rows.set_on_call(evening.db, "other", [(1, evening.staff["noor"])])
        ours = [(staff_rows.LEAD, evening.staff["leda"]), (1, evening.staff["noor"])]
        staff_rows.set_on_call(evening.db, "main", ours)
    evening.at(OPENING)
    evening.tick()
    assert "open alerts 1 (0 overdue), reports to read 2," in evening.sms.texts_to(NOOR)[0]
    assert "open alerts 1 (0 overdue), reports to read 1," in evening.sms.texts_to(LEDA)[0]
    assert len(evening.sms.texts_to(NOOR)) == 1 and evening.sms.texts_to(NINA) == []


def test_a_digest_is_no_telling_of_an_alert(evening):
    """The ladder of a red alert climbs as if no digest had gone, and none stands among the texts about it."""
    evening.saves(evening.visit("P-003", "1m"), "red_flags", {"red_flags": ["bleed"]})
    evening.tick()
    evening.at(OPENING)
    evening.tick()
    alert = evening.alerts("P-003")[0]
    told = [message["kind"] for message in messages.of_alert(evening.db, alert["id"])]
    assert told == ["alert"]
    evening.at("2026-04-03T12:30:00Z")
    evening.tick()
    assert [event["kind"] for event in alerts.events(evening.db, alert["id"])] == ["raised", "notified", "notified"]
    assert [row["kind"] for row in messages.with_code(evening.db, evening.staff["nina"])] == ["alert"]


def test_a_provider_that_is_away_gets_it_once_it_is_back_and_not_after_two_hours(evening):
    evening.at(OPENING)
    evening.sms.faults = [SmsUnavailable("503", None)] * 3
    evening.tick()
    assert evening.sms.texts_to(NINA) == []
    evening.ticks(minutes=2, every="second")
    assert [len(evening.sms.texts_to(number)) for number in (NINA, NOOR, LEDA)] == [1, 1, 1]
    evening.at("2026-04-06T12:00:00Z")
    evening.sms.faults = [SmsUnavailable("503", 60)] * 1000
    evening.ticks(hours=2, every="minute")
    evening.sms.faults = []
    evening.ticks(minutes=5, every="minute")
    assert [len(evening.sms.texts_to(number)) for number in (NINA, NOOR, LEDA)] == [1, 1, 1]
    assert {row["reason"] for row in digests(evening) if row["about"] == "2026-04-06"} == {"stale"}


def test_two_ticks_at_once_queue_it_once_and_a_fault_is_tried_again(evening, monkeypatch):
    evening.at(OPENING)
    (day,) = digest.due(evening.db, evening.means, evening.now)
    monkeypatch.setattr(digest.staff_text, "queue", lambda *given, **values: 1 / 0)
    tick.tick(evening.db, evening.means, evening.now)
    assert "digest" in {fault["step"] for fault in health.standing_faults(evening.db)}
    monkeypatch.undo()
    tick.tick(evening.db, evening.means, evening.now)
    assert health.standing(evening.db, "digest") == set()
    digest.see_to(evening.db, evening.means, day, evening.now)
    assert len(digests(evening)) == 3
