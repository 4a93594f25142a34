"""What was ticked, and what was said about each, as a list: medicines and problems a line each.

How an answer is said there stands in the study file (`said`, and a choice's `short`); one without is left out.
"""

from prom.rules.amounts import amount
from prom.rules.instrument import answer_key, kept, plain, split_key, ticked, what
from prom.rules.study import Screen, Study
from prom.rules.texts import listed, said_of


def topics(study: Study) -> dict[str, Screen]:
    """The questions about each of whose choices more is asked, by item key, with their screens in order."""
    about = {screen.for_each for screen in study.screens if screen.for_each}
    return {item.key: screen for screen in study.screens for item in screen.items if item.key in about}


def told(study: Study, timepoint_key: str, answers: dict, language: str) -> dict[str, list[str]]:
    """What a report tells on each topic that its timepoint asks about, by item key: its lines; where nothing was ticked
    the words that say so, such as "No"; [] where it is not answered."""
    live, found = kept(study, timepoint_key, answers), {}
    for key, screen in topics(study).items():
        if key in study.timepoint(timepoint_key).asks:
            opens = screen.show_when.item if screen.show_when and key not in live else key
            said = plain(study, opens, live.get(opens), language)
            of_it = {one: value for one, value in live.items() if _topic(study, one) == key}
            found[key] = lines(study, of_it, language) or ([said] if said else [])
    return found


def lines(study: Study, answers: dict, language: str) -> list[str]:
    """Answers in words, a line for each medicine, or whatever else was ticked: "Strong opioid: Oxycodone, 10 mg"."""
    about = {one.for_each: one for one in study.screens if one.for_each}
    told: dict[tuple[str, str], list[str]] = {}
    for key, value in answers.items():
        item_key, instance = split_key(key)
        if instance:
            place = (study.screen_of[item_key].for_each, instance)
            told.setdefault(place, []).extend(_said(study, item_key, instance, answers, language))
        elif item_key in about and isinstance(value, list):
            told |= {(item_key, choice): [] for choice in value}
    kinds = list(told)  # a second medicine stands after the first of its kind
    return [
        _line(what(study, about[ticked_in], instance, language), told[ticked_in, instance], language)
        for ticked_in, instance in sorted(told, key=lambda one: kinds.index((one[0], ticked(one[1]))))
    ]


def _said(study: Study, item_key: str, instance: str, answers: dict, language: str) -> list[str]:
    """An answer as a list says it, with its unit: ["50 mg"]; [] for one that it leaves out."""
    item = study.items[item_key]
    one = item.said_one and answers[answer_key(item_key, instance)] == 1
    said = study.words(item.said_one if one else item.said, language)
    value = amount(study, item, instance, answers, language)
    return [said.format(value=value)] if said and value else []


def _line(name: str, said: list[str], language: str) -> str:
    line = said_of(name, listed(said, language), language) if said else name
    return line[:1].upper() + line[1:]


def _topic(study: Study, key: str) -> str:
    item_key, instance = split_key(key)
    return study.screen_of[item_key].for_each if instance else item_key
