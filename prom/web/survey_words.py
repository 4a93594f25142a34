"""The words of the participant's pages that belong to no study: buttons, headings, what an error asks for.

Everything that a clinician approves stands in the study file. {placeholders} are filled where a word is used.
"""

WORDS = {
    "en": {
        "title": "Check-in",
        "next": "Next",
        "back": "Back",
        "send": "Send my answers",
        "change": "Change",
        "call": "Call {number}",
        "choose": "Choose one",
        "left_empty": "Left empty",
        "progress": "Question {number} of about {total}",
        "last_step": "Last step",
        "review": "Check your answers",
        "thanks": "Thank you",
        "closed": "This form has closed",
        "not_open": "This form is not open yet",
        "withdrawn": "No more forms",
        "unknown": "This link does not work",
        "last_check_in": "your last check-in",
        "look_again": "Please look at this again",
        "choose_one": "Choose an answer.",
        "choose_number": "Choose a number, or “{skip}”.",
        "required": "Fill this in.",
        "required_or_tick": "Fill this in, or tick a box below it.",
        "keep_one": "You wrote something and ticked a box. Keep only one.",
        "required_red": "Tick what fits, or “{none}”.",
        "whole_number": "Give a whole number from {low} to {high}.",
        "number_between": "Give a number from {low} to {high}.",
        "number_only": "Write only the number, such as 50. Leave out words and units.",
        "comma": "Write a thousand without a comma, such as 1000.",
        "too_long": "Make this shorter: {longest} letters at most.",
        "date": "Give the whole date: day, month and year.",
        "date_future": "Give a date that is not after today.",
        "date_before": "Give a date from {earliest} on.",
    }
}


def word(key: str, language: str, **values: str) -> str:
    """A word of the pages in a language, English where that has none. Raises KeyError for an unknown key."""
    return WORDS.get(language, WORDS["en"])[key].format_map(values)
