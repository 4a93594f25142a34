"""The on-screen phone of the demo: every text of the last days as it would arrive. Registered by the demo alone."""

from flask import Blueprint, g, render_template, request

from prom.rules.numbers import spoken
from prom.store import phone

bp = Blueprint("phone", __name__)
_MOST = 300


@bp.get("/demo/phone")
def show():
    """The texts to one number (`?to=`), or to the one that got the newest invitation."""
    copies = [
        {"to": g.means.keys.open(copy["to_sealed"]), "text": g.means.keys.open(copy["text_sealed"]), "at": copy["at"]}
        for copy in phone.all_recent(g.db, _MOST)
    ]
    numbers = list(dict.fromkeys(copy["to"] for copy in copies))
    chosen = request.args.get("to") or next((c["to"] for c in copies if "/s/" in c["text"]), None)
    texts = [copy | {"parts": _parts(copy["text"])} for copy in reversed(copies) if copy["to"] == chosen]
    return render_template("demo/phone.html", numbers=numbers, chosen=chosen, texts=texts, spoken=spoken)


show.guard = ("demo",)  # type: ignore[attr-defined]


def _parts(text: str) -> list[tuple[str, bool]]:
    """The words of a text, each with whether it is a link."""
    return [(word, word.startswith(("http://", "https://"))) for word in text.split(" ")]
