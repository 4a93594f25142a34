"""A database that last sent for another address sends nothing until a person confirms."""

import pytest

import app as house
from prom.actions import address, send
from prom.actions.tick import tick
from prom.clock import Driven
from prom.commands import HELD
from prom.rules.times import instant
from prom.store import messages
from prom.store.connect import rows
from scheduler.jobs import Jobs
from tests.actions.test_start import TWILIO
from tests.study import START, FakeSms, Study, make_settings

ALLOW = {"PROM_SMS_ALLOW": "+155501*", "PROM_SMS_PACE": "0"}
OURS, OTHER = "https://prom.example.org", "https://test.example.org"


@pytest.fixture
def clinic(tmp_path):
    """A clinic that texts people for one address, and has sent an invitation."""
    study = Study(tmp_path, **TWILIO, **ALLOW)
    Jobs(study.installation)
    study.enrol("P-001", on="2026-03-06")
    study.tick()
    assert len(study.sms.sent) == 1
    return study


def assembled(folder, base_url, **given):
    """As for a command."""
    environment = TWILIO | ALLOW | {"PROM_BASE_URL": base_url} | given
    return house.assemble(make_settings(folder, **environment), Driven(instant(START)), FakeSms())


def starts(folder, base_url, **given):
    """As for the scheduler."""
    here = assembled(folder, base_url, **given)
    Jobs(here)
    return here


def calls(here):
    """How many texts leave with a red answer waiting to be told and one person's invitation due."""
    db, now = here.connections.here(), here.clock.now()
    tick(db, here.means, now)
    return sum(send.deliver(db, here.means, lane, now) for lane in send.LANES)


def red_and_due(clinic):
    clinic.saves(clinic.visit("P-001", "baseline"), "red_flags", {"red_flags": ["chest"]})
    clinic.enrol("P-002", on="2026-03-06")


def test_nothing_leaves_for_another_address_until_a_person_confirms(clinic, tmp_path, caplog):
    red_and_due(clinic)
    here = starts(tmp_path, OTHER)
    assert "sending is held" in caplog.text and OURS in caplog.text and OTHER in caplog.text
    caplog.clear()
    assert calls(here) == 0
    assert {row["status"] for row in rows(clinic.db, "select status from message where sent_at is null")} == {"queued"}
    client = house.web(here).test_client()
    ready = client.get("/readyz", base_url=OTHER)
    assert ready.status_code == 503 and "other_address" in ready.json["ails"]
    here = starts(tmp_path, OTHER)  # starting again is no confirmation
    assert calls(here) == 0
    doctor = house.web(here).test_cli_runner().invoke(args=["doctor"])
    assert doctor.exit_code == HELD and "OK" not in doctor.stdout
    assert f"no text leaves: this database last sent for {OURS}, and PROM_BASE_URL is {OTHER}" in doctor.stderr
    caplog.clear()
    said = house.web(here).test_cli_runner().invoke(args=["confirm-address"])
    assert said.output == f"Texts leave now, with links to {OTHER}.\n" and "held" not in caplog.text
    assert house.web(here).test_cli_runner().invoke(args=["doctor"]).exit_code == 0
    assert calls(here) == 2
    assert calls(starts(tmp_path, OTHER)) == 0 and messages.due(clinic.db, "staff", START, 9) == []


def test_the_same_address_and_its_return_hold_nothing(clinic, tmp_path):
    red_and_due(clinic)
    starts(tmp_path, OTHER)
    here = starts(tmp_path, OURS)
    said = house.web(here).test_cli_runner().invoke(args=["confirm-address"])
    assert said.output == "Nothing was held for its address.\n"
    assert calls(here) == 2


def test_a_database_that_never_sent_may_change_its_address(tmp_path):
    starts(tmp_path, OURS)
    clinic = Study(tmp_path, **TWILIO, **ALLOW, PROM_BASE_URL=OTHER)
    clinic.enrol("P-001", on="2026-03-06")
    assert calls(clinic.installation) == 1


def test_an_on_screen_phone_minds_no_address(clinic, tmp_path):
    red_and_due(clinic)
    assert calls(starts(tmp_path, OTHER, PROM_SMS="phone")) == 2


def test_a_command_with_another_address_holds_nothing_and_sends_nothing(clinic, tmp_path):
    red_and_due(clinic)
    other = house.web(assembled(tmp_path, OTHER)).test_cli_runner()
    said = other.invoke(args=["doctor"])
    assert said.exit_code == HELD and f"last sent for {OURS}, and PROM_BASE_URL is {OTHER}" in said.stderr
    ticked = other.invoke(args=["tick"])
    assert ticked.exit_code == 1 and "no text may leave: this database last sent for" in ticked.stderr
    assert not address.held(clinic.db) and calls(clinic.installation) == 2


def test_a_command_with_the_right_address_ends_no_hold_of_what_runs_with_another(clinic, tmp_path):
    red_and_due(clinic)
    running = starts(tmp_path, OTHER)
    ours = house.web(assembled(tmp_path, OURS)).test_cli_runner()
    assert "started with another PROM_BASE_URL" in ours.invoke(args=["doctor"]).stderr
    assert ours.invoke(args=["tick"]).exit_code == 1
    assert calls(running) == 0


def test_texts_of_a_single_tick_are_kept_as_sent_for_its_address(tmp_path):
    study = Study(tmp_path, **TWILIO, **ALLOW)
    study.enrol("P-001", on="2026-03-06")
    assert study.app().test_cli_runner().invoke(args=["tick"]).exit_code == 0
    assert address.held(starts(tmp_path, OTHER).connections.here())
