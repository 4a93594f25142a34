"""The figures of the nurse loop, from alerts that were raised, taken, acted on and closed in a study."""

from datetime import date

import pytest

from prom.actions import alerts as alert_actions
from prom.actions import escalate, receive
from prom.report import alert_figures
from prom.report.alert_figures import Share, Spread, spread
from prom.rules.times import DAY, MINUTE, instant, stamp
from prom.sms.gateway import Inbound
from prom.store.connect import add, run, write
from tests.report.reading import parsed
from tests.study import SHIPPED, Study, work_of

SINCE, UNTIL = date(2026, 3, 30), date(2026, 4, 12)  # two weeks, Monday to Sunday


@pytest.fixture
def treated(clinic):
    """Five people whose first report is due on Thursday 2 April, and a try-out."""
    for code in ("P-001", "P-002", "P-003", "P-004", "P-005", "TEST-1"):
        clinic.enrol(code, status="performed", on="2026-03-02")
    clinic.at("2026-04-02T15:00:00Z")  # 11:00 in New York
    clinic.tick()
    return clinic


def gathered(clinic, since=SINCE, until=UNTIL, sites=None):
    return alert_figures.gather(clinic.db, clinic.means.version, since, until, clinic.now, sites)


def each_alert(clinic, since=SINCE, until=UNTIL, sites=None) -> list[dict]:
    given = clinic.db.path, clinic.means.version, since, until, clinic.now, sites
    return parsed("".join(alert_figures.alert_lines(*given)))


def each_week(clinic, since=SINCE, until=UNTIL) -> dict[tuple, dict]:
    given = clinic.db.path, clinic.means.version, since, until, clinic.now
    return {
        (row["week"], row["by"], row["value"]): row for row in parsed("".join(alert_figures.week_lines(*given)))
    }


def warns(clinic, code="P-001"):
    """A warning sign on the first screen: a red alert before anything is sent."""
    clinic.saves(clinic.visit(code, "1m"), "red_flags", {"red_flags": ["bleed"]})
    return clinic.alerts(code)[0]


def comments(clinic, code="P-001"):
    """A report with a comment: a routine alert."""
    clinic.answers(clinic.visit(code, "1m"), nrs=3, comment="Slept well")
    return clinic.alerts(code)[0]


def does(clinic, alert, verb, login="nina", **given):
    nurse = {"staff_id": clinic.staff[login], "sites": ("main",)}
    alert_actions.act(clinic.db, alert["id"], verb, clinic.now, **nurse, **given)


@pytest.mark.parametrize(
    "lengths, median, p90",
    [
        ([], None, None),
        ([None], None, None),
        ([7], 7, 7),
        ([2, 1], 1, 2),
        ([3, 1, 2], 2, 3),
        ([*range(10, 0, -1), None], 5, 9),
        ([*range(1, 12)], 6, 10),
        ([0, 0, 0], 0, 0),
    ],
)
def test_median_and_ninety_percent_are_values_that_there_were(lengths, median, p90):
    known = [each for each in lengths if each is not None]
    assert spread(lengths) == Spread(median, p90, len(known))


@pytest.mark.parametrize("part, of, percent", [(0, 0, None), (0, 3, 0.0), (1, 3, 33.3), (3, 2, 150.0)])
def test_a_share_of_nothing_is_empty_and_not_nought(part, of, percent):
    assert Share(part, of).percent == percent


def test_an_alert_from_its_raising_to_its_close(treated):
    alert = warns(treated)
    treated.tick()
    treated.at("2026-04-02T15:05:30Z")
    does(treated, alert, "acknowledged")
    treated.at("2026-04-02T15:07:00Z")
    does(treated, alert, "call_tried")
    treated.at("2026-04-02T15:10:00Z")
    does(treated, alert, "contacted")
    treated.at("2026-04-03T13:00:00Z")
    treated.closes(alert)
    (row,) = each_alert(treated)
    assert row == {
        "alert_number": "1",
        "participant": "P-001",
        "site": "main",
        "arm": "",
        "procedure": "injection",
        "timepoint": "1m",
        "occasion": "1",
        "alert": "red",
        "source": "report",
        "alert_rules": "red_flag",
        "rules_version": "1",
        "raised_at": "2026-04-02T15:00:00Z",
        "first_told_at": "2026-04-02T15:00:00Z",
        "acknowledged_at": "2026-04-02T15:05:30Z",
        "acknowledged_how": "page",
        "first_call_at": "2026-04-02T15:07:00Z",
        "contacted_at": "2026-04-02T15:10:00Z",
        "closed_at": "2026-04-03T13:00:00Z",
        "outcome": "advice",
        "with_action": "1",
        "overdue": "0",
        "minutes_to_acknowledge": "5.5",
        "open_minutes_to_acknowledge": "5.5",
        "minutes_to_close": "1320.0",
        "open_minutes_to_close": "420.0",  # from 11:00 to 17:00, and from 8:00 to 9:00
        "study_version": f"interscapular-pain 1 {treated.means.version[:12]}",
    }


def test_figures_count_each_alert_beside_the_reports_sent(treated):
    first, second = comments(treated, "P-001"), comments(treated, "P-002")
    treated.answers(treated.visit("P-003", "1m"), nrs=1)
    red = warns(treated, "P-004")
    comments(treated, "TEST-1")
    treated.at("2026-04-02T15:40:00Z")
    for alert in (first, red):
        does(treated, alert, "acknowledged")
    treated.closes(first, outcome="no_action")
    found = gathered(treated)
    whole = alert_figures.overall(found)
    assert (whole.alerts, whole.reports, whole.per_100) == (3, 3, 100.0)
    assert whole.times["minutes_to_acknowledge"] == Spread(40, 40, 2)
    assert whole.overdue == Share(1, 2)  # the second routine one may still be taken in time
    assert whole.with_action == Share(0, 3) and whole.not_closed == Share(2, 3)
    classes = alert_figures.by_class(found)
    assert {each: (one.alerts, one.per_100) for each, one in classes.items()} == {
        "red": (1, 33.3), "high": (0, 0.0), "routine": (2, 66.7),
    }  # fmt: skip
    assert classes["high"].overdue == Share(0, 0)
    assert {rule: one.alerts for rule, one in alert_figures.by_rule(found).items()} == {"free_text": 2, "red_flag": 1}
    assert [row["participant"] for row in each_alert(treated)] == ["P-001", "P-002", "P-004"]
    does(treated, second, "contacted")
    assert alert_figures.overall(gathered(treated)).with_action == Share(1, 3)


@pytest.mark.parametrize(
    "outcome, spoken, acted",
    [("advice", False, 1), ("no_action", False, 0), ("false_alarm", False, 0), ("false_alarm", True, 1)],
)
def test_an_action_is_an_outcome_that_says_so_or_a_participant_reached(treated, outcome, spoken, acted):
    alert = comments(treated)
    does(treated, alert, "contacted" if spoken else "acknowledged")
    treated.closes(alert, outcome=outcome)
    assert each_alert(treated)[0]["with_action"] == str(acted)


def test_a_study_may_say_of_any_outcome_whether_anything_was_done(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8").replace('text.en = "Visit arranged"', 'text.en = "V"\naction = false')
    study = Study(tmp_path, study_text=text)
    study.enrol("P-001", status="performed", on="2026-03-02")
    study.at("2026-04-02T15:00:00Z")
    study.tick()
    alert = comments(study)
    does(study, alert, "acknowledged")
    study.closes(alert, outcome="visit")
    assert each_alert(study)[0]["with_action"] == "0"


# ---- overdue


@pytest.mark.parametrize(
    "taken_at, now, overdue",
    [
        (None, "2026-04-02T15:30:00Z", ""),  # may still be taken in time
        (None, "2026-04-02T15:30:01Z", "1"),
        ("2026-04-02T15:30:00Z", "2026-04-02T18:00:00Z", "0"),
        ("2026-04-02T15:31:00Z", "2026-04-02T18:00:00Z", "1"),
    ],
)
def test_a_red_alert_is_overdue_once_its_half_hour_has_passed(treated, taken_at, now, overdue):
    alert = warns(treated)
    if taken_at:
        treated.at(taken_at)
        does(treated, alert, "acknowledged")
    treated.at(now)
    assert each_alert(treated)[0]["overdue"] == overdue


def test_a_routine_alert_has_two_days_of_opening_hours(treated):
    treated.at("2026-04-02T20:00:00Z")  # Thursday, an hour before closing
    alert = comments(treated)
    treated.at("2026-04-06T19:59:00Z")  # Monday
    assert each_alert(treated)[0]["overdue"] == ""
    does(treated, alert, "acknowledged")
    row = each_alert(treated)[0]
    assert (row["overdue"], row["minutes_to_acknowledge"], row["open_minutes_to_acknowledge"]) == (
        "0", "5759.0", "1079.0",
    )  # fmt: skip


def test_an_alert_that_calls_again_can_be_overdue_then(treated):
    alert = comments(treated)
    does(treated, alert, "acknowledged")
    treated.at("2026-04-02T16:00:00Z")
    with write(treated.db):
        escalate.owner_left(treated.db, treated.means, treated.staff["nina"], treated.now)
    treated.at("2026-04-03T16:00:00Z")
    row = each_alert(treated)[0]
    assert (row["acknowledged_at"], row["overdue"]) == ("2026-04-02T15:00:00Z", "")
    treated.at("2026-04-07T16:00:00Z")
    assert each_alert(treated)[0]["overdue"] == "1"


def test_an_alert_that_climbed_had_the_time_of_its_class_at_each_call(treated):
    """Routine it had two days; red, from its climbing on, half an hour."""
    visit = treated.visit("P-001", "1m")
    treated.saves(visit, "red_flags", {"red_flags": {"declined": True}})
    (alert,) = treated.alerts("P-001")
    treated.at("2026-04-02T17:00:00Z")
    treated.saves(visit, "red_flags", {"red_flags": ["bleed"]})
    treated.at("2026-04-02T17:20:00Z")
    row = each_alert(treated)[0]
    assert (row["alert"], row["overdue"], row["alert_rules"]) == ("red", "", "red_declined;red_flag")
    does(treated, alert, "acknowledged")
    assert each_alert(treated)[0]["overdue"] == "0"


def test_taken_by_text_counts_unless_it_is_not_opened_in_time(treated):
    alert = warns(treated)
    treated.tick()
    code = treated.sms.texts_to("+15550100011")[-1].split()[-1]
    treated.at("2026-04-02T15:02:00Z")
    receive.inbound(treated.db, treated.means, Inbound("SM-1", "+15550100011", code, ""), treated.now)
    row = each_alert(treated)[0]
    assert (row["acknowledged_at"], row["acknowledged_how"]) == ("2026-04-02T15:02:00Z", "text")
    treated.ticks(minutes=16, every="minute")
    row = each_alert(treated)[0]
    assert (row["acknowledged_at"], row["acknowledged_how"], row["overdue"]) == ("", "", "")
    treated.at("2026-04-02T15:40:00Z")
    does(treated, alert, "contacted", "noor")
    row = each_alert(treated)[0]
    assert (row["acknowledged_how"], row["overdue"], row["minutes_to_acknowledge"]) == ("contacted", "1", "40.0")


# ---- by week, by arm, for whom


def test_weeks_begin_on_monday_in_the_studys_zone(treated):
    comments(treated, "P-001")
    treated.at("2026-04-06T03:59:00Z")  # still Sunday in New York
    comments(treated, "P-002")
    treated.at("2026-04-06T04:00:00Z")
    comments(treated, "P-003")
    found = each_week(treated)
    assert [key for key in found if key[1] == "all"] == [("2026-W14", "all", ""), ("2026-W15", "all", "")]
    assert [found[week, "all", ""]["alerts"] for week in ("2026-W14", "2026-W15")] == ["2", "1"]
    assert [found[week, "rule", "free_text"]["reports"] for week in ("2026-W14", "2026-W15")] == ["2", "1"]
    assert found["2026-W14", "all", ""]["week_starts_on"] == "2026-03-30"
    cut = each_week(treated, date(2026, 4, 5), date(2026, 4, 7))
    assert [(row["alerts"], row["days"]) for key, row in cut.items() if key[1] == "all"] == [("1", "1"), ("1", "2")]


def test_a_week_without_anything_has_empty_cells(treated):
    comments(treated)
    row = each_week(treated)["2026-W15", "all", ""]
    assert (row["reports"], row["alerts"], row["overdue_of"]) == ("0", "0", "0")
    empty = {name for name, cell in row.items() if cell == ""} - {"value"}
    assert {"alerts_per_100_reports", "median_minutes_to_close", "p90_open_minutes_to_acknowledge"} < empty
    assert {f"{each}{what}" for each in ("overdue", "with_action", "not_closed") for what in ("", "_percent")} < empty


def test_arms_stand_apart_once_one_is_known(treated):
    comments(treated, "P-001")
    assert alert_figures.by_arm(gathered(treated)) == {}
    treated.adds("P-002", "embolization", "performed", on="2026-04-02")
    treated.at("2026-05-04T15:00:00Z")
    treated.tick()
    treated.answers(treated.visit("P-002", "1m", "embolization"), nrs=3)
    found = alert_figures.by_arm(gathered(treated, until=date(2026, 5, 10)))
    assert {arm: (one.alerts, one.reports) for arm, one in found.items()} == {"TAE": (0, 1), "": (1, 1)}
    weeks = each_week(treated, until=date(2026, 5, 10))
    assert weeks["2026-W19", "arm", "TAE"]["reports"] == "1"


def test_people_of_other_sites_and_imported_reports_are_not_counted(treated):
    comments(treated, "P-001")
    comments(treated, "P-002")
    with write(treated.db):
        add(treated.db, "site", id="other", name="Other site")
        run(treated.db, "update participant set site_id = 'other' where code = 'P-001'")
        run(treated.db, "update response set mode = 'imported' where visit_id = :id", treated.visit("P-002", "1m"))
    assert [row["participant"] for row in each_alert(treated, sites=("main",))] == ["P-002"]
    assert alert_figures.overall(gathered(treated, sites=("main",))).reports == 0
    assert alert_figures.overall(gathered(treated)).reports == 1


def test_a_number_is_kept_whatever_is_asked_for(treated):
    comments(treated, "TEST-1")
    comments(treated, "P-001")
    treated.at("2026-04-07T15:00:00Z")
    comments(treated, "P-002")
    assert [row["alert_number"] for row in each_alert(treated)] == ["2", "3"]
    assert [row["alert_number"] for row in each_alert(treated, since=date(2026, 4, 6))] == ["3"]


def many_alerts(clinic, many: int, after: int = 0) -> None:
    """So many alerts of five people, a thousand in twelve weeks, each told, taken, called about and closed."""
    begins = instant("2026-01-05T12:00:00Z")
    people, nina = [clinic.id(f"P-00{number}") for number in range(1, 6)], clinic.staff["nina"]
    with write(clinic.db):
        for number in range(after, after + many):
            alert_id, at = f"{number:016d}", begins + number * 83 * DAY / 1000
            told, ends = {"alert_id": alert_id, "staff_id": nina}, stamp(at + 3 * DAY)
            raised = {"participant_id": people[number % 5], "source": "report", "raised_at": stamp(at)}
            alert_class = {"class": ("red", "high", "routine")[number % 3]}
            add(clinic.db, "alert", id=alert_id, closed_at=ends, **raised, **alert_class)
            rule = {"rule": "free_text", "rules_version": "1", "study_version": clinic.means.version}
            rule |= {"item": "comment", "details": "{}", "at": stamp(at)} | alert_class
            add(clinic.db, "alert_reason", alert_id=alert_id, **rule)
            for after, kind in enumerate(("raised", "notified", "notified", "acknowledged", "call_tried", "contacted")):
                add(clinic.db, "alert_event", kind=kind, at=stamp(at + after * 60 * MINUTE), **told)
            add(clinic.db, "alert_event", kind="closed", at=ends, **told)


def test_ten_times_the_alerts_are_ten_times_the_work_and_no_more_questions(treated):
    since, until = date(2026, 1, 5), date(2026, 3, 29)

    def work() -> tuple[int, int]:
        asked: list[str] = []
        treated.db.conn.set_trace_callback(asked.append)
        steps = work_of(treated.db, lambda: gathered(treated, since, until))
        treated.db.conn.set_trace_callback(None)
        return steps, len(asked)

    many_alerts(treated, 100)
    steps, asked = work()
    many_alerts(treated, 900, after=100)
    more_steps, more_asked = work()
    assert (more_steps < 12 * steps, more_asked) == (True, asked)
    found = gathered(treated, since, until)
    assert (alert_figures.overall(found).alerts, len(alert_figures.by_week(found))) == (1000, 12)
    assert [row["alert_number"] for row in each_alert(treated, since, until)] == [str(n + 1) for n in range(1000)]


# ---- who first had it


def hands_over(clinic, alert, to="noor"):
    alert_actions.hand_over(
        clinic.db, clinic.means, alert["id"], clinic.staff[to], clinic.now, staff_id=clinic.staff["nina"],
        sites=("main",),
    )  # fmt: skip


def taken(clinic) -> tuple[str, str]:
    (row,) = each_alert(clinic)
    return row["minutes_to_acknowledge"], row["acknowledged_how"]


def test_the_first_taking_counts_whatever_follows(treated):
    alert = warns(treated)
    treated.at("2026-04-02T15:05:00Z")
    does(treated, alert, "acknowledged")
    treated.at("2026-04-02T15:10:00Z")
    hands_over(treated, alert)
    assert taken(treated) == ("5.0", "page")
    treated.ticks(minutes=20, every="minute")  # Noor does not open it
    does(treated, alert, "acknowledged", "noor")
    assert taken(treated) == ("5.0", "page")
    treated.saves(treated.visit("P-001", "1m"), "red_flags", {"red_flags": ["bleed", "chest"]})
    treated.at("2026-04-02T16:00:00Z")
    does(treated, alert, "contacted")
    assert taken(treated) == ("5.0", "page")
    assert gathered(treated).courses and each_week(treated)


def test_an_alert_that_rose_is_first_taken_once(treated):
    alert = comments(treated)
    treated.at("2026-04-02T15:07:00Z")
    does(treated, alert, "acknowledged")
    with write(treated.db):
        alert_actions.join(treated.db, treated.alerts("P-001")[0], "red", treated.now)
    treated.at("2026-04-02T15:20:00Z")
    does(treated, alert, "acknowledged", "noor")
    assert taken(treated) == ("7.0", "page")


def test_the_participant_is_spoken_to_by_no_second_contact_and_by_nothing_taken_back(treated):
    alert = warns(treated)
    does(treated, alert, "contacted", called="second_contact")
    assert (each_alert(treated)[0]["contacted_at"], each_alert(treated)[0]["with_action"]) == ("", "0")
    does(treated, alert, "contacted")
    assert (each_alert(treated)[0]["contacted_at"], each_alert(treated)[0]["with_action"]) == (stamp(treated.now), "1")
    alert_actions.undo_contact(
        treated.db, alert["id"], treated.now, staff_id=treated.staff["nina"], sites=("main",), why="A slip."
    )
    assert (each_alert(treated)[0]["contacted_at"], each_alert(treated)[0]["with_action"]) == ("", "0")
