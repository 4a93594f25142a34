"""The on-screen phone of the demo: every text of the last days as it would arrive, and a box to write back from each
number. Registered by the demo alone, where nothing is sent."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from prom.actions import receive
from prom.errors import NotFound
from prom.rules.numbers import spoken
from prom.sms.gateway import Inbound
from prom.store import contacts, participants, phone, staff
from prom.store.connect import Row

bp = Blueprint("phone", __name__)
_MOST = 300
LONGEST = 480  # letters of a text that is written here


@bp.get("/demo/phone")
def show() -> str:
    """The texts to and from one number (`?to=`), or the one that got the newest invitation. `?write=` is for browsers
    that run no script: the page then stays as it is, and takes a text."""
    sent = _sent()
    invited = next((copy["to"] for copy in sent if "is ready" in copy["text"]), None)
    asked = request.args.get("to")
    chosen = asked if asked in {copy["to"] for copy in sent} else invited
    return render_template(
        "demo/phone.html",
        owners={copy["to"]: _owner(copy["to"]) for copy in sent},
        chosen=chosen,
        texts=_conversation(sent, chosen) if chosen else [],
        spoken=spoken,
        writes="write" in request.args,
        longest=LONGEST,
    )


@bp.post("/demo/phone")
def write() -> Response:
    """Take what was written from a number as a text of the provider's. Raises NotFound for a number without texts."""
    number, words = request.form.get("to", ""), request.form.get("text", "").strip()
    if number not in {copy["to"] for copy in _sent()}:
        raise NotFound("not_found")
    if words:
        receive.inbound(g.db, g.means, Inbound("", number, words[:LONGEST], ""), g.now)
    return redirect(url_for("phone.show", to=number, _anchor="write"), 303)


show.guard = write.guard = ("demo",)  # type: ignore[attr-defined]


def _sent() -> list[Row]:
    """The last texts to any number, newest first: to, text, at."""
    opened = g.means.keys.open
    return [
        {"to": opened(copy["to_sealed"]), "text": opened(copy["text_sealed"]), "at": copy["at"], "written": False}
        for copy in phone.all_recent(g.db, _MOST)
    ]


def _conversation(sent: list[Row], number: str) -> list[Row]:
    """The texts to and from a number, the oldest first; what was written stands before what answers it."""
    came = [
        {"text": g.means.keys.open(row["text_sealed"]), "at": row["at"], "written": True}
        for number_hash in g.means.keys.number_hashes(number)
        for row in phone.written(g.db, number_hash, _MOST)
    ]
    found = [*came, *(copy for copy in sent if copy["to"] == number)][::-1]
    return [text | {"parts": _parts(text["text"])} for text in sorted(found, key=_place)]


def _place(text: Row) -> tuple[str, bool]:
    return text["at"], not text["written"]


def _owner(number: str) -> str:
    """Whose phone it is: participants' codes, or the member of staff."""
    hashes = g.means.keys.number_hashes(number)
    codes = [participants.by_id(g.db, participant_id)["code"] for participant_id in contacts.sharing(g.db, hashes)]
    return ", ".join([*codes, *(person["name"] for person in staff.by_number(g.db, hashes))])


def _parts(text: str) -> list[tuple[str, bool]]:
    """The words of a text, each with whether it is a link."""
    return [(word, word.startswith(("http://", "https://"))) for word in text.split(" ")]
