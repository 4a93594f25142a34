"""A participant's procedures and visits together, and the pain scores so far: what the nurse's pages read."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from prom.actions.answer import asks
from prom.actions.means import Means
from prom.rules import funnel, listing
from prom.rules import visit as visit_rules
from prom.rules.instrument import plain
from prom.rules.study import Study
from prom.rules.times import day_of
from prom.store import alerts, participants, procedures, reports, visits
from prom.store.connect import Database, Row
from prom.web import opioids, spoken


@dataclass(frozen=True)
class History:
    """A participant with all procedures and visits, each in the order of their days."""

    person: Row
    procedures: list[Row]
    visits: list[Row]

    @property
    def zone(self) -> ZoneInfo:
        """The participant's own zone."""
        return ZoneInfo(self.person["zone"])


@dataclass(frozen=True)
class Pain:
    """The pain scores and opioids of one visit. on: the day of the report, or the day on which it was due. average,
    worst, opioids (MME): in words. told: lines on medicines and problems, by the item whose ticks they tell. value: the
    average as a number, None where there is none, which is a gap."""

    title: str
    on: date
    average: str
    worst: str
    opioids: str
    told: dict[str, list[str]]
    note: str
    value: float | None


def of(db: Database, participant_id: str) -> History:
    """The history of a participant. Raises KeyError."""
    person = participants.by_id(db, participant_id)
    return History(person, procedures.of_participant(db, participant_id), visits.of_participant(db, participant_id))


def asking(history: History, now: datetime) -> Row | None:
    """The visit that takes answers from this participant now; None for none."""
    return next((visit for visit in history.visits if asks(visit, history.person, now)), None)


def title(study: Study, visit: Row) -> str:
    """A visit in words: "Injection, 3 months"; a further one of the same timepoint with its number."""
    kind = study.procedures.get(visit["procedure_kind"])
    point = next((each.title for each in study.timepoints if each.key == visit["timepoint"]), visit["timepoint"])
    number = f" ({visit['occasion']})" if visit["occasion"] > 1 else ""
    return f"{kind.title if kind else visit['procedure_kind']}, {point.lower()}{number}"


def fate(db: Database, visit: Row, texts: list[Row], person: Row, changes: list[Row], now: datetime) -> funnel.Fate:
    """How far a visit that came due got. texts: those with its link, first queued first. person: with has_number.
    changes: what was recorded of whether texts reach them, as `store.funnel.reach` gives it."""
    due = not texts and visit_rules.takes_answers(visit, now)
    waits = {"red_waits": due and alerts.texts_waiting(db, person["id"]), "plain_stop": due and person["plain_stop"]}
    return funnel.fate(visit, texts, funnel.as_it_stood(person, changes, visit, now) | waits, now)


def pain(db: Database, means: Means, history: History, now: datetime) -> list[Pain]:
    """The pain scores of every visit that came due, by day. A missed or declined one stands there without a value;
    one not sent shows what was saved so far, and is no value."""
    found = [_pain(db, means, history, visit, now) for visit in history.visits if visit["due_on"]]
    return sorted((each for each in found if each), key=lambda each: each.on)


def topics(study: Study, scores: list[Pain]) -> list[tuple[str, str]]:
    """(item key, title) of what the visits tell beside the pain: medicines, problems."""
    language, found = study.study.default_language, listing.topics(study).items()
    return [(key, study.words(screen.title, language)) for key, screen in found if any(s.told.get(key) for s in scores)]


def _pain(db: Database, means: Means, history: History, visit: Row, now: datetime) -> Pain | None:
    status = visit_rules.status(visit, now)
    if status in ("planned", "cancelled"):
        return None
    study = means.study(db, visit["study_version"])
    sent = reports.response_of(db, visit["id"])
    answers = sent["answers"] if sent else reports.answers(db, visit["id"])
    first, worst = (answers.get(key) for key in (study.instrument.primary, study.instrument.worst))
    on = visit_rules.answered_on(visit, history.zone) if sent else day_of(visit["due_on"])
    language = study.study.default_language
    return Pain(
        title(study, visit),
        on,
        plain(study, study.instrument.primary, first, language),
        plain(study, study.instrument.worst, worst, language),
        _opioids(study, visit, answers),
        listing.told(study, visit["timepoint"], answers, language),
        _note(study, visit, history, status, draft=bool(answers)),
        float(first) if sent and isinstance(first, int | float) else None,
    )


def _opioids(study: Study, visit: Row, answers: dict) -> str:
    """The opioids of a visit in MME; "" where it has no answers or asks for none."""
    told = opioids.told(study, visit["timepoint"], answers) if answers else None
    return told.whole if told else ""


def _note(study: Study, visit: Row, history: History, status: str, *, draft: bool) -> str:
    """What must be known of a score: that it was not sent, lies outside the window, or followed a procedure. draft:
    whether there are answers."""
    if status != "submitted":
        standing = spoken.visit_standing(visit, status)
        return f"{standing}, not sent" if draft and status == "missed" else standing
    return ", ".join(notes(study, visit, history.procedures, history.zone))


def notes(study: Study, visit: Row, done: list[Row], zone: ZoneInfo) -> list[str]:
    """What must be known of an answered visit beside the procedures that were done, in words: that it lies outside its
    window, on the day of its procedure, or after one."""
    own = next(row for row in done if row["id"] == visit["procedure_id"])
    found = [_FLAGS[flag] for flag in visit_rules.flags(study, visit, own, done, zone)]
    return found or (["outside its window"] if visit_rules.in_window(visit, zone) == 0 else [])


_FLAGS = {
    "baseline_same_day": "on the day of the procedure",
    "baseline_after_procedure": "after the procedure: no reference",
    "after_next_procedure": "after the next procedure",
}
