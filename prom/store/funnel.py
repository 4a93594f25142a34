"""What the contact funnel is counted from: the visits due in a period, and their texts with a link."""

from prom.store.connect import Database, Row, rows

_DUE = "visit.due_on >= :since and visit.due_on <= :until"


def visits_due(db: Database, since: str, until: str) -> list[Row]:
    """The visits whose due_on lies in a period, both days included, with procedure_kind; the longest due first."""
    return rows(
        db,
        f"""select visit.*, procedure.kind as procedure_kind from visit join procedure on procedure.id = procedure_id
        where {_DUE} order by visit.due_on, visit.rowid""",
        {"since": since, "until": until},
    )


def texts_due(db: Database, since: str, until: str) -> dict[str, list[Row]]:
    """{visit id: its texts to the participant, first queued first} of those visits: status, reason, sent_at,
    delivered_at."""
    found = rows(
        db,
        f"""select message.visit_id, message.status, message.reason, message.sent_at, message.delivered_at
        from message join visit on visit.id = message.visit_id
        where {_DUE} and message.lane = 'participant' order by message.queued_at, message.rowid""",
        {"since": since, "until": until},
    )
    texts: dict[str, list[Row]] = {}
    for text in found:
        texts.setdefault(text["visit_id"], []).append(text)
    return texts
