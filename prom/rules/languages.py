"""Languages as a study names them ("en", "es", "zh-Hant"): which may be used, what they are called, which way they run.

What a language calls days and times is `texts`.
"""

from functools import cache

from babel import Locale, UnknownLocaleError

from prom.rules.study import Study, unapproved


@cache
def locale(language: str) -> Locale | None:
    """What is known of a language by its tag; None for one that nobody knows."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def own_name(language: str) -> str:
    """What a language calls itself: "Español"."""
    known = locale(language)
    name = (known.get_display_name() if known else None) or language
    return name[:1].upper() + name[1:]


def english_name(language: str) -> str:
    """What staff call a language: "Chinese (Traditional)"."""
    known = locale(language)
    return (known.get_display_name("en") if known else None) or language


def direction(language: str) -> str:
    """Which way it is written: "ltr" | "rtl"."""
    known = locale(language)
    return known.text_direction if known else "ltr"


def choosable(study: Study, live: bool) -> tuple[str, ...]:
    """The languages that a participant may have. live: texts go to real people; then only the default and those that
    are approved as they stand."""
    waiting = unapproved(study) if live else ()
    default = study.study.default_language
    return tuple(each for each in study.study.languages if each == default or each not in waiting)


def spoken_to(study: Study, language: str, live: bool) -> str:
    """The language in which a participant who has this one is spoken to: the default where it may not be used."""
    return language if language in choosable(study, live) else study.study.default_language
