"""A participant's life without a database: procedures, visits and texts as rows, planned anew after every change."""

from datetime import date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from prom.rules.contacting import due_contacts
from prom.rules.schedule import plan
from prom.rules.series import PLANNED, series_of
from prom.rules.study import Study
from prom.rules.times import DAY, instant, local_day, stamp, start_of
from prom.rules.visit import status, takes_answers

_FACTS = ("opened_at", "started_at", "submitted_at")


class Life:
    """at: a stored instant. Procedures and visits are found by kind and timepoint."""

    def __init__(self, study: Study, at: str, zone: str = "America/New_York"):
        self.study, self.now, self.zone = study, instant(at), ZoneInfo(zone)
        enrolled_on = local_day(self.now, self.zone).isoformat()
        self.person = {"zone": zone, "enrolled_on": enrolled_on, "left": False, "contact_mode": "text"}
        self.procedures: list[dict] = []
        self.visits: list[dict] = []
        self.texts: list[dict] = []
        self._events: dict[str, list[dict]] = {}
        self._number = count(1)

    @property
    def today(self) -> date:
        return local_day(self.now, self.zone)

    # ---- what people do

    def adds(self, kind: str, status: str, on: str | None = None, time: str | None = None) -> str:
        """A further procedure; its id."""
        row = {"id": f"p{len(self.procedures) + 1}", "kind": kind, "created_at": stamp(self.now), "planned_on": None}
        self.procedures.append(row)
        self._events[row["id"]] = []
        self.records(row["id"], status, on, time)
        return row["id"]

    def records(self, procedure_id: str, status: str, on: str | None = None, time: str | None = None) -> None:
        row = self.procedure(procedure_id)
        done = status in ("performed", "attempted")
        first = row["performed_recorded_at"] if done and row.get("status") == status else stamp(self.now)
        row |= {
            "status": status,
            "performed_on": on if done else None,
            "performed_time": time if done else None,
            "performed_recorded_at": first if done else None,
        }
        if status in ("planned", "postponed"):
            row["planned_on"] = on
        self._events[procedure_id].append(dict(row))
        self.keep()

    def undoes(self, procedure_id: str) -> None:
        events = self._events[procedure_id]
        events.pop()
        self.procedure(procedure_id).update(events[-1])
        self.keep()

    def opens(self, visit: dict) -> None:
        visit["opened_at"] = visit["opened_at"] or stamp(self.now)

    def starts(self, visit: dict) -> None:
        self.opens(visit)
        visit["started_at"] = visit["started_at"] or stamp(self.now)
        self.keep()

    def submits(self, visit: dict) -> None:
        self.starts(visit)
        visit["submitted_at"] = stamp(self.now)
        self.keep()

    def leaves(self) -> None:
        self.person["left"] = True
        self.keep()

    # ---- time

    def at(self, moment: str) -> None:
        """Let time pass until a stored instant, midnight by midnight."""
        until = instant(moment)
        while (midnight := start_of(self.today + DAY, self.zone)) <= until:
            self.now = midnight
            self.keep()
            self._texts_until(min(until, midnight + timedelta(hours=23)))
        self.now = until
        self.keep()
        self._texts_until(until)

    def passes(self, days: int) -> None:
        self.at(stamp(self.now + days * DAY))

    def _texts_until(self, until: datetime) -> None:
        noon = min(until, start_of(self.today, self.zone) + timedelta(hours=12))
        for visit in self.visits:
            mine = [text for text in self.texts if text["visit"] is visit]
            for contact in due_contacts(self.study, self.person, visit, mine, True, noon):
                known = any((text["kind"], text["step"]) == (contact.kind, contact.step) for text in mine)
                if contact.kind != "call" and not known:
                    visit["invited"] = 1
                    self.texts.append(
                        {"visit": visit, "kind": contact.kind, "step": contact.step, "status": "sent", "reason": None,
                         "claimed_at": stamp(noon), "queued_at": stamp(noon)}
                    )  # fmt: skip

    # ---- the plan

    def keep(self) -> None:
        """Plan, write, and see that planning again finds nothing to do and at most one visit takes answers."""
        changes = self._plan()
        for change in changes:
            visit = next((visit for visit in self.visits if visit["id"] == change.visit_id), None)
            if visit is None:
                visit = dict.fromkeys((*PLANNED, *_FACTS)) | {
                    "id": f"v{next(self._number)}", "created_at": stamp(self.now), "invited": 0,
                    "procedure_id": change.procedure_id, "timepoint": change.timepoint, "occasion": change.occasion,
                }  # fmt: skip
                self.visits.append(visit)
            visit |= change.values
        again = self._plan() if changes else []  # with nothing changed it is the same plan
        assert again == [], again
        taking = [visit for visit in self.visits if takes_answers(visit, self.now)]
        assert len(taking) <= 1, [(visit["procedure_id"], visit["timepoint"]) for visit in taking]

    def _plan(self):
        copies = ([dict(row) for row in rows] for rows in (self.procedures, self.visits))
        return plan(self.study, self.person, *copies, self.now)

    # ---- what stands

    def procedure(self, procedure_id: str) -> dict:
        return next(row for row in self.procedures if row["id"] == procedure_id)

    def visit(self, timepoint: str, procedure_id: str = "p1", occasion: int = 1) -> dict | None:
        key = (procedure_id, timepoint, occasion)
        found = [v for v in self.visits if (v["procedure_id"], v["timepoint"], v["occasion"]) == key]
        return found[0] if found else None

    def status(self, timepoint: str, procedure_id: str = "p1", occasion: int = 1) -> str:
        return status(self.visit(timepoint, procedure_id, occasion), self.now)

    def standing(self) -> dict[str, tuple]:
        """{visit id: state and dates} of every visit but those cancelled as not needed; no dates of a visit that is
        cancelled, or whose procedure is."""
        anchors = {series.anchor["id"] for series in series_of(self.study, self.procedures)}
        return {
            visit["id"]: (status(visit, self.now), visit["cancel_reason"], *self._dates(visit, anchors))
            for visit in self.visits
            if visit["cancel_reason"] != "not_needed"
        }

    def keeps_what_was_undone(self) -> bool:
        """Whether a follow-up visit was submitted whose procedure is not performed now: it keeps its last dates."""
        held = {series.anchor["id"] for series in series_of(self.study, self.procedures) if not series.sessions}
        sent = [visit for visit in self.visits if visit["submitted_at"] and visit["timepoint"] != "baseline"]
        return any(visit["procedure_id"] in held for visit in sent)

    def held(self) -> list[dict]:
        """The follow-up visits, not submitted, of procedures that are planned and not performed."""
        series = {series.anchor["id"] for series in series_of(self.study, self.procedures) if not series.sessions}
        return [
            visit
            for visit in self.visits
            if visit["procedure_id"] in series and visit["timepoint"] != "baseline" and not visit["submitted_at"]
        ]

    @staticmethod
    def _dates(visit: dict, anchors: set[str]) -> list:
        over = visit["cancelled_at"] or visit["procedure_id"] not in anchors
        return [] if over else [visit[name] for name in PLANNED]
