"""Alerts, their reasons and their events; the reading of reports. An alert's state is derived from its events."""

import json
from typing import Any

from prom.store.canary import IS_CANARY
from prom.store.connect import Database, Row, add, fresh_id, one, row, rows, run

_FACTS = """
    alert.*, participant.code, participant.site_id, participant.study_key, visit.timepoint,
    procedure.kind as procedure_kind"""
_FROM = """
    from alert join participant on participant.id = alert.participant_id
    left join visit on visit.id = alert.visit_id
    left join procedure on procedure.id = visit.procedure_id"""


def open_of_visit(db: Database, visit_id: str) -> Row | None:
    """The open alert of a report."""
    return row(db, "select * from alert where visit_id = :id and closed_at is null", {"id": visit_id})


def open_of_source(db: Database, participant_id: str, source: str) -> Row | None:
    """The open alert that a text or a silence raised."""
    return row(
        db,
        """select * from alert where participant_id = :id and source = :source and visit_id is null
        and closed_at is null""",
        {"id": participant_id, "source": source},
    )


def raise_alert(
    db: Database, participant_id: str, visit_id: str | None, alert_class: str, source: str, now: str
) -> str:
    """Insert an open alert; returns its id."""
    return add(
        db,
        "alert",
        id=fresh_id(),
        participant_id=participant_id,
        visit_id=visit_id,
        **{"class": alert_class},
        source=source,
        raised_at=now,
    )


def climb(db: Database, alert_id: str, alert_class: str) -> None:
    """Set a higher class."""
    run(db, "update alert set class = :class where id = :id", {"class": alert_class, "id": alert_id})


def close(db: Database, alert_id: str, now: str) -> int:
    """Mark an alert closed; 0 when it was closed before."""
    return run(
        db,
        "update alert set closed_at = :now where id = :id and closed_at is null",
        {"now": now, "id": alert_id},
    )


def add_reason(db: Database, alert_id: str, details: dict, now: str, **values: Any) -> None:
    """Append a reason: rule, class, item, rules_version, study_version, serious (1 where it may be a serious adverse
    event); details: the values that tripped it."""
    names = values | {"alert_id": alert_id, "details": json.dumps(details), "at": now}
    add(db, "alert_reason", **names)


def reasons(db: Database, alert_id: str) -> list[Row]:
    """The reasons of an alert, details as a dict."""
    found = rows(db, "select * from alert_reason where alert_id = :id order by seq", {"id": alert_id})
    return [reason | {"details": json.loads(reason["details"])} for reason in found]


def reasons_of_visit(db: Database, visit_id: str) -> list[Row]:
    """Every reason that any alert of a visit was raised for, details as a dict, with closed_at of the alert."""
    found = rows(
        db,
        """select alert_reason.*, alert.closed_at from alert_reason join alert on alert.id = alert_reason.alert_id
        where alert.visit_id = :id""",
        {"id": visit_id},
    )
    return [reason | {"details": json.loads(reason["details"])} for reason in found]


def add_event(db: Database, alert_id: str, kind: str, now: str, staff_id: str | None = None, **values: Any) -> None:
    """Append an event: kind, for closing outcome, texts, note; message_id: of the text whose code was texted back;
    to_staff_id: who is to have it; called: whom a call was made to."""
    add(db, "alert_event", alert_id=alert_id, kind=kind, at=now, staff_id=staff_id, **values)


def events(db: Database, alert_id: str) -> list[Row]:
    """The events of an alert, oldest first, with the name of who did it and of who was to have it."""
    return rows(
        db,
        """select alert_event.*, staff.name as staff_name, colleague.name as to_staff_name from alert_event
        left join staff on staff.id = alert_event.staff_id
        left join staff as colleague on colleague.id = alert_event.to_staff_id
        where alert_id = :id order by seq""",
        {"id": alert_id},
    )


def by_id(db: Database, alert_id: str, sites: tuple[str, ...]) -> Row | None:
    """One alert of these sites."""
    found = row(db, f"select {_FACTS} {_FROM} where alert.id = :id", {"id": alert_id})
    return found if found and found["site_id"] in sites else None


def class_of(db: Database, alert_id: str) -> str:
    """The class of an alert."""
    return one(db, "select class from alert where id = :id", {"id": alert_id})["class"]


def open_alerts(db: Database) -> list[Row]:
    """Every open alert, oldest first."""
    return rows(db, f"select {_FACTS} {_FROM} where alert.closed_at is null order by alert.raised_at, alert.id")


def closed_alerts(db: Database, sites: tuple[str, ...], many: int) -> list[Row]:
    """The alerts of these sites closed last, newest first."""
    named = {f"site_{number}": site for number, site in enumerate(sites)}
    marks = ", ".join(f":{name}" for name in named)
    return rows(
        db,
        f"""select {_FACTS} {_FROM} where alert.closed_at is not null and participant.site_id in ({marks})
        order by alert.closed_at desc limit :many""",
        named | {"many": many},
    )


def of_participant(db: Database, participant_id: str) -> list[Row]:
    """A participant's alerts, newest first."""
    return rows(
        db,
        f"select {_FACTS} {_FROM} where alert.participant_id = :id order by alert.raised_at desc, alert.rowid desc",
        {"id": participant_id},
    )


def texts_waiting(db: Database, participant_id: str) -> bool:
    """Whether invitations and reminders wait: a red alert is open in which nobody has let them go on since it last
    called, or the last choice made was "stay stopped"."""
    if row(
        db,
        """select 1 as yes from alert where participant_id = :id and class = 'red' and closed_at is null
        and coalesce((select max(seq) from alert_event where alert_id = alert.id and texts = 'resume'), 0)
            < (select max(seq) from alert_event where alert_id = alert.id and kind in ('raised', 'climbed'))
        limit 1""",
        {"id": participant_id},
    ):
        return True
    last = row(
        db,
        """select alert_event.texts from alert_event join alert on alert.id = alert_event.alert_id
        where alert.participant_id = :id and alert_event.texts is not null order by alert_event.seq desc limit 1""",
        {"id": participant_id},
    )
    return bool(last and last["texts"] == "stay_stopped")


def mark_read(db: Database, visit_id: str, seq: int, staff_id: str, now: str) -> int:
    """Mark a report or unsent draft read up to the saved screen of that number, 0 for none; 0 when it was."""
    return run(
        db,
        """insert into reading (visit_id, read_seq, read_at, staff_id) values (:id, :seq, :now, :staff_id)
        on conflict (visit_id) do update set read_seq = :seq, read_at = :now, staff_id = :staff_id
        where reading.read_seq < :seq""",
        {"id": visit_id, "seq": seq, "now": now, "staff_id": staff_id},
    )


def read_by(db: Database, visit_id: str, sites: tuple[str, ...]) -> Row | None:
    """Who read a visit's report last, of these sites: code, site_id, staff_name."""
    found = row(
        db,
        """select participant.code, participant.site_id, staff.name as staff_name from reading
        join visit on visit.id = reading.visit_id join participant on participant.id = visit.participant_id
        join staff on staff.id = reading.staff_id where reading.visit_id = :id""",
        {"id": visit_id},
    )
    return found if found and found["site_id"] in sites else None


def unread(db: Database, now: str) -> list[Row]:
    """Submitted reports, and drafts that went unsent or whose visit waits for its procedure, that no nurse has read;
    oldest first; those of canaries, each of which raises an alert, left out. Rows: the visit with code, site_id,
    procedure_kind, last_saved_at, last_seq (the number of the screen saved last, 0 for none)."""
    return rows(
        db,
        f"""select visit.*, participant.code, participant.site_id, procedure.kind as procedure_kind,
                  (select max(saved_at) from draft where draft.visit_id = visit.id) as last_saved_at,
                  coalesce((select max(seq) from draft where draft.visit_id = visit.id), 0) as last_seq
        from visit join participant on participant.id = visit.participant_id
        join procedure on procedure.id = visit.procedure_id
        where not exists (select 1 from reading where reading.visit_id = visit.id and reading.read_seq >=
                          coalesce((select max(seq) from draft where draft.visit_id = visit.id), 0))
          and participant.imported = 0 and not {IS_CANARY}
          and (visit.submitted_at is not null
               or exists (select 1 from draft where draft.visit_id = visit.id)
                  and (visit.finish_by <= :now or visit.cancelled_at is not null or visit.opens_at is null))
        order by coalesce(visit.submitted_at, visit.cancelled_at, visit.finish_by, last_saved_at), visit.id""",
        {"now": now},
    )
