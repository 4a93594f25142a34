"""The seam to whoever carries our texts: what a gateway must do, and the plain values that it gives back.

What a status means, and what follows from an error, is decided elsewhere (prom/rules/sending.py)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Accepted:
    """The provider took the text. `status` is its first one: accepted, queued, …; no receipt comes for it."""

    provider_id: str
    status: str


@dataclass(frozen=True)
class Receipt:
    """What the provider says became of a text. Receipts repeat and come in any order.

    message_id: our own id, "" where the provider sent none. code: the provider's error code, "" for none.
    at_provider: the carrier's time as the provider wrote it (to the minute, zone unsaid), "" for none."""

    message_id: str
    provider_id: str
    status: str
    code: str
    at_provider: str


@dataclass(frozen=True)
class Inbound:
    """A text that somebody sent to us. sender: E.164. opt_out_type: STOP, START or HELP where the provider
    itself acted on the text, else "" (then the text must be read for these words)."""

    provider_id: str
    sender: str
    text: str
    opt_out_type: str


@dataclass(frozen=True)
class Listed:
    """One text as it stands in the provider's list. created_at: stored form, `2026-03-01T09:00:00Z`. code: the
    provider's error code, "" for none."""

    provider_id: str
    text: str
    status: str
    created_at: str
    code: str = ""


class Gateway(Protocol):
    """Any carrier of texts. Safe to call from several threads at once."""

    def send(self, to: str, text: str, ref: str) -> Accepted:
        """Hand one finished text to the provider; never tries twice.

        to: E.164. ref: our message id, which comes back in each Receipt.
        Raises SmsRejected (do not retry), SmsUnavailable (certainly not sent), SmsUnknown (perhaps sent)."""
        ...

    def recent(self, to: str) -> list[Listed]:
        """The last texts to a number as the provider has them, newest first, 20 at most.

        Raises SmsRejected or SmsUnavailable; a question that fails is never ambiguous."""
        ...

    def fetch(self, provider_id: str) -> Listed:
        """One text as the provider has it now. Errors as for recent; SmsRejected where it is not known there."""
        ...

    def read_status(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Receipt:
        """The receipt in a request to our status address. url: path with query, as it was asked for.

        Raises NotFromProvider unless the signature shows that the provider sent it."""
        ...

    def read_inbound(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Inbound:
        """The text in a request to our inbound address; arguments and error as for read_status."""
        ...
