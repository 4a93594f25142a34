"""What a nurse sends: a call, its taking back, a handing over, a physician's decision, and the close of an alert."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from prom.errors import Refusal
from prom.rules.alert_life import LONGEST_NOTE, closing_faults
from prom.rules.refusals import message
from prom.rules.study import Study
from prom.store.connect import Row
from prom.web.alert_story import outcomes

CALLS = {"call_tried": "Call tried, no answer", "contacted": "Spoke to them", "unreachable": "Could not be reached"}
DOES = {
    "call_tried": "Nobody has it yet",
    "contacted": "You have the alert then",
    "unreachable": "You have the alert then",
}
_TEXTS = [SelectChoice("resume", "Yes, texts may go on"), SelectChoice("stay_stopped", "No, texts stay stopped")]
_FIELD = {"outcome": "outcome", "note": "note", "texts": "texts"}


class CallForm(FlaskForm):
    """What came of a call; which of the buttons says so."""

    called = TextAreaField(
        "Note on the call (if you like)",
        [Length(max=LONGEST_NOTE, message=message(Refusal("note_too_long")))],
    )
    second = BooleanField("It was the second contact that I called (the participant is still to be reached)")


class UndoForm(FlaskForm):
    """That one did not speak to the participant after all."""

    slip = StringField(
        "Why",
        [
            InputRequired(message(Refusal("reason_required"))),
            Length(max=LONGEST_NOTE, message=message(Refusal("note_too_long"))),
        ],
        default="It was a slip.",
    )


class DecideForm(FlaskForm):
    """What a physician who was asked decides."""

    decision = TextAreaField(
        "What is to be done",
        [
            InputRequired(message(Refusal("decision_required"))),
            Length(max=LONGEST_NOTE, message=message(Refusal("note_too_long"))),
        ],
    )


class HandOverForm(FlaskForm):
    """The colleague who is to have an alert. colleagues: rows of staff, without who has it now."""

    colleague = SelectField("Colleague", validate_choice=False)
    why = TextAreaField(
        "Note for them (if you like)",
        [Length(max=LONGEST_NOTE, message=message(Refusal("note_too_long")))],
    )

    def __init__(self, colleagues: list[Row], **kwargs):
        super().__init__(**kwargs)
        self.colleague.choices = [
            SelectChoice("", "Choose a colleague"),
            *(SelectChoice(person["id"], person["name"]) for person in colleagues),
        ]

    def validate_colleague(self, chosen) -> None:
        """One of those offered is chosen."""
        if not chosen.data or chosen.data not in [choice.value for choice in chosen.choices]:
            raise ValidationError("Choose a colleague.")


class CloseForm(FlaskForm):
    """Coded outcome, note and, for red, whether texts go on. holder: the name of somebody else who has the alert, who
    must know."""

    outcome = RadioField("What was done?", validate_choice=False)
    note = TextAreaField("Note: what you did and what you found")
    texts = RadioField("May texts to this person go on?", choices=_TEXTS, validate_choice=False)
    agreed = BooleanField()

    def __init__(self, study: Study, alert_class: str, holder: str | None, **kwargs):
        super().__init__(**kwargs)
        if holder is None:
            del self.agreed
        else:
            self.agreed.label.text = f"{holder} knows that I close it"
        self.holder = holder
        self.outcome.choices = [SelectChoice(key, words) for key, words in outcomes(study).items()]
        self.alert_class = alert_class

    def validate(self, extra_validators=None) -> bool:
        """By the rules of closing; each fault stands at its field."""
        good = super().validate(extra_validators)
        keys = [choice.value for choice in self.outcome.choices]
        faults = closing_faults(self.alert_class, self.outcome.data, self.note.data, self.texts.data, keys)
        for fault in faults:
            field = self[_FIELD[fault.split("_")[0]]]
            field.errors = [*field.errors, message(Refusal(fault))]
        return good and not faults
