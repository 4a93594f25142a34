"""The rota: who is on call, asked by everything that tells anybody anything; shifts put in and taken back, absences."""

from datetime import datetime

from prom.actions.means import Means
from prom.errors import Forbidden, NotFound, Refusal
from prom.keys import UnknownKey
from prom.rules import rota
from prom.rules.times import stamp
from prom.store import audit, contacts, staff
from prom.store import rota as rows_of
from prom.store.connect import Database, Row, write

SEES_ALERTS = ("nurse", "investigator")  # the roles that may open an alert, and so be on call
MANAGES = ("coordinator", "admin")  # the roles that may mark others away


def on_call_at(db: Database, means: Means, site_id: str, at: datetime) -> rota.OnCall:
    """Who is on call at a site at an instant; whether each can be told, as it stands now."""
    return rota.on_call(facts(db, means, site_id, at, at), at)


def spans(db: Database, means: Means, site_id: str, start: datetime, until: datetime) -> tuple[rota.Span, ...]:
    """Who is on call between two instants, a span for each time in which nothing changes."""
    return rota.spans(means.study(db), facts(db, means, site_id, start, until), start, until)


def gaps_ahead(db: Database, means: Means, site_id: str, now: datetime) -> list[rota.Span]:
    """The gaps of the next 24 hours, the one that stands now included."""
    return [span for span in spans(db, means, site_id, now, now + rota.AHEAD) if span.gap]


def facts(db: Database, means: Means, site_id: str, start: datetime, until: datetime) -> rota.Facts:
    """What the rota of a site is reckoned from between two instants, both included."""
    since, before = stamp(start), stamp(until + rota.SECOND)
    everybody = {person["id"]: person for person in rows_of.people(db, site_id)}
    standing = staff.on_call(db, site_id)
    shifts, away = rows_of.shifts(db, site_id, since, before), rows_of.away(db, site_id, since, before)
    asked = {row["id"] for row in standing} | {row["staff_id"] for row in shifts}
    faults = {person_id: fault_of(db, means, everybody[person_id]) for person_id in asked if person_id in everybody}
    return rota.Facts(standing, shifts, away, faults)


def fault_of(db: Database, means: Means, person: Row) -> str:
    """Why a member of staff cannot be told by text: left, no_mobile, opted_out; "" where they can."""
    if not person["active"]:
        return rota.LEFT
    try:
        number = means.keys.open(person["mobile_sealed"])
    except UnknownKey:  # an answer that raises an alert must be kept all the same
        number = ""
    if not number:
        return rota.NO_MOBILE
    return rota.OPTED_OUT if contacts.opted_out(db, means.keys.number_hashes(number)) else ""


def can_be_told(db: Database, means: Means, staff_id: str, now: datetime) -> bool:
    """Whether a text reaches somebody who is there: they work, have a number that gets texts, and are not away."""
    person, at = staff.by_id(db, staff_id), stamp(now)
    if person is None or fault_of(db, means, person):
        return False
    until = stamp(now + rota.SECOND)
    return staff_id not in {row["staff_id"] for row in rows_of.away(db, person["site_id"], at, until)}


def fits(db: Database, site_id: str, staff_id: str) -> Row:
    """A member of staff who may be on call at a site. Raises Refusal for anybody else."""
    person = staff.by_id(db, staff_id)
    if person is None or not person["active"] or person["site_id"] != site_id:
        raise Refusal("staff_unknown")
    if not person["mobile_sealed"]:
        raise Refusal("staff_without_mobile", name=person["name"])
    if not set(SEES_ALERTS) & set(person["roles"]):
        raise Refusal("staff_sees_no_alerts", name=person["name"])
    return person


def put_in(
    db: Database,
    site_id: str,
    position: int,
    staff_id: str,
    from_at: datetime,
    until_at: datetime,
    now: datetime,
    *,
    by: str | None,
) -> int:
    """Put somebody at a place (0: the lead) for a time that begins now at the earliest; the number of the shift. It
    stands before any shift put in earlier. Raises Refusal, for somebody who is marked away in that time too: the shift
    would not hold."""
    begins = max(from_at, now)
    _check_time(begins, until_at, now, rota.LONGEST_SHIFT)
    with write(db):
        person = fits(db, site_id, staff_id)
        if any(row["staff_id"] == staff_id for row in rows_of.away(db, site_id, stamp(begins), stamp(until_at))):
            raise Refusal("staff_away", name=person["name"])
        seq = rows_of.put(
            db,
            site_id=site_id,
            position=position,
            staff_id=staff_id,
            from_at=stamp(begins),
            until_at=stamp(until_at),
            put_at=stamp(now),
            put_by=by,
        )
        when = {"from_at": stamp(begins), "until_at": stamp(until_at)}
        audit.record(db, stamp(now), by or "system", "shift_put", site_id, position=position, staff=staff_id, **when)
        return seq


def take_back(db: Database, seq: int, now: datetime, *, sites: tuple[str, ...], by: str) -> None:
    """Take a shift back: who held its place before does again. Raises NotFound."""
    with write(db):
        found = rows_of.shift(db, seq)
        if found is None or found["site_id"] not in sites:
            raise NotFound("shift_not_found")
        rows_of.take_back(db, seq, stamp(now), by)
        audit.record(db, stamp(now), by, "shift_taken_back", found["site_id"], shift=seq, staff=found["staff_id"])


def mark_away(
    db: Database, staff_id: str, from_at: datetime, until_at: datetime, now: datetime, *, by: Row
) -> None:
    """Mark somebody away: on call nowhere for that time. by: who says so; a coordinator or an administrator may say it
    of others. Raises Refusal, Forbidden."""
    begins = max(from_at, now)
    _check_time(begins, until_at, now, rota.LONGEST_AWAY)
    with write(db):
        person = staff.by_id(db, staff_id)
        if person is None or not person["active"] or person["site_id"] != by["site_id"]:
            raise Refusal("staff_unknown")
        _check_own(staff_id, by)
        rows_of.mark_away(db, staff_id, stamp(begins), stamp(until_at), stamp(now), by["id"])
        when = {"from_at": stamp(begins), "until_at": stamp(until_at)}
        audit.record(db, stamp(now), by["id"], "away_marked", staff_id, **when)


def end_away(db: Database, away_id: str, now: datetime, *, by: Row) -> None:
    """Somebody is not away after all, or is back. Raises NotFound, Forbidden."""
    with write(db):
        found = rows_of.absence(db, away_id)
        if found is None or found["site_id"] != by["site_id"]:
            raise NotFound("away_not_found")
        _check_own(found["staff_id"], by)
        rows_of.end_away(db, away_id, stamp(now), by["id"])
        audit.record(db, stamp(now), by["id"], "away_ended", found["staff_id"])


def _check_own(staff_id: str, by: Row) -> None:
    if staff_id != by["id"] and not set(MANAGES) & set(by["roles"]):
        raise Forbidden("away_of_others")


def _check_time(from_at: datetime, until_at: datetime, now: datetime, longest) -> None:
    if until_at <= now or until_at <= from_at:
        raise Refusal("time_backwards")
    if until_at - from_at > longest:
        raise Refusal("time_long", days=longest.days)
