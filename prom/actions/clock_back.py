"""After the machine's clock was set back: what stands in the future would wait until the time is as late again."""

from datetime import datetime

from prom.actions.alarms import alarm
from prom.actions.means import Means
from prom.rules import alert_life
from prom.rules.times import MINUTE, stamp
from prom.store import alerts, messages
from prom.store.connect import Database, write


def mend(db: Database, means: Means, now: datetime) -> None:
    """Texts queued in the future are due now. An alert that last called in it, or was taken or handed over in it and
    waits for a call, calls again, and the operator is told."""
    with write(db):
        ahead = stamp(now + MINUTE)
        messages.bring_forward(db, ahead, stamp(now))
        for alert in alerts.open_alerts(db):
            events = alerts.events(db, alert["id"])
            since = {"open": alert_life.called_at(events)}
            if taken := alert_life.taken(events):
                since["acknowledged"] = taken["at"]
            if alert["class"] != "routine" and since.get(alert_life.state(events), "") > ahead:
                alerts.add_event(db, alert["id"], "climbed", stamp(now))
                alarm(db, means, "clock_set_back", alert["id"], now, step=int(now.timestamp()))
