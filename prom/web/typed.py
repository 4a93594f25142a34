"""What was typed into a form that could not be kept, to be copied from the answer to that very request. It is stored
nowhere and stands in no address."""

from flask import g, request

KEPT = "kept"  # the field of the log-in page that brings it along
_NOTES = {"called", "why", "note", "reason", "term", "decision", "slip", KEPT}


def typed() -> list[str]:
    """The free texts of the form that this request brought; [] where it came from no page of ours."""
    if request.method != "POST" or not (request.referrer or "").startswith(request.host_url):
        return []
    return [text for name, text in request.form.items(multi=True) if text.strip() and _is_free(name)]


def _is_free(name: str) -> bool:
    """Whether a field takes a note of staff, or an answer in a participant's own words."""
    item = g.study.items.get(name.partition("/")[0])
    return name.rpartition("-")[2] in _NOTES or item is not None and item.kind == "text"
