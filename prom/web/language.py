"""The language of a page, and the catalogues of the interface's words.

A participant's link says its pages' language; where there is no link the browser does, among the study's. The staff's
pages are English. What a clinician approves stands in the study file instead.
"""

import gettext
from pathlib import Path

from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask, g, request
from flask_babel import Babel

from prom.actions.links import Opened
from prom.errors import StartRefused
from prom.rules.languages import choosable, locale
from prom.rules.study import Study

CATALOGUES = Path(__file__).parent / "translations"
SOURCE = "en"  # the language of the msgids


def set_up(app: Flask) -> None:
    """Let templates and views speak by the catalogues."""
    Babel(app, default_translation_directories=str(CATALOGUES), locale_selector=_of_request)


def speak(language: str | None = None) -> None:
    """Set the language of this page; None: no link says it."""
    g.language = language or _of_browser()


def others(opened: Opened) -> tuple[str, ...]:
    """The languages that a participant may change this page to."""
    offered = choosable(opened.study, g.means.live)
    return tuple(each for each in choosable(g.study, g.means.live) if each in offered and each != opened.language)


def check(study: Study) -> None:
    """Raises StartRefused, one line, for a language of the study that the pages cannot speak."""
    for language in study.study.languages:
        known = locale(language)
        missing = _missing(str(known)) if known and known.language != SOURCE else []
        if missing:
            place = CATALOGUES / str(known) / "LC_MESSAGES" / "messages.po"
            many = f"{len(missing)} word{'' if len(missing) == 1 else 's'}"
            raise StartRefused(
                f'the pages lack {many} in {language}, a language of PROM_STUDY, such as "{missing[0]}": run make '
                f"catalogues; where that does not help, write them in {place} (make words NEW={known} begins it)"
            )


def _of_request() -> str:
    return str(locale(g.get("language", SOURCE)) or SOURCE)


def _of_browser() -> str:
    """The first that the browser asks for and the study has, whatever the region: es-MX is es."""
    offered = choosable(g.study, g.means.live)
    for asked, quality in request.accept_languages:
        near = [each for each in offered if quality and _stem(each) == _stem(asked)]
        if near:
            return asked if asked in near else near[0]
    return g.study.study.default_language


def _stem(language: str) -> str:
    return language.partition("-")[0].lower()


def _missing(name: str) -> list[str]:
    """The msgids that the compiled catalogue of a locale lacks; all of them where there is none."""
    with open(CATALOGUES / "messages.pot", "rb") as source:
        wanted = [str(message.id) for message in read_po(source) if message.id]
    compiled = gettext.find("messages", CATALOGUES, [name])
    if compiled is None:
        return wanted
    with open(compiled, "rb") as catalogue:
        made = read_mo(catalogue)
    return [words for words in wanted if words not in made]
