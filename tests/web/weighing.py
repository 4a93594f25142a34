"""What a participant's page weighs, as it is served to a phone, and what it has its browser load or wait for."""

import gzip
import re
from html.parser import HTMLParser

from tests.browser.participant_pages import Reached

FIRST, LATER = 14_000, 6_000  # bytes at most
SERVER_HEADERS = 100  # roughly what the web server adds: the status line, Server, Date, Connection
FIRSTS = ("first screen", "first screen at night")


class Scales:
    """A client that counts the bytes of a response as it is served to a phone, headers included."""

    def __init__(self, reached: Reached):
        self.reached, self.base = reached, reached.clinic.means.base_url
        self.client = reached.app.test_client(use_cookies=False)

    def get(self, address: str, **headers) -> tuple[int, str]:
        """(bytes, text) of a response."""
        given = {"Accept-Encoding": "gzip, deflate, br", "Accept-Language": "en"} | headers
        return self._weighed(self.client.get(address, base_url=self.base, headers=given))

    def next(self, address: str) -> tuple[int, str]:
        """What the script gets when it sends the screen of an address as it stands."""
        _, page = self.get(address)
        sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        path = address.partition("?")[0]
        headers = {"Accept-Encoding": "gzip", "X-Screen": "1"}
        return self._weighed(self.client.post(path, data=sent, base_url=self.base, headers=headers))

    def first(self, name: str, language: str) -> int:
        """The bytes of a page with all that it loads."""
        weight, page = self.get(self.reached.address(name, language))
        return weight + sum(self.get(script)[0] for script in Loads(page).scripts)

    @staticmethod
    def _weighed(response) -> tuple[int, str]:
        assert response.status_code < 500
        lines = sum(len(f"{name}: {value}\r\n".encode()) for name, value in response.headers)
        body = response.get_data()
        zipped = response.headers.get("Content-Encoding") == "gzip"
        return SERVER_HEADERS + lines + len(body), (gzip.decompress(body) if zipped else body).decode()


class Loads(HTMLParser):
    """What a page has its browser load or wait for. scripts: (address, whether the page waits for it)."""

    def __init__(self, page: str):
        super().__init__()
        self.scripts, self.holds_up, self.pictures, self.styles = [], [], [], []
        self._in = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self._in = tag
        if tag == "script":
            self.scripts.append(given.get("src", "inline"))
            if not given.get("src") or "defer" not in given:
                self.holds_up.append(self.get_starttag_text())
        if tag == "link" and given.get("rel") != "icon":
            self.holds_up.append(self.get_starttag_text())
        if tag in ("img", "picture", "video", "audio", "iframe", "object", "embed"):
            self.pictures.append(self.get_starttag_text())

    def handle_endtag(self, tag):
        self._in = ""

    def handle_data(self, data):
        if self._in == "style":
            self.styles.append(data)
