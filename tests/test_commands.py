"""The flask commands: each says what it did, or names the fault in a line and exits non-zero."""

import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.cli import cli

from prom.actions import sign_in
from prom.rules.study import unapproved
from prom.rules.study_check import parse_checked
from prom.store import participants, staff
from tests.study import PASSWORD, SHIPPED, Study, make_app

ROOT = Path(__file__).parents[1]
SETTINGS = {"PROM_SECRET_KEY": "0123456789abcdef0123456789abcdef", "PROM_BASE_URL": "https://prom.example.org"}


@pytest.fixture
def run(clinic):
    """Runs a command in the clinic's installation; returns (exit code, what it said, what it complained of)."""
    runner = clinic.app().test_cli_runner()

    def command(*words, typed=None):
        done = runner.invoke(args=[str(word) for word in words], input=typed)
        return done.exit_code, done.stdout.strip(), done.stderr.strip()

    return command


def others() -> list[str]:
    """The settings that stand in the environment of the tests."""
    return [name for name in os.environ if name.startswith(("PROM_", "TWILIO_"))]


def flask(folder, *words, **settings):
    """What `flask` does with a command, from the start on, with these settings and no others."""
    environment = dict.fromkeys(others()) | {"FLASK_RUN_FROM_CLI": "true", "PROM_DATABASE": str(folder / "prom.db")}
    return CliRunner().invoke(cli, words, env=environment | SETTINGS | settings)


def one_line(text):
    return text.strip() and "\n" not in text.strip()


# ---- init, doctor


def test_init_says_which_database_is_ready(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name not in others()}
    environment |= SETTINGS | {"PROM_DATABASE": str(tmp_path / "prom.db")}
    program = [ROOT / ".venv" / "bin" / "flask", "init"]
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and one_line(done.stdout) and str(tmp_path / "prom.db") in done.stdout
    assert (tmp_path / "prom.db").exists()
    assert flask(tmp_path, "init").exit_code == 0


@pytest.mark.parametrize("words", [("doctor",), ("init",), ("export", "here"), ("tick",)])
def test_a_missing_setting_is_named_in_one_line(tmp_path, words):
    done = flask(tmp_path, *words, PROM_SECRET_KEY="")
    assert done.exit_code != 0 and done.stdout == ""
    assert one_line(done.stderr) and "PROM_SECRET_KEY" in done.stderr
    assert not (tmp_path / "prom.db").exists()


@pytest.mark.parametrize("words", [("doctor",), ("tick",), ("simulate", "--cohort", str(SHIPPED))])
def test_a_database_that_is_not_there_is_named_and_made_by_init_alone(tmp_path, words):
    done = flask(tmp_path, *words)
    assert done.exit_code == 1 and done.stdout == ""
    assert one_line(done.stderr) and "no database there yet: flask init makes it" in done.stderr
    assert not (tmp_path / "prom.db").exists()
    assert flask(tmp_path, "init").exit_code == 0 and flask(tmp_path, "doctor").exit_code == 0


@pytest.mark.parametrize("command", ["python -m scheduler", "gunicorn --bind 127.0.0.1:0 app:create_app()"])
def test_a_missing_setting_stops_the_other_processes_too(tmp_path, command):
    environment = {name: value for name, value in os.environ.items() if name not in others()}
    environment |= {"PROM_SECRET_KEY": SETTINGS["PROM_SECRET_KEY"], "PROM_DATABASE": str(tmp_path / "prom.db")}
    program, *words = command.split()
    with subprocess.Popen(
        [ROOT / ".venv" / "bin" / program, *words], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            said = process.communicate(timeout=20)[1]
        finally:
            process.terminate()  # a server that tried for ever would take its workers with it
    assert process.returncode not in (0, None)
    assert "PROM does not start: PROM_BASE_URL" in said or "scheduler: PROM_BASE_URL" in said
    assert "SettingFault" not in said


def test_a_faulty_study_file_stops_the_start_with_its_place(tmp_path):
    (tmp_path / "odd.toml").write_text(SHIPPED.read_text().replace('zone = "America/New_York"', 'zone = "Mars"'))
    done = flask(tmp_path, "init", PROM_STUDY=str(tmp_path / "odd.toml"))
    assert done.exit_code != 0 and one_line(done.stderr)
    assert "odd.toml: study.zone: " in done.stderr


def test_doctor_finds_a_good_installation_good(run):
    code, said, complaint = run("doctor")
    assert (code, complaint) == (0, "")
    assert "OK" in said and "on call" not in said


def test_doctor_says_that_nobody_is_on_call(tmp_path):
    done = make_app(tmp_path).test_cli_runner().invoke(args=["doctor"])
    assert done.exit_code == 0 and "nobody on call at Main site can be texted" in done.stdout


@pytest.mark.parametrize("operator, remarked", [("", True), ("+15550100099", False)])
def test_doctor_says_that_no_operator_is_told(tmp_path, operator, remarked):
    study = Study(tmp_path, PROM_OPERATOR=operator)
    said = study.app().test_cli_runner().invoke(args=["doctor"])
    assert said.exit_code == 0 and ("PROM_OPERATOR is empty" in said.stdout) == remarked


def test_doctor_notices_a_lost_key(clinic, tmp_path):
    done = flask(tmp_path, "doctor", PROM_SECRET_KEY="another key of thirty-two letters")
    assert done.exit_code != 0 and one_line(done.stderr) and "PROM_SECRET_KEY" in done.stderr


def test_a_damaged_database_is_named_in_one_line(clinic, tmp_path):
    clinic.db.conn.close()  # with which all of it stands in the file
    file = bytearray((tmp_path / "prom.db").read_bytes())
    page = file.rindex(b"Main site") // 4096 * 4096
    file[page + 3 : page + 5] = b"\xff\xff"  # the page says that it holds 65,535 rows
    (tmp_path / "prom.db").write_bytes(file)
    done = flask(tmp_path, "doctor")
    assert done.exit_code != 0 and one_line(done.stderr) and "PROM_DATABASE" in done.stderr


@pytest.mark.parametrize("name", ["no/such/folder/prom.db", "."])
def test_a_database_that_cannot_be_is_named_in_one_line(tmp_path, name):
    done = flask(tmp_path, "init", PROM_DATABASE=str(tmp_path / name))
    assert done.exit_code != 0 and one_line(done.stderr) and "PROM_DATABASE" in done.stderr


# ---- staff


def test_staff_are_added_and_put_on_call(clinic, run):
    code, said, _ = run(
        "staff", "add", "olga", "--name", "Olga Example", "--role", "nurse", "--role", "investigator", "--mobile",
        "+15550100019", "--on-call", 1, "--password-stdin", typed="a long enough password\n",
    )  # fmt: skip
    assert code == 0 and one_line(said) and "olga" in said
    found = staff.by_login(clinic.db, "olga")
    assert found["roles"] == ("investigator", "nurse")
    order = [(person["position"], person["name"].split()[0]) for person in staff.on_call(clinic.db, "main")]
    assert order == [(0, "Leda"), (1, "Olga"), (2, "Nina"), (3, "Noor")]


def test_a_new_lead_takes_the_place_of_the_old(clinic, run):
    words = ("staff", "add", "olga", "--name", "Olga", "--role", "nurse", "--mobile", "+15550100019", "--lead")
    assert run(*words, "--password-stdin", typed="a long enough password\n")[0] == 0
    assert [person["name"] for person in staff.on_call(clinic.db, "main")][0] == "Olga"
    assert len(staff.on_call(clinic.db, "main")) == 3


def test_the_password_is_asked_for_twice(clinic, run):
    words = ("staff", "add", "olga", "--name", "Olga", "--role", "analyst")
    assert run(*words, typed="a long enough password\na long enough password\n")[0] == 0
    assert staff.by_login(clinic.db, "olga")


@pytest.mark.parametrize(
    "login, password, more, complaint",
    [
        ("nina", "a long enough password", (), "nina is taken"),
        ("olga", "short", (), "12 characters"),
        ("olga o", "a long enough password", (), "letters, digits"),
        ("o" * 65, "a long enough password", (), "64 at most"),
        ("olga", "a long enough password", ("--name", "x" * 201), "200 characters"),
        ("olga", "a long enough password", ("--on-call", "1"), "no mobile number"),
    ],
)
def test_staff_that_cannot_be_added_change_nothing(clinic, run, login, password, more, complaint):
    code, said, fault = run(
        "staff", "add", login, "--name", "Olga", "--role", "nurse", "--password-stdin", *more, typed=f"{password}\n"
    )
    assert code != 0 and said == "" and one_line(fault) and complaint in fault
    assert staff.by_login(clinic.db, "olga") is None
    assert len(staff.on_call(clinic.db, "main")) == 3


def test_the_operator_gives_another_password(clinic, run):
    token, _ = sign_in.sign_in(clinic.db, "nina", PASSWORD, clinic.now, "192.0.2.1")
    code, said, _ = run("staff", "password", "nina", "--password-stdin", typed="another long enough one\n")
    assert code == 0 and one_line(said) and "another long" not in said
    assert sign_in.of_session(clinic.db, token, clinic.now) is None
    assert sign_in.sign_in(clinic.db, "nina", "another long enough one", clinic.now, "192.0.2.1")


@pytest.mark.parametrize(
    "login, password, complaint",
    [("nobody", "another long enough one", "nobody who"), ("nina", "short", "12 char"), ("nina", "", "12 char")],
)
def test_a_password_that_cannot_be_given_changes_nothing(clinic, run, login, password, complaint):
    code, _, fault = run("staff", "password", login, "--password-stdin", typed=f"{password}\n")
    assert code == 1 and one_line(fault) and complaint in fault
    assert sign_in.sign_in(clinic.db, "nina", PASSWORD, clinic.now, "192.0.2.1")


# ---- study check


def test_a_good_study_file_brings_the_lines_that_approve_it(run, tmp_path):
    code, said, _ = run("study", "check", SHIPPED)
    assert code == 0 and said.startswith("OK")
    lines = said.split("\n", 1)[1].replace('"..."', '"Dr. Example"')
    text = SHIPPED.read_text() + lines
    assert unapproved(parse_checked(text, "approved")) == ()


def test_a_study_file_is_checked_without_any_setting(tmp_path):
    done = flask(tmp_path, "study", "check", str(SHIPPED), PROM_SECRET_KEY="", PROM_BASE_URL="", PROM_STUDY="no.toml")
    assert done.exit_code == 0 and done.stdout.startswith("OK") and done.stderr == ""
    assert "# Texts were measured with https://prom.example.org in their links" in done.stdout
    assert "# Before texts leave for real: approval.protocol names nothing" in done.stdout
    assert not (tmp_path / "prom.db").exists()


def test_a_study_file_is_checked_where_the_environment_refuses_it(tmp_path):
    real = {"PROM_SMS": "twilio", "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "t"}
    real |= {"TWILIO_FROM": "12345"}
    assert flask(tmp_path, "init").exit_code == 0
    assert "unapproved" in flask(tmp_path, "doctor", **real).stderr
    assert flask(tmp_path, "study", "check", str(SHIPPED), **real).exit_code == 0


@pytest.mark.parametrize(
    "address, told",
    [
        ("https://reports.of-patients.hospital.example.org", "texts.en.sms_invite: shorten it"),
        ("https://pain.example.org", "PROM_BASE_URL: leave out the word: pain"),
        ("prom.example.org", "PROM_BASE_URL is odd"),
    ],
)
def test_texts_are_measured_with_the_address_that_is_given(tmp_path, address, told):
    done = flask(tmp_path, "study", "check", str(SHIPPED), "--base-url", address)
    assert done.exit_code == 1 and told in done.stderr
    assert flask(tmp_path, "study", "check", str(SHIPPED), PROM_BASE_URL=address).exit_code == 1


def test_what_was_changed_since_its_approval_is_told_so(run, tmp_path):
    approved = run("study", "check", SHIPPED)[1].split("\n", 1)[1]
    text = SHIPPED.read_text().replace("acknowledge_minutes = 30\n", "acknowledge_minutes = 31\n", 1)
    (tmp_path / "changed.toml").write_text(text + approved.replace('"..."', '"Dr. Example"'))
    said = run("study", "check", tmp_path / "changed.toml")[1]
    assert "unapproved (rules: changed since it was approved on 2026-03-02)" in said
    (tmp_path / "pasted.toml").write_text(text + approved)
    assert "approval.languages.en.by names nobody" in run("study", "check", tmp_path / "pasted.toml")[1]


def test_each_fault_of_a_study_file_has_its_line(run, tmp_path):
    text = (
        SHIPPED.read_text()
        .replace('zone = "America/New_York"', 'zone = "Mars"')
        .replace("call_task = 8", "call_task = 1")
    )
    (tmp_path / "odd.toml").write_text(text)
    code, said, fault = run("study", "check", tmp_path / "odd.toml")
    assert code != 0 and said == ""
    assert len(fault.splitlines()) == 2
    assert "odd.toml: study.zone: " in fault and "odd.toml: texting.call_task: " in fault


@pytest.mark.parametrize("body", [None, b"\xff\xfe"])
def test_a_study_file_that_cannot_be_read_is_named(run, tmp_path, body):
    if body:
        (tmp_path / "odd.toml").write_bytes(body)
    code, _, fault = run("study", "check", tmp_path / "odd.toml")
    assert code != 0 and one_line(fault) and "odd.toml" in fault


# ---- enrol, procedure, tick

ENROL = (
    "enrol", "P-001", "--name", "Synthetic One", "--mobile", "+15550101001", "--birth-year", 1960,
    "--eligibility", "entry_nrs=7", "--eligibility", "pain_months=12",
    "--study-consent-on", "2026-03-02", "--texts-consent-on", "2026-03-02",
)  # fmt: skip


def test_enrol_with_a_procedure_makes_its_visits(clinic, run):
    code, said, _ = run(*ENROL, "--procedure", "injection", "--on", "2026-03-05", "--time", "9:30")
    assert code == 0 and one_line(said) and "P-001" in said and "not eligible" not in said
    person = participants.by_code(clinic.db, "P-001", ("main",))
    assert person["study_consent"] and person["texts_consent"] and person["eligible"]
    assert clinic.procedure("P-001")["planned_on"] == "2026-03-05"
    assert clinic.number("P-001") == "+15550101001"
    assert run("tick")[1].count("1 to participants") == 1
    assert len(clinic.texts("P-001")) == 1


@pytest.mark.parametrize(
    "words, complaint",
    [
        (("enrol", "P 1", "--mobile", "+15550101002"), "code"),
        (("enrol", "P-002"), "mobile"),
        (("enrol", "P-002", "--mobile", "12"), "mobile"),
        (("enrol", "P-002", "--mobile", "+15550101002", "--procedure", "massage"), "injection, embolization"),
        (("enrol", "P-002", "--mobile", "+15550101002", "--birth-year", 2020), "18"),
        (("enrol", "P-002", "--mobile", "+15550101002", "--eligibility", "height=2"), "entry_nrs"),
        (("enrol", "P-002", "--mobile", "+15550101002", "--study-consent-on", "2026-02-30"), "--study-consent-on"),
        (("enrol", "P-002", "--mobile", "+15550101002", "--eligibility", "entry_nrs=11"), "from 0 to 10"),
        (("enrol", "P-002", "--mobile", "+15550101002", "--name", "x" * 201), "200 characters"),
        (("enrol", "P-002", "--mobile", "+15550101002", "--assigned-arm", "TAF"), "injection_only"),
        (("enrol", "P-002", "--mobile", "+15550101002", "--on", "2026-03-05"), "--procedure"),
        (("procedure", "P-404", "--undo"), "P-404"),
    ],
)
def test_what_cannot_be_recorded_is_named(clinic, run, words, complaint):
    code, said, fault = run(*words)
    assert code != 0 and said == "" and one_line(fault) and complaint in fault
    assert participants.of_sites(clinic.db, ("main",)) == []


def test_a_code_that_differs_in_capitals_alone_is_taken(clinic, run):
    run(*ENROL)
    code, said, fault = run("enrol", "p-001", "--mobile", "+15550101002")
    assert code != 0 and said == "" and one_line(fault) and "p-001 is taken" in fault


def test_a_number_that_somebody_has_is_taken_once_sharing_is_confirmed(clinic, run):
    run(*ENROL, "--call-name", "Ada")
    again = ("enrol", "P-002", "--mobile", "(555) 010-1001", "--birth-year", 1961)
    for option in ("--shared", "--call-name"):
        code, said, fault = run(*again)
        assert code != 0 and said == "" and one_line(fault) and option in fault
        again += (option, "Ben") if option == "--call-name" else (option,)
    assert run(*again)[0] == 0
    assert clinic.number("P-002") == clinic.number("P-001")


def test_a_procedure_is_performed_undone_and_added(clinic, run):
    run(*ENROL, "--procedure", "injection", "--on", "2026-03-05")
    code, said, _ = run("procedure", "P-001", "--status", "performed", "--on", "2026-03-02", "--time", "09:30")
    assert code == 0 and one_line(said)
    assert clinic.procedure("P-001")["performed_time"] == "09:30"
    assert run("procedure", "P-001", "--undo")[1] == "Undone for P-001: injection is planned again."
    assert run("procedure", "P-001", "--undo")[0] != 0
    assert run("procedure", "P-001", "--kind", "embolization", "--status", "planned", "--on", "2026-06-05")[0] == 0
    assert clinic.procedure("P-001", "embolization")["planned_on"] == "2026-06-05"
    assert run("procedure", "P-001", "--kind", "embolization", "--status", "planned", "--add")[0] == 0
    assert clinic.procedure("P-001", "embolization")["planned_on"] is None


def test_a_decision_is_recorded_and_taken_back(clinic, run):
    run(*ENROL, "--procedure", "injection", "--status", "performed", "--on", "2026-03-02")
    decided = lambda: participants.by_code(clinic.db, "P-001", ("main",))["decided"]  # noqa: E731
    assert run("procedure", "P-001", "--decide", "--on", "2026-03-02")[0] == 0 and decided()
    assert run("procedure", "P-001", "--undo-decision")[0] == 0 and not decided()
    code, _, fault = run("procedure", "P-001", "--undo-decision")
    assert code != 0 and one_line(fault)


def test_a_procedure_command_wants_one_thing(clinic, run):
    run(*ENROL)
    assert run("procedure", "P-001")[0] != 0
    assert run("procedure", "P-001", "--undo", "--decide")[0] != 0
    code, _, fault = run("procedure", "P-001", "--status", "planned")
    assert code != 0 and "--kind" in fault


def test_a_tick_with_nothing_to_do_says_so(run):
    assert run("tick")[1] == "Ticked: 0 texts to staff, 0 to participants, 0 asked for."


# ---- ring


def test_the_night_phone_is_rung_and_a_second_test_waits(run):
    code, said, _ = run("ring", "--tonight")
    assert code == 0 and said.startswith("Rings Nina Example; who answers, and when, stands at https://")
    assert run("ring")[2].startswith("Error: A test of the night phone is under way.")
    assert run("ring", "--site", "other")[2] == "Error: Nobody can be told at that time. Put somebody in first."


# ---- import-responses, export

COHORT = Path(__file__).parent / "data" / "cohort.csv"


def test_a_cohort_is_tried_imported_and_exported(clinic, run, tmp_path):
    code, said, _ = run("import-responses", COHORT, "--dry-run")
    assert code == 0 and said.startswith("Would import 90 reports")
    assert participants.of_sites(clinic.db, ("main",)) == []
    code, said, _ = run("import-responses", COHORT)
    assert code == 0 and said.startswith("Imported 90 reports")
    code, said, _ = run("export", tmp_path / "out")
    assert code == 0 and str(tmp_path / "out" / "visits.csv") in said
    lines = (tmp_path / "out" / "visits.csv").read_text().splitlines()
    assert lines[0].startswith("participant,arm,procedure,procedure_on,timepoint,due_on,")
    assert f"({len(lines) - 1} rows)" in said and sum(",submitted," in line for line in lines) == 90
    assert clinic.sms.sent == []


def test_a_faulty_cohort_is_refused_by_its_lines(clinic, run, tmp_path):
    (tmp_path / "odd.csv").write_text("participant,arm,timepoint,nrs\nP1,injection_only,baseline,11\n")
    code, said, fault = run("import-responses", tmp_path / "odd.csv")
    assert code != 0 and said == "" and "line 2" in fault
    assert participants.of_sites(clinic.db, ("main",)) == []


def test_an_export_that_cannot_be_written_is_named(run, tmp_path):
    (tmp_path / "out").write_text("a file")
    code, _, fault = run("export", tmp_path / "out" / "deeper")
    assert code != 0 and one_line(fault) and "out" in fault
