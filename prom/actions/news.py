"""News in a report: the reasons for an alert that no alert of it tells yet."""

from collections.abc import Callable

from prom.rules import alert_life
from prom.rules.alerts import Reason, told
from prom.rules.saving import joined
from prom.store import alerts, reports
from prom.store.connect import Database, Row

Judged = Callable[[dict], tuple[Reason, ...]]


def news(
    db: Database, visit_id: str, answers: dict, judged: Judged, *, with_late: bool, anew: bool = False
) -> tuple[Reason, ...]:
    """The reasons in a visit's answers that are news. An open alert tells its reasons; a closed one tells a reason only
    while it has held at every save since: a warning sign taken back and ticked anew is news.

    judged: the rules, from answers to reasons. with_late: screens saved after closing count too. anew: the answers were
    just given; only an alert that nobody has taken yet tells them then."""
    if anew and _is_taken(db, visit_id):
        return judged(answers)
    saved = [screen for screen in reports.screens(db, visit_id) if with_late or not screen["late"]]
    known: set[tuple] = set()
    for row in alerts.reasons_of_visit(db, visit_id):
        tells = told(row["rule"], row["item"], row["class"], row["details"])
        if not row["closed_at"]:
            known |= tells
        elif not anew:
            known |= tells & _held(judged, saved, row["closed_at"])
    return tuple(reason for reason in judged(answers) if _of(reason) - known)


def _is_taken(db: Database, visit_id: str) -> bool:
    """Whether somebody has the open alert of a visit."""
    standing = alerts.open_of_visit(db, visit_id)
    return standing is not None and alert_life.acknowledged_at(alerts.events(db, standing["id"])) is not None


def _held(judged: Judged, saved: list[Row], since: str) -> set[tuple]:
    """What the answers told at an instant and at every save since."""
    before = [screen for screen in saved if screen["saved_at"] <= since]
    standing: dict = {}
    for screen in before:
        standing = joined(standing, screen["answers"])
    held = _all_told(judged(standing))
    for screen in saved[len(before) :]:
        standing = joined(standing, screen["answers"])
        held &= _all_told(judged(standing))
    return held


def _all_told(found: tuple[Reason, ...]) -> set[tuple]:
    return {each for reason in found for each in _of(reason)}


def _of(reason: Reason) -> set[tuple]:
    return told(reason.rule, reason.item, reason.alert_class, reason.values)
