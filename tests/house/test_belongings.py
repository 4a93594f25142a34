"""What only one room may touch: the network, the timers, HTTP, the database, statistics; and pure rules."""

import os
import subprocess
import sys

import pytest

from tests.house.source import ROOT, Source, house, under

WEB = ("prom.web", "prom.commands", "prom.demo", "app")
ONLY_IN = {
    # the only SQL
    "sqlite_utils": ("prom.store",),
    "sqlite3": ("prom.store",),
    "pysqlite3": ("prom.store",),
    # the only network
    "twilio": ("prom.sms",),
    "requests": ("prom.sms",),
    "urllib3": ("prom.sms",),
    "aiohttp": ("prom.sms",),
    "urllib.request": ("prom.sms",),
    "http.client": ("prom.sms",),
    "socket": ("prom.sms",),
    "smtplib": ("prom.sms",),
    "ftplib": ("prom.sms",),
    # the only HTTP
    "flask": WEB,
    "werkzeug": WEB,
    "wtforms": WEB,
    "flask_wtf": WEB,
    "flask_bootstrap": WEB,
    "flask_babel": WEB,
    "gunicorn": (),
    "http.server": (),
    "wsgiref": (),
    # the only timers
    "apscheduler": ("scheduler",),
    "threading.Timer": ("scheduler",),
    "sched": ("scheduler",),
    # public holidays: a reckoning from a year and a country, no network and no file of ours, and so a matter of rules
    "holidays": ("prom.rules",),
    # the only statistics and heavy file formats
    "numpy": ("prom.report",),
    "scipy": ("prom.report",),
    "matplotlib": ("prom.report",),
    "pandas": ("prom.report",),
    "pyreadstat": ("prom.report",),
    "fhir": ("prom.report",),
}
HEAVY = ("numpy", "scipy", "matplotlib", "pandas", "pyreadstat", "fhir")
IMPURE = (
    "os",
    "io",
    "pathlib",
    "shutil",
    "tempfile",
    "glob",
    "subprocess",
    "threading",
    "multiprocessing",
    "asyncio",
    "random",
    "secrets",
    "logging",
    "time",
    "click",
)
TELLS = ("open", "print", "input", "read_text", "write_text", "read_bytes", "write_bytes")


def strays(source: Source) -> list[str]:
    """Uses of a package outside the rooms it belongs to, by import or by a longer name."""
    found = []
    for module in source.modules:
        for node, name in [*module.imports(), *module.names()]:
            homes = next((ONLY_IN[package] for package in ONLY_IN if under(name, package)), None)
            if homes is not None and not module.within(*homes) and _brought_in(module, name):
                found.append(module.at(node, f"{name} belongs in {' or '.join(homes) or 'no room'}"))
    return found


def _brought_in(module, name: str) -> bool:
    """Whether the first part of the name is an import here, and not a variable of the same name."""
    return any(imported.partition(".")[0] == name.partition(".")[0] for _, imported in module.imports())


def impurities(source: Source) -> list[str]:
    """What a rule may not do: read, write, guess, wait."""
    found = []
    for module in source.modules:
        if module.within("prom.rules"):
            found += [
                module.at(node, f"imports {name}")
                for node, name in module.imports()
                if any(under(name, package) for package in IMPURE)
            ]
            found += [module.at(call, f"calls {name}") for call, name in module.calls() if name in TELLS]
    return found


def test_each_package_is_used_in_its_own_rooms_only(source):
    assert strays(source) == []


def test_rules_are_pure(source):
    assert impurities(source) == []


def test_the_web_process_imports_no_statistics():
    code = f"import app, sys; sys.exit(', '.join(sorted(set({HEAVY!r}) & set(sys.modules))) or 0)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "where, line",
    [
        ("prom/actions/send.py", "import twilio.rest"),
        ("prom/web/webhooks.py", "from twilio.request_validator import RequestValidator"),
        ("prom/actions/send.py", "from urllib import request"),
        ("prom/actions/send.py", "import urllib.parse\nurllib.request.urlopen('x')"),
        ("scheduler/jobs.py", "import socket"),
        ("prom/actions/enrol.py", "from werkzeug.exceptions import NotFound"),
        ("prom/actions/enrol.py", "import sqlite3"),
        ("prom/commands.py", "from sqlite_utils.utils import sqlite3"),
        ("app.py", "from apscheduler.schedulers.background import BackgroundScheduler"),
        ("prom/demo/ward.py", "import threading\nthreading.Timer(1, print)"),
        ("prom/demo/ward.py", "from threading import Timer"),
        ("prom/web/survey.py", "import scipy.stats"),
    ],
)
def test_a_stray_is_found(tmp_path, where, line):
    assert strays(house(tmp_path, {where: line})) != []


@pytest.mark.parametrize(
    "where, line",
    [
        ("prom/sms/twilio.py", "import requests\nfrom twilio.rest import Client"),
        ("prom/web/survey.py", "from urllib.parse import urlsplit\nfrom flask import request\nrequest.args"),
        (
            "prom/actions/send.py",
            "requests = [1]\nlen(requests)\nfrom http import HTTPStatus\nimport threading",
        ),
        ("scheduler/jobs.py", "from apscheduler.schedulers.blocking import BlockingScheduler"),
    ],
)
def test_a_package_at_home_is_no_stray(tmp_path, where, line):
    assert strays(house(tmp_path, {where: line})) == []


@pytest.mark.parametrize("line", ["import os", "from random import choice", "open('x')", "p.read_text()"])
def test_an_impure_rule_is_found(tmp_path, line):
    assert len(impurities(house(tmp_path, {"prom/rules/x.py": line}))) == 1
