"""Answers: each screen is saved, the first screen is judged at once, sending is one write."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from prom.actions import alerts as alert_actions
from prom.actions import language, plan
from prom.actions.links import Opened
from prom.actions.means import Means
from prom.errors import AlreadyAnswered, ChangedElsewhere, LinkClosed, Refusal
from prom.rules import recall
from prom.rules.answers import given
from prom.rules.instrument import first_open, kept, warns
from prom.rules.renewing import renewed
from prom.rules.saving import Page, changed_elsewhere, last_of, reads_otherwise, repeats, said_anew
from prom.rules.study import Study
from prom.rules.times import local_day, stamp
from prom.rules.visit import status, takes_answers
from prom.store import audit, held, participants, reports, tasks, visits
from prom.store.connect import Database, Row, write


def open_visit(db: Database, means: Means, visit_id: str, now: datetime) -> None:
    """Note the first POST on a link; the visit keeps the study version in force now."""
    with write(db):
        visit = visits.by_id(db, visit_id)
        visits.mark(db, visit_id, "opened_at", stamp(now))
        if visit["study_version"] is None:
            visits.change(db, visit_id, study_version=means.version)


def save(
    db: Database,
    means: Means,
    visit_id: str,
    step: str,
    answers: dict[str, Any],
    now: datetime,
    *,
    layout: str | None = None,
    page: Page | None = None,
    by: Opened | None = None,
    staff_id: str | None = None,
) -> None:
    """Save one screen. answers: {answer key: value}, already checked. Judges the first screen at once. Answers that
    stand as they are get no second row, but for a warning sign on another page than before, which calls anew. layout:
    how the pain scale stood on the phone: row | column. page: what the page that it was sent from knew; None where
    there was none. by: the link that it came by, as it was found. Once that has ended only a warning sign is kept; a
    holder who is unknown replaces no answer but with a warning sign; answers of the last report are copied, where these
    say so, if it may show them. staff_id: who entered it for the participant.

    Raises AlreadyAnswered where such an answer stands; also after sending, when a screen with a warning sign is kept
    beside the report and raises the alert all the same; LinkClosed after closing, when the screen is kept in the draft
    for the nurses all the same, and a warning sign in it raises the alert all the same; ChangedElsewhere where another
    answer was saved since the page was made: never for a screen with a warning sign.
    """
    with write(db):
        visit = visits.by_id(db, visit_id)
        person = participants.by_id(db, visit["participant_id"])
        study, sent = means.study(db, visit["study_version"]), bool(visit["submitted_at"])
        warned = warns(study, answers)
        if sent and not warned:
            raise AlreadyAnswered("used")
        ended = _has_ended(db, by)
        if ended and not warned:
            raise LinkClosed("closed")
        late = sent or ended or not asks(visit, person, now)
        saved = reports.screens(db, visit_id)
        if by and by.unknown and not warned and last_of(saved, answers, with_late=late):
            raise AlreadyAnswered("used")
        if page and not late and not warned and changed_elsewhere(saved, answers, page):
            raise ChangedElsewhere("changed_elsewhere")
        if not late:
            open_visit(db, means, visit_id, now)
        anew = not repeats(saved, answers, late=late) or warned and said_anew(saved, answers, page)
        if anew:
            sheet = page.sheet if page else None
            history = by is not None and by.shows_history and not late
            more = _recalled(db, study, visit, person, step, answers, saved, now) if history else {}
            more |= {} if late else renewed(study, answers, saved) | recall.departed(study, answers, saved)
            reports.save(
                *(db, visit_id, step, answers | more, stamp(now)),
                layout=layout,
                late=late,
                sheet=sheet,
                staff_id=staff_id,
            )
        held.forget_step(db, visit_id, step)
        if not late:
            _started(db, means, visit_id, now)
        visit = visits.by_id(db, visit_id)
        if study.instrument.red in answers:
            alert_actions.judge(db, means, visit, answers, now, red_only=True, anew=anew)
    if sent:
        raise AlreadyAnswered("used")
    if late:
        raise LinkClosed("closed")


def _recalled(db, study, visit, person, step, answers, saved, now) -> dict[str, Any]:
    """What a screen that shows the last report adds to its own answers."""
    last = reports.last_before(db, person["id"], visit["id"])
    today = local_day(now, ZoneInfo(person["zone"]))
    return recall.added(study, visit["timepoint"], step, answers, saved, last["answers"] if last else None, today)


def hold(
    db: Database,
    means: Means,
    visit_id: str,
    step: str,
    form: dict[str, list[str]],
    now: datetime,
    *,
    by: Opened | None = None,
) -> str | None:
    """Hold a screen that could not be saved as it was sent, to be shown again; its id. form: the values of each field.
    by: the link that it came by. None where visit or link ask nothing any more: nothing is held then."""
    with write(db):
        visit = visits.by_id(db, visit_id)
        if _has_ended(db, by) or not asks(visit, participants.by_id(db, visit["participant_id"]), now):
            return None
        open_visit(db, means, visit_id, now)
        return held.hold(db, visit_id, step, form, stamp(now))


def _has_ended(db: Database, by: Opened | None) -> bool:
    """Whether a link has ended, also since it was found; False for none."""
    return by is not None and bool(by.link) and bool(visits.link(db, by.link["id"])["ended_at"])


def asks(visit: Row, person: Row, now: datetime) -> bool:
    """Whether the visit takes answers from this person now."""
    return not person["left"] and bool(person["study_consent"]) and takes_answers(visit, now)


def _started(db: Database, means: Means, visit_id: str, now: datetime) -> None:
    visit = visits.by_id(db, visit_id)
    if visit["started_at"]:
        return
    visits.mark(db, visit_id, "started_at", stamp(now))
    plan.keep(db, means, visit["participant_id"], now)


def submit(
    db: Database,
    means: Means,
    visit_id: str,
    now: datetime,
    *,
    mode: str = "web",
    identity_check: str = "link",
    staff_id: str | None = None,
    filled_on: str | None = None,
    page: Page | None = None,
) -> str:
    """Make the saved answers the visit's one report; returns its id. page: what the page that showed them knew.
    filled_on: the day on which the participant filled it in on paper.

    One write: report, alert with its messages, tasks, plan, audit. Raises AlreadyAnswered the second time,
    LinkClosed after closing, Refusal("not_finished") while a shown screen has no answer, ChangedElsewhere where the
    answers are not those that the page showed.
    """
    with write(db):
        visit = visits.by_id(db, visit_id)
        if visit["submitted_at"]:
            raise AlreadyAnswered("used")
        if status(visit, now) not in ("open", "started"):
            raise LinkClosed("closed")
        study = means.study(db, visit["study_version"])
        answers = kept(study, visit["timepoint"], reports.answers(db, visit_id))
        if first_open(study, visit["timepoint"], answers) is not None:
            raise Refusal("not_finished")
        if page and reads_otherwise(reports.screens(db, visit_id), page):
            raise ChangedElsewhere("changed_elsewhere")
        return _submit(db, means, study, visit, answers, now, mode, identity_check, staff_id, filled_on)


def _submit(db, means, study, visit, answers, now, mode, identity_check, staff_id, filled_on) -> str:
    person = participants.by_id(db, visit["participant_id"])
    who = answers.get(study.instrument.who)
    response_id = reports.add_response(
        db,
        visit["id"],
        answers,
        stamp(now),
        study_version=visit["study_version"] or means.version,
        language=language.of(means, study, person),
        mode=mode,
        who=who if given(who) else None,
        identity_check=identity_check,
        layout=reports.layout(db, visit["id"]),
        recorded_by=staff_id,
        filled_on=filled_on,
    )
    held.forget_visit(db, visit["id"])
    alert_actions.judge(db, means, visit, answers, now)
    visits.change(db, visit["id"], submitted_at=stamp(now), look_at=None)
    tasks.finish_for(db, "call", visit["id"], stamp(now), staff_id, "answered")
    audit.record(db, stamp(now), staff_id or "participant", "submitted", visit["id"], mode=mode)
    plan.keep(db, means, visit["participant_id"], now)
    return response_id


def stale(db: Database, study: Study, now: datetime, many: int) -> list[Row]:
    """Unsent drafts whose rules are due: an hour after their last save, and when their visit closes."""
    quiet = timedelta(minutes=study.alerts.stale_draft_minutes)
    return reports.stale(db, stamp(now - quiet), stamp(now), many)


def judge_draft(db: Database, means: Means, draft: Row, now: datetime) -> None:
    """Run all rules on an unsent draft as it was last saved. draft: visit_id, seq."""
    with write(db):
        visit = visits.by_id(db, draft["visit_id"])
        if not visit["submitted_at"] and visit["study_version"]:
            study = means.study(db, visit["study_version"])
            answers = kept(study, visit["timepoint"], reports.answers(db, visit["id"]))
            alert_actions.judge(db, means, visit, answers, now)
        reports.checked(db, draft["visit_id"], draft["seq"], stamp(now))
