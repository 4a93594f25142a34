"""Contact data, apart from answers: sealed, found through a keyed hash of the number; and opt-outs.

Callers hand over sealed text; this room knows no key.
"""

from typing import Any

from prom.store.connect import Database, Row, add, fresh_id, one, row, rows, run


def add_contact(db: Database, participant_id: str, **sealed: Any) -> None:
    """Insert a participant's contact row. sealed: the columns of `contact`."""
    add(db, "contact", participant_id=participant_id, **sealed)


def of_participant(db: Database, participant_id: str) -> Row:
    """The sealed contact row; all None after erasure."""
    found = row(db, "select * from contact where participant_id = :id", {"id": participant_id})
    return found or dict.fromkeys(
        (
            "name_sealed",
            "mobile_sealed",
            "number_hash",
            "verified_at",
            "wrong_since",
            "number_since",
            "failed_since",
            "birth_year_sealed",
            "second_contact_sealed",
            "record_number_sealed",
            "call_name_sealed",
        )
    )


def sharing(db: Database, hashes: tuple[str, ...]) -> list[str]:
    """The participants that share a number, given as its hashes."""
    statement = "select participant_id from contact where number_hash = :hash"
    found = [contact for each in hashes for contact in rows(db, statement, {"hash": each})]
    return sorted({contact["participant_id"] for contact in found})


def opted_out(db: Database, hashes: tuple[str, ...]) -> bool:
    """Whether a number (its hashes under all keys) is opted out of texts."""
    return any(
        row(db, "select 1 as yes from opt_out where number_hash = :hash and ended_at is null", {"hash": each})
        for each in hashes
    )


def opted_out_how(db: Database, hashes: tuple[str, ...]) -> str:
    """How a number was opted out: text | provider | staff | page; "" where it is not."""
    statement = "select how from opt_out where number_hash = :hash and ended_at is null"
    return next((found["how"] for each in hashes if (found := row(db, statement, {"hash": each}))), "")


def opted_out_people(db: Database) -> set[str]:
    """The ids of all participants whose number is opted out."""
    found = rows(
        db,
        """select participant_id from contact join opt_out on opt_out.number_hash = contact.number_hash
        where ended_at is null""",
    )
    return {each["participant_id"] for each in found}


def count_opted_out(db: Database) -> dict[str, int]:
    """{participants, staff: how many of their numbers are opted out, each counted once}."""
    return one(
        db,
        """with out as (select number_hash from opt_out where ended_at is null)
        select (select count(distinct number_hash) from contact where number_hash in out) as participants,
               (select count(distinct number_hash) from staff where active = 1 and number_hash in out) as staff""",
    )


def keep_under_newest(db: Database, hashes: tuple[str, ...]) -> None:
    """Keep a number, and whether it is opted out, under the first of its hashes wherever it stands under another: so
    those that belong together stand under the same one. hashes: the number's, newest key first."""
    newest = hashes[0]
    for older in hashes[1:]:
        both = {"newest": newest, "older": older}
        run(db, "update contact set number_hash = :newest where number_hash = :older", both)
        run(db, "update staff set number_hash = :newest where number_hash = :older", both)
        run(
            db,
            """update opt_out set number_hash = :newest where number_hash = :older and ended_at is null
            and not exists (select 1 from opt_out where number_hash = :newest and ended_at is null)""",
            both,
        )


def with_number(db: Database) -> list[Row]:
    """Every participant's number. Rows: participant_id, mobile_sealed, number_hash."""
    statement = "select participant_id, mobile_sealed, number_hash from contact where mobile_sealed is not null"
    return rows(db, statement)


def opt_out(db: Database, number_hash: str, how: str, now: str, *, at_provider: bool = False) -> None:
    """The number gets no more texts; a fact that outlives its participants. at_provider: the provider blocks it too."""
    run(
        db,
        """insert into opt_out (id, number_hash, how, at, at_provider) values (:id, :hash, :how, :now, :at_provider)
        on conflict (number_hash) where ended_at is null
        do update set at_provider = max(opt_out.at_provider, :at_provider)""",
        {"id": fresh_id(), "hash": number_hash, "how": how, "now": now, "at_provider": int(at_provider)},
    )


def opt_in(db: Database, hashes: tuple[str, ...], how: str, now: str, staff_id: str | None = None) -> None:
    """The number may get texts again. staff_id: who recorded it."""
    for each in hashes:
        run(
            db,
            """update opt_out set ended_at = :now, ended_how = :how, ended_by = :staff_id
            where number_hash = :hash and ended_at is null""",
            {"hash": each, "how": how, "now": now, "staff_id": staff_id},
        )


def opt_outs(db: Database, hashes: tuple[str, ...]) -> list[Row]:
    """Every opt-out of a number, ended ones too, the oldest first, with ended_by_name."""
    statement = """select opt_out.*, staff.name as ended_by_name from opt_out left join staff on staff.id = ended_by
        where opt_out.number_hash = :hash"""
    found = [each for one_hash in hashes for each in rows(db, statement, {"hash": one_hash})]
    return sorted(found, key=lambda each: each["at"])


def note_failed(db: Database, hashes: tuple[str, ...], now: str) -> None:
    """Texts to a number fail for good, for whoever has it."""
    for each in hashes:
        run(
            db,
            "update contact set failed_since = coalesce(failed_since, :now) where number_hash = :hash",
            {"hash": each, "now": now},
        )


def change(db: Database, participant_id: str, **sealed: Any) -> None:
    """Write columns of a contact row."""
    marks = ", ".join(f"{name} = :{name}" for name in sealed)
    run(db, f"update contact set {marks} where participant_id = :id", sealed | {"id": participant_id})
