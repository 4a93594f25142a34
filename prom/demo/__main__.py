"""`make demo`: a fresh demo database with a believable clinic, served with its scheduler in one process."""

import contextlib
import io
import os
import secrets
import shutil
import signal
import sys
import threading
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from app import all_in_one, assemble
from prom import settings
from prom.clock import Driven, Machine
from prom.demo.clinic import PASSWORD, STAFF, Clinic
from prom.demo.people import DAYS, WAITS, courses
from prom.errors import SettingFault, StartRefused
from prom.rules.times import DAY

FOLDER = Path(".demo")  # a folder for each port in it, so that one demo never clears another's


class _Quiet(WSGIRequestHandler):
    """No access log: a path can hold a participant's link."""

    def log_request(self, code="-", size="-") -> None:
        pass


def main() -> int:
    """Fill, serve, until stopped."""
    try:
        port = _port()
        server = _server(port)
        given = _settings(port)
        print("Filling the demo clinic (nine months of made-up people) ...", flush=True)
        fill(given)
        server.app, jobs = all_in_one(assemble(given))
    except (SettingFault, StartRefused) as fault:
        print(f"demo: {fault}", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    jobs.start()
    _say(given.base_url)
    server.serve_forever()
    jobs.stop()
    return 0


def fill(given) -> None:
    """Play the clinic up to now into an empty database."""
    now = Machine().now().replace(microsecond=0)
    Clinic(assemble(given, Driven(now - (DAYS + 1) * DAY)), now).play()


def _port() -> int:
    """PORT from the environment, checked as everywhere."""
    given = {"PORT": os.environ["PORT"]} if os.environ.get("PORT") else {}
    return settings.read({"PROM_SECRET_KEY": "x" * 32, "PROM_BASE_URL": "http://127.0.0.1"} | given).port


def _server(port: int) -> BaseWSGIServer:
    """Listen before anything is cleared or filled; what it serves comes later. Raises SettingFault when somebody else
    listens there."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            return make_server("127.0.0.1", port, _not_yet, threaded=True, request_handler=_Quiet)
    except SystemExit:
        raise SettingFault(f"PORT {port} is in use: stop what listens there, or set another PORT") from None


def _not_yet(environ, start_response):
    start_response("503 Service Unavailable", [])
    return []


def _settings(port: int):
    """Demo settings: a database of its own, made anew; a secret that lives as long as the demo."""
    folder = FOLDER / str(port)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return settings.read(
        {
            "PROM_SECRET_KEY": secrets.token_hex(32),
            "PROM_BASE_URL": f"http://127.0.0.1:{port}",
            "PROM_DATABASE": str(folder / "prom.db"),
            "PORT": str(port),
        }
    )


def _say(base_url: str) -> None:
    waits = next(course for course in courses() if course.number == WAITS)
    print(
        f"""
The demo runs at {base_url} (everybody in it is made up). Stop it with Ctrl+C.

  the participant's phone   {base_url}/demo/phone
  same as last time         the text "For {waits.call_name}" to {waits.code} there; born in {waits.birth_year}
  staff log in at           {base_url}/login
  log-ins                   {", ".join(login for login, _, _ in STAFF)}
  password of each          {PASSWORD}
""",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
