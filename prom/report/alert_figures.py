"""The figures of the nurse loop: how many alerts the reports gave, how soon somebody had them and closed them, what was
done. Pure over the rows that the store reads.

A median and a 90 % are nearest-rank: the smallest value that at least half, or nine in ten, of all do not exceed.
Times are in minutes from the raising, of the clock and of opening hours. A share stands with what it is a share of;
where that is nothing, it is empty and never 0. Source: CLINICAL section 5 (metrics; by arm, for an alert is a
co-intervention).
"""

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from prom.report.formats import tidy_csv
from prom.rules import alert_life, ladder
from prom.rules.hours import minutes_open
from prom.rules.study import CLASSES, Study
from prom.rules.times import DAY, MINUTE, end_of, instant, local_day, stamp, start_of
from prom.rules.visit import path as arm_of
from prom.store import alert_figures as rows_of
from prom.store import studies, worklists
from prom.store.alert_figures import Raised
from prom.store.connect import Database, Row
from prom.store.rows import snapshot

ALERTS = (
    "alert_number", "participant", "site", "arm", "procedure", "timepoint", "occasion", "alert", "source",
    "alert_rules", "rules_version", "raised_at", "first_told_at", "acknowledged_at", "acknowledged_how",
    "first_call_at", "contacted_at", "closed_at", "outcome", "with_action", "overdue", "minutes_to_acknowledge",
    "open_minutes_to_acknowledge", "minutes_to_close", "open_minutes_to_close", "study_version",
)  # fmt: skip
_TIMES = ("minutes_to_acknowledge", "open_minutes_to_acknowledge", "minutes_to_close", "open_minutes_to_close")
_SHARES = ("overdue", "with_action", "not_closed")
WEEKS = (
    "week", "week_starts_on", "days", "by", "value", "reports", "alerts", "alerts_per_100_reports", "acknowledged",
    "closed", *(f"{how}_{name}" for name in _TIMES for how in ("median", "p90")),
    *(f"{name}{what}" for name in _SHARES for what in ("", "_of", "_percent")),
)  # fmt: skip
_CALLS = ("call_tried", "contacted", "unreachable")


@dataclass(frozen=True)
class Course:
    """What became of one alert. cells: its row of alerts.csv. week: the Monday of the week in which it was raised, in
    the study's zone. overdue: whether at any time nobody had it past the time to acknowledge; None while it may still
    be acknowledged in time."""

    cells: Row
    week: date
    arm: str
    alert_class: str
    rules: tuple[str, ...]
    overdue: bool | None
    acted: bool
    closed: bool


@dataclass(frozen=True)
class Share:
    """part of `of`."""

    part: int
    of: int

    @property
    def percent(self) -> float | None:
        """None where there is nothing to be a share of."""
        return round(100 * self.part / self.of, 1) if self.of else None


@dataclass(frozen=True)
class Spread:
    """Median and 90 % of `of` lengths in minutes; None without any."""

    median: float | None
    p90: float | None
    of: int


@dataclass(frozen=True)
class Figures:
    """The figures of some alerts, beside the reports sent meanwhile. times: by the name of the column of alerts.csv."""

    reports: int
    alerts: int
    times: Mapping[str, Spread]
    overdue: Share
    with_action: Share
    not_closed: Share

    @property
    def per_100(self) -> float | None:
        """Alerts for 100 reports; None without a report."""
        return Share(self.alerts, self.reports).percent


@dataclass(frozen=True)
class Period:
    """The alerts raised and the reports sent on some days, both included. reports: how many, by the Monday of the week
    and the arm of their participant."""

    since: date
    until: date
    courses: tuple[Course, ...]
    reports: Counter

    @property
    def weeks(self) -> list[date]:
        """The Mondays of the weeks, first to last."""
        first = monday(self.since)
        return [first + number * 7 * DAY for number in range((self.until - first).days // 7 + 1)]

    @property
    def arms(self) -> list[str]:
        """The arms that are known, by name; "" (not known yet) as the last of them; [] where none is."""
        found = {course.arm for course in self.courses} | {arm for _, arm in self.reports}
        return sorted(found, key=lambda arm: (not arm, arm)) if found - {""} else []

    @property
    def rules(self) -> list[str]:
        """The rules that fired, those that fired in most alerts first."""
        return [rule for rule, _ in Counter(rule for course in self.courses for rule in course.rules).most_common()]


def gather(
    db: Database, version: str, since: date, until: date, now: datetime, sites: tuple[str, ...] | None = None
) -> Period:
    """The period as it stands now. version: of the study in force. sites: whose participants, None for all."""
    study = studies.version(db, version)
    people, first, last = _people(db, study, sites), *_instants(study, since, until)
    reports = Counter(
        (monday(local_day(instant(row["submitted_at"]), study.zone)), people[row["participant_id"]]["arm"])
        for row in rows_of.submitted(db, first, last)
        if row["participant_id"] in people
    )
    found = rows_of.raised(db, first, last)
    return Period(since, until, tuple(_courses(db, version, found, people, now)), reports)


def alert_lines(
    path: str, version: str, since: date, until: date, now: datetime, sites: tuple[str, ...] | None = None
) -> Generator[str, None, None]:
    """alerts.csv: one row an alert raised in the period, by number, from one snapshot of the database file."""
    with snapshot(path) as db:
        study = studies.version(db, version)
        people, found = _people(db, study, sites), rows_of.raised(db, *_instants(study, since, until))
        table = (course.cells for course in _courses(db, version, found, people, now))
        yield from tidy_csv.lines(ALERTS, table)


def week_lines(
    path: str, version: str, since: date, until: date, now: datetime, sites: tuple[str, ...] | None = None
) -> Generator[str, None, None]:
    """weeks.csv: for each ISO week of the period one row for all alerts, one for each class, and one for each rule that
    fired and each arm that is known in the period. days: how many of the week lie in the period."""
    with snapshot(path) as db:
        period = gather(db, version, since, until, now, sites)
        yield from tidy_csv.lines(WEEKS, _week_rows(period))


def overall(period: Period) -> Figures:
    """All alerts of the period."""
    return figures(period.courses, period.reports.total())


def by_class(period: Period) -> dict[str, Figures]:
    """{class: its alerts, beside all reports}, the most urgent first."""
    reports = period.reports.total()
    return {
        each: figures([course for course in period.courses if course.alert_class == each], reports) for each in CLASSES
    }


def by_rule(period: Period) -> dict[str, Figures]:
    """{rule: the alerts in which it fired, beside all reports}: an alert with two rules stands under both."""
    reports = period.reports.total()
    return {
        rule: figures([course for course in period.courses if rule in course.rules], reports) for rule in period.rules
    }


def by_arm(period: Period) -> dict[str, Figures]:
    """{arm: the alerts of its participants, beside their reports}; {} where no arm is known."""
    return {
        arm: figures(
            [course for course in period.courses if course.arm == arm],
            sum(number for (_, of), number in period.reports.items() if of == arm),
        )
        for arm in period.arms
    }


def by_week(period: Period) -> dict[date, Period]:
    """{Monday: what of the period lies in its week}, those without an alert too."""
    courses: dict[date, list[Course]] = {week: [] for week in period.weeks}
    for course in period.courses:
        courses[course.week].append(course)
    return {
        week: Period(
            max(week, period.since),
            min(week + 6 * DAY, period.until),
            tuple(found),
            Counter({key: number for key, number in period.reports.items() if key[0] == week}),
        )
        for week, found in courses.items()
    }


def figures(courses: Sequence[Course], reports: int) -> Figures:
    """The figures of some alerts. Overdue is a share of those that somebody has or should have by now; with an action,
    and not closed, of all: one that is still open has had no action unless somebody was reached."""
    judged = [course.overdue for course in courses if course.overdue is not None]
    return Figures(
        reports=reports,
        alerts=len(courses),
        times={name: spread(course.cells[name] for course in courses) for name in _TIMES},
        overdue=Share(sum(judged), len(judged)),
        with_action=Share(sum(course.acted for course in courses), len(courses)),
        not_closed=Share(sum(not course.closed for course in courses), len(courses)),
    )


def spread(minutes: Iterable[float | None]) -> Spread:
    """Median and 90 % of those that are known, by nearest rank."""
    known = sorted(length for length in minutes if length is not None)
    return Spread(_ranked(known, 50), _ranked(known, 90), len(known))


def monday(day: date) -> date:
    """The first day of a day's ISO week."""
    return day - day.weekday() * DAY


def week_name(week: date) -> str:
    """An ISO week by its Monday: "2026-W10"."""
    year, number, _ = week.isocalendar()
    return f"{year}-W{number:02d}"


def course(
    study: Study, acts: Mapping[str, bool], held: Raised, person: Row, week: date, now: datetime
) -> Course:
    """What became of one alert. study: of the version under which it last had a reason: its deadlines and opening hours
    are that study's. acts: {outcome: whether anything was done}, one that is not there was. person: code, site_id, arm.
    week: see Course."""
    alert, raised_at = held.alert, instant(held.alert["raised_at"])
    taken, first = alert_life.first_taken(held.events), _first_of(held.events)
    taken_at = taken["at"] if taken else None
    closing, spoken = first.get("closed"), next(iter(alert_life.reached(held.events)), None)
    acted = spoken is not None or closing is not None and acts.get(closing["outcome"], True)
    late = _overdue(study, held, now)
    rules = {reason["rule"]: reason["rules_version"] for reason in reversed(held.reasons)}
    fired = tuple(dict.fromkeys(reason["rule"] for reason in held.reasons))
    cells = {
        "alert_number": alert["number"],
        "participant": person["code"],
        "site": person["site_id"],
        "arm": person["arm"],
        **{name: alert[name] for name in ("procedure", "timepoint", "occasion", "source", "raised_at", "closed_at")},
        "alert": alert["class"],
        "alert_rules": ";".join(fired),
        "rules_version": ";".join(rules[rule] for rule in fired),
        "first_told_at": alert["first_told_at"],
        "acknowledged_at": taken_at,
        "acknowledged_how": taken and _how(taken),
        "first_call_at": min((first[kind]["at"] for kind in _CALLS if kind in first), default=None),
        "contacted_at": spoken and spoken["at"],
        "outcome": closing and closing["outcome"],
        "with_action": int(acted),
        "overdue": None if late is None else int(late),
        **_lengths(study, raised_at, taken_at, "acknowledge"),
        **_lengths(study, raised_at, alert["closed_at"], "close"),
    }
    return Course(cells, week, person["arm"], alert["class"], fired, late, acted, bool(alert["closed_at"]))


def _courses(
    db: Database, version: str, found: Iterable[Raised], people: dict[str, Row], now: datetime
) -> Iterator[Course]:
    in_force = studies.version(db, version)
    for held in found:
        person = people.get(held.alert["participant_id"])
        if person:
            used = held.reasons[-1]["study_version"] if held.reasons else version
            study = studies.version(db, used)
            week = monday(local_day(instant(held.alert["raised_at"]), in_force.zone))
            made = course(study, _acts(study) | _acts(in_force), held, person, week, now)
            made.cells["study_version"] = f"{study.study.key} {study.study.version} {used[:12]}"
            yield made


def _people(db: Database, study: Study, sites: tuple[str, ...] | None) -> dict[str, Row]:
    """As the store has them, with arm: the assigned one, or how it came about; "" while it is not known."""
    performed = worklists.performed(db)
    return {
        person_id: person
        | {"arm": person["assigned_arm"] or arm_of(study, performed.get(person_id, []), bool(person["decided"]))}
        for person_id, person in rows_of.people(db, sites).items()
    }


def _instants(study: Study, since: date, until: date) -> tuple[str, str]:
    """From the first instant of a period to the first after it, as stored."""
    return stamp(start_of(since, study.zone)), stamp(end_of(until, study.zone))


def _acts(study: Study) -> dict[str, bool]:
    return {outcome.key: outcome.action for outcome in study.alerts.outcomes}


def _first_of(events: Sequence[Row]) -> dict[str, Row]:
    """The first event of each kind."""
    return {event["kind"]: event for event in reversed(events)}


def _overdue(study: Study, held: Raised, now: datetime) -> bool | None:
    """Whether the alert was overdue at any moment, as its page would have said then; None while it is to be seen."""
    events, untaken = held.events, False
    ends = [instant(event["at"]) for event in events[1:]] + [now]
    due: dict[tuple[str, str], datetime] = {}
    for number, end in enumerate(ends, 1):
        untaken = alert_life.taken(events[:number]) is None
        if untaken:
            call = _class_at(held, events[number - 1]["at"]), alert_life.called_at(events[:number])
            if call not in due:
                due[call] = ladder.acknowledge_by(study, call[0], instant(call[1]))
            if end > due[call]:
                return True
    return None if untaken else False


def _class_at(held: Raised, at: str) -> str:
    """The class that the alert had at an instant: it only ever climbs."""
    classes = [reason["class"] for reason in held.reasons if reason["at"] <= at]
    return min(classes, key=CLASSES.index, default=held.alert["class"])


def _how(taken: Mapping) -> str:
    """text: by the code of a text; page: on the page; contacted, unreachable: by a call that was noted there."""
    if taken["kind"] != "acknowledged":
        return taken["kind"]
    return "text" if taken["message_id"] else "page"


def _lengths(study: Study, since: datetime, until: str | None, what: str) -> Row:
    if until is None:
        return {f"minutes_to_{what}": None, f"open_minutes_to_{what}": None}
    end = instant(until)
    return {
        f"minutes_to_{what}": round((end - since) / MINUTE, 1),
        f"open_minutes_to_{what}": round(minutes_open(study, since, end), 1),
    }


def _ranked(known: Sequence[float], percent: int) -> float | None:
    """The value of that rank, the first at or above `percent` of all; None without any."""
    return known[-(-len(known) * percent // 100) - 1] if known else None


def _week_rows(period: Period) -> Iterator[Row]:
    rules, arms = period.rules, period.arms
    for week, part in by_week(period).items():
        of_week = {
            "week": week_name(week),
            "week_starts_on": week.isoformat(),
            "days": (part.until - part.since).days + 1,
        }
        nothing = figures((), part.reports.total())
        fired, by_its_arm = by_rule(part), by_arm(part)
        yield of_week | _cells("all", "", overall(part))
        for each, found in by_class(part).items():
            yield of_week | _cells("class", each, found)
        for rule in rules:
            yield of_week | _cells("rule", rule, fired.get(rule, nothing))
        for arm in arms:
            yield of_week | _cells("arm", arm, by_its_arm.get(arm, figures((), 0)))


def _cells(by: str, value: str, found: Figures) -> dict[str, Any]:
    """The cells of a row of weeks.csv."""
    cells: dict[str, Any] = {
        "by": by,
        "value": value,
        "reports": found.reports,
        "alerts": found.alerts,
        "alerts_per_100_reports": found.per_100,
        "acknowledged": found.times["minutes_to_acknowledge"].of,
        "closed": found.times["minutes_to_close"].of,
    }
    for name in _TIMES:
        cells |= {f"median_{name}": found.times[name].median, f"p90_{name}": found.times[name].p90}
    for name in _SHARES:
        share: Share = getattr(found, name)
        cells |= {name: share.part if share.of else None, f"{name}_of": share.of, f"{name}_percent": share.percent}
    return cells
