"""One participant's page for staff: path, procedures, visits, pain, alerts, reports, texts. No name and no number
without the audited tap."""

from flask import Blueprint, g, render_template

from prom.actions import disclose, texting
from prom.errors import NotFound
from prom.rules.visit import path
from prom.rules.visit import status as status_of
from prom.store import alerts, contacts, messages, participants
from prom.web import adverse_story, alert_story, answered, guards, history, snooze, spoken, study_words
from prom.web.chart import chart

bp = Blueprint("participant", __name__)
ROLES = ("nurse", "investigator", "coordinator")


@bp.get("/care/participants/<code>")
@guards.staff(*ROLES)
def show(code):
    """The page of a participant."""
    person = _found(code)
    disclose.viewed(g.db, person["id"], g.now, staff_id=g.staff["id"])
    return _page(person)


@bp.post("/care/participants/<code>/contact")
@guards.staff(*ROLES)
def contact(code):
    """The same page with name and number, once, on the record."""
    person = _found(code)
    return _page(person, disclose.contact(g.db, g.means, person["id"], g.now, staff_id=g.staff["id"]))


def _found(code: str):
    person = participants.by_code(g.db, code, g.sites)
    if person is None:
        raise NotFound("participant_not_found", code=code)
    return person


def _page(person, contact=None) -> str:
    whole = history.of(g.db, person["id"])
    scores = history.pain(g.db, g.means, whole, g.now)
    reports = [answered.report(g.db, g.means, visit, whole, g.now) for visit in whole.visits if visit["started_at"]]
    return render_template(
        "care/participant.html",
        person=person,
        arm=path(g.study, whole.procedures, bool(person["decided"])) or "undecided",
        opted_out=person["id"] in contacts.opted_out_people(g.db),
        texts_wait=alerts.texts_waiting(g.db, person["id"]),
        whole=whole,
        asking=history.asking(whole, g.now),
        states=study_words.PROCEDURES,
        left=study_words.LEFT.get(person["left_how"], "") if person["left"] else "",
        standings={row["id"]: spoken.visit_standing(row, status_of(row, g.now)) for row in whole.visits},
        titles={row["id"]: history.title(g.study, row) for row in whole.visits},
        scores=scores,
        topics=history.topics(g.study, scores),
        picture=chart(g.study, scores, whole),
        told=[alert_story.tell(g.db, g.means, each, g.now) for each in alerts.of_participant(g.db, person["id"])],
        outcomes=alert_story.outcomes(g.study),
        reports=[report for report in reports if report.lines],
        texts=[texting.as_decided(g.db, g.means, each, g.now) for each in messages.of_participant(g.db, person["id"])],
        snoozes=snooze.of_participant(g.db, g.means, person["id"], g.now),
        adverse=adverse_story.beside(g.db, g.means, person["id"], g.now),
        contact=contact,
        nurse=bool({"nurse", "investigator"} & set(g.staff["roles"])),
    )
