"""What must be true of the texts of a study file: their keys, their placeholders, and for those that are
sent as text messages their size and what they may not say."""

import re
import unicodedata

from prom.rules.study import Study
from prom.rules.text_sample import (
    ADDRESSED,
    EXAMPLE,
    FOR,
    FOR_STAFF,
    MESSAGES,
    alone,
    call_name,
    keys,
    link,
    sample,
    stop_address,
)
from prom.rules.texts import addressed, clinic_values, not_gsm, parts, placeholders, segments, speaks_gsm

Fault = tuple[str, str]  # place, remedy

# Every text that the product uses, with the placeholders it may hold beside the clinic's own.
OWN_PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    "sms_invite": ("link",),
    "sms_remind": ("link", "date"),
    "sms_link": ("link",),
    "sms_for": ("call_name",),
    "sms_stop": (),
    "sms_stop_link": ("link",),
    "sms_noreply": (),
    "optout": (),
    "optout_page": ("stop",),
    "staff_red": ("link", "by_text"),
    "staff_high": ("link", "by_text"),
    "staff_by_text": ("code",),
    "staff_rehearsal": ("link", "by_text"),
    "staff_rehearsal_code": ("code",),
    "staff_yours": ("link",),
    "staff_yours_red": ("link", "minutes"),
    "staff_handed": ("link",),
    "staff_handed_red": ("link",),
    "staff_chase": ("link",),
    "staff_unclosed": ("link",),
    "staff_physician": ("link",),
    "staff_taken": ("link",),
    "staff_not_understood": ("link",),
    "staff_undelivered": ("link",),
    "staff_digest": ("link", "alerts", "overdue", "reports", "visits"),
    "staff_decision": ("link",),
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
# Of these and of the clinic's own, what each text is there to say: a link to open, a way to stop (which the rules for
# senders ask for in what opens a conversation), whom to call. Without it the text is of no use, or of harm.
NEEDED: dict[str, tuple[str, ...]] = {
    "sms_invite": ("link", "optout"),
    "sms_remind": ("link",),
    "sms_link": ("link",),
    "sms_stop_link": ("link",),
    "sms_noreply": ("phone", "emergency"),
    "optout_page": ("stop",),
    "staff_red": ("link",),
    "staff_high": ("link",),
    "staff_by_text": ("code",),
    "staff_rehearsal": ("link",),
    "staff_rehearsal_code": ("code",),
    "staff_yours": ("link",),
    "staff_yours_red": ("link", "minutes"),
    "staff_handed": ("link",),
    "staff_handed_red": ("link",),
    "staff_chase": ("link",),
    "staff_unclosed": ("link",),
    "staff_not_understood": ("link",),
    "staff_physician": ("link",),
    "staff_taken": ("link",),
    "staff_undelivered": ("link",),
    "staff_digest": ("link", "alerts"),
    "staff_decision": ("link",),
    "operator_alarm": ("what", "link"),
    "operator_over": ("what", "link"),
    "not_monitored": ("emergency",),
    "red_msg": ("emergency",),
    "red_msg_treated": ("date",),
    "high_open": ("phone", "emergency"),
    "high_closed": ("next_open", "phone", "emergency"),
    "pain_high": ("date", "phone"),
    "done_read": ("date",),
    "done_call": ("date",),
    "done_call_when": ("date",),
    "done_call_us": ("phone",),
    "used_warning": ("phone",),
    "closed": ("phone", "emergency"),
    "not_open": ("date", "phone", "emergency"),
    "withdrawn": ("phone", "emergency"),
    "unknown": ("phone", "emergency"),
    "consent_sms": ("number", "n", "months"),
}
# How a text asks for an answer by text, in the languages that we have; a keyword in capitals asks for it in any.
REPLY = re.compile(
    r"(?i:reply|respond|answer this|text back|contest[ae]|env[ií]e (stop|start)|回[覆复傳传信])"
    r"|\b(STOP|START|UNSTOP|HELP|ALTO|BAJA|AYUDA)\b"
)
# stay unsent where no reply reaches us
NOTHING_ARRIVES = ("sms_noreply", "staff_by_text", "staff_rehearsal_code", "staff_not_understood")
# where the language can be GSM-7
IN_ONE_SEGMENT = ("sms_invite", "sms_link", "staff_red", "staff_high", "staff_rehearsal", "staff_digest")


def checked(study: Study, language: str) -> list[Fault]:
    """The faults of one language's texts: (place, remedy) pairs."""
    own = study.texts.get(language, {})
    default = language == study.study.default_language
    wanted = [key for key in OWN_PLACEHOLDERS if default or not key.startswith(FOR_STAFF)]
    faults = [(f"texts.{language}.{key}", "is missing: add it") for key in wanted if not own.get(key, "").strip()]
    for key, text in own.items():
        place = f"texts.{language}.{key}"
        found = _placeholder_faults(key, text, study, language)
        if not found and key.startswith(MESSAGES):
            found = _message_faults(study, key, language)
        faults += [(place, remedy) for remedy in found]
    return faults


def address_faults(study: Study, base_url: str, languages: tuple[str, ...]) -> list[Fault]:
    """The faults that texts without any get by the real address in their links: some do not fit any more, or it says a
    word that they may not."""
    name = base_url.partition("://")[2]
    faults = [("PROM_BASE_URL", f"leave out the word: {word}") for word in forbidden_in(study, name)]
    for language in languages:
        for key in keys(study, language):
            faults += [(f"texts.{language}.{key}", remedy) for remedy in sample_faults(study, key, language, base_url)]
    return faults


def name_faults(study: Study) -> list[Fault]:
    """The faults of the sender's name, which stands in every text message."""
    name = study.clinic.sms_name
    found = [f"leave out the word: {word}" for word in forbidden_in(study, name)]
    if any(map(speaks_gsm, study.study.languages)) and not_gsm(name):
        found.append(f"use plain characters in place of: {not_gsm(name)}")
    return [("clinic.sms_name", remedy) for remedy in found]


def forbidden_in(study: Study, text: str) -> list[str]:
    """The forbidden words that a text has, or more of the kind, whatever their case and accents."""
    plain = unaccented(text)
    return [word for word in study.texting.forbidden_words if _says(plain, unaccented(word))]


def unaccented(text: str) -> str:
    """A text with small letters, and without accents."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _placeholder_faults(key: str, text: str, study: Study, language: str) -> list[str]:
    if key not in OWN_PLACEHOLDERS:
        return ["is not a text that is used: remove it or mend its name"]
    try:
        used = placeholders(text)
    except ValueError:
        return ["close each brace that is opened, and write only a name in it"]
    if key == FOR and "call_name" not in used:
        return ["say for whom: name {call_name}"]
    known = {*OWN_PLACEHOLDERS[key], *clinic_values(study, language), *(["optout"] if key.startswith("sms_") else [])}
    strange = [
        f"{{{name}}} cannot be filled here: name one of: {', '.join(sorted(known))}" for name in sorted(used - known)
    ]
    lacking = [name for name in NEEDED.get(key, ()) if name not in used] if text.strip() else []
    return strange or [f"add {{{name}}}: the text is there to say it" for name in lacking]


def _message_faults(study: Study, key: str, language: str) -> list[str]:
    try:
        sizes = sample_faults(study, key, language, EXAMPLE)
        nameless = alone(study, key, language, sms_name="")
    except (KeyError, ValueError, IndexError, AttributeError):  # told at the opt-out text
        return []
    found = [f"leave out the word: {word}" for word in forbidden_in(study, nameless)]
    strange = not_gsm(study.text(key, language) + nameless) if speaks_gsm(language) else ""
    if strange:
        found.append(f"use plain characters in place of: {strange}")
    if not study.texting.two_way and key not in NOTHING_ARRIVES and REPLY.search(nameless):
        found.append("do not ask for a reply: texting.two_way is false")
    return found + sizes


def sample_faults(study: Study, key: str, language: str, base_url: str) -> list[str]:
    """The faults of size of a text message as it will look; of the words that say whom one is for, before each text
    that may begin with them and has none without. Raises as `fill_message` does."""
    if key != FOR:
        return size_faults(key, sample(study, key, language, base_url), base_url)
    return [
        f"before {each}: {remedy}"
        for each in ADDRESSED
        if not size_faults(each, alone(study, each, language, base_url), base_url)
        for remedy in _faults_before(study, each, language, base_url)
    ]


def _faults_before(study: Study, key: str, language: str, base_url: str) -> list[str]:
    """Of a text that says first whom it is for, with a call name of any length; where the address that stops texts
    comes to stand then is left to chance, for it stands near the end."""
    text, longest = alone(study, key, language, base_url), call_name(language)
    texts = [addressed(study, text, longest[:letters], language) for letters in range(1, len(longest) + 1)]
    cut = [_cut("link", link(key, base_url), text) for text in texts]
    return _too_long(FOR, texts[-1]) or [each for each in cut if each][:1]


def size_faults(key: str, text: str, base_url: str) -> list[str]:
    """What keeps a whole text message from its segments, or its addresses from being tapped; [] where it fits."""
    if too_long := _too_long(key, text):
        return too_long
    found = []
    for name, address in (("link", link(key, base_url)), ("stop", stop_address(base_url))):
        if cut := _cut(name, address, text):
            found.append(cut)
        if re.search(re.escape(address) + r"(?![\s/])(?!$)", text):
            found.append(f"put a space after {{{name}}}: a phone takes what follows for a part of it")
    return found


def _too_long(key: str, text: str) -> list[str]:
    size = segments(text)
    most = 1 if key in IN_ONE_SEGMENT and size.encoding == "GSM-7" else 2
    if size.count <= most:
        return []
    return [f"shorten it: {size.units} {size.encoding} units make {size.count} segments, at most {most}"]


def _cut(name: str, address: str, text: str) -> str:
    """That an address in a text is cut in two; "" where it is not."""
    whole = address not in text or any(address in part for part in parts(text))
    return "" if whole else f"move {{{name}}}: it is cut in two between segments"


def _says(text: str, word: str) -> bool:
    if not word.isascii():  # scripts without spaces between words
        return word in text
    return bool(re.search(rf"(?<!\w){re.escape(word)}(e?s)?(?!\w)", text))
