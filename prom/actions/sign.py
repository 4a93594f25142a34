"""One signature for all that is signed: who signs gives the password again and was shown what the signature means.

First `signer`, outside any write; then, in the write that makes or reads the record, `sign`. Source: 21 CFR 11.50
(name, time, meaning), 11.70 (bound to its record), 11.200 (the password at each signing)."""

from dataclasses import dataclass
from datetime import datetime

from prom.actions import sign_in
from prom.errors import Conflict
from prom.rules.signing import Record, fits
from prom.rules.times import stamp
from prom.store import audit, signatures, staff
from prom.store.connect import Database, Row, write


@dataclass(frozen=True)
class Signer:
    """A member of staff who has just given the password again; only `signer` makes one. proof: the hash it fitted."""

    staff_id: str
    name: str
    at: datetime
    proof: str


def signer(db: Database, staff_id: str, password: str, now: datetime, address: str) -> Signer:
    """Who signs, the password given again. address: as for `sign_in`. Raises Refusal for a wrong password, TooMany
    after too many tries at signing; those at the log-in count apart."""
    person = sign_in.prove(db, staff_id, password, now, address)
    return Signer(staff_id, person["name"], now, person["password_hash"])


def sign(db: Database, record: Record, meaning: str, by: Signer) -> str:
    """Sign a record as it stands; returns the signature's id. meaning: the words that the signer was shown. Raises
    Conflict for somebody who has left meanwhile, or whose password is another now."""
    with write(db):
        person = staff.by_id(db, by.staff_id)
        if person is None or not person["active"] or person["password_hash"] != by.proof:
            raise Conflict("signer_left")
        at = stamp(by.at)
        signature_id = signatures.add_signature(
            db, record.kind, record.id, record.version, record.sha256, at,
            meaning=meaning, by=by.staff_id, name=by.name,
        )  # fmt: skip
        audit.record(db, at, by.staff_id, "signed", record.id, kind=record.kind, version=record.version)
        return signature_id


def signed(db: Database, record: Record) -> list[Row]:
    """The signatures of a record, oldest first, each with `fits`: False where the record was changed since."""
    found = signatures.of_record(db, record.kind, record.id, record.version)
    return [row | {"fits": fits(row, record)} for row in found]
