"""Rehearses alert rules on the reports that came in so far. Nothing is changed but the audit: people's answers were
looked at."""

from collections.abc import Iterator
from datetime import datetime

from prom.actions.means import Means
from prom.rules.rehearsal import Judged, judged, sides
from prom.rules.rehearsal_count import Count
from prom.rules.rule_change import differing
from prom.rules.study import Rule
from prom.rules.times import stamp
from prom.store import audit, rehearsal, rows
from prom.store.connect import Database, write


def rehearse(
    db: Database, means: Means, rules: tuple[Rule, ...], now: datetime, *, staff_id: str, sites: tuple[str, ...]
) -> Count:
    """Judge the past reports at these sites by the rules in force and by these, and put on the record who did. rules:
    without faults (`rule_change.faults`)."""
    count = Count()
    for one in reports(db, means, rules, sites):
        count.add(one)
    changed = differing(means.study(db).rules, rules)
    with write(db):
        audit.record(db, stamp(now), staff_id, "rehearsed", "alert_rules", rules=changed, reports=count.reports)
    return count


def reports(db: Database, means: Means, rules: tuple[Rule, ...], sites: tuple[str, ...]) -> Iterator[Judged]:
    """Every past report of the study in force at these sites, under its rules and under these, participant by
    participant; also forms never sent that call for a nurse. Try-out people are left out."""
    study = means.study(db)
    versions = {name: means.study(db, name) for name in {*rows.versions_used(db), means.version}}
    of_version = {name: sides(version, study.rules, rules) for name, version in versions.items()}
    steps = {version.screen_of[version.instrument.red].key for version in versions.values()}
    for past in rehearsal.everybody(db, study.study.key, sites, sorted(steps)):
        yield from judged(past, of_version, means.version)
