"""A place to drill in: a folder with a database and a study file that texts at any hour, and the processes that serve
it. Processes are ended by their own ids."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import app as house
from prom import settings
from prom.actions import enrol, queue, staff
from prom.actions.enrol import Enrolment
from prom.actions.procedures import Recorded
from prom.rules.times import DAY, local_day
from prom.store.connect import rows
from tests.double import DIRECT
from tests.drills.leash import ROOT, Leash
from tests.study import SHIPPED

ACCOUNT, TOKEN, SERVICE = "AC" + "0" * 32, "double", "MG" + "0" * 32
NURSE = "+15550100011"


def any_hour(text: str) -> str:
    """A study file's text, changed so that invitations may go at any hour of any day."""
    for old, new in {
        'from = "09:00"': 'from = "00:00"',
        'to = "20:00"': 'to = "23:59"',
        'send_at = "10:00"': 'send_at = "00:00"',
    }.items():
        assert old in text
        text = text.replace(old, new)
    return text


class Place:
    """One installation in a folder, with two nurses on call. The people in it are made up."""

    def __init__(self, folder: Path, double):
        self.folder, self.double, self.processes, self.leash = folder, double, [], Leash()
        self.port = _free_port()
        (folder / "study.toml").write_text(any_hour(SHIPPED.read_text()))
        self.settings = {
            "PROM_SECRET_KEY": "0123456789abcdef0123456789abcdef",
            "PROM_BASE_URL": f"http://127.0.0.1:{self.port}",
            "PROM_DATABASE": str(folder / "prom.db"),
            "PROM_STUDY": str(folder / "study.toml"),
            "PROM_SMS": "twilio",
            "PROM_SMS_ALLOW": "+155501*",
            "PROM_SMS_PACE": "0",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_MESSAGING_SERVICE_SID": SERVICE,
            "TWILIO_API_URL": double.url,
            "PORT": str(self.port),
        }
        self.installation = house.assemble(settings.read(self.settings))
        self.means = self.installation.means
        self.enrolled = 0
        nurses = [self._nurse("nina", NURSE), self._nurse("noor", "+15550100012")]
        staff.set_on_call(self.db, "main", nurses, nurses[0], self.now, by=None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            self.end(process)
        self.leash.end()

    @property
    def db(self):
        return self.installation.connections.here()

    @property
    def now(self):
        return self.installation.clock.now()

    def _nurse(self, login: str, mobile: str) -> str:
        password = "correct horse battery"
        return staff.add_staff(self.db, self.means, login, login.title(), ("nurse",), password, self.now, mobile=mobile)

    def enrol(self, many: int) -> list[str]:
        """Enrol people whose baseline is due today; their mobile numbers."""
        study = self.means.study(self.db)
        today = local_day(self.now, study.zone)
        numbers = []
        for _ in range(many):
            self.enrolled += 1
            numbers.append(f"+1555{110_000 + self.enrolled:07d}")
            given = Enrolment(
                f"P-{self.enrolled:04d}",
                mobile=numbers[-1],
                eligibility={"entry_nrs": 7, "pain_months": 12},
                study_consent_on=today,
                texts_consent_on=today,
                procedure=Recorded("injection", "planned", today + 3 * DAY),
            )
            enrol.enrol(self.db, self.means, given, self.now)
        return numbers

    def links(self) -> dict[str, str]:
        """The path of each open visit's link, by visit."""
        open_now = rows(self.db, "select id from visit where timepoint = 'baseline' order by created_at, id")
        made = {row["id"]: queue.ensure_link(self.db, self.means, row["id"], self.now) for row in open_now}
        base = len(self.means.base_url)
        return {visit_id: queue.link(self.means, link)[base:] for visit_id, link in made.items()}

    def number(self, participant_id: str) -> str:
        sealed = rows(self.db, "select mobile_sealed from contact where participant_id = :id", {"id": participant_id})
        return self.means.keys.open(sealed[0]["mobile_sealed"])

    def messages(self) -> list[dict]:
        return rows(self.db, "select * from message")

    # ---- processes

    def start(self, *command: str) -> subprocess.Popen:
        """A process of this installation, leader of a group of its own."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PROM_", "TWILIO_"))}
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment | self.settings,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.leash.hold(process.pid)
        self.processes.append(process)
        return process

    def scheduler(self, *words: str) -> subprocess.Popen:
        return self.start(str(ROOT / ".venv/bin/python"), "-m", "scheduler", *words)

    def web(self, app: str = "app:create_app()") -> subprocess.Popen:
        """gunicorn with its workers, once it answers."""
        return self._answering(self.start(str(ROOT / ".venv/bin/gunicorn"), app))

    def serve(self) -> subprocess.Popen:
        """The production shape, once it answers and all its jobs run."""
        process = self._answering(self.start(str(ROOT / "bin/serve")))
        until(lambda: self._answers("/readyz"), 30)
        return process

    def _answering(self, process: subprocess.Popen) -> subprocess.Popen:
        until(lambda: self._answers("/healthz"), 30)
        return process

    def _answers(self, path: str) -> bool:
        try:
            request = urllib.request.Request(self.means.base_url + path)
            return DIRECT.open(request, timeout=5).status == 200
        except OSError:
            return False

    def end(self, process: subprocess.Popen) -> None:
        """Ask a process and its group to end, and see that they did."""
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                pass
        self.kill(process)

    def kill(self, process: subprocess.Popen) -> None:
        """SIGKILL to a process and its group."""
        kill_group(process)
        self.leash.drop(process.pid)

    def log(self) -> str:
        return (self.folder / "log").read_text()


def kill_group(process: subprocess.Popen) -> None:
    """SIGKILL to a process and all that it started, which are a group of their own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait(10)


def until(true, seconds: float) -> None:
    """Wait for something to become true; AssertionError when it does not in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
