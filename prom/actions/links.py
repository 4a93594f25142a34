"""Links: what the token in a participant's address leads to."""

from dataclasses import dataclass, replace
from datetime import datetime

from prom.actions import identity, language, not_theirs
from prom.actions.means import Means
from prom.keys import token_hash
from prom.rules.study import Study
from prom.rules.visit import status
from prom.store import participants, visits
from prom.store.connect import Database, Row


@dataclass(frozen=True)
class Opened:
    """What a link leads to.

    state: ask | submitted | planned | closed | ended (the link, not the visit) | not_theirs | withdrawn: what the page
    says.
    link: {} where staff enter the answers.
    language: that of its pages. address: the path of the form, with its pass. identity: how its holder is known, as
    `identity.of_holder` says; `staff` where they enter the answers. passed: the pass that it came with, run out or not.
    """

    visit: Row
    person: Row
    study: Study
    state: str
    language: str
    address: str
    link: Row
    identity: str
    passed: Row | None

    @property
    def ended(self) -> bool:
        """Whether the link has ended: whoever has it now may be a stranger."""
        return self.state in ("ended", "not_theirs")

    @property
    def unknown(self) -> bool:
        """Whether the year of birth is asked of its holder and was never given: it may be another than the
        participant."""
        return self.identity == "asked"

    @property
    def identified(self) -> bool:
        """Whether the page may show what stands in the form."""
        return self.identity in ("link", "birth_year", "staff")

    @property
    def shows_history(self) -> bool:
        """Whether answers of earlier reports may appear in the form: its holder gave the year of birth, or is asked for
        nothing and the study lets whoever has the link see them; staff see them anyhow."""
        known = self.identity in ("birth_year", "lapsed", "staff")
        return known or self.identity == "link" and self.study.survey.show_history

    @property
    def identity_check(self) -> str:
        """What a report that is sent from here says of it."""
        return self.identity if self.identity in ("link", "staff") else "birth_year"


def find(db: Database, means: Means, token: str, now: datetime, given: str = "") -> Opened | None:
    """What a link's token leads to; None for a token that was never given out. Changes nothing. given: the pass in the
    address; one that is not of this link is as none."""
    link = visits.by_token(db, token_hash(token))
    if link is None:
        return None
    visit = visits.by_id(db, link["visit_id"])
    person = participants.by_id(db, visit["participant_id"])
    study = means.study(db, visit["study_version"])
    known, passed = identity.of_holder(db, means, study, person["id"], link, given, now)
    return Opened(
        visit,
        person,
        study,
        _state(visit, person, link, now),
        language=language.of(means, study, person),
        address=f"/s/{token}/{given}" if known == "birth_year" else f"/s/{token}",
        link=link,
        identity=known,
        passed=passed,
    )


def for_staff(db: Database, means: Means, visit_id: str, now: datetime, address: str) -> Opened:
    """What a visit's form is to staff who enter the answers for its participant. address: of their pages. Raises
    KeyError."""
    visit = visits.by_id(db, visit_id)
    person = participants.by_id(db, visit["participant_id"])
    study = means.study(db, visit["study_version"])
    spoken, state = language.of(means, study, person), _visit_state(visit, person, now)
    return Opened(visit, person, study, state, spoken, address, link={}, identity="staff", passed=None)


def again(db: Database, opened: Opened, now: datetime) -> Opened:
    """What the same link leads to after something was written."""
    visit = visits.by_id(db, opened.visit["id"])
    return replace(opened, visit=visit, state=_state(visit, opened.person, opened.link, now))


def _state(visit: Row, person: Row, link: Row, now: datetime) -> str:
    if person["wrong_since"] and link["ended_how"] == not_theirs.HOW:
        return "not_theirs"
    return "ended" if link["ended_at"] else _visit_state(visit, person, now)


def _visit_state(visit: Row, person: Row, now: datetime) -> str:
    if visit["submitted_at"]:
        return "submitted"
    if person["left"] or not person["study_consent"] or visit["cancel_reason"] == "withdrawn":
        return "withdrawn"
    return {"open": "ask", "started": "ask", "planned": "planned"}.get(status(visit, now), "closed")
