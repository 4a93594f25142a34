"""Who may call a route: staff by role, a participant by a link's token, the provider by its signature, or anybody
for the few endpoints named here. Every route carries one of these; a test walks the URL map."""

from collections.abc import Callable
from functools import wraps

from flask import current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from prom.actions import answer, sign_in
from prom.errors import Forbidden, NotFromProvider

PUBLIC = frozenset({"static", "bootstrap.static", "auth.login", "health.healthz", "health.readyz"})
REFRESH = "refresh"  # in the query of a page that reloads itself


def staff(*roles: str) -> Callable:
    """Signed-in staff with one of these roles. The view finds the person in `g.staff`, their sites in `g.sites`."""

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        def guarded(*args, **kwargs):
            if g.staff is None:
                back = request.full_path.rstrip("?") if request.method == "GET" else None
                return redirect(url_for("auth.login", next=back))
            if not set(roles) & set(g.staff["roles"]):
                raise Forbidden("not_your_role")
            return view(*args, **kwargs)

        return _marked(guarded, "staff", roles)

    return decorate


def token(view: Callable) -> Callable:
    """A participant's link. The view is called with what the link leads to (`answer.Opened`) as `opened`; an unknown
    token gets a plain page, 404, and no write."""

    @wraps(view)
    def guarded(token: str, **kwargs):
        opened = answer.find(g.db, g.means, token, g.now)
        if opened is None:
            return make_response(render_template("survey/end.html", page="unknown", opened=None), 404)
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
