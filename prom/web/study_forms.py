"""What a coordinator fills in. Shapes are checked here; what the study asks is decided by the actions, whose refusals
`place` puts beside the field they speak of."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from prom.actions.contact import VERIFIED_HOW, Person
from prom.actions.enrol import Enrolment, check_age, check_code
from prom.actions.procedures import STATUSES, Recorded
from prom.actions.tasks import LONGEST_NOTE
from prom.errors import Refusal
from prom.rules.days import check_done
from prom.rules.languages import english_name
from prom.rules.numbers import e164
from prom.rules.refusals import message
from prom.rules.study import Study
from prom.rules.times import day_of, local_day
from prom.web import spoken, study_words

FIELDS = {
    "birth_year_missing": "birth_year",
    "birth_year_missing_there": "shared",
    "birth_year_odd": "birth_year",
    "birth_year_same": "mobile",
    "call_name_letters": "call_name",
    "call_name_long": "call_name",
    "call_name_missing": "call_name",
    "call_name_missing_there": "shared",
    "call_name_same": "call_name",
    "call_name_word": "call_name",
    "code_kept": "code",
    "code_odd": "code",
    "code_taken": "code",
    "contact_mode_unknown": "contact_mode",
    "date_future": "on",
    "date_missing": "on",
    "date_odd": "on",
    "language_unknown": "language",
    "number_missing": "mobile",
    "number_odd": "mobile",
    "number_same": "mobile",
    "number_shared": "shared",
    "outcome_required": "outcome",
    "procedure_unknown": "kind",
    "status_unknown": "status",
    "too_young": "birth_year",
    "withdrawn_before_given": "on",
    "zone_unknown": "zone",
}
ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "America/Mexico_City", "Europe/London",
    "Europe/Madrid", "Asia/Taipei", "Asia/Hong_Kong", "Asia/Tokyo",
)  # fmt: skip
_MODES = ("text", "phone", "paper")
_SUCCESS = {"1": "yes", "0": "no"}
_TEXT, _NOTE, _SHORT = 120, 300, 40


def place(form: FlaskForm, refusal: Refusal) -> None:
    """Put a refusal's words beside the field it speaks of, else over the form."""
    field = form._fields.get(FIELDS.get(refusal.key, ""))
    if field is None:
        form.form_errors.append(message(refusal))
    else:
        field.errors = [*field.errors, message(refusal)]


def offered(words: dict[str, str], **first: str) -> list[SelectChoice]:
    """The choices of a field: {value: words}. none: the words for leaving it open, which stand first."""
    open_one = {"": first["none"]} if "none" in first else {}
    return [SelectChoice(value, label) for value, label in (open_one | words).items()]


class Day(DateField):
    """A date; what cannot be read is said in words, and kept."""

    def process_formdata(self, valuelist):
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Give a date, such as 2026-03-01.") from None


class Clock(TimeField):
    """A time of day."""

    def process_formdata(self, valuelist):
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Give a time, such as 09:30.") from None


class Whole(IntegerField):
    """A whole number."""

    def process_formdata(self, valuelist):
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Give a number in digits.") from None


class Number(DecimalField):
    """A number that may have decimals."""

    data: Any

    def process_formdata(self, valuelist):
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Give a number in digits.") from None
        if self.data is not None and not self.data.is_finite():
            self.data = None
            raise ValueError("Give a number in digits.")


def _checked(check: Callable[[], Any]) -> None:
    """Run a check whose refusal is a fault of the field."""
    try:
        check()
    except Refusal as refusal:
        raise ValidationError(message(refusal)) from None


def at_most(most: int = _TEXT) -> Length:
    """No longer than so many characters."""
    return Length(max=most, message=f"Use {most} characters at most.")


def tidied(text: str | None) -> str:
    """Text without spaces around it or doubled inside it."""
    return " ".join((text or "").split())


class CodeForm(FlaskForm):
    """What somebody is called in the study."""

    code = StringField("Code", [DataRequired("Give a code, such as P-001."), at_most(32)], filters=[tidied])

    def validate_code(self, field):
        """As the study writes codes."""
        _checked(lambda: check_code(field.data))


class ContactForm(FlaskForm):
    """Who somebody is, and how to reach them."""

    name = StringField("Name", [DataRequired("Give the name."), at_most()], filters=[tidied])
    mobile = StringField("Mobile number", [at_most(40)], filters=[tidied])
    shared = BooleanField("Shared phone: yes, they share it")
    call_name = StringField("Call name", [at_most(_SHORT)], filters=[tidied])
    birth_year = Whole("Year of birth", [InputRequired("Give the year of birth with four digits, such as 1956.")])
    second_contact = StringField("Second contact (name and number)", [at_most(_NOTE)], filters=[tidied])
    record_number = StringField("Number in the clinic's records", [at_most()], filters=[tidied])

    def person(self) -> Person:
        """What was given."""
        return Person(**{name: self[name].data for name in ContactForm.names})

    names = ("name", "mobile", "shared", "call_name", "birth_year", "second_contact", "record_number")


class ModeForm(FlaskForm):
    """How to reach somebody from now on."""

    contact_mode = RadioField(
        "How to reach them", choices=offered({mode: spoken.CONTACT_MODES[mode] for mode in _MODES}), default="text"
    )
    needs_interpreter = BooleanField("Needs an interpreter")


class LanguageForm(FlaskForm):
    """The language of somebody's texts and forms."""

    language = SelectField("Language of texts and forms")

    def __init__(self, languages: tuple[str, ...], **kwargs):
        super().__init__(**kwargs)
        self.language.choices = offered({each: english_name(each) for each in languages})


class ProcedureForm(FlaskForm):
    """A new state of a procedure."""

    status = SelectField("State", choices=offered({each: study_words.PROCEDURES[each] for each in STATUSES}))
    on = Day("Day: planned for, or done on", [Optional()])
    time = Clock("Time it began (if done and known)", [Optional()])
    success = SelectField("Technical success", choices=offered(_SUCCESS, none="not recorded"), default="")

    @classmethod
    def of(cls, row: dict[str, Any]) -> "ProcedureForm":
        """The form of a procedure as it stands."""
        day, time = row["performed_on"] or row["planned_on"], row["performed_time"]
        return cls(
            formdata=None,
            prefix=row["id"],
            status=row["status"],
            on=day_of(day) if day else None,
            time=datetime.strptime(time, "%H:%M").time() if time else None,
            success="" if row["technical_success"] is None else str(row["technical_success"]),
        )

    def recorded(self, kind: str, **more: str) -> Recorded:
        """What was given, of a procedure of that kind."""
        time = f"{self.time.data:%H:%M}" if self.time.data else None
        success = {"1": True, "0": False}.get(self.success.data)
        return Recorded(kind, self.status.data, self.on.data, time, technical_success=success, **more)


class FurtherForm(ProcedureForm):
    """A further procedure."""

    kind = SelectField("Procedure")
    body_site = StringField("Place on the body", [at_most()], filters=[tidied])
    side = SelectField("Side", choices=offered(study_words.SIDES, none="not recorded"), default="")

    def __init__(self, study: Study, **kwargs):
        super().__init__(**kwargs)
        self.kind.choices = offered({key: kind.title for key, kind in study.procedures.items()})

    def further(self) -> Recorded:
        """What was given."""
        return self.recorded(self.kind.data, body_site=self.body_site.data, side=self.side.data)


class DecideForm(FlaskForm):
    """The decision to go on without a further procedure."""

    on = Day("Decided on", [InputRequired("Give the day of the decision.")])


class StatusForm(FlaskForm):
    """What happened to somebody's taking part."""

    kind = RadioField("What happened?", validate_choice=False)

    def __init__(self, kinds: tuple[str, ...], **kwargs):
        super().__init__(**kwargs)
        self.kind.choices = offered({kind: study_words.STATUS[kind] for kind in kinds})

    def validate_kind(self, field):
        """One of those that can be recorded now."""
        if field.data not in [each.value for each in field.choices]:
            raise ValidationError("Choose what happened.")


class ConsentForm(FlaskForm):
    """A consent given later, or withdrawn."""

    kind = RadioField("Consent", choices=offered(study_words.CONSENTS), default="texts")
    given = RadioField("Given or withdrawn?", choices=offered({"1": "Given", "0": "Withdrawn"}), validate_choice=False)
    on = Day("On", [InputRequired("Give the day.")])

    def validate_given(self, field):
        """Nothing is chosen beforehand."""
        if field.data not in ("0", "1"):
            raise ValidationError("Choose one.")


class TaskForm(FlaskForm):
    """What came of a task."""

    outcome = RadioField("What came of it?", choices=offered(study_words.OUTCOMES), validate_choice=False)
    note = TextAreaField("Note (if you like)", [Length(max=LONGEST_NOTE, message=message(Refusal("note_too_long")))])


class NumberForm(FlaskForm):
    """Another number in place of one that does not work."""

    mobile = StringField("New mobile number", [DataRequired("Give a mobile number."), at_most(40)], filters=[tidied])
    shared = BooleanField("Shared phone: yes, they share it")
    call_name = StringField("Call name", [at_most(_SHORT)], filters=[tidied])


class EnrolForm(FurtherForm, ModeForm, ContactForm, CodeForm):
    """Everything about a new participant. The study's entry questions are fields of `enrol_form`."""

    verified = SelectField(
        "Was the number verified?",
        choices=offered({how: f"yes, by {study_words.VERIFIED[how]}" for how in VERIFIED_HOW}, none="not yet"),
    )
    zone = SelectField("Time zone")
    study_consent_on = Day("Consent to the study, given on", [Optional()])
    texts_consent_on = Day("Consent to texts, given on", [Optional()])
    kind = SelectField("Procedure")
    status = RadioField("State", choices=offered({"planned": "planned", "performed": "done already"}))
    confirm = BooleanField("Enrol anyway (record as not eligible)")

    questions: tuple[Any, ...] = ()
    not_eligible = unanswered = False

    language = SelectField("Language of texts and forms")

    def __init__(self, study: Study, languages: tuple[str, ...], now: datetime, **kwargs):
        super().__init__(study, status="planned", language=study.study.default_language, **kwargs)
        self.study, self.now = study, now
        self.kind.choices.append(SelectChoice("", "none yet"))
        zones = dict.fromkeys((study.study.zone, *ZONES))
        self.zone.choices = offered({zone: zone.replace("_", " ") for zone in zones})
        self.language.choices = offered({each: english_name(each) for each in languages})

    def validate_mobile(self, field):
        """A number, where texts are to go to it."""
        if field.data:
            _checked(lambda: e164(field.data, self.study.clinic.phone))
        elif self.contact_mode.data == "text":
            raise ValidationError(message(Refusal("number_missing")))

    def validate_birth_year(self, field):
        """Old enough for the study."""
        _checked(lambda: check_age(self.study, field.data, self._today()))

    def validate_study_consent_on(self, field):
        """A day that can be meant."""
        if field.data:
            _checked(lambda: check_done(field.data, self._today()))

    validate_texts_consent_on = validate_study_consent_on

    def ask_entry_questions(self) -> None:
        """Say of each entry question that was left empty that it is to be answered."""
        for key in self.questions:
            field = self[f"entry_{key}"]
            if field.data is None and not field.errors:
                field.errors = ["Answer this question."]
                self.unanswered = True

    def entry_faults(self) -> bool:
        """Whether an entry question is not answered, or not rightly."""
        return any(self[f"entry_{key}"].errors for key in self.questions)

    def entry_answers(self) -> dict[str, float]:
        """{question key: number} of the entry questions that were answered."""
        given = {key: self[f"entry_{key}"].data for key in self.questions}
        return {key: float(number) for key, number in given.items() if number is not None}

    def enrolment(self, site_id: str) -> Enrolment:
        """What was given."""
        names = (*ContactForm.names, "code", "zone", "language", "contact_mode", "needs_interpreter",
                 "study_consent_on", "texts_consent_on")  # fmt: skip
        return Enrolment(
            **{name: self[name].data for name in names},
            verified=self.verified.data or None,
            eligibility=self.entry_answers(),
            procedure=self.further() if self.kind.data else None,
            site_id=site_id,
        )

    def _today(self) -> date:
        known = self.zone.data in (self.study.study.zone, *ZONES)
        return local_day(self.now, ZoneInfo(self.zone.data if known else self.study.study.zone))


def enrol_form(study: Study, languages: tuple[str, ...], now: datetime) -> EnrolForm:
    """The form with the study's entry questions. languages: those that may be chosen."""
    fields: dict[str, Any] = {"questions": tuple(question.key for question in study.eligibility)}
    for question in study.eligibility:
        low, high = f"{question.low:g}", f"{question.high:g}"
        fields[f"entry_{question.key}"] = Number(
            study.words(question.text, study.study.default_language),
            [Optional(), NumberRange(question.low, question.high, f"Give a number from {low} to {high}.")],
            places=None,
        )
    return type("EnrolFormOfStudy", (EnrolForm,), fields)(study, languages, now)
