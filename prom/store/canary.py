"""The canaries: try-out people whose code says the day they began on. What became of one is read from ordinary rows."""

from prom.store.connect import Database, Row, row

PREFIX = "TEST-CANARY-"
_DAY = "[0-9]" * 8
IS_CANARY = f"participant.code glob '{PREFIX}{_DAY}'"


def newest(db: Database) -> Row | None:
    """The canary that began last, with what became of it, an instant each or None: begun_at, planned, accepted,
    delivered, answered, raised, told. Also id, code, visit_id, procedure_id, procedure_status, procedure_kind."""
    return row(
        db,
        f"""with canary as (select * from participant where {IS_CANARY} order by code desc limit 1)
        select canary.id, canary.code, canary.enrolled_at as begun_at,
               visit.id as visit_id, visit.submitted_at as answered, procedure.id as procedure_id,
               procedure.status as procedure_status, procedure.kind as procedure_kind,
               (select min(queued_at) from message where visit_id = visit.id and kind = 'invitation') as planned,
               (select min(sent_at) from message where visit_id = visit.id) as accepted,
               (select min(delivered_at) from message where visit_id = visit.id) as delivered,
               (select min(raised_at) from alert where alert.visit_id = visit.id and exists
                   (select 1 from alert_reason where alert_id = alert.id and rule = 'canary')) as raised,
               (select min(sent_at) from message join alert on alert.id = message.alert_id
                where alert.visit_id = visit.id and message.lane = 'staff'
                  and message.status in ('sent', 'delivered')) as told
        from canary left join procedure on procedure.participant_id = canary.id
        left join visit on visit.procedure_id = procedure.id
        order by visit.due_on is null, visit.due_on, visit.rowid limit 1""",
    )
