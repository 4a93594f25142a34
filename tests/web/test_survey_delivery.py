"""How the participant's pages travel: the style in the page, one script, packed, and nothing else allowed."""

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest

from prom.web.survey_delivery import lighter

CSS, SCRIPT = Path("static/survey.css"), Path("static/survey.js")
SIDES = re.compile(r"(.*-)?(left|right|top|bottom)|((min|max)-)?(width|height)|float")


@pytest.fixture
def web(clinic):
    """The application's client, and the address of an open form."""
    clinic.enrol("ADA", status="performed", on="2026-03-02")
    clinic.at("2026-04-02T15:00:00Z")
    client, base = clinic.app().test_client(), clinic.means.base_url
    address = f"/s/{clinic.token(clinic.visit('ADA', '1m'))}"

    def asks(path=address, method="GET", **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.open(path, method=method, base_url=base, headers=sent)

    return asks


def script_of(page) -> str:
    return re.search(r'<script defer src="([^"]+)"', page.get_data(as_text=True)).group(1).replace("&amp;", "&")


def test_the_style_in_the_page_is_the_one_that_the_policy_allows(web):
    answer = web()
    style = re.search(r"<style>(.*)</style>", answer.get_data(as_text=True), re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert policy == [
        "default-src 'none'", f"style-src 'sha256-{digest}'", "script-src 'self'", "connect-src 'self'",
        "img-src data:", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/s/AbCdEfGhIjKlMnOpQrStUv", "/s/AbCdEfGhIjKlMnOpQrStUv/x/y"])
def test_a_wrong_link_has_the_same_look_and_policy(web, path):
    answer = web(path)
    assert answer.status_code == 404 and "<style>:root{" in answer.get_data(as_text=True)
    assert "sha256-" in answer.headers["Content-Security-Policy"]


def test_the_staffs_pages_keep_their_policy_and_are_not_packed(web):
    answer = web("/login", Accept_Encoding="gzip")
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"] and "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("path", ["", "/not-me", "/AbCdEfGhIjKlMnOpQrStUv", "/x/y/z"])
def test_a_page_behind_a_link_tells_its_address_to_nobody(web, path):
    link = web().request.path
    assert web(link + path).headers["Referrer-Policy"] == "no-referrer"
    assert web("/login").headers["Referrer-Policy"] == "same-origin"  # by which the forms of staff are known


def test_pages_are_packed_where_the_browser_takes_it(web):
    plain, packed = web(), web(Accept_Encoding="br, gzip")
    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in web(Accept_Encoding="gzip;q=0").headers
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
    sheet = re.compile(r'name="seen" value="[^"]*"')
    assert sheet.sub("", gzip.decompress(packed.data).decode()) == sheet.sub("", plain.get_data(as_text=True))


def test_the_script_is_asked_for_once_a_year_under_a_name_of_its_content(web):
    address = script_of(web())
    assert hashlib.sha256(SCRIPT.read_bytes()).hexdigest()[:12] in address
    answer = web(address, Accept_Encoding="gzip")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert gzip.decompress(answer.data) == SCRIPT.read_bytes() and "javascript" in answer.headers["Content-Type"]
    assert web(address).data == SCRIPT.read_bytes()
    assert "immutable" not in web("/static/survey.js?v=another").headers["Cache-Control"]


def test_script_and_style_are_small():
    assert len(SCRIPT.read_bytes()) <= 2048
    assert len(gzip.compress(lighter(CSS.read_text("utf-8")).encode())) <= 3072


def sides(style: str) -> list[str]:
    """What in a stylesheet would stay on its side where the writing runs the other way."""
    rules = re.sub(r"@[^{]*\{", "", re.sub(r"/\*.*?\*/", "", style, flags=re.S))
    said = re.findall(r"(?<=[{;])\s*([\w-]+)\s*:\s*([^;}]*)", rules)
    return [name for name, value in said if SIDES.fullmatch(name) or re.search(r"\b(left|right)\b", value)]


def test_the_style_knows_no_left_and_right():
    assert sides(CSS.read_text("utf-8")) == []


@pytest.mark.parametrize("line", [
    "a { margin-left: 1px }", "a{b:c;top:0}", "a { max-width: 1px }", "a { text-align: right }", "a { float: none }",
])  # fmt: skip
def test_a_side_is_found(line):
    assert len(sides(line)) == 1
    assert sides("@media (min-width: 9rem) { a { line-height: 1; border-block-start: 0; color: #fff } }") == []


@pytest.mark.parametrize("style, said", [
    ("/* words */\na { color: red;\n  margin: 0 }\n", "a{color: red;margin: 0}"),
    ("@media (min-width: 9rem) {\n  a, b > c { color: red }\n}", "@media (min-width: 9rem){a,b > c{color: red}}"),
])  # fmt: skip
def test_a_lighter_style_says_the_same(style, said):
    assert lighter(style) == said


def test_every_token_is_used_and_every_one_used_is_there():
    style = CSS.read_text("utf-8")
    assert set(re.findall(r"var\((--[\w-]+)\)", style)) == set(re.findall(r"(--[\w-]+):", style))
