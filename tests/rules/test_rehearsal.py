"""Rules rehearsed: judged in parts they give what they give as a whole; nothing changed changes nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from prom.rules.alerts import of_kept
from prom.rules.answers import DECLINED
from prom.rules.rehearsal import Judged, Moment, Past, judged, sides
from prom.rules.rehearsal_count import Count
from prom.rules.study import CLASSES, parse
from tests.rules.conftest import SHIPPED

STUDY = parse(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)
SCORE = st.one_of(st.integers(0, 10), st.just(DECLINED))
ANSWERS = st.fixed_dictionaries(
    {
        "red_flags": st.sampled_from([["none"], ["chest"], ["bleed", "faint"], DECLINED]),
        "nrs_average": SCORE,
        "care_any": st.sampled_from(["no", "hospital_stay", "emergency_room"]),
        "se_list": st.sampled_from([["fever"], ["headache", "fever"], ["headache"]]),
        "se_severity/headache": st.sampled_from(["light", "medium", "strong", "very_strong", DECLINED]),
        "se_severity/fever": st.sampled_from(["light", "very_strong"]),
        "med_change/opioid_weak": st.sampled_from(["more", "same", "started"]),
        "comment": st.sampled_from(["", "Words"]),
        "urgency": st.sampled_from(["can_wait", "call", "urgent"]),
    }
)
CHANGE = st.fixed_dictionaries(
    {},
    optional={
        "class_": st.sampled_from(CLASSES),
        "at_least": st.integers(0, 10).map(float),
        "rise_from_last": st.integers(1, 5).map(float),
        "rise_from_reference": st.integers(1, 5).map(float),
    },
)
CHANGES = st.dictionaries(st.sampled_from([rule.key for rule in STUDY.rules]), st.one_of(st.none(), CHANGE), max_size=4)


def changed(changes: dict) -> tuple:
    """The shipped rules with some changed, or off where the change is None."""
    rules = [(rule, changes.get(rule.key, {})) for rule in STUDY.rules]
    numeric = ("at_least", "rise_from_last", "rise_from_reference")
    return tuple(
        rule.model_copy(
            update={
                name: value
                for name, value in change.items()
                if name not in numeric or STUDY.items[rule.item].kind == "nrs"
            }
        )
        for rule, change in rules
        if change is not None
    )


def past(*reports: dict, version: str = "v", timepoints=("baseline", "1m", "3m", "6m")) -> Past:
    """Somebody injected on 10 January, with these reports."""
    days = ("2026-01-05", "2026-02-10", "2026-04-10", "2026-07-10")
    visits = [
        {
            "id": f"v{number}", "procedure_id": "p", "procedure_kind": "injection", "timepoint": timepoint,
            "occasion": 1, "study_version": version, "submitted_at": f"{day}T15:00:00Z",
        }
        for number, (timepoint, day) in enumerate(zip(timepoints, days, strict=False))
    ]  # fmt: skip
    state = {"status": "performed", "planned_on": None, "performed_on": "2026-01-10", "performed_time": None}
    event = state | {"procedure_id": "p", "at": "2026-01-01T15:00:00Z", "undone_at": None}
    moments = [
        Moment(visit["submitted_at"], visit, answers, "sent") for visit, answers in zip(visits, reports, strict=False)
    ]
    return Past(
        {"id": "a", "code": "P-001", "zone": "America/New_York", "imported": 0},
        [state | {"id": "p", "created_at": "2026-01-01T15:00:00Z"}],
        [event],
        moments,
    )


def rehearsed(own: Past, rules, study=STUDY) -> list[Judged]:
    return list(judged(own, {"v": sides(study, STUDY.rules, rules)}, "v"))


@settings(max_examples=150, deadline=None)
@given(st.lists(ANSWERS, min_size=1, max_size=4), CHANGES)
def test_judged_in_parts_each_report_gives_what_the_rules_give_as_a_whole(reports, changes):
    rules = changed(changes)
    found = rehearsed(past(*reports), rules)
    for number, (one, answers) in enumerate(zip(found, reports, strict=True)):
        timepoint = one.visit["timepoint"]
        last, reference = (reports[number - 1], reports[0]) if number else (None, None)
        for side, all_of_them in ((one.before, STUDY.rules), (one.after, rules)):
            whole = STUDY.model_copy(update={"rules": all_of_them})
            assert side == of_kept(whole, timepoint, answers, last=last, reference=reference)


@settings(max_examples=60, deadline=None)
@given(st.lists(ANSWERS, min_size=1, max_size=4))
def test_nothing_changes_where_no_rule_is_changed(reports):
    for one in rehearsed(past(*reports), tuple(rule.model_copy() for rule in STUDY.rules)):
        assert one.before == one.after and one.change is None


PLAIN = {"red_flags": ["none"], "nrs_average": 5}


def test_rules_on_items_and_timepoints_that_a_version_has_not_are_passed_over():
    older = STUDY.model_copy(
        update={
            "timepoints": STUDY.timepoints[:2],
            "screens": tuple(screen for screen in STUDY.screens if screen.key != "urgency"),
        }
    )
    older.__dict__.pop("items", None)
    older.__dict__.pop("screen_of", None)
    assert "urgency" not in older.items
    found = rehearsed(past(PLAIN, PLAIN | {"urgency": "urgent"}, PLAIN), STUDY.rules, older)
    assert [one.visit["timepoint"] for one in found] == ["baseline", "1m"]
    assert [reason.rule for reason in found[1].after] == ["nrs_no_better"]


def test_an_alert_that_was_acted_on_and_would_not_have_come_is_missed():
    own = past(PLAIN, PLAIN | {"care_any": "hospital_stay", "nrs_average": 1})
    off = changed({"care": None})
    acted = {"class": "high", "raised_at": "", "outcome": "advice", "contacted": 0}
    for alert, change in (
        (acted, "missed"),
        (acted | {"outcome": None, "contacted": 1}, "missed"),
        (acted | {"outcome": "no_action"}, "gone"),
        (acted | {"outcome": "false_alarm"}, "gone"),
        (acted | {"outcome": "no_action", "contacted": 1}, "missed"),
        (acted | {"outcome": None}, "gone"),
    ):
        own.raised = {"v1": [alert]}
        assert [one.change for one in rehearsed(own, off)] == [None, change]


def test_warning_signs_that_were_changed_back_count_as_they_were_saved():
    own = past(PLAIN, PLAIN | {"nrs_average": 1})
    visit = own.moments[1].visit
    own.moments.insert(1, Moment("2026-02-10T14:50:00Z", visit, {"red_flags": ["chest"]}, "warned"))
    (_, one) = rehearsed(own, STUDY.rules)
    assert (one.class_before, one.at) == ("red", "2026-02-10T14:50:00Z")


def test_a_procedure_counts_as_it_stood_when_the_report_came_in():
    own = past(PLAIN, PLAIN)
    own.procedures[0] |= {"status": "attempted"}
    own.events.append(own.events[0] | {"status": "attempted", "at": "2026-05-01T15:00:00Z"})
    assert own.procedures_at("2026-02-10T15:00:00Z", "p")[0]["status"] == "performed"
    assert own.procedures_at("2026-05-01T15:00:00Z", "p")[0]["status"] == "performed"
    assert own.procedures_at("2026-05-01T15:00:01Z", "p")[0]["status"] == "attempted"
    own.events[-1] |= {"undone_at": "2026-06-01T15:00:00Z"}
    own.procedures[0] |= {"status": "performed"}
    fresh = Past(own.person, own.procedures, own.events)
    assert fresh.procedures_at("2026-05-20T15:00:00Z", "p")[0]["status"] == "attempted"
    assert fresh.procedures_at("2026-06-02T15:00:00Z", "p")[0]["status"] == "performed"


def test_alerts_a_week_are_counted_from_the_first_report_to_the_last():
    count = Count()
    for one in rehearsed(past(PLAIN, PLAIN, PLAIN), changed({"nrs_no_better": None})):
        count.add(one)
    assert (count.reports, round(count.weeks, 1)) == (3, 13.6)
    assert (count.of_class["before", "routine"], count.of_class["after", "routine"]) == (2, 0)
    assert count.a_week("before", "routine") == 2 / count.weeks
    assert [len(count.differing[change]) for change in ("gone", "missed", "new")] == [2, 0, 0]
    assert Count().weeks == 1.0 and Count().a_week("after", "red") == 0
