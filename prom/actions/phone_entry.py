"""Entering answers for a participant: chosen to come by phone or from paper, saved and sent as those of a link are."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from prom.actions import answer
from prom.actions.links import Opened
from prom.actions.means import Means
from prom.errors import Conflict, NotFound, Refusal
from prom.rules import phone_entry as rules
from prom.rules.saving import Page
from prom.rules.times import stamp
from prom.store import audit, entries, participants, visits
from prom.store.connect import Database, Row, write


def begin(
    db: Database,
    visit_id: str,
    now: datetime,
    *,
    staff_id: str,
    sites: tuple[str, ...],
    mode: str | None,
    filled_on: date | None = None,
    speaker: str | None = None,
) -> None:
    """Choose how the answers come: mode phone, with who speaks (participant | other), or paper, with the day on which
    it was filled in. Raises NotFound, also for one of another site; Conflict where the visit takes no answers; Refusal
    with what is missing."""
    with write(db):
        visit, person = _found(db, visit_id, sites)
        if not answer.asks(visit, person, now):
            raise Conflict("visit_not_open")
        zone = ZoneInfo(person["zone"])
        for fault in rules.faults(visit, mode, filled_on, speaker, zone, now):
            earliest, latest = rules.days(visit, zone, now)
            raise Refusal(fault, earliest=earliest.isoformat(), latest=latest.isoformat())
        assert mode is not None
        day = filled_on.isoformat() if mode == "paper" and filled_on else None
        entries.choose(db, visit_id, staff_id, mode, day, speaker if mode == "phone" else None, stamp(now))
        audit.record(db, stamp(now), staff_id, "entry_begun", visit_id, mode=mode)


def save(
    db: Database,
    means: Means,
    opened: Opened,
    step: str,
    answers: dict[str, Any],
    now: datetime,
    *,
    staff_id: str,
    page: Page | None,
) -> None:
    """Save one screen as `answer.save` does, and raises what that raises; it is kept who entered it."""
    with_them: dict[str, Any] = {"page": page, "by": opened, "staff_id": staff_id}
    answer.save(db, means, opened.visit["id"], step, answers, now, **with_them)


def submit(
    db: Database,
    means: Means,
    visit_id: str,
    now: datetime,
    *,
    staff_id: str,
    sites: tuple[str, ...],
    page: Page | None,
) -> str:
    """Send the entered answers as `answer.submit` does, and raises what that raises; the report says how they came, who
    entered them and, from paper, when it was filled in. Raises NotFound; Refusal before `begin`."""
    with write(db):
        _found(db, visit_id, sites)
        entry = entries.of(db, visit_id, staff_id)
        if entry is None:
            raise Refusal("entry_mode")
        given = {"mode": entry["mode"], "filled_on": entry["filled_on"]}
        return answer.submit(db, means, visit_id, now, identity_check="staff", staff_id=staff_id, page=page, **given)


def _found(db: Database, visit_id: str, sites: tuple[str, ...]) -> tuple[Row, Row]:
    try:
        visit = visits.by_id(db, visit_id)
    except KeyError:
        raise NotFound("not_found") from None
    person = participants.by_id(db, visit["participant_id"])
    if person["site_id"] not in sites:
        raise NotFound("not_found")
    return visit, person
