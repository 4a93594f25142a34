"""A week in which nothing new arrives: no answer, no text, no deed of anybody. All that time calls for happens."""

from collections import Counter

import pytest

from prom.rules.times import stamp
from prom.rules.visit import status
from prom.store import alerts, health
from prom.store.connect import rows
from tests.study import Study

NINA, NOOR, LEDA, OPERATOR = "+15550100011", "+15550100012", "+15550100013", "+15550100099"
MONDAY, NEXT_MONDAY = "2026-04-13T04:00:00Z", "2026-04-20T04:00:00Z"  # midnight in New York
INJECTED = (
    ("UNOPENED", "2026-02-09"), ("BEGUN", "2026-02-09"), ("SILENT", "2026-03-07"), ("HIGH", "2026-03-10"),
    ("RED", "2026-03-12"), ("DUE", "2026-03-13"),
)  # fmt: skip
NEWS = ("inbound", "response", "draft", "session", "procedure_event", "alert_reason")


@pytest.fixture
def week(tmp_path) -> Study:
    """The week, ticked through hour by hour. Before it: one person not yet invited, one reminded twice, two whose form
    ends (one had begun it), one with a High alert of Friday afternoon, one with a red alert of just now, and one whose
    procedure was planned for Friday. `heard`: how many texts had gone before."""
    study = Study(tmp_path, at="2026-02-09T16:00:00Z", PROM_OPERATOR=OPERATOR)
    for code, on in INJECTED:
        study.ticks_until(f"{on}T16:00:00Z", every="day")
        study.enrol(code, status="performed", on=on)
    study.ticks_until("2026-04-01T16:00:00Z", every="day")
    study.enrol("PLANNED", on="2026-04-10")
    study.saves(study.visit("BEGUN", "1m"), "red_flags", {"red_flags": ["none"]})
    study.ticks_until("2026-04-10T20:30:00Z", every="day")  # Friday, 16:30
    study.answers(study.visit("HIGH", "1m"), care_any="hospital_stay", care_on={"not_sure": True}, care_for="It")
    study.ticks_until("2026-04-13T03:00:00Z", every="day")
    study.saves(study.visit("RED", "1m"), "red_flags", {"red_flags": ["chest"]})
    study.ticks_until(MONDAY)
    study.heard, study.news = len(study.sms.sent), news(study)
    study.ticks_until(NEXT_MONDAY)
    return study


def news(study: Study) -> dict[str, int]:
    """How many rows stand in the tables that people fill."""
    return {name: len(rows(study.db, f"select * from {name}")) for name in NEWS}


def texted(study: Study, code: str) -> list[tuple[str, str]]:
    """(kind, when it left) of a participant's texts of the week."""
    found = [(each["kind"], each["sent_at"]) for each in reversed(study.messages(code)) if each["sent_at"]]
    return [(kind, at) for kind, at in found if at >= MONDAY]


def told(study: Study, code: str) -> list[tuple[str, str]]:
    """(whom, when) of the texts of the week about a participant's alert."""
    (alert,) = study.alerts(code)
    events = [each for each in alerts.events(study.db, alert["id"]) if each["kind"] == "notified"]
    return [(each["staff_name"].split()[0], each["at"]) for each in events if each["at"] >= MONDAY]


def calls(study: Study) -> set[tuple[str, str]]:
    return {(task["code"], task["due_on"]) for task in study.open_tasks("call")}


def test_in_a_week_of_silence_reminders_expiry_calls_and_ladders_all_happen(week):
    assert news(week) == week.news

    # invitation and reminders
    assert texted(week, "DUE") == [
        ("invitation", "2026-04-13T14:00:00Z"),
        ("reminder", "2026-04-15T14:00:00Z"),
        ("reminder", "2026-04-18T14:00:00Z"),
    ]
    assert texted(week, "SILENT") == []  # reminded twice before

    # calls: to who stayed silent for 8 days; not yet to who was invited on Sunday and whose red alert a nurse has
    assert ("SILENT", "2026-04-15") in calls(week)
    assert "RED" not in {code for code, _ in calls(week)} and texted(week, "RED") == []

    # expiry, and a day more for the form that was begun; nobody is called about a form that is over
    assert {code: status(week.visit(code, "1m"), week.now) for code in ("UNOPENED", "BEGUN")} == dict.fromkeys(
        ("UNOPENED", "BEGUN"), "missed"
    )
    ends = {code: week.visit(code, "1m")["finish_by"] for code in ("UNOPENED", "BEGUN")}
    assert all(MONDAY < at < NEXT_MONDAY for at in ends.values())
    assert not {"UNOPENED", "BEGUN"} & {code for code, _ in calls(week)}
    assert week.visit("BEGUN", "1m")["id"] in {visit["id"] for visit in alerts.unread(week.db, stamp(week.now))}

    # ladders: High in opening hours, to its end; red at any hour, without end
    assert told(week, "HIGH") == [("Noor", "2026-04-13T16:00:00Z"), ("Leda", "2026-04-13T20:00:00Z")]
    nights = Counter(at[:10] for _, at in told(week, "RED"))
    assert len(nights) == 8 and min(list(nights.values())[1:-1]) == 24
    assert {who for who, _ in told(week, "RED")} == {"Nina", "Noor", "Leda"}

    # and who must know that nobody did anything
    assert [task["code"] for task in week.open_tasks("procedure_to_confirm")] == ["PLANNED"]
    assert health.standing(week.db, "nobody_took_it") == {week.alerts(code)[0]["id"] for code in ("HIGH", "RED")}
    assert len([text for text in week.sms.texts_to(OPERATOR) if "nobody took it" in text]) == 2
