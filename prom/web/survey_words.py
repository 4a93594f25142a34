"""The words of the participant's pages that belong to no study and stand in no template: headings that a state of the
link chooses, what an error asks for, what went wrong. English here; the catalogues have the other languages.

Everything that a clinician approves stands in the study file.
"""

from flask_babel import lazy_gettext

from prom.errors import Refusal

_HEADINGS = {
    "thanks": lazy_gettext("Thank you"),
    "closed": lazy_gettext("This form has closed"),
    "not_open": lazy_gettext("This form is not open yet"),
    "withdrawn": lazy_gettext("No more forms"),
    "ended": lazy_gettext("This link has ended"),
    "not_theirs": lazy_gettext("We will not text this number"),
    "not_theirs_shared": lazy_gettext("The texts for this form will stop"),
    "unknown": lazy_gettext("This link does not work"),
}

_FAULTS = {
    "choose_one": lazy_gettext("Choose an answer."),
    "choose_number": lazy_gettext("Choose a number, or “%(skip)s”."),
    "required": lazy_gettext("Fill this in."),
    "required_or_tick": lazy_gettext("Fill this in, or tick a box below it."),
    "keep_one": lazy_gettext("You wrote something and ticked a box. Keep only one."),
    "required_red": lazy_gettext("Tick what fits, or “%(none)s”."),
    "whole_number": lazy_gettext("Give a whole number from %(low)s to %(high)s."),
    "number_between": lazy_gettext("Give a number from %(low)s to %(high)s."),
    "number_only": lazy_gettext("Write only the number, such as 50. Leave out words and units."),
    "comma": lazy_gettext("Write a thousand without a comma or point, such as 1000."),
    "too_long": lazy_gettext("Make this shorter: %(longest)s letters at most."),
    "date": lazy_gettext("Give the whole date: day, month and year."),
    "date_future": lazy_gettext("Give a date that is not after today."),
    "date_before": lazy_gettext("Give a date from %(earliest)s on."),
}

# The refusals that a participant can meet; any other is told as something that went wrong.
_TROUBLE = {
    "language_unknown": lazy_gettext("This form is not there in that language."),
    "not_found": lazy_gettext("There is no such page here."),
    "too_large": lazy_gettext("That is too large to send here."),
    "went_wrong": lazy_gettext("Something went wrong on our side. Nothing you sent before is lost. Please try again."),
}


def heading(page: str) -> str:
    """The heading of a page that asks nothing. Raises KeyError for a page that is not known."""
    return str(_HEADINGS[page])


def fault(key: str, **values: str) -> str:
    """What an error asks for, by the key of an AnswerFault. Raises KeyError for an unknown key."""
    return str(_FAULTS[key]) % values


def trouble(refusal: Refusal) -> str:
    """A refusal as a participant reads it."""
    return str(_TROUBLE.get(refusal.key, _TROUBLE["went_wrong"])) % refusal.values
