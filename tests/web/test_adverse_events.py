"""The pages of adverse events: what waits, the forms that grade and sign, the clock on an alert, the table."""

import csv
import io
import re

import pytest

from prom.store import adverse_events, audit
from prom.store.connect import rows, run, write
from tests.study import PASSWORD
from tests.web.browsing import staff_at

UNSURE = {"not_sure": True}
TOLD = {
    "care_any": "hospital_stay", "care_on": "2026-03-30", "care_for": "=zebra", "se_any": "yes",
    "se_list": ["fever"], "se_severity/fever": "strong", "se_interference/fever": "a_bit",
    "se_care/fever": "called", "se_start/fever": "2026-03-20", "se_now/fever": "no", "se_end/fever": "2026-03-22",
}  # fmt: skip
MILD = {
    "term": "Fever after the injection", "ctcae": "2", "sir": "", "related": "possibly", "serious": "0",
    "outcome": "recovered", "actions": ["advice"], "note": "A note", "password": PASSWORD,
}  # fmt: skip
LIST = "/care/adverse-events"


@pytest.fixture
def told(clinic):
    """P-001 reports a fever and a hospital stay."""
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    clinic.at("2026-04-03T15:00:00Z")
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "1m"), **TOLD)
    clinic.at("2026-04-03T18:20:00Z")
    return clinic


def address(clinic, what="new", item="se_list/fever", alert=None) -> str:
    visit = clinic.visit("P-001", "1m")["id"]
    asked = f"&alert={alert}" if alert else ""
    return f"/care/participants/P-001/adverse-events/{what}?visit={visit}&item={item}{asked}"


def given(clinic, **changed) -> dict:
    return MILD | {"procedure_id": clinic.procedure("P-001")["id"]} | changed


def grades(person, path=None, **changed) -> str:
    """Grade by the form; the address of the event."""
    path = path or address(person.clinic)
    person.opens(path)
    made = re.search(r'name="made"[^>]*value="([^"]+)"', person.page).group(1)
    return person.sends(path, made=made, **given(person.clinic, **changed)).location


def words(page) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# ---- the forms


def test_a_nurse_grades_what_was_reported_and_signs_it(told):
    nina = staff_at(told, "nina")
    page = words(nina.opens("/care/participants/P-001"))
    assert "Reported, to be graded" in page and "Fever of 38.0" in page
    page = words(nina.opens(address(told)))
    assert "What the participant reported" in page and "At its worst, how strong was it? Strong" in page
    assert "Your signature means: “I graded this adverse event from what the participant reported" in page
    assert 'value="2026-03-20"' in nina.page and 'value="2026-03-22"' in nina.page
    nina.opens(grades(nina))
    page = words(nina.page)
    assert "Graded and signed." in page and "CTCAE v5 grade 2: moderate" in page
    assert "Signed by Nina Example , Fri 3 Apr 2026, 14:20" in page
    assert "Possibly: Injection, 2 Mar 2026" in page
    page = words(nina.opens("/care/participants/P-001"))
    assert "Fever after the injection , reported as “Fever of 38.0" in page
    assert page.count("Grade Fever") == 0 and "Grade Hospital stay" in page


@pytest.mark.parametrize(
    "changed, field, said",
    [
        ({"term": ""}, "term", "Say in your own words"),
        ({"ctcae": ""}, "ctcae", "at least one of the two scales"),
        ({"ctcae": "7"}, "ctcae", "a grade from 1 to 5"),
        ({"related": ""}, "related", "whether it is related"),
        ({"procedure_id": ""}, "procedure_id", "Choose the procedure"),
        ({"serious": ""}, "serious", "Choose whether it is serious"),
        ({"serious": "1"}, "criteria", "what makes it serious"),
        ({"outcome": ""}, "outcome", "Choose an outcome"),
        ({"actions": []}, "actions", "Choose what was done"),
        ({"started_on": "2026-05-01"}, "started_on", "not in the future"),
        ({"password": ""}, "password", "Give your password to sign."),
        ({"password": "wrong"}, "password", "That is not your password."),
    ],
)
def test_a_fault_stands_beside_its_field_and_what_was_typed_stays(told, changed, field, said):
    nina = staff_at(told, "nina")
    nina.opens(address(told))
    nina.sends(address(told), 400, **given(told, **changed))
    beside = re.search(rf'id="{field}-error">([^<]*)<', nina.page)
    assert beside and said in beside.group(1)
    assert "A note</textarea>" in nina.page
    assert PASSWORD not in nina.page and 'value="wrong"' not in nina.page
    if "ctcae" not in changed:
        assert re.search(r'<input[^>]*checked[^>]*name="ctcae"[^>]*value="2"', nina.page)
    assert adverse_events.of_participant(told.db, told.id("P-001")) == []


def test_too_many_guesses_are_told_and_nothing_is_lost(told):
    nina = staff_at(told, "nina")
    nina.opens(address(told))
    for _ in range(8):
        nina.sends(address(told), 400, **given(told, password="wrong"))
    nina.sends(address(told), 429, **given(told))
    assert "Too many tries. Wait 15 minutes" in nina.page and "A note</textarea>" in nina.page


def test_an_event_of_a_call_is_entered_by_hand(told):
    nina = staff_at(told, "nina")
    path = "/care/participants/P-001/adverse-events/new"
    nina.opens(path)
    nina.sends(path, 400, **given(told))
    assert "Choose how it became known" in nina.page
    nina.opens(grades(nina, path, source="call"))
    assert "Became known: on a call" in words(nina.page)
    assert "What the participant reported" not in nina.page


def test_the_same_form_sent_twice_makes_one_event(told):
    nina = staff_at(told, "nina")
    path = "/care/participants/P-001/adverse-events/new"
    nina.opens(path)
    made = re.search(r'name="made"[^>]*value="([^"]+)"', nina.page).group(1)
    form = given(told, source="visit", made=made)
    assert nina.sends(path, **form).location == nina.sends(path, **form).location
    assert len(adverse_events.of_participant(told.db, told.id("P-001"))) == 1


def test_who_may_not_grade_sees_and_grades_nothing(told):
    event = grades(staff_at(told, "nina"))
    noor = staff_at(told, "noor")
    assert "Fever after the injection" in noor.opens(event)
    assert "/correct" not in noor.page
    for path in (address(told), address(told, "none"), f"{event}/correct"):
        noor.opens(path, 403)
    assert "/adverse-events/new" not in noor.opens("/care/participants/P-001")
    cora = staff_at(told, "cora")
    page = cora.opens("/care/participants/P-001")
    assert "Fever after the injection" in page and "/adverse-events/" not in page
    cora.opens(event, 403)
    cora.opens(LIST, 403)


def test_a_correction_keeps_the_version_before_and_asks_why(told):
    nina = staff_at(told, "nina")
    event = grades(nina)
    page = nina.opens(f"{event}/correct")
    assert re.search(r'<input[^>]*checked[^>]*name="related"[^>]*value="possibly"', page)
    nina.sends(f"{event}/correct", 400, **given(told, ctcae="3"), seen="1")
    assert "Write why." in nina.page
    nina.sends(f"{event}/correct", **given(told, ctcae="3", reason="Seen at the ward."), seen="1")
    page = words(nina.opens(event))
    assert "Version 2" in page and "Why it was corrected Seen at the ward." in page
    assert "Version 1, Nina Example" in page and "grade 2" in page
    nina.sends(f"{event}/correct", 409, **given(told, reason="Late."), seen="1")
    assert "Somebody corrected this meanwhile." in nina.page and "Late.</textarea>" in nina.page


def test_what_was_changed_behind_its_signature_counts_as_not_graded(told):
    nina = staff_at(told, "nina")
    event = grades(nina)
    with write(told.db):
        run(told.db, "drop trigger adverse_event_version_is_never_changed")
        run(told.db, "update adverse_event_version set ctcae = 1")
    assert "NOT SIGNED: changed since it was signed" in words(nina.opens(event))
    for path in ("/care/participants/P-001", LIST):
        page = words(nina.opens(path))
        assert "NOT SIGNED" in page and "grade 1" not in page


@pytest.mark.parametrize("path", [
    "/care/participants/P-001/adverse-events/new?visit=none&item=care_any",
    "/care/participants/P-009/adverse-events/new",
    "/care/participants/P-001/adverse-events/none",
    "/care/adverse-events/none",
    "/care/adverse-events/none/correct",
    "/care/adverse-events/none/agree",
])  # fmt: skip
def test_what_is_not_there_is_not_found(told, path):
    staff_at(told, "leda").opens(path, 404)


def test_what_was_not_reported_is_not_graded_by_a_made_up_address(told):
    nina = staff_at(told, "nina")
    path = address(told, item="se_list/numb")
    nina.opens(path)
    nina.sends(path, 404, **given(told))
    assert adverse_events.of_participant(told.db, told.id("P-001")) == []


# ---- the clock


def test_an_alert_shows_what_is_left_and_then_that_it_is_overdue(told):
    leda = staff_at(told, "leda")
    alert = told.alerts("P-001")[0]
    path = f"/care/alerts/{alert['id']}"
    page = words(leda.opens(path))
    assert "Investigator's decision due by Sat 4 Apr 2026, 11:00 : 20 h 40 min left." in page
    assert "Hospital stay (possible serious adverse event)" in page
    assert "P-001 : possible serious adverse event Investigator's decision due" in words(leda.opens(LIST))
    told.at("2026-04-04T15:05:00Z")
    told.tick()
    leda = staff_at(told, "leda")
    page = leda.opens(path)
    assert '<p class="overdue mb-1">OVERDUE by 5 min' in page
    assert "An investigator's decision on a possible serious adverse event is overdue." in page


def test_the_lists_of_open_alerts_show_the_clock_and_a_closed_alert_stays_there_while_it_runs(told):
    nina, alert = staff_at(told, "nina"), told.alerts("P-001")[0]
    due = "Investigator's decision due by Sat 4 Apr 2026, 11:00"
    for path in ("/care/alerts", "/care/today"):
        assert words(nina.opens(path)).count(due) == 1
    nina.opens(f"/care/alerts/{alert['id']}")
    nina.sends(f"/care/alerts/{alert['id']}/acknowledge")
    nina.opens(f"/care/alerts/{alert['id']}")
    nina.sends(f"/care/alerts/{alert['id']}/close", outcome="advice", note="Called", texts="resume")
    assert due not in nina.opens("/care/today")
    page = words(nina.opens("/care/alerts"))
    assert page.index("Closed, and an investigator has not decided") < page.index(due) < page.index("Closed alerts (")
    path = address(told, item="care_any", alert=alert["id"])
    grades(staff_at(told, "leda"), path, serious="1", criteria=["hospital_stay"])
    assert "has not decided" not in nina.opens("/care/alerts")


def test_what_a_nurse_found_to_be_no_event_waits_on_the_alert_for_an_investigator(told):
    nina, path = staff_at(told, "nina"), f"/care/alerts/{told.alerts('P-001')[0]['id']}"
    none = address(told, "none", item="care_any")
    nina.opens(none)
    made = re.search(r'name="made"[^>]*value="([^"]+)"', nina.page).group(1)
    nina.sends(none, made=made, reason="A planned stay.", password=PASSWORD)
    leda = staff_at(told, "leda")
    page = words(leda.opens(path))
    assert "Nina Example found no adverse event" in page and "An investigator has not signed." in page
    leda.opens(none)
    made = re.search(r'name="made"[^>]*value="([^"]+)"', leda.page).group(1)
    leda.sends(none, made=made, reason="I agree.", password=PASSWORD)
    page = words(leda.opens(path))
    assert "An investigator has not signed." not in page and "Decided by Leda Example" in page


def test_an_investigator_decides_from_the_alert(told):
    leda, alert = staff_at(told, "leda"), told.alerts("P-001")[0]
    path = f"/care/alerts/{alert['id']}"
    leda.opens(path)
    event = grades(leda, address(told, item="care_any", alert=alert["id"]), serious="1", criteria=["hospital_stay"])
    page = words(leda.opens(path))
    assert "Decided by Leda Example, Fri 3 Apr 2026, 14:20: serious" in page
    assert "left." not in page and "SERIOUS" in page
    assert event in leda.page


def test_no_adverse_event_is_signed_with_a_reason(told):
    leda, alert = staff_at(told, "leda"), told.alerts("P-001")[0]
    path = address(told, "none", "care_any", alert["id"])
    leda.opens(path)
    leda.sends(path, 400, reason="", password=PASSWORD)
    assert "Write why." in leda.page
    leda.sends(path, 400, reason="Planned long ago.", password="wrong")
    assert "Planned long ago.</textarea>" in leda.page
    leda.sends(path, reason="Planned long ago.", password=PASSWORD)
    page = words(leda.opens(f"/care/alerts/{alert['id']}"))
    assert "no adverse event: Planned long ago." in page and "left." not in page


def test_an_investigator_agrees_with_a_nurses_grading(told):
    alert = told.alerts("P-001")[0]
    event = grades(staff_at(told, "nina"), address(told, item="care_any", alert=alert["id"]))
    leda = staff_at(told, "leda")
    assert "left." in words(leda.opens(f"/care/alerts/{alert['id']}"))
    assert "Your signature means: “I am an investigator." in words(leda.opens(event))
    leda.sends(f"{event}/agree", 400, seen="1", password="wrong")
    assert "That is not your password." in leda.page
    leda.sends(f"{event}/agree", seen="1", password=PASSWORD)
    page = words(leda.opens(event))
    assert "Signed by Nina Example" in page and "Signed by Leda Example" in page
    assert "Sign that I agree" not in page
    assert "left." not in words(leda.opens(f"/care/alerts/{alert['id']}"))


def test_a_grading_that_waits_for_an_investigator_is_listed_with_the_clock(told):
    nina, alert = staff_at(told, "nina"), told.alerts("P-001")[0]["id"]
    event = grades(nina, address(told, item="care_any"), serious="1", criteria=["hospital_stay"])
    for page in (f"/care/alerts/{alert}", LIST):
        shown = nina.opens(page)
        box = shown[shown.index("card-red") :]
        assert f'href="{event}"' in box and "serious by Nina Example" in box
        assert "Waits for an investigator's signature" in box.replace("&#39;", "'")
    assert "Waits for an investigator's signature" in nina.opens(event).replace("&#39;", "'")


def test_a_correction_of_what_an_investigator_decided_shows_everywhere(told):
    leda, nina, alert = staff_at(told, "leda"), staff_at(told, "nina"), told.alerts("P-001")[0]["id"]
    event = grades(leda, address(told, item="care_any"), serious="1", criteria=["hospital_stay"])
    nina.opens(f"{event}/correct")
    made = re.search(r'name="made"[^>]*value="([^"]+)"', nina.page).group(1)
    nina.sends(f"{event}/correct", made=made, seen="1", reason="It was planned.", **given(told))
    for page in (f"/care/alerts/{alert}", LIST, "/care/alerts", "/care/participants/P-001", event):
        assert "Investigator's decision due by" in words(nina.opens(page)).replace("&#39;", "'"), page
    page = words(nina.opens(f"/care/alerts/{alert}"))
    assert "serious . It was corrected since." in page and "graded not serious by Nina Example" in page
    assert "has not signed" in words(nina.opens("/care/alerts"))
    leda.sends(f"{event}/agree", seen="2", password=PASSWORD)
    for page in (f"/care/alerts/{alert}", LIST, "/care/alerts", event):
        assert "decision due by" not in words(leda.opens(page)), page


# ---- the list and the table


def test_the_list_tells_what_waits_and_what_is_serious(told):
    nina = staff_at(told, "nina")
    page = words(nina.opens(LIST))
    assert "to be graded (2)" in page and page.index("Hospital stay") < page.index("Fever of 38.0")
    grades(nina, serious="1", criteria=["important"])
    page = words(nina.opens(LIST))
    assert "to be graded (1)" in page and "serious by Nina Example" in page
    assert page.rindex("Serious") < page.rindex("SERIOUS")


def test_the_table_keeps_words_and_grades_apart_and_is_recorded(told):
    nina = staff_at(told, "nina")
    event = grades(nina, term="@Fever")
    anna = staff_at(told, "anna")
    answer = anna.client.get("/care/adverse-events.csv", base_url=anna.base)
    graded, waiting = csv.DictReader(io.StringIO(answer.get_data(as_text=True)))
    assert (graded["participant"], graded["status"], graded["newest"]) == ("P-001", "graded", "1")
    assert graded["reported"].startswith("Fever of 38.0") and graded["reported_se_severity"] == "Strong"
    assert (graded["term"], graded["ctcae_grade"], graded["sir_grade"]) == ("'@Fever", "2", "")
    assert (graded["related_procedure"], graded["signed_by"]) == ("injection", "Nina Example")
    assert event.endswith(graded["event"])
    assert (waiting["status"], waiting["reported"], waiting["reported_care_for"]) == (
        "to_grade", "Hospital stay", "'=zebra",
    )  # fmt: skip
    assert waiting["term"] == waiting["ctcae_grade"] == ""
    (recorded,) = audit.of_subject(told.db, "adverse-events.csv")
    assert (recorded["actor"], recorded["action"]) == (told.staff["anna"], "exported")


def test_looking_changes_nothing_but_the_audit(told):
    event = grades(staff_at(told, "nina"))
    leda = staff_at(told, "leda")
    tables = ("adverse_event", "adverse_event_version", "no_adverse_event", "investigator_decision", "signature")
    before = [rows(told.db, f"select * from {table}") for table in tables]
    for path in (LIST, event, f"{event}/correct", address(told, item="care_any"), address(told, "none", "care_any")):
        leda.opens(path)
    assert [rows(told.db, f"select * from {table}") for table in tables] == before
    assert [row["action"] for row in audit.of_subject(told.db, event.rsplit("/", 1)[1])][-1] == "viewed"
