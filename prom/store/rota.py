"""The rota: dated shifts that override the standing on-call list, who is away, and the test calls of the night phone.
Nothing is deleted: a shift is taken back, an absence ended."""

from typing import Any

from prom.store.connect import Database, Row, add, fresh_id, row, rows, run


def people(db: Database, site_id: str) -> list[Row]:
    """Everybody who works, or has worked, at a site: id, name, active, mobile_sealed."""
    return rows(
        db,
        "select id, name, active, mobile_sealed from staff where site_id = :site_id order by name",
        {"site_id": site_id},
    )


def put(db: Database, **values: Any) -> int:
    """Put in a shift: site_id, position, staff_id, from_at, until_at, put_at, put_by; its number."""
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    made = row(db, f"insert into shift ({names}) values ({marks}) returning seq", values)
    assert made is not None
    return made["seq"]


def shift(db: Database, seq: int) -> Row | None:
    """One shift that was not taken back."""
    return row(db, "select * from shift where seq = :seq and taken_back_at is null", {"seq": seq})


def take_back(db: Database, seq: int, now: str, by: str | None) -> int:
    """Take a shift back; 0 where it was before."""
    return run(
        db,
        """update shift set taken_back_at = :now, taken_back_by = :by
        where seq = :seq and taken_back_at is null""",
        {"seq": seq, "now": now, "by": by},
    )


def shifts(db: Database, site_id: str, since: str, until: str) -> list[Row]:
    """The shifts of a site that stand in some of the time between two instants, in the order in which they were put in,
    with name and put_by_name (None: by the system)."""
    return rows(
        db,
        """select shift.*, staff.name, putter.name as put_by_name
        from shift join staff on staff.id = shift.staff_id left join staff as putter on putter.id = shift.put_by
        where shift.site_id = :site_id and taken_back_at is null and until_at > :since and from_at < :until
        order by shift.seq""",
        {"site_id": site_id, "since": since, "until": until},
    )


def mark_away(db: Database, staff_id: str, from_at: str, until_at: str, now: str, by: str | None) -> str:
    """Mark somebody away between two instants; the id of the absence."""
    values = {"staff_id": staff_id, "from_at": from_at, "until_at": until_at, "put_at": now, "put_by": by}
    return add(db, "away", id=fresh_id(), **values)


def absence(db: Database, away_id: str) -> Row | None:
    """One absence that was not ended by hand, with the site of who is away."""
    return row(
        db,
        """select away.*, staff.site_id from away join staff on staff.id = away.staff_id
        where away.id = :id and taken_back_at is null""",
        {"id": away_id},
    )


def end_away(db: Database, away_id: str, now: str, by: str | None) -> int:
    """End an absence; 0 where it was ended before."""
    return run(
        db,
        "update away set taken_back_at = :now, taken_back_by = :by where id = :id and taken_back_at is null",
        {"id": away_id, "now": now, "by": by},
    )


def away(db: Database, site_id: str, since: str, until: str) -> list[Row]:
    """Who of a site is away in some of the time between two instants, with name, the earliest first."""
    return rows(
        db,
        """select away.*, staff.name from away join staff on staff.id = away.staff_id
        where staff.site_id = :site_id and taken_back_at is null and until_at > :since and from_at < :until
        order by from_at, away.id""",
        {"site_id": site_id, "since": since, "until": until},
    )


def add_ring(db: Database, site_id: str, for_at: str, now: str, by: str | None) -> str:
    """Note a test of the night phone, for whoever is on call at an instant; its id."""
    return add(db, "ring", id=fresh_id(), site_id=site_id, for_at=for_at, asked_at=now, asked_by=by)


def ring(db: Database, ring_id: str) -> Row | None:
    """One test of the night phone."""
    return row(db, "select * from ring where id = :id", {"id": ring_id})


def answer_ring(db: Database, ring_id: str, staff_id: str, how: str, now: str) -> int:
    """Note who answered a test, and how ("page", "text"); 0 where somebody had before."""
    return run(
        db,
        """update ring set answered_at = :now, answered_by = :staff_id, answered_how = :how
        where id = :id and answered_at is null""",
        {"id": ring_id, "staff_id": staff_id, "how": how, "now": now},
    )


def rings(db: Database, site_id: str, many: int) -> list[Row]:
    """The last tests of a site, newest first, with asked_by_name (None: by command) and answered_by_name."""
    return rows(
        db,
        """select ring.*, asker.name as asked_by_name, answerer.name as answered_by_name
        from ring left join staff as asker on asker.id = asked_by
        left join staff as answerer on answerer.id = answered_by
        where ring.site_id = :site_id order by asked_at desc, ring.rowid desc limit :many""",
        {"site_id": site_id, "many": many},
    )


def rings_since(db: Database, since: str) -> list[Row]:
    """The tests asked for since an instant, oldest first."""
    return rows(db, "select * from ring where asked_at >= :since order by asked_at, rowid", {"since": since})


def answered(db: Database, site_id: str, since: str) -> list[Row]:
    """The tests of a site that were answered since an instant."""
    return rows(
        db,
        "select * from ring where site_id = :site_id and answered_at >= :since",
        {"site_id": site_id, "since": since},
    )


def texts_of_ring(db: Database, ring_id: str) -> list[Row]:
    """The texts of a test, first queued first, with the name of who was texted."""
    return rows(
        db,
        """select message.*, staff.name as staff_name from message join staff on staff.id = message.staff_id
        where about = :id and kind = 'rehearsal' order by step""",
        {"id": ring_id},
    )
