"""What comes in: receipts and texts, and who may bring them."""

import hashlib
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl

import pytest
from werkzeug.datastructures import Headers, MultiDict

from prom.errors import NotFromProvider, SmsUnknown
from prom.sms.gateway import Inbound, Receipt
from tests.double import Double, signature
from tests.sms.conftest import ACCOUNT, BASE_URL, TOKEN

NUMBER = "+447700900123"


@pytest.fixture
def post(double, gateway):
    gateway.send(NUMBER, "please answer", "m1")
    return double.posts[0]


def test_the_double_signs_as_the_provider_does():
    """The example of Twilio's own documentation."""
    form = {"CallSid": "CA1234567890ABCDE", "Digits": "1234", "From": "+14158675309", "To": "+18005551212"}
    form["Caller"] = form["From"]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_a_receipt_carries_our_id_and_the_providers(double, gateway, post):
    path, form, headers = double.receipt(post, "undelivered", 30005, done_at="2603010905")
    assert path == "/sms/status?m=m1"
    assert gateway.read_status(path, form, headers) == Receipt("m1", post.sid, "undelivered", "30005", "2603010905")


def test_a_receipt_without_code_or_time_has_them_empty(double, gateway, post):
    assert gateway.read_status(*double.receipt(post, "sent")) == Receipt("m1", post.sid, "sent", "", "")


def test_the_containers_of_flask_are_read_alike(double, gateway, post):
    path, form, headers = double.receipt(post, "delivered")
    lower = Headers({name.lower(): value for name, value in headers.items()})
    assert gateway.read_status(path, MultiDict(form), lower).status == "delivered"


def test_a_signature_for_another_port_form_of_our_address_is_good(double, gateway, post):
    """The provider signs with or without the port, as it likes."""
    path, form, _ = double.receipt(post, "sent")
    headers = {"X-Twilio-Signature": signature(TOKEN, f"{BASE_URL}:443{path}", form)}
    assert gateway.read_status(path, form, headers).status == "sent"


def test_a_signature_by_the_newer_algorithm_is_good(double, gateway, post):
    path, form, _ = double.receipt(post, "sent")
    headers = {
        "X-Twilio-Signature": signature(TOKEN, BASE_URL + path, form, hashlib.sha256),
        "X-Twilio-Webhooks-Signature-Settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256",
    }
    assert gateway.read_status(path, form, headers).status == "sent"


@pytest.mark.parametrize(
    "forge",
    [
        lambda path, form, headers: (path, form, {}),
        lambda path, form, headers: (path, form, {"X-Twilio-Signature": ""}),
        lambda path, form, headers: (path, form, {"X-Twilio-Signature": "é" * 28}),
        lambda path, form, headers: (
            path, form, {"X-Twilio-Signature": signature("", BASE_URL + path, form)}),
        lambda path, form, headers: (
            path, form, {"X-Twilio-Signature": signature("guess", BASE_URL + path, form)}),
        lambda path, form, headers: (path, {**form, "MessageStatus": "delivered"}, headers),
        lambda path, form, headers: (path, {**form, "ErrorCode": "30005"}, headers),
        lambda path, form, headers: (path.replace("m1", "m2"), form, headers),
        lambda path, form, headers: (path + "&m=m2", form, headers),
        lambda path, form, headers: ("/sms/status", form, headers),
        lambda path, form, headers: ("/sms/inbound?m=m1", form, headers),
        lambda path, form, headers: ("@elsewhere.example" + path, form, headers),
        lambda path, form, headers: (
            path, form, {"X-Twilio-Signature": signature(TOKEN, "https://elsewhere.example" + path, form)}),
        lambda path, form, headers: (
            path, form, {**headers, "X-Twilio-Webhooks-Signature-Settings": "key=1,algorithm=NONE"}),
        lambda path, form, headers: (
            path, form, {**headers, "X-Twilio-Webhooks-Signature-Settings": "key=1,algorithm=HMAC_SHA256"}),
    ],
)  # fmt: skip
def test_a_receipt_that_is_not_the_providers_is_refused(double, gateway, post, forge):
    with pytest.raises(NotFromProvider):
        gateway.read_status(*forge(*double.receipt(post, "sent")))


def test_a_text_to_us_is_read(double, gateway):
    path, form, headers = double.inbound(BASE_URL, NUMBER, "  Stop please\n", opt_out_type="STOP")
    assert path == "/sms/inbound"
    assert gateway.read_inbound(path, form, headers) == Inbound(form["MessageSid"], NUMBER, "  Stop please\n", "STOP")


def test_a_text_to_us_may_be_empty_and_without_a_keyword(double, gateway):
    path, form, headers = double.inbound(BASE_URL, NUMBER, "")
    assert gateway.read_inbound(path, form, headers) == Inbound(form["MessageSid"], NUMBER, "", "")


def test_the_question_mark_that_flask_puts_after_a_bare_path_does_no_harm(double, gateway):
    path, form, headers = double.inbound(BASE_URL, NUMBER, "hello")
    assert gateway.read_inbound(path + "?", form, headers).text == "hello"


def test_a_forged_text_to_us_is_refused(double, gateway):
    path, form, headers = double.inbound(BASE_URL, NUMBER, "hello")
    with pytest.raises(NotFromProvider):
        gateway.read_inbound(path, {**form, "Body": "STOP"}, headers)


@pytest.fixture
def our_address():
    """A small web server in our place: (base address, what it was sent)."""
    came = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            came.append((self.path, dict(parse_qsl(body, keep_blank_values=True)), self.headers))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", came
    server.shutdown()
    server.server_close()


def test_callbacks_over_http_are_signed_for_the_address_given(double, gateway_to, our_address):
    base_url, came = our_address
    gateway = gateway_to(base_url=base_url)
    gateway.send(NUMBER, "please answer", "m1")
    assert double.deliver(double.posts[0], "delivered") == 204
    assert double.text_in(base_url, NUMBER, "STOP") == 204
    assert gateway.read_status(*came[0]).status == "delivered"
    assert gateway.read_inbound(*came[1]).text == "STOP"
    assert gateway.recent(NUMBER)[0].status == "delivered"


def test_a_timed_out_text_is_settled_by_its_callback(gateway_to, our_address):
    base_url, came = our_address
    with Double(ACCOUNT, TOKEN, deliver_all=True, via=base_url) as double:
        double.faults.append(("hang", 5))
        gateway = gateway_to(api_url=double.url, timeout=0.3)
        with pytest.raises(SmsUnknown):
            gateway.send(NUMBER, "please answer", "m1")
        until = time.monotonic() + 5
        while len(came) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        receipts = [gateway.read_status(*one) for one in came]
    assert [one.status for one in receipts] == ["queued", "sent", "delivered"]
    assert {(one.message_id, one.provider_id) for one in receipts} == {("m1", double.posts[0].sid)}
