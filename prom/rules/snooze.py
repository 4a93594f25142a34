"""Snoozing: one rule of one participant calls nobody until a day, or until somebody ends it. Never a red rule, nor one
that may be a serious adverse event: such a reason calls whatever is stored. Sources: up to a month, with an end and a
reason, never red (CLINICAL, alerts)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from prom.rules.alerts import Reason
from prom.rules.study import Study
from prom.rules.times import DAY, end_of, instant, local_day

LONGEST_REASON = 500
MOST_DAYS = 31


def may(study: Study, rule_key: str) -> bool:
    """Whether a rule of the study file may be snoozed: one on answers or on silence that is not red and starts no clock
    of a possible serious adverse event."""
    serious = {rule.key for rule in study.rules if rule.serious}
    urgency = {rule.key: rule.class_ for rule in study.silence} | {rule.key: rule.class_ for rule in study.rules}
    return urgency.get(rule_key, "red") != "red" and rule_key not in serious


def faults(study: Study, until_on: date | None, reason: str | None, now: datetime) -> list[str]:
    """What keeps a rule from being snoozed until a day, that day included, as message keys; [] when nothing does."""
    today, found = local_day(now, study.zone), []
    if until_on is None or not today <= until_on <= today + MOST_DAYS * DAY:
        found.append("snooze_until")
    if not (reason or "").strip():
        found.append("snooze_reason_required")
    elif len((reason or "").strip()) > LONGEST_REASON:
        found.append("snooze_reason_long")
    return found


def ends_at(study: Study, until_on: date) -> datetime:
    """The instant at which a snooze until a day ends by itself: the end of that day in the study's zone."""
    return end_of(until_on, study.zone)


def stands(snooze: Mapping[str, Any], now: datetime) -> bool:
    """Whether a snooze holds now. snooze: a row with from_at, until_at and ended_at, stored instants."""
    return not snooze["ended_at"] and instant(snooze["from_at"]) <= now < instant(snooze["until_at"])


def suppressed(found: Iterable[Reason], snoozed: Iterable[str]) -> tuple[Reason, ...]:
    """The reasons that call nobody because their rule is snoozed; a red one is never among them."""
    rules = set(snoozed)
    return tuple(reason for reason in found if reason.rule in rules and reason.alert_class != "red")
