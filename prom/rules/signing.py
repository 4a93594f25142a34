"""What a signature is bound to: the SHA-256 over a record's canonical JSON. Whoever reads a record reckons it anew; one
that was changed since has another. Source: 21 CFR 11.70."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Record:
    """One version of something that is signed. kind: the table it stands in. content: all that is signed of it, plain
    values by name; neither the signature nor what may change later without it."""

    kind: str
    id: str
    version: int
    content: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        """Over kind, id and version too: the signature of one record is none of another of the same content."""
        whole = {"kind": self.kind, "id": self.id, "version": self.version, "content": dict(self.content)}
        return hashlib.sha256(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def fits(signature: Mapping[str, Any], record: Record) -> bool:
    """Whether a signature (its row) is of this record as it stands."""
    of = (record.kind, record.id, record.version, record.sha256)
    return (signature["kind"], signature["record_id"], signature["version"], signature["sha256"]) == of
