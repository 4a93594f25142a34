"""Log-in of staff: argon2, sessions that can be ended on the server, and a limit on guessing."""

import secrets
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from prom.errors import Refusal, TooMany
from prom.keys import token_hash
from prom.rules.times import DAY, instant, stamp
from prom.store import audit, staff
from prom.store.connect import Database, Row, write

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
PER = timedelta(minutes=15)
TRIES = 8  # on one login from one address
TRIES_OF_ADDRESS = 40  # on all logins: a whole clinic may stand behind one address
TRIES_OF_LOGIN = 100  # from all addresses; far above TRIES, so that a stranger's guesses keep nobody out
# OWASP's minimum for argon2id: 19 MiB, 2 passes.
hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
Counters = tuple[dict[str, int], dict[str, int]]  # {key: most tries}: one's own, and those that others share
_NOBODY = hasher.hash(secrets.token_hex(16))


def plain_login(text: str) -> str:
    """A login as it is kept: phones begin a field with a capital and end it with a space."""
    return text.strip().lower()


def sign_in(db: Database, login: str, password: str, now: datetime, address: str) -> tuple[str, Row]:
    """Start a session: its token, and the member of staff. address: where the try comes from, "" where unknown.

    Raises Refusal for a wrong pair (it does not say which half), TooMany after too many tries in 15 minutes.
    """
    login = plain_login(login)
    person = staff.by_login(db, login)
    counted = _counters("login", login, address)
    if not _try(db, counted, person, password, now) or person is None:
        if person:
            with write(db):
                audit.record(db, stamp(now), person["id"], "sign_in_refused", "staff")
        raise Refusal("wrong_login")
    token = secrets.token_urlsafe(32)
    with write(db):
        if not stands(db, person):
            raise Refusal("wrong_login")
        _forgive(db, counted)
        staff.start_session(db, token_hash(token), person["id"], stamp(now))
        audit.record(db, stamp(now), person["id"], "signed_in", person["id"])
    return token, person


def prove(db: Database, staff_id: str, password: str, now: datetime, address: str) -> Row:
    """The member of staff who is signed in and gives the password once more, as for a signature; call it outside any
    write. Guesses here count apart from those at the log-in: who mistypes a signature can still log in and take an
    alert, and without a session nobody guesses here. Raises Refusal for a wrong one, TooMany as `sign_in` does."""
    found = staff.by_id(db, staff_id)
    person = found if found and found["active"] else None
    counted = _counters("sign", person["login"] if person else "", address)
    if not _try(db, counted, person, password, now) or person is None:
        with write(db):
            audit.record(db, stamp(now), staff_id, "signing_refused", "staff")
        raise Refusal("wrong_password")
    with write(db):
        _forgive(db, counted)
    return person


def stands(db: Database, person: Row) -> bool:
    """Whether somebody still works here, by the password that was looked at."""
    now = staff.by_id(db, person["id"])
    return now is not None and bool(now["active"]) and now["password_hash"] == person["password_hash"]


def _try(db: Database, counted: Counters, person: Row | None, password: str, now: datetime) -> bool:
    """Whether a password fits; for nobody it does not, as slowly. A try is counted before the password is looked at, so
    that tries side by side do not pass the limit together. Raises TooMany."""
    own, shared = counted
    with write(db):  # what is refused here is not counted: the limits of others do not fill with it
        for key, most in (own | shared).items():
            if staff.count(db, key, stamp(now - PER), stamp(now)) > most:
                raise TooMany("too_many_tries", minutes=int(PER.total_seconds() // 60))
    return _fits(person["password_hash"] if person else _NOBODY, password)


def _forgive(db: Database, counted: Counters) -> None:
    """A try that was right counts no more, nor do those of the same login and address before it."""
    own, shared = counted
    for key in own:
        staff.reset_count(db, key)
    for key in shared:
        staff.take_back_count(db, key)


def forget_tries(db: Database, now: datetime) -> None:
    """Drop the counters that limit nothing any more, and the sessions that are long over."""
    with write(db):
        staff.forget_sessions(db, stamp(now - DAY))
        staff.forget_counts(db, stamp(now - DAY))


def _counters(where: str, login: str, address: str) -> Counters:
    """Those of this login from this address, and of what others share with it: the address, the login. where: where
    the password is given, "login" or "sign"."""
    place = household(address)

    def key(*of: str) -> str:
        return f"{where}:{token_hash(chr(0).join(of))[:16]}"

    shared = {key("address", place): TRIES_OF_ADDRESS, key("login", login): TRIES_OF_LOGIN}
    return {key("both", login, place): TRIES}, shared


def household(address: str) -> str:
    """The address, or its /64 where it is IPv6: one household has as many of those as it likes."""
    try:
        whole = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((whole, 64), strict=False)) if whole.version == 6 else address


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
