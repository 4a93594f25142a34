"""Who may call a route: staff by role, a participant by a link's token, the provider by its signature, or anybody
for the few endpoints named here. Every route carries one of these; a test walks the URL map."""

import hmac
from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from flask import current_app, flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from prom.actions import identity, links, sign_in
from prom.errors import Forbidden, NotFromProvider
from prom.web import language, log_in_page, unknown_links
from prom.web.typed import typed

PUBLIC = frozenset(
    {"static", "bootstrap.static", "auth.login", "health.healthz", "health.readyz", "stop.ask", "stop.confirm"}
)
REFRESH = "refresh"  # in the query of a page that reloads itself


def staff(*roles: str) -> Callable:
    """Signed-in staff with one of these roles. The view finds the person in `g.staff`, their sites in `g.sites`."""

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        def guarded(*args, **kwargs):
            if g.staff is None:
                return _to_log_in()
            if not set(roles) & set(g.staff["roles"]):
                raise Forbidden("not_your_role")
            return view(*args, **kwargs)

        return _marked(guarded, "staff", roles)

    return decorate


def _to_log_in() -> Response:
    """Ask to log in, and lead on to the page that was asked for, or that a form came from. The form is not kept; what
    was typed into it stands on the page that asks."""
    if request.method == "GET":
        return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))
    kept = typed()
    if kept:
        return log_in_page.page(log_in_page.LoginForm(formdata=None), _page_of_form(), kept, 401)
    flash("What you sent was not saved. Log in, then send it again.", "warning")
    return redirect(url_for("auth.login", next=_page_of_form()))


def _page_of_form() -> str | None:
    """The path of the page on which the form stood; None where the browser does not tell. A form that came back with
    faults stands under an address that only takes forms: the page is above it."""
    came_from, routes = request.referrer or "", current_app.create_url_adapter(request)
    if routes is None or not came_from.startswith(request.host_url):
        return None
    path = urlsplit(came_from).path
    while path and not routes.test(path, "GET"):
        path = path.rpartition("/")[0]
    return path or None


def token(view: Callable) -> Callable:
    """A participant's link, with the pass (`given`) where the address has one. The view is called with what the link
    leads to (`links.Opened`) as `opened`; an unknown token is counted and gets a plain page, 404, and no write. A link
    that has ended leads to its one page whatever is asked of it; only a screen that it sends is looked at, for a
    warning sign. Using a pass, which makes it last, is a POST."""

    @wraps(view)
    def guarded(token: str, given: str = "", **kwargs):
        opened = links.find(g.db, g.means, token, g.now, given)
        if opened is None:
            unknown_links.note()
            language.speak()
            return make_response(render_template("survey/end.html", page="unknown", opened=None), 404)
        language.speak(opened.language)
        if opened.ended and (request.blueprint != "survey" or "language" in request.form):
            return redirect(opened.address, 303)
        if request.method == "POST" and opened.passed and opened.identity == "birth_year":
            identity.use(g.db, opened.passed, g.now)
        return view(opened=opened, token=token, **kwargs)

    return _marked(guarded, "token")


def provider(view: Callable) -> Callable:
    """A callback of the SMS provider; a bad signature gets 403 and changes nothing."""

    @wraps(view)
    def guarded(*args, **kwargs) -> Response:
        try:
            return view(*args, **kwargs)
        except NotFromProvider:
            return Response(status=403)

    return _marked(guarded, "provider")


def monitor(view: Callable) -> Callable:
    """For whoever watches the system: with PROM_METRICS_TOKEN whoever has it, else this machine alone. A request that
    a proxy on this machine hands on, with the header by which proxies say so, is none of its own."""

    @wraps(view)
    def guarded(*args, **kwargs):
        token = current_app.config["METRICS_TOKEN"]
        given = request.headers.get("Authorization", "")
        if token and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return Response("Give the token of PROM_METRICS_TOKEN.", 401, {"WWW-Authenticate": "Bearer"})
        if not token and not _on_this_machine():
            return Response("Ask from this machine, or set PROM_METRICS_TOKEN.", 403)
        return view(*args, **kwargs)

    return _marked(guarded, "monitor")


def _on_this_machine() -> bool:
    handed_on = any(name in request.headers for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"))
    return request.remote_addr in ("127.0.0.1", "::1") and not handed_on


def _marked(view: Callable, *guard) -> Callable:
    """The view with the mark by which a test finds its guard."""
    view.guard = guard  # type: ignore[attr-defined]
    return view


def load_staff() -> None:
    """Put the signed-in member of staff and their sites into `g`; None and () for a stranger."""
    cookie = request.cookies.get(current_app.config["STAFF_COOKIE"], "")
    by_hand = REFRESH not in request.args
    g.staff = sign_in.of_session(g.db, cookie, g.now, by_hand=by_hand) if cookie else None
    g.sites = (g.staff["site_id"],) if g.staff else ()
