"""What can go wrong on the way out, and which of our three errors it becomes (STACK 1.3)."""

import socket
import time
import traceback

import pytest

from prom.errors import SmsRejected, SmsUnavailable, SmsUnknown
from tests.sms.conftest import ACCOUNT, SERVICE, TOKEN

NUMBER, TEXT = "+447700900123", "please answer https://prom.example/s/abcdefghijklmnopqrstuv"
SECRETS = (NUMBER[1:], "%2B44", "abcdefghijklmnopqrstuv", TOKEN, "Basic ")


def sent_in_vain(gateway, to=NUMBER):
    """The error of a text that was not accepted, seen to hold nothing that a log may not."""
    with pytest.raises((SmsRejected, SmsUnavailable, SmsUnknown)) as caught:
        gateway.send(to, TEXT, "m1")
    return tight(caught.value)


def tight(error):
    assert error.__cause__ is None and error.__context__ is None
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    assert not [secret for secret in (*SECRETS, ACCOUNT) if secret in told]
    return error


def as_told(error):
    return type(error), error.code, error.retry_after


@pytest.mark.parametrize(
    "fault, error, created",
    [
        ("429", (SmsUnavailable, "20429", 2.0), False),
        (("429", 30), (SmsUnavailable, "20429", 30.0), False),
        (("code", 20429, 400), (SmsUnavailable, "20429", None), False),
        (("code", 21611), (SmsUnavailable, "21611", None), False),
        ("500-before", (SmsUnknown, "20500", None), False),
        ("500-after", (SmsUnknown, "20500", None), True),
        (("code", 20500, 502), (SmsUnknown, "20500", None), False),
        (("code", 20500, 504), (SmsUnknown, "20500", None), False),
        (("code", 20408, 408), (SmsUnknown, "20408", None), False),
        ("html503", (SmsUnknown, "", None), False),
        ("reset", (SmsUnknown, "", None), False),
        ("reset-after", (SmsUnknown, "", None), True),
        ("garbage", (SmsUnknown, "", None), False),
        ("redirect", (SmsUnknown, "", None), False),
        (("code", 20003, 401), (SmsRejected, "20003", None), False),
        (("code", 20003, 403), (SmsRejected, "20003", None), False),
        *[
            (("code", code), (SmsRejected, str(code), None), False)
            for code in (21606, 30034, 21408, 21608, 21612, 21610, 21211, 21614, 21604, 21617)
        ],
    ],
)
def test_each_answer_becomes_one_of_three_errors_after_one_try(double, gateway, fault, error, created):
    double.faults.append(fault)
    assert as_told(sent_in_vain(gateway)) == error
    assert len(double.posts) == 1
    assert bool(double.created) is created


@pytest.mark.parametrize(
    "number, code", [("+15005550001", "21211"), ("+15005550004", "21610"), ("+15005550009", "21614")]
)
def test_the_providers_magic_numbers_are_refused(gateway, number, code):
    assert as_told(sent_in_vain(gateway, number)) == (SmsRejected, code, None)


def test_a_wrong_token_is_rejected(double, gateway_to):
    assert as_told(sent_in_vain(gateway_to(token="wrong"))) == (SmsRejected, "20003", None)
    assert double.created == []


def test_a_late_answer_is_unknown_and_the_list_tells_what_became_of_it(double, gateway_to):
    gateway = gateway_to(timeout=0.5)
    double.faults.append(("hang", 5))
    assert as_told(sent_in_vain(gateway)) == (SmsUnknown, "", None)
    assert [text.text for text in gateway.recent(NUMBER)] == [TEXT]


def test_a_late_answer_holds_up_no_other_text(double, gateway_to):
    gateway = gateway_to(timeout=0.5)
    double.faults.append(("hang", 5))
    sent_in_vain(gateway)
    assert gateway.send(NUMBER, TEXT, "m2").provider_id == double.posts[1].sid


@pytest.mark.parametrize("fault", ["drip", "drip-headers"])
def test_an_answer_that_drips_is_unknown_by_the_same_deadline(double, gateway_to, fault):
    gateway = gateway_to(timeout=0.5)
    double.faults.append(fault)
    began = time.monotonic()
    assert as_told(sent_in_vain(gateway)) == (SmsUnknown, "", None)
    assert time.monotonic() - began < 5
    assert gateway.send(NUMBER, TEXT, "m2").provider_id == double.posts[1].sid


def test_a_list_that_drips_is_given_up_by_the_same_deadline(double, gateway_to):
    double.list_faults.append("drip")
    began = time.monotonic()
    with pytest.raises(SmsUnavailable):
        gateway_to(timeout=0.5).recent(NUMBER)
    assert time.monotonic() - began < 5


def test_nobody_listening_means_not_sent(double, gateway_to):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        refused = gateway_to(api_url=f"http://127.0.0.1:{bound.getsockname()[1]}")
        assert as_told(sent_in_vain(refused)) == (SmsUnavailable, "", None)


@pytest.mark.parametrize("address", ["http://nowhere.invalid", "http://", "nonsense", "ftp://127.0.0.1"])
def test_an_address_that_leads_nowhere_means_not_sent(gateway_to, address):
    assert as_told(sent_in_vain(gateway_to(api_url=address))) == (SmsUnavailable, "", None)


def test_no_answer_to_connecting_means_not_sent(gateway_to):
    """A listening socket whose queue is full leaves a further caller without an answer."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        gateway = gateway_to(api_url=f"http://127.0.0.1:{full.getsockname()[1]}", timeout=0.4)
        assert as_told(sent_in_vain(gateway)) == (SmsUnavailable, "", None)
        for caller in callers:
            caller.close()


def test_a_proxy_that_is_not_there_means_not_sent(gateway_to, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    assert as_told(sent_in_vain(gateway_to(api_url="https://sms.example"))) == (SmsUnavailable, "", None)


def test_a_secure_call_that_breaks_off_is_unknown(double, gateway_to):
    """An error below HTTP may also come after the text has gone, so it is not taken for a refusal."""
    insecure = double.url.replace("http://", "https://")
    assert as_told(sent_in_vain(gateway_to(api_url=insecure))) == (SmsUnknown, "", None)


def test_the_text_after_a_cut_connection_is_sent(double, gateway):
    double.faults.append("reset")
    sent_in_vain(gateway)
    gateway.send(NUMBER, TEXT, "m2")
    assert double.sent_to(NUMBER) == [TEXT]


def test_a_question_that_fails_is_never_ambiguous(double, gateway_to):
    double.list_faults.extend(["500-before", "reset", "html503", "garbage", ("hang", 5)])
    gateway = gateway_to(timeout=0.5)
    while double.list_faults:
        with pytest.raises(SmsUnavailable) as caught:
            gateway.recent(NUMBER)
        tight(caught.value)
    assert gateway.recent(NUMBER) == []


def test_one_text_is_fetched_by_its_id_as_it_stands_now(double, gateway):
    sent = gateway.send(NUMBER, TEXT, "m1")
    double.posts[0].status, double.posts[0].code = "undelivered", "30003"
    found = gateway.fetch(sent.provider_id)
    assert (found.provider_id, found.status, found.code, found.text) == (sent.provider_id, "undelivered", "30003", TEXT)
    with pytest.raises(SmsRejected) as caught:
        gateway.fetch("SM" + "0" * 32)
    assert tight(caught.value).code == "20404"
    double.list_faults.append("reset")
    with pytest.raises(SmsUnavailable):
        gateway.fetch(sent.provider_id)


def test_a_question_with_a_wrong_token_is_rejected(gateway_to):
    with pytest.raises(SmsRejected) as caught:
        gateway_to(token="wrong").recent(NUMBER)
    assert tight(caught.value).code == "20003"


def test_the_gateway_does_not_show_its_token(gateway):
    assert TOKEN not in repr(gateway) and SERVICE not in repr(gateway)
