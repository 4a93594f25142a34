"""The real SDK against the HTTP double: what every test of this folder starts from."""

import pytest

from prom.sms.twilio import TwilioGateway
from tests.double import Double

ACCOUNT, TOKEN, SERVICE = "AC" + "7" * 32, "a-token-that-nobody-may-see", "MG" + "5" * 32
BASE_URL = "https://prom.example"


@pytest.fixture
def double():
    with Double(ACCOUNT, TOKEN) as running:
        yield running


@pytest.fixture
def gateway_to(double, monkeypatch):
    """A function that makes a gateway to the double; keywords as for TwilioGateway."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def make(token=TOKEN, sender=SERVICE, base_url=BASE_URL, api_url=double.url, **more):
        return TwilioGateway(ACCOUNT, token, base_url, sender, api_url=api_url, **more)

    return make


@pytest.fixture
def gateway(gateway_to):
    return gateway_to()
