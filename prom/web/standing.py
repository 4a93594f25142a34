"""What every staff page says at its top: the pages, what is made up or unapproved, and what ails the system."""

from typing import Any

from flask import g

from prom.actions import digest, watch
from prom.rules.ailing import Ailment, Facts, ailing, late_jobs
from prom.rules.languages import english_name
from prom.rules.study import CHANGED, why_unapproved
from prom.store import studies
from prom.web.pages import PAGES

_TOLD = {"nurse", "investigator", "coordinator", "admin"}
_OPENS = {"nurse", "investigator"}  # alerts
_OF_ALERTS = {
    "nobody_took_it": "Nobody took an alert in time.",
    "nobody_acted": "An alert that somebody has waits for a call, or to be closed, for too long.",
}
_WORDS = {
    "alarm_not_texted": "An alarm to the operator cannot be texted. Phone the operator now.",
    "on_call_opted_out": "Somebody on call has opted out of texts and is told of no alert. See the on-call list.",
    "other_address": "No text leaves, not even to nurses: this database last sent for another address. Tell the "
    "operator now.",
    "decision_overdue": "An investigator's decision on a possible serious adverse event is overdue. "
    "See Adverse events.",
    "nobody_on_call": "Nobody on call can be told of an alert. Change the rota now.",
    "gap_ahead": "Within the next 24 hours there is a gap in the rota. Put somebody in.",
    "rehearsal_unanswered": "Nobody answered the test of the night phone in time. See the rota.",
}
_OF_A_LANE = {
    ("provider", "staff"): "Texts to nurses do not leave. Keep the list of alerts open, and tell the operator now.",
    ("provider", "participant"): "Texts to participants do not leave. Tell the operator.",
    ("provider", "held"): "Texts to participants wait: the provider's settings are wrong. They go once the operator "
    "has mended them.",
    ("waits", "staff"): "A text to a nurse waits and does not go. Keep the list of alerts open, and tell the operator "
    "now.",
    ("waits", "participant"): "Texts to participants have waited for more than an hour. Tell the operator.",
    ("failing", "staff"): "Many texts to nurses fail. Keep the list of alerts open, and tell the operator now.",
    ("failing", "participant"): "Many texts to participants fail. Tell the operator.",
}


def of_staff_pages() -> dict[str, Any]:
    """The variables of the base template; {} for a stranger."""
    if not g.get("staff"):
        return {}
    facts, roles = watch.facts(g.db, g.now), set(g.staff["roles"])
    opens = bool(_OPENS & roles)
    return {
        "pages": PAGES,
        "synthetic": studies.kind(g.db) == "synthetic",
        "unapproved": [_part(part, why) for part, why in why_unapproved(g.study).items()],
        "late_jobs": late_jobs(facts),
        "overdue_alerts": digest.overdue_alerts(g.db, g.means, g.sites, g.now) if opens else 0,
        "ailing": told(facts, opens=opens) if _TOLD & roles else [],
    }


def _part(part: str, why: str) -> str:
    name = "alert rules" if part == "rules" else f"{english_name(part)} texts"
    return f"{name} (changed since they were approved)" if why.startswith(CHANGED) else name


def told(facts: Facts, *, opens: bool) -> list[tuple[str, str]]:
    """(a sentence, what leads to the alerts or "") for each thing that ails, late jobs left out, the oldest fault
    first; the same words once. opens: whether who reads it can open an alert."""
    return list(dict.fromkeys(_told(each, opens) for each in ailing(facts) if each.what != "late"))


def _told(ailment: Ailment, opens: bool) -> tuple[str, str]:
    return _words(ailment, opens), "Open it now." if opens and ailment.what in _OF_ALERTS else ""


def _words(ailment: Ailment, opens: bool) -> str:
    if ailment.what in _OF_ALERTS:
        return _OF_ALERTS[ailment.what] if opens else f"{_OF_ALERTS[ailment.what]} Phone the nurse on call now."
    if ailment.what.startswith("canary_"):
        return "The weekly try-out of texting is late: see Texting on the participants' page, and tell the operator."
    of_a_lane = _OF_A_LANE.get((ailment.what, ailment.about))
    return of_a_lane or _WORDS.get(ailment.what, f"The system needs the operator ({ailment.what}).")
