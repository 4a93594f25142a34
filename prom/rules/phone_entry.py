"""Answers that staff enter for a participant, heard on the phone or read from paper: what must be known of them."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from prom.rules.times import instant, local_day

Row = dict[str, Any]
MODES = ("phone", "paper")
SPEAKERS = {"participant": "self", "other": "proxy"}  # who answers on the phone, and who filled it in then


def faults(
    visit: Row, mode: str | None, filled_on: date | None, speaker: str | None, zone: ZoneInfo, now: datetime
) -> tuple[str, ...]:
    """What is wrong with how an entry is to be made, by message key: entry_mode, entry_date, entry_speaker.

    filled_on: the day on which a paper form was filled in, from the one on which the visit opened until today.
    """
    if mode not in MODES:
        return ("entry_mode",)
    if mode == "phone":
        return () if speaker in SPEAKERS else ("entry_speaker",)
    earliest, latest = days(visit, zone, now)
    return () if filled_on and earliest <= filled_on <= latest else ("entry_date",)


def days(visit: Row, zone: ZoneInfo, now: datetime) -> tuple[date, date]:
    """The first and the last day on which a paper form of a visit that has opened can have been filled in."""
    return local_day(instant(visit["opens_at"]), zone), local_day(now, zone)
