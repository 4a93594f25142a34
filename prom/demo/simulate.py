"""Replays a cohort file through the same actions as everybody, with a driven clock and texts that go nowhere.

Each participant is enrolled, invited, injected, asked again, and decides or crosses over. They answer on the day of
the invitation (where the file has dates: not before its date) with the file's NRS; all other questions are declined
but the first, so that nothing is invented. Visits without a row are invited and reminded, and missed.
"""

import dataclasses
import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from prom.actions import enrol, import_responses, procedures, send, tick
from prom.actions.cohort_days import CROSSES_AFTER
from prom.actions.cohort_file import Course, Report, second
from prom.actions.enrol import Enrolment
from prom.actions.means import Means
from prom.actions.procedures import Recorded
from prom.clock import Driven
from prom.demo import answering
from prom.demo.pocket import Pocket
from prom.errors import Refusal
from prom.rules.answers import DECLINED
from prom.rules.study import Study
from prom.rules.times import DAY, at_time, local_day, stamp
from prom.rules.visit import status
from prom.store import audit, studies, visits
from prom.store import procedures as procedure_rows
from prom.store.connect import Database, Row, write

_ANSWERED = timedelta(minutes=30)  # so long after the invitation
_OLDER = 30  # years over the study's minimum age, of everybody: the file says nothing of it
_OVER = ("submitted", "missed", "cancelled")


@dataclass(frozen=True)
class Replayed:
    """What a replay did, in visits. still_open: those not over, where the file's dates reach to the present day.
    left_over: rows of the file for which no visit took answers on or after their day. faults: "line N: ..."; with
    one of them nothing was written."""

    participants: int = 0
    submitted: int = 0
    missed: int = 0
    cancelled: int = 0
    still_open: int = 0
    left_over: int = 0
    faults: tuple[str, ...] = ()


def run(db: Database, means: Means, text: str, until: datetime) -> Replayed:
    """Replay a cohort file: to the end of its last visit, which comes before `until` where the file has no dates.

    means: of this installation; its gateway is not used. Makes an empty database synthetic; raises Refusal on a real
    one, and for a file without the columns.
    """
    if studies.kind(db) == "real":
        raise Refusal("database_kind", kind="real", wanted="synthetic")
    study = means.study(db)
    today = local_day(until, study.zone)
    courses, faults = import_responses.checked(db, study, text, today, today - _longest_wait(study))
    if faults:
        return Replayed(faults=tuple(faults))
    replay = Replay(db, dataclasses.replace(means, gateway=Pocket(), allow=()), courses)
    replay.play(until)
    with write(db):
        fingerprint = hashlib.sha256(text.encode()).hexdigest()
        audit.record(db, stamp(until), "system", "simulated", "cohort", participants=len(courses), sha256=fingerprint)
    return replay.told(until)


def _longest_wait(study: Study) -> timedelta:
    """So long after a procedure all its visits are over, answered or not: a month taken as 31 days."""
    last = [point.months * 31 + point.days + point.window_after for point in study.timepoints]
    return (max(last) + study.schedule.late_days + 2) * DAY


class Replay:
    """Courses being lived, day by day, at the hour of invitations and half an hour later."""

    def __init__(self, db: Database, means: Means, courses: list[Course]):
        self.db, self.means, self.study = db, means, means.study(db)
        self.courses = {course.code: course for course in courses}
        self.ids: dict[str, str] = {}
        self.over: set[str] = set()
        self._numbers = count(1)
        first = min(min(course.days) for course in courses)
        self.clock = Driven(at_time(first, self.study.texting.send_at, self.study.zone))

    def play(self, until: datetime) -> None:
        """Day after day until everybody's visits are over; no further than `until`."""
        day = local_day(self.clock.now(), self.study.zone)
        while set(self.courses) - self.over and self.clock.now() + _ANSWERED <= until:
            with write(self.db):  # one write a day: nothing here calls a provider, and a commit is the slow part
                self._morning()
                self.clock.set(self.clock.now() + _ANSWERED)
                for code in sorted(set(self.ids) - self.over):
                    self._live(self.courses[code], self.ids[code])
            day += DAY
            self.clock.set(at_time(day, self.study.texting.send_at, self.study.zone))

    def told(self, now: datetime) -> Replayed:
        """What had become of all visits by an instant."""
        everything = [visit for each in self.ids.values() for visit in visits.of_participant(self.db, each)]
        found = Counter(status(visit, now) for visit in everything)
        return Replayed(
            participants=len(self.ids),
            submitted=found["submitted"],
            missed=found["missed"],
            cancelled=found["cancelled"],
            still_open=sum(found[state] for state in ("planned", "open", "started")),
            left_over=sum(len(course.reports) for course in self.courses.values()) - found["submitted"],
        )

    def _morning(self) -> None:
        """Enrol who comes today, then the tick and the texts."""
        now = self.clock.now()
        for course in self.courses.values():
            if course.code not in self.ids and min(course.days) <= local_day(now, self.study.zone):
                self.ids[course.code] = self._enrol(course, now)
        tick.tick(self.db, self.means, now)
        for lane in send.LANES:
            send.deliver(self.db, self.means, lane, now)

    def _enrol(self, course: Course, now: datetime) -> str:
        today = local_day(now, self.study.zone)
        kind, planned_on = min(course.performed.items(), key=lambda each: each[1])
        given = Enrolment(
            code=course.code,
            mobile=f"+1555012{next(self._numbers):04d}",
            verified="code",
            birth_year=today.year - self.study.study.minimum_age - _OLDER,
            study_consent_on=today,
            texts_consent_on=today,
            procedure=Recorded(kind, "planned", planned_on),
        )
        return enrol.enrol(self.db, self.means, given, now, synthetic=True)

    def _live(self, course: Course, participant_id: str) -> None:
        """What a participant and the coordinator do today: answer, record procedures, cross over or decide."""
        now = self.clock.now()
        today = local_day(now, self.study.zone)
        for visit in visits.of_participant(self.db, participant_id):
            report = course.report(visit["procedure_kind"], visit["timepoint"])
            if report and report.on and report.on <= today and visit["invited"]:
                self._answer(visit, report, now)
        self._treat(course, participant_id, now)
        states = {status(visit, now) for visit in visits.of_participant(self.db, participant_id)}
        if today > max(course.days) and states <= set(_OVER):
            self.over.add(course.code)

    def _answer(self, visit: Row, report: Report, now: datetime) -> None:
        """Answer a visit that takes answers: the score, no warning sign, and nothing else."""
        if status(visit, now) not in ("open", "started"):
            return
        part = self.study.instrument
        declined = {key: DECLINED for key, item in self.study.items.items() if item.declinable and key != part.red}
        answering.send(self.db, self.means, visit["id"], declined | {part.primary: report.nrs}, now)

    def _treat(self, course: Course, participant_id: str, now: datetime) -> None:
        """Record procedures on their day, the second one as planned before that; or the decision against it."""
        today = local_day(now, self.study.zone)
        standing = {row["kind"]: row for row in procedure_rows.of_participant(self.db, participant_id)}
        later = second(self.study)
        for kind, day in course.performed.items():
            row = standing.get(kind)
            if row and row["status"] == "planned" and day <= today:
                procedures.change_procedure(self.db, self.means, row["id"], Recorded(kind, "performed", day), now)
            elif not row and kind == later and day - CROSSES_AFTER <= today:
                status_now = "performed" if day <= today else "planned"
                procedures.add_procedure(self.db, self.means, participant_id, Recorded(kind, status_now, day), now)
        decided_on = max((report.on for report in course.reports if report.on), default=None)
        if course.arm and course.arm == self.study.path.decision and decided_on == today:
            procedures.decide(self.db, self.means, participant_id, today, now)
