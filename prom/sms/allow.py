"""Which numbers may be texted at all while a system is being tried out (PROM_SMS_ALLOW).

The question is asked before a text is handed to any gateway; here is only the answer."""

import re

ENTRY = re.compile(r"\+[1-9][0-9]{6,14}|\+[1-9][0-9]{5,13}\*")


def allowed(number, allow):
    """Whether a number (E.164) may be texted. allow: what `parse` gives; () allows every number."""
    return not allow or any(_covers(entry, number) for entry in allow)


def parse(text):
    """The allow-list in a setting: numbers in E.164, or prefixes of 6 digits or more ending in `*`,
    with commas between. Blank text gives (), which allows all; so an empty place in a list is refused.

    Raises ValueError, which says which entry is wrong but does not repeat it."""
    if not text.strip():
        return ()
    entries = tuple(entry.strip() for entry in text.split(","))
    for place, entry in enumerate(entries, start=1):
        if not ENTRY.fullmatch(entry):
            raise ValueError(
                f"entry {place} of {len(entries)} is neither a number like +447700900123"
                " nor a prefix of 6 digits or more like +447700*"
            )
    return entries


def _covers(entry, number):
    return number.startswith(entry[:-1]) if entry.endswith("*") else number == entry
