"""What an approval was given for: a part of the study file, not the way it is written down."""

import copy
import tomllib

import pytest

from prom.rules.study import Approved, Study, parse, part_hash, unapproved
from tests.rules.conftest import SHIPPED

TEXT = SHIPPED.read_text()
PARTS = ("rules", "en", "es", "zh-Hant")


def approving(study: Study, **changes: str) -> Study:
    """The study with all its parts approved as they stand; `changes`: other hashes, by part."""
    given = {
        part: Approved(by="Dr. Example", on="2026-03-01", sha256=changes.get(part, part_hash(study, part)))
        for part in PARTS
    }
    languages = {part: given[part] for part in PARTS[1:]}
    approval = study.approval.model_copy(update={"rules": given["rules"], "languages": languages})
    return study.model_copy(update={"approval": approval})


def changed(old: str, new: str) -> Study:
    assert old in TEXT
    return parse(TEXT.replace(old, new, 1), "changed")


def test_the_shipped_study_is_unapproved(study):
    assert unapproved(study) == PARTS


def test_an_approval_of_what_stands_is_one(study):
    assert unapproved(approving(study)) == ()


@pytest.mark.parametrize("part", PARTS)
def test_an_approval_of_something_else_is_none(study, part):
    assert unapproved(approving(study, **{part: "0" * 64})) == (part,)


def test_a_hash_is_hex_and_differs_between_parts(study):
    rules, english = part_hash(study, "rules"), part_hash(study, "en")
    assert len(rules) == len(english) == 64 and rules != english
    assert rules == part_hash(parse(TEXT, "again"), "rules")


@pytest.mark.parametrize(
    "old, new",
    [
        ("[night]", "# a remark\n\n[night]"),
        ("acknowledge_minutes = 30\n", "acknowledge_minutes   =   30\n"),
        ('title = "Interscapular pain: injection, then embolization"', 'title = "Another title"'),
        ('phone = "+1 555 010 0100"', 'phone = "+1 555 010 0101"'),
    ],
)
def test_remarks_layout_and_other_parts_change_no_hash(study, old, new):
    for part in PARTS:
        assert part_hash(changed(old, new), part) == part_hash(study, part)


def test_the_order_of_tables_and_keys_changes_no_hash(study):
    raw = tomllib.loads(TEXT)
    turned = Study.model_validate({key: copy.deepcopy(raw[key]) for key in reversed(raw)})
    turned_texts = {language: dict(reversed(texts.items())) for language, texts in turned.texts.items()}
    turned = turned.model_copy(update={"texts": turned_texts})
    for part in PARTS:
        assert part_hash(turned, part) == part_hash(study, part)


def test_approving_changes_no_hash(study):
    for part in PARTS:
        assert part_hash(approving(study), part) == part_hash(study, part)


@pytest.mark.parametrize(
    "old, new, parts",
    [
        ("at_least = 8\n", "at_least = 9\n", ("rules",)),
        ("acknowledge_minutes = 30\n", "acknowledge_minutes = 31\n", ("rules",)),
        ("cover = true", "cover = false", ("rules",)),
        ('text.en = "You fainted or had a fit"', 'text.en = "You fainted"', ("en",)),
        ('skip = "I prefer not to answer"', 'skip = "No"', ("en",)),
        ('text.es = "Se desmayó', 'text.es = "Ella se desmayó', ("es",)),
        ('skip = "我不想回答"', 'skip = "略過"', ("zh-Hant",)),
        ('words.en = "Wrote a comment"', 'words.en = "Wrote"', ("rules", "en")),
    ],
)
def test_a_change_ends_the_approval_of_its_part_alone(study, old, new, parts):
    after = changed(old, new).model_copy(update={"approval": approving(study).approval})
    assert unapproved(after) == parts
