"""What participants' texts ask for."""

import pytest

from prom.rules.keywords import meaning, plain_stop

STOPS = "STOP STOPALL UNSUBSCRIBE END QUIT CANCEL REVOKE OPTOUT OPT-OUT 停止 取消 BAJA ALTO".split()


@pytest.mark.parametrize("word", STOPS)
@pytest.mark.parametrize("shape", ["{}", " {}\n", "{}.", "{}!!", '"{}"', "{} ."])
def test_stop_is_the_whole_text(word, shape):
    assert meaning(shape.format(word)) == "stop"
    assert meaning(shape.format(word.lower())) == "stop"


@pytest.mark.parametrize(
    "text, answer",
    [
        ("start", "start"),
        ("UnStop.", "start"),
        ("Help?", "help"),
        ("INFO", "help"),
        ("幫助", "help"),
        ("Ayuda", "help"),
        ("STOP", "stop"),
        ("YES", None),
        ("Stop please", None),
        ("stop it hurts", None),
        ("please help me", None),
        ("the end", None),
        ("", None),
        ("...", None),
    ],
)
def test_a_keyword_counts_only_alone(text, answer):
    assert meaning(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "please stop texting me",
        "Stop please",
        "stop  please!",
        "Please remove me",
        "no more texts",
        "No more of these messages.",
        "Can you stop sending me these?",
        "I want to opt out",
        "don’t text me again",
        "Do not contact me",
        "take me off your list",
        "Leave me alone",
        "unsubscribe me",
        "no me envíen más",
        "不要再傳了",
    ],
)
def test_ordinary_words_that_ask_to_stop(text):
    assert meaning(text) is None
    assert plain_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "The bleeding does not stop",
        "I feel worse, please call me",
        "please don't stop texting me",
        "In the end it got better",
        "Who is this?",
        "When will the pain stop",
        "START",
        "",
    ],
)
def test_ordinary_words_that_do_not(text):
    assert not plain_stop(text)
