import pytest

from prom.errors import NotFromProvider
from prom.sms.gateway import Accepted, Listed
from prom.sms.phone import PhoneGateway

NUMBER, AT = "+447700900123", "2026-03-01T09:00:00Z"


@pytest.fixture
def kept():
    return []


@pytest.fixture
def phone(kept):
    def keep(to, text, ref):
        kept.append((to, text, ref))

    def recent(to):
        return [(ref, text, AT) for number, text, ref in reversed(kept) if number == to]

    return PhoneGateway(keep, recent)


def test_a_text_is_kept_and_counts_as_delivered(phone, kept):
    assert phone.send(NUMBER, "Please answer", "m1") == Accepted("phone-m1", "delivered")
    assert kept == [(NUMBER, "Please answer", "m1")]


def test_a_phone_lists_its_own_texts_newest_first(phone):
    phone.send(NUMBER, "first", "m1")
    phone.send("+447700900999", "of another", "m2")
    phone.send(NUMBER, "second", "m3")
    assert phone.recent(NUMBER) == [
        Listed("phone-m3", "second", "delivered", AT),
        Listed("phone-m1", "first", "delivered", AT),
    ]


def test_a_text_that_could_not_be_kept_was_not_sent():
    def keep(to, text, ref):
        raise OSError("disk full")

    with pytest.raises(OSError):
        PhoneGateway(keep, lambda to: []).send(NUMBER, "Please answer", "m1")


@pytest.mark.parametrize("ask", ["read_status", "read_inbound"])
def test_nobody_can_speak_for_the_phone(phone, ask):
    with pytest.raises(NotFromProvider):
        getattr(phone, ask)("/sms/status?m=m1", {"MessageStatus": "delivered"}, {"X-Twilio-Signature": ""})
