"""Who holds the phone: when a link asks for the year of birth, how often it may be tried, how long passing holds."""

from datetime import datetime, timedelta

from prom.rules.study import Study
from prom.rules.times import DAY, instant

TRIES = 5  # wrong years that lock a link; the database holds the same number
PASS_LASTS = timedelta(hours=2)  # after its last use
THANKS_LAST = DAY  # so long after sending the link shows the thanks with their advice, later only that it was sent


def asks_year(study: Study, on_file: bool, shared: bool) -> bool:
    """Whether a link asks for the year of birth. on_file: one is known (else the link alone identifies); shared: the
    number is another participant's too."""
    return on_file and needs_year(study, shared)


def needs_year(study: Study, shared: bool) -> bool:
    """Whether a year of birth has to be on file, because links will ask for it."""
    return study.survey.birth_year == "always" or shared


def year(typed: str) -> int | None:
    """The year that somebody typed; None for anything but four digits (of any script)."""
    digits = typed.strip()
    return int(digits) if len(digits) == 4 and digits.isdecimal() else None


def tries_left(wrong: int) -> int:
    """How many tries a link still takes after so many wrong years."""
    return max(TRIES - wrong, 0)


def runs(last_used_at: str, now: datetime) -> bool:
    """Whether a pass that was last used at an instant (stored form) is still good."""
    return now < instant(last_used_at) + PASS_LASTS
