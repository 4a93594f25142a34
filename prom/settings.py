"""The settings: one table of name, kind, default and meaning, read once from the environment at start.

A missing or odd one refuses the start in one line that names it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, make_dataclass
from typing import Any
from urllib.parse import urlsplit

from prom.errors import SettingFault

REQUIRED = object()
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_PREFIX = re.compile(r"\+[1-9][0-9]{5,13}\*")


@dataclass(frozen=True)
class Setting:
    """One row of the table. `read` turns text into a value and raises ValueError with the remedy."""

    name: str
    field: str
    read: Callable[[str], Any]
    default: Any
    meaning: str


def _text(text: str) -> str:
    return text


def _file(text: str) -> str:
    if text == ":memory:":
        raise ValueError("give a file: in memory each process would have another database, gone at its end")
    return text


def _secrets(text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    if not keys or any(len(key) < 32 for key in keys):
        raise ValueError("give one or several keys of 32 characters or more, newest first, comma-separated")
    return keys


def _own_address(text: str) -> str:
    """Of this system: every link and cookie is for its root, so a path of it would lead nowhere."""
    if not _is_address(text) or urlsplit(text).path not in ("", "/"):
        raise ValueError("give an address such as https://prom.example.org, with nothing after the host or its port")
    return text.rstrip("/")


def _address(text: str) -> str:
    if not _is_address(text):
        raise ValueError("give an address such as https://prom.example.org, with nothing after its path")
    return text.rstrip("/")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "") + ("" if parts.port is None else str(parts.port))
    except ValueError:  # a port that is no number
        return False
    plain = re.fullmatch(r"[!-~]+", text) and "\\" not in text and "@" not in parts.netloc
    return bool(plain and host and parts.scheme in ("http", "https") and not re.search("[?#]", text))


def _matching(pattern: str, remedy: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(remedy)
        return text

    return read


def _provider(text: str) -> str:
    if text not in ("phone", "twilio"):
        raise ValueError("choose phone (on-screen, sends nothing) or twilio")
    return text


def _numbers(text: str) -> tuple[str, ...]:
    return _list_of(text, _NUMBER.fullmatch, "give mobile numbers as +15550100001, comma-separated")


def _allow(text: str) -> tuple[str, ...]:
    remedy = "give numbers as +15550100001, or prefixes of 6 digits or more ending in *, comma-separated"
    return _list_of(text, lambda part: _NUMBER.fullmatch(part) or _PREFIX.fullmatch(part), remedy)


def _list_of(text: str, fits: Callable[[str], Any], remedy: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in text.split(","))
    if not all(fits(part) for part in parts):  # an empty place is odd too: a list of none would allow everybody
        raise ValueError(remedy)
    return parts


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,6}", text) or not low <= int(text) <= high:
            raise ValueError(f"give a whole number from {low} to {high}")
        return int(text)

    return read


SETTINGS = (
    Setting(
        "PROM_SECRET_KEY",
        "secret_key",
        _secrets,
        REQUIRED,
        "One or several secrets of 32 characters or more, newest first, comma-separated. Keep them apart "
        "from the database: they make links and seal names and numbers.",
    ),
    Setting(
        "PROM_BASE_URL",
        "base_url",
        _own_address,
        REQUIRED,
        "The address people reach this system at, with no path; every link is built from it. https where real texts "
        "leave.",
    ),
    Setting("PROM_DATABASE", "database", _file, "prom.db", "The database file."),
    Setting("PROM_STUDY", "study", _text, "prom/studies/interscapular-pain.toml", "The study file."),
    Setting(
        "PROM_SMS",
        "sms",
        _provider,
        "phone",
        "How texts leave: `phone` sends nothing (the demo shows its texts on screen), `twilio` sends them.",
    ),
    Setting(
        "PROM_SMS_ALLOW",
        "sms_allow",
        _allow,
        (),
        "When set, only these are texted: E.164 numbers, or prefixes of 6 digits or more ending in `*`, "
        "comma-separated. Any other message is dropped with reason `not_allowed`.",
    ),
    Setting(
        "PROM_SMS_PACE",
        "sms_pace",
        _whole(0, 1000),
        None,
        "With PROM_SMS=twilio: segments a second to participants, 0 for no limit. Left out, by the sender: 30 for a "
        "short code, 3 for a toll-free number, else 1. Faster than it carries, nurses' texts wait behind the heap.",
    ),
    Setting(
        "PROM_SMS_HOURS",
        "sms_hours",
        _whole(1, 10),
        4,
        "With PROM_SMS=twilio: hours after which the provider drops a text that still waits: none comes at night.",
    ),
    Setting(
        "PROM_OPERATOR",
        "operator",
        _numbers,
        (),
        "Mobiles that get alarms about the system itself. Needed with PROM_SMS=twilio, unless PROM_SMS_ALLOW is set.",
    ),
    Setting(
        "PROM_PROXIES",
        "proxies",
        _whole(0, 9),
        0,
        "How many proxies of your own stand in front; with too few, all log-ins count as one address, and somebody's "
        "wrong passwords keep everybody out.",
    ),
    Setting(
        "PROM_CANARY",
        "canary",
        _matching(_NUMBER.pattern, "give one mobile number as +15550100001"),
        "",
        "The mobile of somebody of the staff who answers a try-out form once a week; empty: there is no such try-out.",
    ),
    Setting(
        "PROM_METRICS_TOKEN",
        "metrics_token",
        _matching(r"[!-~]{16,}", "give 16 characters or more, none of them a space"),
        "",
        "The Bearer token that `/metrics` asks for; empty: it answers on this machine (loopback) alone.",
    ),
    Setting("PORT", "port", _whole(1, 65535), 8000, "The port that `make demo` and `make serve` listen on."),
    Setting(
        "TWILIO_ACCOUNT_SID",
        "twilio_account_sid",
        _matching("AC[0-9a-fA-F]{32}", "give the account's SID: AC and 32 digits or letters from a to f"),
        "",
        "With PROM_SMS=twilio: the account.",
    ),
    Setting(
        "TWILIO_AUTH_TOKEN",
        "twilio_auth_token",
        _text,
        "",
        "With PROM_SMS=twilio: the token; it also proves that webhooks come from the provider.",
    ),
    Setting(
        "TWILIO_MESSAGING_SERVICE_SID",
        "twilio_messaging_service_sid",
        _matching("MG[A-Za-z0-9]+", "give the SID of a Messaging Service, which starts with MG"),
        "",
        "With PROM_SMS=twilio: the Messaging Service that sends, or set TWILIO_FROM.",
    ),
    Setting(
        "TWILIO_FROM",
        "twilio_from",
        _matching(
            r"\+[1-9][0-9]{6,14}|[0-9]{3,8}|(?=[0-9 ]*[A-Za-z])[A-Za-z0-9 ]{1,11}",
            "give the number that sends, as +15550100001 with its +, or a short code, or a sender name with a letter",
        ),
        "",
        "With PROM_SMS=twilio: the number that sends.",
    ),
    Setting(
        "TWILIO_API_URL",
        "twilio_api_url",
        _address,
        "",
        "Another base address for the provider: a regional edge, a recorder, a mock.",
    ),
)


def _frozen() -> type:
    columns = [
        (row.field, Any, field(repr=False) if row.default is REQUIRED else field(default=row.default, repr=False))
        for row in SETTINGS
    ]
    return make_dataclass("Settings", columns, frozen=True)


Settings: Any = _frozen()


def read(environment: Mapping[str, str]) -> Any:
    """Settings from an environment. Raises SettingFault, one line, at the first that is missing or odd."""
    values = {row.field: _value(row, environment.get(row.name, "")) for row in SETTINGS}
    settings = Settings(**values)
    _check_provider(settings)
    return settings


def one(name: str, text: str) -> Any:
    """The value of one setting, for what needs no other. Raises SettingFault as `read` does."""
    return _value(next(row for row in SETTINGS if row.name == name), text)


def remarks(settings: Any) -> list[str]:
    """What is allowed and seems not to be meant, for the operator; one line each."""
    found = []
    if settings.sms == "twilio" and not _is_private(settings.base_url):
        found.append("PROM_BASE_URL is http: what people answer travels readable by everybody on the way; give https://")
    if settings.base_url.startswith("https://") and not settings.proxies:
        found.append(
            "PROM_PROXIES is 0, and PROM_BASE_URL is https: say how many proxies of your own stand in front, "
            "or all log-ins count as one address"
        )
    return found


def unknown(environment: Mapping[str, str]) -> list[str]:
    """Names in an environment that look like settings of ours and are none: misspelt, or of another release."""
    known = {row.name for row in SETTINGS}
    return sorted(name for name in environment if name.startswith(("PROM_", "TWILIO_")) and name not in known)


def _value(row: Setting, text: str) -> Any:
    if not text.strip():
        if row.default is REQUIRED:
            raise SettingFault(f"{row.name} is not set: {row.meaning}")
        return row.default
    try:
        return row.read(text.strip())
    except ValueError as remedy:
        raise SettingFault(f"{row.name} is odd: {remedy}") from None


def _check_provider(settings: Any) -> None:
    if settings.sms != "twilio":
        return
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        if not getattr(settings, name.lower()):
            raise SettingFault(f"{name} is not set: PROM_SMS=twilio needs it")
    if not (settings.twilio_messaging_service_sid or settings.twilio_from):
        raise SettingFault("TWILIO_MESSAGING_SERVICE_SID is not set: PROM_SMS=twilio needs it, or TWILIO_FROM")
    if not (settings.sms_allow or _is_private(settings.base_url)):
        raise SettingFault("PROM_BASE_URL is odd: give an https:// address, for answers about health travel to it")


def _is_private(address: str) -> bool:
    """Whether nobody on the way reads along: https, or this machine itself."""
    parts = urlsplit(address)
    return parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1")
