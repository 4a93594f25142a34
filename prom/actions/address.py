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
    """At the start of a system that really sends: hold everything where this database last sent for another address."""
    with write(db):
        before = studies.sending_address(db)
        if before in (None, base_url) or not messages.any_claimed(db):
            _keep(db, base_url, now)
            return
        health.note_fault(db, *_FAULT, "other address", stamp(now))


def tell(db: Database, base_url: str) -> None:
    """Where everything is held, say so in the log of what would send."""
    if held(db):
        _log.error(
            "sending is held: this database last sent for %s, and PROM_BASE_URL is %s. If nothing sends for the former "
            "any more, let texts go with: flask confirm-address",
            studies.sending_address(db),
            base_url,
        )


def held(db: Database) -> bool:
    """Whether everything is held until a person confirms the address."""
    return health.standing_fault(db, *_FAULT) is not None


def confirm(db: Database, base_url: str, now: datetime) -> bool:
    """Let texts go for this address; False when nothing was held."""
    with write(db):
        was = held(db)
        _keep(db, base_url, now)
        return was


def _keep(db: Database, base_url: str, now: datetime) -> None:
    studies.keep_sending_address(db, base_url)
    health.end_fault(db, *_FAULT, stamp(now))
