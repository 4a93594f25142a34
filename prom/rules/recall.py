"""Answers of an earlier report, shown again to be copied: "Is it still the same?"

What is copied is checked against the questions as they are now, and stands beside what is answered by hand. Copies
that are taken back leave their questions open, or as they were answered by hand before or since. Saved screens
are rows as `saving` has them.
"""

from datetime import date
from typing import Any

from prom.rules.answers import AnswerFault, check, figure, is_declined
from prom.rules.instrument import answer_key, holds, kept, split_key, steps
from prom.rules.listing import lines
from prom.rules.saving import Row, standing
from prom.rules.study import Item, Recall, Screen, Study


def recalls(study: Study, timepoint_key: str, answers: dict, last: dict | None, today: date) -> tuple[str, ...]:
    """The keys of the screens that have something to show: there was a report with such an answer, what it tells still
    fits, and none of it is answered yet. last: the answers of the last submitted report that may be shown, or None."""
    return tuple(
        screen.key
        for screen in study.screens
        if screen.recall
        and last is not None
        and holds(last.get(screen.recall.when_last.item), screen.recall.when_last.is_)
        and not any(split_key(key)[0] in screen.recall.items for key in answers)
        and any(split_key(key)[1] for key in copies(study, timepoint_key, screen, answers, last, today))
    )


def copies(study: Study, timepoint_key: str, screen: Screen, answers: dict, last: dict, today: date) -> dict[str, Any]:
    """The answers that would be copied from `last`: those that the questions asked now would take, except where it was
    preferred not to answer. What is left out is asked."""
    recall = _of(screen)
    old = {key: value for key, value in last.items() if split_key(key)[0] in recall.items}
    others = {key: value for key, value in answers.items() if split_key(key)[0] not in recall.items}
    found: dict[str, Any] = {}
    for step in steps(study, timepoint_key, others | old):
        for item in step.items:
            key = answer_key(item.key, step.instance)
            if item.key in recall.sets:
                found[key] = recall.sets[item.key]
            elif key in old:
                found |= _fitting(item, key, old[key], today)
    live = kept(study, timepoint_key, others | found)
    return {key: value for key, value in found.items() if key in live}


def _fitting(item: Item, key: str, value: Any, today: date) -> dict[str, Any]:
    """{key: value} where the item takes the value as it is; {} where it does not."""
    raw = figure(value) if isinstance(value, int | float) else value
    try:
        return {} if is_declined(value) else {key: check(item, raw, today=today, others={})}
    except AnswerFault:
        return {}


def shown(study: Study, screen: Screen, found: dict[str, Any], language: str) -> list[str]:
    """Copies in words, as `listing` has them, but for what is set and was not in the last report."""
    sets = _of(screen).sets
    return lines(study, {key: value for key, value in found.items() if split_key(key)[0] not in sets}, language)


def added(
    study: Study, timepoint_key: str, step: str, answers: dict, saved: list[Row], last: dict | None, today: date
) -> dict[str, Any]:
    """What saving a step adds to its own answers: the copies, where they say so and did not before; where they did and
    do no longer, for each copy that still stands what was last answered by hand, None for nothing. {} for any other
    step."""
    screen = next((one for one in study.screens if one.key == step and one.recall), None)
    if screen is None:
        return {}
    before = standing(saved)
    says, said = (one.get(screen.items[0].key) == _of(screen).answer for one in (answers, before))
    if said and not says:
        by_hand = standing(row for row in saved if row["step"] != step)
        return {key: by_hand.get(key) for key in _copied_by(screen, saved)}
    if says and not said and last is not None:
        return copies(study, timepoint_key, screen, before, last, today)
    return {}


def departed(study: Study, answers: dict[str, Any], saved: list[Row]) -> dict[str, Any]:
    """What saving these answers adds where they change a copy: it is no longer all the same, and what was set for the
    same medicine (None takes it back) is asked. {} for any other save."""
    standing_now = standing(saved)
    found: dict[str, Any] = {}
    for screen in study.screens:
        copies_here = _copied_by(screen, saved) if screen.recall and screen.items[0].key not in answers else []
        changed = [key for key in copies_here if key in answers and answers[key] != standing_now[key]]
        if changed:
            found[screen.items[0].key] = _otherwise(screen)
            places = {split_key(key)[1] for key in changed}
            sets = [key for key in copies_here if split_key(key)[0] in _of(screen).sets and split_key(key)[1] in places]
            found |= dict.fromkeys((key for key in sets if key not in answers), None)
    return found


def copied(study: Study, saved: list[Row]) -> set[str]:
    """The keys of the answers that stand as they were copied."""
    return {key for screen in study.screens if screen.recall for key in _copied_by(screen, saved)}


def taken_back(study: Study, saved: list[Row]) -> dict[str, Any]:
    """What was taken back, as a copy or with what it hangs on, to be looked at again; not what was said in place of a
    copy."""
    in_place = {key for screen in study.screens if screen.recall for key in screen.recall.sets}
    was: dict[str, Any] = {}
    for row in saved:
        if not row["late"]:
            was |= {key: value for key, value in row["answers"].items() if value is not None}
    now = standing(saved)
    return {key: value for key, value in was.items() if key not in now and split_key(key)[0] not in in_place}


def _copied_by(screen: Screen, saved: list[Row]) -> list[str]:
    """The keys of the answers that a screen copied and that nothing changed since."""
    now, own = standing(saved), screen.items[0].key
    is_copy: dict[str, bool] = {}
    for row in saved:
        if not row["late"]:  # where its own answer is another, it gave back what was answered by hand
            copies_here = row["step"] == screen.key and row["answers"].get(own) == _of(screen).answer
            is_copy |= dict.fromkeys(row["answers"], copies_here)
    return [key for key, copied_here in is_copy.items() if copied_here and key != own and key in now]


def _otherwise(screen: Screen) -> str:
    """The answer that copies nothing."""
    return next(choice.key for choice in screen.items[0].choices if choice.key != _of(screen).answer)


def _of(screen: Screen) -> Recall:
    assert screen.recall
    return screen.recall
