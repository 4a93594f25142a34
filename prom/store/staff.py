"""Staff, their roles, who is on call, their sessions, and the counters that limit guessing."""

from typing import Any

from prom.store.connect import Database, Row, add, fresh_id, one, row, rows, run

LEAD = 0  # the on-call position of the named lead; 1, 2, ... are the nurses in their order


def add_staff(db: Database, roles: tuple[str, ...], **values: Any) -> str:
    """Insert a member of staff with roles; returns the id. Raises IntegrityError for a login that is taken."""
    staff_id = add(db, "staff", id=fresh_id(), **values)
    for role in roles:
        add(db, "staff_role", staff_id=staff_id, role=role)
    return staff_id


def by_login(db: Database, login: str) -> Row | None:
    """One active member of staff, `roles` as a tuple."""
    return _with_roles(db, row(db, "select * from staff where login = :login and active = 1", {"login": login}))


def login_taken(db: Database, login: str) -> bool:
    """Whether anybody has, or had, this login."""
    return bool(row(db, "select 1 as yes from staff where login = :login", {"login": login}))


def by_id(db: Database, staff_id: str) -> Row | None:
    """One member of staff, `roles` as a tuple."""
    return _with_roles(db, row(db, "select * from staff where id = :id", {"id": staff_id}))


def by_number(db: Database, hashes: tuple[str, ...]) -> list[Row]:
    """The active members of staff with a number, given as its hashes."""
    statement = "select * from staff where number_hash = :hash and active = 1 order by login"
    return [person for each in hashes for person in rows(db, statement, {"hash": each})]


def with_number(db: Database) -> list[Row]:
    """The numbers of all staff. Rows: id, mobile_sealed, number_hash."""
    return rows(db, "select id, mobile_sealed, number_hash from staff where mobile_sealed is not null")


def _with_roles(db: Database, person: Row | None) -> Row | None:
    if person is None:
        return None
    found = rows(db, "select role from staff_role where staff_id = :id order by role", {"id": person["id"]})
    return person | {"roles": tuple(each["role"] for each in found)}


def of_sites(db: Database, sites: tuple[str, ...]) -> list[Row]:
    """All staff of these sites, by name, `roles` as a tuple."""
    found = rows(db, "select id, site_id from staff order by name")
    return [person for each in found if each["site_id"] in sites and (person := by_id(db, each["id"]))]


def let_grade(db: Database, staff_id: str, may: int) -> None:
    """Whether somebody may grade adverse events."""
    run(db, "update staff set may_grade = :may where id = :id", {"id": staff_id, "may": may})


def with_role(db: Database, site_id: str, role: str) -> list[Row]:
    """The active members of staff of a site who have a role, by name."""
    return rows(
        db,
        """select staff.* from staff join staff_role on staff_role.staff_id = staff.id
        where staff.site_id = :site_id and staff.active = 1 and role = :role order by staff.name, staff.id""",
        {"site_id": site_id, "role": role},
    )


def change(db: Database, staff_id: str, **values: Any) -> None:
    """Write columns of a staff row."""
    marks = ", ".join(f"{name} = :{name}" for name in values)
    run(db, f"update staff set {marks} where id = :id", values | {"id": staff_id})


def deactivate(db: Database, staff_id: str, now: str) -> None:
    """The person has left: no log-in, no session, not on call."""
    run(db, "update staff set active = 0 where id = :id", {"id": staff_id})
    run(db, "delete from on_call where staff_id = :id", {"id": staff_id})
    end_sessions(db, staff_id, now)


def on_call(db: Database, site_id: str) -> list[Row]:
    """Who is on call at a site, by position (0 is the lead), with name, mobile_sealed, number_hash."""
    return rows(
        db,
        """select on_call.position, staff.id, staff.name, staff.mobile_sealed, staff.number_hash
        from on_call join staff on staff.id = on_call.staff_id
        where on_call.site_id = :site_id and staff.active = 1 order by on_call.position""",
        {"site_id": site_id},
    )


def set_on_call(db: Database, site_id: str, order: list[tuple[int, str]]) -> None:
    """Replace a site's list: (position, staff id)."""
    run(db, "delete from on_call where site_id = :site_id", {"site_id": site_id})
    for position, staff_id in order:
        add(db, "on_call", site_id=site_id, position=position, staff_id=staff_id)


def start_session(db: Database, token_hash: str, staff_id: str, now: str) -> None:
    """Keep a session: only the SHA-256 of its token."""
    add(db, "session", token_hash=token_hash, staff_id=staff_id, started_at=now, last_used_at=now)


def session(db: Database, token_hash: str) -> Row | None:
    """A session that was not ended, of an active member of staff."""
    return row(
        db,
        """select session.* from session join staff on staff.id = session.staff_id
        where token_hash = :hash and ended_at is null and staff.active = 1""",
        {"hash": token_hash},
    )


def touch_session(db: Database, token_hash: str, now: str) -> None:
    """Note that a session was used."""
    run(db, "update session set last_used_at = :now where token_hash = :hash", {"now": now, "hash": token_hash})


def forget_sessions(db: Database, before: str) -> None:
    """Drop the sessions that began before an instant."""
    run(db, "delete from session where started_at < :before", {"before": before})


def end_session(db: Database, token_hash: str, now: str) -> None:
    """End one session."""
    run(
        db,
        "update session set ended_at = :now where token_hash = :hash and ended_at is null",
        {"now": now, "hash": token_hash},
    )


def end_sessions(db: Database, staff_id: str, now: str, *, but: str = "") -> int:
    """End all sessions of a member of staff; how many. but: the hash of one that goes on."""
    return run(
        db,
        "update session set ended_at = :now where staff_id = :id and ended_at is null and token_hash <> :but",
        {"now": now, "id": staff_id, "but": but},
    )


def count(db: Database, key: str, since: str, now: str) -> int:
    """Add one to a counter that starts anew when it began before `since`; the count so far."""
    made = one(
        db,
        """insert into counter (key, since, count) values (:key, :now, 1)
        on conflict (key) do update set
            count = case when counter.since < :since then 1 else counter.count + 1 end,
            since = case when counter.since < :since then :now else counter.since end
        returning count""",
        {"key": key, "since": since, "now": now},
    )
    return made["count"]


def take_back_count(db: Database, key: str) -> None:
    """Take one off a counter."""
    run(db, "update counter set count = count - 1 where key = :key and count > 0", {"key": key})


def reset_count(db: Database, key: str) -> None:
    """Start a counter anew."""
    run(db, "delete from counter where key = :key", {"key": key})


def forget_counts(db: Database, before: str) -> None:
    """Drop the counters that began before an instant."""
    run(db, "delete from counter where since < :before", {"before": before})
