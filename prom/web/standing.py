"""What every staff page says at its top: the pages, what is made up or unapproved, and what ails the system."""

from typing import Any

from flask import g

from prom.rules.languages import english_name
from prom.rules.study import unapproved
from prom.store import health as health_rows
from prom.store import studies
from prom.store.connect import Database, Row
from prom.web import health
from prom.web.pages import PAGES

_TOLD = {"nurse", "coordinator", "admin"}
_WORDS = {
    "nobody_took_it": "Nobody took an alert in time. Open it now.",
    "nobody_on_call": "Nobody on call can be told of an alert. Change the on-call list now.",
}
_NO_TEXTS = {
    "staff": "Texts to nurses do not leave. Keep the list of alerts open, and tell the operator now.",
    "participant": "Texts to participants do not leave. Tell the operator.",
    "held": "Texts to participants wait: the provider's settings are wrong. They go once the operator has mended them.",
}

def of_staff_pages() -> dict[str, Any]:
    """The variables of the base template; {} for a stranger."""
    if not g.get("staff"):
        return {}
    return {
        "pages": PAGES,
        "synthetic": studies.kind(g.db) == "synthetic",
        "unapproved": [_part(part) for part in unapproved(g.study)],
        "late_jobs": health.late_jobs(g.db, g.now),
        "ailing": faults(g.db) if _TOLD & set(g.staff["roles"]) else [],
    }


def _part(part: str) -> str:
    return "alert rules" if part == "rules" else f"{english_name(part)} texts"


def faults(db: Database) -> list[str]:
    """A sentence for each kind of fault that stands, the oldest first; the same words once."""
    return list(dict.fromkeys(_words(fault) for fault in health_rows.standing_faults(db)))


def _words(fault: Row) -> str:
    if fault["step"] == "provider":
        return _NO_TEXTS[fault["subject"]]
    return _WORDS.get(fault["step"], f"The system needs the operator ({fault['step']}).")
