"""A small builder for story tests: a study with named people, a set clock, a real database file, a fake gateway."""

import re
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache

import app as house
from prom import settings
from prom.actions import alerts as alert_actions
from prom.actions import answer, enrol, procedures, queue, send, sign_in, staff, tick, withdraw
from prom.actions.enrol import Enrolment
from prom.actions.procedures import Recorded
from prom.clock import Driven
from prom.errors import NotFromProvider
from prom.rules.instrument import first_open
from prom.rules.times import instant, stamp
from prom.sms.gateway import Accepted, Listed
from prom.store import alerts, messages, participants, reports, visits
from prom.store import procedures as procedure_rows
from prom.store import tasks as task_rows
from prom.store.connect import Database, rows

START = "2026-03-02T15:00:00Z"  # a Monday, 10:00 in New York
PASSWORD = "correct horse battery"
SHIPPED = Path("prom/studies/interscapular-pain.toml")
# A password is hashed for every member of staff of every test: the cheapest hash will do here.
staff.hasher = sign_in.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class _Compiled(BytecodeCache):
    """Compiled templates, for every application of a process: each would compile its own."""

    def __init__(self):
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket):
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket):
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()
_BUILT: dict[tuple, Flask] = {}  # applications by what they are built from
_BEGUN: dict[tuple, tuple[bytes, dict[str, str]]] = {}  # databases with staff, and the ids, by what they are begun with


class FakeSms:
    """A gateway that keeps what it is told. `faults`: errors to raise, one a call, None for none."""

    def __init__(self):
        self.sent: list[tuple[str, str, str]] = []
        self.faults: list = []
        self.listed: list[Listed] = []
        self.fetched: list[str] = []
        self.word, self.code = "sent", ""  # what a text's status is when it is fetched

    def send(self, to, text, ref):
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            raise fault
        self.sent.append((to, text, ref))
        return Accepted(f"SM{len(self.sent):032d}", "queued")

    def recent(self, to):
        return self.listed

    def fetch(self, provider_id):
        self.fetched.append(provider_id)
        return Listed(provider_id, "", self.word, "", self.code)

    def read_status(self, url, form, headers):
        raise NotFromProvider

    read_inbound = read_status

    def texts_to(self, number) -> list[str]:
        return [text for to, text, _ in self.sent if to == number]


def in_english(text: str) -> str:
    """The text of the shipped study file with English alone, for a test that adds items to it."""
    text = text.replace('languages = ["en", "es", "zh-Hant"]', 'languages = ["en"]')
    text = re.sub(r"\n\[texts\.(es|zh-Hant)\]\n([^\[\n][^\n]*\n)*", "", text)
    return re.sub(r'(, |\n)(\w+\.)?(es|zh-Hant) = "([^"\\]|\\.)*"', "", text)


def make_settings(folder: Path, **values):
    """Settings of a test installation in a folder."""
    environment = {
        "PROM_SECRET_KEY": "0123456789abcdef0123456789abcdef",
        "PROM_BASE_URL": "https://prom.example.org",
        "PROM_DATABASE": str(folder / "prom.db"),
    } | values
    return settings.read(environment)


def make_app(folder: Path) -> Flask:
    """The web application of an empty test installation."""
    app = house.create_app(make_settings(Path(folder)), Driven(instant(START)), FakeSms())
    app.testing = True
    return app


class Study:
    """One clinic: two nurses on call and a lead, a coordinator, an analyst, an administrator."""

    def __init__(
        self, folder: Path, at: str = START, *, study_text: str | None = None, gateway=None, clock=None, **values
    ):
        if study_text is not None:
            (folder / "study.toml").write_text(study_text, encoding="utf-8")
            values["PROM_STUDY"] = str(folder / "study.toml")
        self.clock = clock or Driven(instant(at))
        self.sms = gateway or FakeSms()
        given = make_settings(folder, **values)
        kind = (stamp(self.clock.now()), *sorted(values.items()))
        begun = _BEGUN.get(kind)
        if begun:
            Path(given.database).write_bytes(begun[0])
        installation = house.assemble(given, self.clock, self.sms)
        self.means = replace(installation.means, chance=lambda: 0.0)  # waits are what the rules say, to the second
        self.installation = replace(installation, means=self.means)
        self._number = count(1)
        self.staff = dict(begun[1]) if begun else self._engages()
        if not begun and study_text is None:
            self.db.conn.execute("pragma wal_checkpoint(truncate)")
            _BEGUN[kind] = Path(given.database).read_bytes(), self.staff

    def _engages(self) -> dict[str, str]:
        """The staff, with two nurses and the lead on call: {login: id}."""
        people = {
            login: staff.add_staff(
                self.db, self.means, login, f"{login.title()} Example", roles, PASSWORD, self.now, mobile=mobile,
                may_grade=login in ("nina", "leda"),
            )  # fmt: skip
            for login, roles, mobile in (
                ("nina", ("nurse",), "+15550100011"),
                ("noor", ("nurse",), "+15550100012"),
                ("leda", ("nurse", "investigator"), "+15550100013"),
                ("cora", ("coordinator",), ""),
                ("anna", ("analyst",), ""),
                ("adam", ("admin",), ""),
            )
        }
        staff.set_on_call(self.db, "main", [people["nina"], people["noor"]], people["leda"], self.now, by=None)
        return people

    @property
    def db(self):
        return self.installation.connections.here()

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def study(self):
        return self.means.study(self.db)

    def app(self) -> Flask:
        """The web application of this installation."""
        given = self.installation.settings
        kind = (given.base_url, given.secret_key, given.metrics_token, given.proxies, self.study.study.languages)
        if kind not in _BUILT:
            app = _BUILT[kind] = house.web(self.installation)
            app.jinja_env.bytecode_cache = _COMPILED
            app.testing = True
        if given.proxies:  # what stands in front leads to the application that it was put in front of
            return _BUILT.pop(kind)
        app = copy(_BUILT[kind])  # routes and templates are shared: making them costs a tenth of a second
        app.extensions = app.extensions | {"prom": self.installation}
        return app

    def signed_in(self, login: str):
        """A test client with a session of that member of staff."""
        client = self.app().test_client()
        page = client.get("/login", base_url=self.means.base_url).get_data(as_text=True)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
        form = {"login": login, "password": PASSWORD, "csrf_token": token}
        answer = client.post(
            "/login", data=form, base_url=self.means.base_url, headers={"Referer": f"{self.means.base_url}/login"}
        )
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return client

    # ---- time

    def at(self, moment: str) -> None:
        """Move the clock to a stored instant."""
        self.clock.set(instant(moment))

    def ticks(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0, every: str = "hour"):
        """Let time pass, ticking and sending on the way."""
        until = self.now + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        pace = timedelta(**{f"{every}s": 1})
        self.tick()
        while self.now < until:
            self.clock.set(min(until, self.now + pace))
            self.tick()

    def ticks_until(self, moment: str, every: str = "hour") -> None:
        """Let time pass until a stored instant."""
        self.ticks(seconds=(instant(moment) - self.now).total_seconds(), every=every)

    def tick(self) -> None:
        """One tick and what it made due, both lanes."""
        tick.tick(self.db, self.means, self.now)
        tick.tidy(self.db, self.means, self.now)
        for lane in send.LANES:
            send.deliver(self.db, self.means, lane, self.now)

    # ---- people

    def enrol(self, code: str = "P-001", *, kind="injection", status="planned", on=None, time=None, **given) -> str:
        """Enrol with a mobile of their own, both consents and a procedure (`on`: text date)."""
        place = next(self._number)
        number = f"+1555010{place + 1000:04d}"
        fields = {
            "mobile": number,
            "shared": "mobile" in given,
            "call_name": f"Ada {place}",
            "name": f"Synthetic {code}",
            "birth_year": 1960,
            "eligibility": {"entry_nrs": 7, "pain_months": 12},
            "study_consent_on": self.now.date(),
            "texts_consent_on": self.now.date(),
            "procedure": Recorded(kind, status, date.fromisoformat(on) if on else None, time) if kind else None,
        } | given
        return enrol.enrol(self.db, self.means, Enrolment(code, **fields), self.now, staff_id=self.staff["cora"])

    def id(self, code: str) -> str:
        return participants.by_code(self.db, code, ("main",))["id"]

    def number(self, code: str) -> str:
        sealed = rows(self.db, "select mobile_sealed from contact where participant_id = :id", {"id": self.id(code)})
        return self.means.keys.open(sealed[0]["mobile_sealed"])

    def texts(self, code: str) -> list[str]:
        return self.sms.texts_to(self.number(code))

    def procedure(self, code: str, kind: str = "injection") -> dict:
        return [row for row in procedure_rows.of_participant(self.db, self.id(code)) if row["kind"] == kind][-1]

    def records(self, code: str, status: str, on: str | None = None, kind: str = "injection", time=None):
        """Record a new state of a participant's last procedure of that kind."""
        given = Recorded(kind, status, date.fromisoformat(on) if on else None, time)
        row = self.procedure(code, kind)
        return procedures.change_procedure(self.db, self.means, row["id"], given, self.now, self.staff["cora"])

    def adds(self, code: str, kind: str, status: str, on: str | None = None, time=None) -> str:
        """Record a further procedure."""
        given = Recorded(kind, status, date.fromisoformat(on) if on else None, time)
        return procedures.add_procedure(self.db, self.means, self.id(code), given, self.now, self.staff["cora"])

    def undoes(self, code: str, kind: str = "injection"):
        return procedures.undo(self.db, self.means, self.procedure(code, kind)["id"], self.now, self.staff["cora"])

    def becomes(self, code: str, kind: str) -> None:
        """Record what became of a participant: left_follow_up, stopped_texts, deceased ..., undone."""
        withdraw.record_status(
            self.db, self.means, self.id(code), kind, self.now, source="staff", staff_id=self.staff["cora"]
        )

    def visit(self, code: str, timepoint: str, kind: str = "injection", occasion: int = 1) -> dict:
        """One visit of a participant."""
        return next(
            row
            for row in visits.of_participant(self.db, self.id(code))
            if (row["timepoint"], row["procedure_kind"], row["occasion"]) == (timepoint, kind, occasion)
        )

    def visits(self, code: str) -> list[dict]:
        return visits.of_participant(self.db, self.id(code))

    def token(self, visit: dict) -> str:
        """The token of a visit's standing link."""
        return queue.link(self.means, queue.ensure_link(self.db, self.means, visit["id"], self.now)).rsplit("/", 1)[1]

    # ---- answers

    def saves(self, visit: dict, step: str, answers: dict) -> None:
        """Save one screen."""
        answer.save(self.db, self.means, visit["id"], step, answers, self.now)

    def answers(self, visit: dict, nrs=5, **given) -> None:
        """Answer every screen the shortest honest way, but for what is given, and send."""
        self.fills(visit, nrs, **given)
        answer.submit(self.db, self.means, visit["id"], self.now)

    def fills(self, visit: dict, nrs=5, **given) -> None:
        """Answer every screen and do not send."""
        plain = {
            "red_flags": ["none"], "nrs_average": nrs, "nrs_worst": nrs, "med_any": "no", "care_any": "no",
            "se_any": "no", "comment": "", "urgency": "can_wait", "call_when": "", "who": "self",
        } | given  # fmt: skip
        answers: dict = {}
        while step := first_open(self.study, visit["timepoint"], answers):
            screen = {key: plain[key] for key in step.answer_keys}
            self.saves(visit, step.key, screen)
            answers |= screen

    def reads(self, visit: dict, login: str = "nina") -> None:
        """Mark a report or unsent form read as it stands."""
        seq = max((screen["seq"] for screen in reports.screens(self.db, visit["id"])), default=0)
        alert_actions.read(self.db, visit["id"], seq, self.now, staff_id=self.staff[login])

    # ---- alerts, messages, tasks

    def alerts(self, code: str) -> list[dict]:
        return alerts.of_participant(self.db, self.id(code))

    def acknowledges(self, alert: dict, login: str = "nina") -> None:
        alert_actions.act(self.db, alert["id"], "acknowledged", self.now, staff_id=self.staff[login], sites=("main",))

    def closes(self, alert: dict, login: str = "nina", outcome="advice", note="Called.", texts="resume") -> None:
        alert_actions.close(
            self.db, self.means, alert["id"], self.now, staff_id=self.staff[login], sites=("main",),
            outcome=outcome, note=note, texts=texts, agreed=True,
        )  # fmt: skip

    def messages(self, code: str) -> list[dict]:
        return messages.of_participant(self.db, self.id(code))

    def open_tasks(self, kind: str | None = None) -> list[dict]:
        found = task_rows.open_tasks(self.db, ("main",))
        return [task for task in found if kind in (None, task["kind"])]


def utc(text: str) -> datetime:
    """A stored instant."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


__all__ = [
    "PASSWORD", "SHIPPED", "START", "FakeSms", "Study", "in_english", "make_app", "make_settings", "stamp", "utc",
]  # fmt: skip


def work_of(db: Database, does: Callable[[], object]) -> int:
    """How much work the database had with it, in its own instructions by the ten: the same on every machine."""
    tens: list[None] = []
    db.conn.set_progress_handler(lambda: tens.append(None), 10)
    does()
    db.conn.set_progress_handler(None, 0)
    return len(tens)
