"""Makes a Flask application into PROM's: context of each request, security headers, the one error handler."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import BadRequest, HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

from prom.errors import Refusal
from prom.rules.refusals import message
from prom.web import (
    adverse_events,
    auth,
    care,
    door,
    exports,
    figures,
    funnel,
    guards,
    health,
    language,
    messages,
    participant,
    phone_entry,
    rehearsal,
    rota,
    snooze,
    staff,
    standing,
    stop,
    study,
    survey,
    survey_advice,
    survey_delivery,
    survey_words,
    texts,
    today,
    webhooks,
)
from prom.web.typed import typed

_log = logging.getLogger("prom.web")
_LARGEST_BODY = 1_000_000


def build(app: Flask, installation: Any) -> None:
    """Configure the application and register every room's routes."""
    secure = installation.settings.base_url.startswith("https://")
    app.config.update(
        SECRET_KEY=installation.means.keys.forms,
        MAX_CONTENT_LENGTH=_LARGEST_BODY,
        SESSION_COOKIE_NAME="__Host-forms" if secure else "forms",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_SAMESITE="Lax",
        STAFF_COOKIE="__Host-staff" if secure else "staff",
        STAFF_COOKIE_SECURE=secure,
        WTF_CSRF_TIME_LIMIT=None,
        METRICS_TOKEN=installation.settings.metrics_token,
        BOOTSTRAP_SERVE_LOCAL=True,
        TRUSTED_HOSTS=_hosts(installation.settings.base_url),
    )
    app.extensions["prom"] = installation
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if installation.settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=installation.settings.proxies, x_proto=1, x_host=0)  # type: ignore
    language.set_up(app)
    Bootstrap5(app)
    app.before_request(_context)
    app.before_request(_whole_body)  # before anything reads a form
    csrf = CSRFProtect(app)
    of_the_study = (study, messages, funnel, texts, exports, staff, rehearsal)
    of_care = (care, participant, adverse_events, figures, phone_entry, rota, snooze, today)
    for room in (survey, door, *of_care, *of_the_study, auth, webhooks, health, stop):
        app.register_blueprint(room.bp)
    # A link, or the provider's signature, stands in for the form token; who asks for a link may be anybody.
    for room in (survey, door, stop, webhooks):
        csrf.exempt(room.bp)
    delivery = survey_delivery.Delivery(Path(app.static_folder or ""))
    delivery.register(app)
    app.after_request(_headers)
    app.after_request(delivery.finish)  # comes before: what it sets stands
    app.context_processor(standing.of_staff_pages)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http_error)
    app.log_exception = _log_exception  # type: ignore[method-assign]


def _hosts(base_url: str) -> list[str]:
    """The names this system answers to: its own, and loopback for checks on the machine."""
    return [urlsplit(base_url).hostname or "localhost", "127.0.0.1", "localhost"]


def _context() -> None:
    installation = current_app.extensions["prom"]
    g.now = installation.clock.now()
    g.db = installation.connections.here()
    g.means = installation.means
    g.study = installation.means.study(g.db)
    guards.load_staff()


def _whole_body() -> None:
    """Refuse what was cut off on its way: gunicorn hands on the part that came, and half an answer is another one."""
    if request.content_length and len(request.get_data()) < request.content_length:
        raise BadRequest()


def _headers(response):
    headers = {
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Robots-Tag": "noindex, nofollow",
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
    }
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint in ("static", "bootstrap.static"):
        headers["Cache-Control"] = "public, max-age=86400"
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response


def _refused(refusal: Refusal):
    return _error_page(refusal.status, refusal)


def _stale_form(error: CSRFError):
    return _error_page(400, Refusal("form_stale"), typed())


def _http_error(error: HTTPException):
    if error.code is None or error.code < 400:
        return error
    known = {404: "not_found", 405: "not_found", 413: "too_large"}.get(error.code, "went_wrong")
    return _error_page(error.code, Refusal(known))


def _error_page(status: int, refusal: Refusal, kept: Sequence[str] = ()):
    """A refusal as a page of the reader's own kind: a participant's with the clinic's number, or the staff's. Asked for
    by a name that is not ours no page can be made, for it has links in it. kept: what was typed and could not be
    taken."""
    if isinstance(request.routing_exception, SecurityError):
        return _bare(str(status), status)
    if not survey_delivery.is_survey():
        return make_response(render_template("error.html", status=status, text=message(refusal), kept=kept), status)
    if "study" not in g:  # the database could not be read
        return _bare(message(refusal), status)
    if "language" not in g:
        language.speak()
    # an address that is no route of the survey's brings none of its words along
    told = {"text": survey_words.trouble(refusal), "opened": None} | survey_advice.words()
    return make_response(render_template("survey/trouble.html", **told), status)


def _bare(text: str, status: int) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


def _log_exception(exc_info) -> None:
    """Errors are logged by endpoint and kind, never by path: a path can hold a participant's link."""
    kind, _, place = exc_info
    while place.tb_next:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{place.tb_lineno}"
    _log.error("error in %s: %s at %s", request.endpoint, kind.__name__, where)
