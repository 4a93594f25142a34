"""What the contact funnel is counted from: the visits due in a period, and their texts with a link."""

from prom.store.connect import Database, Row, rows

_DUE = "visit.due_on >= :since and visit.due_on <= :until"
_REACH = """
    select participant_id, 'left' as what, at, kind <> 'undone' as value, rowid as seq from status_event
    where kind not in ('stopped_texts', 'resumed_texts')
    union all select participant_id, 'texts_stopped', at, kind = 'stopped_texts', rowid from status_event
    where kind in ('stopped_texts', 'resumed_texts')
    union all select participant_id, case kind when 'study' then 'study_consent' else 'texts_consent' end, recorded_at,
        given, rowid from consent
    union all select participant_id, 'wrong_since', wrong_since, 1, 0 from contact where wrong_since is not null
    union all select participant_id, 'failed_since', failed_since, 1, 0 from contact where failed_since is not null
    union all select participant_id, 'opted_out', at, 1, 0
    from contact join opt_out on opt_out.number_hash = contact.number_hash
    union all select participant_id, 'opted_out', ended_at, 0, 1
    from contact join opt_out on opt_out.number_hash = contact.number_hash where ended_at is not null"""
_FACTS = """
    visit.id, visit.participant_id, visit.timepoint, visit.occasion, visit.due_on, visit.created_at, visit.opens_at,
    visit.closes_at, visit.finish_by, visit.opened_at, visit.started_at, visit.submitted_at, visit.cancelled_at,
    visit.cancel_reason"""


def visits_due(db: Database, since: str, until: str) -> list[Row]:
    """The visits whose due_on lies in a period, both days included, the longest due first: what their status and fate
    are derived from, and timepoint, occasion, procedure_kind."""
    return rows(
        db,
        f"""select {_FACTS}, procedure.kind as procedure_kind from visit join procedure on procedure.id = procedure_id
        where {_DUE} order by visit.due_on, visit.rowid""",
        {"since": since, "until": until},
    )


def reach(db: Database, participant_id: str | None = None) -> dict[str, list[Row]]:
    """{participant id: what was recorded of whether texts reach them, in the order of time}, of one or of all: what,
    at, value. Opt-outs are those of the number that they have now."""
    found = rows(
        db,
        f"select * from ({_REACH}) where :id is null or participant_id = :id order by at, seq",
        {"id": participant_id},
    )
    changes: dict[str, list[Row]] = {}
    for each in found:
        changes.setdefault(each["participant_id"], []).append(each)
    return changes


def texts_due(db: Database, since: str, until: str) -> dict[str, list[Row]]:
    """{visit id: its texts to the participant, first queued first} of those visits: status, reason, sent_at,
    delivered_at."""
    # Coalesced, the lane leads to no index: a search by lane would go through nearly every message there is.
    found = rows(
        db,
        f"""select message.visit_id, message.status, message.reason, message.sent_at, message.delivered_at
        from message join visit on visit.id = message.visit_id
        where {_DUE} and coalesce(message.lane, '') = 'participant' order by message.queued_at, message.rowid""",
        {"since": since, "until": until},
    )
    texts: dict[str, list[Row]] = {}
    for text in found:
        texts.setdefault(text["visit_id"], []).append(text)
    return texts
