"""Every page that a participant can meet, each as a state of one small clinic that an address opens.

A page has a participant of its own, so that the pages may be opened in any order and by any test.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path

from prom.actions import answer, identity, leaving, links, not_theirs, receive, stop_page
from prom.actions.withdraw import record_status
from prom.errors import AlreadyAnswered
from prom.rules.instrument import first_open, split_key
from prom.rules.study import Item
from prom.rules.times import instant, stamp
from prom.sms.gateway import Inbound
from prom.store import contacts, messages, visits
from prom.store.connect import write
from tests.study import SHIPPED, Study
from tests.web.filling import Phone

TREATED, NOON = "2026-03-02", "2026-04-02T15:00:00Z"  # the day of the injection; a Thursday, 11:00 in New York
LATER, NIGHT = "2026-04-09T15:00:00Z", "2026-04-03T05:00:00Z"
# What a participant answers where a page needs nothing else: by item, else by kind, of choices the first.
PLAIN = {"red_flags": ["none"], "med_any": "no", "care_any": "no", "se_any": "no", "comment": "", "who": "self"}
FULL = {
    "med_any": "yes", "med_classes": ["opioid_weak"], "care_any": "hospital_stay", "se_any": "yes",
    "se_list": ["headache"], "se_severity": "light", "se_interference": "not_at_all", "se_care": "no", "se_now": "no",
}  # fmt: skip
LONG = FULL | {
    "med_classes": ["paracetamol", "opioid_weak"], "se_list": ["headache", "numb"], "comment": "All good so far. " * 20,
}  # fmt: skip
BY_KIND = {"nrs": 5, "number": 2, "text": "Made-up", "date": "2026-03-20"}


def study_text() -> str:
    """The shipped study file, but without night cover and with the own pain line: the night notice and the line are
    pages too."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert "cover = true" in text
    assert "show_pain = false" in text
    return text.replace("cover = true", "cover = false").replace("show_pain = false", "show_pain = true")


class ToldClock:
    """A clock that stands where its file says: it may be set back, and another process may read it."""

    def __init__(self, path: Path):
        self._path = path

    def set(self, moment: datetime) -> None:
        self._path.write_text(stamp(moment))

    def now(self) -> datetime:
        return instant(self._path.read_text())


def page_clinic(folder: Path, **values) -> Study:
    """A clinic for the pages in a folder. values: settings."""
    clock = ToldClock(folder / "clock")
    clock.set(instant(NOON))
    return Study(folder, study_text=study_text(), clock=clock, **values)


class Guest:
    """A participant with the link of one visit. given: as for `Study.enrol`."""

    def __init__(self, clinic: Study, app, code: str, timepoint: str = "1m", on: str = TREATED, **given):
        self.clinic, self._app, self.code = clinic, app, code
        clinic.enrol(code, status="performed", on=on, **given)
        self.turns_to(timepoint)

    def turns_to(self, timepoint: str) -> "Guest":
        """Take up the link of a visit."""
        self.timepoint, self.answers = timepoint, {}
        self.phone = Phone(self.clinic, self.clinic.token(self.visit), self._app)
        self.path = self.phone.path
        return self

    @property
    def visit(self) -> dict:
        return self.clinic.visit(self.code, self.timepoint)

    def until(self, item: str | None, **given) -> "Guest":
        """Answer plainly, but for what is given by item, up to the screen that asks this one; None: all of them."""
        study = self.clinic.study
        while step := first_open(study, self.timepoint, self.answers):
            if item in [one.key for one in step.items]:
                return self
            screen = {key: _plain(study.items[split_key(key)[0]], given) for key in step.answer_keys}
            self.clinic.saves(self.visit, step.key, screen)
            self.answers |= screen
        assert item is None, f"no screen asks {item}"
        return self

    def asked(self, item: str, **given) -> str:
        """The path of the screen that asks an item."""
        self.until(item, **FULL | given)
        first_alone = len(self.answers) == 1  # so the bare address leads to that one
        return self.path + ("?at=2" if first_alone else "")

    def sent(self, item: str, value: str = "", **given) -> str:
        """The path that the screen of an item leads to when it is sent so."""
        self.phone.goes(self.asked(item, **given))
        self.phone.fills({item: value})
        return self.phone.at

    def sends(self, **given) -> "Guest":
        """Answer everything, but for what is given by item plainly, and send."""
        self.until(None, **given)
        answer.submit(self.clinic.db, self.clinic.means, self.visit["id"], self.clinic.now)
        return self

    def leaves(self) -> "Guest":
        """Leave follow-up."""
        person, now = self.clinic.id(self.code), self.clinic.now
        record_status(
            self.clinic.db, self.clinic.means, person, "left_follow_up", now, source="participant", staff_id=None
        )
        return self


def _plain(item: Item, given: dict):
    """A plain answer to an item."""
    for answers in (given, PLAIN):
        if item.key in answers:
            return answers[item.key]
    if item.choices:
        return item.choices[0].key if item.kind == "choice" else [item.choices[0].key]
    return BY_KIND[item.kind]


def _left_open(new) -> str:
    """A form begun in December and never sent."""
    guest = new(on="2025-11-03")
    guest.clinic.at("2025-12-03T16:00:00Z")
    guest.until("nrs_average")
    guest.clinic.at(NOON)
    return guest.path


def _asked(new, tries: int = 0, **first) -> str:
    """A phone that two people share: after the first screen the year of birth, wrong so often."""
    guest = new(birth_year=1950)
    new(mobile=guest.clinic.number(guest.code))
    guest.until("nrs_average", **first)
    found = links.find(guest.clinic.db, guest.clinic.means, guest.path.rpartition("/")[2], guest.clinic.now)
    for _ in range(tries):
        identity.give_year(guest.clinic.db, guest.clinic.means, found.link["id"], 1900, guest.clinic.now)
    return guest.path


def _not_theirs(new, shared: bool = False) -> str:
    guest = (_shared(new) if shared else new()).until("nrs_average", red_flags=["chest"])
    link = visits.link_of(guest.clinic.db, guest.visit["id"])
    not_theirs.say(guest.clinic.db, guest.clinic.means, link["id"], guest.clinic.now)
    return guest.path


def _wishes(new, *wishes: str) -> str:
    """The page of what somebody has stopped and asked for."""
    guest = new()
    for wish in wishes:
        leaving.wish(guest.clinic.db, guest.clinic.means, guest.clinic.id(guest.code), wish, guest.clinic.now)
    return guest.path + "/stop"


def _shared(new) -> Guest:
    """Somebody whose phone is another participant's too."""
    guest = new(birth_year=1950)
    new(mobile=guest.clinic.number(guest.code))
    return guest


def _opted_out(new) -> str:
    """The page of stopping where the number is opted out."""
    clinic = (guest := new()).clinic
    with write(clinic.db):
        number = clinic.means.keys.number_hash(clinic.number(guest.code))
        contacts.opt_out(clinic.db, number, "page", stamp(clinic.now))
    return guest.path + "/stop"


def _ended(new) -> str:
    """A link that went to another number than they have now."""
    guest = new()
    visits.end_links(guest.clinic.db, guest.visit["id"], "number_changed", stamp(guest.clinic.now))
    return guest.path


def _unusual(new) -> str:
    """A dose that is asked about once."""
    guest = new()
    guest.asked("med_strength")
    guest.phone.opens()
    guest.phone.fills({"med_strength": "5000", "med_unit": "mg"})
    return guest.phone.at


def _same_as_last_time(new) -> str:
    """A second form, after the year of birth: the medicines of the first are shown."""
    guest = new(on="2025-12-03", at="2026-01-05T15:00:00Z", birth_year=1950)
    guest.sends(**FULL | {"med_classes": ["paracetamol", "opioid_strong"], "med_opioid": "fentanyl_patch"})
    new(mobile=guest.clinic.number(guest.code))
    guest.turns_to("3m").until("med_any")
    found = links.find(guest.clinic.db, guest.clinic.means, guest.path.rpartition("/")[2], guest.clinic.now)
    tried = identity.give_year(guest.clinic.db, guest.clinic.means, found.link["id"], 1950, guest.clinic.now)
    return f"{guest.path}/{tried}"


def _worse(new) -> str:
    """A second form with more pain than the first."""
    guest = new(on="2025-12-03", at="2026-01-05T15:00:00Z").sends(nrs_average=2)
    guest.clinic.at(NOON)
    return guest.turns_to("3m").sends(nrs_average=6).path


def _warned_late(new) -> str:
    """A warning sign that was ticked in another tab after sending."""
    guest = new().sends()
    with suppress(AlreadyAnswered):
        guest.clinic.saves(guest.visit, "red_flags", {"red_flags": ["chest"]})
    return guest.path


def _changed(new) -> str:
    """A screen that was answered in another tab meanwhile."""
    guest = new()
    guest.phone.goes(guest.asked("nrs_average"))
    guest.clinic.saves(guest.visit, "nrs_average", {"nrs_average": 3})
    guest.phone.fills("4")
    return guest.phone.at


def _by_phone(new) -> str:
    """A form sent by somebody who is reached by phone."""
    return new(contact_mode="phone").sends().path


def _no_number(new) -> str:
    """A form of somebody without a number, who asks for a call."""
    return new(contact_mode="paper", mobile="").sends(urgency="call").path


def _own_pain(new) -> str:
    """A second form on a shared phone, sent and then looked at with the year of birth."""
    guest = new(on="2025-12-03", at="2026-01-05T15:00:00Z", birth_year=1950).sends(nrs_average=8)
    guest.clinic.at(NOON)
    guest.turns_to("3m").sends(nrs_average=5)
    new(mobile=guest.clinic.number(guest.code))
    db, means, now = guest.clinic.db, guest.clinic.means, guest.clinic.now
    found = links.find(db, means, guest.path.rpartition("/")[2], now)
    return f"{guest.path}/{identity.give_year(db, means, found.link['id'], 1950, now)}"


def _sent_unknown(new) -> str:
    """A form sent on a phone that two people share, looked at without the year of birth."""
    guest = new(birth_year=1950).sends()
    new(mobile=guest.clinic.number(guest.code))
    return guest.path


def _used(new) -> str:
    guest = new().sends()
    guest.clinic.at(LATER)
    return guest.path


def _stop_link(new, *taps: str) -> str:
    """The page of a link that stops texts, after so many taps on it: stop, resume, STOP by text."""
    clinic = (guest := new()).clinic
    number = clinic.number(guest.code)
    stop_page.ask(clinic.db, clinic.means, number, clinic.now)
    about = messages.last_of_kind(clinic.db, clinic.id(guest.code), "stop_link")["about"]
    for tap in taps:
        if tap == "STOP":
            receive.inbound(clinic.db, clinic.means, Inbound(about, number, tap, ""), clinic.now)
        else:
            getattr(stop_page, tap)(clinic.db, clinic.means, about, clinic.now)
    return stop_page.link(clinic.db, clinic.means, about).removeprefix(clinic.means.base_url)


# name: what brings a new guest (`new(**given)`, at noon) to that page; it gives the path to open.
Ways = dict[str, Callable[[Callable[..., Guest]], str]]
SCREENS: Ways = {  # of a form: each kind of control, bare and with what cannot be kept
    "first screen": lambda new: new().path,
    "first screen at night": lambda new: new(at=NIGHT).path,
    "number from 0 to 10": lambda new: new().asked("nrs_average"),
    "one of several": lambda new: new().asked("care_any"),
    "any of several": lambda new: new().asked("med_classes"),
    "line of text": lambda new: new().asked("med_name", med_classes=["paracetamol"]),
    "number with its unit": lambda new: new().asked("med_strength"),
    "number": lambda new: new().asked("med_times"),
    "date": lambda new: new().asked("care_on"),
    "lines of text": lambda new: new().asked("comment"),
    "same as last time": _same_as_last_time,
    "first screen, error": lambda new: new().sent("red_flags"),
    "number from 0 to 10, soft prompt": lambda new: new().sent("nrs_average"),
    "number from 0 to 10, error": lambda new: new().sent("nrs_worst"),
    "one of several, error": lambda new: new().sent("care_any"),
    "any of several, error": lambda new: new().sent("med_classes"),
    "line of text, error": lambda new: new().sent("med_name", "x" * 81, med_classes=["paracetamol"]),
    "number with its unit, error": lambda new: new().sent("med_strength", "50 mg"),
    "number, error": lambda new: new().sent("med_times", "49"),
    "number with its unit, unusual": _unusual,
    "number, unusual": lambda new: new().sent("med_times", "30"),
    "date, error": lambda new: new().sent("care_on", "2026-02-30"),
    "lines of text, error": lambda new: new().sent("comment", "x" * 1001),
    "changed on another page": _changed,
}
OTHERS: Ways = {  # advice, review, thanks, dead ends
    "advice": lambda new: new().until("nrs_average", red_flags=["chest"]).path + "?at=2",
    "advice on the first screen": lambda new: new().until("nrs_average", red_flags=["chest"]).path + "?at=1",
    "advice after declining": lambda new: new().until("nrs_average", red_flags={"declined": True}).path + "?at=2",
    "year of birth": _asked,
    "year of birth, odd": lambda new: _asked(new) + "?again=digits",
    "year of birth, wrong, with advice": lambda new: _asked(new, 2, red_flags=["chest"]) + "?again=wrong",
    "not for me": lambda new: new().path + "/not-me",
    "not for me, shared phone": lambda new: _shared(new).path + "/not-me",
    "not theirs": _not_theirs,
    "not theirs, shared phone": lambda new: _not_theirs(new, shared=True),
    "stop": lambda new: new().path + "/stop",
    "stop, nothing chosen": lambda new: new().path + "/stop?missing=1",
    "stopped": lambda new: _wishes(new, "texts"),
    "stopped on the page of numbers": _opted_out,
    "asked to leave and for erasure": lambda new: _wishes(new, "leave", "erasure"),
    "stop without a link": lambda new: "/stop",
    "stop without a link, no number": lambda new: "/stop?missing=1",
    "stop without a link, number given": lambda new: "/stop?said=1",
    "stop by a texted link": _stop_link,
    "stopped by a texted link": lambda new: _stop_link(new, "stop"),
    "stopped by text, then a texted link": lambda new: _stop_link(new, "STOP"),
    "texts go on by a texted link": lambda new: _stop_link(new, "stop", "resume"),
    "unknown link to stop": lambda new: "/stop/" + "A" * 22,
    "ended": _ended,
    "new link": lambda new: new().path + "/new-link?said=sent",
    "new link, too often": lambda new: new().path + "/new-link?said=often",
    "new link, next one later": lambda new: new(timepoint="3m").path + "/new-link?said=nothing_open",
    "new link, nothing open": lambda new: new(on="2025-10-02").path + "/new-link?said=nothing_open",
    "locked": lambda new: _asked(new, 5),
    "review": lambda new: new().until(None, **LONG).path,
    "review, changed on another page": lambda new: new().until(None).path + "?at=review&changed=1",
    "review with advice": lambda new: new().until(None, red_flags=["bleed"]).path,
    "change from the review": lambda new: new().until(None).path + "?at=2&change=1",
    "thanks": lambda new: new().sends().path,
    "thanks, call us": lambda new: new().sends(care_any="hospital_stay").path,
    "thanks, closed now": lambda new: new(at=NIGHT).sends(care_any="hospital_stay").path,
    "thanks with advice": lambda new: new().sends(red_flags=["bleed"]).path,
    "thanks, more pain": _worse,
    "thanks, warning sign later": _warned_late,
    "thanks, please call me": lambda new: new().sends(urgency="call", call_when="").path,
    "thanks, please call me then": lambda new: new().sends(urgency="call").path,
    "thanks, no number": _no_number,
    "thanks, by phone": _by_phone,
    "thanks, own pain": _own_pain,
    "thanks, last form": lambda new: new(on="2025-10-02", timepoint="6m").sends().path,
    "thanks, year of birth": _sent_unknown,
    "thanks, year of birth, odd": lambda new: _sent_unknown(new) + "?again=digits",
    "used": _used,
    "closed": lambda new: new(on="2025-11-03").path,
    "closed, begun": _left_open,
    "not open": lambda new: new(timepoint="3m").path,
    "withdrawn": lambda new: new().leaves().path,
    "unknown": lambda new: "/s/" + "A" * 22,
    "no such page": lambda new: "/s/no/such/page/here",
}
PAGES = SCREENS | OTHERS


class Reached:
    """The pages of a clinic, each reached when it is asked for. languages: of its study file."""

    def __init__(self, clinic: Study):
        self.clinic, self.app = clinic, clinic.app()
        self._numbers = count(1)

    def address(self, name: str, language: str = "") -> str:
        """The whole address of a page of that name, the clock standing as that page needs it."""
        return self.clinic.means.base_url + PAGES[name](lambda **given: self._new(language, **given))

    def _new(self, language: str, at: str = NOON, **given) -> Guest:
        self.clinic.at(at)
        return Guest(self.clinic, self.app, f"P-{next(self._numbers):04d}", language=language, **given)
