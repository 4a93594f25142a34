"""study."""

from flask import Blueprint

bp = Blueprint("study", __name__)
