"""Words of the coordinator's pages: states of people and procedures, tasks, and what a change moved."""

from flask_babel import force_locale, gettext

from prom.rules import provider_codes
from prom.rules.languages import locale
from prom.rules.study import Study
from prom.rules.texts import fill
from prom.store.connect import Row
from prom.web import history, message_words, spoken

PROCEDURES = {
    "planned": "planned",
    "performed": "done",
    "postponed": "postponed",
    "cancelled": "cancelled",
    "attempted": "attempted, not completed",
}
STATUS = {
    "stopped_texts": "Wants no more texts",
    "resumed_texts": "Wants texts again",
    "left_follow_up": "Leaves follow-up",
    "lost": "Cannot be found any more",
    "deceased": "Has died",
    "screen_failure": "Screen failure",
    "entered_in_error": "Entered in error",
    "undone": "Taken back: follow-up goes on",
}
LEFT = {
    "left_follow_up": "Left follow-up",
    "erasure_asked": "Asked for erasure",
    "lost": "Cannot be found any more",
    "deceased": "Has died",
    "screen_failure": "Screen failure",
    "entered_in_error": "Entered in error",
}
WISHES = {
    "leave_asked": "Asked on {asked} to leave the study",
    "erasure_asked": "Asked on {asked} that contact data be erased",
}
SOURCES = {
    "staff": "recorded by staff",
    "participant": "by the participant",
    "text": "by text",
    "page": "by whoever had their link",
}
VERIFIED = {"code": "a code read back", "call": "a call"}
CONSENTS = {"study": "To the study", "texts": "To texts"}
OPTED_OUT = {"text": "by text", "page": "on the page that stops texts", "provider": "as our provider says"}
OPTED_IN = {"text": "by text", "page": "on the page that stops texts", "staff": "they asked"}
SIDES = {"left": "left", "right": "right", "both": "both sides", "middle": "middle"}
OUTCOMES = {"done": "Done", "reached": "Reached them", "not_reached": "Did not reach them", "not_needed": "Not needed"}
ENDED = OUTCOMES | {"left": "Left follow-up"}  # of a wish; the last, because that was recorded
TASKS = {
    "call": ("Call this person", "The form was not answered, or they are not reached by text."),
    "consent_missing": (
        "No consent to the study",
        "A form is due, and nothing is sent and nobody called without it. Record the consent, or that they leave.",
    ),
    "procedure_to_confirm": ("Was the procedure done?", "Its planned day has passed and nobody has said."),
    "plain_stop": (
        "Seems to want no more texts",
        "Their words are with the alert, and no invitation or reminder goes meanwhile. Ask them. If they want none, "
        "record that on their page first: once this is finished, texts go on unless the page says otherwise.",
    ),
    "start_asked": (
        "Texted START, and gets no texts still",
        "They had stopped or left, or the phone is shared. Call them, and record on their page what they want.",
    ),
    "unknown_number": ("A text from a number nobody has", "It may be a participant with a new phone. Read it now."),
    "staff_reply": (
        "A text from somebody on the staff",
        "Nobody reads the texts that staff send here. Read this one, and tell them to use the alert's page.",
    ),
    "start_unheard": (
        "Wants texts again, and cannot get them yet",
        "They wrote a word that our provider does not know, and it sends them nothing. Ask them to text START to us.",
    ),
    "undelivered": ("A text did not arrive", "Ask whether the number is still right."),
    "wrong_number": (
        "The number does not work",
        "None of their texts goes to it until it is mended. Find the right number. A coordinator records it here.",
    ),
    "language_unapproved": (
        "Gets another language for now",
        "The clinical lead has not approved the texts in theirs. Have them approved, or choose another language.",
    ),
    "link_locked": (
        "A link is locked",
        "A wrong year of birth was given five times. Ask whether it was them; on the page they can get a new link.",
    ),
    "not_for_me": (
        "Somebody at this number said: not for me",
        "None of their texts goes to it. Find the right number, or verify on their page that this one is theirs.",
    ),
    "leave_asked": (
        "Asks to leave the study",
        "Asked on the form's page; the texts have stopped. Call them, and record on their page what they want.",
    ),
    "erasure_asked": (
        "Asks to have the contact data erased",
        "Asked on the form's page; the texts have stopped. Check that it was them, and see to it.",
    ),
    "text_unknown": ("Not known whether a text went", "Ask whether it came; the provider did not say."),
}
CALL_HELD = (  # in place of why somebody is called
    "The form is not finished, and texts wait for a nurse's word about a red alert. Ask who has the alert before you "
    "call."
)
UNDELIVERED = {  # by what the provider's code calls for; else the words of the task
    provider_codes.ROUTE: "The number may well be right. Call them, and tell whoever runs this system.",
    provider_codes.CONFIGURATION: "The number is right. Call them, and tell whoever runs this system.",
    provider_codes.BLOCKED: "The number may well be right. Call them, and tell whoever runs this system.",
    provider_codes.OVERFLOW: "The number is right. Send the link again from their page, or call them.",
    provider_codes.UNREACHABLE: "It was tried several times. Call them, and ask whether the number is still right.",
    provider_codes.CHECK_NUMBER: "Find the right number. A coordinator records it here.",
    provider_codes.BAD_NUMBER: "Find the right number. A coordinator records it here.",
}
TEXTED = " A text with the form's link goes to {} number."
_MOVES = {
    "planned": "planned",
    "held": "waiting for the procedure",
    "moved": "moved",
    "closed": "closed",
    "cancelled": "cancelled",
}


def task(kind: str, held: bool = False) -> tuple[str, str]:
    """A task in words: what, and why. A kind that has no words yet stands as it is. held: a red alert keeps the texts
    to its person back."""
    what, why = TASKS.get(kind, (kind.replace("_", " ").capitalize(), ""))
    return what, CALL_HELD if kind == "call" and held else why


def undelivered(reason: str) -> str:
    """Why a text did not arrive, and what to do, by its reason: "Why: our sender cannot reach that number (21612)."."""
    code = reason.rpartition(" ")[2]
    what = UNDELIVERED.get(provider_codes.calls_for(code), TASKS["undelivered"][1])
    return f"Why: {message_words.why(reason)}. {what}" if reason else what


def task_about(study: Study, task: Row) -> str:
    """The procedure or the visit that a task is about, in words; "" for neither."""
    kind = study.procedures.get(task["procedure_kind"] or "")
    if task["kind"] == "procedure_to_confirm" and kind:
        return f"{kind.title}, planned for {spoken.day(task['planned_on'])}" if task["planned_on"] else kind.title
    return history.title(study, task | {"occasion": 1}) if task["timepoint"] else ""


def opt_out(row: Row) -> str:
    """Since when a number was opted out, until when, and how: "Opted out Mon 2 Mar 2026, 10:00, by text."."""
    words = f"Opted out {spoken.moment(row['at'])}, {OPTED_OUT.get(row['how'], row['how'])}"
    if not row["ended_at"]:
        return f"{words}."
    by = f", recorded by {row['ended_by_name']}" if row["ended_by_name"] else ""
    return f"{words}; texts again since {spoken.moment(row['ended_at'])}, {OPTED_IN[row['ended_how']]}{by}."


def number_mended(texted: bool) -> str:
    """What another number means. texted: a text with the link goes to it."""
    ended = "Saved. The links that went to the old number have ended."
    return ended + (TEXTED.format("the new") if texted else "")


def what_moved(before: list[Row], after: list[Row]) -> str:
    """What a change did to a participant's visits: "3 visits planned, 1 visit cancelled."."""
    was = {visit["id"]: visit for visit in before}
    moves = [move(was.get(visit["id"]), visit) for visit in after]
    told = [f"{_many(moves.count(each))} {words}" for each, words in _MOVES.items() if each in moves]
    return f"{', '.join(told)}." if told else "No visit changed."


def changed_meanwhile(title: str, row: Row, last: Row) -> str:
    """Who changed a procedure since the page was made, and to what."""
    day = row["performed_on"] or (row["planned_on"] if row["status"] in ("planned", "postponed") else None)
    state = f"{PROCEDURES[row['status']]}{f', {spoken.day(day)}' if day else ''}"
    by = last["staff_name"] or "the command line"
    return (
        f"{by} changed this meanwhile ({spoken.moment(last['at'])}): {title} is now {state}. "
        "Nothing of yours is recorded yet. Look at it, then send yours again if it still holds."
    )


def consent_to_texts(study: Study, language: str) -> str:
    """What a participant agrees to, for the longest course that the study file allows: every procedure once."""
    points = [study.timepoint(key) for kind in study.procedures.values() for key in kind.timepoints]
    months = sum(
        max((study.timepoint(key).months for key in kind.timepoints), default=0) for kind in study.procedures.values()
    )
    texts = len(points) * (1 + len(study.texting.reminders))
    with force_locale(str(locale(language))):
        number = gettext("the mobile number above")
    return fill(study, "consent_sms", language, number=number, n=texts, months=months)


def move(was: Row | None, visit: Row) -> str | None:
    """What happened to one visit: planned | moved | held | closed | cancelled; None for nothing that a person need
    know."""
    before = None if was is None or was["cancelled_at"] else was
    if visit["submitted_at"]:
        return None
    if visit["cancelled_at"]:
        return "cancelled" if before else None
    if before is None or before["due_on"] != visit["due_on"]:
        moved = before is not None and before["due_on"]
        return ("moved" if moved else "planned") if visit["due_on"] else "held"
    return "closed" if visit["closes_at"] and not before["closes_at"] else None


def _many(number: int) -> str:
    return f"{number} visit{'' if number == 1 else 's'}"
