"""What can go wrong, as one family. A refusal carries a message key and values, never finished words:
they are translated where they are shown."""


class Refusal(Exception):
    """Something a person asked for that we will not do. `key` names the message, `values` fill it."""

    status = 400

    def __init__(self, key: str, **values):
        super().__init__(key)
        self.key, self.values = key, values


class NotFound(Refusal):
    """There is no such thing, or this viewer may not see it (the same answer on purpose)."""

    status = 404


class Forbidden(Refusal):
    """Signed in, but this role may not do that."""

    status = 403


class Conflict(Refusal):
    """The thing has changed meanwhile, or is no longer in a state that allows it."""

    status = 409


class TooMany(Refusal):
    """Too many tries in too short a time."""

    status = 429


class LinkClosed(Refusal):
    """The visit of this link no longer takes answers."""

    status = 410


class AlreadyAnswered(Refusal):
    """The report of this visit was sent before; the thank-you page is the answer."""

    status = 409


class ChangedElsewhere(Conflict):
    """What this page shows was answered otherwise from another page meanwhile."""


class StudyFault(Exception):
    """A study file that cannot be used. `faults`: (place, remedy) pairs, one for each fault."""

    def __init__(self, name: str, faults: list[tuple[str, str]]):
        super().__init__("\n".join(f"{name}: {place}: {remedy}" for place, remedy in faults))
        self.name, self.faults = name, faults


class SettingFault(Exception):
    """A setting that is missing or odd, in one line that names it."""


class StartRefused(Exception):
    """The settings are well-formed, but this system must not start as it stands; one line says why."""


class SmsError(Exception):
    """A text that was not accepted. `code` is the provider's, "" where it gave none."""

    def __init__(self, code: str = "", retry_after: float | None = None):
        super().__init__(code)
        self.code, self.retry_after = code, retry_after


class SmsRejected(SmsError):
    """The provider said no, and would say it again: do not retry."""


class SmsUnavailable(SmsError):
    """Certainly not sent; try again, after `retry_after` seconds where the provider named them."""


class SmsUnknown(SmsError):
    """It may or may not have been sent: a time-out, a 5xx, a cut connection."""


class NotFromProvider(Exception):
    """The signature does not show that the provider sent this request."""
