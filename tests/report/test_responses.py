"""The table of responses: its columns, and what each cell says of a visit in each of its states."""

import re
import tracemalloc

import pytest

from prom.actions import answer, enrol
from prom.actions.enrol import Enrolment
from prom.report import responses
from prom.rules.answers import DECLINED, NOT_SURE
from prom.rules.instrument import answer_keys
from prom.store import connect, participants, reports, studies, visits
from prom.store import procedures as procedure_rows
from prom.store.connect import write
from prom.store.rows import everybody, snapshot
from tests.report.reading import download, item_statuses, parsed, row
from tests.study import SHIPPED, Study, stamp

FIXED = (
    "participant,arm,procedure,procedure_on,timepoint,due_on,window_opens_on,window_closes_on,status,sent_at,"
    "delivered_at,opened_at,started_at,submitted_at,in_window,nrs_average,nrs_average_status,nrs_worst,nrs_worst_status"
)


@pytest.fixture
def injected(clinic):
    """P-001, whose baseline was answered and who was injected on 6 March."""
    clinic.enrol(on="2026-03-06")
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "baseline"), nrs=7)
    comes(clinic, "2026-03-06T20:00:00Z")
    clinic.records("P-001", "performed", "2026-03-06")
    return clinic


def comes(study, moment: str) -> None:
    """A moment comes, and what it made due."""
    study.at(moment)
    study.tick()


# ---- columns


def header(study) -> list[str]:
    return next(responses.lines(study.db.path, study.means.version, study.now)).strip().split(",")


def test_the_first_columns_are_those_that_scripts_rely_on(clinic):
    assert ",".join(header(clinic)[:19]) == FIXED
    assert header(clinic)[19] == "occasion"


def test_every_question_has_a_column_and_its_status_once(clinic):
    names = header(clinic)
    assert len(names) == len(set(names))
    shared = {"nrs_average", "nrs_worst", "who"}
    for key in answer_keys(clinic.study):
        name = responses.column(key)
        assert names.count(name) == names.count(f"{name}_status") == 1
        assert names.index(f"{name}_status") == names.index(name) + 1, key
    late = {"red_flags": 2, "care_any": 1, "care_on": 1, "care_for": 1}
    asked = [responses.column(key) for key in answer_keys(clinic.study) if key not in shared]
    items = sorted(asked, key=lambda name: late.get(name, 0))  # medicines, side effects, care sought, warning signs
    assert [name for name in names if name in items] == items
    assert names.index("alert") == names.index("mme_table") + 1
    assert names.index("who") > names.index("alert_rules") > names.index("alert") > names.index("comment_status")


# ---- the states of a visit


def test_a_submitted_report(injected):
    found = row(injected, "P-001", "baseline")
    assert found["status"] == "submitted" and found["procedure_on"] == "2026-03-06"
    assert (found["due_on"], found["window_opens_on"], found["window_closes_on"]) == (
        "2026-03-02", "2026-03-02", "2026-03-06",
    )  # fmt: skip
    assert found["sent_at"] == found["opened_at"] == found["submitted_at"] == "2026-03-02T15:00:00Z"
    assert (found["nrs_average"], found["nrs_average_status"], found["in_window"]) == ("7", "answered", "1")
    assert (found["red_flags"], found["med_any"], found["who"]) == ("none", "no", "self")
    assert (found["comment"], found["comment_status"]) == ("", "answered")
    assert found["care_any_status"] == found["med_opioid__opioid_weak_status"] == "not_shown"
    assert (found["mode"], found["language"], found["identity_check"], found["imported"]) == ("web", "en", "link", "0")
    assert found["study_version"] == f"interscapular-pain 1 {injected.means.version[:12]}"
    assert found["alert"] == found["alert_rules"] == found["flags"] == ""


def test_what_is_delivered_says_when(clinic):
    clinic.enrol(on="2026-03-06")
    clinic.tick()
    assert row(clinic, "P-001", "baseline")["sent_at"] == "2026-03-02T15:00:00Z"
    assert row(clinic, "P-001", "baseline")["delivered_at"] == ""
    with write(clinic.db):
        message = clinic.messages("P-001")[0]
        clinic.db.execute("update message set delivered_at = '2026-03-02T15:00:09Z' where id = ?", [message["id"]])
    assert row(clinic, "P-001", "baseline")["delivered_at"] == "2026-03-02T15:00:09Z"


def test_a_visit_still_to_come_is_not_due(injected):
    found = row(injected, "P-001", "1m")
    assert found["status"] == "planned" and found["due_on"] == "2026-04-06"
    assert item_statuses(found) == {"not_due"}
    assert found["nrs_average"] == found["submitted_at"] == found["in_window"] == found["study_version"] == ""


def test_an_open_report_shows_what_is_saved_and_the_rest_as_not_due(injected):
    comes(injected, "2026-04-06T15:00:00Z")
    assert row(injected, "P-001", "1m")["status"] == "open"
    visit = injected.visit("P-001", "1m")
    injected.saves(visit, "red_flags", {"red_flags": ["none"]})
    injected.saves(visit, "nrs_average", {"nrs_average": DECLINED})
    found = row(injected, "P-001", "1m")
    assert found["status"] == "started" and found["started_at"] == "2026-04-06T15:00:00Z"
    assert (found["red_flags"], found["red_flags_status"]) == ("none", "answered")
    assert (found["nrs_average"], found["nrs_average_status"]) == ("", "declined")
    assert found["nrs_worst_status"] == found["care_any_status"] == "not_due"
    assert found["submitted_at"] == ""


def test_a_closed_unsent_draft_keeps_its_answers_and_the_rest_was_not_reached(injected):
    comes(injected, "2026-04-06T15:00:00Z")
    visit = injected.visit("P-001", "1m")
    injected.saves(visit, "red_flags", {"red_flags": ["none"]})
    injected.saves(visit, "nrs_average", {"nrs_average": 6})
    comes(injected, "2026-06-20T15:00:00Z")
    found = row(injected, "P-001", "1m")
    assert (found["status"], found["submitted_at"], found["mode"], found["in_window"]) == ("missed", "", "", "")
    assert (found["nrs_average"], found["nrs_average_status"]) == ("6", "answered")
    assert found["nrs_worst_status"] == found["med_name__other_status"] == "not_reached"


def test_a_screen_that_came_too_late_is_not_in_the_table(injected):
    comes(injected, "2026-06-20T15:00:00Z")
    visit = injected.visit("P-001", "1m")
    with write(injected.db):
        late = {"nrs_average": 9}
        reports.save(injected.db, visit["id"], "nrs_average", late, "2026-06-20T15:00:00Z", layout=None, late=True)
    assert row(injected, "P-001", "1m")["nrs_average_status"] == "visit_missed"


def test_a_missed_visit(injected):
    comes(injected, "2026-04-06T14:00:00Z")
    comes(injected, "2026-06-20T15:00:00Z")
    found = row(injected, "P-001", "1m")
    assert found["status"] == "missed" and found["sent_at"] == "2026-04-06T14:00:00Z"
    assert item_statuses(found) == {"visit_missed"}


def test_what_a_timepoint_never_asks_was_not_shown_even_when_it_was_missed(clinic):
    clinic.enrol(on="2026-03-06")
    comes(clinic, "2026-03-06T20:00:00Z")
    clinic.records("P-001", "performed", "2026-03-06")
    found = row(clinic, "P-001", "baseline")
    assert (found["status"], found["nrs_average_status"], found["care_any_status"]) == (
        "missed", "visit_missed", "not_shown",
    )  # fmt: skip


def test_visits_that_a_crossover_ended_are_cancelled_and_a_draft_among_them_keeps_its_answers(injected):
    comes(injected, "2026-04-06T15:00:00Z")
    injected.saves(injected.visit("P-001", "1m"), "red_flags", {"red_flags": ["none"]})
    comes(injected, "2026-04-07T15:00:00Z")
    injected.adds("P-001", "embolization", "performed", "2026-04-07")
    draft, later = row(injected, "P-001", "1m"), row(injected, "P-001", "6m")
    assert draft["status"] == later["status"] == "cancelled"
    assert (draft["red_flags_status"], draft["nrs_average_status"]) == ("answered", "not_reached")
    assert item_statuses(later) == {"cancelled"}
    assert draft["arm"] == later["arm"] == "TAE"


def test_visits_of_somebody_who_left_say_so(injected):
    injected.becomes("P-001", "left_follow_up")
    assert item_statuses(row(injected, "P-001", "3m")) == {"withdrawn"}
    assert row(injected, "P-001", "baseline")["nrs_average_status"] == "answered"


# ---- cells


def test_medicines_problems_and_the_alert_they_raise(injected):
    comes(injected, "2026-04-06T15:00:00Z")
    about = {
        "med_opioid/opioid_weak": "other", "med_opioid_name/opioid_weak": "=HYPERLINK(1)",
        "med_strength/opioid_weak": 37.5, "med_unit/opioid_weak": "mg", "med_more/opioid_weak": "no",
        "med_times/opioid_weak": NOT_SURE, "med_days/opioid_weak": DECLINED, "med_change/opioid_weak": "more",
        "med_name/herbal_tcm": "tea", "med_strength/herbal_tcm": NOT_SURE, "med_unit/herbal_tcm": NOT_SURE,
        "med_times/herbal_tcm": 1, "med_days/herbal_tcm": 0, "med_change/herbal_tcm": "same",
        "se_severity/fever": "strong", "se_interference/fever": "a_bit", "se_care/fever": "no",
        "se_start/fever": "2026-04-01", "se_now/fever": "yes",
    }  # fmt: skip
    injected.answers(
        injected.visit("P-001", "1m"), nrs=0, med_any="yes", med_classes=["opioid_weak", "herbal_tcm"], se_any="yes",
        se_list=["fever"], comment="-1 for the food", who="helped", **about,
    )  # fmt: skip
    found = row(injected, "P-001", "1m")
    assert (found["nrs_average"], found["med_classes"], found["who"]) == ("0", "opioid_weak;herbal_tcm", "helped")
    assert (found["med_opioid_name__opioid_weak"], found["comment"]) == ("'=HYPERLINK(1)", "'-1 for the food")
    assert (found["med_strength__opioid_weak"], found["med_days__herbal_tcm"]) == ("37.5", "0")
    assert (found["med_times__opioid_weak"], found["med_times__opioid_weak_status"]) == ("", "answered")
    assert (found["med_days__opioid_weak"], found["med_days__opioid_weak_status"]) == ("", "declined")
    assert found["med_name__nsaid_oral_status"] == found["se_end__fever_status"] == "not_shown"
    assert found["alert"] == "high"
    rules = ["se_severity", "fever_infection", "opioid_more", "free_text"]
    assert sorted(found["alert_rules"].split(";")) == sorted(rules)


MME = ("mme_using_day", "mme_mean_7_days", "mme_status", "mme_reason", "mme_table")


def opioid(place="opioid_weak", **about):
    """A report's answers about one opioid, tramadol 50 mg 3 times on 2 days unless told otherwise."""
    found = {"med_opioid": "tramadol", "med_strength": 50, "med_unit": "mg", "med_times": 3, "med_days": 2}
    found |= {"med_more": "no", "med_change": "same"} | about
    return {"med_any": "yes", "med_classes": [place]} | {f"{item}/{place}": value for item, value in found.items()}


@pytest.mark.parametrize(
    "given, cells",
    [
        ({}, ("0", "0", "answered", "", "CDC-2022")),
        (opioid(), ("30", "8.57", "answered", "", "CDC-2022")),
        (opioid(med_days=NOT_SURE), ("30", "", "answered", "not_known", "CDC-2022")),
        (
            opioid("opioid_strong", med_opioid="buprenorphine"),
            ("", "", "answered", "no_factor", "CDC-2022"),
        ),
        (opioid(med_unit="other"), ("", "", "answered", "unit", "CDC-2022")),
        ({"med_any": DECLINED}, ("", "", "declined", "not_known", "CDC-2022")),
        ({"med_any": "yes", "med_classes": DECLINED}, ("", "", "declined", "not_known", "CDC-2022")),
    ],
)
def test_the_opioids_of_a_report_in_mme_or_why_there_is_no_figure(injected, given, cells):
    comes(injected, "2026-04-06T15:00:00Z")
    injected.answers(injected.visit("P-001", "1m"), **given)
    found = row(injected, "P-001", "1m")
    assert tuple(found[name] for name in MME) == cells


def test_a_form_on_its_way_has_no_mme_and_says_what_became_of_the_questions(injected):
    comes(injected, "2026-04-06T15:00:00Z")
    visit = injected.visit("P-001", "1m")
    kinds = {"red_flags": ["none"], "nrs_average": 4, "nrs_worst": 5, "med_any": "yes", "med_classes": ["opioid_weak"]}
    for key, value in kinds.items():
        injected.saves(visit, key, {key: value})
    assert tuple(row(injected, "P-001", "1m")[name] for name in MME) == ("", "", "not_due", "", "")
    comes(injected, "2026-06-20T15:00:00Z")
    assert tuple(row(injected, "P-001", "1m")[name] for name in MME) == ("", "", "not_reached", "", "")


def test_a_study_without_factors_has_the_columns_and_nothing_in_them(tmp_path):
    text = re.sub(r"(?ms)^\[mme\]$.*?(?=^# ----)", "", SHIPPED.read_text(encoding="utf-8"))
    text = re.sub(r'(?ms)^\[\[rules\]\]\nkey = "opioid_mme".*?(?=^\[\[rules\]\])', "", text)
    text = text.replace('"opioid_new", "opioid_mme"]', '"opioid_new"]')
    study = Study(tmp_path, study_text=text)
    study.enrol(on="2026-03-06")
    assert tuple(row(study, "P-001", "1m")[name] for name in MME) == ("", "", "not_shown", "", "")


def test_the_name_of_the_factors_never_becomes_a_formula(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8").replace('table = "CDC-2022"', 'table = "=1+1"')
    study = Study(tmp_path, study_text=text)
    study.enrol(on="2026-03-06")
    study.tick()
    study.answers(study.visit("P-001", "baseline"))
    assert row(study, "P-001", "baseline")["mme_table"] == "'=1+1"


def test_a_report_of_somebody_else_says_so_and_keeps_its_alert(injected):
    comes(injected, "2026-04-06T15:00:00Z")
    injected.answers(
        injected.visit("P-001", "1m"), nrs=10, urgency="call", call_when="weekdays after 4 pm", who="proxy"
    )  # fmt: skip
    found = row(injected, "P-001", "1m")
    assert (found["who"], found["who_status"], found["alert"]) == ("proxy", "answered", "high")
    assert (found["urgency"], found["call_when"]) == ("call", "weekdays after 4 pm")
    assert sorted(found["alert_rules"].split(";")) == ["call_me", "nrs_rise_high", "nrs_severe"]


def test_a_zero_is_a_value_and_a_report_outside_its_window_says_so(injected):
    comes(injected, "2026-04-20T15:00:00Z")
    injected.answers(injected.visit("P-001", "1m"), nrs=0)
    assert (row(injected, "P-001", "1m")["nrs_average"], row(injected, "P-001", "1m")["in_window"]) == ("0", "0")


def test_references_before_the_procedure_and_of_old(injected):
    assert row(injected, "P-001", "1m")["reference_source"] == "own_baseline"
    comes(injected, "2026-06-06T15:00:00Z")
    injected.answers(injected.visit("P-001", "3m"), nrs=6)
    comes(injected, "2026-06-20T20:00:00Z")
    injected.adds("P-001", "embolization", "performed", "2026-06-20")
    found = row(injected, "P-001", "1m", "embolization")
    assert (found["reference_on"], found["reference_source"], found["reference_age_days"]) == (
        "2026-06-06", "earlier_report", "14",
    )  # fmt: skip
    assert (found["original_reference_on"], found["original_reference_source"]) == ("2026-03-02", "own_baseline")
    assert found["original_reference_age_days"] == "4"
    assert row(injected, "P-001", "1m")["reference_on"] == "2026-03-02"
    assert [each for each in download(injected) if each["procedure"] == "embolization"][0]["timepoint"] == "1m"


def test_no_reference_is_filled_in(clinic):
    clinic.enrol(status="performed", on="2026-02-20")
    found = row(clinic, "P-001", "1m")
    assert (found["reference_on"], found["reference_source"], found["reference_age_days"]) == ("", "none", "")


def test_the_procedures_day_is_that_of_the_session_that_the_due_day_is_reckoned_from(clinic):
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    clinic.at("2026-03-03T15:00:00Z")
    clinic.adds("P-001", "injection", "performed", "2025-10-01")  # entered late: it moves nothing
    clinic.at("2026-03-21T15:00:00Z")
    clinic.answers(clinic.visit("P-001", "1m"))
    clinic.at("2026-03-21T16:00:00Z")
    clinic.adds("P-001", "injection", "performed", "2026-03-21")  # a second session: it moves what was not opened
    found = {each: (row(clinic, "P-001", each)["procedure_on"], row(clinic, "P-001", each)["due_on"]) for each in
             ("baseline", "1m", "3m", "6m")}  # fmt: skip
    assert found == {
        "baseline": ("2026-02-20", "2026-02-20"),
        "1m": ("2026-02-20", "2026-03-20"),
        "3m": ("2026-03-21", "2026-06-21"),
        "6m": ("2026-03-21", "2026-09-21"),
    }


def test_before_a_procedure_nothing_is_said_of_its_reference(clinic):
    clinic.enrol(on="2026-03-20")
    assert row(clinic, "P-001", "1m")["reference_source"] == row(clinic, "P-001", "1m")["procedure_on"] == ""


def test_a_baseline_after_its_procedure_is_flagged_and_outside_its_window(clinic):
    clinic.enrol(on="2026-03-02")
    clinic.tick()
    clinic.fills(clinic.visit("P-001", "baseline"), nrs=5)
    clinic.at("2026-03-02T17:00:00Z")
    clinic.records("P-001", "performed", "2026-03-02", time="11:30")
    clinic.at("2026-03-02T19:00:00Z")
    answer.submit(clinic.db, clinic.means, clinic.visit("P-001", "baseline")["id"], clinic.now)
    found = row(clinic, "P-001", "baseline")
    assert (found["flags"], found["in_window"], found["reference_source"]) == ("baseline_after_procedure", "0", "none")


# ---- who stands in it


def test_a_further_baseline_that_was_not_needed_after_all_is_no_row(clinic):
    clinic.enrol(on="2026-03-06")
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "baseline"), nrs=7)
    clinic.records("P-001", "postponed", "2026-04-10")
    occasions = [each["occasion"] for each in download(clinic) if each["timepoint"] == "baseline"]
    assert occasions == ["1", "2"]
    clinic.records("P-001", "planned", "2026-03-06")
    occasions = [each["occasion"] for each in download(clinic) if each["timepoint"] == "baseline"]
    assert occasions == ["1"]


def test_try_out_people_are_left_out(clinic):
    clinic.enrol("TEST-1", on="2026-03-06")
    clinic.enrol("P-001", on="2026-03-06")
    assert {each["participant"] for each in download(clinic)} == {"P-001"}


def test_only_the_viewers_sites_are_shown(clinic):
    with write(clinic.db):
        clinic.db.execute("insert into site (id, name) values ('east', 'East')")
    clinic.enrol("P-001", on="2026-03-06")
    clinic.enrol("E-001", on="2026-03-06", site_id="east")
    assert {each["participant"] for each in download(clinic, ("east",))} == {"E-001"}
    assert {each["participant"] for each in download(clinic)} == {"P-001", "E-001"}


def test_names_and_numbers_never_enter(clinic):
    clinic.enrol("P-001", on="2026-03-06", name="Synthetic Person", record_number="REC-77", second_contact="Somebody")
    text = "".join(responses.lines(clinic.db.path, clinic.means.version, clinic.now))
    for secret in ("Synthetic", "REC-77", "Somebody", "555010", "1960"):
        assert secret not in text


# ---- how it is read


def crowd(clinic, many: int) -> None:
    """Many participants with a report each, written straight into the store."""
    now = "2026-02-01T10:00:00Z"
    person = {
        "study_key": "s", "site_id": "main", "zone": "America/New_York", "language": "en", "contact_mode": "text",
        "eligibility": "{}", "eligible": 1, "enrolled_on": "2026-02-01", "enrolled_at": now,
    }  # fmt: skip
    answers = {"red_flags": ["none"], "nrs_average": 5, "comment": "c" * 900}
    made = {"study_version": clinic.means.version, "language": "en", "mode": "web", "identity_check": "link"}
    with write(clinic.db):
        for number in range(many):
            participant_id = participants.add_participant(clinic.db, code=f"C-{number:05d}", **person)
            done = {"status": "performed", "performed_on": "2026-02-05"}
            procedure_id = procedure_rows.add_procedure(clinic.db, participant_id, "injection", now, None, **done)
            place = {"procedure_id": procedure_id, "timepoint": "baseline", "occasion": 1, "submitted_at": now}
            visit_id = visits.add_visit(clinic.db, participant_id, now, **place)
            reports.add_response(clinic.db, visit_id, answers, now, **made)


@pytest.mark.long
def test_memory_does_not_grow_with_the_table(clinic):
    crowd(clinic, 1500)
    peaks = []
    for many in (300, 1500):  # the first people, then all of them
        tracemalloc.start()
        lines = responses.lines(clinic.db.path, clinic.means.version, clinic.now)
        for _ in range(many):
            next(lines)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        lines.close()
    assert peaks[1] < peaks[0] * 1.3, peaks


def test_every_batch_is_read_whole(clinic):
    crowd(clinic, 7)
    with snapshot(clinic.db.path) as db:
        for many in (1, 2, 3, 7, 100):
            held = list(everybody(db, many=many))
            assert [each.person["code"] for each in held] == [f"C-{number:05d}" for number in range(7)]
            assert all(len(each.visits) == len(each.responses) == 1 for each in held)


def test_a_download_shows_one_instant_whatever_is_written_meanwhile(clinic):
    crowd(clinic, 3)
    lines = responses.lines(clinic.db.path, clinic.means.version, clinic.now)
    next(lines), next(lines)
    crowd_again = Enrolment("Z-1", contact_mode="paper")
    enrol.enrol(clinic.db, clinic.means, crowd_again, clinic.now)
    clinic.adds("Z-1", "injection", "planned", "2026-03-09")
    assert len(list(lines)) == 2
    assert len(download(clinic)) == 7


def test_without_wal_a_copy_is_read_so_that_no_writer_waits(clinic, tmp_path, monkeypatch):
    crowd(clinic, 2)
    monkeypatch.setattr(connect, "wal_is_safe", lambda version: False)
    path = clinic.db.path
    clinic.db.execute("pragma journal_mode=truncate")
    with snapshot(path) as db:
        assert len(list(everybody(db))) == 2
        with write(clinic.db):
            clinic.db.execute("update participant set language = 'xx'")
        assert next(everybody(db)).person["language"] == "en"
        assert len(list(tmp_path.glob(".reading-*"))) == 1
    assert not list(tmp_path.glob(".reading-*"))


def test_what_only_another_version_of_the_study_asks_has_a_column_too(clinic):
    clinic.enrol(on="2026-03-06")
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "baseline"), nrs=7)
    text = SHIPPED.read_text(encoding="utf-8").replace('key = "site_bruise"', 'key = "bruise"')
    with write(clinic.db):
        newer = studies.keep(clinic.db, text, "newer.toml", stamp(clinic.now))
    text = "".join(responses.lines(clinic.db.path, newer, clinic.now))
    names = text.partition("\r\n")[0].split(",")
    assert len(names) == len(set(names))
    assert names.index("se_severity__bruise") < names.index("se_severity__site_bruise")
    found = {each["timepoint"]: each for each in parsed(text)}
    assert found["baseline"]["se_severity__bruise_status"] == "not_shown"
    assert found["1m"]["se_severity__bruise_status"] == "not_due"
    assert found["1m"]["se_severity__site_bruise_status"] == "not_shown"
