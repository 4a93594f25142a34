"""What monitors are told: whether the system does its work, and how it fares in numbers."""

import os
import re
from datetime import timedelta

import pytest

from prom.actions import alarms
from prom.errors import SettingFault, SmsRejected
from prom.rules.ailing import JOBS
from prom.rules.times import stamp
from prom.store import contacts, health
from prom.store.connect import run, write
from tests.study import Study, make_settings
from tests.web.browsing import staff_at
from tests.web.filling import everything

BASE = {"base_url": "https://prom.example.org"}
TOKEN = "a token of sixteen letters".replace(" ", "-")
SAMPLE = re.compile(r'prom_[a-z_]+(\{[a-z]+="[a-z0-9_]+"\})? -?[0-9.e+]+')


@pytest.fixture
def running(clinic):
    """A clinic whose jobs have just run."""
    runs(clinic)
    return clinic


def runs(clinic):
    with write(clinic.db):
        for job in JOBS:
            health.beat(clinic.db, job, stamp(clinic.now))


def ready(clinic) -> tuple[int, dict]:
    answer = clinic.app().test_client().get("/readyz", **BASE)
    return answer.status_code, answer.get_json()


def metrics(clinic, **given) -> str:
    answer = clinic.app().test_client().get("/metrics", **BASE | given)
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    return answer.get_data(as_text=True)


def sample(clinic, name: str) -> float:
    (line,) = [line for line in metrics(clinic).splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[-1])


# ---- ready


def test_a_system_whose_jobs_run_is_ready(running):
    assert ready(running) == (200, {"status": "ok", "ails": []})


def test_a_job_that_stands_still_is_named(running):
    running.at("2026-03-02T15:05:00Z")
    assert ready(running) == (503, {"status": "ailing", "ails": [f"late:{job}" for job in JOBS]})


def test_every_standing_fault_is_named_once_and_by_no_id(running):
    for subject in ("4711", "4712"):
        alarms.fault(running.db, running.means, "judge", subject, "ValueError", running.now)
    alarms.fault(running.db, running.means, "provider", "staff", "configuration", running.now)
    assert ready(running) == (503, {"status": "ailing", "ails": ["judge", "provider:staff"]})
    for subject in ("4711", "4712"):
        alarms.well(running.db, running.means, "judge", subject, running.now)
    alarms.well(running.db, running.means, "provider", "staff", running.now)
    assert ready(running)[0] == 200


def test_a_text_that_could_have_gone_an_hour_ago_is_named(running):
    running.enrol(status="performed", on="2026-02-02")
    running.ticks(seconds=1, every="second")
    with write(running.db):
        run(running.db, "update message set status = 'queued', due_at = queued_at")
    running.clock.set(running.now + timedelta(minutes=61))
    runs(running)
    assert ready(running)[1]["ails"] == ["waits:participant"]


def test_a_text_that_waits_for_texting_hours_does_not_ail(running):
    running.enrol(status="performed", on="2026-02-02")
    running.at("2026-03-03T02:30:00Z")  # 21:30 in New York
    running.ticks(hours=3, every="hour")
    runs(running)
    assert running.messages("P-001")[0]["reason"] == "texting_hours"
    assert ready(running)[0] == 200


# ---- metrics


def test_every_line_is_in_the_format_and_names_nobody(running):
    running.enrol(status="performed", on="2026-02-02")
    running.tick()
    alarms.fault(running.db, running.means, "judge", running.id("P-001"), "ValueError", running.now)
    text = metrics(running)
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(samples) > 12
    assert [line for line in samples if not SAMPLE.fullmatch(line)] == []
    named = {line.split("{")[0].split(" ")[0] for line in samples}
    for kind in ("HELP", "TYPE"):
        assert {line.split()[2] for line in text.splitlines() if line.startswith(f"# {kind} ")} == named
    for secret in (running.id("P-001"), "P-001", running.number("P-001"), "+1555"):
        assert secret not in text


def test_heartbeats_and_faults_are_told_by_name(running):
    alarms.fault(running.db, running.means, "judge", "4711", "ValueError", running.now)
    running.at("2026-03-02T15:00:30Z")
    assert sample(running, 'prom_heartbeat_age_seconds{job="tick"}') == 30
    assert sample(running, 'prom_standing_faults{step="judge"}') == 1
    assert sample(running, "prom_ails") == 1


def test_a_job_that_never_ran_has_no_age(clinic):
    text = metrics(clinic)
    assert "heartbeat_age_seconds{" not in text
    assert "prom_ails 3\n" in text


def test_failures_of_the_last_day_are_counted_and_those_before_are_not(running):
    for number in range(4):
        running.enrol(f"P-{number}", status="performed", on="2026-02-02")
    running.sms.faults = [SmsRejected("30003")]
    running.tick()
    assert sample(running, 'prom_sent_last_day{lane="participant"}') == 4
    assert sample(running, 'prom_failed_last_day{lane="participant"}') == 1
    assert sample(running, 'prom_failure_rate_last_day{lane="participant"}') == 0.25
    running.at("2026-03-03T15:00:01Z")
    assert sample(running, 'prom_sent_last_day{lane="participant"}') == 0


def test_numbers_opted_out_are_counted_once_each(running):
    number = "+15550101999"
    running.enrol("P-001", mobile=number)
    running.enrol("P-002", mobile=number, birth_year=1961)
    with write(running.db):
        for each in (number, "+15550100011", "+15550107777"):  # theirs, a nurse's, a stranger's
            contacts.opt_out(running.db, running.means.keys.number_hash(each), "text", stamp(running.now))
    assert sample(running, 'prom_opted_out_numbers{whose="participants"}') == 1
    assert sample(running, 'prom_opted_out_numbers{whose="staff"}') == 1


def test_unknown_links_are_counted_by_the_process_that_answers_and_kept_nowhere(running):
    mine, asker = f'prom_unknown_links_total{{process="{os.getpid()}"}}', running.app().test_client()
    running.enrol(status="performed", on="2026-02-02")
    known = running.token(running.visit("P-001", "1m"))
    before, kept = sample(running, mine), everything(running)
    unknown = "A" * 22
    for path in (f"/s/{unknown}", f"/s/{unknown}/stop", f"/stop/{unknown}", f"/s/{known}"):
        asker.get(path, **BASE)
    asker.post(f"/s/{unknown}", **BASE)
    assert sample(running, mine) - before == 4
    assert unknown not in metrics(running) and everything(running) == kept
    assert "# TYPE prom_unknown_links_total counter" in metrics(running)
    assert "in its memory since it began" in metrics(running)


# ---- who may ask


@pytest.mark.parametrize(
    "given",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
        {"headers": {"X-Forwarded-For": "192.0.2.7"}},
        {"headers": {"X-Real-IP": "192.0.2.7"}},
    ],
)
def test_without_a_token_this_machine_alone_is_told(running, given):
    assert running.app().test_client().get("/metrics", **BASE, **given).status_code == 403


def test_with_a_token_whoever_has_it_is_told(tmp_path):
    study = Study(tmp_path, PROM_METRICS_TOKEN=TOKEN)
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
    assert "prom_ails" in metrics(study, headers={"Authorization": f"Bearer {TOKEN}"}, **elsewhere)
    for given in ({}, {"Authorization": "Bearer "}, {"Authorization": TOKEN}, {"Authorization": f"Bearer {TOKEN}ä"}):
        answer = study.app().test_client().get("/metrics", **BASE, headers=given)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_token_that_can_be_guessed_is_refused(tmp_path):
    with pytest.raises(SettingFault, match="PROM_METRICS_TOKEN"):
        make_settings(tmp_path, PROM_METRICS_TOKEN="secret")


# ---- the panel of the coordinators' page


def panel(clinic, login="cora") -> dict[str, str]:
    """What stands in each line of the panel; {} where there is none."""
    page = staff_at(clinic, login).opens("/study/participants")
    found = re.search(r'<details class="card my-3".*?</details>', page, re.S)
    lines = re.findall(r"<dt[^>]*>(.*?)</dt>\s*<dd([^>]*)>(.*?)</dd>", found.group(0), re.S) if found else []
    return {what: words + " (!)" * ("overdue" in marks) for what, marks, words in lines}


def test_coordinators_see_how_texting_fares(running):
    running.enrol(status="performed", on="2026-02-02")
    running.tick()
    assert panel(running) == {
        "Jobs": "all run",
        "Longest wait of a text that is due": "none to staff; none to participants",
        "Failed in the last day": "none of 0 to staff; none of 1 to participants",
        "Not known whether they went": "0 texts",
        "Opted out of texts": "0 numbers of participants, 0 of staff",
        "Faults": "none",
    }


def test_the_panel_marks_what_ails(clinic):
    for subject in ("4711", "4712"):
        alarms.fault(clinic.db, clinic.means, "judge", subject, "ValueError", clinic.now)
    shown = panel(clinic)
    assert shown["Jobs"] == "planning, texts to staff, texts to participants: not running (!)"
    assert shown["Faults"] == "judge (2 times) (!)"


def test_those_who_enrol_nobody_see_no_panel(running):
    assert panel(running, "nina") == {}


def test_the_panel_names_the_step_of_the_try_out_that_is_late(tmp_path):
    study = Study(tmp_path, PROM_CANARY="+15550100077")
    study.ticks(minutes=2, every="minute")
    assert panel(study)["Form answered"] == "waits for the step before"
    study.ticks(days=2)
    shown = panel(study)
    assert (shown["Begun"], shown["Text queued"]) == ("Mon 2 Mar 2026, 10:00", "Mon 2 Mar 2026, 10:01")
    assert (shown["Arrived"], shown["Faults"]) == ("late (!)", "canary delivered (!)")
