"""The on-screen phone of the demo: a gateway whose texts go no further than our own pages.

It opens no database. Whoever makes it gives it the two functions that keep and show the sealed copies."""

from prom.errors import NotFromProvider
from prom.sms.gateway import Accepted, Listed

DELIVERED = "delivered"


class PhoneGateway:
    """A Gateway without a provider.

    keep(to, text, ref): stores one sealed copy. recent(to): [(ref, text, at)], newest first, `at` in the
    stored form. base_url: our public address, taken so that every gateway is told the same."""

    def __init__(self, keep, recent, base_url=""):
        self._keep, self._copies, self.base_url = keep, recent, base_url

    def send(self, to, text, ref):
        """See Gateway. A text that was kept is delivered: the screen is the phone."""
        self._keep(to, text, ref)
        return Accepted(_provider_id(ref), DELIVERED)

    def recent(self, to):
        """See Gateway."""
        return [Listed(_provider_id(ref), text, DELIVERED, at) for ref, text, at in self._copies(to)]

    def fetch(self, provider_id):
        """See Gateway. Nothing is ever without a last word, so that nobody needs to ask."""
        return Listed(provider_id, "", DELIVERED, "")

    def read_status(self, url, form, headers):
        """Always NotFromProvider: there is none who could have sent it."""
        raise NotFromProvider()

    def read_inbound(self, url, form, headers):
        """Always NotFromProvider."""
        raise NotFromProvider()


def _provider_id(ref):
    return "phone-" + ref
