"""Plays nine months of a made-up clinic through the same actions as everybody, with a driven clock, up to now."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from prom.actions import adverse_events, enrol, procedures, rota, send, staff, tick, withdraw
from prom.actions import alerts as alert_actions
from prom.actions import tasks as task_actions
from prom.actions.adverse_events import About, Hand
from prom.actions.enrol import Enrolment
from prom.actions.procedures import Recorded
from prom.clock import Driven
from prom.demo import answering
from prom.demo.people import DAYS, Course, courses
from prom.rules.adverse_events import Grading, choices_told, reported, words
from prom.rules.times import DAY, at_time, day_of, instant, local_day
from prom.rules.visit import status
from prom.store import adverse_events as event_rows
from prom.store import alerts, participants, tasks, visits
from prom.store import procedures as procedure_rows
from prom.store import staff as staff_rows
from prom.store.connect import Row

PASSWORD = "demo-password"
STAFF = (
    ("nurse", ("nurse",), "+15550100001"),
    ("nurse2", ("nurse",), "+15550100002"),
    ("lead", ("nurse", "investigator"), "+15550100003"),
    ("coordinator", ("coordinator",), "+15550100004"),
    ("analyst", ("analyst",), ""),
    ("admin", ("admin",), ""),
)
_HOURS = (9, 11, 13, 16, 19)  # when the driven clock stops on each day, in the study's zone
_LANGUAGES = {5: "es", 11: "zh-Hant", 18: "es"}  # of some; the others have the study's own
_OPEN_DAYS = 3  # alerts of the last days are still open


class Clinic:
    """A demo clinic at work. installation: assembled with a Driven clock on an empty database."""

    def __init__(self, installation: Any, until: datetime):
        self.db, self.means = installation.connections.here(), installation.means
        self.clock: Driven = installation.clock
        self.until = until
        self.zone = self.means.study(self.db).zone
        self.people = {course.code: course for course in courses()}
        self.ids: dict[str, str] = {}

    def play(self) -> None:
        """Nine months, then the last person: enrolled a day ago, whose link waits on the on-screen phone."""
        self._hire()
        for moment in self._moments():
            self.clock.set(moment)
            self._enrol_who_is_due()
            tick.tick(self.db, self.means, moment)
            tick.tidy(self.db, self.means, moment)
            for lane in send.LANES:
                send.deliver(self.db, self.means, lane, moment)
            for code, participant_id in self.ids.items():
                self._live(self.people[code], participant_id, moment)
            send.deliver(self.db, self.means, "staff", moment)
            self._nurse(moment)
        self._plan_duty()

    def _plan_duty(self) -> None:
        """The days to come: the second nurse goes first for a day, and is away for the next."""
        now, today = self.clock.now(), local_day(self.until, self.zone)
        begins, ends, back = (at_time(today + days * DAY, time(8), self.zone) for days in (1, 2, 3))
        second, by = self.staff["nurse2"], staff_rows.by_id(self.db, self.staff["coordinator"])
        assert by is not None
        rota.put_in(self.db, "main", 1, second, begins, ends, now, by=by["id"])
        rota.mark_away(self.db, second, ends, back, now, by=by)

    def _moments(self) -> list[datetime]:
        first = local_day(self.until, self.zone) - DAYS * DAY
        found = [
            at_time(first + day * DAY, time(hour), self.zone)
            for day in range(DAYS + 1)
            for hour in _HOURS
        ]
        return [moment for moment in found if self.clock.now() <= moment <= self.until]

    def _hire(self) -> None:
        made = {
            login: staff.add_staff(
                self.db, self.means, login, f"Demo {login}", roles, PASSWORD, self.clock.now(), mobile=mobile,
                may_grade=login in ("nurse", "lead"),
            )  # fmt: skip
            for login, roles, mobile in STAFF
        }
        self.staff = made
        now = self.clock.now()
        staff.set_on_call(self.db, "main", [made["nurse"], made["nurse2"]], made["lead"], now, by=made["admin"])

    # ---- people

    def _enrol_who_is_due(self) -> None:
        now = self.clock.now()
        day = (local_day(now, self.zone) - local_day(self.until, self.zone)).days + DAYS
        for course in self.people.values():
            if course.code not in self.ids and day >= course.enrols:
                self.ids[course.code] = self._enrol(course, planned_in=9)
        if "D-24" not in self.ids and day >= DAYS - 1:
            last = Course(24, DAYS - 1, 7)
            self.people[last.code] = last
            self.ids[last.code] = self._enrol(last, planned_in=6)

    def _enrol(self, course: Course, planned_in: int) -> str:
        now = self.clock.now()
        today = local_day(now, self.zone)
        given = Enrolment(
            code=course.code,
            name=f"Demo Person {course.number:02d}",
            mobile=f"+1555010{1000 + (course.shares or course.number)}",
            shared=course.shares is not None,
            call_name=course.call_name,
            verified="code",
            birth_year=course.birth_year,
            language=_LANGUAGES.get(course.number, ""),
            contact_mode=course.contact_mode,
            second_contact=f"Demo Relative {course.number:02d}",
            record_number=f"DEMO-{course.number:04d}",
            eligibility={"entry_nrs": course.baseline, "pain_months": 6 + course.number},
            study_consent_on=today,
            texts_consent_on=today,
            procedure=Recorded("injection", "planned", today + planned_in * DAY, body_site="interscapular"),
        )
        return enrol.enrol(self.db, self.means, given, now, staff_id=self.staff["coordinator"], synthetic=True)

    def _live(self, course: Course, participant_id: str, now: datetime) -> None:
        """What a person and the coordinator do at this moment: answer, come for the procedure, decide."""
        if course.number == 24:
            return
        for visit in visits.of_participant(self.db, participant_id):
            if status(visit, now) == "open" and self._answers_now(course, visit, now):
                self._answer(course, visit, now)
        for row in procedure_rows.of_participant(self.db, participant_id):
            if row["status"] in ("planned", "postponed") and row["planned_on"] <= local_day(now, self.zone).isoformat():
                self._perform(course, row, now)
        self._decide(course, participant_id, now)

    def _answers_now(self, course: Course, visit: Row, now: datetime) -> bool:
        """A few hours to three days after the invitation; by phone once the call is due."""
        wait = timedelta(hours=3 + (course.number * 7) % 60)
        due_at = at_time(day_of(visit["due_on"]), datetime.min.time().replace(hour=10), ZoneInfo(str(self.zone)))
        return now - due_at >= wait and self._score(course, visit) is not None

    def _score(self, course: Course, visit: Row) -> int | None:
        if visit["timepoint"] == "baseline":
            return course.baseline
        after = course.injection if visit["procedure_kind"] == "injection" else course.embolization
        return after.get(visit["timepoint"])

    def _answer(self, course: Course, visit: Row, now: datetime) -> None:
        score = self._score(course, visit)
        assert score is not None
        place = (visit["procedure_kind"], visit["timepoint"])
        given = {"nrs_average": score, "nrs_worst": min(score + 2, 10), "urgency": "can_wait"}
        given |= course.given.get(place, {})
        if place == course.begins:
            answering.fill(self.db, self.means, visit["id"], given, now, many=3)
            return
        how = {}
        if course.contact_mode == "phone":
            how = {"mode": "phone", "identity_check": "staff", "staff_id": self.staff["nurse"]}
        answering.send(self.db, self.means, visit["id"], given, now, **how)

    def _perform(self, course: Course, row: Row, now: datetime) -> None:
        today, by = local_day(now, self.zone), self.staff["coordinator"]
        if row["kind"] == "injection" and row["status"] == "planned" and course.postponed:
            later = Recorded("injection", "postponed", today + course.postponed * DAY)
            procedures.change_procedure(self.db, self.means, row["id"], later, now, by)
            return
        done = Recorded(row["kind"], "performed", today)
        procedures.change_procedure(self.db, self.means, row["id"], done, now, by)
        if course.stops:
            participant_id = row["participant_id"]
            withdraw.record_status(
                self.db, self.means, participant_id, "stopped_texts", now, source="participant", staff_id=by
            )

    def _decide(self, course: Course, participant_id: str, now: datetime) -> None:
        """Two weeks after the 3-month visit came due: cross over, or record the decision against it."""
        rows = visits.of_participant(self.db, participant_id)
        visit = next(row for row in rows if row["timepoint"] == "3m" and row["procedure_kind"] == "injection")
        if not visit["due_on"] or local_day(now, self.zone) < day_of(visit["due_on"]) + 7 * DAY:
            return
        kinds = [row["kind"] for row in procedure_rows.of_participant(self.db, participant_id)]
        if course.crosses_over and "embolization" not in kinds:
            planned = Recorded("embolization", "planned", local_day(now, self.zone) + 10 * DAY)
            procedures.add_procedure(self.db, self.means, participant_id, planned, now, self.staff["coordinator"])
        elif course.decides and not participants.by_id(self.db, participant_id)["decided"]:
            today = local_day(now, self.zone)
            procedures.decide(self.db, self.means, participant_id, today, now, self.staff["coordinator"])

    # ---- the nurse

    def _nurse(self, now: datetime) -> None:
        """Takes, calls and closes what is older than a few hours; what came in the last days is still open."""
        if self.until - now < _OPEN_DAYS * DAY:
            return
        nurse, sites = self.staff["nurse"], ("main",)
        for alert in alerts.open_alerts(self.db):
            if now - instant(alert["raised_at"]) < timedelta(hours=2):
                continue
            self._judge(alert["participant_id"], now)
            for verb in ("acknowledged", "contacted"):
                alert_actions.act(self.db, alert["id"], verb, now, staff_id=nurse, sites=sites)
            note = "Made-up note: called, advice given."
            alert_actions.close(
                self.db, self.means, alert["id"], now, staff_id=nurse, sites=sites,
                outcome="advice", note=note, texts="resume",
            )  # fmt: skip
        for report in alerts.unread(self.db, now.strftime("%Y-%m-%dT%H:%M:%SZ")):
            alert_actions.read(self.db, report["id"], report["last_seq"], now, staff_id=nurse)
        for task in tasks.open_tasks(self.db, sites):
            if now - instant(task["raised_at"]) > 2 * DAY:
                task_actions.finish(
                    self.db, task["id"], now, staff_id=nurse, sites=sites, outcome="not_reached", note="Made-up call."
                )

    def _judge(self, participant_id: str, now: datetime) -> None:
        """The lead, who is an investigator, grades and signs what a report told of."""
        study = self.means.study(self.db)
        for visit in event_rows.telling(self.db, choices_told(study), participant_id=participant_id):
            for item in reported(study, visit["timepoint"], visit["answers"]):
                if (visit["id"], item) not in event_rows.settled(self.db):
                    about = About(participant_id, visit["id"], item)
                    hand = Hand(self.staff["lead"], ("main",), PASSWORD, "")
                    given = self._graded(words(study, item, visit["answers"], "en"), visit)
                    adverse_events.grade(self.db, self.means, about, given, now, hand)

    def _graded(self, term: str, visit: Row) -> Grading:
        """Mild, recovered; of a procedure done before it."""
        done = visit["timepoint"] != "baseline"
        related, procedure_id = ("possibly", visit["procedure_id"]) if done else ("not", None)
        note = "Made-up note: seen, nothing further."
        return Grading(term, None, None, 1, 1, related, procedure_id, False, (), "recovered", ("advice",), note)
