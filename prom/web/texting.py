"""How texting fares, as the coordinators' page shows it: the facts of the watch in a few lines."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from flask import g

from prom.actions import canary, watch
from prom.rules.ailing import Ailment, Facts, ailing, late_jobs
from prom.store import canary as canary_rows
from prom.store import contacts
from prom.store.connect import Row
from prom.web import spoken

_LANES = {"staff": "to staff", "participant": "to participants"}
_JOBS = {"tick": "planning", "send_staff": "texts to staff", "send_participant": "texts to participants"}

_STEPS = {
    "planned": "Text queued",
    "accepted": "Taken by the provider",
    "delivered": "Arrived",
    "answered": "Form answered",
    "raised": "Alert raised",
    "told": "Text to a nurse taken by the provider",
}
_STATES = {
    "late": "late",
    "waits": "not yet",
    "later": "waits for the step before",
    "done": "done: no time known, but a later step is done",
}


@dataclass(frozen=True)
class Line:
    """One line of the panel. ails: somebody must see to it."""

    what: str
    words: str
    ails: bool = False


@dataclass(frozen=True)
class Panel:
    """The panel. well: nothing ails. steps: those of the weekly try-out, () before the first; code: its person's."""

    well: bool
    lines: tuple[Line, ...]
    steps: tuple[Line, ...]
    code: str


def panel() -> Panel:
    """How texting fares now."""
    facts = watch.facts(g.db, g.now)
    ails = ailing(facts)
    lines = tuple(_lines(facts, ails, contacts.count_opted_out(g.db)))
    last = canary_rows.newest(g.db)
    return Panel(not ails, lines, tuple(_steps(last)), last["code"] if last else "")


def _lines(facts: Facts, ails: tuple[Ailment, ...], opted_out: Mapping[str, int]):
    kinds = {each.what for each in ails}
    late = ", ".join(_JOBS[job] for job in late_jobs(facts))
    faults = Counter(step.replace("_", " ") for step, _ in facts.faults)
    told = ", ".join(step if many == 1 else f"{step} ({many} times)" for step, many in faults.items())
    yield Line("Jobs", f"{late}: not running" if late else "all run", bool(late))
    yield Line("Longest wait of a text that is due", _of_lanes(facts.waiting, _wait), "waits" in kinds)
    rates = {lane: (facts.failed[lane], sent, facts.failure_rate(lane)) for lane, sent in facts.sent.items()}
    yield Line("Failed in the last day", _of_lanes(rates, _rate), "failing" in kinds)
    yield Line("Not known whether they went", _many(facts.unknown, "text"))
    out = f"{_many(opted_out['participants'], 'number')} of participants, {opted_out['staff']} of staff"
    yield Line("Opted out of texts", out)
    yield Line("Faults", told or "none", bool(told))


def _steps(last: Row | None):
    if last:
        yield Line("Begun", spoken.moment(last["begun_at"]))
    for step in canary.steps(g.db, g.means, g.now):
        words = spoken.moment(step.at) if step.at else _STATES[step.state]
        yield Line(_STEPS[step.name], words, step.state == "late")


def _of_lanes(values: Mapping, words) -> str:
    return "; ".join(f"{words(value)} {_LANES[lane]}" for lane, value in values.items())


def _wait(seconds: float) -> str:
    return spoken.lasting(seconds) if seconds else "none"


def _rate(counts: tuple[int, int, float]) -> str:
    failed, sent, rate = counts
    return f"{failed} of {sent} ({rate:.0%})" if failed else f"none of {sent}"


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
