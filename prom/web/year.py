"""The year of birth in the place of a screen: whether it is asked, and what of the address waits until it is given."""

from collections.abc import Mapping

from flask import g
from flask_babel import gettext

from prom.actions.links import Opened
from prom.rules.identity import tries_left
from prom.store import reports

_KEPT = ("at", "change", "held")  # where the form goes on


def is_asked(opened: Opened, query: Mapping[str, str]) -> bool:
    """Whether the year of birth is asked, not a screen of the form: once the first screen is saved. That one can be
    opened again, for a new warning sign, while the link is not locked. query: as for `survey_pages.show`."""
    red = opened.study.instrument.red
    if opened.identified or red not in reports.answers(g.db, opened.visit["id"]):
        return False
    return bool(opened.link["locked_at"]) or query.get("at") not in ("1", opened.study.screen_of[red].key)


def error(opened: Opened, query: Mapping[str, str]) -> str:
    """What to put right, by what the last try left in the address; "" for nothing."""
    again, wrong = query.get("again"), opened.link["wrong_years"]
    if again == "wrong" and wrong:
        left = tries_left(wrong)
        return gettext("This is not the year we have. Check it and try again. Tries left: %(left)s.", left=left)
    return gettext("Write the year with 4 digits, such as 1956.") if again == "digits" else ""


def kept(query: Mapping[str, str]) -> dict[str, str]:
    """The part of an address or a form that says where the form goes on."""
    return {name: query[name] for name in _KEPT if name in query}
