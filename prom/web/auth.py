"""Log-in and log-out of staff. The session lives on the server; the browser holds its token in a cookie."""

from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, session, url_for
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from prom.actions import sign_in
from prom.actions.staff import ROLES
from prom.errors import Refusal
from prom.rules.refusals import message
from prom.web import guards
from prom.web.pages import first_for

bp = Blueprint("auth", __name__)


class LoginForm(FlaskForm):
    """Login and password."""

    login = StringField("Login", [InputRequired("Give your login."), Length(max=80, message="Give your login.")])
    password = PasswordField(
        "Password", [InputRequired("Give your password."), Length(max=200, message="Give your password.")]
    )


@bp.route("/login", methods=["GET", "POST"])
def login():
    """Ask for login and password; a right pair starts a session and leads on."""
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
            return _with_cookie(redirect(_onward()), token)
    elif form.is_submitted():
        status = 400
    ended = current_app.config["STAFF_COOKIE"] in request.cookies
    return render_template("login.html", form=form, ended=ended and not form.is_submitted()), status


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
