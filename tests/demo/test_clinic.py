"""The demo: its clinic is believable, and a second start harms nobody."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import app as house
from prom.actions import identity
from prom.clock import Driven
from prom.demo.clinic import Clinic
from prom.demo.people import DAYS
from prom.rules.times import DAY, instant, stamp
from prom.rules.visit import status
from prom.store import alerts, health, participants, reports, rota, studies, visits
from prom.store.connect import rows
from tests.study import FakeSms, make_settings

pytestmark = pytest.mark.long

NOW = instant("2026-11-20T17:00:00Z")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The demo clinic, played up to a Friday noon."""
    given = make_settings(tmp_path_factory.mktemp("demo"))
    clinic = Clinic(house.assemble(given, Driven(NOW - (DAYS + 1) * DAY), FakeSms()), NOW)
    clinic.play()
    return clinic


def test_about_two_dozen_people_over_nine_months_with_crossovers(played):
    assert studies.kind(played.db) == "synthetic"
    assert len(played.ids) == 24
    done = [row["kind"] for row in rows(played.db, "select kind from procedure where status = 'performed'")]
    assert done.count("injection") >= 20 and done.count("embolization") >= 5


def test_alerts_are_open_and_closed_and_nothing_went_wrong(played):
    standing = {alert["class"] for alert in alerts.open_alerts(played.db)}
    assert {"red", "high"} <= standing
    assert len(alerts.closed_alerts(played.db, ("main",), 99)) >= 5
    assert {fault["step"] for fault in health.faults(played.db)} <= {"nobody_took_it"}


def test_the_second_nurse_goes_first_for_a_day_and_is_away_for_the_next(played):
    second = played.staff["nurse2"]
    (shift,) = rota.shifts(played.db, "main", stamp(NOW), stamp(NOW + 7 * DAY))
    (away,) = rota.away(played.db, "main", stamp(NOW), stamp(NOW + 7 * DAY))
    assert (shift["staff_id"], shift["from_at"]) == (second, "2026-11-21T13:00:00Z")  # 08:00 in New York
    assert (away["staff_id"], away["from_at"]) == (second, shift["until_at"])


def test_one_link_waits_on_the_phone_of_the_newest(played):
    waiting = [visit for visit in rows(played.db, "select * from visit") if status(visit, NOW) == "open"]
    newest = [visit for visit in waiting if visit["participant_id"] == played.ids["D-24"]]
    assert [visit["timepoint"] for visit in newest] == ["baseline"]
    assert any(to == "+15550101024" and "/s/" in text for to, text, _ in played.means.gateway.sent)


def test_one_form_waits_that_shows_earlier_medicines_after_the_year_of_birth(played):
    person = participants.by_id(played.db, played.ids["D-23"])
    waiting = [visit for visit in visits.of_participant(played.db, person["id"]) if status(visit, NOW) == "open"]
    assert [visit["timepoint"] for visit in waiting] == ["1m"]
    assert identity.asked(played.db, played.means, played.means.study(played.db), person["id"])
    last = reports.last_before(played.db, person["id"], waiting[0]["id"])
    assert last["answers"]["med_classes"] == ["paracetamol", "opioid_weak"]
    invited = [text for to, text, _ in played.means.gateway.sent if to == "+15550101022" and "is ready" in text]
    for name in ("Rosa", "Luis"):
        assert any(text.startswith(f"For Demo {name}: ") for text in invited)


def test_a_taken_port_is_named_before_anything_is_cleared():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command, here = [sys.executable, "-m", "prom.demo"], {**os.environ, "PORT": port}
        asked = subprocess.run(command, env=here, capture_output=True, text=True, timeout=60)
    assert asked.returncode == 1
    assert asked.stderr.strip() == f"demo: PORT {port} is in use: stop what listens there, or set another PORT"
    assert not (Path(".demo") / port).exists()
