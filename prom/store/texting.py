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
