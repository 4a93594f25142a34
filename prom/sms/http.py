"""How the provider's SDK reaches the network: one address, one time-out, one try, and every failure
turned into one of our three errors, which say whether the text may have left.

An exception from here has neither text nor context: those of the HTTP library hold number and token."""

import json
import logging
import ssl
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from twilio.http import HttpClient
from twilio.http.response import Response

from prom.errors import SmsError, SmsRejected, SmsUnavailable, SmsUnknown
from prom.rules.provider_codes import BUSY, calls_for
from prom.sms.deadline import bound

PROVIDER_HOST = "api.twilio.com"
BAD_CREDENTIALS = "20003"
CALLS_AT_ONCE = 24
BEFORE_ANY_REQUEST = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)


class ProviderHttp(HttpClient):
    """The SDK's HTTP client. `address`: another base address for the provider's, "" for its own.

    timeout: seconds for the whole answer, however it drips; half of it to connect. Threads share the pool
    of connections and nothing else: a `requests.Session` is not made for several threads."""

    def __init__(self, address: str = "", timeout: float = 10):
        super().__init__(logging.getLogger(__name__), False, timeout)
        self._address = address.rstrip("/")
        self._waits = (timeout / 2, timeout)
        self._pool = HTTPAdapter(pool_maxsize=CALLS_AT_ONCE, max_retries=0)
        bound(self._pool.poolmanager)
        # At DEBUG it writes each address asked for, and the provider's list is asked for by number.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

    def request(self, method, uri, params=None, data=None, headers=None, auth=None, timeout=None,
                allow_redirects=False):  # fmt: skip
        """The provider's answer (2xx with JSON), or one of our errors. A GET is never SmsUnknown."""
        asked = {"params": params, "data": data, "headers": headers, "auth": auth}
        answer = self._ask(method, self._swapped(uri), asked)
        fault = answer if isinstance(answer, SmsError) else fault_in(answer)
        if isinstance(fault, SmsUnknown) and method.upper() == "GET":
            fault = SmsUnavailable(fault.code, fault.retry_after)
        if fault is not None:
            raise fault
        return Response(answer.status_code, answer.text, answer.headers)

    def _ask(self, method, url, asked):
        """The answer, or the error to raise once the HTTP library's own is forgotten."""
        session = requests.Session()
        session.mount("https://", self._pool)
        session.mount("http://", self._pool)
        try:
            return session.request(method.upper(), url, timeout=self._waits, allow_redirects=False, **asked)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            return SmsUnavailable() if never_connected(error) else SmsUnknown()

    def _swapped(self, url):
        parts = urlsplit(url)
        if not self._address or parts.hostname != PROVIDER_HOST:
            return url
        return self._address + parts.path + ("?" + parts.query if parts.query else "")


def never_connected(error):
    """Whether a network error shows that no request left: no address, refused, no answer to connecting,
    a proxy that would not, a certificate that is not the provider's."""
    if isinstance(error, BEFORE_ANY_REQUEST):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, urllib3.exceptions.SSLError):
        return any(isinstance(inner, ssl.SSLCertVerificationError) for inner in reason.args)
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


def fault_in(answer):
    """The error that an HTTP answer stands for, None for a good one. The status decides before the code,
    because an error page of a proxy on the way has no code of the provider's."""
    body = _json_object(answer)
    code = str((body or {}).get("code") or "")
    if 200 <= answer.status_code < 300:
        return SmsUnknown() if body is None else None
    if answer.status_code == 429 or (400 <= answer.status_code < 500 and calls_for(code) == BUSY):
        return SmsUnavailable(code, retry_after(answer.headers))
    if answer.status_code == 408 or not 400 <= answer.status_code < 500:
        return SmsUnknown(code)
    return SmsRejected(code or (BAD_CREDENTIALS if answer.status_code == 401 else ""))


def retry_after(headers):
    """Seconds to wait by the Retry-After header (a number, or a date against the answer's Date), or None."""
    asked = headers.get("Retry-After", "").strip()
    try:
        if asked.isdecimal():
            return float(asked)
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, wait.total_seconds())
    except (TypeError, ValueError):
        return None


def _json_object(answer):
    try:
        body = json.loads(answer.text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
