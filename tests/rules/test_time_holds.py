"""What holds of days, texting hours, caps, contacts and ladders at any time: in many zones, over changes of clocks,
month ends and leap years."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from prom.rules import hours, ladder
from prom.rules.contacting import due_contacts, next_look
from prom.rules.sending import A_DAY, A_WEEK, INVITING, participant_verdict
from prom.rules.study import Study
from prom.rules.times import DAY, MINUTE, add_months, at_time, end_of, instant, local_day, stamp, start_of
from prom.rules.visit import ends_at, status, takes_answers
from tests.rules.test_contacting import PERSON, a_text, a_visit
from tests.rules.test_schedule_holds import STUDY, quick
from tests.rules.test_sending import facts, message

# Changes of clocks by night, at midnight (Havana, Beirut, Santiago), by half an hour (Lord Howe); odd offsets; none.
ZONES = st.sampled_from(
    (
        "America/New_York", "Europe/London", "Pacific/Auckland", "Asia/Taipei", "Asia/Kathmandu", "America/St_Johns",
        "America/Havana", "America/Santiago", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Chatham",
        "Pacific/Kiritimati", "Africa/Casablanca",
    )
).map(ZoneInfo)  # fmt: skip
YEARS = (date(2024, 1, 1), date(2032, 12, 31))
# The days on which something is odd come up as often as all others together.
EDGES = [date(2024, 2, 29), date(2028, 2, 29), date(2027, 2, 28), date(2026, 12, 31), date(2026, 1, 31)]
EDGES += [date(2026, 3, 7), date(2026, 3, 8), date(2026, 10, 31), date(2026, 11, 1), date(2026, 3, 29)]
DATES = st.one_of(st.sampled_from(EDGES), st.dates(*YEARS))
CLOCKS = st.times(time(0), time(23, 59, 59)).map(lambda at: at.replace(microsecond=0))
INSTANTS = st.builds(lambda day, at: datetime.combine(day, at, UTC), DATES, CLOCKS)
WINDOWS = st.tuples(st.times(time(5), time(11, 59)), st.times(time(12), time(23))).map(
    lambda each: tuple(at.replace(second=0, microsecond=0) for at in each)
)
MINUTES = st.integers(0, 6000)
CLASSES = st.sampled_from(("red", "high"))


def texted(window: tuple[time, time]):
    """The study's texting hours, from one time to another."""
    return STUDY.texting.model_copy(update={"from_": window[0], "to": window[1]})


def inside(window: tuple[time, time], zone: ZoneInfo, at: datetime) -> bool:
    return window[0] <= at.astimezone(zone).time() < window[1]


def part_way(begins: datetime, ends: datetime, share: float) -> datetime:
    """An instant between two, to the second; before the latter where they differ."""
    return begins + timedelta(seconds=int(share * (ends - begins).total_seconds()))


# ---- days and months


@quick
@given(day=DATES, zone=ZONES)
def test_a_day_begins_on_itself_ends_where_the_next_begins_and_has_23_to_25_hours(day, zone):
    begins, ends = start_of(day, zone), end_of(day, zone)
    assert local_day(begins, zone) == day == local_day(ends - timedelta(seconds=1), zone)
    assert local_day(begins - timedelta(seconds=1), zone) == day - DAY
    assert ends == start_of(day + DAY, zone) and timedelta(hours=23) <= ends - begins <= timedelta(hours=25)


@quick
@given(day=DATES, months=st.integers(0, 36))
def test_months_later_is_the_same_day_of_the_month_or_the_months_last(day, months):
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + DAY).month != later.month)


@quick
@given(day=DATES, days=st.integers(0, 40), months=st.integers(0, 12))
def test_a_later_day_is_never_due_before_an_earlier_one(day, days, months):
    assert add_months(day, months) <= add_months(day + days * DAY, months)


@quick
@given(at=INSTANTS)
def test_instants_are_stored_and_read_to_the_second_and_text_order_is_time_order(at):
    assert instant(stamp(at)) == at
    assert stamp(at) < stamp(at + timedelta(seconds=1))


# ---- texting hours


@quick
@given(at=INSTANTS, zone=ZONES, window=WINDOWS)
def test_a_text_never_goes_outside_texting_hours_of_the_participants_own_clock(at, zone, window):
    assert inside(window, zone, hours.texting_from(texted(window), zone, at))


@quick
@given(at=INSTANTS, zone=ZONES, window=WINDOWS, share=st.floats(0, 1, exclude_max=True))
def test_the_next_instant_to_text_is_the_earliest_and_at_most_a_night_away(at, zone, window, share):
    found = hours.texting_from(texted(window), zone, at)
    assert at <= found < at + timedelta(hours=25)
    between = part_way(at, found, share)
    assert between == found or not inside(window, zone, between)


@quick
@given(at=INSTANTS, zone=ZONES, window=WINDOWS)
def test_an_instant_to_text_is_an_instant_to_text(at, zone, window):
    found = hours.texting_from(texted(window), zone, at)
    assert hours.texting_from(texted(window), zone, found) == found


# ---- caps


@quick
@given(
    at=INSTANTS,
    zone=ZONES,
    gaps=st.lists(st.tuples(st.integers(0, 50), st.sampled_from(INVITING)), min_size=4, max_size=12),
)
def test_caps_and_texting_hours_hold_over_any_sequence_of_invitations_and_reminders(at, zone, gaps):
    """Each text is decided anew whenever it may go, as the sender does it, until it goes."""
    went: list[datetime] = []
    now = at
    for gap, kind in gaps:
        now += timedelta(hours=gap)
        while True:
            counts = {
                name: sum(now - length < each <= now for each in went)
                for name, length in (("sent_day", DAY), ("sent_week", 7 * DAY))
            }
            lasting = facts(person_zone=zone.key, visit_opens_at=stamp(at), visit_closes_at=None, **counts)
            due = message(kind, queued_at=stamp(now), due_at=stamp(now))
            verdict = participant_verdict(STUDY, due, lasting, now)
            if verdict.what == "go":
                break
            assert verdict.what == "wait" and verdict.until and now < verdict.until < now + 2 * DAY
            now = verdict.until
        went.append(now)
    texting = STUDY.texting
    assert all(inside((texting.from_, texting.to), zone, each) for each in went)
    assert all(later - each >= DAY for each, later in zip(went, went[A_DAY:], strict=False))
    assert all(later - each >= 7 * DAY for each, later in zip(went, went[A_WEEK:], strict=False))


# ---- visits and contacts

MOMENTS = st.integers(0, 80 * 24 * 60).map(lambda minutes: instant("2026-03-20T00:00:00Z") + minutes * MINUTE)
FACT = st.one_of(st.none(), MOMENTS.map(stamp))
LOST = st.sampled_from(("sent", "delivered", "failed", "unknown", "queued", "dropped"))


@st.composite
def visits(draw):
    """A 1-month visit, with whatever may have become of it; the opening and the due day move."""
    opens = draw(MOMENTS)
    closes = opens + draw(st.integers(1, 45)) * DAY
    over = {draw(st.sampled_from(("started_at", "submitted_at", "cancelled_at", "serves_on"))): draw(FACT)}
    if over.get("serves_on"):
        over["serves_on"] = over["serves_on"][:10]
    return a_visit(
        due_on=(opens + draw(st.integers(0, 20)) * DAY).date().isoformat(), opens_at=stamp(opens),
        closes_at=stamp(closes), finish_by=stamp(closes + DAY), **over,
    )  # fmt: skip


@st.composite
def texts(draw):
    """An invitation and what may have followed it."""
    kinds = ("invitation", "reminder", "again")[: draw(st.integers(0, 3))]
    return [a_text(kind, stamp(draw(MOMENTS)), 1, draw(LOST)) for kind in kinds]


@quick
@given(visit=visits(), now=MOMENTS)
def test_whether_a_visit_takes_answers_and_may_be_texted_about_is_one_formula(visit, now):
    end = ends_at(visit)
    over = visit["submitted_at"] or visit["cancelled_at"]
    taking = not over and instant(visit["opens_at"]) <= now < instant(end)
    assert takes_answers(visit, now) == taking
    about = {f"visit_{name}": value for name, value in visit.items()}
    verdict = participant_verdict(STUDY, message(queued_at=stamp(now), due_at=stamp(now)), facts(**about), now)
    assert (verdict.what == "drop") == (not taking)
    assert end == (visit["finish_by"] if visit["started_at"] else visit["closes_at"])


@quick
@given(visit=visits(), sent=texts(), now=MOMENTS, by_text=st.booleans(), zone=ZONES)
def test_nothing_is_asked_before_its_day_nor_once_a_visit_is_sent_cancelled_or_closed(visit, sent, now, by_text, zone):
    person = PERSON | {"zone": zone.key}
    due = due_contacts(STUDY, person, visit, sent, by_text, now)
    first = min(filter(None, (visit["due_on"], visit["serves_on"])))
    for contact in due:
        assert status(visit, now) in ("open", "started")
        assert contact.due_at <= now
        assert sent or local_day(contact.due_at, zone).isoformat() >= first
    assert sum(contact.kind != "call" for contact in due) <= 1
    assert by_text or {contact.kind for contact in due} <= {"call"}


@quick
@given(visit=visits(), sent=texts(), now=MOMENTS, by_text=st.booleans(), share=st.floats(0, 1, exclude_max=True))
def test_between_two_looks_at_a_visit_nothing_new_comes_due(visit, sent, now, by_text, share):
    until = next_look(STUDY, PERSON, visit, sent, by_text, now) or now + 400 * DAY
    assert until > now
    between = part_way(now, until, share)
    asked = due_contacts(STUDY, PERSON, visit, sent, by_text, now)
    assert due_contacts(STUDY, PERSON, visit, sent, by_text, between) == asked


@quick
@given(day=DATES, zone=ZONES)
def test_invitations_come_due_at_the_hour_of_texts_where_the_participant_lives(day, zone):
    visit = a_visit(due_on=day.isoformat(), opens_at="2020-01-01T00:00:00Z", closes_at=None, finish_by=None)
    (contact,) = due_contacts(STUDY, PERSON | {"zone": zone.key}, visit, [], True, instant("2040-01-01T00:00:00Z"))
    local = contact.due_at.astimezone(zone)
    assert (local.date(), local.time()) == (day, STUDY.texting.send_at)


# ---- opening hours and ladders


@st.composite
def laddered(draw) -> Study:
    """The study in some zone, with some opening hours, holidays and ladders."""
    opens, closes = time(draw(st.integers(6, 11))), time(draw(st.integers(13, 20)))
    clinic = {
        "open": opens,
        "close": closes,
        "days": draw(st.lists(st.sampled_from(hours.WEEK), min_size=1, unique=True).map(tuple)),
        "closed_on": tuple(draw(st.lists(DATES, max_size=3))),
    }
    rungs = sorted(draw(st.lists(st.integers(0, 2000), min_size=1, max_size=4)))
    places = draw(st.lists(st.sampled_from(("on_call_1", "on_call_2", "lead")), min_size=len(rungs)))
    one = STUDY.alerts.red.ladder[0]
    steps = tuple(one.model_copy(update={"after": after, "to": to}) for after, to in zip(rungs, places, strict=False))
    given_ = {"ladder": steps, "repeat_minutes": draw(st.sampled_from((0, 15, 240)))}
    classes = {name: getattr(STUDY.alerts, name).model_copy(update=given_) for name in ("red", "high")}
    return STUDY.model_copy(
        update={
            "study": STUDY.study.model_copy(update={"zone": draw(ZONES).key}),
            "clinic": STUDY.clinic.model_copy(update=clinic),
            "alerts": STUDY.alerts.model_copy(update=classes),
        }
    )


few = settings(quick, max_examples=80)


@few
@given(study=laddered(), raised_at=INSTANTS)
def test_red_rungs_come_due_at_their_minutes_and_high_ones_at_their_minutes_of_opening_hours(study, raised_at):
    for rung, at in zip(study.alerts.red.ladder, ladder.rung_times(study, "red", raised_at), strict=True):
        assert at == raised_at + rung.after * MINUTE
    for rung, at in zip(study.alerts.high.ladder, ladder.rung_times(study, "high", raised_at), strict=True):
        assert at >= raised_at + rung.after * MINUTE
        assert hours.minutes_open(study, raised_at, at) == rung.after
        assert hours.is_open(study, at) or hours.is_open(study, at - timedelta(seconds=1))  # its last instant, closing


@few
@given(study=laddered(), raised_at=INSTANTS, alert_class=CLASSES, waited=MINUTES, more=MINUTES)
def test_no_rung_is_due_before_its_time_and_none_is_taken_back(study, raised_at, alert_class, waited, more):
    times = ladder.rung_times(study, alert_class, raised_at)
    now = raised_at + waited * MINUTE
    due = ladder.rungs_due(study, alert_class, raised_at, None, now)
    own = [rung for rung in due if rung < len(times)]
    assert own == [number for number, at in enumerate(times) if at <= now]
    assert len(due) <= len(own) + 1 and (len(own) == len(times) or len(due) == len(own))
    later = ladder.rungs_due(study, alert_class, raised_at, None, now + more * MINUTE)
    assert set(own) <= set(later) and max(later, default=-1) >= max(due, default=-1)
    assert ladder.rungs_due(study, alert_class, raised_at, now, now + more * MINUTE) == ()


@few
@given(study=laddered(), raised_at=INSTANTS, alert_class=CLASSES)
def test_nobody_gives_an_alert_up_before_its_last_rung_had_its_time(study, raised_at, alert_class):
    last = ladder.rung_times(study, alert_class, raised_at)[-1]
    given_up = ladder.given_up_at(study, alert_class, raised_at)
    assert given_up >= last + study.alerts.of(alert_class).acknowledge_minutes * MINUTE


@few
@given(
    study=laddered(),
    at=INSTANTS,
    alert_class=CLASSES,
    rung=st.integers(0, 12),
    nurses=st.lists(st.sampled_from("abcd"), unique=True),
    lead=st.sampled_from((None, "lea")),
    cover=st.booleans(),
)
def test_whoever_is_told_is_on_call_and_with_a_lead_somebody_always_is(
    study, at, alert_class, rung, nurses, lead, cover
):
    study = study.model_copy(update={"night": study.night.model_copy(update={"cover": cover})})
    told = ladder.person(study, alert_class, rung, nurses, lead, at)
    assert told in [*nurses, lead]
    assert told or not lead


@few
@given(study=laddered(), at=INSTANTS, minutes=st.integers(0, 3000))
def test_so_many_minutes_of_opening_hours_later_so_many_have_passed(study, at, minutes):
    found = hours.after_open_minutes(study, at, minutes)
    assert found >= at and hours.minutes_open(study, at, found) == minutes
    opened = hours.next_opening(study, at)
    assert opened >= at and hours.is_open(study, opened) and hours.minutes_open(study, at, opened) == 0


@few
@given(study=laddered(), day=DATES, n=st.integers(0, 12))
def test_the_nth_working_day_has_n_working_days_up_to_it(study, day, n):
    found = hours.working_days_after(study, day, n)
    passed = [day + (number + 1) * DAY for number in range((found - day).days)]
    assert sum(hours.is_working_day(study, each) for each in passed) == n
    assert n == 0 or hours.is_working_day(study, found)


@few
@given(day=DATES, zone=ZONES, clock=CLOCKS)
def test_a_time_of_day_is_that_time_the_first_of_two_and_later_where_the_clocks_skip_it(day, zone, clock):
    found = at_time(day, clock, zone).astimezone(zone)
    late = found.replace(tzinfo=None) - datetime.combine(day, clock)
    assert found.date() == day and found.fold == 0
    assert late == timedelta(0) or timedelta(0) < late <= timedelta(hours=1) and _skipped(day, clock, zone)


def _skipped(day: date, clock: time, zone: ZoneInfo) -> bool:
    """Whether no clock of a zone showed this time on this day: before and after, its offset is another."""
    offsets = {datetime.combine(day, clock, zone).replace(fold=fold).utcoffset() for fold in (0, 1)}
    return len(offsets) == 2
