"""A gateway that ends in a pocket: it takes every text and nothing leaves this process. For replays alone."""

from itertools import count

from prom.errors import NotFromProvider
from prom.sms.gateway import Accepted, Listed


class Pocket:
    """A Gateway without provider and without memory: what was sent stands in the database's own messages."""

    def __init__(self) -> None:
        self._number = count(1)

    def send(self, to: str, text: str, ref: str) -> Accepted:
        """See Gateway. Every text arrives at once."""
        return Accepted(f"pocket-{ref}-{next(self._number)}", "delivered")

    def recent(self, to: str) -> list[Listed]:
        """See Gateway. No text is ever of unknown outcome, so that nobody needs to ask."""
        return []

    def fetch(self, provider_id: str) -> Listed:
        """See Gateway. Every text had its last word at once."""
        return Listed(provider_id, "", "delivered", "")

    def read_status(self, url, form, headers):
        """Always NotFromProvider."""
        raise NotFromProvider

    def read_inbound(self, url, form, headers):
        """Always NotFromProvider."""
        raise NotFromProvider
