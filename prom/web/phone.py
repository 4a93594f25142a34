"""The on-screen phone of the demo: every text of the last days as it would arrive. Registered by the demo alone."""

from flask import Blueprint, g, render_template, request

from prom.rules.numbers import spoken
from prom.store import contacts, participants, phone, staff

bp = Blueprint("phone", __name__)
_MOST = 300


@bp.get("/demo/phone")
def show():
    """The texts to one number (`?to=`), or to the one that got the newest invitation."""
    copies = [
        {"to": g.means.keys.open(copy["to_sealed"]), "text": g.means.keys.open(copy["text_sealed"]), "at": copy["at"]}
        for copy in phone.all_recent(g.db, _MOST)
    ]
    owners = {copy["to"]: _owner(copy["to"]) for copy in copies}
    invited = next((copy["to"] for copy in copies if "is ready" in copy["text"]), None)
    chosen = request.args.get("to") or invited
    texts = [copy | {"parts": _parts(copy["text"])} for copy in reversed(copies) if copy["to"] == chosen]
    return render_template("demo/phone.html", owners=owners, chosen=chosen, texts=texts, spoken=spoken)


show.guard = ("demo",)  # type: ignore[attr-defined]


def _owner(number: str) -> str:
    """Whose phone it is: participants' codes, or the member of staff."""
    hashes = g.means.keys.number_hashes(number)
    codes = [participants.by_id(g.db, participant_id)["code"] for participant_id in contacts.sharing(g.db, hashes)]
    return ", ".join([*codes, *(person["name"] for person in staff.by_number(g.db, hashes))])


def _parts(text: str) -> list[tuple[str, bool]]:
    """The words of a text, each with whether it is a link."""
    return [(word, word.startswith(("http://", "https://"))) for word in text.split(" ")]
