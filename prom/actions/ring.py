"""A test of the night phone: a text that looks like a red one, to whoever is on call, answered by tapping or by texting
its code back. Unanswered by the deadline of a red alert it goes to the next person, and the operator is told. It is no
alert and stands in no figure."""

from datetime import datetime, timedelta

from prom.actions import staff_text
from prom.actions.alarms import keep
from prom.actions.means import Means
from prom.actions.rota import on_call_at
from prom.errors import Conflict, NotFound
from prom.rules import ladder
from prom.rules.hours import is_open
from prom.rules.rota import next_night
from prom.rules.sending import REHEARSAL
from prom.rules.study import Study
from prom.rules.texts import fill
from prom.rules.times import DAY, instant, stamp
from prom.store import audit, rota
from prom.store.connect import Database, Row, write

UNANSWERED = "rehearsal_unanswered"
_GOES_ON = timedelta(hours=1)  # after its deadline a test goes to nobody else
_LASTS = 30 * DAY  # for so long an unanswered test is a fault, if no later one is answered


def ask(db: Database, means: Means, site_id: str, now: datetime, *, tonight: bool, by: str | None) -> str:
    """Text whoever is called first by a red alert now, or when the next night begins; the id of the test. Raises
    Conflict where nobody can be told, and while a test stands unanswered."""
    study = means.study(db)
    for_at = next_night(study, now) if tonight else now
    with write(db):
        last = next(iter(rota.rings(db, site_id, 1)), None)
        if last and not last["answered_at"] and now < _deadline(study, last):
            raise Conflict("ring_stands", minutes=study.alerts.red.acknowledge_minutes)
        person = first_called(db, means, site_id, for_at)
        if person is None:
            raise Conflict("ring_nobody")
        ring_id = rota.add_ring(db, site_id, stamp(for_at), stamp(now), by)
        _text(db, means, ring_id, 0, person, now)
        audit.record(db, stamp(now), by or "system", "phone_rung", site_id, ring=ring_id, staff=person)
        return ring_id


def first_called(db: Database, means: Means, site_id: str, at: datetime) -> str | None:
    """Who a red alert would call first at an instant; None where nobody can be told."""
    return _person(db, means, means.study(db), site_id, 0, at)


def answer(db: Database, ring_id: str, now: datetime, *, staff_id: str, site_id: str, how: str) -> bool:
    """Who was texted has the test; False where somebody had it before. how: "page" or "text". Raises NotFound, Conflict
    for somebody who was not texted."""
    with write(db):
        found = rota.ring(db, ring_id)
        if found is None or found["site_id"] != site_id:
            raise NotFound("ring_not_found")
        if staff_id not in [text["staff_id"] for text in rota.texts_of_ring(db, ring_id)]:
            raise Conflict("ring_not_yours")
        if not rota.answer_ring(db, ring_id, staff_id, how, stamp(now)):
            return False
        audit.record(db, stamp(now), staff_id, "phone_answered", site_id, ring=ring_id, by_text=how == "text")
        return True


def watch(db: Database, means: Means, now: datetime) -> None:
    """A test that nobody answered in time, or whose text is known not to have arrived, goes to the next person, once;
    not answered in time it is a fault, until it or a later test is answered: one for a night, where it was for one."""
    study, asked = means.study(db), rota.rings_since(db, stamp(now - _LASTS))
    late = set()
    for found in asked:
        ring_id = found["id"]
        if found["answered_at"] or any(_stands_in(study, later, found) for later in asked):
            continue
        if now >= _deadline(study, found):
            late.add(ring_id)
        lost = any(staff_text.lost(study, text, now) for text in rota.texts_of_ring(db, ring_id))
        if (ring_id in late or lost) and now < _deadline(study, found) + _GOES_ON:
            _go_on(db, means, study, ring_id, now)
    keep(db, means, UNANSWERED, late, "unanswered", now)


def is_due(db: Database, study: Study, site_id: str, now: datetime) -> bool:
    """Whether no test for a night was answered within the study's days: one by day may ring somebody else."""
    since = now - study.night.rehearse_days * DAY
    answered = [each for each in rota.answered(db, site_id, stamp(since)) if for_night(study, each)]
    return not answered


def for_night(study: Study, found: Row) -> bool:
    """Whether a test rang who is called at night."""
    return not is_open(study, instant(found["for_at"]))


def _stands_in(study: Study, later: Row, found: Row) -> bool:
    """Whether the answer to one test does for another that nobody answered."""
    if later["site_id"] != found["site_id"] or not later["answered_at"] or later["answered_at"] < found["asked_at"]:
        return False
    return for_night(study, later) or not for_night(study, found)


def by_text(means: Means, study: Study, message: Row, number: str) -> str:
    """The words that ask for the code of a test; "" where the study's texts go one way."""
    if not study.texting.two_way:
        return ""
    return fill(study, "staff_rehearsal_code", message["language"], code=means.keys.codes(message["id"], number)[0])


def _go_on(db: Database, means: Means, study: Study, ring_id: str, now: datetime) -> None:
    if len(rota.texts_of_ring(db, ring_id)) > 1:
        return
    with write(db):
        found, texts = rota.ring(db, ring_id), rota.texts_of_ring(db, ring_id)
        if found is None or found["answered_at"] or len(texts) > 1:
            return
        at = instant(found["for_at"]) + (now - instant(found["asked_at"]))
        person = _next(db, means, study, found["site_id"], [text["staff_id"] for text in texts], at)
        if person is not None:
            _text(db, means, ring_id, 1, person, now)


def _next(db: Database, means: Means, study: Study, site_id: str, told: list[str], at: datetime) -> str | None:
    """Who a red alert would be told next, of those who were not told of the test."""
    rungs = range(1, len(study.alerts.red.ladder))
    people = (_person(db, means, study, site_id, rung, at) for rung in rungs)
    return next((person for person in people if person and person not in told), None)


def _person(db: Database, means: Means, study: Study, site_id: str, rung: int, at: datetime) -> str | None:
    here = on_call_at(db, means, site_id, at)
    return ladder.person(study, "red", rung, here.nurses, here.lead, at)


def _deadline(study: Study, found: Row) -> datetime:
    return ladder.acknowledge_by(study, "red", instant(found["asked_at"]))


def _text(db: Database, means: Means, ring_id: str, step: int, staff_id: str, now: datetime) -> None:
    staff_text.queue(db, means, REHEARSAL, "staff_rehearsal", staff_id, now, about=ring_id, step=step)
