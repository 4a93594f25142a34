"""Adverse events: what clinicians graded, version by version, beside what was reported; what they found to be none; and
what an investigator has decided. Nothing of it is ever changed or deleted.

An event is read with one of its versions: criteria and actions as they are kept, a JSON list of keys; `decided`:
whether an investigator has signed that version."""

from collections.abc import Iterable, Iterator
from typing import Any

from prom.store.connect import Database, Row, add, row, rows
from prom.store.reports import standing

_EVENT = """
    select adverse_event.*, graded.*, participant.code, participant.site_id, participant.is_test,
        staff.name as graded_by_name, related.kind as related_kind, related.performed_on as related_on,
        visit.timepoint, visit.occasion, visit.study_version, procedure.kind as procedure_kind,
        exists (select 1 from investigator_decision as made
                where made.event_id = graded.event_id and made.version = graded.version) as decided
    from adverse_event join adverse_event_version as graded on graded.event_id = adverse_event.id
    join participant on participant.id = adverse_event.participant_id
    join staff on staff.id = graded.graded_by
    left join procedure as related on related.id = graded.procedure_id
    left join visit on visit.id = adverse_event.visit_id
    left join procedure on procedure.id = visit.procedure_id"""
_NEWEST = "graded.version = (select max(version) from adverse_event_version where event_id = adverse_event.id)"
_SPOKEN = "(visit.submitted_at is not null or exists (select 1 from draft_check where visit_id = visit.id))"


# ---- what was graded


def add_event(db: Database, event_id: str, now: str, **values: Any) -> None:
    """Insert an event: participant_id, source, and visit_id with item, or alert_id, or none of them. Raises
    IntegrityError for something reported that was graded before."""
    add(db, "adverse_event", id=event_id, added_at=now, **values)


def add_version(db: Database, event_id: str, version: int, **values: Any) -> None:
    """Append a version of an event's grading."""
    add(db, "adverse_event_version", event_id=event_id, version=version, **values)


def by_id(db: Database, event_id: str, sites: tuple[str, ...]) -> Row | None:
    """The newest version of an event of these sites."""
    found = row(db, f"{_EVENT} where adverse_event.id = :id and {_NEWEST}", {"id": event_id})
    return found if found and found["site_id"] in sites else None


def versions(db: Database, event_id: str) -> list[Row]:
    """Every version of an event, newest first."""
    return rows(db, f"{_EVENT} where adverse_event.id = :id order by graded.version desc", {"id": event_id})


def of_report(db: Database, visit_id: str, item: str) -> Row | None:
    """The newest version of what something reported was graded as."""
    values = {"visit_id": visit_id, "item": item}
    where = f"adverse_event.visit_id = :visit_id and adverse_event.item = :item and {_NEWEST}"
    return row(db, f"{_EVENT} where {where}", values)


def of_participant(db: Database, participant_id: str) -> list[Row]:
    """The newest version of each event of a participant, the one graded last first."""
    where = f"adverse_event.participant_id = :id and {_NEWEST} order by graded.graded_at desc, adverse_event.id"
    return rows(db, f"{_EVENT} where {where}", {"id": participant_id})


def newest(db: Database, sites: tuple[str, ...]) -> list[Row]:
    """The newest version of every event of these sites, the one graded last first."""
    found = rows(db, f"{_EVENT} where {_NEWEST} order by graded.graded_at desc, adverse_event.id")
    return [event for event in found if event["site_id"] in sites]


def every_version(db: Database) -> list[Row]:
    """Every version of every event, by participant, event and version; try-out people left out."""
    order = "participant.code, adverse_event.added_at, adverse_event.id, graded.version"
    return rows(db, f"{_EVENT} where participant.is_test = 0 order by {order}")


# ---- what was none


def add_none(db: Database, **values: Any) -> None:
    """Append that something is no adverse event: id, participant_id, visit_id with item, or alert_id, or both; reason,
    decided_by, decided_at."""
    add(db, "no_adverse_event", **values)


def nones(db: Database, participant_id: str) -> list[Row]:
    """What was found to be no adverse event of a participant, newest first, with decided_by_name."""
    return rows(
        db,
        """select no_adverse_event.*, staff.name as decided_by_name from no_adverse_event
        join staff on staff.id = no_adverse_event.decided_by
        where participant_id = :id order by decided_at desc, no_adverse_event.rowid desc""",
        {"id": participant_id},
    )


def every_none(db: Database) -> list[Row]:
    """Whatever was found to be no adverse event, by participant, with code, site_id; try-out people left out."""
    return rows(
        db,
        """select no_adverse_event.*, participant.code, participant.site_id, staff.name as decided_by_name
        from no_adverse_event join participant on participant.id = no_adverse_event.participant_id
        join staff on staff.id = no_adverse_event.decided_by
        where participant.is_test = 0 order by participant.code, decided_at, no_adverse_event.rowid""",
    )


# ---- what was reported


def telling(
    db: Database, told: Iterable[str], sites: tuple[str, ...] | None = None, participant_id: str | None = None
) -> Iterator[Row]:
    """Visits whose report, or unsent draft that the rules have run on, may hold something to grade: visit with code,
    site_id, is_test, procedure_kind, `answers` as they stand. told: words one of which stands in such a report.
    sites, participant_id: None for all."""
    marks = {f"told_{number}": f'%"{word}"%' for number, word in enumerate(told)}
    like = " or ".join(f"said.answers like :{name}" for name in marks)
    found = rows(
        db,
        f"""select visit.*, participant.code, participant.site_id, participant.is_test,
            procedure.kind as procedure_kind
        from visit join participant on participant.id = visit.participant_id
        join procedure on procedure.id = visit.procedure_id
        where {_SPOKEN} and (:participant_id is null or visit.participant_id = :participant_id) and (
            exists (select 1 from response as said where said.visit_id = visit.id and ({like}))
            or exists (select 1 from draft as said where said.visit_id = visit.id and ({like})))
        order by participant.code, coalesce(visit.submitted_at, visit.started_at), visit.id""",
        marks | {"participant_id": participant_id},
    )
    for visit in found:
        if sites is None or visit["site_id"] in sites:
            yield visit | {"answers": standing(db, visit["id"])}


def settled(db: Database) -> set[tuple[str, str]]:
    """(visit id, item) of everything reported that was graded, or found to be no adverse event."""
    found = rows(
        db,
        """select visit_id, item from adverse_event where source = 'report'
        union select visit_id, item from no_adverse_event where item is not null""",
    )
    return {(each["visit_id"], each["item"]) for each in found}


def unsigned_nones(db: Database) -> dict[tuple[str, str], Row]:
    """What was found to be no adverse event by others than an investigator, and is graded by nobody, by (visit id,
    item); with decided_by_name."""
    found = rows(
        db,
        """select denied.*, staff.name as decided_by_name from no_adverse_event as denied
        join staff on staff.id = denied.decided_by
        where denied.item is not null
          and not exists (select 1 from adverse_event
                          where visit_id = denied.visit_id and item = denied.item)
          and not exists (select 1 from investigator_decision as decision
                          join no_adverse_event as other on other.id = decision.none_id
                          where other.visit_id = denied.visit_id and other.item = denied.item)""",
    )
    return {(each["visit_id"], each["item"]): each for each in found}


# ---- what an investigator decides


def undecided(db: Database, alert_id: str | None = None) -> list[Row]:
    """The alerts, open or closed, with a reason that may be a serious adverse event and on which no investigator has
    decided since it came in; that something of it is serious decides until an investigator signs that it is not. Rows:
    the alert with code, site_id; serious_since (when the first such reason came in); decided_before (how often it was
    decided on). alert_id: that one alone."""
    return rows(
        db,
        """select alert.*, participant.code, participant.site_id, min(alert_reason.at) as serious_since,
            (select count(*) from investigator_decision where alert_id = alert.id) as decided_before
        from alert_reason join alert on alert.id = alert_reason.alert_id
        join participant on participant.id = alert.participant_id
        where alert_reason.serious = 1 and (:alert_id is null or alert.id = :alert_id)
          and not exists (
            select 1 from investigator_decision as decision
            left join adverse_event_version as signed
                on signed.event_id = decision.event_id and signed.version = decision.version
            where decision.alert_id = alert_reason.alert_id and decision.decided_at > alert_reason.at
              and not (coalesce(signed.serious, 0) = 1 and exists (
                select 1 from investigator_decision as later join adverse_event_version as newer
                    on newer.event_id = later.event_id and newer.version = later.version
                where later.event_id = decision.event_id and later.version > decision.version and newer.serious = 0)))
        group by alert.id order by serious_since, alert.id""",
        {"alert_id": alert_id},
    )


def unsigned(db: Database) -> list[Row]:
    """The events of which no investigator has signed the newest version, though one since an investigator last signed
    was serious, or an investigator had signed that it was, or that it was no adverse event. Rows: the event with code,
    site_id; serious_since (when the first such version was signed); decided_before (how often it was decided on)."""
    return rows(
        db,
        """with known as (
            select adverse_event.*, participant.code, participant.site_id,
                coalesce((select max(version) from investigator_decision where event_id = adverse_event.id), 0) as last,
                (select count(*) from investigator_decision where event_id = adverse_event.id) as decided_before
            from adverse_event join participant on participant.id = adverse_event.participant_id),
        judged as (
            select known.*, exists (
                select 1 from adverse_event_version as signed
                where signed.event_id = known.id and signed.version = known.last and signed.serious = 1
            ) or known.last = 0 and exists (
                select 1 from investigator_decision as decision
                join no_adverse_event as denied on denied.id = decision.none_id
                left join alert on alert.id = denied.alert_id
                where decision.decided_at <= known.added_at and (
                    (denied.visit_id, denied.item) = (known.visit_id, known.item)
                    or denied.item is null and (alert.id = known.alert_id or alert.visit_id = known.visit_id))
            ) as otherwise from known)
        select judged.*, min(graded.graded_at) as serious_since
        from judged join adverse_event_version as graded
            on graded.event_id = judged.id and graded.version > judged.last
        where graded.serious = 1 or judged.otherwise
        group by judged.id order by serious_since, judged.id""",
    )


def decide(db: Database, alert_id: str | None, now: str, by: str, **what: Any) -> None:
    """Append an investigator's decision: event_id and version, or none_id. alert_id: the alert that it answers, None
    for none."""
    add(db, "investigator_decision", alert_id=alert_id, decided_by=by, decided_at=now, **what)


def decisions(db: Database, alert_id: str) -> list[Row]:
    """The decisions on an alert, newest first: with decided_by_name, serious (None: no adverse event), reason, and
    newest, the version in which the event stands now."""
    return rows(
        db,
        """select decision.*, staff.name as decided_by_name, adverse_event_version.serious, no_adverse_event.reason,
            (select max(version) from adverse_event_version where event_id = decision.event_id) as newest
        from investigator_decision as decision join staff on staff.id = decision.decided_by
        left join adverse_event_version on adverse_event_version.event_id = decision.event_id
            and adverse_event_version.version = decision.version
        left join no_adverse_event on no_adverse_event.id = decision.none_id
        where decision.alert_id = :alert_id order by decided_at desc, decision.rowid desc""",
        {"alert_id": alert_id},
    )
