"""What holds of every plan, whatever is recorded and answered and whenever: random lives of a participant."""

from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from prom.rules.study import parse
from prom.rules.times import DAY, add_months, instant, local_day, stamp, start_of
from prom.rules.visit import status, takes_answers
from tests.rules.life import Life

STUDY = parse(Path("prom/studies/interscapular-pain.toml").read_text(encoding="utf-8"), "shipped")
STATES = ("planned", "performed", "postponed", "cancelled", "attempted")
DAYS = st.integers(-40, 60)
BIRTHS = st.integers(-60, 40)  # enrolled so many days before the injection, or after it
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("time"), st.integers(20, 75)),
        st.tuples(st.just("time"), st.integers(0, 12)),
        st.tuples(st.just("add"), st.sampled_from(("injection", "embolization")), st.sampled_from(STATES), DAYS),
        st.tuples(st.just("add"), st.just("embolization"), st.just("planned"), st.integers(0, 30)),
        st.tuples(st.just("record"), st.just(1), st.sampled_from(("postponed", "performed")), st.integers(0, 30)),
        st.tuples(st.just("record"), st.integers(0, 3), st.sampled_from(STATES), DAYS),
        st.tuples(st.just("undo"), st.integers(0, 3)),
        st.tuples(st.sampled_from(("open", "start", "start", "submit"))),
        st.tuples(st.just("drop"), st.integers(0, 9)),
    ),
    min_size=6,
    max_size=14,
)
quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@quick
@given(planned_in=BIRTHS, steps=STEPS, zone=st.sampled_from(("America/New_York", "Pacific/Auckland")))
def test_one_visit_at_most_takes_answers_and_planning_again_changes_nothing(planned_in, steps, zone):
    """`Life.keep` looks at both after every change and at every midnight."""
    life = _born(planned_in, zone)
    submitted: set[str] = set()
    dropped: set[str] = set()
    for step in steps:
        _do(life, step, dropped)
        for visit in life.visits:
            if visit["submitted_at"]:
                submitted.add(visit["id"])
            if visit["id"] in submitted:
                assert visit["submitted_at"] and not visit["cancelled_at"]
            if visit["id"] in dropped:
                assert visit["cancel_reason"] == "not_collected"
        keys = [(text["visit"]["id"], text["kind"]) for text in life.texts if text["kind"] == "invitation"]
        assert len(keys) == len(set(keys))


@quick
@given(day=st.dates(date(2024, 1, 1), date(2032, 12, 31)), zone=st.sampled_from(("America/Havana", "Pacific/Auckland")))
def test_follow_up_is_due_months_later_on_whole_local_days_that_never_overlap(day, zone):
    """Whatever the month's length, the year's, and the clocks."""
    life = Life(STUDY, f"{day.isoformat()}T18:00:00Z", zone)
    performed_on = life.today
    life.adds("injection", "performed", performed_on.isoformat())
    ended = None
    for timepoint in STUDY.timepoints:
        visit = life.visit(timepoint.key)
        if timepoint.baseline or visit is None:
            continue
        due_on = add_months(performed_on, timepoint.months)
        opens, closes = instant(visit["opens_at"]), instant(visit["closes_at"])
        assert visit["due_on"] == due_on.isoformat()
        assert opens == start_of(due_on - timepoint.window_before * DAY, life.zone)
        assert closes == start_of(local_day(closes, life.zone), life.zone)
        assert local_day(closes, life.zone) > due_on + timepoint.window_after * DAY
        assert instant(visit["finish_by"]) == closes + DAY
        assert ended is None or ended <= opens
        ended = closes
    assert ended


@quick
@given(
    planned_in=BIRTHS,
    steps=STEPS,
    which=st.integers(0, 3),
    state=st.sampled_from(STATES),
    days=DAYS,
)
def test_undoing_what_was_last_recorded_restores_every_visit(planned_in, steps, which, state, days):
    life = _born(planned_in, "America/New_York")
    for step in steps:
        _do(life, step, set())
    assume(not life.keeps_what_was_undone())
    row = life.procedures[which % len(life.procedures)]
    before = life.standing()
    life.records(row["id"], state, _day(life, state, days))
    life.undoes(row["id"])
    after = life.standing()
    assert {key: after.get(key) for key in before} == before
    assert all(after[key][0] in ("planned", "cancelled") for key in after.keys() - before.keys())


@quick
@given(planned_in=BIRTHS, steps=STEPS)
def test_no_follow_up_takes_answers_or_is_texted_until_its_procedure_is_done_and_none_loses_what_was_answered(
    planned_in, steps
):
    """Those that were begun and then held again are not lost: they keep what was saved."""
    life = _born(planned_in, "America/New_York")
    begun: set[str] = set()
    for step in steps:
        texted = len(life.texts)
        held = {visit["id"] for visit in life.held()}
        _do(life, step, set())
        held &= {visit["id"] for visit in life.held()}
        assert not held & {text["visit"]["id"] for text in life.texts[texted:]}
        for visit in life.held():
            assert status(visit, life.now) in ("planned", "cancelled") and visit["due_on"] is None
        begun |= {visit["id"] for visit in life.visits if visit["started_at"]}
        assert begun == {visit["id"] for visit in life.visits if visit["started_at"]}


def _born(planned_in: int, zone: str) -> Life:
    life = Life(STUDY, "2026-01-20T15:00:00Z", zone)
    state = "planned" if planned_in > 0 else "performed"
    life.adds("injection", state, (life.today + timedelta(days=planned_in)).isoformat())
    return life


def _do(life: Life, step: tuple, dropped: set[str]) -> None:
    what, *given_ = step
    life.now += timedelta(seconds=1)
    if what == "time":
        life.at(stamp(life.now + timedelta(days=given_[0])))
    elif what == "add":
        kind, state, days = given_
        if len(life.procedures) < 4:
            life.adds(kind, state, _day(life, state, days))
    elif what == "record":
        which, state, days = given_
        life.records(life.procedures[which % len(life.procedures)]["id"], state, _day(life, state, days))
    elif what == "undo":
        row = life.procedures[given_[0] % len(life.procedures)]
        if len(life._events[row["id"]]) > 1:
            life.undoes(row["id"])
    elif what == "drop":
        _drop(life, given_[0], dropped)
    else:
        taking = [visit for visit in life.visits if takes_answers(visit, life.now)]
        for visit in taking:
            {"open": life.opens, "start": life.starts, "submit": life.submits}[what](visit)
        life.keep()


def _drop(life: Life, number: int, dropped: set[str]) -> None:
    """Somebody's import cancelled a visit as not collected."""
    visit = life.visits[number % len(life.visits)]
    if not visit["submitted_at"]:
        visit |= {"cancel_reason": "not_collected", "cancelled_at": stamp(life.now)}
        dropped.add(visit["id"])
        life.keep()


def _day(life: Life, state: str, days: int) -> str | None:
    """A day that can be recorded: what was done lies not in the future."""
    if state == "cancelled":
        return None
    if state in ("performed", "attempted"):
        days = -abs(days)
    day: date = life.today + timedelta(days=days)
    return day.isoformat()
