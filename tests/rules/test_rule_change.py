"""Changed rules: their faults, and the lines of the study file that say the same."""

import tomllib

import pytest

from prom.errors import StudyFault
from prom.rules.rule_change import changed, differing, faults, lines, next_version, of_file
from prom.rules.study import Rule
from tests.rules.conftest import SHIPPED

TEXT = SHIPPED.read_text(encoding="utf-8")


@pytest.mark.parametrize("version, after", [("1", "2"), ("9", "10"), ("1.3", "1.4"), ("2026-a", "2026-a-2")])
def test_the_next_version_counts_on(version, after):
    assert next_version(version) == after


def test_each_rule_written_as_toml_is_read_as_the_same(study):
    for rule in study.rules:
        other = changed(study, rule.key, {"class_": "high" if rule.class_ == "red" else "red"})
        read = tomllib.loads(lines(study, other))
        assert read["alerts"] == {"version": "2"}
        assert [Rule.model_validate(one) for one in read["rules"]] == [one for one in other if one.key == rule.key]


def test_a_rule_that_is_off_is_to_be_taken_out_and_nothing_changed_has_no_lines(study):
    assert "# Take out the rule care.\n" in lines(study, changed(study, "care", None))
    assert lines(study, study.rules) == lines(study, changed(study, "care", {})) == ""
    assert "# Put the rules in this order: " in lines(study, tuple(reversed(study.rules)))


def test_the_faults_are_those_of_the_study_check(study):
    assert faults(study, study.rules) == []
    assert ("rules.care", "add a condition, such as any_of or at_least") in faults(
        study, changed(study, "care", {"any_of": ()})
    )
    assert ("rules.care", "is there 2 times") in faults(study, (*study.rules, study.rules[2]))


def test_only_a_file_of_the_same_study_is_taken(study):
    assert of_file(study, TEXT) == study.rules
    assert differing(study.rules, of_file(study, TEXT.replace("rise_from_last = 3", "rise_from_last = 4"))) == [
        "nrs_rise_high"
    ]
    with pytest.raises(StudyFault) as fault:
        of_file(study, TEXT.replace('key = "interscapular-pain"', 'key = "knees"'))
    assert fault.value.faults[0][0] == "study.key"
