"""Queue what visits call for: invitations, reminders, calls. Texts become rows here and leave in `send`."""

from datetime import datetime
from zoneinfo import ZoneInfo

from prom.actions import plan
from prom.actions.means import Means
from prom.keys import token_hash
from prom.rules.contacting import Contact, counts, due_contacts, next_look, reachable
from prom.rules.hours import working_days_after
from prom.rules.sending import LINKING
from prom.rules.study import Study
from prom.rules.times import DAY, day_of, local_day, stamp
from prom.rules.visit import status
from prom.store import alerts, contacts, messages, participants, procedures, tasks, visits
from prom.store.connect import Database, Row, write

_TEXT = {"invitation": "sms_invite", "again": "sms_invite", "reminder": "sms_remind"}
_TEXTED = "texted"  # how a call ends that a text made needless; where texts are not the way again, it is raised anew


def look_at(db: Database, means: Means, visit: Row, now: datetime) -> None:
    """Queue what is due for one visit and note when to look again. One that fails stands in no other's way: it is
    looked at again in some minutes."""
    try:
        _look_at(db, means, visit, now)
    except Exception:
        with write(db):
            visits.change(db, visit["id"], look_at=stamp(now + plan.AGAIN))
        raise


def _look_at(db: Database, means: Means, visit: Row, now: datetime) -> None:
    with write(db):
        visit = visits.by_id(db, visit["id"])
        person = participants.by_id(db, visit["participant_id"])
        study = means.study(db, visit["study_version"])
        by_text, held = _way(db, means, person)
        asked = by_text and not held and person["plain_stop"]  # somebody is to ask them: no text, and no call beside it
        if person["contact_mode"] != "none" and not person["left"] and not asked:
            due = due_contacts(study, person, visit, _texts(db, visit), by_text, now, held)
            for contact in due:
                _do(db, means, person, visit, contact, now)
        again = next_look(study, person, visit, _texts(db, visit), by_text, now, held)
        visits.change(db, visit["id"], look_at=stamp(again) if again else None)
        if status(visit, now) not in ("planned", "open", "started"):
            tasks.finish_for(db, "call", visit["id"], stamp(now), None, "visit_over")
        elif person["wrong_since"]:
            tasks.finish_for(db, "call", visit["id"], stamp(now), None, "not_theirs")


def texted(db: Database, means: Means, message: Row, now: datetime) -> None:
    """A text with a visit's link was taken by the provider: a call that stood in for it is not needed, as texts are the
    way again and no call is due beside them. Call it inside a write."""
    if message["kind"] not in LINKING or not tasks.is_open(db, "call", message["visit_id"]):
        return
    visit = visits.by_id(db, message["visit_id"])
    person, study = participants.by_id(db, visit["participant_id"]), means.study(db, visit["study_version"])
    by_text, held = _way(db, means, person)
    due = due_contacts(study, person, visit, _texts(db, visit), by_text, now, held)
    if not any(contact.kind == "call" for contact in due):
        tasks.finish_for(db, "call", visit["id"], stamp(now), None, _TEXTED)


def _texts(db: Database, visit: Row) -> list[Row]:
    return [message for message in messages.of_visit(db, visit["id"]) if counts(message)]


def _way(db: Database, means: Means, person: Row) -> tuple[bool, bool]:
    """Whether texts are the way to somebody, and whether a red alert keeps them back."""
    by_text = reachable(person, *_number(db, means, person))
    return by_text, by_text and alerts.texts_waiting(db, person["id"])


def _number(db: Database, means: Means, person: Row) -> tuple[str, bool]:
    """The participant's number and whether it is opted out."""
    number = means.keys.open(contacts.of_participant(db, person["id"])["mobile_sealed"])
    return number, bool(number) and contacts.opted_out(db, means.keys.number_hashes(number))


def _do(db: Database, means: Means, person: Row, visit: Row, contact: Contact, now: datetime) -> None:
    if contact.kind == "call":
        if not person["wrong_since"]:  # nobody to call at a number that is not theirs: to find theirs is the task
            _ask_people(db, person, visit, contact, now)
        return
    ensure_link(db, means, visit["id"], now)
    messages.queue(
        db,
        lane="participant",
        kind=contact.kind,
        step=contact.step,
        about=visit["id"],
        recipient=person["id"],
        participant_id=person["id"],
        visit_id=visit["id"],
        text_key=_TEXT[contact.kind],
        language=person["language"],
        study_version=visit["study_version"] or means.version,
        queued_at=stamp(now),
        due_at=stamp(now),
    )


def _ask_people(db: Database, person: Row, visit: Row, contact: Contact, now: datetime) -> None:
    """Raise the call; where no consent to the study stands nobody calls, and somebody is asked to see to that."""
    kind, subject = ("call", visit["id"]) if person["study_consent"] else ("consent_missing", person["id"])
    if not tasks.exists(db, kind, subject, since=stamp(contact.due_at), but=_TEXTED):
        today = local_day(now, ZoneInfo(person["zone"]))
        about = {"participant_id": person["id"], "visit_id": visit["id"], "due_on": today.isoformat()}
        tasks.raise_task(db, kind, subject, stamp(now), **about)


def ensure_link(db: Database, means: Means, visit_id: str, now: datetime) -> Row:
    """The standing link of a visit, made when there is none. Looks before it writes."""
    if standing := visits.link_of(db, visit_id):
        return standing
    with write(db):
        found = visits.link_of(db, visit_id)
        if found is None:
            generation = (visits.by_id(db, visit_id)["generation"] or 0) + 1
            token = means.keys.token(visit_id, generation, means.keys.newest)
            visits.add_link(db, visit_id, generation, means.keys.newest, token_hash(token), stamp(now))
            found = visits.link_of(db, visit_id)
        assert found is not None
        return found


def link(means: Means, row: Row) -> str:
    """The address of a visit's link, derived anew; it is stored nowhere."""
    return f"{means.base_url}/s/{means.keys.token(row['visit_id'], row['generation'], row['key_id'])}"


def unconfirmed(db: Database, study: Study, now: datetime) -> list[Row]:
    """Procedures whose planned day passed two working days ago with no word, and for which nobody was asked since."""
    today = local_day(now, study.zone)
    return [
        row
        for row in procedures.planned_until(db, (today - DAY).isoformat())
        if working_days_after(study, day_of(row["planned_on"]), 2) <= today
        and not participants.by_id(db, row["participant_id"])["left"]
        and not tasks.exists(db, "procedure_to_confirm", row["id"], since=row["planned_on"])
    ]


def ask_to_confirm(db: Database, procedure: Row, now: datetime) -> None:
    """Raise the task to confirm a procedure."""
    with write(db):
        tasks.raise_task(
            db,
            "procedure_to_confirm",
            procedure["id"],
            stamp(now),
            participant_id=procedure["participant_id"],
            procedure_id=procedure["id"],
            due_on=local_day(now, ZoneInfo(procedure["zone"])).isoformat(),
        )
