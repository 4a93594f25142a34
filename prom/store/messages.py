"""Messages: a row before anything leaves the building; receipts, all kept; inbound texts, sealed.

A message holds the text's key, language and study version, never the body or the number; of the number that it last
went to the keyed hash.
"""

from typing import Any

from prom.store.connect import Database, Row, add, fresh_id, one, row, rows, run


def queue(db: Database, **values: Any) -> str | None:
    """Insert a queued message; its id, None when this message was queued before (same about, kind, step, recipient)."""
    values = {"id": fresh_id(), "status": "queued"} | values
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    made = row(
        db,
        f"insert into message ({names}) values ({marks}) on conflict do nothing returning id",
        values,
    )
    return made["id"] if made else None


def due(db: Database, lane: str, now: str, many: int) -> list[Row]:
    """Up to `many` queued messages of a lane that are due, the longest due first."""
    return rows(
        db,
        """select * from message where lane = :lane and status = 'queued' and due_at <= :now
        order by due_at, id limit :many""",
        {"lane": lane, "now": now, "many": many},
    )


def next_trial(db: Database, now: str) -> list[Row]:
    """The queued text to a participant that is due and was tried longest ago, those never tried first; [] for none."""
    return rows(
        db,
        """select * from message where lane = 'participant' and status = 'queued' and due_at <= :now
        order by coalesce(claimed_at, ''), due_at, id limit 1""",
        {"now": now},
    )


def last_claimed(db: Database, lane: str) -> str | None:
    """When a text of a lane was last claimed; None while none was."""
    return one(db, "select max(claimed_at) as at from message where lane = :lane", {"lane": lane})["at"]


def any_claimed(db: Database) -> bool:
    """Whether any text was ever on its way."""
    return bool(row(db, "select 1 as yes from message where claimed_at is not null limit 1"))


def due_at_once(db: Database, now: str, many: int) -> list[Row]:
    """Up to `many` due texts to participants that are no invitation or reminder: somebody waits for them."""
    return rows(
        db,
        """select * from message where lane = 'participant' and status = 'queued' and due_at <= :now
        and kind not in ('invitation', 'reminder', 'again') order by due_at, id limit :many""",
        {"now": now, "many": many},
    )


def segments_claimed(db: Database, lane: str, since: str) -> list[Row]:
    """The segments of a lane claimed after an instant, by the second, the earliest first. Rows: at, segments."""
    return rows(
        db,
        """select claimed_at as at, sum(segments) as segments from message
        where lane = :lane and claimed_at > :since group by claimed_at order by claimed_at""",
        {"lane": lane, "since": since},
    )


def claim(db: Database, message_id: str, now: str, **values: Any) -> None:
    """Mark a queued message as on its way, in the same write as the decision that let it go. values: what it goes as:
    language, segments, number_hash."""
    marks = ", ".join(f"{name} = :{name}" for name in values)
    run(
        db,
        f"""update message set status = 'sending', claimed_at = :now, attempts = attempts + 1, {marks}
        where id = :id and status = 'queued'""",
        values | {"id": message_id, "now": now},
    )


def settle(db: Database, message_id: str, status: str, **values: Any) -> None:
    """Set a message's status with what goes with it: reason, due_at, sent_at, delivered_at, provider_id."""
    values = {"status": status} | values
    marks = ", ".join(f"{name} = :{name}" for name in values)
    run(db, f"update message set {marks} where id = :id", values | {"id": message_id})


def by_id(db: Database, message_id: str) -> Row | None:
    """One message."""
    return row(db, "select * from message where id = :id", {"id": message_id})


def by_provider_id(db: Database, provider_id: str) -> Row | None:
    """The message of a provider's id."""
    return row(db, "select * from message where provider_id = :id", {"id": provider_id})


def stuck(db: Database, claimed_before: str) -> list[Row]:
    """Messages left at `sending` since before an instant: a crash or a lost outcome."""
    return rows(
        db,
        "select * from message where status = 'sending' and claimed_at <= :before order by claimed_at",
        {"before": claimed_before},
    )


def unknown(db: Database, claimed_before: str) -> list[Row]:
    """Messages of unknown outcome, claimed before an instant, oldest first."""
    return rows(
        db,
        "select * from message where status = 'unknown' and claimed_at <= :before order by claimed_at",
        {"before": claimed_before},
    )


def to_ask(db: Database, claimed_before: str, now: str, many: int) -> list[Row]:
    """Texts to participants of unknown outcome, claimed before an instant and due to be asked for."""
    return rows(
        db,
        """select * from message where lane = 'participant' and status = 'unknown'
        and claimed_at <= :before and due_at <= :now order by due_at limit :many""",
        {"before": claimed_before, "now": now, "many": many},
    )


def without_last_word(db: Database, *, sent_after: str, sent_before: str, asked_before: str, many: int) -> list[Row]:
    """Texts sent between two instants of which nothing more was heard, and not asked for since a third."""
    return rows(
        db,
        """select * from message where status = 'sent' and sent_at > :sent_after and sent_at <= :sent_before
        and provider_id is not null and coalesce(asked_at, '') <= :asked_before order by sent_at limit :many""",
        {"sent_after": sent_after, "sent_before": sent_before, "asked_before": asked_before, "many": many},
    )


def bring_forward(db: Database, ahead: str, now: str) -> None:
    """Make due now what was queued after an instant that is still to come."""
    run(
        db,
        "update message set queued_at = :now, due_at = :now where status = 'queued' and queued_at > :ahead",
        {"ahead": ahead, "now": now},
    )


def unrerouted(db: Database, claimed_before: str) -> list[Row]:
    """Texts to staff about an alert that failed, or were first tried before an instant and are not known to be
    accepted, and for which nobody else was looked for yet. A text that came due before it and was never tried counts
    while calls to staff are under way: they take its place (with none under way, it leaves at once)."""
    return rows(
        db,
        """select * from message where lane = 'staff' and alert_id is not null and rerouted_at is null
        and kind in ('alert', 'handed_over', 'chase') and (status in ('failed', 'undelivered', 'dropped')
             or status in ('sending', 'unknown', 'queued') and attempts > 0
                and (claimed_at <= :before or attempts > 1 and queued_at <= :before)
             or status = 'queued' and attempts = 0 and due_at <= :before
                and exists (select 1 from message where lane = 'staff' and status = 'sending'))
        order by queued_at""",
        {"before": claimed_before},
    )


def rerouted(db: Database, message_id: str, now: str) -> int:
    """Note that somebody else was looked for instead of a message's recipient; 0 when somebody was before."""
    return run(
        db,
        "update message set rerouted_at = :now where id = :id and rerouted_at is null",
        {"now": now, "id": message_id},
    )


def of_visit(db: Database, visit_id: str) -> list[Row]:
    """A visit's messages, first queued first."""
    return rows(db, "select * from message where visit_id = :id order by queued_at, rowid", {"id": visit_id})


def of_alert(db: Database, alert_id: str) -> list[Row]:
    """The texts to staff about an alert, with the name of who was told."""
    return rows(
        db,
        """select message.*, staff.name as staff_name from message left join staff on staff.id = message.staff_id
        where alert_id = :id order by message.queued_at, message.rowid""",
        {"id": alert_id},
    )


def about(db: Database, kind: str, subject: str) -> list[Row]:
    """The texts of a kind about one thing, oldest first."""
    return rows(
        db,
        "select * from message where about = :about and kind = :kind order by queued_at, rowid",
        {"about": subject, "kind": kind},
    )


def with_code(db: Database, staff_id: str) -> list[Row]:
    """The texts with a code, about alerts or as a test of the night phone, that went to a member of staff, newest
    first."""
    return rows(
        db,
        """select * from message where staff_id = :id and kind in ('alert', 'rehearsal') and claimed_at is not null
        order by queued_at desc, rowid desc""",
        {"id": staff_id},
    )


def kept_back(db: Database, alert_id: str, first_step: int) -> list[Row]:
    """The texts about an alert, from a step on, that did not go because somebody had it."""
    return rows(
        db,
        """select * from message where alert_id = :id and kind = 'alert' and step >= :step
        and status = 'dropped' and reason = 'acknowledged'""",
        {"id": alert_id, "step": first_step},
    )


def of_participant(db: Database, participant_id: str) -> list[Row]:
    """The texts to a participant, newest first."""
    return rows(
        db,
        "select * from message where participant_id = :id and lane = 'participant' order by queued_at desc, rowid desc",
        {"id": participant_id},
    )


def last_failed(db: Database, participant_id: str) -> Row | None:
    """The text to a participant that failed last; None where none did."""
    return row(
        db,
        """select * from message where participant_id = :id and lane = 'participant'
        and status in ('failed', 'undelivered') order by coalesce(claimed_at, queued_at) desc, rowid desc limit 1""",
        {"id": participant_id},
    )


def sent_between(db: Database, participant_id: str, since: str, until: str) -> int:
    """How many invitations and reminders went to a participant between two instants."""
    found = one(
        db,
        """select count(*) as n from message where participant_id = :id
        and kind in ('invitation', 'reminder', 'again', 'resend')
        and status in ('sending', 'sent', 'delivered', 'undelivered', 'unknown')
        and claimed_at > :since and claimed_at <= :until""",
        {"id": participant_id, "since": since, "until": until},
    )
    return found["n"]


def add_receipt(db: Database, message_id: str | None, provider_id: str, status: str, code: str, now: str) -> int:
    """Append a receipt; 0 for the very same one again, which changes nothing."""
    return run(
        db,
        """insert into receipt (message_id, provider_id, status, code, at)
        values (:message_id, :provider_id, :status, :code, :now) on conflict do nothing""",
        {"message_id": message_id, "provider_id": provider_id, "status": status, "code": code, "now": now},
    )


def failed_tries(db: Database, message_id: str) -> set[str]:
    """The provider's ids under which a message went out and did not arrive."""
    found = rows(
        db,
        """select distinct provider_id from receipt where message_id = :id
        and status in ('failed', 'undelivered', 'canceled')""",
        {"id": message_id},
    )
    return {each["provider_id"] for each in found}


def failed_since(db: Database, lane: str, since: str) -> dict[str, int]:
    """How many texts of a lane claimed since an instant did not arrive, by the provider's code."""
    found = rows(
        db,
        """select reason, count(*) as n from message where lane = :lane and claimed_at > :since
        and status in ('failed', 'undelivered') and reason is not null group by reason""",
        {"lane": lane, "since": since},
    )
    return {each["reason"]: each["n"] for each in found}


def receipts(db: Database, message_id: str | None) -> list[Row]:
    """Every receipt of a message, in the order of arrival."""
    return rows(db, "select * from receipt where message_id = :id order by seq", {"id": message_id})


def add_inbound(db: Database, people: list[str], **values: Any) -> bool:
    """Keep an inbound text, sealed, with the participants who have its number now; False when it was kept before."""
    if row(db, "select 1 as yes from inbound where provider_id = :provider_id", values):
        return False
    inbound_id = add(db, "inbound", id=fresh_id(), **values)
    for participant_id in people:
        add(db, "inbound_participant", inbound_id=inbound_id, participant_id=participant_id)
    return True


def inbound_of(db: Database, participant_id: str) -> list[Row]:
    """The inbound texts that came from a participant's number of that time, sealed, oldest first."""
    return rows(
        db,
        """select inbound.* from inbound join inbound_participant on inbound_id = inbound.id
        where participant_id = :id order by at, inbound.rowid""",
        {"id": participant_id},
    )


def inbound_of_nobody(db: Database, number_hash: str, since: str) -> list[Row]:
    """The inbound texts of a number since an instant that came from no participant, sealed, oldest first."""
    return rows(
        db,
        """select * from inbound where number_hash = :hash and at >= :since
        and not exists (select 1 from inbound_participant where inbound_id = inbound.id) order by at, rowid""",
        {"hash": number_hash, "since": since},
    )


def last_of_kind(db: Database, recipient: str, kind: str) -> Row | None:
    """The message of a kind last queued for a recipient."""
    return row(
        db,
        "select * from message where recipient = :recipient and kind = :kind order by queued_at desc limit 1",
        {"recipient": recipient, "kind": kind},
    )


def queued_since(db: Database, recipient: str, kind: str, since: str) -> int:
    """How many messages of a kind were queued for a recipient after an instant, whatever became of them."""
    found = one(
        db,
        "select count(*) as n from message where recipient = :recipient and kind = :kind and queued_at > :since",
        {"recipient": recipient, "kind": kind, "since": since},
    )
    return found["n"]


def to_staff(db: Database, staff_id: str, kind: str, since: str) -> list[Row]:
    """The texts of a kind to a member of staff since an instant, newest first."""
    return rows(
        db,
        """select * from message where staff_id = :id and kind = :kind and queued_at > :since
        order by queued_at desc, rowid desc""",
        {"id": staff_id, "kind": kind, "since": since},
    )
