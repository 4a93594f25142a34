"""What waits for a nurse today, in three short lists: open alerts, reports to read, overdue visits. The morning digest
leads here."""

from flask import Blueprint, g, render_template

from prom.actions import digest
from prom.actions.answer import asks
from prom.rules.digest import Counts
from prom.store import participants
from prom.store.connect import Row
from prom.web import alert_story, guards, history
from prom.web.care import NURSES

bp = Blueprint("today", __name__)
_SHOWN = 10
_VISITS_SHOWN = 50  # they have no list of their own


@bp.get("/care/today")
@guards.staff(*NURSES)
def show():
    """The first of each list, and how many there are."""
    waiting = alert_story.waiting(g.db, g.means, g.sites, g.now)
    unread = alert_story.to_read(g.db, g.means, g.sites, g.now)
    overdue = digest.overdue_visits(g.db, g.sites, g.now)
    late = sum(told.standing.overdue for told in waiting)
    return render_template(
        "care/today.html",
        counts=Counts(len(waiting), late, len(unread), len(overdue)),
        waiting=waiting[:_SHOWN],
        unread=[(visit, history.title(g.study, visit)) for visit in unread[:_SHOWN]],
        overdue=[
            (since, visit, history.title(g.study, visit), _asks(visit)) for since, visit in overdue[:_VISITS_SHOWN]
        ],
    )


def _asks(visit: Row) -> bool:
    return asks(visit, participants.by_id(g.db, visit["participant_id"]), g.now)
