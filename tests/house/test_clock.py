"""The machine's clock is read in prom/clock.py only, and nobody but a timer waits."""

import re

import pytest

from tests.house.source import Source, house

CLOCK = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
    "time.strftime",
    "time.clock_gettime",
}
LENGTHS = {"time.monotonic", "time.monotonic_ns"}
TIMERS = ("scheduler", "prom.demo")
SQL_CLOCK = re.compile(r"\bcurrent_(timestamp|date|time)\b|'now'|\bunixepoch\(\)|\b(date|time|datetime)\(\)", re.I)


def clock_readings(source: Source) -> list[str]:
    """Where the machine is asked for the time, by Python or by the database."""
    found = []
    for module in source.modules:
        if module.within("prom.clock"):
            continue
        banned = CLOCK if module.within(*TIMERS) else CLOCK | LENGTHS
        found += [module.at(node, name) for node, name in module.names() if name in banned]
        if module.within("prom.store"):
            found += [
                module.at(node, "SQL reads the clock") for node, text in module.strings() if SQL_CLOCK.search(text)
            ]
    return found


def waits(source: Source) -> list[str]:
    return [
        module.at(node, name)
        for module in source.modules
        if not module.within(*TIMERS)
        for node, name in module.names()
        if name == "time.sleep"
    ]


def test_only_the_clock_reads_the_machines_clock(source):
    assert clock_readings(source) == []


def test_only_timers_sleep(source):
    assert waits(source) == []


@pytest.mark.parametrize(
    "where, line",
    [
        ("prom/actions/send.py", "from datetime import datetime\ndatetime.now()"),
        ("prom/actions/send.py", "import datetime as dt\ndt.datetime.now(dt.UTC)"),
        ("prom/rules/visit.py", "from datetime import date\ndate.today()"),
        ("scheduler/jobs.py", "from time import time\ntime()"),
        ("prom/demo/ward.py", "import time\ntime.time()"),
        ("prom/web/survey.py", "import time\ntime.monotonic()"),
        ("app.py", "from datetime import datetime\nfield(default_factory=datetime.utcnow)"),
        ("prom/store/visits.py", "Q = \"select * from visit where due_on < date('now')\""),
        ("prom/store/migrations.py", "T = 'at text default current_timestamp'"),
    ],
)
def test_a_reading_is_found(tmp_path, where, line):
    assert len(clock_readings(house(tmp_path, {where: line}))) == 1


def test_a_sleep_is_found_and_a_timer_may(tmp_path):
    bad = house(
        tmp_path,
        {
            "prom/sms/http.py": "import time\ntime.sleep(1)",
            "prom/actions/x.py": "from time import sleep\nsleep(1)",
            "scheduler/jobs.py": "import time\ntime.sleep(1)\ntime.monotonic()",
        },
    )
    assert [line.partition(":")[0] for line in waits(bad)] == ["prom.actions.x", "prom.sms.http"]
    assert clock_readings(bad) == []
