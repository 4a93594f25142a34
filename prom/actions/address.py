"""The address that links in our texts lead to. A database that sent for another one is perhaps a copy, and the system
that it was copied from still texts the same people: nothing leaves until a person confirms."""

import logging
from datetime import datetime

from prom.rules.times import stamp
from prom.store import health, messages, studies
from prom.store.connect import Database, write

_FAULT = ("other_address", "all")  # step and subject
_log = logging.getLogger("prom.start")


def look(db: Database, base_url: str, now: datetime) -> None:
    """At the start of what really sends: hold everything where this database last sent for another address."""
    with write(db):
        if elsewhere(db, base_url):
            health.note_fault(db, *_FAULT, "other address", stamp(now))
        else:
            _keep(db, base_url, now)


def tell(db: Database, base_url: str) -> None:
    """Where everything is held, say so in the log of what would send."""
    if held(db):
        _log.error("sending is held: %s", why_not(db, base_url))


def why_not(db: Database, base_url: str) -> str:
    """Why nothing may leave with this address in its links, or nothing leaves at all; "" where all may."""
    if elsewhere(db, base_url):
        return (
            f"this database last sent for {studies.sending_address(db)}, and PROM_BASE_URL is {base_url}; if nothing "
            "sends for the former any more, let texts go with: flask confirm-address"
        )
    if held(db):
        return "it was last started with another PROM_BASE_URL than this: start it again"
    return ""


def elsewhere(db: Database, base_url: str) -> bool:
    """Whether this database last sent for another address."""
    return studies.sending_address(db) not in (None, base_url) and messages.any_claimed(db)


def held(db: Database) -> bool:
    """Whether everything is held until a person confirms the address."""
    return health.standing_fault(db, *_FAULT) is not None


def confirm(db: Database, base_url: str, now: datetime) -> bool:
    """Let texts go for this address; False when nothing was held, nor would be at the next start."""
    with write(db):
        was = held(db) or elsewhere(db, base_url)
        _keep(db, base_url, now)
        return was


def _keep(db: Database, base_url: str, now: datetime) -> None:
    studies.keep_sending_address(db, base_url)
    health.end_fault(db, *_FAULT, stamp(now))
