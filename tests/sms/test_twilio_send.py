"""What goes out: the fields of a POST, the list, the threads."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from prom.errors import SmsRejected
from prom.sms.gateway import Accepted
from tests.sms.conftest import ACCOUNT, BASE_URL, SERVICE

NUMBER, TEXT = "+447700900123", "St Anna: please answer https://prom.example/s/abcdefghijklmnopqrstuv"


def test_a_text_is_one_post_with_its_fields_and_our_id_in_the_callback(double, gateway):
    accepted = gateway.send(NUMBER, TEXT, "m1")
    (post,) = double.posts
    assert post.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert post.form == {
        "To": NUMBER,
        "Body": TEXT,
        "MessagingServiceSid": SERVICE,
        "StatusCallback": f"{BASE_URL}/sms/status?m=m1",
        "ValidityPeriod": "14400",
    }
    assert accepted == Accepted(post.sid, "accepted")


def test_a_number_as_sender_goes_into_from(double, gateway_to):
    accepted = gateway_to(sender="+15005550006", validity=600).send(NUMBER, TEXT, "m1")
    assert (double.posts[0].form["From"], double.posts[0].form["ValidityPeriod"]) == ("+15005550006", "600")
    assert "MessagingServiceSid" not in double.posts[0].form
    assert accepted.status == "queued"


@pytest.mark.parametrize("text", ["àéìòù ñ €", "请回答：https://prom.example/s/x 谢谢", "a+b&c=d%20 'q' #"])
def test_a_text_arrives_letter_for_letter(double, gateway, text):
    gateway.send(NUMBER, text, "m1")
    assert double.posts[0].form["Body"] == text


def test_an_id_with_odd_letters_comes_back_whole(double, gateway):
    gateway.send(NUMBER, TEXT, "m 1&x=2/é")
    path, form, headers = double.receipt(double.posts[0], "sent")
    assert gateway.read_status(path, form, headers).message_id == "m 1&x=2/é"


def test_a_slash_too_many_in_the_public_address_does_no_harm(double, gateway_to):
    gateway_to(base_url=BASE_URL + "/").send(NUMBER, TEXT, "m1")
    assert double.posts[0].form["StatusCallback"] == f"{BASE_URL}/sms/status?m=m1"


def test_an_api_address_may_have_a_path_before_the_providers_own(double, gateway_to):
    with pytest.raises(SmsRejected):
        gateway_to(api_url=double.url + "/mock/").send(NUMBER, TEXT, "m1")
    assert double.posts[0].path == f"/mock/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def test_the_sdks_own_settings_for_another_region_are_not_read(double, gateway_to, monkeypatch):
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    gateway_to().send(NUMBER, TEXT, "m1")
    assert len(double.created) == 1


def test_an_empty_token_is_refused(gateway_to):
    with pytest.raises(ValueError, match="TWILIO_AUTH_TOKEN"):
        gateway_to(token="")


def test_the_list_shows_a_number_its_texts_newest_first(double, gateway):
    gateway.send(NUMBER, "first", "m1")
    gateway.send("+447700900999", "of another", "m2")
    gateway.send(NUMBER, "second", "m3")
    listed = gateway.recent(NUMBER)
    assert [(text.text, text.status) for text in listed] == [("second", "accepted"), ("first", "accepted")]
    assert [text.provider_id for text in listed] == [double.posts[2].sid, double.posts[0].sid]
    assert datetime.strptime(listed[0].created_at, "%Y-%m-%dT%H:%M:%SZ")
    assert gateway.recent("+447700900555") == []


def test_the_list_is_one_question_for_twenty_texts(double, gateway):
    for number in range(23):
        gateway.send(NUMBER, f"text {number}", f"m{number}")
    assert [text.text for text in gateway.recent(NUMBER)] == [f"text {number}" for number in range(22, 2, -1)]
    assert double.lists == [NUMBER]


def test_eight_threads_at_once_mix_nothing_up(double, gateway):
    def send(number):
        return number, gateway.send(f"+4477009{number:05}", f"text {number}", f"m{number}").provider_id

    with ThreadPoolExecutor(8) as threads:
        accepted = dict(threads.map(send, range(200)))
    assert len(double.posts) == 200
    for number, provider_id in accepted.items():
        (post,) = (post for post in double.posts if post.sid == provider_id)
        assert post.form["To"] == f"+4477009{number:05}"
        assert post.form["Body"] == f"text {number}"
        assert post.form["StatusCallback"].endswith(f"?m=m{number}")


def test_threads_that_come_and_go_use_the_same_connections(double, gateway):
    for number in range(5):
        with ThreadPoolExecutor(1) as threads:
            threads.submit(gateway.send, NUMBER, TEXT, f"m{number}").result()
    assert len({post.port for post in double.posts}) == 1


def test_no_log_holds_a_number_a_text_or_the_token(double, gateway, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    gateway.send(NUMBER, TEXT, "m1")
    gateway.recent(NUMBER)
    written = caplog.text + "".join(capfd.readouterr())
    assert not [secret for secret in (NUMBER[1:], "abcdefghijklmnopqrstuv", "a-token") if secret in written]
