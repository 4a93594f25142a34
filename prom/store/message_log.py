"""What the log of messages reads: a page of texts to participants and to staff, newest first."""

from dataclasses import dataclass
from typing import Any

from prom.store.connect import Database, Row, rows

_LOGGED = """
    select message.*, participant.code, staff.name as staff_name, procedure.kind as procedure_kind,
           visit.timepoint, visit.occasion, visit.opens_at, visit.closes_at, visit.finish_by, visit.started_at,
           visit.submitted_at, visit.cancelled_at
    from message left join alert on alert.id = message.alert_id
    left join participant on participant.id = coalesce(message.participant_id, alert.participant_id)
    left join staff on staff.id = message.staff_id
    left join visit on visit.id = coalesce(message.visit_id, alert.visit_id)
    left join procedure on procedure.id = visit.procedure_id"""


@dataclass(frozen=True)
class Asked:
    """Which texts. participant_id, status: "" for any. since, until: queued from the one instant on and before the
    other, "" for no bound. before: the id of the text after which the page begins, "" for the newest."""

    participant_id: str = ""
    status: str = ""
    since: str = ""
    until: str = ""
    before: str = ""


_BOUNDS = {
    "participant_id": """(message.participant_id = :participant_id
        or message.alert_id in (select id from alert where participant_id = :participant_id))""",
    "status": "message.status = :status",
    "since": "message.queued_at >= :since",
    "until": "message.queued_at < :until",
    "before": "(message.queued_at, message.id) < (select queued_at, id from message where id = :before)",
}


def page(db: Database, sites: tuple[str, ...], asked: Asked, many: int) -> list[Row]:
    """Up to `many` texts of these sites and to the operator: message with code (of the participant, or of whom the
    alert is about), staff_name, procedure_kind, and of the visit timepoint, occasion and what its status is derived
    from; each None where there is none."""
    bound = [condition for name, condition in _BOUNDS.items() if getattr(asked, name)]
    places = {f"site_{number}": site for number, site in enumerate(sites)}
    marks = ", ".join(f":{place}" for place in places)
    bound.append(f"coalesce(participant.site_id, staff.site_id, :nobodys) in (:nobodys, {marks})")
    values: dict[str, Any] = {name: getattr(asked, name) for name in _BOUNDS}
    return rows(
        db,
        f"{_LOGGED} where {' and '.join(bound)} order by message.queued_at desc, message.id desc limit :many",
        values | places | {"nobodys": "", "many": many},
    )
