"""Joins the parts: settings, keys, database, study file, gateway, web. Decides nothing."""

import os
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from click import ClickException
from flask import Flask

from prom import commands
from prom.actions import numbers, start
from prom.actions.means import Means
from prom.clock import Machine
from prom.demo import commands as demo_commands
from prom.errors import SettingFault, StartRefused, StudyFault
from prom.keys import Keys
from prom.rules.sending import WAITS, sender_pace
from prom.rules.times import local_day, stamp
from prom.settings import read
from prom.sms.phone import PhoneGateway
from prom.sms.twilio import TwilioGateway
from prom.store import migrations, phone, studies
from prom.store.connect import Connections, DatabaseError, write
from prom.web import build, language
from prom.web import phone as on_screen_phone
from scheduler.jobs import Jobs

FAULTS = (SettingFault, StartRefused, StudyFault)
NO_START = 3  # to gunicorn this says that no other worker would start either; any other status, and it tries for ever


@dataclass(frozen=True)
class Installation:
    """One installation, assembled: what web, scheduler and commands share."""

    settings: Any
    clock: Any
    connections: Connections
    means: Means


def assemble(given: Any = None, clock: Any = None, gateway: Any = None) -> Installation:
    """Bring the database up to date, keep the study file, make the gateway; reads what it is not given.

    Raises SettingFault, StudyFault or StartRefused, each with the line to show.
    """
    given = given or read(os.environ)
    clock = clock or Machine()
    keys = Keys(given.secret_key)
    connections = Connections(given.database)
    db = connections.here()
    text = _read_study(given.study)
    try:
        migrations.up_to_date(db)
        start.check_key(db, keys)
        numbers.renew(db, keys)
        with write(db):
            version = studies.keep(db, text, given.study, stamp(clock.now()))
    except DatabaseError as fault:
        raise SettingFault(f"PROM_DATABASE is odd: {given.database}: {fault}") from None
    except StudyFault as fault:
        raise SettingFault(f"PROM_STUDY is odd: {fault}") from None
    study = studies.version(db, version)
    start.check_fit(db, study)
    today = local_day(clock.now(), study.zone)
    start.check(db, study, today, sms=given.sms, allow=given.sms_allow, operator=given.operator)
    gateway = gateway or _gateway(given, clock, keys, connections)
    live = given.sms == "twilio" and not given.sms_allow
    if live:
        start.check_texts(study, given.base_url)
    pace = _pace(given)
    to = {"allow": given.sms_allow, "operator": given.operator, "canary": given.canary}
    means = Means(keys, gateway, given.base_url, version, live=live, pace=pace, **to)
    return Installation(given, clock, connections, means)


def create_app(settings: Any = None, clock: Any = None, gateway: Any = None) -> Flask:
    """The web application with its commands. What must not start says so in a line and exits; of the commands those
    that need no installation work all the same."""
    by_command = settings is None and os.environ.get("FLASK_RUN_FROM_CLI") == "true"
    begin = None
    try:
        given = settings or read(os.environ)
        if by_command and not Path(given.database).exists():  # made by `flask init`, not by a name that is misspelt
            begin = partial(_begin, given)
            raise SettingFault(f"PROM_DATABASE: no database there yet: flask init makes it ({given.database})")
        return web(assemble(given, clock, gateway))
    except FAULTS as fault:
        line = f"PROM does not start: {fault}"
        if by_command:
            return commands_alone(line, begin)
        print(line, file=sys.stderr)
        raise SystemExit(NO_START) from None


def commands_alone(line: str, begin: Any = None) -> Flask:
    """The commands where the installation does not start; line: why. begin: what starts it after all, for `init`."""
    app = Flask("prom", root_path=str(Path(__file__).parent))
    app.extensions["prom"] = commands.NotStarted(line, begin)
    app.before_request(lambda: (line, 503))
    commands.register(app)
    demo_commands.register(app)
    return app


def _begin(given: Any) -> Any:
    try:
        return web(assemble(given)).extensions["prom"]
    except FAULTS as fault:
        raise ClickException(f"PROM does not start: {fault}") from None


def web(installation: Installation) -> Flask:
    """The web application of an assembled installation. Raises StartRefused for a language the pages cannot speak."""
    language.check(installation.means.study(installation.connections.here()))
    root = Path(__file__).parent
    app = Flask("prom", root_path=str(root), template_folder="templates", static_folder="static")
    build.build(app, installation)
    commands.register(app)
    demo_commands.register(app)
    return app


def all_in_one(installation: Installation) -> tuple[Flask, Jobs]:
    """The demo's one process: the web with the on-screen phone, and the jobs."""
    app = web(installation)
    if installation.settings.sms == "phone":
        app.register_blueprint(on_screen_phone.bp)
    return app, Jobs(installation)


def _read_study(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingFault(f"PROM_STUDY is odd: there is no readable study file at {path}") from None


def _sender(given: Any) -> str:
    return given.twilio_messaging_service_sid or given.twilio_from


def _pace(given: Any) -> int:
    if given.sms != "twilio":
        return 0
    return sender_pace(_sender(given)) if given.sms_pace is None else given.sms_pace


def _gateway(given: Any, clock: Any, keys: Keys, connections: Connections) -> Any:
    if given.sms == "twilio":
        return TwilioGateway(
            given.twilio_account_sid,
            given.twilio_auth_token,
            given.base_url,
            _sender(given),
            given.twilio_api_url,
            timeout=WAITS.answer,
            validity=given.sms_hours * 3600,
        )

    def keep(to: str, text: str, ref: str) -> None:
        db = connections.here()
        with write(db):
            phone.keep(db, ref, keys.number_hash(to), keys.seal(to), keys.seal(text), stamp(clock.now()))

    def recent(to: str) -> list[tuple[str, str, str]]:
        found = phone.recent(connections.here(), keys.number_hash(to))
        return [(copy["message_id"], keys.open(copy["text_sealed"]), copy["at"]) for copy in found]

    return PhoneGateway(keep, recent, given.base_url)
