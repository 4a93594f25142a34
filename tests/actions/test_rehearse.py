"""A rehearsal against the truth: the same months lived once under each set of rules, alert by alert."""

import random
import re
from collections import Counter
from datetime import timedelta

import pytest

from prom.actions import answer, rehearse, tick
from prom.rules.alerts import highest, told
from prom.rules.answers import DECLINED
from prom.rules.instrument import first_open
from prom.rules.study import CLASSES
from prom.rules.visit import takes_answers
from prom.store import alerts
from prom.store.connect import rows, write
from tests.study import SHIPPED, Study

pytestmark = pytest.mark.long

# without what is said on calls, which names rules that the other file has not
TEXT = re.sub(r"(?ms)^\[\[scripts\]\]\n.*?(?=^# ----)", "", SHIPPED.read_text(encoding="utf-8"))
OTHERWISE = {
    'any_of = ["strong", "very_strong"]': 'any_of = ["very_strong", "light"]',
    'key = "nrs_severe"\nclass = "high"\nitem = "nrs_average"\nat_least = 8': 'key = "nrs_severe"\nclass = "red"\n'
    'item = "nrs_average"\nat_least = 6',
    "rise_from_last = 3": "rise_from_last = 5",
    'key = "nrs_rise"\nclass = "routine"\nitem = "nrs_average"\nrise_from_last = 2': 'key = "nrs_rise"\n'
    'class = "high"\nitem = "nrs_average"\nrise_from_reference = 1',
    'key = "opioid_more"\nclass = "routine"': 'key = "opioid_more"\nclass = "high"',
    'any_of = ["urgent"]': 'any_of = ["urgent", "call"]',
    'any_of = ["fever", "site_infect"]': 'any_of = ["fever"]\ntimepoints = ["1m"]',
}
OTHER_TEXT = TEXT
for _old, _new in OTHERWISE.items():
    assert _old in OTHER_TEXT
    OTHER_TEXT = OTHER_TEXT.replace(_old, _new, 1)
_CARE = OTHER_TEXT.index('[[rules]]\nkey = "care"\n')
OTHER_TEXT = OTHER_TEXT[:_CARE] + OTHER_TEXT[OTHER_TEXT.index('[[rules]]\nkey = "se_severity"') :]
DAYS, PEOPLE = 215, 6


class Lives:
    """The same made-up months, played by the numbers of one seed in any clinic."""

    def __init__(self, clinic: Study, seed: int):
        self.clinic, self.seed, self.chance = clinic, seed, random.Random(seed)
        self.codes = [*(f"P-{number:03d}" for number in range(PEOPLE)), "TEST-1"]

    def play(self) -> None:
        clinic, start = self.clinic, self.clinic.now
        for number, code in enumerate(self.codes):
            clinic.enrol(code, on=(start + timedelta(days=2 + 2 * number)).date().isoformat())
        for day in range(0, DAYS, 2):
            clinic.clock.set(start + timedelta(days=day))
            with write(clinic.db):
                self._ticks()
                for number, code in enumerate(self.codes):
                    clinic.clock.set(clinic.now + timedelta(minutes=3))
                    self._lives(code, number, day)
                clinic.clock.set(clinic.now + timedelta(hours=2))
                self._ticks()

    def _ticks(self) -> None:
        tick.tick(self.clinic.db, self.clinic.means, self.clinic.now)

    def _lives(self, code: str, number: int, day: int) -> None:
        clinic, today = self.clinic, self.clinic.now.date()
        if day == 2 + 2 * number:
            clinic.records(code, "performed", today.isoformat())
        if day == 110 and number % 2 == 0:
            clinic.adds(code, "embolization", "planned", (today + timedelta(days=4)).isoformat())
        if day == 114 and number % 2 == 0:
            clinic.records(code, "attempted" if number == 4 else "performed", today.isoformat(), "embolization")
        if day == 160 and number == 2:
            clinic.undoes(code, "embolization")
        for visit in clinic.visits(code):
            if takes_answers(visit, clinic.now) and self.chance.random() < 0.25:
                self._answers(visit, sends=number != 5)
        for alert in clinic.alerts(code):
            closes = random.Random(f"{self.seed} {day} {alert['visit_id']}")  # there are others under other rules
            if alert["closed_at"] is None and closes.random() < 0.2:
                clinic.acknowledges(alert)
                clinic.closes(alert, outcome=closes.choice(["advice", "no_action", "false_alarm"]))

    def _answers(self, visit: dict, sends: bool) -> None:
        """A report; at times the warning signs are changed on the way, or it is left unsent."""
        clinic, chance, answers = self.clinic, self.chance, {}
        leaves_off = chance.randint(3, 9) if chance.random() < 0.2 else 99
        while (step := first_open(clinic.study, visit["timepoint"], answers)) and leaves_off > 0:
            screen = {key: self._value(item) for key, item in zip(step.answer_keys, step.items, strict=True)}
            clinic.saves(visit, step.key, screen)
            answers |= screen
            leaves_off -= 1
            if chance.random() < 0.05:
                clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
                answers["red_flags"] = ["none"]
        if sends and first_open(clinic.study, visit["timepoint"], answers) is None:
            answer.submit(clinic.db, clinic.means, visit["id"], clinic.now)

    def _value(self, item):
        chance = self.chance
        if item.declinable and chance.random() < 0.08:
            return DECLINED
        keys = [choice.key for choice in item.choices if choice.key != item.none]
        match item.kind:
            case "choice":
                return chance.choice(keys)
            case "choices":
                plain = item.none and chance.random() < (0.9 if item.key == "red_flags" else 0.5)
                return [item.none] if plain else sorted(chance.sample(keys, 2))
            case "nrs":
                return chance.randint(0, 10)
            case "number":
                return chance.randint(int(item.low or 1), min(int(item.high or 9), int(item.low or 1) + 6))
            case "text":
                return chance.choice(["", "Some words"]) if item.optional else "Some words"
            case "date":
                return "2026-03-01"


def live(clinic: Study) -> dict[tuple, tuple]:
    """{visit: (class, what its alerts told)} of every alert that a report raised, but for try-out people."""
    found: dict[tuple, tuple] = {}
    for alert in rows(
        clinic.db,
        """select alert.*, participant.code, visit.timepoint, visit.occasion, procedure.kind from alert
        join visit on visit.id = alert.visit_id join participant on participant.id = alert.participant_id
        join procedure on procedure.id = visit.procedure_id where participant.is_test = 0""",
    ):
        place = tuple(alert[name] for name in ("code", "kind", "timepoint", "occasion"))
        known = found.get(place, ("routine", frozenset()))
        tells = [told(row["rule"], row["item"], row["class"], row["details"]) for row in _reasons(clinic, alert)]
        top = min(alert["class"], known[0], key=CLASSES.index)
        found[place] = top, known[1].union(*tells)
    return found


def _reasons(clinic: Study, alert: dict) -> list[dict]:
    return alerts.reasons(clinic.db, alert["id"])


def rehearsed(clinic: Study, rules, side: str) -> dict[tuple, tuple]:
    """The same as `live`, by a rehearsal: side is before or after."""
    found = {}
    for judged in rehearse.reports(clinic.db, clinic.means, rules, ("main",)):
        reasons = getattr(judged, side)
        if reasons:
            visit = judged.visit
            place = judged.person["code"], visit["procedure_kind"], visit["timepoint"], visit["occasion"]
            tells = [told(one.rule, one.item, one.alert_class, one.values) for one in reasons]
            found[place] = highest(reasons), frozenset().union(*tells)
    return found


@pytest.fixture(scope="module", params=[3])
def lived(request, tmp_path_factory):
    """Two clinics that lived the same months: under the shipped rules and under others."""
    clinics = []
    for text in (TEXT, OTHER_TEXT):
        clinic = Study(tmp_path_factory.mktemp("lived"), study_text=text)
        Lives(clinic, request.param).play()
        clinics.append(clinic)
    return clinics


def test_the_months_hold_all_that_can_happen_to_a_report(lived):
    clinic, _ = lived
    came = Counter(top for top, _ in live(clinic).values())
    assert set(came) == set(CLASSES) and sum(came.values()) > 20
    unsent = rows(
        clinic.db,
        "select 1 as yes from alert join visit on visit.id = alert.visit_id where visit.submitted_at is null",
    )
    assert unsent
    assert len(rows(clinic.db, "select 1 as yes from visit where submitted_at is not null")) >= 20


def test_the_rules_in_force_give_exactly_the_alerts_there_were(lived):
    for clinic in lived:
        raised = live(clinic)
        assert rehearsed(clinic, clinic.study.rules, "before") == raised
        assert rehearsed(clinic, clinic.study.rules, "after") == raised


def test_other_rules_give_exactly_the_alerts_that_come_of_living_under_them(lived):
    one, other = lived
    assert live(one) != live(other)
    assert rehearsed(one, other.study.rules, "after") == live(other)
    assert rehearsed(one, other.study.rules, "before") == live(one)
    assert rehearsed(other, one.study.rules, "after") == live(one)
