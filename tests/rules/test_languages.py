"""Languages by their tags: what they are called, which way they run, which may be used."""

import pytest

from prom.rules import languages
from prom.rules.study import Approval, Approved, part_hash


@pytest.mark.parametrize(
    "language, name, direction",
    [
        ("en", "English", "ltr"),
        ("es", "Español", "ltr"),
        ("zh-Hant", "中文 (繁體)", "ltr"),
        ("ar", "العربية", "rtl"),
        ("xx", "Xx", "ltr"),
        ("zh_Hant", "Zh_Hant", "ltr"),
    ],
)
def test_a_language_is_known_by_its_tag(language, name, direction):
    assert (languages.own_name(language), languages.direction(language)) == (name, direction)
    assert (languages.locale(language) is None) is (language in ("xx", "zh_Hant"))


def speaking(study, *approved: str):
    """The study in three languages, of which these are approved."""
    about = study.study.model_copy(update={"languages": ("en", "es", "zh-Hant"), "default_language": "es"})
    study = study.model_copy(update={"study": about})
    given = {
        language: Approved(by="Dr. Example", on="2026-03-01", sha256=part_hash(study, language))
        for language in approved
    }
    return study.model_copy(update={"approval": Approval(languages=given)})


@pytest.mark.parametrize(
    "approved, live, choosable",
    [
        ((), False, ("en", "es", "zh-Hant")),
        ((), True, ("es",)),
        (("zh-Hant",), True, ("es", "zh-Hant")),
        (("en", "es", "zh-Hant"), True, ("en", "es", "zh-Hant")),
    ],
)
def test_where_texts_reach_real_people_only_approved_languages_and_the_default_may_be_chosen(
    study, approved, live, choosable
):
    three = speaking(study, *approved)
    assert languages.choosable(three, live) == choosable
    for language in ("en", "es", "zh-Hant", "fr"):
        wanted = language if language in choosable else "es"
        assert languages.spoken_to(three, language, live) == wanted
