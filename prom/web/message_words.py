"""Texts as staff read them: what kind each is, what became of it, and why. A provider's code is said in words where its
documents have some."""

from prom.store.connect import Row
from prom.web.spoken import CANCELLED

KINDS = {
    "invitation": "Invitation",
    "reminder": "Reminder",
    "again": "Invitation once more",
    "resend": "Link once more",
    "new_link": "New link",
    "noreply": "“We do not read replies”",
    "stop_link": "Link to stop the texts",
    "stop_confirmed": "STOP confirmed",
    "alert": "Alert",
    "told_back": "Answer to a code",
    "not_understood": "Answer to a text without a code",
    "handed_over": "Handed over",
    "chase": "Reminder to act",
    "physician": "Physician asked",
    "digest": "Morning digest",
    "decision": "Decision on an adverse event due",
    "alarm": "Alarm",
    "test": "Test to oneself",
    "rehearsal": "Test of the night phone",
}
STANDINGS = {
    "queued": "waiting to go",
    "sending": "on its way",
    "sent": "sent, not yet confirmed",
    "delivered": "arrived",
    "undelivered": "did not arrive",
    "failed": "failed",
    "dropped": "not sent",
    "unknown": "not known whether it went",
}
REASONS = {
    "acknowledged": "somebody had it already",
    "overtaken": "it was so no longer",
    "opted_out": "the number is opted out",
    "no_number": "there is no number",
    "not_theirs": "somebody at the number said that it is not theirs",
    "number_fails": "the number does not work and is not mended yet",
    "not_allowed": "the number is not on this system's list",
    "not_active": "no longer on the staff",
    "red_alert": "waits for a red alert",
    "plain_stop": "waits until somebody has asked whether they want no more texts",
    "texting_hours": "waits for texting hours",
    "cap": "waits: enough texts this day or week",
    "stale": "too late to be sent",
    "left": "left the study",
    "texts_stopped": "stopped texts",
    "no_study_consent": "no study consent",
    "no_texts_consent": "no consent to texts",
    "contact_mode": "is not contacted by text",
    "submitted": "the form was sent before",
    "missed": "the form had closed",
    "visit_cancelled": "the visit was cancelled",
    "cancelled": "taken back by a coordinator",
    "planned": "the form is not open yet",
    "configuration": "the provider's settings are wrong",
    "unavailable": "the provider could not be reached",
    "no answer": "the provider did not answer",
    "no outcome": "the provider did not answer",
    "not at the provider": "the provider does not know it",
    "fault": "a fault on our side",
}
CODES = {
    "20003": "the provider refuses our credentials",
    "20429": "too many at once for the provider",
    "21211": "that is no mobile number",
    "21408": "our account may not text that country",
    "21604": "there is no number",
    "21606": "our sender cannot send texts",
    "21608": "our account is a trial and may not text that number",
    "21610": "the number is opted out",
    "21611": "too many texts wait at the provider",
    "21612": "our sender cannot reach that number",
    "21614": "that is no mobile number",
    "30001": "too many texts waited at the provider",
    "30002": "our account is suspended",
    "30003": "the phone is off or out of reach",
    "30004": "the phone or its network blocks us",
    "30005": "the number is not in use",
    "30006": "a landline, or a network that takes no texts",
    "30007": "the network took it for spam",
    "30008": "the network does not say why",
    "30034": "our sender is not registered",
}
STEPS = {
    "due": "Came due",
    "queued": "Text queued",
    "sent": "Text sent",
    "delivered": "Text arrived",
    "opened": "Link opened",
    "started": "Begun",
    "submitted": "Answered",
}
BESIDE = {
    "queued": "of them without a text: on the phone or in the clinic",
    "sent": "of them without a text sent",
    "delivered": "of them without word that a text arrived",
    "opened": "of them without the link: on the phone or on paper",
    "started": "of them in one piece: on the phone or on paper",
}
_LOSSES = CANCELLED | {
    "open": "still open",
    "missed": "the form has closed",
    "sent": "not confirmed yet",
    "contact_mode": "is not contacted by text now",
    "no_number": "has no number now",
}


def loss(why: str) -> str:
    """Why a visit got no further, in words: its own reason, the person's, or what became of its last text."""
    status, _, reason = why.partition(" ")
    if status in STANDINGS and why not in _LOSSES:
        return standing({"status": status, "reason": reason})
    return _LOSSES.get(why) or REASONS.get(why, why)


def fate(step: str, why: str) -> str:
    """How far a visit got, in words: "Text sent; did not arrive: ..."."""
    return f"{STEPS[step]}; {loss(why)}" if why else STEPS[step]


def kind(message: Row) -> str:
    """A text's kind in words. One that has no words yet stands as it is."""
    return KINDS.get(message["kind"], message["kind"].replace("_", " ").capitalize())


def standing(message: Row) -> str:
    """What became of a text, with the reason: "not sent: the number is opted out". One that waits and would not go
    says so (`will_drop`)."""
    if message.get("will_drop"):
        return f"will not be sent: {why(message['will_drop'])}"
    status, reason = STANDINGS[message["status"]], message["reason"] or ""
    if not reason or message["status"] in ("sent", "delivered", "sending"):
        return status
    return f"{status}: {why(reason)}"


def why(reason: str) -> str:
    """A reason in words, with the provider's code where it gave one: "the provider could not be reached (503)"."""
    if reason in REASONS:
        return REASONS[reason]
    ours, _, code = reason.rpartition(" ")
    known = CODES.get(code) or REASONS.get(ours)
    return f"{known} ({code})" if known else f"code {code}"
