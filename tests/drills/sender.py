"""The processes of an installation with short waits; the scheduler's, forked from one that has everything loaded, is
quickly begun anew."""

import multiprocessing
import os
from dataclasses import replace
from multiprocessing import connection

import app as house
from prom import settings
from prom.rules.sending import Waits
from prom.sms.twilio import TwilioGateway
from scheduler.jobs import Jobs

WAITS = Waits(
    answer=1, back_off=0.5, ask=3, ask_again=3, trial=2, unreachable=(2, 4), overflow=(1, 2), last_word=(10, 3600),
    ask_daily=5,
)  # fmt: skip


def starter():
    """What starts such processes: `Process(target=send, args=(environment,))`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.drills.sender"])
    return context


def send(environment: dict) -> None:
    """Tick and send until killed, or the drill is gone."""
    jobs = Jobs(_assemble(environment))
    jobs.start()
    drill = multiprocessing.parent_process()
    assert drill
    connection.wait([drill.sentinel])
    os._exit(1)


def web():
    """The web application, for gunicorn."""
    return house.web(_assemble(os.environ))


def _assemble(environment):
    given = settings.read(environment)
    gateway = TwilioGateway(
        given.twilio_account_sid,
        given.twilio_auth_token,
        given.base_url,
        given.twilio_messaging_service_sid,
        given.twilio_api_url,
        timeout=WAITS.answer,
    )
    installation = house.assemble(given, gateway=gateway)
    return replace(installation, means=replace(installation.means, waits=WAITS))
