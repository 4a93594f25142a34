"""Every kind, status and reason that the code can give a text has words; found by walking the code that gives them."""

import ast
import re
from inspect import getsource

import pytest

from prom.errors import Conflict
from prom.rules import funnel, provider_codes, refusals, sending
from prom.store.connect import row
from prom.web import message_words
from tests.house.source import ROOT, Source
from tests.house.texting import Kinds

WRITERS = [ROOT / "prom/rules/sending.py", ROOT / "prom/rules/funnel.py", *sorted((ROOT / "prom/actions").glob("*.py"))]
GIVES = {"Verdict": 1, "Outcome": 1}  # the place of the reason among the arguments


def text_of(node: ast.expr | None) -> list[str]:
    """A literal, or the literal beginning of a text that goes on with a code."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "strip":
        node = node.func.value
    if isinstance(node, ast.JoinedStr):
        node = node.values[0]
    if isinstance(node, ast.IfExp):
        return text_of(node.body) + text_of(node.orelse)
    return [node.value.strip()] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def reasons_in(tree: ast.Module) -> set[str]:
    """`reason="..."`, Verdict(_, "..."), Outcome(_, "..."), and tables `for reason, stops in (("...", ...), ...)`."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in GIVES and len(node.args) > GIVES[name]:
                found += text_of(node.args[GIVES[name]])
            found += [text for word in node.keywords if word.arg == "reason" for text in text_of(word.value)]
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Tuple) and isinstance(node.iter, ast.Tuple):
            if getattr(node.target.elts[0], "id", "") == "reason":
                found += [text for each in node.iter.elts for text in text_of(each.elts[0])]
    return {text for text in found if text}


def walked(what) -> set[str]:
    return set().union(*(what(ast.parse(path.read_text("utf-8"))) for path in WRITERS))


def test_every_reason_that_the_code_can_give_has_words():
    given = walked(reasons_in)
    assert {"opted_out", "red_alert", "fault", "unavailable", "no answer", "not_active", "stale"} <= given
    assert given - set(message_words.REASONS) == set()


def test_every_reason_against_a_text_by_hand_is_said_in_words():
    rules = [sending.participant_verdict, sending._linking_verdict]
    reasons = set().union(*(reasons_in(ast.parse(getsource(each))) for each in rules))
    reasons |= {"planned", "submitted", "missed", "visit_cancelled", "on_its_way"}
    assert {"opted_out", "cap", "red_alert"} <= reasons
    for reason in reasons:
        assert refusals.message(Conflict(f"no_text_{reason}")) != refusals.message(Conflict("went_wrong")), reason


def test_every_state_of_a_visit_that_drops_its_text_has_words():
    assert {"planned", "submitted", "missed", "visit_cancelled"} <= set(message_words.REASONS)


def test_every_code_that_we_act_on_has_words():
    assert set(provider_codes.CODES) - set(message_words.CODES) == set()


def test_every_kind_that_the_code_can_queue_has_words():
    found = {kind for _, kind in Kinds(Source(ROOT)).found}
    kinds = found - {"", "call"} | set(sending.INVITING)  # put together while it runs; a task
    assert {"alert", "decision", sending.STOP_CONFIRMED} <= kinds
    assert kinds - set(message_words.KINDS) == set()


def test_every_status_that_the_database_allows_has_words(clinic):
    made = row(clinic.db, "select sql from sqlite_master where name = 'message'")["sql"]
    allowed = re.search(r"status in \(([^)]*)\)", made).group(1)
    assert set(re.findall(r"'(\w+)'", allowed)) == set(message_words.STANDINGS)


@pytest.mark.parametrize(
    "status, reason, words",
    [
        ("delivered", None, "arrived"),
        ("dropped", "opted_out", "not sent: the number is opted out"),
        ("queued", None, "waiting to go"),
        ("queued", "unavailable 503", "waiting to go: the provider could not be reached (503)"),
        ("queued", "configuration 20003", "waiting to go: the provider refuses our credentials (20003)"),
        ("queued", "configuration", "waiting to go: the provider's settings are wrong"),
        ("undelivered", "30003", "did not arrive: the phone is off or out of reach (30003)"),
        ("failed", "12345", "failed: code 12345"),
        ("sent", "red_alert", "sent, not yet confirmed"),
    ],
)
def test_what_became_of_a_text(status, reason, words):
    assert message_words.standing({"status": status, "reason": reason}) == words


def test_every_step_of_the_funnel_has_words():
    assert set(message_words.STEPS) == set(funnel.STEPS)
    assert set(message_words.BESIDE) == set(funnel.STEPS[1:-1])


@pytest.mark.parametrize(
    "why, words",
    [
        ("overtaken", "cancelled: a further procedure was performed"),
        ("open", "still open"),
        ("missed", "the form has closed"),
        ("contact_mode", "is not contacted by text now"),
        ("sent", "not confirmed yet"),
        ("undelivered 30003", "did not arrive: the phone is off or out of reach (30003)"),
        ("queued unavailable 503", "waiting to go: the provider could not be reached (503)"),
    ],
)
def test_why_a_visit_got_no_further(why, words):
    assert message_words.loss(why) == words


def test_a_kind_without_words_stands_as_it_is():
    assert message_words.kind({"kind": "new_thing"}) == "New thing"
