"""What must be true of the texts of a study file: their keys, their placeholders, and for those that are
sent as text messages their size and what they may not say."""

import re
from datetime import date

from prom.rules.study import Study
from prom.rules.texts import (
    clinic_values,
    fill,
    fill_message,
    not_gsm,
    parts,
    placeholders,
    segments,
    speaks_gsm,
    spoken_day,
)

Fault = tuple[str, str]  # place, remedy

# Every text that the product uses, with the placeholders it may hold beside the clinic's own.
OWN_PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    "sms_invite": ("link",),
    "sms_remind": ("link", "date"),
    "sms_link": ("link",),
    "sms_stop": (),
    "sms_noreply": (),
    "optout": (),
    "staff_red": ("link", "by_text"),
    "staff_high": ("link", "by_text"),
    "staff_by_text": ("code",),
    "staff_yours": ("link",),
    "staff_yours_red": ("link", "minutes"),
    "staff_taken": ("link",),
    "staff_undelivered": ("link",),
    "operator_alarm": ("what", "link"),
    "operator_over": ("what", "link"),
    "not_monitored": (),
    "not_monitored_night": (),
    "red_msg": (),
    "red_msg_treated": ("date",),
    "red_declined": (),
    "which_signs": (),
    "red_msg_rest": (),
    "high_open": (),
    "high_closed": ("next_open",),
    "pain_high": ("date",),
    "skip": (),
    "not_sure": (),
    "review": (),
    "done": ("month",),
    "done_last": (),
    "done_phone": ("month",),
    "done_read": ("date",),
    "done_call": ("date",),
    "done_call_when": ("date",),
    "done_call_us": (),
    "own_pain": (),
    "used": ("date",),
    "used_warning": ("date",),
    "closed": ("date",),
    "not_open": ("date",),
    "withdrawn": (),
    "unknown": (),
    "consent_sms": ("number", "n", "months"),
}
FOR_STAFF = ("staff_", "operator_")  # how the keys of texts to staff begin: these go in the default language alone
LINK = "https://prom.example.org/s/" + "W" * 22  # as long as a real one
ALERT = "https://prom.example.org/care/alerts/" + "W" * 16
CODE = "W" * 6  # as long as a real one
REPLY = re.compile("reply|respond|回覆|回复", re.IGNORECASE)  # how a text asks for an answer by text
IN_ONE_SEGMENT = ("sms_invite", "sms_link", "staff_red", "staff_high")  # where the language can be GSM-7


def checked(study: Study, language: str) -> list[Fault]:
    """The faults of one language's texts: (place, remedy) pairs."""
    own = study.texts.get(language, {})
    default = language == study.study.default_language
    wanted = [key for key in OWN_PLACEHOLDERS if default or not key.startswith(FOR_STAFF)]
    faults = [(f"texts.{language}.{key}", "is missing: add it") for key in wanted if not own.get(key, "").strip()]
    for key, text in own.items():
        place = f"texts.{language}.{key}"
        found = _placeholder_faults(key, text, study, language)
        if not found and key.startswith(("sms_", "staff_")):
            found = _message_faults(study, key, language)
        faults += [(place, remedy) for remedy in found]
    return faults


def name_faults(study: Study) -> list[Fault]:
    """The faults of the sender's name, which stands in every text message."""
    name = study.clinic.sms_name
    found = [f"leave out the word: {word}" for word in _forbidden_in(study, name)]
    if any(map(speaks_gsm, study.study.languages)) and not_gsm(name):
        found.append(f"use plain characters in place of: {not_gsm(name)}")
    return [("clinic.sms_name", remedy) for remedy in found]


def _placeholder_faults(key: str, text: str, study: Study, language: str) -> list[str]:
    if key not in OWN_PLACEHOLDERS:
        return ["is not a text that is used: remove it or mend its name"]
    try:
        used = placeholders(text)
    except ValueError:
        return ["close each brace that is opened"]
    known = {*OWN_PLACEHOLDERS[key], *_clinic_names(study, language)} - ({"optout"} if key == "optout" else set())
    return [
        f"{{{name}}} cannot be filled here: name one of: {', '.join(sorted(known))}" for name in sorted(used - known)
    ]


def _clinic_names(study: Study, language: str) -> set[str]:
    try:
        return set(clinic_values(study, language))
    except (KeyError, ValueError, IndexError, AttributeError):  # the fault is the opt-out text's own
        return {"org", "sms_name", "phone", "emergency", "days", "open", "close", "hours", "optout"}


def _message_faults(study: Study, key: str, language: str) -> list[str]:
    try:
        whole = _sample(study, key, language)
        nameless = _sample(study, key, language, sms_name="")
    except (KeyError, ValueError, IndexError, AttributeError):  # told at the opt-out text
        return []
    found = [f"leave out the word: {word}" for word in _forbidden_in(study, nameless)]
    strange = not_gsm(study.text(key, language)) if speaks_gsm(language) else ""
    if strange:
        found.append(f"use plain characters in place of: {strange}")
    if key.startswith("sms_"):
        if not study.texting.two_way and REPLY.search(nameless):
            found.append("do not ask for a reply: texting.two_way is false")
    return found + _size_faults(key, whole)


def _size_faults(key: str, text: str) -> list[str]:
    size = segments(text)
    most = 1 if key in IN_ONE_SEGMENT and size.encoding == "GSM-7" else 2
    if size.count > most:
        return [f"shorten it: {size.units} {size.encoding} units make {size.count} segments, at most {most}"]
    if any(link in text and not any(link in part for part in parts(text)) for link in (LINK, ALERT)):
        return ["move {link}: it is cut in two between segments"]
    return []


def _sample(study: Study, key: str, language: str, **values) -> str:
    filled = dict.fromkeys(OWN_PLACEHOLDERS[key], "12") | {"link": ALERT if key.startswith(FOR_STAFF) else LINK}
    filled |= {"date": spoken_day(date(2026, 9, 30), language), "code": CODE}
    if "by_text" in filled:
        filled["by_text"] = fill(study, "staff_by_text", language, code=CODE) if study.texting.two_way else ""
    return fill_message(study, key, language, **(filled | values))


def _forbidden_in(study: Study, text: str) -> list[str]:
    return [word for word in study.texting.forbidden_words if _says(text, word)]


def _says(text: str, word: str) -> bool:
    if not word.isascii():  # scripts without spaces between words
        return word in text
    return bool(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE))
