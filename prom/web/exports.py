"""Downloads: a page of links, and the table of responses as it is read."""

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response

from prom.actions import export
from prom.report import responses as table
from prom.report.formats import tidy_csv
from prom.web import guards

bp = Blueprint("exports", __name__)
ROLES = ("coordinator", "analyst", "investigator")


@bp.get("/study/export")
@guards.staff(*ROLES)
def index():
    """What there is to download."""
    return render_template("study/export.html")


@bp.get("/study/export/responses.csv")
@guards.staff(*ROLES)
def responses():
    """One row a visit, streamed; for scripts, or with `for=spreadsheet` as older spreadsheets read it right."""
    lines = table.lines(g.db.path, g.means.version, g.now, g.sites)
    if request.args.get("for") == "spreadsheet":
        lines = tidy_csv.for_spreadsheet(lines)
    data = export.recorded(g.db, lines, "responses.csv", g.now, by=g.staff["id"])
    answer = Response(data, mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="responses.csv"'
    return answer
