"""What participants' texts ask for."""

from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prom.rules.keywords import KEYWORDS, meaning, plain_stop, provider_acts

WORDS = [(word, row) for row in KEYWORDS for word in row.words.split()]
MARKS = " \t\r\n.,;:!?…。，、！？'\"‘’“”()（）-_·*\u200b\u2060\ufe0f🛑🙏"
ACCENTS = "\u0300\u0301\u0308\u0303"
wide = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
shapes = st.sampled_from([str, str.upper, str.title, lambda word: word.translate(wide)])
marks = st.text(st.sampled_from(MARKS), max_size=4)


@given(st.sampled_from(WORDS), shapes, marks, marks)
def test_a_keyword_is_known_however_it_is_written(found, shape, before, after):
    word, row = found
    assert meaning(f"{before}{shape(word)}{after}") == row.means
    assert provider_acts(f"{before}{shape(word)}{after}") is row.provider


@given(st.sampled_from(WORDS), st.data())
def test_accents_and_marks_between_its_letters_do_not_count(found, data):
    word, row = found
    strange = st.text(st.sampled_from(MARKS + (ACCENTS if word.isascii() else "")), max_size=2)
    written = "".join(letter + data.draw(strange) for letter in word)
    assert meaning(written) == row.means


@given(st.sampled_from(WORDS), st.text(ascii_letters + digits, min_size=1, max_size=8))
def test_a_keyword_counts_only_alone(found, more):
    words = {word for word, _ in WORDS}
    if not more.lower().replace(found[0], ""):
        return  # the same again: see below
    assert (meaning(f"{found[0]} {more}") is not None) == (found[0] + more.lower() in words)


@given(st.sampled_from(WORDS), st.integers(2, 4), shapes, marks)
def test_a_keyword_said_again_and_again_is_a_stop_and_nothing_else(found, times, shape, between):
    word, row = found
    said = between.join([shape(word)] * times)
    assert meaning(said) == ("stop" if row.means == "stop" else None)
    assert not provider_acts(said)


@given(st.text(max_size=40))
def test_any_text_has_one_meaning_or_none(text):
    assert meaning(text) in ("stop", "start", "help", None)
    assert plain_stop(text) in (True, False)
    assert not provider_acts(text) or meaning(text)


@given(st.sampled_from([word for word, row in WORDS if row.means == "stop"]), st.text("Ada 1.\t", max_size=12))
def test_stop_on_a_line_of_its_own_is_for_a_person_to_read(word, name):
    assert plain_stop(f"{word}\n{name}") and plain_stop(f"{name}\n{word}!")


def test_each_word_means_one_thing_and_stands_once():
    words = [word for word, _ in WORDS]
    assert len(words) == len(set(words)) and all(row.source for row in KEYWORDS)
    assert {word for word, row in WORDS if row.provider and row.means == "stop"} == set(
        "stop stopall unsubscribe end quit cancel revoke optout".split()
    )


@pytest.mark.parametrize(
    "text, answer",
    [
        ("STOP ALL", "stop"),
        ("STOP STOP STOP", "stop"),
        ("Stop. Stop!", "stop"),
        ("Unsubscribe unsubscribe", "stop"),
        ("ALTO ALTO", "stop"),
        ("停止停止", "stop"),
        ("Opt-out", "stop"),
        ("opt out.", "stop"),
        ("ＳＴＯＰ！", "stop"),
        ("stóp", "stop"),
        ("退訂。", "stop"),
        ("Baja", "stop"),
        ("start", "start"),
        ("UnStop.", "start"),
        ("Help?", "help"),
        ("幫助", "help"),
        ("Información", "help"),
        ("YES", None),
        ("Sí", None),
        ("Stop please", None),
        ("stop it hurts", None),
        ("stop stop it hurts", None),
        ("stop and go", None),
        ("help help", None),
        ("start start", None),
        ("停止取消", None),
        ("sotp", None),
        ("please help me", None),
        ("救命", None),
        ("auxilio", None),
        ("the end", None),
        ("停止出血", None),
        ("", None),
        ("...", None),
    ],
)
def test_what_a_whole_text_means(text, answer):
    assert meaning(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "please stop texting me",
        "Stop please",
        "stop  please!",
        "sotp",
        "Stpo!",
        "please sotp",
        "Please stop. I am well again.",
        "pls stop! it is too much",
        "I quit the study",
        "I want to leave this study",
        "I don't feel like it and want to leave the study",
        "Please remove me",
        "no more texts",
        "No more of these messages.",
        "Can you stop sending me these?",
        "I want to opt out",
        "don’t text me again",
        "Do not contact me",
        "I don't want any more texts",
        "take me off your list",
        "Leave me alone",
        "unsubscribe me",
        "no me envíen más",
        "Ya no me manden mensajes por favor",
        "No quiero recibir más mensajes",
        "no quiero más mensajes",
        "No más",
        "¡Ya no más!",
        "ya no, gracias",
        "no mas mensajes",
        "No más textos, por favor",
        "Dejen de mandarme mensajes",
        "Déjenme en paz",
        "Quiero darme de baja",
        "Por favor, paren",
        "不要再傳",
        "不要再傳了",
        "停止簡訊",
        "停止简讯",
        "退出",
        "我要退出",
        "我想退出這個研究，謝謝",
        "不要",
        "不要了。",
        "請不要再傳簡訊給我",
        "別再寄了",
        "請停止傳送",
        "我不想再收到簡訊",
        "我要退訂",
        "取消簡訊",
        "请不要给我发短信",
        "請勿打擾",
        "請停止",
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
        "my pain did not stop",
        "please stop the pain",
        "Please, it will not stop",
        "I had to leave the clinic early",
        "I do not want to leave the study",
        "I don't want to quit the study",
        "I finished my own study",
        "it stopped, then started again",
        "START",
        "Ya no me duele",
        "No más dolor, gracias",
        "ya no tomo la pastilla",
        "No puedo parar el sangrado",
        "No me siento bien",
        "No quiero más dolor",
        "流血止不住",
        "疼痛沒有停止",
        "我想改時間",
        "不要緊",
        "要不要吃飯",
        "我不想退出",
        "停止出血了",
        "",
    ],
)
def test_ordinary_words_that_do_not(text):
    assert not plain_stop(text)
