"""The study file as values: what a study is made of, and how its text becomes a Study.

Shapes are held here by pydantic; what must fit together is checked by `study_check`.
"""

import hashlib
import json
import tomllib
from datetime import date, time
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from prom.errors import StudyFault

Words = dict[str, str]  # language -> words


class ForStaff:
    """Marks words that only staff read: they need the default language alone."""


StaffWords = Annotated[Words, ForStaff()]


def _no_number(given: Any) -> Any:
    """8 is no time: it would be read as so many seconds after midnight."""
    if isinstance(given, int | float):
        raise PydanticCustomError("time_type", "no time")
    return given


TimeOfDay = Annotated[time, BeforeValidator(_no_number)]
Named = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
CHANGED = "changed since"  # how the words begin that say of a part that its approval no longer fits
KEY = r"^[A-Za-z][A-Za-z0-9_]*$"
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_CHOICE = r"^[A-Za-z0-9_-]+$"
_RUNG = r"^(on_call_[1-9]|lead)$"
ItemKind = Literal["choice", "choices", "nrs", "number", "text", "date"]
AlertClass = Literal["red", "high", "routine"]
CLASSES: tuple[AlertClass, ...] = ("red", "high", "routine")  # most urgent first
URGENCIES = ("urgent", "call", "can_wait")  # how soon a participant may want to hear from us, the soonest first
WHO = ("self", "helped", "proxy")  # who may have filled a report in


class Part(BaseModel):
    """A part of the study file: nothing in it may be misspelt, nothing of it changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class About(Part):
    """[study]: what the study is called, its languages, its zone."""

    key: str = Field(pattern=NAME)
    version: Named
    title: Named
    languages: tuple[str, ...] = Field(min_length=1)
    default_language: str
    zone: str
    minimum_age: int = Field(ge=0, le=120)
    consent_version: str


class Clinic(Part):
    """[clinic]: whom to call, and when somebody is there. Times are the study zone's. holidays: whose public holidays
    it keeps, "US" or "US-NY"; "" for none. closed_on: further days; open_on: days on which it opens all the same."""

    org: str
    sms_name: str = Field(min_length=1, max_length=30)
    phone: str
    emergency: str = Field(min_length=1)
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(min_length=1)
    open: TimeOfDay
    close: TimeOfDay
    holidays: str = ""
    closed_on: tuple[date, ...] = ()
    open_on: tuple[date, ...] = ()


class Texting(Part):
    """[texting]: the hours of texts in the participant's zone, and the ladder of reminders (days)."""

    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay
    send_at: TimeOfDay
    two_way: bool
    stop_confirmed_by: Literal["provider", "us"]
    reminders: tuple[int, ...]
    call_task: int
    stale_hours: int = Field(gt=0)
    forbidden_words: tuple[str, ...] = ()


class Night(Part):
    """[night]: whether somebody answers red alerts outside opening hours. rehearse_days: the night phone is tested at
    least so often."""

    cover: bool
    rehearse_days: int = Field(default=30, gt=0)


class Survey(Part):
    """[survey]: when a link asks for the year of birth ("shared": where the number is another participant's too), and
    which earlier answers the form may show to whoever holds it."""

    birth_year: Literal["shared", "always"] = "shared"
    show_history: bool = False
    show_pain: bool = False


class Timing(Part):
    """[schedule]: the lengths in days that DESIGN.md section 7 leaves to the study."""

    baseline_opens_days: int = Field(ge=0)
    baseline_due_days: int = Field(ge=0)
    baseline_stays_days: int = Field(ge=0)
    late_days: int = Field(ge=0)
    reference_days: int = Field(ge=0)


class ProcedureKind(Part):
    """[procedures.KEY]: a kind of procedure and the timepoints it anchors. `arm`: the arm that doing it makes."""

    title: str
    timepoints: tuple[str, ...]
    arm: str = ""


class Path(Part):
    """[path]: the words for an undecided participant and for the decision against a further procedure."""

    undecided: str
    decision: str


class Follows(Part):
    """[[follows]]: what a later procedure of one kind does to the series of an earlier one."""

    after: str
    then: str
    does: Literal["new_series", "same_series", "note"]


class Timepoint(Part):
    """[[timepoints]]: a planned moment after a procedure (calendar months or days) and the items it asks."""

    key: str
    title: str
    baseline: bool = False
    months: int = Field(default=0, ge=0)
    days: int = Field(default=0, ge=0)
    window_before: int = Field(default=0, ge=0)
    window_after: int = Field(default=0, ge=0)
    asks: tuple[str, ...] = Field(min_length=1)


class Eligibility(Part):
    """[[eligibility]]: a question of entry, a number with bounds; `at_least` or `above` makes one eligible."""

    key: str = Field(pattern=KEY)
    text: StaffWords
    low: float
    high: float
    at_least: float | None = None
    above: float | None = None


class Choice(Part):
    """One offered answer. `short` names it inside a sentence; `only_for`: the choices of its screen's `for_each` for
    which alone it is offered. Of a unit, `usual_high` and `usual_high_day`: above so many, in one dose or in a day, it
    is asked once more."""

    key: str = Field(pattern=_CHOICE)
    text: Words
    short: Words = {}
    only_for: tuple[str, ...] = ()
    usual_high: float | None = None
    usual_high_day: float | None = None


class ShowWhen(Part):
    """The screen or item is shown when the answer to `item` is (or holds) one of `is`."""

    item: str
    is_: tuple[str, ...] = Field(alias="is", min_length=1)


class Item(Part):
    """One question. Only the fields of its kind are used. `only_for`, `not_for`: the choices of its screen's
    `for_each` for which alone, or for which not, it is asked. `again`: its answer "yes" has all screens of that choice
    shown once more, such as for a second medicine of one kind. `renews`: once it is changed, the answers on later
    screens of the same choice are asked for again, filled in. `said`: how its answer, {value}, is said in a list;
    `said_one`: the same of the number 1. `usual_high`: above it `high_prompt` asks once more whether {value} is right.
    `times_of`: the number of which this is how often a day; `day_prompt` asks of an unusual {value} in a day."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: ItemKind
    text: Words
    hint: Words = {}
    said: Words = {}
    said_one: Words = {}
    soft_prompt: Words = {}
    low_anchor: Words = {}
    high_anchor: Words = {}
    choices: tuple[Choice, ...] = ()
    none: str = ""
    low: float | None = None
    high: float | None = None
    usual_high: float | None = None
    high_prompt: Words = {}
    times_of: str = ""
    day_prompt: Words = {}
    decimals: int = Field(default=0, ge=0)
    longest: int = Field(default=500, ge=1)
    optional: bool = False
    declinable: bool = True
    not_sure: bool = False
    with_: str = Field(default="", alias="with")
    only_for: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    not_before: str = ""
    again: bool = False
    renews: bool = False

    def choice(self, key: str) -> Choice | None:
        """The offered answer of that key."""
        return next((choice for choice in self.choices if choice.key == key), None)


class Recall(Part):
    """[screens.recall]: the screen shows answers of the participant's last report, and one answer to it copies them.

    items: whose answers. when_last: shown only where that report had such an answer. intro: the words above the list,
    {date} the day of that report. answer: the choice that copies. sets: answers given in place of a copy, by item.
    """

    items: tuple[str, ...] = Field(min_length=1)
    when_last: ShowWhen
    intro: Words
    answer: str
    sets: dict[str, Named] = {}


class Screen(Part):
    """One screen of the instrument. `for_each`: shown once for each choice ticked in that item. `recall`: shown only
    where there is something of an earlier report to show."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Words
    note: Words = {}
    for_each: str = ""
    show_when: ShowWhen | None = None
    recall: Recall | None = None
    items: tuple[Item, ...] = Field(min_length=1)


class Instrument(Part):
    """[instrument]: which items play a part that the product must know. `who`: its choices are among WHO. `urgency`:
    how soon they want to hear from us, among URGENCIES; `call_when`: a good time to call them, in their words; ""
    where the study does not ask."""

    red: str
    primary: str
    worst: str
    care: str
    who: str
    urgency: str = ""
    call_when: str = ""


class Mme(Part):
    """[mme]: morphine milligram equivalents. table: which factors these are. kinds: the item of the ticked kinds of
    medicine; medicine, strength, unit, times, days: the items asked about each. unknown: the choices of kinds and of
    medicine that leave open what was taken. mg: what a unit is in mg. factors: MME for a mg, by medicine. patches:
    MME a day for 1 of `patch_unit`."""

    table: Named
    kinds: str
    medicine: str
    strength: str
    unit: str
    times: str
    days: str
    unknown: tuple[str, ...] = ()
    mg: dict[str, float] = Field(min_length=1)
    factors: dict[str, float] = Field(min_length=1)
    patch_unit: str = ""
    patches: dict[str, float] = {}


class Rung(Part):
    """One step of a ladder: minutes after raising, and who is told."""

    after: int = Field(ge=0)
    to: str = Field(pattern=_RUNG)


class Ladder(Part):
    """[alerts.CLASS]: by when it must be acknowledged, and who is told meanwhile (minutes). After the last step the
    ladder goes on, a step every `repeat_minutes`, from its first again; 0: it ends. act_minutes: whoever has taken it
    speaks to the participant, or closes it, within so long, or is reminded, then the lead is told; 0: nobody is.
    close_days: once the participant was spoken to, it is closed by the end of so many working days after, or the same;
    0: nobody is."""

    acknowledge_minutes: int = Field(gt=0)
    repeat_minutes: int = Field(default=0, ge=0)
    act_minutes: int = Field(default=0, ge=0)
    close_days: int = Field(default=0, ge=0, le=60)
    ladder: tuple[Rung, ...]


class Outcome(Part):
    """[[alerts.outcomes]]: a coded action with which an alert is closed; `action`: whether anything was done."""

    key: str
    text: StaffWords
    action: bool = True


class Alerts(Part):
    """[alerts]: version of the rules, ladders, outcomes. opened_minutes: a red alert taken by text is opened within
    so long, or its ladder goes on. failed_calls, failed_within_minutes: after so many calls that reached nobody within
    so long, the second contact among them, a red alert goes to the physician. digest: whether a text with what waits
    goes at each opening to who is on call."""

    version: str
    stale_draft_minutes: int = Field(gt=0)
    staff_accept_seconds: int = Field(gt=0)
    opened_minutes: int = Field(gt=0)
    failed_calls: int = Field(gt=0)
    failed_within_minutes: int = Field(gt=0)
    digest: bool = False
    red: Ladder
    high: Ladder
    routine: Ladder
    outcomes: tuple[Outcome, ...] = Field(min_length=1)

    def of(self, alert_class: str) -> Ladder:
        """The ladder of a class."""
        return getattr(self, alert_class)


class Rule(Part):
    """[[rules]]: an alert rule. All conditions that are given must hold. `new_since_last`: one of `any_of` is ticked
    that was not in the last report. `mme_at_least`: the opioids come to so many MME on a day of use, or those of them
    that have a figure do; then, where one has none, the words are `words_partial`. serious: what trips it may be a
    serious adverse event, on which an investigator decides within [adverse_events] decision_hours."""

    key: str
    class_: AlertClass = Field(alias="class")
    item: str
    words: StaffWords
    serious: bool = False
    any_of: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    at_least: float | None = None
    rise_from_last: float | None = None
    rise_from_reference: float | None = None
    against_reference: Literal["below", "not_below"] | None = None
    new_since_last: bool = False
    mme_at_least: float | None = Field(default=None, gt=0)
    words_partial: StaffWords = {}
    written: bool = False
    declined: bool = False
    timepoints: tuple[str, ...] = ()


class Script(Part):
    """[[scripts]]: what is said on a call about an alert in which one of `rules` fired; without rules, on every call.
    A line each."""

    rules: tuple[str, ...] = ()
    text: StaffWords


class Silence(Part):
    """[[silence]]: a rule on a follow-up visit that ended without a report. All conditions that are given must hold.
    `last_item`, `at_least`: what the last report answered there. `last_class_at_least`: an alert of that report had
    this class or a more urgent one. Never red: a silence is no warning sign."""

    key: str
    class_: Literal["high", "routine"] = Field(alias="class")
    words: StaffWords
    last_item: str = ""
    at_least: float | None = None
    last_class_at_least: AlertClass | None = None
    timepoints: tuple[str, ...] = ()


class Coded(Part):
    """One entry of a coded list. death: that the person died. alone: it goes with no other entry."""

    key: str = Field(pattern=KEY)
    text: StaffWords
    death: bool = False
    alone: bool = False


class Grade(Part):
    """One grade of a scale, in short words."""

    text: StaffWords


class Scale(Part):
    """[adverse_events.SCALE]: grades 1 to 5 in their order, and where their words come from."""

    title: Named
    source: Named
    grades: tuple[Grade, ...] = Field(min_length=5, max_length=5)


class AdverseEvents(Part):
    """[adverse_events]: what of a report is graded, and by which lists. reported: the item whose ticked choices are
    side effects, starts and ends: the dates asked of each. care: the choices of instrument.care that are graded too.
    related: how sure it is that a procedure caused it; unrelated: the entry that names none. meaning, agree_meaning,
    none_meaning: what a signature means, as shown: of who grades, of an investigator who agrees with a grading, of who
    decides that there is no adverse event. decision_hours, warn_hours: see Rule.serious; the investigator is texted so
    long before the end, and at it."""

    reported: str
    starts: str
    ends: str
    care: tuple[str, ...] = Field(min_length=1)
    decision_hours: int = Field(gt=0)
    warn_hours: int = Field(gt=0)
    meaning: StaffWords
    agree_meaning: StaffWords
    none_meaning: StaffWords
    ctcae: Scale
    sir: Scale
    related: tuple[Coded, ...] = Field(min_length=2)
    unrelated: str
    criteria: tuple[Coded, ...] = Field(min_length=1)
    criteria_source: Named
    outcomes: tuple[Coded, ...] = Field(min_length=1)
    actions: tuple[Coded, ...] = Field(min_length=1)


class Approved(Part):
    """Who approved a part, when, and the SHA-256 of the part as it was approved."""

    by: str = Field(min_length=1)
    on: date
    sha256: str


class Approval(Part):
    """[approval]: the protocol, the ethics reference, and what has been approved."""

    protocol: str = ""
    ethics: str = ""
    rules: Approved | None = None
    languages: dict[str, Approved] = {}


class Study(Part):
    """A whole study file."""

    study: About
    clinic: Clinic
    texting: Texting
    night: Night
    survey: Survey = Survey()
    schedule: Timing
    procedures: dict[str, ProcedureKind] = Field(min_length=1)
    path: Path
    follows: tuple[Follows, ...] = ()
    timepoints: tuple[Timepoint, ...] = Field(min_length=1)
    eligibility: tuple[Eligibility, ...] = ()
    instrument: Instrument
    screens: tuple[Screen, ...] = Field(min_length=1)
    mme: Mme | None = None
    alerts: Alerts
    rules: tuple[Rule, ...] = ()
    silence: tuple[Silence, ...] = ()
    scripts: tuple[Script, ...] = ()
    adverse_events: AdverseEvents
    texts: dict[str, dict[str, str]]
    approval: Approval = Approval()

    __hash__ = object.__hash__  # by identity: what was reckoned of a study is kept with it

    @property
    def zone(self) -> ZoneInfo:
        """The study's own time zone: opening hours are reckoned in it."""
        return ZoneInfo(self.study.zone)

    @cached_property
    def items(self) -> dict[str, Item]:
        """Every item by its key, in the instrument's order."""
        return {item.key: item for screen in self.screens for item in screen.items}

    @cached_property
    def screen_of(self) -> dict[str, Screen]:
        """The screen of each item, by the item's key."""
        return {item.key: screen for screen in self.screens for item in screen.items}

    @cached_property
    def possible_steps(self) -> dict[str, Any]:
        """What `instrument` has worked out of this study, by timepoint."""
        return {}

    @cached_property
    def again_of(self) -> dict[str, Item]:
        """The item that asks for one more of the same choice, by the item that the screens are shown for."""
        asked = [(screen.for_each, item) for screen in self.screens for item in screen.items]
        return {for_each: item for for_each, item in asked if for_each and item.again}

    def timepoint(self, key: str) -> Timepoint:
        """The timepoint of that key. Raises KeyError."""
        return next((point for point in self.timepoints if point.key == key), None) or _missing(key)

    def what_follows(self, after: str, then: str) -> str:
        """new_series | same_series | note: what a later procedure does to the series of an earlier kind."""
        return next((row.does for row in self.follows if (row.after, row.then) == (after, then)), "note")

    @cached_property
    def red_choices(self) -> tuple[str, ...]:
        """The choices of the first screen that are warning signs."""
        item = self.items[self.instrument.red]
        return tuple(choice.key for choice in item.choices if choice.key != item.none)

    def words(self, words: Words, language: str) -> str:
        """Words in a language, or in the study's default one."""
        return words.get(language) or words.get(self.study.default_language, "")

    def text(self, key: str, language: str) -> str:
        """A text of the [texts.*] tables. Raises KeyError for a key that no table has."""
        return self.texts.get(language, {}).get(key) or self.texts[self.study.default_language][key]


def _missing(key: str):
    raise KeyError(key)


def parse(text: str, name: str) -> Study:
    """The Study in a study file's text. Raises StudyFault: every fault with its place and remedy."""
    try:
        return Study.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        raise StudyFault(name, [("the file", f"is not valid TOML: {fault}")]) from None
    except ValidationError as fault:
        raise StudyFault(name, [_fault(error) for error in fault.errors()]) from None


_REMEDIES = {
    "missing": "is missing: add it",
    "extra_forbidden": "is not known here: remove it or mend its name",
    "string_type": "is no text: give text in quotes",
    "string_too_short": "is empty: give text",
    "string_too_long": "is too long: give {max_length} characters at most",
    "too_short": "is empty or too short: give at least {min_length}",
    "too_long": "is too long: give {max_length} at most",
    "literal_error": "is none of what it may be: give {expected}",
    "greater_than": "is too small: give more than {gt}",
    "greater_than_equal": "is too small: give {ge} or more",
    "less_than": "is too large: give less than {lt}",
    "less_than_equal": "is too large: give {le} or less",
    "finite_number": "is no number that can be: give one without quotes",
    "int_from_float": "is no whole number: give one without quotes",
    "time_type": 'is no time of day: give one such as "08:00"',
    "time_parsing": 'is no time of day: give one such as "08:00"',
    "date_type": "is no date: give one such as 2026-12-24",
    "date_parsing": "is no date: give one such as 2026-12-24",
    "date_from_datetime_parsing": "is no date: give one such as 2026-12-24",
    "date_from_datetime_inexact": "is a date with a time: give the date alone, such as 2026-12-24",
    "model_type": "is no table: give one",
    "model_attributes_type": "is no table: give one",
    "bool_type": "is neither true nor false: give one of them",
    "bool_parsing": "is neither true nor false: give one of them",
    "int_type": "is no whole number: give one without quotes",
    "int_parsing": "is no whole number: give one without quotes",
    "float_type": "is no number: give one without quotes",
    "float_parsing": "is no number: give one without quotes",
    "tuple_type": "is no list: give one in [ ]",
    "dict_type": "is no table: give one",
}


_CHARACTERS = {
    KEY: "letters, digits and _, a letter first",
    NAME: "letters, digits, -, _ and ., a letter or digit first",
    _CHOICE: "letters, digits, - and _",
    _RUNG: "on_call_1 to on_call_9, or lead",
}


def _fault(error) -> tuple[str, str]:
    place, about = ".".join(str(part) for part in error["loc"]) or "the file", error.get("ctx", {})
    if error["type"] == "string_pattern_mismatch":
        use = _CHARACTERS.get(about["pattern"], "small letters, digits and _, a letter first")
        return place, f"has other characters than it may: use {use}"
    remedy = _REMEDIES.get(error["type"])
    return place, remedy.format(**about) if remedy else error["msg"][0].lower() + error["msg"][1:]


def file_hash(text: str) -> str:
    """SHA-256 of a study file as it stands: what names a study version in the database."""
    return hashlib.sha256(text.encode()).hexdigest()


_OF_THE_RULES = ("alerts", "rules", "silence", "scripts", "night", "instrument", "adverse_events")


def part_hash(study: Study, part: str) -> str:
    """SHA-256 over a parsed part as canonical JSON. part: "rules" (rules, those on silence, ladders, red item, what is
    said on calls, grading) or a language."""
    whole = study.model_dump(mode="json", by_alias=True, exclude={"approval"})
    if part == "rules":
        chosen = {key: whole[key] for key in _OF_THE_RULES}
    else:
        chosen = {"texts": whole["texts"].get(part, {}), "words": _in_language(whole, part)}
    return hashlib.sha256(json.dumps(chosen, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _in_language(part, language: str, place: str = "") -> dict[str, str]:
    if isinstance(part, dict):
        if isinstance(part.get(language), str):
            return {place: part[language]}
        pairs = list(part.items())
    elif isinstance(part, list):
        pairs = [(str(number), value) for number, value in enumerate(part)]
    else:
        return {}
    found: dict[str, str] = {}
    for key, value in pairs:
        found |= _in_language(value, language, f"{place}.{key}")
    return found


def unapproved(study: Study) -> tuple[str, ...]:
    """The parts ("rules", languages) whose approval is missing, names nobody, or was given for something else since
    changed."""
    return tuple(why_unapproved(study))


@lru_cache(maxsize=16)  # every page asks
def why_unapproved(study: Study) -> dict[str, str]:
    """Those parts, each with what its approval lacks."""
    found = {}
    for part in ("rules", *study.study.languages):
        given = approval_of(study, part)
        if given is None:
            found[part] = "not approved"
        elif not names(given.by):
            found[part] = f"{approval_place(part)}.by names nobody: give who approved it"
        elif given.sha256 != part_hash(study, part):
            found[part] = f"{CHANGED} it was approved on {given.on}"
    return found


def approval_of(study: Study, part: str) -> Approved | None:
    """What stands in the file as the approval of a part, whether or not it fits."""
    return study.approval.rules if part == "rules" else study.approval.languages.get(part)


def approval_place(part: str) -> str:
    """Where the approval of a part stands in the file."""
    return "approval.rules" if part == "rules" else f"approval.languages.{part}"


def names(text: str) -> bool:
    """Whether a text names somebody or something: "..." and "-" hold a place for a name and are none."""
    return any(letter.isalnum() for letter in text)


def approved_ahead(study: Study, today: date) -> list[str]:
    """The places of approvals that are dated on a day to come."""
    given = {part: approval_of(study, part) for part in ("rules", *study.study.languages)}
    return [f"{approval_place(part)}.on" for part, found in given.items() if found and found.on > today]
