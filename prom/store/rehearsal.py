"""What a rehearsal of alert rules reads: every participant with the moments at which rules ran on their reports, a few
hundred at a time. Try-out and canary people (`is_test`) are left out here."""

import json
from collections.abc import Iterable, Iterator

from prom.rules.rehearsal import Moment, Past
from prom.rules.saving import joined
from prom.store.connect import Database, Row, rows

_MANY = 200
_SPAN = "participant.is_test = 0 and participant.code > :after and participant.code <= :last"
# From the people to their visits to what hangs on these, in this order: each table is asked by its index, whatever the
# planner thinks of a table that it has no figures of.
_OF_VISIT = f"""
    from participant cross join visit cross join {{0}}
    where {_SPAN} and visit.participant_id = participant.id and {{0}}.visit_id = visit.id"""
_PROCEDURES = f"""
    select procedure.* from procedure join participant on participant.id = procedure.participant_id where {_SPAN}
    order by coalesce(performed_on, planned_on, '9999-12-31'), coalesce(performed_time, ''), procedure.created_at,
             procedure.id"""
_EVENTS = f"""
    select procedure_event.*, procedure.participant_id from procedure_event
    join procedure on procedure.id = procedure_event.procedure_id
    join participant on participant.id = procedure.participant_id where {_SPAN} order by procedure_event.seq"""
_VISITS = f"""
    select visit.id, visit.participant_id, visit.procedure_id, visit.timepoint, visit.occasion, visit.study_version,
           visit.submitted_at, procedure.kind as procedure_kind,
           (select max(filled_on) from response where response.visit_id = visit.id) as filled_on
    from visit join participant on participant.id = visit.participant_id
    join procedure on procedure.id = visit.procedure_id where {_SPAN}"""
_RESPONSES = f"""
    select response.visit_id, response.answers, response.submitted_at as at
    {_OF_VISIT.format("response")} order by response.submitted_at, response.version"""
_SCREENS = f"""
    select draft.visit_id, draft.answers, draft.saved_at as at
    {_OF_VISIT.format("draft")} and draft.step in ({{marks}}) order by draft.seq"""
_CHECKS = f"""
    select draft_check.visit_id, draft_check.seq, draft_check.at
    {_OF_VISIT.format("draft_check")} and visit.study_version is not null
      and (visit.submitted_at is null or draft_check.at <= visit.submitted_at)
    order by draft_check.seq"""
_DRAFTS = f"""
    select draft.visit_id, draft.answers, draft.seq {_OF_VISIT.format("draft")}
      and draft.late = 0 and exists (select 1 from draft_check where draft_check.visit_id = visit.id)
    order by draft.seq"""
_RAISED = f"""
    select alert.visit_id, alert.id, alert.class, alert.raised_at,
           (select outcome from alert_event where alert_id = alert.id and kind = 'closed'
            order by seq desc limit 1) as outcome,
           coalesce((select sum(case kind when 'contacted' then 1 else -1 end) from alert_event
                     where alert_id = alert.id and kind in ('contacted', 'contact_undone')
                       and coalesce(called, '') <> 'second_contact'), 0) > 0 as contacted
    from participant cross join alert
    where {_SPAN} and alert.participant_id = participant.id and alert.source = 'report' and alert.visit_id is not null
    order by alert.raised_at, alert.rowid"""


def everybody(
    db: Database, study_key: str, sites: tuple[str, ...], steps: Iterable[str], many: int = _MANY
) -> Iterator[Past]:
    """The participants of a study at these sites, by code, with what the rules were run on. steps: the screens that ask
    for warning signs. Read `many` at a time, each statement by itself: a long read would hold up writers where there is
    no WAL."""
    marked = {f"step_{number}": step for number, step in enumerate(steps)}
    after = ""
    while people := _after(db, after, many):
        span = {"after": after, "last": people[-1]["code"]}
        chosen = {each["id"] for each in people if each["site_id"] in sites and each["study_key"] == study_key}
        yield from (past for past in _with_all(db, people, span, marked) if past.person["id"] in chosen)
        after = span["last"]


def _after(db: Database, code: str, many: int) -> list[Row]:
    return rows(
        db,
        """select id, code, zone, imported, site_id, study_key from participant
        where is_test = 0 and code > :code order by code limit :many""",
        {"code": code, "many": many},
    )


def _with_all(db: Database, people: list[Row], span: dict[str, str], marked: dict[str, str]) -> list[Past]:
    found = {person["id"]: Past(person) for person in people}
    visits = {visit["id"]: visit for visit in rows(db, _VISITS, span)}
    for procedure in rows(db, _PROCEDURES, span):
        found[procedure["participant_id"]].procedures.append(procedure)
    for event in rows(db, _EVENTS, span):
        found[event["participant_id"]].events.append(event)
    for alert in rows(db, _RAISED, span):
        visit = visits[alert["visit_id"]]
        found[visit["participant_id"]].raised.setdefault(visit["id"], []).append(alert)
    moments = [*_warned(db, span, marked, visits), *_unsent(db, span, visits), *_sent(db, span, visits)]
    for moment in sorted(moments, key=lambda moment: moment.at):
        found[moment.visit["participant_id"]].moments.append(moment)
    return list(found.values())


def _warned(db: Database, span: dict[str, str], marked: dict[str, str], visits: dict[str, Row]) -> Iterator[Moment]:
    """The screens with warning signs, as each was saved; a late one was judged, too."""
    read: dict[str, dict] = {}
    statement = _SCREENS.format(marks=", ".join(f":{name}" for name in marked))
    for screen in rows(db, statement, span | marked):
        if screen["answers"] not in read:  # nearly all are the same: none of them
            read[screen["answers"]] = json.loads(screen["answers"])
        yield Moment(screen["at"], visits[screen["visit_id"]], read[screen["answers"]], "warned")


def _unsent(db: Database, span: dict[str, str], visits: dict[str, Row]) -> Iterator[Moment]:
    """Forms that lay unsent, as they stood when the rules ran on them."""
    drafts: dict[str, list[Row]] = {}
    for draft in rows(db, _DRAFTS, span):
        drafts.setdefault(draft["visit_id"], []).append(draft)
    for check in rows(db, _CHECKS, span):
        answers: dict = {}
        for draft in drafts.get(check["visit_id"], []):
            if draft["seq"] <= check["seq"]:
                answers = joined(answers, json.loads(draft["answers"]))
        yield Moment(check["at"], visits[check["visit_id"]], answers, "unsent")


def _sent(db: Database, span: dict[str, str], visits: dict[str, Row]) -> Iterator[Moment]:
    for response in rows(db, _RESPONSES, span):
        yield Moment(response["at"], visits[response["visit_id"]], json.loads(response["answers"]), "sent")
