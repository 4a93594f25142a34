"""A made-up participant fills in a visit's report, screen by screen, through the same actions as everybody."""

from datetime import datetime, timedelta
from typing import Any

from prom.actions import answer
from prom.actions.means import Means
from prom.rules.answers import DECLINED
from prom.rules.instrument import first_open, split_key
from prom.rules.study import Item, Study
from prom.store import visits
from prom.store.connect import Database

_A_SCREEN = timedelta(seconds=12)


def fill(db: Database, means: Means, visit_id: str, given: dict[str, Any], now: datetime, many: int = 99) -> datetime:
    """Save the screens that are shown, `many` at most, one every 12 seconds; the instant of the last.

    given: {answer key or item key: value}; what is not given is answered the shortest honest way, or declined where
    there is none.
    """
    visit = visits.by_id(db, visit_id)
    study = means.study(db, visit["study_version"])
    answers: dict[str, Any] = {}
    while (step := first_open(study, visit["timepoint"], answers)) and many > 0:
        screen = {key: _value(study, key, given) for key in step.answer_keys}
        answer.save(db, means, visit_id, step.key, screen, now)
        answers |= screen
        now, many = now + _A_SCREEN, many - 1
    return now


def send(db: Database, means: Means, visit_id: str, given: dict[str, Any], now: datetime, **how: Any) -> None:
    """Fill in and send. how: mode, identity_check, staff_id, as for `answer.submit`."""
    answer.submit(db, means, visit_id, fill(db, means, visit_id, given, now), **how)


def _value(study: Study, key: str, given: dict[str, Any]) -> Any:
    item_key, _ = split_key(key)
    if key in given or item_key in given:
        return given.get(key, given.get(item_key))
    return _shortest(study, study.items[item_key])


def _shortest(study: Study, item: Item) -> Any:
    """None of these; no; nothing to add; me; else declined."""
    if item.none:
        return [item.none]
    if item.key == study.instrument.who:
        return item.choices[0].key
    if item.optional:
        return ""
    return "no" if item.choice("no") else DECLINED
