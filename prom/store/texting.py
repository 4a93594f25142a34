"""How texting fares, in counts and instants: what waits, what failed, what nobody knows. It names nobody."""

from prom.store.connect import Database, one, rows


def oldest_due(db: Database, now: str) -> dict[str, str]:
    """{lane: since when its longest due message could go}; a lane with nothing due is not in it. A text that waits for
    texting hours, or for its next try, is due then and not before."""
    found = rows(
        db,
        """select lane, min(due_at) as due_at from message where lane in ('staff', 'participant')
        and status = 'queued' and due_at <= :now group by lane""",
        {"now": now},
    )
    return {lane["lane"]: lane["due_at"] for lane in found}


def outcomes_since(db: Database, since: str) -> dict[str, dict[str, int]]:
    """{lane: {status: number of messages}} of those last tried since an instant."""
    found = rows(
        db,
        """select lane, status, count(*) as n from message
        where lane in ('staff', 'participant') and claimed_at > :since group by lane, status""",
        {"since": since},
    )
    lanes: dict[str, dict[str, int]] = {}
    for each in found:
        lanes.setdefault(each["lane"], {})[each["status"]] = each["n"]
    return lanes


def count_unknown(db: Database) -> int:
    """How many messages are of unknown outcome."""
    return one(db, "select count(*) as n from message where status = 'unknown'")["n"]


def untold_alarms(db: Database, waiting_since: str, since: str) -> set[str]:
    """What the alarms are about that no operator could be texted: each was refused or in vain tried, or has been due
    since before `waiting_since`, and none was accepted. Of a fault: while it stands; of anything else: for those queued
    after `since`. That something is well again is not among them."""
    found = rows(
        db,
        """select about from message left join fault on message.about = fault.step || ':' || fault.seq
        where message.kind = 'alarm' and message.text_key = 'operator_alarm'
        group by message.about, message.step
        having sum(message.status in ('sent', 'delivered')) = 0
           and sum(message.status in ('failed', 'undelivered', 'dropped', 'unknown')
                   or message.status = 'sending' and message.attempts > 1
                   or message.status = 'queued' and (message.attempts > 0 or message.due_at < :waiting_since)) > 0
           and (max(fault.seq) is null and max(message.queued_at) > :since
                or max(fault.seq) is not null and max(fault.ended_at) is null)""",
        {"waiting_since": waiting_since, "since": since},
    )
    return {alarm["about"] for alarm in found}
