"""How the participant's pages reach a phone with one bar of signal: the stylesheet stands in the page, the small script
is the only other request and is asked for once, both are packed, and nothing else may be loaded."""

import base64
import gzip
import hashlib
import re
from pathlib import Path

from flask import Flask, Response, request, url_for
from markupsafe import Markup

SCRIPT = "survey.js"
_YEAR = 31_536_000
_PLAIN = "utf-8"


class Delivery:
    """The stylesheet and the script as they were when the application started."""

    def __init__(self, folder: Path):
        self.style = lighter((folder / "survey.css").read_text(_PLAIN))
        self.version = hashlib.sha256((folder / SCRIPT).read_bytes()).hexdigest()[:12]
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; script-src 'self'; connect-src 'self'; img-src data:; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )

    def register(self, app: Flask) -> None:
        """Give the templates the style and the script's address, which names its content."""
        app.jinja_env.globals["survey_style"] = Markup(self.style)
        app.jinja_env.globals["survey_script"] = lambda: url_for("static", filename=SCRIPT, v=self.version)

    def finish(self, response: Response) -> Response:
        """Set what a page of the survey, or its script, needs on the way; leaves every other response alone."""
        script = request.endpoint == "static" and (request.view_args or {}).get("filename") == SCRIPT
        if script and request.args.get("v") == self.version:
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        if is_survey():
            response.headers["Content-Security-Policy"] = self.policy
            response.headers["Referrer-Policy"] = "no-referrer"  # the address is the key to the form
        return _packed(response) if script or is_survey() else response


def is_survey() -> bool:
    """Whether the request is for a participant's page: behind a link, a wrong one too, or the page that stops texts."""
    return request.path.startswith(("/s/", "/stop/")) or request.path == "/stop"


def lighter(style: str) -> str:
    """A stylesheet without its comments, line breaks and the spaces around them."""
    bare = re.sub(r"/\*.*?\*/", "", style, flags=re.S)
    return re.sub(r"\s*\n\s*", "", re.sub(r"\s*([{};,])\s*", r"\1", bare)).replace(";}", "}").strip()


def _packed(response: Response) -> Response:
    """The response in gzip where the browser takes it. Nothing of another site can choose what stands beside the link
    in these pages, so that their packed length tells nobody anything."""
    response.vary.add("Accept-Encoding")
    if response.status_code == 304 or "Content-Encoding" in response.headers:
        return response
    if request.accept_encodings["gzip"] <= 0:
        return response
    response.direct_passthrough = False
    response.set_data(gzip.compress(response.get_data(), mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response
