"""The log-in page, which also shows what was typed into a form that was sent without a session."""

from flask import make_response, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length


class LoginForm(FlaskForm):
    """Login and password."""

    login = StringField("Login", [InputRequired("Give your login."), Length(max=80, message="Give your login.")])
    password = PasswordField(
        "Password", [InputRequired("Give your password."), Length(max=200, message="Give your password.")]
    )


def page(form: LoginForm, onward: str | None, kept: list[str], status: int = 200, *, ended: bool = False) -> Response:
    """onward: the path that a log-in leads to, None for the first page. kept: what was typed before."""
    action = url_for("auth.login", next=onward)
    return make_response(render_template("login.html", form=form, action=action, kept=kept, ended=ended), status)
