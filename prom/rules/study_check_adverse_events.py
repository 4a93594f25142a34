"""Whether the grading of adverse events fits the items that report them and the lists it is done by."""

from collections.abc import Iterator

from prom.rules.study import AdverseEvents, Study

Fault = tuple[str, str]  # place, remedy


def check(study: Study) -> list[Fault]:
    """The faults of [adverse_events]."""
    given = study.adverse_events
    return [*_items(study, given), *_care(study, given), *_lists(given)]


def _items(study: Study, given: AdverseEvents) -> Iterator[Fault]:
    for part, kind in (("reported", "choices"), ("starts", "date"), ("ends", "date")):
        key = getattr(given, part)
        item = study.items.get(key)
        if item is None or item.kind != kind:
            fitting = ", ".join(each.key for each in study.items.values() if each.kind == kind)
            yield f"adverse_events.{part}", f"{key} is no item of kind {kind}: name one of: {fitting}"
        elif part == "reported" and study.screen_of[key].for_each:
            yield f"adverse_events.{part}", f"{key} is asked more than once: name an item whose screen is not"
        elif part != "reported" and study.screen_of[key].for_each != given.reported:
            remedy = f"{key} is not asked for each of {given.reported}: name an item whose screen is"
            yield f"adverse_events.{part}", remedy


def _care(study: Study, given: AdverseEvents) -> Iterator[Fault]:
    item = study.items.get(study.instrument.care)
    if item is None:  # told at its role
        return
    offered = [choice.key for choice in item.choices]
    for key in given.care:
        if key not in offered:
            remedy = f"{item.key} has no choice {key}: name one of: {', '.join(offered)}"
            yield "adverse_events.care", remedy


def _lists(given: AdverseEvents) -> Iterator[Fault]:
    keys = [entry.key for entry in given.related]
    if given.unrelated not in keys:
        yield "adverse_events.unrelated", f"is no entry of related: name one of: {', '.join(keys)}"
    for name in ("criteria", "outcomes"):
        if not any(entry.death for entry in getattr(given, name)):
            yield f"adverse_events.{name}", "no entry says that the person died: give one death = true"
    if given.warn_hours >= given.decision_hours:
        yield "adverse_events.warn_hours", "must be fewer than decision_hours: change one of them"
