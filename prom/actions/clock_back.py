"""After the machine's clock was set back: what stands in the future would wait until the time is as late again."""

from datetime import datetime

from prom.actions import escalate
from prom.actions.alarms import alarm
from prom.actions.means import Means
from prom.rules import alert_life
from prom.rules.times import MINUTE, stamp
from prom.store import alerts, messages
from prom.store.connect import Database, write


def mend(db: Database, means: Means, now: datetime) -> None:
    """Texts queued in the future are due now, and an alert that last called in it calls again. The operator is told."""
    with write(db):
        ahead = stamp(now + MINUTE)
        messages.bring_forward(db, ahead, stamp(now))
        for alert_id in escalate.calling(db):
            if alert_life.called_at(alerts.events(db, alert_id)) > ahead:
                alerts.add_event(db, alert_id, "climbed", stamp(now))
                alarm(db, means, "clock_set_back", alert_id, now, step=int(now.timestamp()))
