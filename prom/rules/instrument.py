"""Which screens are shown, in which order, and what became of each question.

Answers are one flat dict: {answer key: value}, the answer key being the item's key or, on a screen shown once
for each ticked choice, `item/instance`. The instance is the choice's key; a second and a third of the same choice, such
as two medicines of one kind, are `choice.2` and `choice.3`. A screen may depend only on items of earlier screens.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from prom.rules.answers import figure, given, is_before, is_declined, is_not_sure
from prom.rules.study import Choice, Item, Screen, Study
from prom.rules.texts import said_of, several

Condition = tuple[str, tuple[str, ...]]  # an answer key, and the values of which it must be, or hold, one
MOST_OF_A_KIND = 3  # so many medicines of one kind, at most, are asked about


@dataclass(frozen=True)
class Step:
    """A screen as one participant meets it. key: the screen's key or `screen/instance`; instance: "" on a plain one;
    items: those asked at this timepoint and for this instance, with the choices that are offered for it."""

    key: str
    screen: Screen
    instance: str
    items: tuple[Item, ...]

    @cached_property
    def answer_keys(self) -> tuple[str, ...]:
        """The answer keys that this screen fills."""
        return tuple(answer_key(item.key, self.instance) for item in self.items)


def answer_key(item_key: str, instance: str = "") -> str:
    """The key of an answer: `item`, or `item/instance`."""
    return f"{item_key}/{instance}" if instance else item_key


def split_key(key: str) -> tuple[str, str]:
    """(item key, instance) of an answer key; instance is "" where there is none."""
    item_key, _, instance = key.partition("/")
    return item_key, instance


def ticked(instance: str) -> str:
    """The key of the choice that an instance is of."""
    return instance.partition(".")[0]


def steps(study: Study, timepoint_key: str, answers: dict, recalls: Collection[str] = ()) -> tuple[Step, ...]:
    """The screens shown for the answers so far, in order, review and send not among them.

    recalls: the keys of those that have something of an earlier report to show; once answered one is shown anyway.
    Screens that follow each other for the same ticked choices go choice by choice: all about the headache,
    then all about the fever. Answers on screens that are no longer shown open nothing.
    """
    shown: list[Step] = []
    live: dict = {}
    for step, conditions in _possible(study, timepoint_key):
        if step.screen.recall and step.key not in recalls and not any(key in answers for key in step.answer_keys):
            continue
        if all(holds(live.get(key), wanted) for key, wanted in conditions):
            shown.append(step)
            live |= {key: answers[key] for key in step.answer_keys if key in answers}
    return tuple(shown)


def _possible(study: Study, timepoint_key: str) -> tuple[tuple[Step, list[Condition]], ...]:
    """Every step that a timepoint could show, in order, and what must hold for it; worked out once for a study."""
    if timepoint_key not in study.possible_steps:
        asks = study.timepoint(timepoint_key).asks
        found = []
        for screen, instance in _places(study):
            items = tuple(_offered(item, instance) for item in _items(screen, instance) if item.key in asks)
            step = Step(answer_key(screen.key, instance), screen, instance, items)
            found += [(step, _conditions(study, screen, instance))] if items else []
        study.possible_steps[timepoint_key] = tuple(found)
    return study.possible_steps[timepoint_key]


def first_open(study: Study, timepoint_key: str, answers: dict, recalls: Collection[str] = ()) -> Step | None:
    """The first step with an item that has no entry in answers, or whose date is before the one that it may not be
    before, which was changed since; None: ready for review. recalls: as for `steps`."""
    shown = steps(study, timepoint_key, answers, recalls)
    return next((step for step in shown if any(_is_open(item, step.instance, answers) for item in step.items)), None)


def _is_open(item: Item, instance: str, answers: dict) -> bool:
    key = answer_key(item.key, instance)
    if key not in answers:
        return True
    other = answers.get(answer_key(item.not_before, instance), answers.get(item.not_before))
    return is_before(answers[key], other)


def before(shown: tuple[Step, ...], key: str) -> Step | None:
    """The step before the one of that key; None at the first and for a key that is not shown."""
    return next((one for one, two in zip(shown, shown[1:], strict=False) if two.key == key), None)


def after(shown: tuple[Step, ...], key: str) -> Step | None:
    """The step after the one of that key; None at the last and for a key that is not shown."""
    return next((two for one, two in zip(shown, shown[1:], strict=False) if one.key == key), None)


def part(shown: tuple[Step, ...], key: str) -> tuple[int, int, int]:
    """(number, total, question) of the part that the step of that key belongs to. A part is a screen that is always
    shown, with the screens behind it that hang on an answer: so the total is the same however the form is answered.
    question: the place of the step in its part, from 1."""
    always = [not (step.screen.for_each or step.screen.show_when) for step in shown]
    place = [step.key for step in shown].index(key)
    first = max(number for number, one in enumerate(always[: place + 1]) if one)
    return sum(always[: place + 1]), sum(always), place - first + 1


def kept(study: Study, timepoint_key: str, answers: dict) -> dict:
    """The answers whose step is still shown: a change by Back can hide screens."""
    shown = steps(study, timepoint_key, answers)
    return {key: answers[key] for step in shown for key in step.answer_keys if key in answers}


def warns(study: Study, answers: dict) -> bool:
    """Whether answers hold a ticked warning sign."""
    signs = answers.get(study.instrument.red)
    return isinstance(signs, list) and bool(set(signs) & set(study.red_choices))


def answer_keys(study: Study) -> tuple[str, ...]:
    """Every possible answer key of the instrument, in the order of the screens."""
    return tuple(
        answer_key(item.key, instance) for screen, instance in _places(study) for item in _items(screen, instance)
    )


def statuses(study: Study, timepoint_key: str, answers: dict, ended: bool) -> dict[str, str]:
    """What became of each question, by answer key.

    answered: has an answer; "not sure" and an optional one left empty are answers. declined: preferred not
    to. not_shown: not asked at this timepoint, branched away, or passed by, as there was nothing of an earlier report
    to show. Without an answer, though it would or might have been shown: not_reached, or not_due while the report has
    not `ended` (was neither sent nor closed).
    """
    asks = study.timepoint(timepoint_key).asks
    live = kept(study, timepoint_key, answers)
    found: dict[str, str] = {}
    for screen, instance in _places(study):
        conditions = _conditions(study, screen, instance)
        passed = screen.recall is not None and screen.recall.when_last.item in live  # asked without it
        may = not passed and all(_may(key, wanted, live, found) for key, wanted in conditions)
        for item in _items(screen, instance):
            key = answer_key(item.key, instance)
            if live.get(key) is not None:
                found[key] = "declined" if is_declined(live[key]) else "answered"
            elif item.key in asks and may:
                found[key] = "not_reached" if ended else "not_due"
            else:
                found[key] = "not_shown"
    return found


def _places(study: Study) -> Iterator[tuple[Screen, str]]:
    """Every screen with every instance that it could have ("" for a plain one), in order of meeting them."""
    for for_each, group in groupby(study.screens, key=lambda screen: screen.for_each):
        screens = tuple(group)
        for instance in _instances(study, for_each) if for_each else ("",):
            for screen in screens:
                yield screen, instance


def _instances(study: Study, for_each: str) -> Iterator[str]:
    item, again = study.items[for_each], study.again_of.get(for_each)
    for choice in item.choices:
        if choice.key != item.none:
            yield choice.key
            if again and _asked_for(again, choice.key):
                yield from (_nth(choice.key, number) for number in range(2, MOST_OF_A_KIND + 1))


def _nth(choice_key: str, number: int) -> str:
    return f"{choice_key}.{number}" if number > 1 else choice_key


def _number(instance: str) -> int:
    return int(instance.partition(".")[2] or 1)


def _items(screen: Screen, instance: str) -> tuple[Item, ...]:
    return tuple(item for item in screen.items if not instance or _asked_for(item, instance))


def _asked_for(item: Item, instance: str) -> bool:
    choice = ticked(instance)
    last = item.again and _number(instance) == MOST_OF_A_KIND
    return not last and choice not in item.not_for and (not item.only_for or choice in item.only_for)


def _offered(item: Item, instance: str) -> Item:
    """The item with the choices that are offered for an instance."""
    choices = tuple(choice for choice in item.choices if not choice.only_for or ticked(instance) in choice.only_for)
    return item if len(choices) == len(item.choices) else item.model_copy(update={"choices": choices})


def _conditions(study: Study, screen: Screen, instance: str) -> list[Condition]:
    """What must hold, all of it, for the screen to be shown."""
    conditions: list[Condition] = [(screen.for_each, (ticked(instance),))] if screen.for_each else []
    if _number(instance) > 1:
        before_it = _nth(ticked(instance), _number(instance) - 1)
        conditions.append((answer_key(study.again_of[screen.for_each].key, before_it), ("yes",)))
    when = screen.show_when
    if when:
        same = study.screen_of[when.item].for_each == screen.for_each
        conditions.append((answer_key(when.item, instance if same else ""), when.is_))
    return conditions


def holds(value, wanted: tuple[str, ...]) -> bool:
    """Whether an answer is, or a ticked list holds, one of the wanted values."""
    if not given(value):
        return False
    return any(str(one) in wanted for one in (value if isinstance(value, list) else [value]))


def _may(key: str, wanted: tuple[str, ...], live: dict, found: dict[str, str]) -> bool:
    """Does the condition hold, or could it still, its own question not being reached yet?"""
    if live.get(key) is not None:
        return holds(live[key], wanted)
    return found.get(key, "not_shown") != "not_shown"


def plain(study: Study, key: str, value, language: str) -> str:
    """An answer in words for people; "" for None."""
    if value is None:
        return ""
    if is_declined(value) or is_not_sure(value):
        return study.text("skip" if is_declined(value) else "not_sure", language)
    item = study.items[split_key(key)[0]]
    if item.choices:
        chosen = value if isinstance(value, list) else [value]
        return several((_choice_words(study, item, one, language) for one in chosen), language)
    return value if isinstance(value, str) else figure(value)


def briefly(study: Study, key: str, chosen: list[str], language: str) -> str:
    """Chosen answers by the words that name each inside a sentence, such as "strong opioid"."""
    item = study.items[split_key(key)[0]]
    found = [(one, item.choice(one)) for one in chosen]
    words = (study.words(choice.short or choice.text, language) if choice else one for one, choice in found)
    return several(words, language)


def label(study: Study, key: str, language: str, since: str) -> str:
    """The question of an answer key as it can be read alone, an instance's choice in front: "Headache: At its worst,
    how strong ...". since: what {since} stands for, in words."""
    item_key, instance = split_key(key)
    text = question(study, key, language, since)
    if not instance:
        return text
    about = _choice_words(study, study.items[study.screen_of[item_key].for_each], ticked(instance), language)
    return said_of(f"{about}{_which(instance)}", text, language)


def question(study: Study, key: str, language: str, since: str) -> str:
    """The question of an answer key under a heading that names what it is about. since: as for `label`."""
    item_key, instance = split_key(key)
    item = study.items[item_key]
    return study.words(item.text, language).format(since=since, what=what(study, item, instance, language))


def what(study: Study, part: Screen | Item, instance: str, language: str) -> str:
    """The words inside a sentence for the choice that a screen, or an item of it, is shown for, such as
    "the headache" or, of a second one, "strong opioid (2)"; "" without an instance."""
    screen = part if isinstance(part, Screen) else study.screen_of[part.key]
    if not (instance and screen.for_each):
        return ""
    choice = study.items[screen.for_each].choice(ticked(instance))
    return study.words(choice.short or choice.text, language) + _which(instance) if choice else instance


def _which(instance: str) -> str:
    return f" ({_number(instance)})" if _number(instance) > 1 else ""


def _choice_words(study: Study, item: Item, key: str, language: str) -> str:
    choice: Choice | None = item.choice(key)
    return study.words(choice.text, language) if choice else key
