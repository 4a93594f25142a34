"""The made-up people of the demo: about two dozen, plainly synthetic, over nine months.

Nobody here exists. Scores follow the shape of the published study: an injection helps some, those without enough
relief go on to embolization.
"""

import random
from dataclasses import dataclass, field

DAYS = 270
_SEED = 20260301
# Whose 1-month visits come due on the demo's last days: the reports of the first two raise the open alerts.
_LATE = {21: 227, 22: 228, 23: 228}
WAITS = 23  # whose form waits to be filled in: after the year of birth it shows the medicines of the baseline

_CALL_NAMES = {22: "Demo Rosa", WAITS: "Demo Luis"}  # they share a phone


@dataclass(frozen=True)
class Course:
    """One made-up person: when they enrol (days after the demo's beginning), how they fare, what they do.

    injection, embolization: {timepoint: NRS}; a timepoint that is not there goes unanswered. given: further answers
    by (procedure, timepoint). decides: the decision against a further procedure. begins: the (procedure, timepoint)
    whose form is begun and never sent. postponed: days by which the injection is put off. stops: texts stopped after
    the injection. shares: the number of the person whose phone it is too; call_name: what texts to it call this one.
    """

    number: int
    enrols: int
    baseline: int
    injection: dict[str, int] = field(default_factory=dict)
    embolization: dict[str, int] = field(default_factory=dict)
    crosses_over: bool = False
    decides: bool = False
    contact_mode: str = "text"
    begins: tuple[str, str] | None = None
    postponed: int = 0
    stops: bool = False
    shares: int | None = None
    call_name: str = ""
    given: dict[tuple[str, str], dict] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """D-01, D-02, ..."""
        return f"D-{self.number:02d}"

    @property
    def birth_year(self) -> int:
        """1951, 1952, ..."""
        return 1950 + self.number


def courses() -> list[Course]:
    """The demo's people, the same every time."""
    chance = random.Random(_SEED)
    people = []
    for number in range(1, 24):
        enrols = _LATE.get(number, round(4 + (number - 1) * 10.8))
        crosses_over = number % 2 == 0
        baseline = chance.randint(6, 9) if crosses_over else chance.randint(5, 7)
        people.append(
            Course(
                number,
                enrols,
                baseline,
                injection=_relief(chance, baseline, lasting=not crosses_over) if number != WAITS else {},
                embolization=_after_embolization(chance),
                crosses_over=crosses_over,
                decides=not crosses_over,
                contact_mode="phone" if number == 15 else "text",
                begins=("injection", "1m") if number == 17 else None,
                postponed=21 if number == 13 else 0,
                stops=number == 19,
                shares=22 if number == WAITS else None,
                call_name=_CALL_NAMES.get(number, ""),
                given=_given(number),
            )
        )
    return people


def _relief(chance: random.Random, baseline: int, lasting: bool) -> dict[str, int]:
    """NRS after the injection; one report in seven is not sent."""
    low, high = (1, 2) if lasting else (baseline - 3, baseline - 1)
    scores = {"1m": chance.randint(low, high), "3m": chance.randint(low, high), "6m": chance.randint(low, high + 1)}
    return {key: max(score, 0) for key, score in scores.items() if chance.random() > 1 / 7}


def _after_embolization(chance: random.Random) -> dict[str, int]:
    scores = {"1m": chance.randint(1, 3), "3m": chance.randint(0, 3), "6m": chance.randint(0, 4)}
    return {key: score for key, score in scores.items() if chance.random() > 1 / 8}


def _given(number: int) -> dict[tuple[str, str], dict]:
    """What a few of them report beside their pain."""
    paracetamol = {
        "med_any": "yes", "med_classes": ["paracetamol"], "med_name": "paracetamol", "med_strength": 500,
        "med_unit": "mg", "med_times": 3, "med_days": 4, "med_change": "same",
    }  # fmt: skip
    tramadol = {
        "med_any": "yes", "med_classes": ["opioid_weak"], "med_opioid": "tramadol", "med_strength": 50,
        "med_unit": "mg", "med_times": 2, "med_days": 7, "med_change": "more",
    }  # fmt: skip
    bruise = {
        "se_any": "yes", "se_list": ["site_bruise"], "se_severity": "light", "se_interference": "not_at_all",
        "se_care": "no", "se_start": {"not_sure": True}, "se_now": "no", "se_end": {"not_sure": True},
    }  # fmt: skip
    fever = {
        "se_any": "yes", "se_list": ["fever"], "se_severity": "strong", "se_interference": "a_lot",
        "se_care": "called", "se_start": {"not_sure": True}, "se_now": "yes",
    }  # fmt: skip
    call = {"urgency": "call", "call_when": "Made-up time: weekdays after 4 pm"}
    both = paracetamol | {
        "med_classes": ["paracetamol", "opioid_weak"], "med_opioid": "tramadol", "med_strength/opioid_weak": 50,
        "med_times/opioid_weak": 2, "med_days/opioid_weak": 7,
    }  # fmt: skip
    stories: dict[int, dict[tuple[str, str], dict]] = {
        2: {("injection", "baseline"): paracetamol, ("injection", "1m"): paracetamol, ("embolization", "1m"): bruise},
        4: {("injection", "1m"): tramadol, ("embolization", "1m"): bruise | {"se_list": ["skin_colour"]}},
        5: {("injection", "1m"): {"comment": "Made-up comment: it went well, thank you.", "who": "helped"}},
        6: {("injection", "3m"): {"red_flags": ["weak"]}, ("embolization", "1m"): bruise},
        8: {("embolization", "1m"): fever},
        11: {("injection", "1m"): {"who": "proxy"} | paracetamol},
        12: {("injection", "1m"): {"care_any": "emergency_room", "care_on": {"not_sure": True},
                                   "care_for": "Made-up reason: a fall at home."}},
        9: {("injection", "1m"): {"nrs_worst": {"declined": True}}},
        16: {("injection", "1m"): bruise | {"se_severity": "medium"}},
        20: {("injection", "1m"): fever},
        21: {("injection", "1m"): fever | call | {"comment": "Made-up comment: is this normal?"}},
        22: {("injection", "1m"): {"red_flags": ["bleed"]}},
        WAITS: {("injection", "baseline"): both},
    }  # fmt: skip
    return stories.get(number, {})
