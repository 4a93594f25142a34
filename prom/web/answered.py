"""A report, sent or not, as a nurse reads it: questions and answers in words, and what was changed by Back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prom.actions.means import Means
from prom.rules import recall
from prom.rules import visit as visit_rules
from prom.rules.answers import given, is_declined
from prom.rules.instrument import answer_keys, kept, label, plain, split_key
from prom.rules.study import Study
from prom.rules.texts import spoken_day
from prom.store import reports
from prom.store.connect import Database, Row
from prom.web import history as histories
from prom.web import opioids, snooze, spoken
from prom.web.alert_story import Why
from prom.web.history import History
from prom.web.opioids import Opioids
from prom.web.snooze import Snoozed


@dataclass(frozen=True)
class Change:
    """An answer that no longer stands, and when it gave way (or, of a late one, when it was saved). fired: the class of
    the alert it raised and would not raise as it now stands; "" for none."""

    words: str
    at: str
    fired: str = ""


@dataclass(frozen=True)
class Line:
    """One question. answer: as it stands, in words. before: what it was, oldest first. late: saved after the form had
    closed. hidden: no longer asked after a change of another answer. copied: it stands as it was copied from the last
    report. fired: the class of the alert that the answer
    raised as it stands; "" for none."""

    key: str
    question: str
    answer: str
    before: tuple[Change, ...]
    late: tuple[Change, ...]
    hidden: bool
    copied: bool
    fired: str

    @property
    def reason(self) -> bool:
        """Whether the answer, as it stands or as it was, raised an alert."""
        return bool(self.fired) or any(change.fired for change in self.before)


@dataclass(frozen=True)
class Report:
    """A report or an unsent draft. free_text: whether something was written in it. who: filled it in (self | helped |
    proxy), None where it is not said. opioids: None where not asked. snoozed: the reasons that called nobody.
    entered_by: who saved its screens, in their order: staff by name, "" for the participant."""

    visit: Row
    title: str
    status: str
    lines: tuple[Line, ...]
    opioids: Opioids | None
    free_text: bool
    average: str
    worst: str
    saved_at: str | None
    sent: Row | None
    who: str | None
    snoozed: tuple[Snoozed, ...]
    entered_by: tuple[str, ...]

    @property
    def by_both(self) -> bool:
        """Whether some screens came from the participant's link and others from staff."""
        return "" in self.entered_by and len(self.entered_by) > 1


def report(
    db: Database, means: Means, visit: Row, history: History, now: datetime, reasons: tuple[Why, ...] = ()
) -> Report:
    """A visit's report as it stands now; without lines where nothing was saved. reasons: those of its alerts."""
    study = means.study(db, visit["study_version"])
    screens, sent = reports.screens(db, visit["id"]), reports.response_of(db, visit["id"])
    saved = sent["answers"] if sent else reports.answers(db, visit["id"])
    live = kept(study, visit["timepoint"], saved)
    since = visit_rules.since(history.procedures, history.visits, visit, history.zone)
    language = study.study.default_language
    words = spoken_day(since, language, year=True) if since else "the last check-in"
    copied = recall.copied(study, screens)
    lines = (
        _line(study, key, saved, live, copied, screens, words, language, [why for why in reasons if why.item == key])
        for key in answer_keys(study)
    )
    who = live.get(study.instrument.who)
    every = [live, *(screen["answers"] for screen in screens)]
    return Report(
        visit,
        histories.title(study, visit),
        visit_rules.status(visit, now),
        tuple(line for line in lines if line),
        opioids.told(study, visit["timepoint"], live),
        any(_written(study, answers) for answers in every),
        plain(study, study.instrument.primary, saved.get(study.instrument.primary), language),
        plain(study, study.instrument.worst, saved.get(study.instrument.worst), language),
        screens[-1]["saved_at"] if screens else None,
        sent,
        who if given(who) else None,
        snooze.of_visit(db, means, visit["id"]),
        tuple(dict.fromkeys(screen["staff_name"] or "" for screen in screens)),
    )


def _line(
    study: Study,
    key: str,
    saved: dict,
    live: dict,
    copied: set[str],
    screens: list[Row],
    since: str,
    language: str,
    reasons: list[Why],
) -> Line | None:
    given_at = [(screen["answers"][key], screen["saved_at"]) for screen in screens if _holds(screen, key, late=False)]
    given_at = [(value, at) for value, at in given_at if value is not None]  # None takes a copy back
    late = [(screen["answers"][key], screen["saved_at"]) for screen in screens if _holds(screen, key, late=True)]
    if key not in saved and not late:
        return None
    pairs = zip(given_at, given_at[1:], strict=False)
    stands = [why for why in reasons if _gave(saved.get(key), why)]
    gone = [why for why in reasons if why not in stands]
    return Line(
        key,
        label(study, key, language, since),
        _words(study, key, saved[key], language) if key in saved else "",
        tuple(
            Change(_words(study, key, was, language), at, _fired(was, gone))
            for (was, _), (now, at) in pairs
            if was != now
        ),
        tuple(Change(_words(study, key, value, language), at, _fired(value, gone)) for value, at in late),
        key in saved and key not in live,
        key in copied,
        _fired(saved.get(key), stands),
    )


def _fired(value: Any, reasons: list[Why]) -> str:
    """The most urgent class of the reasons (in their order) that a value gave; "" for none."""
    return next((why.alert_class for why in reasons if _gave(value, why)), "")


def _gave(value: Any, why: Why) -> bool:
    """Whether a value is one on which the reason fired: declined, one of its choices, its number, or any words."""
    if why.declined or not given(value):
        return why.declined and is_declined(value)
    if "choices" in why.values:
        return not set(why.values["choices"]).isdisjoint(value if isinstance(value, list) else [value])
    return "value" not in why.values or why.values["value"] == value


def _holds(screen: Row, key: str, *, late: bool) -> bool:
    return key in screen["answers"] and bool(screen["late"]) == late


def _words(study: Study, key: str, value: Any, language: str) -> str:
    if study.items[split_key(key)[0]].kind == "date" and isinstance(value, str):
        return spoken.day(value)
    return plain(study, key, value, language) or "nothing written"


def _written(study: Study, answers: dict) -> bool:
    return any(study.items[split_key(key)[0]].kind == "text" and given(value) for key, value in answers.items())
