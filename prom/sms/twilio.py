"""Texts by Twilio, through its own SDK. The network's failures are turned into our errors in http.py."""

from urllib.parse import parse_qs, quote, urlsplit

from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)
from twilio.rest import Client

from prom.errors import NotFromProvider, SmsUnknown
from prom.sms.gateway import Accepted, Inbound, Listed, Receipt
from prom.sms.http import ProviderHttp

FOUR_HOURS = 4 * 60 * 60
RECENT = 20
# The SDK reads TWILIO_EDGE and TWILIO_REGION by itself (an empty mapping it takes for none given);
# TWILIO_API_URL is our one way to another address.
NO_ENVIRONMENT = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}


class TwilioGateway:
    """A Gateway over one Twilio account.

    base_url: our public address, on which receipts come back and against which signatures are checked.
    sender: a Messaging Service ("MG…") or a number. api_url: another address of the provider's API.
    timeout: seconds. validity: seconds after which the provider drops a text still waiting, so that
    none arrives at night."""

    def __init__(self, account_sid, auth_token, base_url, sender, api_url="", timeout=10, validity=FOUR_HOURS):
        if not auth_token:
            raise ValueError("TWILIO_AUTH_TOKEN is empty: anybody could sign requests with it")
        self._base_url = base_url.rstrip("/")
        self._validator = RequestValidator(auth_token)
        self._validity = validity
        self._from = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        client = Client(account_sid, auth_token, http_client=ProviderHttp(api_url, timeout), environment=NO_ENVIRONMENT)
        self._messages = client.messages

    def send(self, to, text, ref):
        """See Gateway. The receipt's address carries `ref`, so a receipt settles a call that timed out."""
        message = self._messages.create(
            to=to,
            body=text,
            status_callback=f"{self._base_url}/sms/status?m={quote(ref, safe='')}",
            validity_period=self._validity,
            **self._from,
        )
        if not message.sid:
            raise SmsUnknown()
        return Accepted(message.sid, message.status or "")

    def recent(self, to):
        """See Gateway. Asked for by number alone: Twilio's filter by date misses texts that still wait."""
        return [_listed(message) for message in self._messages.list(to=to, limit=RECENT)]

    def fetch(self, provider_id):
        """See Gateway."""
        return _listed(self._messages(provider_id).fetch())

    def read_status(self, url, form, headers):
        """See Gateway."""
        self._check(url, form, headers)
        ours = parse_qs(urlsplit(url).query).get("m", [""])
        return Receipt(
            message_id=ours[0],
            provider_id=form.get("MessageSid", ""),
            status=form.get("MessageStatus", ""),
            code=form.get("ErrorCode", ""),
            at_provider=form.get("RawDlrDoneDate", ""),
        )

    def read_inbound(self, url, form, headers):
        """See Gateway."""
        self._check(url, form, headers)
        return Inbound(
            provider_id=form.get("MessageSid", ""),
            sender=form.get("From", ""),
            text=form.get("Body", ""),
            opt_out_type=form.get("OptOutType", ""),
        )

    def _check(self, url, form, headers):
        """Signed for our public address: what the request itself says of its host may be forged."""
        signature = headers.get(SIGNATURE_HEADER) or ""
        algorithm = get_signature_algorithm(headers.get(SIGNATURE_SETTINGS_HEADER))
        if not self._validator.validate(self._base_url + url, form, signature, algorithm=algorithm):
            raise NotFromProvider()


def _listed(message):
    return Listed(
        message.sid,
        message.body or "",
        message.status or "",
        _stored(message.date_created),
        str(message.error_code or ""),
    )


def _stored(moment):
    """A time of the SDK's (aware, UTC) in the stored form, "" where the provider gave none."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""
