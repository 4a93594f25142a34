"""Log-in and log-out of staff. The session lives on the server; the browser holds its token in a cookie."""

from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, g, make_response, redirect, render_template, request, session, url_for
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired

from prom.actions import sign_in
from prom.actions import staff as staff_actions
from prom.actions.staff import ROLES
from prom.errors import Refusal
from prom.rules.refusals import message
from prom.web import guards, log_in_page
from prom.web.log_in_page import LoginForm
from prom.web.pages import first_for
from prom.web.study_forms import at_most
from prom.web.typed import typed

bp = Blueprint("auth", __name__)


@bp.route("/login", methods=["GET", "POST"])
def login():
    """Ask for login and password; a right pair starts a session and leads on, past what a form lost without one."""
    if g.staff:
        return redirect(_onward())
    form, status = LoginForm(), 200
    if form.validate_on_submit():
        try:
            token, _ = sign_in.sign_in(g.db, form.login.data, form.password.data, g.now, request.remote_addr or "")
        except Refusal as refusal:
            form.form_errors.append(message(refusal))
            status = refusal.status
        else:
            session.clear()
            kept = typed()
            answer = make_response(render_template("kept.html", kept=kept, onward=_onward())) if kept else None
            return _with_cookie(answer or redirect(_onward()), token)
    elif form.is_submitted():
        status = 400
    ended = current_app.config["STAFF_COOKIE"] in request.cookies
    onward = request.args.get("next")
    return log_in_page.page(form, onward, typed(), status, ended=ended and not form.is_submitted())


class PasswordForm(FlaskForm):
    """Another password for oneself."""

    old = PasswordField("Your password now", [InputRequired("Give your password."), at_most(200)])
    new = PasswordField("New password", [InputRequired("Give a new password."), at_most(200)])
    again = PasswordField("New password again", [EqualTo("new", "Give the same new password twice.")])


_BESIDE = {"wrong_password": "old", "password_short": "new", "password_weak": "new", "password_same": "new"}


@bp.route("/password", methods=["GET", "POST"])
@guards.staff(*ROLES)
def password():
    """Change one's own password."""
    form, status = PasswordForm(), 400 if request.method == "POST" else 200
    if form.validate_on_submit():
        token = request.cookies[current_app.config["STAFF_COOKIE"]]
        try:
            staff_actions.change_own_password(
                *(g.db, g.staff["id"], form.old.data, form.new.data, g.now),
                address=request.remote_addr or "",
                token=token,
            )
        except Refusal as refusal:
            status = refusal.status
            field = form._fields.get(_BESIDE.get(refusal.key, ""))
            if field is None:
                form.form_errors.append(message(refusal))
            else:
                field.errors = [*field.errors, message(refusal)]
        else:
            flash("Your password is changed. Wherever else you were logged in, you are logged out.")
            return redirect(url_for("auth.home"))
    return render_template("staff/password.html", form=form, shortest=staff_actions.SHORTEST_PASSWORD), status


@bp.post("/logout")
@guards.staff(*ROLES)
def logout():
    """End the session on the server and forget its token."""
    sign_in.sign_out(g.db, request.cookies[current_app.config["STAFF_COOKIE"]], g.now)
    answer = forget(redirect(url_for("auth.login")))
    flash("You are logged out.")
    return answer


def forget(answer):
    """An answer that has the browser forget the session, and what it was to be told next."""
    session.clear()
    return _with_cookie(answer, "")


@bp.get("/")
@guards.staff(*ROLES)
def home():
    """The first page that the person's role may see."""
    return redirect(url_for(first_for(g.staff["roles"])))


def _onward() -> str:
    """Where a log-in leads: the page that was asked for, if it is one of ours."""
    wanted = request.args.get("next", "")
    return wanted if _own_path(wanted) else url_for("auth.home")


def _own_path(wanted: str) -> bool:
    """Whether it is a path on this host: a browser takes // and a backslash for the start of another host."""
    if not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted or not wanted.isprintable():
        return False
    return not urlsplit(wanted).netloc


def _with_cookie(answer, token: str):
    """Out of reach of scripts and of other sites' forms; an empty token takes the cookie away."""
    answer.set_cookie(
        current_app.config["STAFF_COOKIE"],
        token,
        max_age=None if token else 0,
        path="/",
        secure=current_app.config["STAFF_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return answer
