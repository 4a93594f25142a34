"""`bin/serve`: the web server and the scheduler live and die together, and no path enters the log."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
SOON = 40
LINK = "/s/AbCdEfGhIjKlMnOpQrStUv/wXyZ0123456789aBcDeFgH"  # with its pass

APP = '''
"""A web process that writes down its pid, and can fail outside Flask."""
import os, pathlib
from flask import Flask

def create_app():
    app = Flask(__name__)
    app.cli.command("doctor")(lambda: exit(int(os.environ.get("ODD", 0))))
    pathlib.Path(f"web-{os.getpid()}").touch()
    app.add_url_rule("/", "home", lambda: "here")
    inner = app.wsgi_app
    def outer(environ, start_response):
        if environ["PATH_INFO"].startswith("/s/"):
            raise RuntimeError("outside Flask")
        return inner(environ, start_response)
    app.wsgi_app = outer
    return app
'''
SCHEDULER = '''
"""A scheduler that writes down its pid and ends when it is told to."""
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path("told").touch(), sys.exit(0)))
pathlib.Path(f"scheduler-{os.getpid()}").touch()
time.sleep(60)
'''


@pytest.fixture
def place(tmp_path):
    """A folder with the real script and server settings, around a small app and scheduler."""
    for name, text in {"app.py": APP, "scheduler/__main__.py": SCHEDULER}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "bin" / "serve", tmp_path / "bin" / "serve")
    shutil.copy(ROOT / "gunicorn.conf.py", tmp_path)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


@pytest.fixture
def serve(place):
    """Starts the script; returns (process, port) once the web server answers. Leaves nothing running."""
    started = []

    def start(**settings):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with (place / "log").open("w") as log:
            process = subprocess.Popen(
                [place / "bin" / "serve"], env={**os.environ, "PORT": str(port)} | settings, stderr=log, stdout=log
            )
        started.append(process)
        until(lambda: answers(port) and pids(place, "scheduler"))
        return process, port

    yield start
    for process in started:
        process.terminate()
        process.wait(SOON)
    for pid in pids(place, ""):
        os.kill(pid, signal.SIGKILL)


def until(true):
    end = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def answers(port, path="/"):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).status == 200
    except OSError:
        return False


def pids(place, who):
    """Process ids of what runs now; the check at the start made an app too, and has ended."""
    written = [int(path.name.rpartition("-")[2]) for path in place.glob(f"{who}*-*")]
    return [pid for pid in written if alive(pid)]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_both_and_is_no_failure(place, serve, asked):
    process, _ = serve()
    process.send_signal(asked)
    process.send_signal(asked)
    assert process.wait(SOON) == 0
    assert (place / "told").exists()
    until(lambda: not pids(place, ""))


def test_what_they_write_is_for_their_account_alone(place, serve):
    serve()
    written = [*place.glob("web-*"), *place.glob("scheduler-*")]
    assert len(written) >= 3
    assert {oct(path.stat().st_mode & 0o777) for path in written} == {"0o600"}


def test_a_dead_scheduler_stops_the_web_server(place, serve):
    process, port = serve()
    os.kill(pids(place, "scheduler")[0], signal.SIGKILL)
    assert process.wait(SOON) not in (0, None)
    until(lambda: not pids(place, ""))
    assert not answers(port)
    assert "serve: stopped, because the scheduler ended by itself (status 137)" in (place / "log").read_text()


def test_a_dead_web_server_stops_the_scheduler(place, serve):
    process, _ = serve()
    parent = int(  # the arbiter of the workers
        Path(f"/proc/{pids(place, 'web')[-1]}/stat").read_text().rpartition(")")[2].split()[1]
    )
    os.kill(parent, signal.SIGTERM)
    assert process.wait(SOON) == 1  # though the server itself ended well
    assert "serve: stopped, because the web server ended by itself (status 0)" in (place / "log").read_text()
    assert (place / "told").exists()


def test_a_wrong_setting_starts_neither(place):
    environment = {**os.environ, "ODD": "2"}
    done = subprocess.run([place / "bin" / "serve"], env=environment, timeout=SOON, capture_output=True, text=True)
    assert done.returncode != 0 and "serve: stopped before anything was started: mend the fault" in done.stderr
    assert not list(place.glob("scheduler-*"))


def test_what_is_only_to_be_seen_to_keeps_nothing_from_starting(place, serve):
    process, port = serve(ODD="4")
    assert answers(port) and pids(place, "scheduler") and process.poll() is None


def test_a_killed_script_leaves_nothing_running(place, serve):
    process, port = serve()
    process.kill()
    process.wait(SOON)
    until(lambda: not pids(place, ""))
    assert not answers(port) and (place / "told").exists()


def test_no_path_enters_the_log(place, serve):
    _, port = serve()
    assert not answers(port, LINK)
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.sendall(f"GET {LINK} HTTP/a.b\r\n\r\n".encode())
        assert b"400" in wire.recv(1000)
    until(lambda: "Invalid request" in (place / "log").read_text())
    log = (place / "log").read_text()
    assert "Error handling request" in log
    assert "/s/" not in log and not [part for part in LINK.split("/")[2:] if part in log]
