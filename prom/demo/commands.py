"""`flask simulate`: replays a cohort file in an empty or synthetic database."""

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from prom.demo import simulate as replay
from prom.errors import Refusal, StudyFault
from prom.rules.refusals import message
from prom.rules.times import stamp
from prom.store import migrations, studies
from prom.store.connect import Database, open_database, write


def register(app: Flask) -> None:
    """Register it."""
    app.cli.add_command(simulate)


@click.command("simulate")
@click.option("--cohort", required=True, type=click.Path(path_type=Path), help="participant, arm, timepoint, nrs.")
@click.option("--database", help="Another database file than PROM_DATABASE; made when it is not there.")
@with_appcontext
def simulate(cohort: Path, database: str | None) -> None:
    """Replay a cohort file with made-up time; texts go nowhere. Refuses a real database."""
    here = current_app.extensions["prom"]
    try:
        db = _other(here, database) if database else here.connections.here()
        done = replay.run(db, here.means, cohort.read_text(encoding="utf-8"), here.clock.now())
    except Refusal as refusal:
        raise click.ClickException(message(refusal)) from None
    except (StudyFault, OSError, UnicodeDecodeError) as fault:
        raise click.ClickException(str(fault)) from None
    if done.faults:
        raise click.ClickException("\n".join([f"{cohort}: nothing was replayed", *done.faults]))
    rest = [f"{done.still_open} not over yet"] * bool(done.still_open)
    rest += [f"{done.left_over} rows found no open visit"] * bool(done.left_over)
    click.echo(
        f"Replayed {done.participants} participants: {done.submitted} visits submitted, {done.missed} missed, "
        f"{', '.join([f'{done.cancelled} cancelled', *rest])}."
    )


def _other(here, path: str) -> Database:
    """Another database, brought up to date, with the study file in force."""
    db = open_database(path)
    migrations.up_to_date(db)
    text = Path(here.settings.study).read_text(encoding="utf-8")
    with write(db):
        studies.keep(db, text, here.settings.study, stamp(here.clock.now()))
    return db
