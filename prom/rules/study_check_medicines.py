"""Whether the table of morphine milligram equivalents fits the items that ask about medicines."""

from collections.abc import Iterable, Iterator

from prom.rules.medicines import RECALL_DAYS
from prom.rules.study import Item, Mme, Study

Fault = tuple[str, str]  # place, remedy

PARTS = {"medicine": "choice", "strength": "number", "unit": "choice", "times": "number", "days": "number"}


def check(study: Study) -> list[Fault]:
    """The faults of [mme]; [] where the study has none."""
    if study.mme is None:
        return []
    return [*_items(study, study.mme), *_asks(study, study.mme), *_table(study, study.mme)]


def _items(study: Study, table: Mme) -> Iterator[Fault]:
    for part, kind in {"kinds": "choices", **PARTS}.items():
        key = getattr(table, part)
        item = study.items.get(key)
        if item is None or item.kind != kind:
            fitting = ", ".join(each.key for each in study.items.values() if each.kind == kind)
            yield f"mme.{part}", f"{key} is no item of kind {kind}: name one of: {fitting}"
        elif part != "kinds" and study.screen_of[key].for_each != table.kinds:
            yield f"mme.{part}", f"{key} is not asked for each of {table.kinds}: name an item whose screen is"
    days = study.items.get(table.days)
    if days and days.kind == "number" and days.high is not None and days.high > RECALL_DAYS:
        yield "mme.days", f"the mean is that of the last {RECALL_DAYS} days: ask for at most so many"


def _asks(study: Study, table: Mme) -> Iterator[Fault]:
    for point in study.timepoints:
        for part in PARTS:
            if table.kinds in point.asks and getattr(table, part) not in point.asks:
                yield f"timepoints.{point.key}.asks", f"add {getattr(table, part)}: [mme] reckons with it"


def _table(study: Study, table: Mme) -> Iterator[Fault]:
    kinds, medicines, units = (_choices(study.items.get(key)) for key in (table.kinds, table.medicine, table.unit))
    yield from _strange("mme.unknown", table.unknown, (*kinds, *medicines))
    yield from _strange("mme.factors", table.factors, medicines)
    yield from _strange("mme.patches", table.patches, medicines)
    yield from _strange("mme.mg", table.mg, units)
    for name in ("mg", "factors", "patches"):
        for key, number in getattr(table, name).items():
            if number <= 0:
                yield f"mme.{name}.{key}", "must be above 0: what has no figure is left out"
    for key in sorted({*table.factors} & {*table.patches}):
        yield f"mme.patches.{key}", "has a factor for 1 mg too: keep one of them"
    for key in sorted({*table.factors, *table.patches} & {*table.unknown}):
        yield "mme.unknown", f"{key} has a factor: remove one of them"
    if table.patches and (table.patch_unit not in units or table.patch_unit in table.mg):
        yield "mme.patch_unit", f"name the unit of a patch, one that is not in mme.mg: {', '.join(units)}"


def _strange(place: str, keys: Iterable[str], known: tuple[str, ...]) -> Iterator[Fault]:
    for key in keys:
        if key not in known:
            yield place, f"{key} is no choice of it: name one of: {', '.join(known)}"


def _choices(item: Item | None) -> tuple[str, ...]:
    return tuple(choice.key for choice in item.choices) if item else ()
