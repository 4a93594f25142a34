"""What the figures of the nurse loop are counted from: the alerts raised in a period with all that became of them, and
the reports sent in it. Try-out and canary people are left out here."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from prom.store.connect import Database, Row, rows
from prom.store.participants import DECIDED

_MANY = 1000
_RAISED = """
    select alert.*, visit.timepoint, visit.occasion, procedure.kind as procedure,
           (select min(sent_at) from message where message.alert_id = alert.id and kind = 'alert') as first_told_at
    from (select alert.*, alert.rowid as place, row_number() over (order by alert.rowid) as number from alert) as alert
    join participant on participant.id = alert.participant_id
    left join visit on visit.id = alert.visit_id left join procedure on procedure.id = visit.procedure_id
    where participant.is_test = 0 and alert.place > :after and alert.raised_at >= :since and alert.raised_at < :until
    order by alert.place limit :many"""
_SPAN = "alert.rowid > :after and alert.rowid <= :last and alert.raised_at >= :since and alert.raised_at < :until"
_REASONS = f"""
    select alert_reason.alert_id, rule, alert_reason.class, rules_version, study_version, at
    from alert join alert_reason on alert_id = alert.id where {_SPAN} order by seq"""
_EVENTS = f"""
    select alert_event.alert_id, kind, at, staff_id, to_staff_id, called, outcome, message_id
    from alert join alert_event on alert_id = alert.id where {_SPAN} order by seq"""


@dataclass
class Raised:
    """One alert: its row with number (its place among all alerts ever raised), procedure, timepoint, occasion and
    first_told_at (when the first text about it was sent to staff), None where there is none; its reasons and its
    events, oldest first."""

    alert: Row
    reasons: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)


def people(db: Database, sites: tuple[str, ...] | None) -> dict[str, Row]:
    """{participant id: id, code, site_id, assigned_arm, decided} of everybody of these sites (None: of all) who is no
    try-out."""
    found = rows(db, f"select id, code, site_id, assigned_arm, {DECIDED} as decided from participant where is_test = 0")
    return {person["id"]: person for person in found if sites is None or person["site_id"] in sites}


def raised(db: Database, since: str, until: str, many: int = _MANY) -> Iterator[Raised]:
    """The alerts raised from an instant until just before another, by number; read `many` at a time."""
    span = {"after": 0, "since": since, "until": until}
    while found := rows(db, _RAISED, span | {"many": many}):
        held = {alert["id"]: Raised(alert) for alert in found}
        last = {"last": found[-1]["place"]}
        for reason in rows(db, _REASONS, span | last):
            if reason["alert_id"] in held:
                held[reason["alert_id"]].reasons.append(reason)
        for event in rows(db, _EVENTS, span | last):
            if event["alert_id"] in held:
                held[event["alert_id"]].events.append(event)
        yield from held.values()
        span["after"] = last["last"]


def submitted(db: Database, since: str, until: str) -> list[Row]:
    """The reports sent from an instant until just before another, those imported from a file left out: no rule was run
    on them. Rows: participant_id, submitted_at."""
    return rows(
        db,
        """select visit.participant_id, visit.submitted_at
        from visit join participant on participant.id = visit.participant_id
        where participant.is_test = 0 and visit.submitted_at >= :since and visit.submitted_at < :until
          and not exists (select 1 from response where response.visit_id = visit.id and mode = 'imported')""",
        {"since": since, "until": until},
    )
