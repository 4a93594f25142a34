"""Changed alert rules rehearsed on many past reports: how long it takes on one core, beside reading the reports alone
and beside judging each as it was on the day it came in."""

import json
import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from bench.texts import Line
from prom.actions import alerts, rehearse
from prom.rules import rule_change
from prom.rules.alerts import reasons
from prom.rules.instrument import first_open
from prom.rules.study import Rule
from prom.rules.times import add_months
from prom.store import rehearsal, visits
from prom.store.connect import add, fresh_id, rows, write
from tests.study import Study

REPORTS_EACH = 4
SHAPES = 60  # different reports, of which each is one with its own pain
JUDGED_LIVE = 200
MONTHS = {"baseline": 0, "1m": 1, "3m": 3, "6m": 6}


def bench(folder: Path, reports: int) -> list[Line]:
    """All lines, on made-up people with four reports each."""
    clinic = Study(folder)
    _fill(clinic, reports // REPORTS_EACH)
    study, sites = clinic.study, ("main",)
    one = rule_change.changed(study, "nrs_severe", {"at_least": 6.0})
    steps = (study.screen_of[study.instrument.red].key,)
    return [
        Line(f"{reports} past reports, one rule changed", _seconds(lambda: _rehearse(clinic, one)), "s", 2),
        Line("each rule changed", _seconds(lambda: _rehearse(clinic, _all_changed(study.rules))), "s", 2),
        Line(
            "one rule changed, beside reading the reports alone",
            _seconds(lambda: _rehearse(clinic, one))
            / _seconds(lambda: list(rehearsal.everybody(clinic.db, study.study.key, sites, steps))),
            "times as long",
            1,
        ),
        Line(
            "judging each under both rules as on the day, beside one rule changed",
            _seconds(lambda: _live(clinic, one)) * reports / JUDGED_LIVE / _seconds(lambda: _rehearse(clinic, one)),
            "times as long",
            1,
        ),
    ]


def _seconds(do: Callable[[], object]) -> float:
    """Processor time of this thread: what one core is kept busy."""
    began = time.thread_time()
    do()
    return time.thread_time() - began


def _rehearse(clinic: Study, rules: tuple[Rule, ...]) -> None:
    rehearse.rehearse(clinic.db, clinic.means, rules, clinic.now, staff_id=clinic.staff["nina"], sites=("main",))


def _all_changed(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Every rule of a class of its own choosing: none can be judged once for both."""
    return tuple(rule.model_copy(update={"class_": "high" if rule.class_ != "high" else "routine"}) for rule in rules)


def _live(clinic: Study, rules: tuple[Rule, ...]) -> None:
    """Some reports, each with what the day of its coming in reads of its participant."""
    study = clinic.study
    sample = rows(clinic.db, "select visit_id, answers from response limit :many", {"many": JUDGED_LIVE})
    for response in sample:
        visit, answers = visits.by_id(clinic.db, response["visit_id"]), json.loads(response["answers"])
        last, reference = alerts._compared(clinic.db, study, visit)
        for each in (study, study.model_copy(update={"rules": rules})):
            reasons(each, visit["timepoint"], answers, last=last, reference=reference)


def _fill(clinic: Study, people: int) -> None:
    """People injected since, with a report at each timepoint, saved screen by screen; one in twenty lay for an hour."""
    chance, study, version = random.Random(5), clinic.study, clinic.means.version
    shapes = {key: [_report(study, key, chance) for _ in range(SHAPES)] for key in MONTHS}
    first = date(2025, 1, 6)
    with write(clinic.db):
        for number in range(people):
            performed = first + timedelta(days=number % 200)
            person = add(
                clinic.db, "participant", id=fresh_id(), code=f"P-{number:05d}", study_key=study.study.key,
                site_id="main", zone=study.study.zone, language="en", contact_mode="text", eligibility="{}",
                eligible=1, enrolled_on=f"{performed}", enrolled_at=f"{performed - timedelta(days=9)}T15:00:00Z",
            )  # fmt: skip
            _treated(clinic, person, performed, shapes, version, chance)


def _treated(clinic, person, performed, shapes, version, chance) -> None:
    db, at = clinic.db, f"{performed - timedelta(days=9)}T14:00:00Z"
    state = {"status": "performed", "performed_on": f"{performed}", "planned_on": f"{performed}"}
    procedure = add(
        db, "procedure", id=fresh_id(), participant_id=person, kind="injection", created_at=at, **state
    )  # fmt: skip
    add(db, "procedure_event", procedure_id=procedure, at=at, **state)
    for timepoint, months in MONTHS.items():
        on = add_months(performed, months) if months else performed - timedelta(days=3)
        sent = f"{on}T16:00:00Z"
        visit = add(
            db, "visit", id=fresh_id(), participant_id=person, procedure_id=procedure, timepoint=timepoint,
            occasion=1, study_version=version, created_at=at, submitted_at=sent, started_at=sent,
        )  # fmt: skip
        screens = chance.choice(shapes[timepoint])
        answers = {key: value for _, screen in screens for key, value in screen.items()}
        answers["nrs_average"] = chance.randint(0, 10)
        for step, screen in screens:
            add(db, "draft", visit_id=visit, step=step, answers=json.dumps(screen), saved_at=f"{on}T15:30:00Z")
        if chance.random() < 0.05:
            seq = rows(db, "select max(seq) as seq from draft where visit_id = :id", {"id": visit})[0]["seq"]
            add(db, "draft_check", visit_id=visit, seq=seq, at=f"{on}T15:59:00Z")
        add(
            db, "response", id=fresh_id(), visit_id=visit, version=1, answers=json.dumps(answers), language="en",
            study_version=version, mode="web", identity_check="link", submitted_at=sent,
        )  # fmt: skip
        if chance.random() < 0.2:
            alert = add(
                db, "alert", id=fresh_id(), participant_id=person, visit_id=visit, source="report", raised_at=sent,
                closed_at=sent, **{"class": "high"},
            )  # fmt: skip
            add(db, "alert_event", alert_id=alert, kind="raised", at=sent)
            add(db, "alert_event", alert_id=alert, kind="closed", at=sent, outcome="advice", note="x")


def _report(study, timepoint: str, chance) -> list[tuple[str, dict]]:
    """A whole report, screen by screen."""
    screens: list[tuple[str, dict]] = []
    answers: dict = {}
    while step := first_open(study, timepoint, answers):
        screen = {key: _value(item, chance) for key, item in zip(step.answer_keys, step.items, strict=True)}
        screens.append((step.key, screen))
        answers |= screen
    return screens


def _value(item, chance):
    keys = [choice.key for choice in item.choices if choice.key != item.none]
    match item.kind:
        case "choice":
            return chance.choice(keys)
        case "choices":
            rare = 0.98 if item.key == "red_flags" else 0.5
            return [item.none] if item.none and chance.random() < rare else chance.sample(keys, 1)
        case "nrs":
            return chance.randint(0, 10)
        case "number":
            return int(item.low or 1)
        case "text":
            return ""
        case "date":
            return "2025-01-01"
