"""Alarms for the operator: texts to PROM_OPERATOR about what ails the system itself, once a fault and again when it
ends. No health word and no name in them; what is wrong in detail stands on the pages for staff."""

import logging
from datetime import datetime

from prom.actions.means import Means
from prom.rules.ailing import Ailment
from prom.rules.times import DAY, MINUTE, stamp
from prom.store import health, messages, texting
from prom.store.connect import Database, write

_log = logging.getLogger("prom.alarms")
_NOT_TEXTED = "alarm_not_texted"
# Steps whose every fault is told of, not only the first in a day: behind each stands a participant who may need help.
_EACH = (
    *("judge", "escalate", "physician", "nobody_took_it", "nobody_acted"),
    *("on_call_opted_out", "gap_ahead", "rehearsal_unanswered"),
)


def alarm(
    db: Database, means: Means, what: str, about: str, now: datetime, step: int = 0, *, over: bool = False
) -> None:
    """Queue an alarm to every operator's mobile, once for each thing that it is about. over: it is well again."""
    with write(db):
        for number, _ in enumerate(means.operator):
            messages.queue(
                db,
                lane="staff",
                kind="alarm",
                step=step,
                about=f"{what}:{about}",
                recipient=f"operator:{number}",
                text_key="operator_over" if over else "operator_alarm",
                language=means.study(db).study.default_language,
                study_version=means.version,
                queued_at=stamp(now),
                due_at=stamp(now),
            )


def fault(db: Database, means: Means, step: str, subject: str, what: str, now: datetime) -> bool:
    """Note a fault; True when it is new. The operator is told when it is the first of its step in a day, and of each
    where a participant may need help."""
    with write(db):
        first = step in _EACH or not health.count_standing(db, step, stamp(now - DAY))
        number = health.note_fault(db, step, subject, what, stamp(now))
        if number is not None and first:
            alarm(db, means, step, str(number), now)
        return number is not None


def well(db: Database, means: Means, step: str, subject: str, now: datetime) -> None:
    """A fault, if one stands, has ended. The operator is told when it was the last of its step in a day, and
    of each that was told of."""
    if subject not in health.standing(db, step):
        return
    with write(db):
        number = health.end_fault(db, step, subject, stamp(now))
        if number is not None and (step in _EACH or not health.count_standing(db, step, stamp(now - DAY))):
            alarm(db, means, step, str(number), now, step=1, over=True)


def keep(db: Database, means: Means, step: str, ailing: set[str], what: str, now: datetime) -> None:
    """Let a step's faults stand for those that ail, and for nobody else."""
    noted = health.standing(db, step)
    for subject in sorted(ailing - noted):
        fault(db, means, step, subject, what, now)
    for subject in sorted(noted - ailing):
        well(db, means, step, subject, now)


def watch(db: Database, now: datetime) -> None:
    """An alarm that no operator could be texted is a fault of its own, without another alarm: it stands in the log, for
    monitors and on the pages of staff until it was accepted or what it is about is over, of a single event a day."""
    untold = texting.untold_alarms(db, stamp(now - MINUTE), stamp(now - DAY))
    noted = health.standing(db, _NOT_TEXTED)
    if untold == noted:
        return
    with write(db):
        for about in sorted(untold - noted):
            health.note_fault(db, _NOT_TEXTED, about, "untold", stamp(now))
            _log.error("the alarm %s cannot be texted to the operator", _name(db, about))
        for about in noted - untold:
            health.end_fault(db, _NOT_TEXTED, about, stamp(now))


def _name(db: Database, about: str) -> str:
    """What an alarm is about, named as monitors name it where it is a fault that stands."""
    for fault in health.standing_faults(db):
        if about == f"{fault['step']}:{fault['seq']}":
            return f"{Ailment(fault['step'], fault['subject']).name} (fault {fault['seq']})"
    return about
