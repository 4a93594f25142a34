"""What ails the system: one set of facts, and what of it somebody must see to. Lengths are seconds."""

from collections.abc import Mapping
from dataclasses import dataclass

JOBS = ("tick", "send_staff", "send_participant")
LATE = 60  # a job that did not run for so long stands still
# A text that could go and did not for so long: to nurses at once; a day's invitations may be paced over an hour.
WAITS = {"staff": 60, "participant": 3600}
_TOLD = (*JOBS, *WAITS, "held")
FAILING_MANY, FAILING_RATE = 5, 0.2  # texts of a day: some numbers are always wrong, so many at once are not


@dataclass(frozen=True)
class Facts:
    """jobs: {job: seconds since it last ran, negative where it ran later than now, None for never}. waiting: {lane:
    seconds for which its longest due text could have gone; 0 with nothing due}. sent, failed: {lane: texts of the last
    day whose call has an outcome, and of these those that failed or did not arrive}. unknown: messages of unknown
    outcome. faults: (step, subject) of each that stands, the oldest first."""

    jobs: Mapping[str, float | None]
    waiting: Mapping[str, float]
    sent: Mapping[str, int]
    failed: Mapping[str, int]
    unknown: int
    faults: tuple[tuple[str, str], ...]

    def failure_rate(self, lane: str) -> float:
        """The part of a lane's texts of the last day that failed or did not arrive; 0 with none sent."""
        return self.failed[lane] / self.sent[lane] if self.sent[lane] else 0.0


@dataclass(frozen=True)
class Ailment:
    """what: `late` (about: the job), `waits` or `failing` (the lane), or the step of a standing fault (its subject)."""

    what: str
    about: str

    @property
    def name(self) -> str:
        """What may be told to anybody: a job or lane, and that one is held; no other subject, which may be an id."""
        return f"{self.what}:{self.about}" if self.about in _TOLD else self.what


def ailing(facts: Facts) -> tuple[Ailment, ...]:
    """Everything that ails, the jobs first; () when all is well."""
    late = [Ailment("late", job) for job in late_jobs(facts)]
    waits = [Ailment("waits", lane) for lane, longest in WAITS.items() if facts.waiting[lane] > longest]
    failing = [Ailment("failing", lane) for lane in WAITS if _fails(facts, lane)]
    return (*late, *(Ailment(*fault) for fault in facts.faults), *waits, *failing)


def late_jobs(facts: Facts) -> list[str]:
    """The jobs that have not run for a minute, or seem to run later than now: the clock was set back, and whether they
    still run will not be known until it is as late again."""
    return [job for job, seconds in facts.jobs.items() if seconds is None or abs(seconds) > LATE]


def _fails(facts: Facts, lane: str) -> bool:
    return facts.failed[lane] >= FAILING_MANY and facts.failure_rate(lane) >= FAILING_RATE
