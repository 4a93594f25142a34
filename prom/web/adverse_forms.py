"""What a clinician sends about an adverse event: a grading, a correction, that it is none; each with the password that
signs it, which no page ever shows again."""

import re
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, PasswordField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from prom.errors import Refusal
from prom.rules.adverse_events import LONGEST_NOTE, LONGEST_TERM, Grading, faults
from prom.rules.refusals import message
from prom.rules.study import Coded, Scale, Study
from prom.store.connect import Row, fresh_id
from prom.web.adverse_story import SOURCES, procedure_words
from prom.web.study_forms import offered, tidied

_ID = re.compile(r"[0-9a-f]{16}")
_GRADES = ("1", "2", "3", "4", "5")
_PASSWORD_PLACE = {"wrong_password": "password", "too_many_tries": "password", "reason_required": "reason",
                   "source_required": "source"}  # fmt: skip


def _note_fault() -> str:
    return message(Refusal("note_too_long"))


class SignedForm(FlaskForm):
    """Whatever is signed. made: names what this form makes, so that it is made once however often it is sent."""

    made = HiddenField()
    password = PasswordField("Your password, to sign", [InputRequired("Give your password to sign."), Length(max=200)])

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        if not _ID.fullmatch(self.made.data or ""):
            self.made.data = fresh_id()

    def __iter__(self):
        """The password last, as it stands on the page."""
        return iter(sorted(self._fields.values(), key=lambda field: field.name == "password"))

    def place(self, refusal: Refusal) -> None:
        """Put a refusal's words beside the field it speaks of, else over the form."""
        field = self._fields.get(_PASSWORD_PLACE.get(refusal.key, ""))
        if field is None:
            self.form_errors.append(message(refusal))
        else:
            field.errors = [*field.errors, message(refusal)]


class AgreeForm(SignedForm):
    """An investigator agrees with a grading."""


class NoneForm(SignedForm):
    """Something is no adverse event of its own."""

    reason = TextAreaField(
        "Why not? If it belongs to another event, say which",
        [InputRequired("Write why."), Length(max=LONGEST_NOTE, message=_note_fault())],
    )


def _ticks(label: str) -> Any:
    return SelectMultipleField(
        label, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False), validate_choice=False
    )


class GradeForm(SignedForm):
    """A grading by the lists of the study. procedures: of the participant, those done or attempted can be named.
    by_hand: nothing was reported, so it is asked how it became known. corrects: it is asked why."""

    source = RadioField("How did it become known?", validate_choice=False)
    term = TextAreaField(
        "What it was, in your own words", [Length(max=LONGEST_TERM, message=_note_fault())], filters=[tidied]
    )
    started_on = DateField("Started on (if known)", [Optional()])
    ended_on = DateField("Ended on (if known)", [Optional()])
    ctcae = RadioField(validate_choice=False, default="")
    sir = RadioField(validate_choice=False, default="")
    related = RadioField("Is it related to a procedure?", validate_choice=False)
    procedure_id = SelectField("To which procedure?", validate_choice=False, default="")
    serious = RadioField("Is it serious?", choices=offered({"1": "Yes", "0": "No"}), validate_choice=False)
    criteria = _ticks("If serious, what makes it so?")
    outcome = RadioField("Outcome", validate_choice=False)
    actions = _ticks("What was done?")
    note = TextAreaField("Note (if you like)", [Length(max=LONGEST_NOTE, message=_note_fault())])
    reason = TextAreaField("Why is it corrected?", [InputRequired("Write why."), Length(max=LONGEST_NOTE)])

    def __init__(
        self,
        study: Study,
        procedures: list[Row],
        today: date,
        *,
        by_hand: bool = False,
        corrects: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.study, self.procedures, self.today = study, procedures, today
        lists = study.adverse_events
        self.source.choices = offered({key: _capital(words) for key, words in SOURCES.items() if key != "report"})
        for field, scale in ((self.ctcae, lists.ctcae), (self.sir, lists.sir)):
            field.label.text = f"Grade, {scale.title}"
            field.choices = offered(self._grades(scale))
        for field, entries in (
            (self.related, lists.related),
            (self.criteria, lists.criteria),
            (self.outcome, lists.outcomes),
            (self.actions, lists.actions),
        ):
            field.choices = offered(self._entries(entries))
        done = [row for row in procedures if row["status"] in ("performed", "attempted")]
        self.procedure_id.choices = offered({row["id"]: procedure_words(study, row) for row in done}, none="none")
        if not by_hand:
            del self.source
        if not corrects:
            del self.reason

    def _grades(self, scale: Scale) -> dict[str, str]:
        language = self.study.study.default_language
        pairs = zip(_GRADES, scale.grades, strict=True)
        words = {key: f"{key} {self.study.words(grade.text, language)}" for key, grade in pairs}
        return words | {"": "Not graded on this scale"}

    def _entries(self, entries: tuple[Coded, ...]) -> dict[str, str]:
        return {entry.key: self.study.words(entry.text, self.study.study.default_language) for entry in entries}

    def grading(self) -> Grading:
        """What was given."""
        return Grading(
            term=self.term.data or "",
            started_on=self.started_on.data,
            ended_on=self.ended_on.data,
            ctcae=_grade(self.ctcae.data),
            sir=_grade(self.sir.data),
            related=self.related.data,
            procedure_id=self.procedure_id.data or None,
            serious={"1": True, "0": False}.get(self.serious.data),
            criteria=tuple(self.criteria.data or ()),
            outcome=self.outcome.data,
            actions=tuple(self.actions.data or ()),
            note=self.note.data or "",
        )

    def validate(self, extra_validators=None) -> bool:
        """By the rules of grading; each fault stands at its field."""
        good = super().validate(extra_validators)
        found = faults(self.study, self.grading(), self.today, self.procedures)
        if "source" in self._fields and self.source.data not in ("call", "visit"):
            found.append(("source", "source_required"))
        for name, fault in found:
            if not self[name].errors:
                self[name].errors = [message(Refusal(fault))]
        return good and not found


def _grade(text: str | None) -> int | None:
    """1 to 5; None for none. What is no grade is 0, which no scale has."""
    return (int(text) if text in _GRADES else 0) if text else None


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
