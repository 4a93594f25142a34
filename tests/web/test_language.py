"""The catalogues of the pages' words, and which language a page speaks."""

import re
import shutil
import subprocess
import sys

import pytest

from prom.errors import StartRefused
from prom.web import language
from tests import catalogues
from tests.study import SHIPPED, Study

WRITTEN = sorted(catalogues.FOLDER.glob("*/LC_MESSAGES/messages.po"))


def source_ids() -> set[str]:
    return {message.id for message in catalogues.read(catalogues.FOLDER / "messages.pot") if message.id}


def test_the_template_holds_every_word_of_the_pages(tmp_path):
    fresh = tmp_path / "fresh.pot"
    command = ["extract", "-F", "babel.cfg", "-k", "lazy_gettext", "-o", str(fresh), "."]
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", "-q", *command], check=True, timeout=60)
    assert {message.id for message in catalogues.read(fresh) if message.id} == source_ids(), "run: make words"


@pytest.mark.parametrize("written", WRITTEN, ids=lambda path: path.parts[-3])
def test_every_word_is_translated_with_its_placeholders(written):
    catalogue = catalogues.read(written)
    found = {message.id: message for message in catalogue if message.id}
    assert set(found) == source_ids(), "run: make words"
    assert [message.id for message in found.values() if not message.string or message.fuzzy] == []
    for words, message in found.items():
        assert sorted(_holes(message.string)) == sorted(_holes(words)), words


def _holes(words: str) -> list[str]:
    return re.findall(r"%\(\w+\)s", words)


# Chinese text has punctuation of its own: a comma, colon, semicolon, question or exclamation mark or bracket as wide
# as a character.
NARROW = re.compile(r"[\u4e00-\u9fff\u3000-\u303f][,:;?!()]|[,:;?!()][\u4e00-\u9fff]")


def test_chinese_words_have_chinese_punctuation():
    catalogue = catalogues.read(catalogues.FOLDER / "zh_Hant" / "LC_MESSAGES" / "messages.po")
    assert [message.string for message in catalogue if message.id and NARROW.search(message.string)] == []
    shipped = SHIPPED.read_text(encoding="utf-8").splitlines()
    assert [line for line in shipped if not line.startswith("#") and NARROW.search(line)] == []
    assert NARROW.search("\u4f60\u597d, \u4f60\u597d")


def test_there_is_a_catalogue_for_each_language_that_ships():
    assert [path.parts[-3] for path in WRITTEN] == ["es", "zh_Hant"]


def speaking(study, *languages):
    return study.model_copy(update={"study": study.study.model_copy(update={"languages": languages})})


def test_a_study_whose_pages_can_be_said_starts(clinic):
    language.check(speaking(clinic.study, "en", "en-GB", "es", "es-MX", "zh-Hant"))


def test_a_study_without_a_catalogue_does_not_start(clinic):
    with pytest.raises(StartRefused) as refused:
        language.check(speaking(clinic.study, "en", "fr"))
    line = str(refused.value)
    for told in ("words in fr, a language of PROM_STUDY", "/fr/LC_MESSAGES/messages.po", "make words NEW=fr"):
        assert told in line
    assert "\n" not in line


def test_a_study_with_a_catalogue_that_lacks_words_does_not_start(clinic, tmp_path, monkeypatch):
    (tmp_path / "messages.pot").write_text('msgid "Next"\nmsgstr ""\n\nmsgid "Back"\nmsgstr ""\n')
    written = tmp_path / "fr" / "LC_MESSAGES" / "messages.po"
    written.parent.mkdir(parents=True)
    written.write_text('msgid "Next"\nmsgstr "Suivant"\n\n#, fuzzy\nmsgid "Back"\nmsgstr "Retour"\n')
    with written.with_suffix(".mo").open("wb") as made:
        catalogues.write_mo(made, catalogues.read(written))
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)
    with pytest.raises(StartRefused) as refused:
        language.check(speaking(clinic.study, "en", "fr"))
    assert 'lack 1 word in fr, a language of PROM_STUDY, such as "Back": run make catalogues' in str(refused.value)


@pytest.mark.parametrize(
    "asked, spoken, words",
    [
        ("es-MX, en;q=0.5", "es", "Este enlace no funciona"),
        ("zh-TW", "zh-Hant", "這個連結無法使用"),
        ("fr, es;q=0.4", "es", "Este enlace no funciona"),
        ("fr", "en", "This link does not work"),
        ("", "en", "This link does not work"),
    ],
)
def test_a_page_without_a_link_takes_the_browsers_language_among_the_studys(clinic, asked, spoken, words):
    page = opens(clinic, "/s/AbCdEfGhIjKlMnOpQrStUv", asked)
    assert f'<html lang="{spoken}" dir="ltr">' in page and f"<h1>{words}</h1>" in page


def test_an_address_of_nothing_is_told_in_the_browsers_language(clinic):
    page = opens(clinic, "/s/AbCdEfGhIjKlMnOpQrStUv/x/y/z", "es")
    assert '<html lang="es" dir="ltr">' in page and "Esta página no existe." in page


def test_staff_pages_are_english_whatever_the_browser_asks_for(clinic):
    client = clinic.app().test_client()
    page = client.get("/login", base_url=clinic.means.base_url, headers={"Accept-Language": "es"})
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.get_data(as_text=True)).group(1)
    page = client.post(
        "/login", data={"csrf_token": token, "login": "x" * 200}, base_url=clinic.means.base_url,
        headers={"Accept-Language": "es", "Referer": f"{clinic.means.base_url}/login"},
    )  # fmt: skip
    assert '<html lang="en"' in page.get_data(as_text=True) and "obligatorio" not in page.get_data(as_text=True)


def opens(clinic, path: str, asked: str) -> str:
    """A page as a browser with these languages gets it."""
    client = clinic.app().test_client()
    return client.get(path, base_url=clinic.means.base_url, headers={"Accept-Language": asked}).get_data(as_text=True)


def test_a_language_written_from_right_to_left_needs_files_alone(tmp_path, monkeypatch):
    """Arabic in name only: what is checked is that a tag, a catalogue and words are enough."""
    made = tmp_path / "catalogues"
    shutil.copytree(catalogues.FOLDER, made)
    (made / "zh_Hant").rename(made / "ar")
    monkeypatch.setattr(language, "CATALOGUES", made)
    text = SHIPPED.read_text(encoding="utf-8").replace("zh-Hant", "ar")
    clinic = Study(tmp_path, study_text=text)
    page = opens(clinic, "/s/AbCdEfGhIjKlMnOpQrStUv", "ar-EG")
    assert '<html lang="ar" dir="rtl">' in page and "\u9019\u500b\u9023\u7d50" in page
    clinic.enrol(status="performed", on="2026-03-02", language="ar")
    clinic.at("2026-04-02T15:00:00Z")
    page = opens(clinic, f"/s/{clinic.token(clinic.visit('P-001', '1m'))}", "en")
    assert '<html lang="ar" dir="rtl">' in page and "English</button>" in page
