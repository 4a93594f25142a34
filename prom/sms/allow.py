"""Which numbers may be texted at all while a system is being tried out (PROM_SMS_ALLOW).

The question is asked before a text is handed to any gateway; here is only the answer."""


def allowed(number, allow):
    """Whether a number (E.164) may be texted. allow: numbers, or prefixes ending in `*`; () allows every number."""
    return not allow or any(_covers(entry, number) for entry in allow)


def _covers(entry, number):
    return number.startswith(entry[:-1]) if entry.endswith("*") else number == entry
