"""The golden cohort replayed through the same actions as everybody, on an empty database, with driven time."""

from collections import Counter
from pathlib import Path

import pytest

from prom.demo import simulate
from prom.errors import Refusal
from prom.store import audit, health, messages, studies
from prom.store.connect import rows
from tests.report.reading import download, parsed, scores
from tests.study import SHIPPED, Study

pytestmark = pytest.mark.long

COHORT = Path("tests/data/cohort.csv").read_text(encoding="utf-8")
GOLDEN = {(each["participant"], each["arm"], each["timepoint"], each["nrs"]) for each in parsed(COHORT)}
# The rules of CLINICAL.md section 5 on this cohort (section 10).
HIGH = {("T06", "3M"), ("T10", "3M")}
ROUTINE = {("T02", "3M"), ("T03", "3M"), ("T05", "1M"), ("T05", "3M"), ("T08", "+6M"), ("T10", "+3M"), ("I02", "3M")}


@pytest.fixture(scope="module")
def replay(tmp_path_factory):
    """The study with the whole cohort replayed, what the replay said, and the download."""
    study = Study(tmp_path_factory.mktemp("replay"))
    done = simulate.run(study.db, study.means, COHORT, study.now)
    return study, done, download(study)


def test_all_scores_come_back_at_their_arm_procedure_and_timepoint(replay):
    _, done, found = replay
    assert len(GOLDEN) == 90 and scores(found) == GOLDEN
    assert (done.participants, done.submitted, done.left_over) == (20, 90, 0)


def test_the_replay_ends_with_every_visit_over_and_in_the_past(replay):
    study, done, found = replay
    assert Counter(each["status"] for each in found) == {"submitted": 90, "missed": 10, "cancelled": 10}
    assert (done.missed, done.cancelled, done.still_open) == (10, 10, 0)
    latest = rows(study.db, "select max(queued_at) as queued_at, max(sent_at) as sent_at from message")
    assert max(latest[0].values()) < "2026-03-02"


def test_each_visit_that_came_due_got_exactly_one_invitation(replay):
    study, _, found = replay
    states = Counter()
    for visit in rows(study.db, "select * from visit"):
        kinds = Counter(each["kind"] for each in messages.of_visit(study.db, visit["id"]))
        assert kinds["invitation"] == (0 if visit["cancelled_at"] else 1), visit
        assert kinds["again"] == 0
        states[visit["submitted_at"] is not None, kinds["reminder"]] += 1
    assert states == {(True, 0): 90, (False, 2): 10, (False, 0): 10}  # only who did not answer is reminded
    assert {each["status"] for each in rows(study.db, "select status from message where lane = 'participant'")} == {
        "delivered"
    }
    assert all(each["sent_at"] and each["delivered_at"] for each in found if each["status"] != "cancelled")


def test_injection_visits_after_the_crossover_are_cancelled_and_got_no_text(replay):
    study, _, found = replay
    ended = [each for each in found if each["status"] == "cancelled"]
    assert {(each["arm"], each["procedure"], each["timepoint"]) for each in ended} == {("TAE", "injection", "6m")}
    assert {each["sent_at"] for each in ended} == {""}
    reasons = rows(study.db, "select distinct cancel_reason from visit where cancelled_at is not null")
    assert [each["cancel_reason"] for each in reasons] == ["cancelled"]


def test_no_embolization_baseline_is_made(replay):
    _, _, found = replay
    later = [each for each in found if each["procedure"] == "embolization"]
    assert Counter(each["timepoint"] for each in later) == {"1m": 10, "3m": 10, "6m": 10}
    assert {each["reference_source"] for each in later} == {"earlier_report"}
    assert {each["reference_age_days"] for each in later} == {"14"}


def test_the_6_month_visit_of_injection_only_people_is_invited_and_missed(replay):
    _, _, found = replay
    missed = [each for each in found if each["status"] == "missed"]
    assert {(each["arm"], each["procedure"], each["timepoint"]) for each in missed} == {
        ("injection_only", "injection", "6m")
    }
    assert {each["nrs_average_status"] for each in missed} == {"visit_missed"}


def test_the_alerts_are_those_of_the_rules(replay):
    _, _, found = replay

    def place(each):
        key = each["timepoint"].upper()
        return each["participant"], f"+{key}" if each["procedure"] == "embolization" else key

    assert {place(each) for each in found if each["alert"] == "high"} == HIGH
    assert {place(each) for each in found if each["alert"] == "routine"} == ROUTINE
    assert {each["alert"] for each in found} == {"high", "routine", ""}


def test_nothing_is_invented_beside_the_score(replay):
    _, _, found = replay
    for each in (each for each in found if each["status"] == "submitted"):
        given = {name for name, cell in each.items() if name.endswith("_status") and cell == "answered"}
        assert given == {"red_flags_status", "nrs_average_status", "who_status"}
        assert (each["red_flags"], each["who"], each["nrs_worst_status"]) == ("none", "self", "declined")
        assert each["urgency_status"] == "declined"


def test_a_replay_goes_without_a_fault_and_its_texts_go_nowhere(replay):
    study, _, _ = replay
    assert health.faults(study.db) == []
    assert study.sms.sent == []


def test_the_database_is_synthetic_and_the_people_ordinary_participants(replay):
    study, _, found = replay
    assert studies.kind(study.db) == "synthetic"
    assert rows(study.db, "select distinct is_test, imported from participant") == [{"is_test": 0, "imported": 0}]
    assert {each["mode"] for each in found if each["status"] == "submitted"} == {"web"}
    assert [each["action"] for each in audit.of_subject(study.db, "cohort")] == ["simulated"]


def test_the_same_cohort_again_is_refused_by_name(replay):
    study, _, found = replay
    again = simulate.run(study.db, study.means, COHORT, study.now)
    assert again.faults[0] == "line 2: there is a participant T01 already" and len(again.faults) == 20
    assert download(study) == found


def test_a_real_database_is_refused(clinic):
    clinic.enrol(on="2026-03-06")
    with pytest.raises(Refusal) as refused:
        simulate.run(clinic.db, clinic.means, COHORT, clinic.now)
    assert refused.value.key == "database_kind"
    assert len(rows(clinic.db, "select * from participant")) == 1


def test_days_of_the_file_are_replayed_on_them_and_no_further_than_now(clinic):
    lines = [
        "participant,arm,timepoint,nrs,date,injection_on",
        "A,,baseline,7,2025-12-01,2025-12-05",
        "A,,1M,3,2026-01-07,",
    ]
    done = simulate.run(clinic.db, clinic.means, "\n".join(lines), clinic.now)
    assert (done.submitted, done.left_over) == (2, 0) and done.still_open == 2
    found = {each["timepoint"]: each for each in download(clinic)}
    assert found["1m"]["procedure_on"] == "2025-12-05"
    assert (found["1m"]["due_on"], found["1m"]["submitted_at"][:10]) == ("2026-01-05", "2026-01-07")
    assert (found["3m"]["status"], found["6m"]["status"]) == ("open", "planned")


def test_a_study_that_always_asks_for_the_year_of_birth_is_replayed_too(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8").replace('birth_year = "shared"', 'birth_year = "always"')
    study = Study(tmp_path, study_text=text)
    cohort = "participant,arm,timepoint,nrs\nA,injection_only,baseline,7\n"
    done = simulate.run(study.db, study.means, cohort, study.now)
    assert (done.participants, done.submitted, done.faults) == (1, 1, ())
    assert study.study.survey.birth_year == "always"


def test_the_command_says_what_it_did_or_names_the_fault(clinic, tmp_path):
    small = tmp_path / "small.csv"
    small.write_text("participant,arm,timepoint,nrs\nA,injection_only,baseline,7\n")
    other = tmp_path / "other.db"

    def call(*given):
        return clinic.app().test_cli_runner().invoke(args=["simulate", "--cohort", *map(str, given)])

    done = call(small, "--database", other)
    assert done.exit_code == 0, done.output
    assert done.output == "Replayed 1 participants: 1 visits submitted, 3 missed, 0 cancelled.\n"
    assert other.exists() and rows(clinic.db, "select * from participant") == []
    again = call(small, "--database", other)
    assert again.exit_code == 1 and "line 2: there is a participant A already" in again.output
    clinic.enrol(on="2026-03-06")
    real = call(small)
    assert real.exit_code == 1 and "This database is real; that needs a synthetic one." in real.output
    assert call(tmp_path / "nowhere.csv").exit_code == 1
