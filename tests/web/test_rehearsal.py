"""The page of the threshold rehearsal: a rule changed by form, or a study file as a whole; what it would have done."""

import io
import re
import tomllib

import pytest

from prom.rules import rule_change
from prom.store import audit
from prom.store.connect import rows
from tests.study import SHIPPED
from tests.web.browsing import staff_at

PAGE = "/care/rehearsal"
TEXT = SHIPPED.read_text(encoding="utf-8")


def without(text: str, key: str) -> str:
    """A study file's text without one of its rules."""
    first = text.index(f'[[rules]]\nkey = "{key}"\n')
    return text[:first] + text[text.index("[[rules]]", first + 1) :]


@pytest.fixture
def reported(clinic):
    """P-001, whose severe pain was acted on; P-002 with 6 and a comment that called for nothing; a try-out person."""
    for code in ("P-001", "P-002", "TEST-1"):
        clinic.enrol(code, on="2026-03-03")
        clinic.answers(clinic.visit(code, "baseline"), nrs=6)
    clinic.at("2026-03-03T15:00:00Z")
    for code in ("P-001", "P-002", "TEST-1"):
        clinic.records(code, "performed", "2026-03-03")
    clinic.at("2026-04-03T15:00:00Z")
    clinic.answers(clinic.visit("P-001", "1m"), nrs=8)
    clinic.answers(clinic.visit("P-002", "1m"), nrs=5, comment="Fine")
    clinic.answers(clinic.visit("TEST-1", "1m"), nrs=9)
    for code, outcome in (("P-001", "medicine_change"), ("P-002", "no_action")):
        alert = clinic.alerts(code)[0]
        clinic.acknowledges(alert)
        clinic.closes(alert, outcome=outcome)
    return clinic


def part(page: str, heading: str) -> str:
    """The section that begins with a heading."""
    return page.split(heading, 1)[1].split("</section>", 1)[0]


def words(page: str) -> str:
    return " ".join(page.split())


def test_a_higher_threshold_shows_what_it_would_have_missed(reported):
    page = staff_at(reported, "nina").opens(f"{PAGE}?rule=nrs_severe&run=1&alert_class=high&at_least=9")
    lower = part(page, "Alerts of a lower class: 1")
    assert ">P-001<" in lower and "Injection, 1 month" in lower and "3 Apr 2026" in lower
    assert "NRS 8, not below reference 6" in lower and "Medicine changed" in lower
    assert "P-002" not in lower and "TEST-1" not in page
    assert "None." in part(page, "Acted on, and it would have been missed: 0")


def test_the_rules_are_named_without_blanks_of_their_own_and_the_page_goes_to_its_results(reported):
    page = staff_at(reported, "nina").opens(f"{PAGE}?rule=nrs_severe&run=1&alert_class=high&at_least=9")
    assert "Opioids: … MME on a day of use" in page and "{" not in page[: page.index("<pre")]
    assert f'action="{PAGE}#counts"' in page and 'id="counts"' in page


def test_rules_switched_off_miss_what_was_acted_on_and_lose_the_rest(reported):
    others = re.sub(r"(?ms)^\[\[scripts\]\]\n.*?(?=^# ----)", "", TEXT)  # what is said on calls names rules
    for key in ("nrs_severe", "nrs_rise_high", "nrs_rise", "nrs_no_better"):
        others = without(others, key)
    others = others.replace('key = "free_text"\nclass = "routine"', 'key = "free_text"\nclass = "high"')
    nina = staff_at(reported, "nina")
    nina.opens(PAGE)
    page = nina.sends(PAGE, 200, text=others).get_data(as_text=True)
    missed = part(page, "Acted on, and it would have been missed: 1")
    assert "P-001" in missed and "no alert" in missed and "P-002" not in missed
    assert "P-002" in part(page, "Alerts of a higher class: 1")


def test_a_lower_threshold_shows_new_alerts_and_the_counts(reported):
    page = staff_at(reported, "cora").opens(f"{PAGE}?rule=nrs_high_but_better&run=1&alert_class=routine&at_least=5")
    assert "4 reports, from 2 Mar 2026 to 3 Apr 2026: 4.6 weeks. 3 on call." in words(page)
    assert "P-002" in part(page, "Of the same class, for other reasons: 1")
    routine = words(part(page, ">ROUTINE<").split("</tr>")[0])
    assert '<td data-label="Rules in force">0.22 (1)</td>' in routine and "<strong>0.22</strong> (1)" in routine


def test_what_is_printed_is_the_changed_rule_with_a_new_version(reported):
    page = staff_at(reported, "leda").opens(f"{PAGE}?rule=care&run=1&alert_class=red&any_of=hospital_stay")
    toml = tomllib.loads(part(page, 'aria-labelledby="toml-heading">[').join(("[", "")).split("</pre>")[0])
    assert toml["alerts"]["version"] == rule_change.next_version(reported.study.alerts.version) != "1"
    (rule,) = toml["rules"]
    assert rule["any_of"] == ["hospital_stay"] and (rule["key"], rule["class"]) == ("care", "red")
    assert "flask study check" in page


def test_nothing_changed_says_so_and_prints_no_rule(reported):
    page = staff_at(reported, "nina").opens(
        f"{PAGE}?rule=nrs_severe&run=1&alert_class=high&at_least=8&rise_from_last=&rise_from_reference="
    )
    assert "none is changed" in page and "To put these rules in force" not in page
    assert "None." in part(page, "New alerts: 0")


def test_a_rule_without_which_a_warning_sign_is_unheard_is_refused(reported):
    nina = staff_at(reported, "nina")
    for asked in ("rule=red_flag&run=1&alert_class=red&off=y", "rule=red_flag&run=1&alert_class=high&any_of=chest"):
        page = nina.opens(f"{PAGE}?{asked}", 400)
        assert "no red rule names stroke" in page and "Alerts a week" not in page
    page = nina.opens(f"{PAGE}?rule=nrs_severe&run=1&alert_class=high&at_least=soon", 400)
    assert "Not a valid float value" not in page and "Give a number from 0 to 10." in page
    page = nina.opens(f"{PAGE}?rule=nrs_severe&run=1&alert_class=high&at_least=11", 400)
    assert "Give a number from 0 to 10." in page
    nina.opens(f"{PAGE}?rule=nobody", 404)


def test_a_file_is_rehearsed_by_its_rules_alone(reported):
    nina = staff_at(reported, "nina")
    nina.opens(PAGE)
    changed = without(TEXT, "free_text").replace('org = "Example Clinic"', 'org = "Another Clinic"').encode()
    answer = nina.sends(PAGE, 200, file=(io.BytesIO(changed), "study.toml"))
    page = answer.get_data(as_text=True)
    assert "P-002" in part(page, "Other alerts that would not have come: 1")
    assert "# Take out the rule free_text." in page and "Another Clinic" not in page


@pytest.mark.parametrize(
    "text, told",
    [
        ("", "Choose the study file"),
        ("a = ", "is not valid TOML"),
        (TEXT.replace('item = "comment"', 'item = "remark"'), "there is no item remark"),
        (TEXT.replace('key = "urgent"\nclass', 'key = "care"\nclass'), "is there 2 times"),
        (TEXT.replace('key = "interscapular-pain"', 'key = "knees"'), "is another study"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_told_what_is_wrong(reported, text, told):
    nina = staff_at(reported, "nina")
    nina.opens(PAGE)
    answer = nina.sends(PAGE, 400, text=text)
    assert told in answer.get_data(as_text=True)


def test_it_changes_nothing_but_the_record_of_who_looked(reported):
    def everything():
        tables = [row["name"] for row in rows(reported.db, "select name from sqlite_master where type = 'table'")]
        apart = ("audit", "audit_detail", "session", "counter", "sqlite_sequence")
        return {name: rows(reported.db, f"select * from {name}") for name in tables if name not in apart}

    nina = staff_at(reported, "nina")
    before = everything()
    nina.opens(f"{PAGE}?rule=nrs_severe")
    assert audit.of_subject(reported.db, "alert_rules") == []
    nina.opens(f"{PAGE}?rule=nrs_severe&run=1&alert_class=high&at_least=5")
    assert everything() == before
    (row,) = audit.of_subject(reported.db, "alert_rules")
    assert (row["actor"], row["action"]) == (reported.staff["nina"], "rehearsed")
    assert row["details"] == '{"reports":4,"rules":["nrs_severe"]}'


def test_who_may_not_see_answers_is_turned_away(reported):
    for login in ("anna", "adam"):
        staff_at(reported, login).opens(PAGE, 403)


def test_without_a_report_it_says_so(clinic):
    page = staff_at(clinic, "nina").opens(f"{PAGE}?rule=nrs_severe&run=1&alert_class=high&at_least=5")
    assert "No report has come in yet." in page
