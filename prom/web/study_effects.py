"""What a change of a procedure does, line by line, for the page that shows it before anything is recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from prom.actions.consequences import Consequences
from prom.rules.study import Study
from prom.rules.visit import answered_on
from prom.store.connect import Row
from prom.web import history, message_words, spoken, study_words


@dataclass(frozen=True)
class Effect:
    """One line. plans: the procedure whose own visit is planned or closed by it, "" where it takes something away or
    is about another procedure's."""

    words: str
    plans: str = ""


def effects(study: Study, coming: Consequences) -> list[Effect]:
    """Visits planned, moved, held, closed and cancelled; reports that are to be read otherwise; texts that will not
    go; a decision that ends."""
    return [*_visits(study, coming), *reports(study, coming), *_texts(study, coming), *_decision(coming)]


def mark(told: list[Effect]) -> str:
    """What was shown, as the word by which it is agreed to: where it has changed since, it is shown again. "" where
    nothing changes but the procedure's own record."""
    return sha256("\n".join(each.words for each in told).encode()).hexdigest()[:16] if told else ""


def _visits(study: Study, coming: Consequences) -> Iterator[Effect]:
    was = {visit["id"]: visit for visit in coming.before}
    for visit in coming.after:
        before = was.get(visit["id"])
        move = study_words.move(before, visit)
        if move is None:
            continue
        due = spoken.day(visit["due_on"]) if visit["due_on"] else ""
        words = {
            "planned": f"due {due}",
            "moved": f"moved from {spoken.day(before['due_on']) if before and before['due_on'] else ''} to {due}",
            "held": "waits for the procedure",
            "closed": "closes, and takes no more answers",
            "cancelled": "cancelled",
        }[move]
        kept = "; what was answered so far is kept" if visit["started_at"] and move in ("held", "cancelled") else ""
        own = move in ("planned", "closed") or move == "moved" and not visit["started_at"]
        yield Effect(f"{history.title(study, visit)}: {words}{kept}.", visit["procedure_id"] if own else "")


def reports(study: Study, coming: Consequences) -> list[Effect]:
    """The answered visits of which something else must be known now: "answered 15 Oct 2026, now outside its window"."""
    was = {visit["id"]: visit for visit in coming.before}
    found = []
    for visit in coming.after:
        before = was.get(visit["id"])
        if before is None or not visit["submitted_at"]:
            continue
        old = history.notes(study, before, coming.procedures_before, coming.zone)
        new = history.notes(study, visit, coming.procedures_after, coming.zone)
        told = [f"now {each}" for each in new if each not in old]
        told += [f"no longer {each}" for each in old if each not in new]
        if told:
            on = spoken.day(answered_on(visit, coming.zone))
            found.append(Effect(f"{history.title(study, visit)}: answered {on}, {', '.join(told)}."))
    return found


def _texts(study: Study, coming: Consequences) -> Iterator[Effect]:
    titles: dict[str, Row] = {visit["id"]: visit for visit in coming.after}
    for message in coming.texts:
        about = history.title(study, titles[message["visit_id"]])
        yield Effect(f"A text that waits will not go: {message_words.kind(message).lower()}, {about}.")


def _decision(coming: Consequences) -> Iterator[Effect]:
    if coming.decision:
        yield Effect("The decision against a further procedure ends.")
