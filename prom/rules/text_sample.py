"""Each text message of a study file as it will look: filled with plainly made-up values as long as real ones get.

They are counted, read on a page, and sent as a test to oneself."""

from datetime import date, timedelta
from functools import cache

from prom.rules.study import Study
from prom.rules.texts import addressed, fill, fill_message, longest_call_name, segments, spoken_day

MESSAGES = ("sms_", "staff_", "operator_")  # how the keys of texts that leave as text messages begin
FOR_STAFF = ("staff_", "operator_")  # of those, the ones to staff: these go in the default language alone
FOR = "sms_for"  # stands before another text, where participants share the phone
ADDRESSED = ("sms_invite", "sms_remind", "sms_link")  # before these
EXAMPLE = "https://prom.example.org"
_TOKEN = "EXAMPLE" + 15 * "0"  # as long as a real one (keys.TOKEN_LENGTH)
_PATHS = {
    "staff_digest": "/care/today",
    "staff_rehearsal": f"/care/ring/{16 * '0'}",
    "staff_": f"/care/alerts/{16 * '0'}",
    "operator_": "/readyz",
    "sms_stop_link": f"/stop/{_TOKEN}",
}  # the first that fits
_BY_TEXT = {"staff_rehearsal": "staff_rehearsal_code"}  # the words that ask for a code, where they are its own
_PARTS = ("staff_by_text", "staff_rehearsal_code")  # of other texts
_CODE = "WWWWWW"  # as long as a real one
_WAITING = {"alerts": 99, "overdue": 99, "reports": 999, "visits": 999}  # more than waits on any morning
_CALL_NAME = "Maximiliana Josefina"  # as long as one may be, but in languages that leave less room
_WHAT = "nobody could be told"  # the longest thing that ails a system


def keys(study: Study, language: str) -> list[str]:
    """The texts of a language that leave as text messages, in the order of the file."""
    to_staff = language == study.study.default_language
    return [
        key
        for key in study.texts.get(language, {})
        if key.startswith(MESSAGES) and key not in _PARTS and (to_staff or not key.startswith(FOR_STAFF))
    ]


def link(key: str, base_url: str) -> str:
    """The link that a text holds, as long as a real one; it leads nowhere."""
    return base_url + next((path for start, path in _PATHS.items() if key.startswith(start)), f"/s/{_TOKEN}")


def stop_address(base_url: str) -> str:
    """Where texts are stopped, as it stands in a text: without the scheme, which phones do not need and which takes
    room."""
    return base_url.partition("://")[2] + "/stop"


def values(study: Study, key: str, language: str, base_url: str) -> dict[str, str]:
    """What the placeholders of a text message are filled with, but for the clinic's own facts."""
    by_text = fill(study, _BY_TEXT.get(key, "staff_by_text"), language, code=_CODE) if study.texting.two_way else ""
    return {
        **{name: str(number) for name, number in _WAITING.items()},
        "call_name": call_name(language),
        "link": link(key, base_url),
        "date": longest_day(language),
        "what": _WHAT,
        "code": _CODE,
        "by_text": by_text,
        "minutes": str(study.alerts.opened_minutes),
    }


def sample(study: Study, key: str, language: str, base_url: str = EXAMPLE, **others: str) -> str:
    """A whole text message; for the words that say whom one is for, an invitation that begins with them. others: values
    in place of these. Raises as `fill_message` does."""
    if key == FOR:
        return sample_for(study, ADDRESSED[0], language, base_url)
    return alone(study, key, language, base_url, **others)


def sample_for(study: Study, key: str, language: str, base_url: str = EXAMPLE) -> str:
    """A whole text message that says first whom it is for. Raises as `fill_message` does."""
    return addressed(study, alone(study, key, language, base_url), call_name(language), language)


def call_name(language: str) -> str:
    """A call name as long as one may be."""
    return _CALL_NAME[: longest_call_name(language)]


def alone(study: Study, key: str, language: str, base_url: str = EXAMPLE, **others: str) -> str:
    """As `sample`, but the words of this key alone."""
    filled = values(study, key, language, base_url) | others
    return fill_message(study, key, language, stop=stop_address(base_url), **filled)


@cache
def longest_day(language: str) -> str:
    """The day of the year that takes most room in a text message."""
    days = (spoken_day(date(2028, 1, 1) + timedelta(days=number), language) for number in range(366))
    return max(days, key=lambda day: segments(day).units)
