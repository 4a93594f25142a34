"""Adverse events: what of a report is to be graded, whether a grading is whole and fits itself, and by when an
investigator decides on a possible serious one. A participant's answer is no grade; a grading stands beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from prom.rules.instrument import answer_key, holds, plain, split_key, ticked
from prom.rules.signing import Record
from prom.rules.study import Study
from prom.rules.times import instant

SOURCES = ("report", "call", "visit")  # how it came to be known; "report": the participant ticked it
LONGEST_TERM, LONGEST_NOTE = 200, 2000
DIED = 5  # the grade of death on both scales
LIFE_THREATENING = 4  # from this grade on, on both scales, an event is serious
_SIGNED = (
    "participant_id", "visit_id", "item", "source", "alert_id", "term", "started_on", "ended_on", "ctcae", "sir",
    "related", "procedure_id", "serious", "criteria", "outcome", "actions", "note", "reason", "graded_by", "graded_at",
)  # fmt: skip
_SIGNED_NONE = ("participant_id", "visit_id", "item", "alert_id", "reason", "decided_by", "decided_at")


# ---- what is to be graded


def reported(study: Study, timepoint: str, answers: dict) -> tuple[str, ...]:
    """What a report tells of that is to be graded: `item/choice` for each side effect, in the order of the list, and
    the item of care where it was an emergency room or a hospital stay."""
    given, care = study.adverse_events, study.instrument.care
    ticks = _live(study, timepoint, answers, given.reported)
    found = [answer_key(given.reported, choice.key) for choice in study.items[given.reported].choices
             if isinstance(ticks, list) and choice.key in ticks]  # fmt: skip
    return (care, *found) if _live(study, timepoint, answers, care) in given.care else tuple(found)


def _live(study: Study, timepoint: str, answers: dict, item: str) -> Any:
    """The answer to an item that is asked once; None where it is not asked, or a change has branched it away. As
    `instrument.kept`, of one item: a list of thousands of reports is looked through by it."""
    when = study.screen_of[item].show_when
    if item not in study.timepoint(timepoint).asks:
        return None
    if when and not holds(_live(study, timepoint, answers, when.item), when.is_):
        return None
    return answers.get(item)


def choices_told(study: Study) -> tuple[str, ...]:
    """Words one of which stands in any report that has something to grade: by these reports can be looked up."""
    return (study.adverse_events.reported, *study.adverse_events.care)


def thing_of(study: Study, key: str) -> str | None:
    """What of a report an answer tells about: of se_care/fever it is se_list/fever. None for what is not graded."""
    item, instance = split_key(key)
    given = study.adverse_events
    if key == study.instrument.care:
        return key
    if item == given.reported and instance:
        return key
    if instance and item in study.items and study.screen_of[item].for_each == given.reported:
        return answer_key(given.reported, ticked(instance))
    when = study.screen_of[item].show_when if item in study.items else None
    return study.instrument.care if when and when.item == study.instrument.care else None


def words(study: Study, thing: str, answers: dict, language: str) -> str:
    """What was reported, in the words of its choice: "Fever of 38.0 C or more, or chills", "Hospital stay"."""
    item, choice = split_key(thing)
    if item not in study.items:
        return thing
    return plain(study, item, [choice] if choice else answers.get(item), language)


# ---- a grading


@dataclass(frozen=True)
class Grading:
    """What a clinician says of an adverse event. ctcae, sir: 1 to 5, one of them may be None. procedure_id: of the
    participant's, None for none. criteria, actions: keys of the study's lists."""

    term: str
    started_on: date | None
    ended_on: date | None
    ctcae: int | None
    sir: int | None
    related: str | None
    procedure_id: str | None
    serious: bool | None
    criteria: tuple[str, ...]
    outcome: str | None
    actions: tuple[str, ...]
    note: str = ""


Fault = tuple[str, str]  # the field of Grading, the key of a refusal


def faults(study: Study, given: Grading, today: date, procedures: Iterable[Mapping]) -> list[Fault]:
    """What is missing in a grading, or contradicts itself; [] for one that can be signed. today: on the study's
    calendar. procedures: those of the participant.

    Grade 4 and 5 are serious; grade 5, the outcome and the criterion of death go together. Source: the words of both
    scales, and ICH E2A on what is serious."""
    return [*_term(given), *_days(given, today), *_grades(given), *_related(study, given, procedures),
            *_serious(study, given), *_death(study, given), *_lists(study, given)]  # fmt: skip


def _term(given: Grading) -> list[Fault]:
    if not given.term.strip():
        return [("term", "term_missing")]
    if len(given.term) > LONGEST_TERM or len(given.note) > LONGEST_NOTE:
        return [("term" if len(given.term) > LONGEST_TERM else "note", "note_too_long")]
    return []


def _days(given: Grading, today: date) -> list[Fault]:
    found = [(name, "date_future") for name in ("started_on", "ended_on") if (getattr(given, name) or today) > today]
    if given.started_on and given.ended_on and given.ended_on < given.started_on:
        found.append(("ended_on", "ended_before_start"))
    return found


def _grades(given: Grading) -> list[Fault]:
    grades = {"ctcae": given.ctcae, "sir": given.sir}
    if given.ctcae is None and given.sir is None:
        return [("ctcae", "grade_missing")]
    return [(name, "grade_unknown") for name, grade in grades.items() if grade is not None and not 1 <= grade <= DIED]


def _related(study: Study, given: Grading, procedures: Iterable[Mapping]) -> list[Fault]:
    done = {row["id"] for row in procedures if row["status"] in ("performed", "attempted")}
    if given.related not in [entry.key for entry in study.adverse_events.related]:
        return [("related", "related_required")]
    if given.related == study.adverse_events.unrelated:
        return [("procedure_id", "procedure_unasked")] if given.procedure_id else []
    if given.procedure_id is None:
        return [("procedure_id", "procedure_required")] if done else []
    return [] if given.procedure_id in done else [("procedure_id", "procedure_not_found")]


def _serious(study: Study, given: Grading) -> list[Fault]:
    known = [entry.key for entry in study.adverse_events.criteria]
    if given.serious is None:
        return [("serious", "serious_required")]
    if given.serious and not (given.criteria and set(given.criteria) <= set(known)):
        return [("criteria", "criterion_required")]
    if not given.serious and given.criteria:
        return [("criteria", "criterion_unasked")]
    if not given.serious and max(given.ctcae or 0, given.sir or 0) >= LIFE_THREATENING:
        return [("serious", "grade_is_serious")]
    return []


def _death(study: Study, given: Grading) -> list[Fault]:
    """Death is said everywhere or nowhere."""
    of_death = [entry.key for entry in study.adverse_events.criteria if entry.death]
    fatal = [entry.key for entry in study.adverse_events.outcomes if entry.death]
    by_grade = DIED in (given.ctcae, given.sir)
    both_grades = all(grade in (None, DIED) for grade in (given.ctcae, given.sir))
    by_criterion = bool(set(given.criteria) & set(of_death))
    by_outcome = given.outcome in fatal
    if not (by_grade or by_criterion or by_outcome):
        return []
    found = []
    if not by_grade or not both_grades:
        found.append(("ctcae" if given.ctcae not in (None, DIED) else "sir", "death_needs_grade"))
    if not by_criterion and given.serious:
        found.append(("criteria", "death_needs_criterion"))
    if not by_outcome:
        found.append(("outcome", "death_needs_outcome"))
    return found


def _lists(study: Study, given: Grading) -> list[Fault]:
    lists, found = study.adverse_events, []
    if given.outcome not in [entry.key for entry in lists.outcomes]:
        found.append(("outcome", "outcome_required"))
    alone = [entry.key for entry in lists.actions if entry.alone]
    if not given.actions or not set(given.actions) <= {entry.key for entry in lists.actions}:
        found.append(("actions", "action_required"))
    elif len(given.actions) > 1 and set(given.actions) & set(alone):
        found.append(("actions", "action_alone"))
    return found


# ---- what is signed


def record(event: Mapping[str, Any]) -> Record:
    """One version of an adverse event (its row) as it is signed."""
    return Record("adverse_event", event["id"], event["version"], {name: event[name] for name in _SIGNED})


def record_of_none(decision: Mapping[str, Any]) -> Record:
    """The decision (its row) that something is no adverse event, as it is signed."""
    return Record("no_adverse_event", decision["id"], 1, {name: decision[name] for name in _SIGNED_NONE})


# ---- the investigator's clock


@dataclass(frozen=True)
class Clock:
    """By when an investigator decides. step: 0 until the warning, 1 from it on, 2 once overdue."""

    since: datetime
    due: datetime
    step: int

    @property
    def overdue(self) -> bool:
        """Whether the time is over."""
        return self.step == 2


def clock(study: Study, since: str, now: datetime) -> Clock:
    """The clock of an undecided alert. since: when the first of its undecided reasons came in that may be serious, as
    stored. It runs at night and on holidays: hours of the day are what reporting duties count."""
    given, start = study.adverse_events, instant(since)
    due = start + timedelta(hours=given.decision_hours)
    return Clock(start, due, (now >= due - timedelta(hours=given.warn_hours)) + (now >= due))
