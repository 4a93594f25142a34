"""Log-in of staff: argon2, sessions that can be ended on the server, and a limit on guessing."""

import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from prom.errors import Refusal, TooMany
from prom.keys import token_hash
from prom.rules.times import instant, stamp
from prom.store import audit, staff
from prom.store.connect import Database, Row, write

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
TRIES, PER = 8, timedelta(minutes=15)
# OWASP's minimum for argon2id: 19 MiB, 2 passes.
hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODY = hasher.hash(secrets.token_hex(16))


def plain_login(text: str) -> str:
    """A login as it is kept: phones begin a field with a capital and end it with a space."""
    return text.strip().lower()


def sign_in(db: Database, login: str, password: str, now: datetime) -> tuple[str, Row]:
    """Start a session: its token, and the member of staff. Raises Refusal for a wrong pair (it does not say which
    half), TooMany after 8 tries in 15 minutes on one login."""
    login = plain_login(login)
    key = f"login:{token_hash(login)[:16]}"
    if staff.counted(db, key, stamp(now - PER)) >= TRIES:
        raise TooMany("too_many_tries", minutes=int(PER.total_seconds() // 60))
    person = staff.by_login(db, login)
    if not _fits(person["password_hash"] if person else _NOBODY, password) or person is None:
        with write(db):
            staff.count(db, key, stamp(now - PER), stamp(now))
            audit.record(db, stamp(now), person["id"] if person else "unknown", "sign_in_refused", "staff")
        raise Refusal("wrong_login")
    token = secrets.token_urlsafe(32)
    with write(db):
        staff.reset_count(db, key)
        staff.start_session(db, token_hash(token), person["id"], stamp(now))
        audit.record(db, stamp(now), person["id"], "signed_in", person["id"])
    return token, person


def of_session(db: Database, token: str, now: datetime, *, by_hand: bool = True) -> Row | None:
    """The member of staff of a session; None when it is unknown, ended, idle for 30 minutes or 12 hours old.

    by_hand: whether a person asked; a page that reloads itself does not keep a session alive."""
    found = staff.session(db, token_hash(token))
    if found is None:
        return None
    if now - instant(found["last_used_at"]) > IDLE or now - instant(found["started_at"]) > LONGEST:
        return None
    if by_hand and now - instant(found["last_used_at"]) > timedelta(minutes=1):
        with write(db):
            staff.touch_session(db, token_hash(token), stamp(now))
    return staff.by_id(db, found["staff_id"])


def sign_out(db: Database, token: str, now: datetime) -> None:
    """End a session on the server."""
    with write(db):
        staff.end_session(db, token_hash(token), stamp(now))


def _fits(password_hash: str, password: str) -> bool:
    try:
        return hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
