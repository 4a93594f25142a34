"""An imported cohort: every score at its place, nobody texted or alerted, and every fault named before a write."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from prom.actions import import_responses
from prom.errors import Refusal
from prom.store import audit, participants, studies
from prom.store.connect import rows
from tests.report.reading import download, parsed, row, scores
from tests.study import Study

COHORT = Path("tests/data/cohort.csv").read_text(encoding="utf-8")
GOLDEN = {(each["participant"], each["arm"], each["timepoint"], each["nrs"]) for each in parsed(COHORT)}


def imports(study, text: str, **given) -> import_responses.Imported:
    return import_responses.run(study.db, study.means, text, study.now, by="system", **given)


def file(*lines: str, columns: str = "participant,arm,timepoint,nrs") -> str:
    return "\n".join([columns, *lines])


DATED = "participant,arm,timepoint,nrs,date,injection_on,embolization_on"


def written(study) -> int:
    tables = ("participant", "procedure", "visit", "response", "decision", "installation")
    return sum(rows(study.db, f"select count(*) as n from {table}")[0]["n"] for table in tables)


# ---- the golden cohort


def test_all_scores_of_the_golden_cohort_come_back(clinic):
    done = imports(clinic, COHORT)
    assert (done.participants, done.visits, done.cancelled, done.faults) == (20, 90, 20, ())
    found = download(clinic)
    assert len(GOLDEN) == 90 and scores(found) == GOLDEN
    assert Counter(each["status"] for each in found) == {"submitted": 90, "cancelled": 20}
    assert {each["in_window"] for each in found if each["status"] == "submitted"} == {"1"}
    assert {each["imported"] for each in found} == {"1"}


def test_no_embolization_baseline_is_made_where_the_3_month_report_serves(clinic):
    imports(clinic, COHORT)
    later = [each for each in download(clinic) if each["procedure"] == "embolization"]
    assert Counter(each["timepoint"] for each in later) == {"1m": 10, "3m": 10, "6m": 10}
    assert {(each["reference_source"], each["reference_age_days"]) for each in later} == {("earlier_report", "14")}


def test_reckoned_days_lie_in_the_past_and_follow_the_plan(clinic):
    imports(clinic, COHORT)
    found = download(clinic)
    last = max(each["submitted_at"] for each in found)
    assert "2026-02-22" <= last[:10] <= "2026-03-01"  # shortly before the day of the import
    course = {(each["procedure"], each["timepoint"]): each for each in found if each["participant"] == "T01"}
    baseline = date.fromisoformat(course["injection", "baseline"]["submitted_at"][:10])
    injected = date.fromisoformat(course["injection", "1m"]["procedure_on"])
    third = date.fromisoformat(course["injection", "3m"]["submitted_at"][:10])
    embolized = date.fromisoformat(course["embolization", "1m"]["procedure_on"])
    assert injected - baseline == timedelta(days=1) and embolized - third == timedelta(days=14)
    assert course["embolization", "1m"]["due_on"] == course["embolization", "1m"]["submitted_at"][:10]


def test_what_the_file_does_not_have_is_technical_and_nothing_is_invented(clinic):
    imports(clinic, COHORT)
    found = row(clinic, "T01", "1m")
    assert (found["mode"], found["identity_check"], found["who"]) == ("imported", "staff", "")
    assert found["nrs_average_status"] == "answered"
    rest = {name: cell for name, cell in found.items() if name.endswith("_status") and name != "nrs_average_status"}
    assert set(rest.values()) == {"technical"}
    assert found["sent_at"] == found["opened_at"] == found["started_at"] == found["alert"] == ""


def test_a_visit_without_a_row_is_cancelled_as_not_collected_never_missed(clinic):
    imports(clinic, COHORT)
    sixth = [visit for visit in clinic.visits("I01") if visit["timepoint"] == "6m"]
    assert [visit["cancel_reason"] for visit in sixth] == ["not_collected"]
    assert row(clinic, "I01", "6m")["nrs_average_status"] == "cancelled"


def test_nobody_imported_is_texted_called_or_alerted_about_now_or_later(clinic):
    imports(clinic, COHORT)
    clinic.ticks(days=2)
    clinic.at("2027-03-02T15:00:00Z")
    clinic.tick()
    assert clinic.sms.sent == [] and clinic.open_tasks() == []
    for table in ("message", "alert", "task", "link", "fault"):
        assert rows(clinic.db, f"select * from {table}") == []
    assert {row["contact_mode"] for row in rows(clinic.db, "select contact_mode from participant")} == {"none"}
    assert Counter(each["status"] for each in download(clinic)) == {"submitted": 90, "cancelled": 20}


def test_an_import_makes_the_database_real_and_is_recorded(clinic):
    imports(clinic, COHORT)
    assert studies.kind(clinic.db) == "real"
    assert [each["action"] for each in audit.of_subject(clinic.db, "responses")] == ["imported"]


def test_the_arm_is_the_decision_or_follows_from_the_embolization(clinic):
    imports(clinic, file("A,,baseline,6", "B,,baseline,6", "B,,+1M,2", "C,injection_only,baseline,6"))
    assert {(each["participant"], each["arm"]) for each in download(clinic)} == {
        ("A", ""), ("B", "TAE"), ("C", "injection_only"),
    }  # fmt: skip


# ---- dry runs, second runs, other databases


def test_a_dry_run_tells_the_same_and_writes_nothing(clinic):
    before = written(clinic)
    tried = imports(clinic, COHORT, dry_run=True)
    assert (written(clinic), before, studies.kind(clinic.db)) == (0, 0, None)
    assert audit.of_subject(clinic.db, "responses") == []
    assert imports(clinic, COHORT) == tried


def test_the_same_file_again_names_each_participant_and_writes_nothing(clinic):
    imports(clinic, COHORT)
    before = written(clinic)
    again = imports(clinic, COHORT)
    assert len(again.faults) == 20 and again.participants == 0
    assert again.faults[0] == "line 2: there is a participant T01 already"
    assert written(clinic) == before


def test_a_synthetic_database_takes_no_import(clinic):
    with clinic.db.conn:
        studies.fix_kind(clinic.db, "synthetic", "2026-03-02T15:00:00Z")
    with pytest.raises(Refusal) as refused:
        imports(clinic, COHORT)
    assert refused.value.key == "database_kind" and participants.of_sites(clinic.db, ("main",)) == []


# ---- days that the file gives


def test_days_of_the_file_are_kept(clinic):
    imports(
        clinic,
        file(
            "A,TAE,baseline,7,2025-03-01,2025-03-05,2025-06-20",
            "A,TAE,1M,5,2025-04-20,,",
            "A,TAE,3M,5,2025-06-10,,",
            "A,TAE,+1M,2,2025-07-20,,",
            columns=DATED,
        ),
    )
    found = {(each["procedure"], each["timepoint"]): each for each in download(clinic)}
    assert found["injection", "baseline"]["procedure_on"] == "2025-03-05"
    assert found["injection", "1m"]["submitted_at"][:10] == "2025-04-20"
    assert (found["injection", "1m"]["due_on"], found["injection", "1m"]["in_window"]) == ("2025-04-05", "0")
    assert found["embolization", "1m"]["procedure_on"] == "2025-06-20"
    assert found["embolization", "1m"]["reference_age_days"] == "10"
    assert found["embolization", "3m"]["status"] == "cancelled"


@pytest.mark.parametrize(
    "lines, injected, embolized",
    [
        (["A,TAE,baseline,7,2025-03-01", "A,TAE,+3M,2,2025-10-31"], "2025-03-02", "2025-07-31"),
        (["A,TAE,1M,7,2025-04-30", "A,TAE,3M,2,2025-06-28"], "2025-03-30", "2025-07-12"),
    ],
)
def test_procedure_days_follow_from_the_reports(clinic, lines, injected, embolized):
    imports(clinic, file(*lines, columns="participant,arm,timepoint,nrs,date"))
    found = {each["procedure"]: each["procedure_on"] for each in download(clinic)}
    assert found == {"injection": injected, "embolization": embolized}


def test_a_baseline_after_the_injection_is_kept_and_is_no_reference(clinic):
    imports(clinic, file("A,,baseline,7,2025-03-07,2025-03-05,", "A,,1M,5,2025-04-05,,", columns=DATED))
    found = row(clinic, "A", "baseline")
    assert (found["flags"], found["in_window"], found["reference_source"]) == ("baseline_after_procedure", "0", "none")


# ---- faults


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Study:
    """A study into which nothing is written: what is refused leaves it as it was."""
    return Study(tmp_path_factory.mktemp("import"))


@pytest.mark.parametrize(
    "text",
    ["", "name,score\nA,1", "participant,arm,timepoint\nA,,1M", "participant,arm,timepoint,nrs,mood\nA,,1M,3,x",
     "participant,arm,timepoint,nrs,nrs\nA,,1M,3,3", "participant,arm,timepoint,nrs\n"],
)  # fmt: skip
def test_an_unusable_file_is_refused(empty, text):
    with pytest.raises(Refusal) as refused:
        imports(empty, text)
    assert refused.value.key in ("import_columns", "import_empty")


@pytest.mark.parametrize(
    "lines, fault",
    [
        (["A,,baseline,11"], "line 2: give an nrs from 0 to 10; leave the row out where there is none"),
        (["A,,baseline,"], "line 2: give an nrs from 0 to 10; leave the row out where there is none"),
        (["A,,baseline,5.5"], "line 2: give an nrs from 0 to 10; leave the row out where there is none"),
        (["A,,2M,5"], "line 2: give one of these timepoints: baseline, 1M, 3M, 6M, +1M, +3M, +6M"),
        (["A,,+baseline,5"], "line 2: give one of these timepoints: baseline, 1M, 3M, 6M, +1M, +3M, +6M"),
        (["A,,1M,5", "A,,1m,6"], "line 3: this participant and timepoint stand in line 2 already"),
        (["A,,1M,5", "A,TAE,3M,6"], "line 2: give this participant the same arm in every row"),
        (["A,placebo,1M,5"], "line 2: give one of these arms, or none: injection_only, TAE"),
        (["A,injection_only,+1M,5"], "line 2: injection_only is said of somebody who had a further procedure"),
        (["=A,,1M,5"], "line 2: Give a code of letters, digits, - and _, 32 at most, such as P-001."),
        (["A,,1M"], "line 2: give 4 cells, one for each column"),
        (["A,,1M,5,6"], "line 2: give 4 cells, one for each column"),
    ],
)
def test_a_fault_is_named_with_its_line(empty, lines, fault):
    assert imports(empty, file(*lines)).faults == (fault,)
    assert written(empty) == 0


@pytest.mark.parametrize(
    "lines, fault",
    [
        (["A,,1M,5,2025-02-30,,"], "line 2: give date as year-month-day, such as 2026-03-01"),
        (["A,,1M,5,2026-03-03,,"], "line 2: a date of A lies in the future"),
        (["A,,1M,5,9999-12-31,,"], "line 2: a date of A lies in the future"),
        (["A,,1M,5,0001-01-01,,"], "line 2: a date of A lies too far back"),
        (["A,,1M,5,2025-03-01,2025-03-05,"], "line 2: this report is dated before its injection"),
        (["A,,1M,5,2025-03-01,,", "A,,3M,5,,,"], "line 2: give A a date in every row, or in none"),
        (["A,,1M,5,,2025-01-02,", "A,,3M,5,,2025-01-03,"], "line 3: give this participant one injection_on"),
        (["A,,1M,5,,2025-03-05,2025-03-01"], "line 2: the embolization of A is not after the injection"),
    ],
)
def test_a_day_that_cannot_be_is_named(empty, lines, fault):
    assert imports(empty, file(*lines, columns=DATED)).faults == (fault,)
    assert written(empty) == 0


def test_all_faults_are_told_at_once_in_the_order_of_the_file(clinic):
    imports(clinic, file("A,,baseline,5"))
    found = imports(clinic, file("B,,baseline,99", "A,,baseline,5", "C,odd,1M,5", "D,,9M,5")).faults
    assert [fault.partition(":")[0] for fault in found] == ["line 2", "line 3", "line 4", "line 5"]


def test_a_file_from_a_spreadsheet_is_read(clinic):
    text = "\ufeffParticipant,ARM,Timepoint,NRS\r\n T-1 , TAE ,Baseline, 7\r\nT-1,TAE,+1m,3\r\n"
    assert imports(clinic, text).visits == 2
