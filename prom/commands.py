"""The flask commands. Each does one thing through the actions and says what it did in a line, or names the fault in
a line and exits non-zero. What commands do is recorded as done by the system."""

import functools
import os
import re
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from prom import settings
from prom.actions import address, asking, export, import_responses, procedures, send
from prom.actions import doctor as examination
from prom.actions import enrol as enrolment
from prom.actions import ring as phone
from prom.actions import staff as people
from prom.actions.sign_in import plain_login
from prom.actions.start import approval_faults
from prom.actions.tick import tick as tick_once
from prom.actions.tick import tidy
from prom.clock import Machine
from prom.errors import NotFound, Refusal, SettingFault, StudyFault
from prom.keys import UnknownKey
from prom.report import responses
from prom.rules.refusals import message
from prom.rules.study import Study, approval_place, part_hash, why_unapproved
from prom.rules.study_check import parse_checked
from prom.rules.text_check import address_faults
from prom.rules.text_sample import EXAMPLE
from prom.rules.times import local_day
from prom.store import migrations, participants, rota, studies, visits
from prom.store import procedures as procedure_rows
from prom.store import staff as staff_rows
from prom.store.connect import Database, Row, write

HELD = 4  # `flask doctor` found no fault, and texts are held


class NotStarted:
    """In place of an installation that does not start: whatever a command asks of it, the answer is why.

    begin: starts it after all, where only the database is missing."""

    def __init__(self, line: str, begin: Callable | None = None):
        self.line, self._begin = line, begin

    def begin(self):
        """The installation; refused where more than a database is missing."""
        return self._begin() if self._begin else self.settings

    def __getattr__(self, name: str):
        raise click.ClickException(self.line)


class OneLine(click.Command):
    """A command that names a fault in how it was called in a line, as every other fault."""

    def make_context(self, *args, **extra):
        """The context of a call."""
        return self._in_a_line(super().make_context, *args, **extra)

    def invoke(self, ctx):
        """Carry the command out."""
        return self._in_a_line(super().invoke, ctx)

    @staticmethod
    def _in_a_line(do, *args, **extra):
        try:
            return do(*args, **extra)
        except click.UsageError as fault:
            fault.ctx = None  # with it, click prints the usage in front
            raise


staff = AppGroup("staff", help="Staff of this installation.")
study = AppGroup("study", help="Study files.")
_OPTION = {
    "number_shared": " The option is --shared.",
    "birth_year_missing": " The option is --birth-year.",
    "call_name_missing": " The option is --call-name.",
}


def register(app: Flask) -> None:
    """Register them."""
    of_people = (staff, study, enrol, procedure)
    for command in (init, doctor, confirm_address, *of_people, tick, ring, import_file, export_files):
        app.cli.add_command(command)


def day(text: str) -> date:
    """A date as people type it here."""
    return date.fromisoformat(text)


def clock(text: str) -> str:
    """A time of day as it is stored."""
    return f"{datetime.strptime(text, '%H:%M'):%H:%M}"


def says(do):
    """Print the line that a command returns; turn what it refuses into one line and exit code 1."""

    @with_appcontext
    @functools.wraps(do)
    def command(*args, **given):
        try:
            click.echo(do(*args, **given))
        except Refusal as refusal:
            raise click.ClickException(message(refusal) + _OPTION.get(refusal.key, "")) from None
        except StudyFault as fault:
            raise click.ClickException(str(fault)) from None
        except OSError as fault:
            raise click.ClickException(f"{fault.filename}: {fault.strerror}") from None
        except UnknownKey:
            raise click.ClickException(examination.ODD_KEY) from None

    return command


@click.command("init", cls=OneLine)
@says
def init() -> str:
    """Make the database, or bring it up to date."""
    here = current_app.extensions["prom"]
    if isinstance(here, NotStarted):
        here = here.begin()
    db = here.connections.here()
    plan = here.means.study(db).study
    return (
        f"{here.settings.database} is ready: {len(migrations.tables(db))} tables, {studies.kind(db) or 'no'} "
        f"participants{'' if studies.kind(db) else ' yet'}, study {plan.key} version {plan.version}."
    )


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Look over settings, database, study file, on-call list and gateway. A line for each fault, and exit code 1; for
    what is to be seen to, and 0, or 4 where texts are held, which keeps nothing from being served."""
    here = current_app.extensions["prom"]
    if isinstance(here, NotStarted):
        click.echo(f"Fault: {here.line}", err=True)
        sys.exit(1)
    db = here.connections.here()
    found = examination.faults(db, here.means)
    for fault in found:
        click.echo(f"Fault: {fault}", err=True)
    if found:
        sys.exit(1)
    odd = [f"{name} is not a setting of ours: mend its name or remove it" for name in settings.unknown(os.environ)]
    remarks = [*settings.remarks(here.settings), *examination.remarks(db, here.means, here.clock.now())]
    for remark in [*odd, *remarks]:
        click.echo(f"See to: {remark}")
    still = examination.still(db, here.means)
    for line in still:
        click.echo(f"See to: {line}", err=True)
    if still:
        sys.exit(HELD)
    click.echo(f"OK: settings, {here.settings.database}, {here.settings.study}; texts by {here.settings.sms}.")


@click.command("confirm-address", cls=OneLine)
@says
def confirm_address() -> str:
    """Let texts leave for PROM_BASE_URL, though this database last sent for another address."""
    here, db = _here()
    if not address.confirm(db, here.settings.base_url, here.clock.now()):
        return "Nothing was held for its address."
    return f"Texts leave now, with links to {here.settings.base_url}."


@staff.command("add", cls=OneLine)
@click.argument("login")
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(people.ROLES), help="May be repeated.")
@click.option("--mobile", default="", help="With its country code; needed for being on call.")
@click.option("--on-call", "position", type=click.IntRange(min=1), help="Place on the on-call list; 1 is texted first.")
@click.option("--lead", is_flag=True, help="The named lead, told where nobody else can be.")
@click.option("--may-grade", is_flag=True, help="May grade adverse events: nurses and investigators.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input; else it is asked for.")
@says
def staff_add(login, name, roles, mobile, position, lead, may_grade, password_stdin) -> str:
    """Add a member of staff."""
    here, db = _here()
    now = here.clock.now()
    password = sys.stdin.readline().rstrip("\n") if password_stdin else _asked_password()
    with write(db):
        given = {"mobile": mobile, "may_grade": may_grade}
        staff_id = people.add_staff(db, here.means, login, name, roles, password, now, **given)
        if position or lead:
            people.put_on_call(db, staff_id, now, position=position, lead=lead, by=None)
    places = [f"on call at place {position}"] * bool(position) + ["lead"] * lead + ["may grade"] * may_grade
    return f"Added {login} ({', '.join([*roles, *places])})."


@staff.command("password", cls=OneLine)
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input; else it is asked for.")
@says
def staff_password(login, password_stdin) -> str:
    """Give a member of staff another password; every session of theirs ends."""
    here, db = _here()
    person = staff_rows.by_login(db, plain_login(login))
    if person is None:
        raise click.ClickException(f"{login}: nobody who works here has this login")
    password = sys.stdin.readline().rstrip("\n") if password_stdin else _asked_password()
    people.change(db, here.means, person["id"], here.clock.now(), password=password or "-", by="system")
    return f"{person['login']} has another password, and is logged out everywhere."


def _asked_password() -> str:
    return click.prompt("Password", hide_input=True, confirmation_prompt=True)


@study.command("check", cls=OneLine)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--base-url", envvar="PROM_BASE_URL", help="The address in its links; left out: one of usual length.")
@says
def study_check(file: Path, base_url: str | None) -> str:
    """Name file, place and remedy of each fault in a study file; for a good one, the lines that approve it. Needs no
    settings: the address is that of PROM_BASE_URL where it is set."""
    found = parse_checked(_text(file), str(file))
    faults = address_faults(found, _address(base_url), found.study.languages) if base_url else []
    if faults:
        raise StudyFault(str(file), faults)
    today = local_day(_clock().now(), found.zone)
    waiting = "; ".join(f"{part}: {why}" for part, why in why_unapproved(found).items())
    standing = f"unapproved ({waiting})" if waiting else "approved"
    lines = [f"OK: {file}, {found.study.key} version {found.study.version}, {standing}. To approve what stands, paste:"]
    if not base_url:
        lines.append(f"# Texts were measured with {EXAMPLE} in their links: a longer address wants --base-url")
    lines += [f"# Before texts leave for real: {fault}" for fault in approval_faults(found, today)]
    for part in ("rules", *found.study.languages):
        lines += ["", f"[{approval_place(part)}]", 'by = "..."', f"on = {today}"]
        lines.append(f'sha256 = "{part_hash(found, part)}"')
    return "\n".join(lines)


def _address(text: str) -> str:
    try:
        return settings.one("PROM_BASE_URL", text)
    except SettingFault as fault:
        raise click.ClickException(str(fault)) from None


def _clock():
    """The clock of the installation, where it starts."""
    here = current_app.extensions["prom"]
    return Machine() if isinstance(here, NotStarted) else here.clock


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file}: is not text in UTF-8") from None


@click.command("enrol", cls=OneLine)
@click.argument("code")
@click.option("--name", default="")
@click.option("--mobile", default="", help="With its country code, or as dialled in the clinic's country.")
@click.option("--verified", type=click.Choice(["code", "call"]), help="How the mobile was verified; left out: not yet.")
@click.option("--shared", is_flag=True, help="The mobile is another participant's too: they share the phone.")
@click.option("--call-name", default="", help="For a shared phone: what the texts call them.")
@click.option("--birth-year", type=int)
@click.option("--zone", default="", help="Time zone, such as America/New_York; the study's when left out.")
@click.option("--language", default="", help="The study's default when left out.")
@click.option("--contact-mode", type=click.Choice(enrolment.CONTACT_MODES), default="text", show_default=True)
@click.option("--needs-interpreter", is_flag=True)
@click.option("--record-number", default="", help="The number in the clinic's own records.")
@click.option("--second-contact", default="")
@click.option("--eligibility", multiple=True, metavar="KEY=NUMBER", help="An entry question's answer; may be repeated.")
@click.option("--study-consent-on", type=day, metavar="DATE", help="The day study consent was given.")
@click.option("--texts-consent-on", type=day, metavar="DATE", help="The day consent to texts was given.")
@click.option("--site", "site_id", default="main", show_default=True)
@click.option("--assigned-arm", help="The arm of a randomised study.")
@click.option("--procedure", "kind", help="Its kind, as the study file names it.")
@click.option("--status", type=click.Choice(procedures.STATUSES), default="planned", show_default=True)
@click.option("--on", type=day, metavar="DATE", help="The day the procedure is planned for or was done.")
@click.option("--time", type=clock, metavar="HH:MM")
@click.option("--body-site", default="")
@click.option("--side", default="")
@says
def enrol(code, eligibility, kind, status, on, time, body_site, side, **given) -> str:
    """Enrol a participant with consents and, where it is known, the procedure."""
    if not kind and (on or time or body_site or side or status != "planned"):
        raise click.UsageError("Give --procedure: a state, a day, a time, a place or a side is that of a procedure.")
    here, db = _here()
    first = procedures.Recorded(kind, status, on, time, body_site, side) if kind else None
    answers = _numbers(here.means.study(db), eligibility)
    whole = enrolment.Enrolment(code, eligibility=answers, procedure=first, **given)
    participant_id = enrolment.enrol(db, here.means, whole, here.clock.now())
    fits = "" if participants.by_id(db, participant_id)["eligible"] else ", not eligible by the entry questions"
    many = len(visits.of_participant(db, participant_id))
    return f"Enrolled {code}{fits}: {_state(first) if first else 'no procedure yet'}; {many} visits."


def _numbers(plan: Study, pairs: tuple[str, ...]) -> dict[str, float]:
    """{question key: number} of KEY=NUMBER pairs."""
    known = [question.key for question in plan.eligibility]
    found = {}
    for pair in pairs:
        key, _, number = pair.partition("=")
        if key not in known or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", number):
            raise click.BadParameter(f"{pair}: give KEY=NUMBER, the key one of {', '.join(known)}")
        found[key] = float(number)
    return found


@click.command("procedure", cls=OneLine)
@click.argument("code")
@click.option("--kind", help="As the study file names it; left out: the participant's last procedure.")
@click.option("--status", type=click.Choice(procedures.STATUSES))
@click.option("--on", type=day, metavar="DATE", help="The planned day, the day it was done, or that of the decision.")
@click.option("--time", type=clock, metavar="HH:MM", help="When it started, where known.")
@click.option("--add", is_flag=True, help="A further procedure, though there is one of this kind.")
@click.option("--undo", is_flag=True, help="Take back what was last recorded of it.")
@click.option("--decide", is_flag=True, help="Record the decision to go on without a further procedure.")
@click.option("--undo-decision", is_flag=True, help="Take that decision back.")
@says
def procedure(code, kind, status, on, time, add, undo, decide, undo_decision) -> str:
    """Record what became of a participant's procedure, or the decision against a further one."""
    if sum(map(bool, (status, undo, decide, undo_decision))) != 1:
        raise click.UsageError("Give one of --status, --undo, --decide, --undo-decision.")
    here, db = _here()
    now = here.clock.now()
    person = _participant(db, code)
    if decide:
        decided_on = on or local_day(now, ZoneInfo(person["zone"]))
        procedures.decide(db, here.means, person["id"], decided_on, now)
        return f"Recorded the decision of {decided_on} for {code}."
    if undo_decision:
        procedures.undo_decision(db, person["id"], now)
        return f"Took the decision of {code} back."
    standing = [row for row in procedure_rows.of_participant(db, person["id"]) if kind in (None, row["kind"])]
    if undo:
        return _undone(here, db, code, standing, now)
    if not standing and not kind:
        raise click.UsageError("Give --kind: there is no procedure yet.")
    given = procedures.Recorded(kind or standing[-1]["kind"], status, on, time)
    if add or not standing:
        procedures.add_procedure(db, here.means, person["id"], given, now)
        return f"Recorded a further procedure of {code}: {_state(given)}."
    changes = procedures.change_procedure(db, here.means, standing[-1]["id"], given, now)
    return f"Recorded for {code}: {_state(given)}; {len(changes)} visits made or changed."


def _undone(here, db: Database, code: str, standing: list[Row], now: datetime) -> str:
    if not standing:
        raise NotFound("procedure_not_found")
    procedures.undo(db, here.means, standing[-1]["id"], now)
    again = procedure_rows.by_id(db, standing[-1]["id"]) or {}
    return f"Undone for {code}: {again['kind']} is {again['status']} again."


def _state(given: procedures.Recorded) -> str:
    day_and_time = [f"on {given.on}"] * bool(given.on) + [f"at {given.time}"] * bool(given.time)
    return " ".join([given.kind, given.status, *day_and_time])


@click.command("tick", cls=OneLine)
@says
def tick() -> str:
    """One tick, and everything that may be texted now."""
    here, db = _here()
    now = here.clock.now()
    if here.settings.sms == "twilio":
        why = address.why_not(db, here.settings.base_url)
        if why:
            raise click.ClickException(f"Nothing was done, for no text may leave: {why}")
        address.look(db, here.settings.base_url, now)  # which keeps it, where none was kept
    tick_once(db, here.means, now)
    tidy(db, here.means, now)
    asked = asking.ask(db, here.means, now)
    calls = {lane: send.deliver(db, here.means, lane, now) for lane in send.LANES}
    return f"Ticked: {calls['staff']} texts to staff, {calls['participant']} to participants, {asked} asked for."


@click.command("ring", cls=OneLine)
@click.option("--tonight", is_flag=True, help="Whoever is on call when the next night begins; left out: now.")
@click.option("--site", "site_id", default="main", show_default=True)
@says
def ring(tonight: bool, site_id: str) -> str:
    """Test the night phone: text whoever a red alert would call first."""
    here, db = _here()
    ring_id = phone.ask(db, here.means, site_id, here.clock.now(), tonight=tonight, by=None)
    text = rota.texts_of_ring(db, ring_id)[0]
    return f"Rings {text['staff_name']}; who answers, and when, stands at {here.settings.base_url}/care/rota."


@click.command("import-responses", cls=OneLine)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be imported, and change nothing.")
@says
def import_file(file: Path, dry_run: bool) -> str:
    """Import reports collected elsewhere; columns participant, arm, timepoint, nrs and, where known, date."""
    here, db = _here()
    done = import_responses.run(db, here.means, _text(file), here.clock.now(), dry_run=dry_run, by="system")
    if done.faults:
        raise click.ClickException("\n".join([f"{file}: nothing was imported", *done.faults]))
    return (
        f"{'Would import' if dry_run else 'Imported'} {done.visits} reports of {done.participants} participants; "
        f"{done.cancelled} visits without a row are cancelled."
    )


@click.command("export", cls=OneLine)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@says
def export_files(folder: Path) -> str:
    """Write visits.csv into a folder: one row per visit, with its answers."""
    here, db = _here()
    now = here.clock.now()
    files = {"visits.csv": responses.lines(db.path, here.means.version, now)}
    made = export.write_files(db, files, folder, now, by="system")
    return f"Wrote {', '.join(f'{folder / name} ({many} rows)' for name, many in made.items())}."


def _participant(db: Database, code: str) -> Row:
    sites = tuple(site["id"] for site in studies.sites(db))
    person = participants.by_code(db, code, sites)
    if person is None:
        raise NotFound("participant_not_found", code=code)
    return person


def _here():
    """This installation, and this thread's connection."""
    here = current_app.extensions["prom"]
    return here, here.connections.here()
