"""What the actions need of this installation besides the database: keys, the way out for texts, the study."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from prom.keys import Keys
from prom.rules.sending import WAITS, Waits
from prom.rules.study import Study
from prom.sms.gateway import Gateway
from prom.store import studies
from prom.store.connect import Database


@dataclass(frozen=True)
class Means:
    """version: the SHA-256 of the study file in force. allow: who may be texted (() for all). operator: mobiles.
    live: whether texts go to anybody for real. chance: a number from 0 to 1, another each time.
    pace: segments a second to participants, 0 for as fast as they go. canary: the mobile of the weekly try-out, "" for
    none."""

    keys: Keys
    gateway: Gateway
    base_url: str
    version: str
    allow: tuple[str, ...] = ()
    operator: tuple[str, ...] = ()
    live: bool = False
    waits: Waits = WAITS
    pace: int = 0
    canary: str = ""
    chance: Callable[[], float] = random.random

    def study(self, db: Database, version: str | None = None) -> Study:
        """The study in force, or that of a version."""
        return studies.version(db, version or self.version)
