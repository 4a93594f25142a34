"""What each error code of the provider's calls for: one table, for refused calls and for texts that failed later.

Source: the provider's error dictionary and its notes on undelivered messages. A code that does not stand here is of
that text alone: it failed, and a person is asked to see to the number.
"""

BUSY = "busy"  # refused for now and never taken in: it goes again
OPTED_OUT = "opted_out"  # the number said stop: nothing goes to it until it says start
BAD_NUMBER = "bad_number"  # not a number, or no mobile: somebody finds the right one
CHECK_NUMBER = "check_number"  # nobody is there, or it is a landline: somebody asks whether it is still right
ROUTE = "route"  # trial account, country, pair of numbers: this number cannot be reached as the account is set up
CONFIGURATION = "configuration"  # ours to mend, and no text can go until then: texts to participants are held
UNREACHABLE = "unreachable"  # the phone was off or away: again, hours later
OVERFLOW = "overflow"  # more than the sender's queue takes: again, slower
BLOCKED = "blocked"  # the carrier disliked it: not again; several a day are the wording or the link's domain
OTHER = "other"
_OF_THE_ACCOUNT = ("", "20003")  # of what a refusal for our configuration may say, not of the sender that it names
NUMBER_FAILS = (BAD_NUMBER, CHECK_NUMBER)  # so would the next text: none goes to it until it is mended

CODES = {
    "20429": BUSY,
    "21611": BUSY,
    "21610": OPTED_OUT,
    "21211": BAD_NUMBER,
    "21614": BAD_NUMBER,
    "21604": BAD_NUMBER,
    "21608": ROUTE,
    "21408": ROUTE,
    "21612": ROUTE,
    "20003": CONFIGURATION,
    "21606": CONFIGURATION,
    "30034": CONFIGURATION,
    "30003": UNREACHABLE,
    "30008": UNREACHABLE,
    "30001": OVERFLOW,
    "30004": BLOCKED,
    "30007": BLOCKED,
    "30005": CHECK_NUMBER,
    "30006": CHECK_NUMBER,
}


def calls_for(code: str) -> str:
    """What a code that came with a failed text calls for."""
    return CODES.get(code, OTHER)


def refusal_calls_for(code: str) -> str:
    """What a refused call calls for; a refusal without a code speaks of no text, but of how we ask."""
    return calls_for(code) if code else CONFIGURATION


def proves_mended(code: str, before: str) -> bool:
    """Whether a refusal shows that what an earlier one, for our configuration, was about is mended: one of that number
    alone shows that the account is known, and one that names an opt-out that the sender is too."""
    what = refusal_calls_for(code)
    return what == OPTED_OUT or before in _OF_THE_ACCOUNT and what not in (CONFIGURATION, BUSY)
