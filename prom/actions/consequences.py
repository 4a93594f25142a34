"""What a change does to a participant's visits and to the texts that wait, shown before it is agreed to: the change is
carried out by the code that records it, and taken back where nobody has agreed to what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from prom.actions import texting
from prom.actions.means import Means
from prom.store import messages, participants, procedures, visits
from prom.store.connect import Database, Row, write


@dataclass(frozen=True)
class Consequences:
    """What a change did, or would do. said: what its action returned. before, after: the visits; procedures_before,
    procedures_after: what was recorded of procedures; zone: the participant's; texts: those that waited and would have
    gone, and will not; decision: whether the decision against a further procedure ended."""

    said: str
    zone: ZoneInfo
    before: list[Row]
    after: list[Row]
    procedures_before: list[Row]
    procedures_after: list[Row]
    texts: list[Row]
    decision: bool


class _TakenBack(Exception):
    """Nobody agreed."""


def carry_out(
    db: Database,
    means: Means,
    participant_id: str,
    do: Callable[[], str],
    agreed: Callable[[Consequences], bool],
    now: datetime,
) -> tuple[Consequences, bool]:
    """Carry a change out where what it does is agreed to, else change nothing: what it does, and whether it was done.
    Raises what `do` raises."""
    try:
        with write(db):
            before = visits.of_participant(db, participant_id)
            done_before = procedures.of_participant(db, participant_id)
            decided, waiting = participants.decision(db, participant_id), _waiting(db, means, participant_id, now)
            said = do()
            left = {message["id"] for message in _waiting(db, means, participant_id, now)}
            found = Consequences(
                said,
                ZoneInfo(participants.by_id(db, participant_id)["zone"]),
                before,
                visits.of_participant(db, participant_id),
                done_before,
                procedures.of_participant(db, participant_id),
                [message for message in waiting if message["id"] not in left],
                bool(decided and not participants.decision(db, participant_id)),
            )
            if not agreed(found):
                raise _TakenBack
    except _TakenBack:
        return found, False
    return found, True


def _waiting(db: Database, means: Means, participant_id: str, now: datetime) -> list[Row]:
    """The texts about a visit that wait and would go as things stand."""
    queued = [each for each in messages.of_participant(db, participant_id) if each["status"] == "queued"]
    return [each for each in queued if each["visit_id"] and not texting.as_decided(db, means, each, now)["will_drop"]]
