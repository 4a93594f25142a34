"""An answer whose change has what hangs on it looked at again: 30 mg of one opioid is not 30 mg of another."""

from typing import Any

from prom.rules.instrument import split_key
from prom.rules.saving import Row, standing
from prom.rules.study import Study


def renewed(study: Study, answers: dict[str, Any], saved: list[Row]) -> dict[str, Any]:
    """What saving these answers adds to them: None for each answer on a later screen for the same ticked choice that
    still stands, where an item that `renews` has another answer than before. {} for any other save.

    Whether there is one more of a kind is not about this one, and stays."""
    before = standing(saved)
    changed = [key for key in answers if _renews(study, key) and before.get(key, answers[key]) != answers[key]]
    return {
        other: None
        for key in changed
        for other in before
        if other not in answers and not study.items[split_key(other)[0]].again and _is_later(study, other, key)
    }


def _renews(study: Study, key: str) -> bool:
    return study.items[split_key(key)[0]].renews


def _is_later(study: Study, key: str, than: str) -> bool:
    """Whether an answer is on a later screen for the same ticked choice."""
    (one, instance), (other, its) = split_key(key), split_key(than)
    screen, earlier = study.screen_of[one], study.screen_of[other]
    same = screen.for_each == earlier.for_each and instance == its
    return same and study.screens.index(screen) > study.screens.index(earlier)
