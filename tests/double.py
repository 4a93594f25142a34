"""A double of the provider: a real HTTP server on 127.0.0.1 that speaks the part of Twilio's API that we use.

    with Double("AC…", "token") as double:
        gateway = TwilioGateway("AC…", "token", base_url, "MG…", api_url=double.url)
        double.faults.append("429")          # for the next POST; `faults` may also be a function of the post
        double.list_faults.append("reset")   # for the next GET of the list
        double.posts[0].form["Body"]
        path, form, headers = double.receipt(double.posts[0], "delivered")   # signed, for a test client
        double.deliver(double.posts[0], "delivered")                         # signed and posted

Faults: None (a good answer) · "429" · "html503" · "500-before" (nothing created) · "500-after" (created, then
500) · "reset" (cut before creating) · "reset-after" (created, then cut) · "hang" or ("hang", seconds)
(created at once, answered late) · "drip" or "drip-headers" (created, then a byte now and again, without end) ·
"redirect" · "garbage" (201 that is not JSON) · ("code", 21610) or
("code", 20003, 401). Twilio's magic numbers answer as with its test credentials.

As a process: python -m tests.double --port 4010 (see --help)."""

import argparse
import base64
import hashlib
import hmac
import json
import socket
import struct
import sys
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

MAGIC_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
MAGIC_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
RECEIPT_ORDER = ("queued", "sent", "delivered")
DIRECT = build_opener(ProxyHandler({}))


@dataclass
class Post:
    """One POST that reached us, refused or not. at: seconds of the machine's clock when it had been read.
    port: the caller's.
    created: whether a message came of it. status, code: the last ones known here."""

    sid: str
    form: dict
    at: float
    path: str
    headers: dict
    port: int = 0
    fault: object = None
    created: bool = False
    status: str = ""
    code: str = ""
    receipts: list = field(default_factory=list)


class Double:
    """The server with its faults and its memory; `posts` in the order of arrival.

    deliver_all: call each created message's StatusCallback by itself, from queued to delivered. via: where
    callbacks connect to when the address signed for does not answer here. on_post: told of each Post."""

    def __init__(self, account, token, port=0, hang_seconds=30.0, deliver_all=False, via="", on_post=None):
        self.account, self.token = account, token
        self.hang_seconds, self.deliver_all, self.via, self.on_post = hang_seconds, deliver_all, via, on_post
        self.faults, self.list_faults = deque(), deque()
        self.posts = []
        self.lists = []
        self.callback_failures = []
        self.mistakes = []
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.double = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind, *_):
        self.close()
        assert kind or not self.mistakes, f"no such faults: {self.mistakes}"

    def close(self):
        """Stop serving; calls that hang are let go."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def created(self):
        """The posts of which a message came."""
        with self._lock:
            return [post for post in self.posts if post.created]

    def sent_to(self, number):
        """The bodies of the messages created for a number, oldest first."""
        return [post.form["Body"] for post in self.created if post.form["To"] == number]

    def wait_for(self, many, seconds=5.0):
        """The posts, once there are `many`; AssertionError if they do not come in time."""
        until = time.monotonic() + seconds
        while len(self.posts) < many:
            assert time.monotonic() < until, f"{len(self.posts)} posts, {many} awaited"
            time.sleep(0.005)
        return list(self.posts)

    # What the provider sends to us

    def receipt(self, post, status, code="", done_at=""):
        """(path with query, form, headers) of a status callback, signed for the post's StatusCallback."""
        url = post.form["StatusCallback"]
        form = {
            "AccountSid": self.account,
            "MessageSid": post.sid,
            "SmsSid": post.sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": post.form["To"],
            "From": post.form.get("From", "+15005550006"),
            "ApiVersion": "2010-04-01",
        }
        if post.form.get("MessagingServiceSid"):
            form["MessagingServiceSid"] = post.form["MessagingServiceSid"]
        if code:
            form["ErrorCode"] = str(code)
        if done_at:
            form["RawDlrDoneDate"] = done_at
        return _path(url), form, self._signed(url, form)

    def inbound(self, base_url, sender, text, opt_out_type="", to="+15005550006"):
        """(path, form, headers) of a text sent to us, signed for {base_url}/sms/inbound."""
        url = base_url.rstrip("/") + "/sms/inbound"
        sid = new_sid()
        form = {
            "AccountSid": self.account,
            "MessageSid": sid,
            "SmsSid": sid,
            "From": sender,
            "To": to,
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "ApiVersion": "2010-04-01",
        }
        if opt_out_type:
            form["OptOutType"] = opt_out_type
        return _path(url), form, self._signed(url, form)

    def deliver(self, post, status, code="", via=""):
        """Post a status callback; the HTTP status of the answer. via: connect there instead."""
        post.status, post.code = status, code
        post.receipts.append(status)
        return self.call_back(post, status, code, via)

    def call_back(self, post, status, code="", via=""):
        """Post a status callback that changes nothing of what is known here; the HTTP status of the answer."""
        path, form, headers = self.receipt(post, status, code)
        return _send((via or self.via or _base(post.form["StatusCallback"])) + path, form, headers)

    def text_in(self, base_url, sender, text, opt_out_type="", via=""):
        """Post a text sent to us; the HTTP status of the answer."""
        path, form, headers = self.inbound(base_url, sender, text, opt_out_type)
        return _send((via or self.via or base_url.rstrip("/")) + path, form, headers)

    def _signed(self, url, form):
        return {"X-Twilio-Signature": signature(self.token, url, form)}

    # What the server asks of its memory

    def _receive(self, path, form, headers, port):
        post = Post(new_sid(), form, time.time(), path, headers, port)
        with self._lock:
            self.posts.append(post)
        if self.on_post:
            self.on_post(post)
        return post

    def _next_fault(self, post):
        with self._lock:
            if callable(self.faults):
                post.fault = self.faults(post)
            elif self.faults:
                post.fault = self.faults.popleft()
            return post.fault

    def _next_list_fault(self):
        with self._lock:
            return self.list_faults.popleft() if self.list_faults else None

    def _create(self, post):
        post.status = "accepted" if "MessagingServiceSid" in post.form else "queued"
        post.created = True
        if self.deliver_all and post.form.get("StatusCallback"):
            threading.Thread(target=self._deliver_in_order, args=(post,), daemon=True).start()

    def _deliver_in_order(self, post):
        for status in RECEIPT_ORDER:
            try:
                self.deliver(post, status)
            except OSError as error:
                self.callback_failures.append((post.sid, status, type(error).__name__))

    def _listed(self, to, many):
        with self._lock:
            self.lists.append(to)
            found = [post for post in reversed(self.posts) if post.created and post.form["To"] == to]
        return [self._resource(post) for post in found[:many]]

    def _resource(self, post):
        return {
            "sid": post.sid,
            "account_sid": self.account,
            "body": post.form.get("Body"),
            "to": post.form["To"],
            "from": post.form.get("From"),
            "messaging_service_sid": post.form.get("MessagingServiceSid"),
            "status": post.status,
            "direction": "outbound-api",
            "num_segments": "0" if post.status == "accepted" else "1",
            "num_media": "0",
            "error_code": int(post.code) if post.code else None,
            "error_message": None,
            "price": None,
            "price_unit": "USD",
            "api_version": "2010-04-01",
            "date_created": formatdate(post.at),
            "date_updated": formatdate(post.at),
            "date_sent": None,
            "uri": f"/2010-04-01/Accounts/{self.account}/Messages/{post.sid}.json",
            "subresource_uris": {},
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a caller that died is no fault of ours
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        double = self.server.double
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # the caller died half-way: there is no such request
            self.close_connection = True
            return
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        post = double._receive(self.path, form, dict(self.headers), self.client_address[1])
        if not self._may_enter():
            return
        fault, code = double._next_fault(post), refusal(form)
        if fault is None and code is None:
            double._create(post)
            self._answer(201, double._resource(post))
        elif fault is None:
            self._refuse(400, code, form)
        else:
            if kind_of(fault) in ("hang", "drip", "drip-headers", "500-after", "reset-after"):
                double._create(post)
            self._fail(fault, form, lambda: self._answer(201, double._resource(post)))

    def do_GET(self):
        if not self._may_enter():
            return
        fault = self.server.double._next_list_fault()
        answer = self._list if urlsplit(self.path).path.endswith("/Messages.json") else self._one
        if fault is None:
            answer()
        else:
            self._fail(fault, {}, answer)

    def _one(self):
        double, sid = self.server.double, urlsplit(self.path).path.rpartition("/")[2].removesuffix(".json")
        found = [post for post in double.created if post.sid == sid]
        if found:
            self._answer(200, double._resource(found[0]))
        else:
            self._refuse(404, 20404)

    def _list(self):
        query = parse_qs(urlsplit(self.path).query)
        many = int(query.get("PageSize", ["50"])[0])
        messages = self.server.double._listed(query.get("To", [""])[0], many)
        self._answer(200, {"messages": messages, "page": 0, "page_size": many, "uri": self.path,
                           "first_page_uri": self.path, "next_page_uri": None, "previous_page_uri": None,
                           "start": 0, "end": max(0, len(messages) - 1)})  # fmt: skip

    def log_message(self, *_):
        """Silent: the standard one writes addresses, which hold numbers."""

    def _may_enter(self):
        """Whether the account and its token are right; answers 401 or 404 when they are not."""
        double = self.server.double
        place = f"/2010-04-01/Accounts/{double.account}/Messages"
        one = self.command == "GET" and urlsplit(self.path).path.startswith(f"{place}/SM")
        if not one and urlsplit(self.path).path != f"{place}.json":
            self._refuse(404, 20404)
            return False
        pair = base64.b64encode(f"{double.account}:{double.token}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {pair}":
            self._refuse(401, 20003)
            return False
        return True

    def _fail(self, fault, form, answer_late):
        double, kind = self.server.double, kind_of(fault)
        details = fault[1:] if isinstance(fault, tuple) else ()
        if kind == "hang":
            double._closing.wait(details[0] if details else double.hang_seconds)
            answer_late()
        elif kind in ("drip", "drip-headers"):
            self._drip(b"" if kind == "drip-headers" else b"Content-Length: 100000\r\n\r\n")
        elif kind in ("reset", "reset-after"):
            self._cut()
        elif kind in ("500-before", "500-after"):
            self._refuse(500, 20500, form)
        elif kind == "429":
            self._refuse(429, 20429, form, {"Retry-After": str(details[0] if details else 2)})
        elif kind == "html503":
            self._write(503, b"<html><body><h1>503 Service Unavailable</h1></body></html>", "text/html")
        elif kind == "garbage":
            self._write(201, b"<html>hello</html>", "text/html")
        elif kind == "redirect":
            self._write(302, b"", "text/html", {"Location": "http://127.0.0.1:1/"})
        elif kind == "code":
            self._refuse(details[1] if len(details) > 1 else 400, details[0], form)
        else:
            double.mistakes.append(fault)
            self._cut()

    def _drip(self, end_of_headers):
        """Begin an answer and send a byte of what follows ten times a second, until the caller hangs up."""
        try:
            self.wfile.write(b"HTTP/1.1 201 Created\r\n" + end_of_headers)
            while not self.server.double._closing.wait(0.1):
                self.wfile.write(b"x")
        except OSError:
            pass
        self.close_connection = True

    def _cut(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _refuse(self, status, code, form=None, headers=None):
        """An error as Twilio words it, the number in the message and all."""
        body = {"code": code, "message": f"Refused: {form or self.path}", "status": status,
                "more_info": f"https://www.twilio.com/docs/errors/{code}"}  # fmt: skip
        self._answer(status, body, headers)

    def _answer(self, status, body, headers=None):
        self._write(status, json.dumps(body).encode(), "application/json", headers)

    def _write(self, status, body, kind, headers=None):
        try:
            self.send_response(status)
            about = {"Content-Type": kind, "Content-Length": str(len(body))}
            for name, value in (about | (headers or {})).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True


def kind_of(fault):
    return fault[0] if isinstance(fault, tuple) else fault


def new_sid():
    return "SM" + uuid.uuid4().hex


def refusal(form):
    """The error code with which Twilio refuses these fields, None if it takes them."""
    if not form.get("To"):
        return 21604
    if not form.get("Body"):
        return 21602
    if not (form.get("MessagingServiceSid") or form.get("From")):
        return 21603
    return MAGIC_TO.get(form["To"]) or MAGIC_FROM.get(form.get("From"))


def signature(token, url, form, digest=hashlib.sha1):
    """X-Twilio-Signature, worked out by hand: the address, then each field and its value in order of name."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), digest).digest()).decode()


def _path(url):
    parts = urlsplit(url)
    return parts.path + ("?" + parts.query if parts.query else "")


def _base(url):
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _send(url, form, headers):
    request = Request(url, data=urlencode(form).encode(), headers=headers)
    try:
        with DIRECT.open(request, timeout=10) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.double", description="A double of the provider.")
    parser.add_argument("--port", type=int, default=4010)
    parser.add_argument("--account", default="AC" + "0" * 32)
    parser.add_argument("--token", default="double")
    parser.add_argument("--deliver", action="store_true", help="call each StatusCallback back")
    parser.add_argument("--via", default="", help="connect callbacks here instead")
    parser.add_argument("--hang-to", default="", help="answer late to texts for this number")
    parser.add_argument("--hang", type=float, default=30.0, help="how late, in seconds")
    chosen = parser.parse_args()
    about = (chosen.port, chosen.hang, chosen.deliver, chosen.via, _say)
    with Double(chosen.account, chosen.token, *about) as double:
        if chosen.hang_to:
            double.faults = lambda post: "hang" if post.form.get("To") == chosen.hang_to else None
        print(f"listening {double.url}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass


def _say(post):
    print(f"{post.at:.6f} {post.sid}", flush=True)


if __name__ == "__main__":
    main()
