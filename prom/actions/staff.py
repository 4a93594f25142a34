"""Staff: added, on call, gone."""

import re
from datetime import datetime

from prom.actions import escalate, rota, sign_in
from prom.actions.enrol import check_name
from prom.actions.means import Means
from prom.actions.sign_in import hasher, plain_login
from prom.errors import Conflict, Refusal
from prom.keys import token_hash
from prom.rules.numbers import e164
from prom.rules.times import stamp
from prom.store import audit, contacts, staff
from prom.store.connect import Database, Row, write

ROLES = ("nurse", "coordinator", "investigator", "analyst", "admin")
SHORTEST_PASSWORD = 12
LOGIN = re.compile(r"[a-z0-9._-]{1,64}")


def add_staff(
    db: Database,
    means: Means,
    login: str,
    name: str,
    roles: tuple[str, ...],
    password: str,
    now: datetime,
    *,
    mobile: str = "",
    site_id: str = "main",
    may_grade: bool = False,
    by: str | None = None,
) -> str:
    """Add a member of staff; returns the id. may_grade: adverse events, and sign that. Raises Refusal, Conflict for a
    login that is taken."""
    if not roles or any(role not in ROLES for role in roles):
        raise Refusal("role_unknown", roles=", ".join(ROLES))
    login = plain_login(login)
    _check_password(password, login, name)
    if not login or not name.strip():
        raise Refusal("name_missing")
    if not LOGIN.fullmatch(login):
        raise Refusal("login_odd")
    check_name(name)
    _check_grader(roles, may_grade)
    number = e164(mobile, means.study(db).clinic.phone) if mobile else ""
    password_hash = hasher.hash(password)
    with write(db):
        if staff.login_taken(db, login):
            raise Conflict("login_taken", login=login)
        staff_id = staff.add_staff(
            db,
            roles,
            login=login,
            name=name,
            site_id=site_id,
            password_hash=password_hash,
            may_grade=int(may_grade),
            **_number(means, number),
            created_at=stamp(now),
        )
        contacts.keep_under_newest(db, means.keys.number_hashes(number))
        audit.record(db, stamp(now), by or "system", "staff_added", staff_id, roles=list(roles), may_grade=may_grade)
    return staff_id


def let_grade(db: Database, staff_id: str, may: bool, now: datetime, *, by: str) -> Row:
    """Whether somebody may grade adverse events from now on. Raises Refusal for one who is neither nurse nor
    investigator."""
    with write(db):
        person = staff.by_id(db, staff_id)
        if person is None:
            raise Refusal("staff_unknown")
        _check_grader(person["roles"], may)
        staff.let_grade(db, staff_id, int(may))
        audit.record(db, stamp(now), by, "staff_may_grade" if may else "staff_may_not_grade", staff_id)
        return person


def _check_grader(roles: tuple[str, ...], may_grade: bool) -> None:
    if may_grade and not set(rota.SEES_ALERTS) & set(roles):
        raise Refusal("grader_role")


def change(
    db: Database,
    means: Means,
    staff_id: str,
    now: datetime,
    *,
    mobile: str = "",
    password: str = "",
    by: str,
) -> None:
    """Give a member of staff another mobile, another password, or both; "" leaves it as it is. A new password ends
    their sessions; texts go to the new number from the next one on. Raises Refusal, also for somebody who has left and
    where neither is given."""
    if not mobile and not password:
        raise Refusal("nothing_given")
    known = staff.by_id(db, staff_id)
    if password and known:
        _check_password(password, known["login"], known["name"])
    number = e164(mobile, means.study(db).clinic.phone) if mobile else ""
    password_hash = hasher.hash(password) if password else ""
    with write(db):
        person = staff.by_id(db, staff_id)
        if person is None or not person["active"]:
            raise Refusal("staff_unknown")
        if number:
            staff.change(db, staff_id, **_number(means, number))
            contacts.keep_under_newest(db, means.keys.number_hashes(number))
        if password:
            staff.change(db, staff_id, password_hash=password_hash)
            staff.end_sessions(db, staff_id, stamp(now))
        changed = {"number": "changed" if number else "same", "password": "changed" if password else "same"}
        audit.record(db, stamp(now), by, "staff_changed", staff_id, **changed)


def change_own_password(
    db: Database, staff_id: str, old: str, new: str, now: datetime, *, address: str, token: str
) -> None:
    """Somebody who is signed in, and gives the password that they have, takes another one: their other sessions end,
    the one with this token goes on. Raises Refusal, and TooMany as the log-in does."""
    person = sign_in.prove(db, staff_id, old, now, address)
    _check_password(new, person["login"], person["name"])
    if new == old:
        raise Refusal("password_same")
    password_hash = sign_in.hasher.hash(new)
    with write(db):
        if not sign_in.stands(db, person):
            raise Refusal("wrong_password")
        staff.change(db, staff_id, password_hash=password_hash)
        staff.end_sessions(db, staff_id, stamp(now), but=token_hash(token))
        audit.record(db, stamp(now), staff_id, "own_password_changed", staff_id)


def _check_password(password: str, login: str, name: str) -> None:
    """Raises Refusal for one that is short, one thing again and again, or the login or name of whose it is."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal("password_short", shortest=SHORTEST_PASSWORD)
    again_and_again = re.fullmatch(r"(.+?)(?:[\W_]*\1)+[\W_]*", password.casefold())
    if again_and_again or _letters(password) in (_letters(login) or None, _letters(name) or None):
        raise Refusal("password_weak")


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text.casefold()))


def _number(means: Means, number: str) -> Row:
    """The columns of a mobile; "" for none."""
    return {
        "mobile_sealed": means.keys.seal(number) if number else None,
        "number_hash": means.keys.number_hash(number) if number else None,
    }


def set_on_call(
    db: Database, site_id: str, nurses: list[str], lead: str | None, now: datetime, *, by: str | None
) -> None:
    """Replace a site's list of who is on call: nurses in order, and the lead. Raises Refusal for somebody who is not
    active there or has no mobile."""
    with write(db):
        people = [*nurses, *([lead] if lead else [])]
        for staff_id in people:
            rota.fits(db, site_id, staff_id)
        if len(set(nurses)) != len(nurses):
            raise Refusal("staff_twice")
        order = list(enumerate(nurses, start=1)) + ([(staff.LEAD, lead)] if lead else [])
        staff.set_on_call(db, site_id, order)
        audit.record(db, stamp(now), by or "system", "on_call_changed", site_id, order=people)


def put_on_call(
    db: Database, staff_id: str, now: datetime, *, position: int | None = None, lead: bool = False, by: str | None
) -> None:
    """Put one member of staff on their site's list: at a position (1 is texted first), or as its lead, or both.
    Raises Refusal as set_on_call does."""
    with write(db):
        person = staff.by_id(db, staff_id)
        if person is None:
            raise Refusal("staff_unknown")
        standing = staff.on_call(db, person["site_id"])
        nurses = [each["id"] for each in standing if each["position"] != staff.LEAD]
        if position is not None:
            nurses.insert(max(position - 1, 0), staff_id)
        before = next((each["id"] for each in standing if each["position"] == staff.LEAD), None)
        set_on_call(db, person["site_id"], nurses, staff_id if lead else before, now, by=by)


def deactivate(db: Database, means: Means, staff_id: str, now: datetime, *, by: str) -> Row:
    """A member of staff has left: log-in, sessions and on-call end at once, and the open alerts that they had call for
    somebody else. Raises Refusal."""
    with write(db):
        person = staff.by_id(db, staff_id)
        if person is None:
            raise Refusal("staff_unknown")
        if staff_id == by:
            raise Refusal("not_oneself")
        staff.deactivate(db, staff_id, stamp(now))
        audit.record(db, stamp(now), by, "staff_deactivated", staff_id)
        escalate.owner_left(db, means, staff_id, now)
        return person
