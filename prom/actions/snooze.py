"""Snooze one rule of one participant, end it, and keep what it kept from calling."""

from datetime import date, datetime

from prom.actions.means import Means
from prom.errors import Conflict, NotFound, Refusal
from prom.rules import snooze as rules
from prom.rules.alerts import Reason
from prom.rules.study import Study
from prom.rules.times import stamp
from prom.store import alerts, audit, snoozes
from prom.store.connect import Database, Row, write


def snooze(
    db: Database,
    means: Means,
    alert_id: str,
    rule: str,
    now: datetime,
    *,
    until_on: date | None,
    reason: str | None,
    staff_id: str,
    sites: tuple[str, ...],
) -> str:
    """Snooze a rule that an alert was raised by, for its participant, until a day, that day included; the snooze's id.
    The alert stays as it is. Raises NotFound where the alert has no such reason or its rule may not be snoozed, Refusal
    for a day or a reason that may not be, Conflict while the rule is snoozed already."""
    with write(db):
        found = alerts.by_id(db, alert_id, sites)
        study = means.study(db)
        if found is None or not _may(db, study, alert_id, rule):
            raise NotFound("snooze_not_here")
        faults = rules.faults(study, until_on, reason, now)
        if faults or until_on is None or reason is None:
            raise Refusal(faults[0])
        if rule in standing(db, study, found["participant_id"], now):
            raise Conflict("snoozed_already")
        made = snoozes.add_snooze(
            db,
            found["participant_id"],
            rule,
            alert_id=alert_id,
            from_at=stamp(now),
            until_on=until_on.isoformat(),
            until_at=stamp(rules.ends_at(study, until_on)),
            reason=reason.strip(),
            staff_id=staff_id,
        )
        alerts.add_event(db, alert_id, "snoozed", stamp(now), staff_id)
        audit.record(
            db, stamp(now), staff_id, "rule_snoozed", found["participant_id"], rule=rule, until=until_on.isoformat()
        )
        return made


def end(db: Database, snooze_id: str, now: datetime, *, staff_id: str, sites: tuple[str, ...]) -> Row:
    """End a snooze before its time; its row with its participant's code. Ended or over, it is left as it is. Raises
    NotFound."""
    with write(db):
        found = snoozes.by_id(db, snooze_id)
        if found is None or found["site_id"] not in sites:
            raise NotFound("snooze_not_found")
        if rules.stands(found, now):
            snoozes.end(db, snooze_id, stamp(now), staff_id)
            audit.record(db, stamp(now), staff_id, "snooze_ended", found["participant_id"], rule=found["rule"])
        return found


def standing(db: Database, study: Study, participant_id: str, now: datetime) -> dict[str, Row]:
    """The snoozes that hold now, by rule; ask inside the write of the judging. One of a rule that may not be snoozed,
    made before that was so, keeps nothing back."""
    found = snoozes.unended(db, participant_id, stamp(now))
    return {row["rule"]: row for row in found if rules.stands(row, now) and rules.may(study, row["rule"])}


def keep(
    db: Database,
    study: Study,
    visit_id: str,
    snoozed: dict[str, Row],
    found: tuple[Reason, ...],
    now: datetime,
    *,
    study_version: str,
) -> None:
    """Keep the reasons of a visit that called nobody because their rule is snoozed, each once; call it inside a write.
    snoozed: as `standing` gives it."""
    known = {_told(row["rule"], row["item"], row["details"]) for row in snoozes.reasons_of_visit(db, visit_id)}
    for reason in rules.suppressed(found, snoozed):
        if _told(reason.rule, reason.item, reason.values) not in known:
            snoozes.add_reason(
                db,
                snoozed[reason.rule]["id"],
                visit_id,
                reason.values,
                stamp(now),
                rule=reason.rule,
                **{"class": reason.alert_class},
                item=reason.item,
                rules_version=study.alerts.version,
                study_version=study_version,
            )


def _may(db: Database, study: Study, alert_id: str, rule: str) -> bool:
    """Whether an alert has a reason of that rule which is not red, and the rule may be snoozed by now."""
    mine = [row for row in alerts.reasons(db, alert_id) if row["rule"] == rule]
    return bool(mine) and all(row["class"] != "red" for row in mine) and rules.may(study, rule)


def _told(rule: str, item: str, values: dict) -> tuple:
    return rule, item, tuple(values.get("choices") or ())
