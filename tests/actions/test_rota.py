"""Shifts, absences and nights: who is told of an alert, and what is said where nobody can be."""

from datetime import timedelta

import pytest

from prom.actions import rota, staff
from prom.errors import Forbidden, NotFound, Refusal
from prom.rules.times import instant
from prom.store import audit, contacts, health
from prom.store import staff as staff_rows
from prom.store.connect import rows, write
from tests.study import PASSWORD, SHIPPED, Study
from tests.web.browsing import staff_at

NINA, NOOR, LEDA, OPERATOR = "+15550100011", "+15550100012", "+15550100013", "+15550100099"
WHO = {NINA: "nina", NOOR: "noor", LEDA: "leda"}
NIGHT, EVENING, MORNING = "2026-03-21T07:00:00Z", "2026-03-20T21:00:00Z", "2026-03-23T12:00:00Z"  # 3:00, 17:00, 8:00
NO_NIGHT = SHIPPED.read_text(encoding="utf-8").replace("cover = true ", "cover = false ")


@pytest.fixture
def clinic(tmp_path):
    """The study, with an operator's mobile."""
    return Study(tmp_path, PROM_OPERATOR=OPERATOR)


def puts(study: Study, login: str, position: int, first: str, last: str, by: str = "nina") -> int:
    given = (position, study.staff[login], instant(first), instant(last))
    return rota.put_in(study.db, "main", *given, study.now, by=study.staff[by])


def is_away(study: Study, login: str, first: str, last: str, by: str | None = None) -> None:
    who = staff_rows.by_id(study.db, study.staff[by or login])
    rota.mark_away(study.db, study.staff[login], instant(first), instant(last), study.now, by=who)


def opts_out(study: Study, *numbers: str) -> None:
    with write(study.db):
        for number in numbers:
            contacts.opt_out(study.db, study.means.keys.number_hash(number), "text", "2026-03-02T15:00:00Z")


def red_at(study: Study, moment: str) -> dict:
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.at(moment)
    study.tick()
    study.saves(study.visit("P-001", "1m"), "red_flags", {"red_flags": ["chest"]})
    study.tick()
    return study.alerts("P-001")[0]


def told(study: Study) -> list[str]:
    """Who of staff got a text, in order."""
    return [WHO[to] for to, _, _ in study.sms.sent if to in WHO]


def alarms(study: Study) -> list[str]:
    found = rows(study.db, "select about, text_key from message where kind = 'alarm' order by rowid")
    over = {"operator_alarm": "", "operator_over": " over"}
    return [alarm["about"].split(":")[0] + over[alarm["text_key"]] for alarm in found]


# ---- 3:00 at night


def test_red_at_three_with_night_cover_goes_to_who_is_on_call_then(clinic):
    puts(clinic, "noor", 1, EVENING, MORNING)
    red_at(clinic, NIGHT)
    assert told(clinic) == ["noor"]
    clinic.ticks(minutes=31, every="minute")
    assert told(clinic) == ["noor", "noor"]  # who is left of the list: place 2 is hers too
    clinic.ticks(minutes=30, every="minute")
    assert told(clinic)[2] == "leda"


def test_red_at_three_without_night_cover_goes_to_the_named_lead_and_the_form_says_that_nobody_watches(tmp_path):
    study = Study(tmp_path, study_text=NO_NIGHT)
    puts(study, "noor", 1, EVENING, MORNING)
    red_at(study, NIGHT)
    assert told(study) == ["leda"]
    study.enrol("P-002", status="performed", on="2026-02-20")
    study.tick()
    visit = study.visit("P-002", "1m")
    page = study.app().test_client().get(f"/s/{study.token(visit)}", base_url=study.means.base_url)
    assert "Nobody is watching now." in page.get_data(as_text=True)


def test_without_night_cover_a_lead_put_in_for_the_night_is_told(tmp_path):
    study = Study(tmp_path, study_text=NO_NIGHT)
    puts(study, "noor", 0, EVENING, MORNING)
    red_at(study, NIGHT)
    assert told(study) == ["noor"]


def test_the_only_nurse_on_call_is_opted_out(clinic):
    """The operator is told before any alert comes, pages say so, and the ladder goes to the lead."""
    nurses = [clinic.staff["nina"]]
    staff.set_on_call(clinic.db, "main", nurses, clinic.staff["leda"], clinic.now, by=None)
    opts_out(clinic, NINA)
    clinic.tick()
    assert alarms(clinic) == ["gap_ahead", "on_call_opted_out"]
    page = staff_at(clinic, "noor").opens("/care/rota")
    assert "Somebody on call has opted out of texts" in page
    assert "GAP: no nurse covers this night" in page and "Nina Example has opted out of texts" in page
    red_at(clinic, NIGHT)
    assert told(clinic) == ["leda"]


# ---- shifts and absences


def test_a_shift_begins_and_ends_by_itself_and_the_next_text_follows_it(clinic):
    puts(clinic, "noor", 1, "2026-03-20T15:00:00Z", "2026-03-20T15:20:00Z")
    puts(clinic, "nina", 2, "2026-03-20T15:00:00Z", "2026-03-20T15:20:00Z")
    red_at(clinic, "2026-03-20T15:00:00Z")
    clinic.ticks(minutes=31, every="minute")
    assert told(clinic) == ["noor", "noor"]  # at 15:30 the standing list holds again: Noor has place 2


def test_a_shift_handed_over_while_its_text_is_lost_goes_to_who_has_it_now(clinic):
    red_at(clinic, "2026-03-20T15:00:00Z")
    puts(clinic, "leda", 2, "2026-03-20T15:00:00Z", "2026-03-20T20:00:00Z")
    clinic.ticks(minutes=31, every="minute")
    assert told(clinic) == ["nina", "leda"]


def test_a_shift_taken_back_leaves_what_was_before(clinic):
    seq = puts(clinic, "noor", 1, EVENING, MORNING)
    rota.take_back(clinic.db, seq, clinic.now, sites=("main",), by=clinic.staff["nina"])
    with pytest.raises(NotFound):
        rota.take_back(clinic.db, seq, clinic.now, sites=("main",), by=clinic.staff["nina"])
    red_at(clinic, NIGHT)
    assert told(clinic) == ["nina"]


def test_who_is_away_is_passed_over_until_back(clinic):
    is_away(clinic, "nina", EVENING, MORNING)
    red_at(clinic, NIGHT)
    assert told(clinic) == ["noor"]
    here = rota.on_call_at(clinic.db, clinic.means, "main", instant(MORNING))
    assert here.nurses == (clinic.staff["nina"], clinic.staff["noor"])


def test_somebody_who_left_the_staff_holds_no_shift(clinic):
    puts(clinic, "noor", 1, EVENING, MORNING)
    staff.deactivate(clinic.db, clinic.means, clinic.staff["noor"], clinic.now, by=clinic.staff["adam"])
    red_at(clinic, NIGHT)
    assert told(clinic) == ["nina"]


def test_a_shift_lies_in_no_past(clinic):
    seq = puts(clinic, "noor", 1, "2026-03-01T00:00:00Z", EVENING)
    assert rows(clinic.db, "select seq, from_at from shift") == [{"seq": seq, "from_at": "2026-03-02T15:00:00Z"}]


@pytest.mark.parametrize(
    "login, first, last, key",
    [
        ("noor", EVENING, EVENING, "time_backwards"),
        ("noor", "2026-02-01T00:00:00Z", "2026-03-02T15:00:00Z", "time_backwards"),
        ("noor", EVENING, "2026-04-21T00:00:00Z", "time_long"),
        ("cora", EVENING, MORNING, "staff_without_mobile"),
    ],
)
def test_a_shift_that_cannot_be_is_refused(clinic, login, first, last, key):
    with pytest.raises(Refusal) as refused:
        puts(clinic, login, 1, first, last)
    assert refused.value.key == key
    assert rows(clinic.db, "select * from shift") == []


def test_a_nurse_marks_herself_away_and_a_coordinator_anybody(clinic):
    with pytest.raises(Forbidden):
        is_away(clinic, "noor", EVENING, MORNING, by="nina")
    is_away(clinic, "noor", EVENING, MORNING, by="cora")
    (row,) = rows(clinic.db, "select id from away")
    nina, noor = (staff_rows.by_id(clinic.db, clinic.staff[each]) for each in ("nina", "noor"))
    with pytest.raises(Forbidden):
        rota.end_away(clinic.db, row["id"], clinic.now, by=nina)
    rota.end_away(clinic.db, row["id"], clinic.now, by=noor)
    assert rota.on_call_at(clinic.db, clinic.means, "main", instant(NIGHT)).nurses[1] == clinic.staff["noor"]


def test_every_change_stands_in_the_audit(clinic):
    seq = puts(clinic, "noor", 1, EVENING, MORNING)
    rota.take_back(clinic.db, seq, clinic.now, sites=("main",), by=clinic.staff["nina"])
    is_away(clinic, "nina", EVENING, MORNING)
    done = [row["action"] for row in audit.of_subject(clinic.db, "main")]
    assert done[-2:] == ["shift_put", "shift_taken_back"]
    assert audit.of_subject(clinic.db, clinic.staff["nina"])[-1]["action"] == "away_marked"


# ---- gaps


def test_a_gap_within_a_day_is_told_once_and_its_end_once(clinic):
    """From Monday 10:00 on: all are away in the night from Wednesday to Thursday."""
    for login in ("nina", "noor", "leda"):
        is_away(clinic, login, "2026-03-05T03:00:00Z", "2026-03-05T06:00:00Z")
    clinic.ticks_until("2026-03-04T02:00:00Z")
    assert alarms(clinic) == []
    clinic.ticks(hours=2)
    assert alarms(clinic) == ["gap_ahead"]
    page = staff_at(clinic, "nina").opens("/care/alerts")
    assert "Within the next 24 hours there is a gap in the rota." in page
    clinic.ticks(hours=6)
    assert alarms(clinic) == ["gap_ahead"]
    with pytest.raises(Refusal, match="staff_away"):  # it would not help
        puts(clinic, "noor", 1, "2026-03-05T03:00:00Z", "2026-03-05T06:00:00Z")
    (row,) = rows(clinic.db, "select id from away where staff_id = :id", {"id": clinic.staff["noor"]})
    rota.end_away(clinic.db, row["id"], clinic.now, by=staff_rows.by_id(clinic.db, clinic.staff["noor"]))
    clinic.tick()
    assert alarms(clinic) == ["gap_ahead", "gap_ahead over"]


def test_a_gap_that_comes_is_nobody_on_call_and_both_end_with_it(clinic):
    for login in ("nina", "noor", "leda"):
        is_away(clinic, login, "2026-03-03T03:00:00Z", "2026-03-03T06:00:00Z")
    clinic.tick()
    assert health.standing(clinic.db, "gap_ahead") == {"main"}
    clinic.ticks_until("2026-03-03T03:00:00Z")
    assert alarms(clinic) == ["gap_ahead", "nobody_on_call"]
    clinic.ticks_until("2026-03-03T06:00:00Z")
    assert sorted(alarms(clinic)[2:]) == ["gap_ahead over", "nobody_on_call over"]


def test_looking_at_a_rota_without_a_gap_writes_nothing(clinic):
    clinic.tick()
    before = clinic.db.conn.total_changes
    rota.gaps_ahead(clinic.db, clinic.means, "main", clinic.now + timedelta(hours=1))
    assert clinic.db.conn.total_changes == before


def test_staff_of_another_site_are_not_put_in(clinic):
    with write(clinic.db):
        clinic.db.execute("insert into site (id, name) values ('other', 'Other site')")
    theirs = staff.add_staff(
        clinic.db, clinic.means, "otto", "Otto Example", ("nurse",), PASSWORD, clinic.now, mobile="+15550100031",
        site_id="other",
    )  # fmt: skip
    with pytest.raises(Refusal):
        rota.put_in(clinic.db, "main", 1, theirs, clinic.now, instant(EVENING), clinic.now, by=None)
    assert rota.on_call_at(clinic.db, clinic.means, "other", clinic.now).nurses == ()
