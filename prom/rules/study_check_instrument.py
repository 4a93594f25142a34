"""Whether the screens and items of a study file fit together, and with the timepoints that ask them.

What an item or a screen depends on must come before it, on a screen that is shown for the same choices."""

from collections.abc import Iterable, Iterator

from prom.rules.study import URGENCIES, WHO, Item, Screen, Study
from prom.rules.texts import placeholders

Fault = tuple[str, str]  # place, remedy

WITH_CHOICES = ("choice", "choices")
ROLES = {
    "red": ("choices",),
    "primary": ("nrs",),
    "worst": ("nrs",),
    "care": WITH_CHOICES,
    "who": ("choice",),
    "urgency": ("choice",),
    "call_when": ("text",),
}
OPTIONAL_ROLES = ("urgency", "call_when")
CHOICES_OF_ROLES = {"who": WHO, "urgency": URGENCIES}
RESERVED = (  # what the own fields of the participant's pages are called
    *("step", "seen", "prompted", "layout", "change", "back", "send", "page", "language", "mobile"),
    *("birth_year", "wish", "again"),
)
NRS = tuple(str(number) for number in range(11))
IN_QUESTIONS = ("since", "what")  # the placeholders of screens and items


def check(study: Study) -> list[Fault]:
    """The faults of [instrument], [[screens]] and of what the timepoints ask."""
    faults = [*_roles(study), *_red(study), *_asks(study)]
    for number, screen in enumerate(study.screens):
        earlier = {item.key: (item, before) for before in study.screens[:number] for item in before.items}
        place = f"screens.{screen.key}"
        faults += [*_for_each(place, screen, earlier), *_show_when(place, screen, earlier)]
        faults += [*_braces(place, (screen.title, screen.note)), *_one_item(place, screen)]
        faults += [*_recall(study, f"{place}.recall", screen, number)]
        for position, item in enumerate(screen.items):
            here = {one.key: (one, screen) for one in screen.items[:position]}
            faults += _item(f"{place}.items.{item.key}", item, screen, earlier, here)
    return faults


def _roles(study: Study) -> Iterator[Fault]:
    for role, kinds in ROLES.items():
        place, key = f"instrument.{role}", getattr(study.instrument, role)
        fitting = ", ".join(item.key for item in study.items.values() if item.kind in kinds)
        if not key and role in OPTIONAL_ROLES:
            continue
        if key not in study.items:
            yield place, f"there is no item {key}: name one of: {fitting}"
        elif study.items[key].kind not in kinds:
            yield place, f"{key} is not of kind {' or '.join(kinds)}: name one of: {fitting}"
        else:
            yield from _choices_of_role(role, study.items[key])


def _choices_of_role(role: str, item: Item) -> Iterator[Fault]:
    """A choice that the product would not understand."""
    known = CHOICES_OF_ROLES.get(role)
    for choice in item.choices:
        if known and choice.key not in known:
            yield f"instrument.{role}", f"{item.key} offers {choice.key}: the choices may be {', '.join(known)}"


def _red(study: Study) -> Iterator[Fault]:
    first, key = study.screens[0], study.instrument.red
    if first.items[0].key != key:
        yield f"screens.{first.key}", f"warning signs are asked first: put {key} on the first screen"
    if first.for_each or first.show_when:
        yield f"screens.{first.key}", "the first screen is always shown: remove for_each and show_when"
    item = study.items.get(key)
    place = f"screens.{study.screen_of[key].key}.items.{key}" if item else ""
    if item and item.kind == "choices" and not item.none:
        yield f"{place}.none", 'name the choice that says "none of these"'
    if item and item.optional:
        yield f"{place}.optional", "warning signs cannot be passed over: remove it"


def _asks(study: Study) -> Iterator[Fault]:
    for point in study.timepoints:
        place = f"timepoints.{point.key}.asks"
        for key in point.asks:
            if key not in study.items:
                yield place, f"there is no item {key}: mend its name or remove it"
        for key in (study.instrument.red, study.instrument.who):
            if key not in point.asks:
                yield place, f"add {key}: it is asked at every timepoint"
        for key in dict.fromkeys(_needed(study, point.asks)):
            if key in study.items and key not in point.asks:
                yield place, f"add {key}: other items are shown by its answer"


def _needed(study: Study, asks: Iterable[str]) -> Iterator[str]:
    for key in asks:
        if key in study.items:
            screen, item = study.screen_of[key], study.items[key]
            when = (screen.show_when.item,) if screen.show_when else ()
            yield from (one for one in (screen.for_each, *when, item.with_, item.not_before) if one)


def _for_each(place: str, screen: Screen, earlier: dict) -> Iterator[Fault]:
    if not screen.for_each:
        return
    item, home = earlier.get(screen.for_each, (None, None))
    if item is None:
        yield f"{place}.for_each", f"name one of the items on earlier screens, not {screen.for_each}"
    elif item.kind != "choices" or home.for_each:
        yield f"{place}.for_each", "name an item of kind choices that is itself asked once"


def _one_item(place: str, screen: Screen) -> Iterator[Fault]:
    """A screen asks one thing, a number and its unit being one (C-Path eCOA Consortium: single-item screens)."""
    for item in screen.items[1:]:
        if item.with_ != screen.items[0].key:
            yield f"{place}.items.{item.key}", "one item a screen: put it on a screen of its own"


def _recall(study: Study, place: str, screen: Screen, number: int) -> Iterator[Fault]:
    """What is copied from an earlier report is asked after the screen, with all that it is shown by."""
    recall = screen.recall
    if recall is None:
        return
    later = {item.key: item for after in study.screens[number + 1 :] for item in after.items}
    roles = {getattr(study.instrument, role) for role in ROLES}
    own = screen.items[0]
    if screen.for_each or own.kind != "choice" or not own.choice(recall.answer):
        yield f"{place}.answer", f"name a choice of the one item of its screen, not {recall.answer}; without for_each"
    elif len(own.choices) != 2:
        yield f"{place}.answer", "give its item two choices: one that copies, and one that something changed"
    for name, keys in (("items", recall.items), ("sets", tuple(recall.sets))):
        for key in keys:
            if key not in later or key in roles:
                yield f"{place}.{name}", f"{key} cannot be copied: name items on later screens that play no part"
    for key in dict.fromkeys(_needed(study, recall.items)):
        if key in later and key not in recall.items:
            yield f"{place}.items", f"add {key}: other items are shown by its answer"
    for key, value in recall.sets.items():
        if key in later and (key in recall.items or not later[key].choice(value)):
            yield f"{place}.sets.{key}", "name an item that is not copied, and one of its choices"
    when = later.get(recall.when_last.item)
    if when is None or when.key not in recall.items or not all(map(when.choice, recall.when_last.is_)):
        yield f"{place}.when_last", "name one of recall.items, and choices of it"
    for point in study.timepoints:
        if own.key in point.asks and recall.when_last.item not in point.asks:
            yield f"timepoints.{point.key}.asks", f"add {recall.when_last.item}, or remove {own.key}"
    yield from _braces(f"{place}.intro", (recall.intro,), ("date",))


def _show_when(place: str, screen: Screen, earlier: dict) -> Iterator[Fault]:
    if not screen.show_when:
        return
    when = screen.show_when
    item, home = earlier.get(when.item, (None, None))
    if item is None:
        yield f"{place}.show_when", f"name one of the items on earlier screens, not {when.item}"
        return
    if home.for_each not in ("", screen.for_each):
        yield f"{place}.show_when", f"{when.item} is asked for each {home.for_each}: add for_each here too"
    offered = NRS if item.kind == "nrs" else tuple(choice.key for choice in item.choices)
    for key in when.is_:
        if key not in offered:
            yield f"{place}.show_when", f"{when.item} has no answer {key}: name one of: {', '.join(offered)}"


def _item(place: str, item: Item, screen: Screen, earlier: dict, here: dict) -> Iterator[Fault]:
    if item.key in RESERVED:
        yield place, "is what a field of the pages is called: give it another key"
    yield from _choices(place, item)
    yield from _braces(place, (item.text, item.hint, item.soft_prompt))
    yield from _braces(f"{place}.said", (item.said, item.said_one), ("value",))
    if item.kind == "number" and (item.low is None or item.high is None or item.low >= item.high):
        yield place, "add low and high, low below high"
    if item.kind == "nrs" and not (item.low_anchor and item.high_anchor):
        yield place, "add low_anchor and high_anchor: the words at both ends of the scale"
    if item.with_ and item.with_ not in here:
        yield f"{place}.with", f"name an item before it on the same screen, not {item.with_}"
    yield from _usual(place, item, screen, earlier, here)
    yield from _not_before(place, item, screen, earlier | here)
    yield from _for_choices(place, item, screen, earlier)


def _choices(place: str, item: Item) -> Iterator[Fault]:
    if item.kind in WITH_CHOICES and len(item.choices) < 2:
        yield f"{place}.choices", "add at least two choices"
    if item.kind not in WITH_CHOICES and item.choices:
        yield f"{place}.choices", f"an item of kind {item.kind} has no choices: remove them"
    if item.again and not item.choice("yes"):
        yield f"{place}.again", 'add a choice "yes": it asks for one more'
    if item.none and (item.kind != "choices" or not item.choice(item.none)):
        offered = ", ".join(choice.key for choice in item.choices)
        yield f"{place}.none", f"{item.none} is no choice of it: name one of: {offered}"


def _usual(place: str, item: Item, screen: Screen, earlier: dict, here: dict) -> Iterator[Fault]:
    """What asks once more about an unusual number has the words for it."""
    yield from _braces(f"{place}.high_prompt", (item.high_prompt, item.day_prompt), ("value",))
    number, _ = here.get(item.with_, (item, screen))
    bounds = [item.usual_high, *(choice.usual_high for choice in item.choices)]
    if any(bound is not None for bound in bounds) and not (number.kind == "number" and number.high_prompt):
        yield f"{place}.usual_high", "is of a number, or of its unit: add high_prompt to that number"
    dose, home = earlier.get(item.times_of, (None, None))
    if item.times_of and not (dose and dose.kind == "number" and home.for_each == screen.for_each and item.day_prompt):
        yield f"{place}.times_of", "name a number on an earlier screen for the same choices, and add day_prompt"


def _not_before(place: str, item: Item, screen: Screen, earlier: dict) -> Iterator[Fault]:
    if not item.not_before:
        return
    other, home = earlier.get(item.not_before, (None, None))
    if item.kind != "date" or other is None or other.kind != "date":
        yield f"{place}.not_before", f"name an earlier item of kind date, not {item.not_before}"
    elif home.for_each not in ("", screen.for_each):
        yield f"{place}.not_before", f"{item.not_before} is asked for each {home.for_each}: add for_each here too"


def _for_choices(place: str, item: Item, screen: Screen, earlier: dict) -> Iterator[Fault]:
    ticked, _ = earlier.get(screen.for_each, (None, None))
    offered = [choice.key for choice in ticked.choices] if ticked else []
    known = ", ".join(offered) or "none, as the screen has no for_each"
    named = [("only_for", item.only_for), ("not_for", item.not_for)]
    named += [(f"choices.{choice.key}.only_for", choice.only_for) for choice in item.choices]
    for name, keys in named:
        for key in keys:
            if key not in offered:
                yield f"{place}.{name}", f"{key} is no choice that it is shown for: name one of: {known}"
    if item.again and not ticked:
        yield f"{place}.again", "asks for one more of a ticked choice: its screen needs for_each"
    if item.renews and not ticked:
        yield f"{place}.renews", "has the rest asked again for a ticked choice: its screen needs for_each"


def _braces(place: str, many: Iterable[dict[str, str]], known: tuple[str, ...] = IN_QUESTIONS) -> Iterator[Fault]:
    for words in many:
        for language, text in words.items():
            remedy = brace_fault(text, known)
            if remedy:
                yield f"{place} ({language})", remedy


def brace_fault(text: str, known: tuple[str, ...]) -> str:
    """The remedy for a placeholder that cannot be filled; "" where all can."""
    try:
        strange = sorted(placeholders(text) - set(known))
    except ValueError:
        return "close each brace that is opened, and write only a name in it"
    return f"{{{strange[0]}}} cannot be filled here: name one of: {', '.join(known)}" if strange else ""
