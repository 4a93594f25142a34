"""What those who share a phone are called in its texts: asked for where a number is shared, read when a text goes."""

from prom.actions import numbers
from prom.actions.means import Means
from prom.errors import Refusal
from prom.rules import call_name as rules
from prom.store import contacts
from prom.store.connect import Database


def of(db: Database, means: Means, participant_id: str) -> str:
    """What a participant's texts begin with; "" where nobody else now has the number, or no call name stands."""
    sealed = contacts.of_participant(db, participant_id)["call_name_sealed"]
    return means.keys.open(sealed) if sealed and numbers.shares_now(db, means, participant_id) else ""


def check(
    db: Database,
    means: Means,
    number: str,
    name: str,
    language: str,
    *,
    participant_id: str | None = None,
    joins: bool = True,
) -> None:
    """Raises Refusal for a call name that no text can begin with, and for none, or another one's, where the number is
    shared. Whoever joins a number waits until the others have one: their texts would say no more whom they are for.

    number: E.164, "" for none. participant_id: whose it is, None for a new one."""
    rules.check(means.study(db), name, language)
    others = numbers.others_now(db, means, number, participant_id)
    if not others:
        return
    if not name:
        raise Refusal("call_name_missing")
    theirs = [means.keys.open(contacts.of_participant(db, each)["call_name_sealed"]) for each in others]
    if joins and "" in theirs:
        raise Refusal("call_name_missing_there")
    if any(rules.same(name, each) for each in theirs):
        raise Refusal("call_name_same")
