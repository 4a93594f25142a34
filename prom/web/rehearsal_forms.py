"""What is asked before a rehearsal: which rule, how it is changed, or a study file as a whole."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, FloatField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from prom.rules.answers import figure
from prom.rules.rule_change import NUMBERS, Fault
from prom.rules.study import CLASSES, Rule, Study

_HIGHEST = {"nrs": 10.0}  # of a kind of item; a number's is its own
_LABELS = {
    "at_least": "Fires from a value of",
    "rise_from_last": "Fires from a rise since the last report of",
    "rise_from_reference": "Fires from a rise over the reference of",
}


class _Sent(FlaskForm):
    """Sent by GET: it changes nothing and carries no token."""

    class Meta:
        """A form of a GET."""

        csrf = False


class _Number(FloatField):
    """A number between bounds, or nothing; what is wrong is always said by the bounds."""

    process_errors: list[str]

    def bounded(self, label: str, low: float, high: float | None) -> None:
        """Set what is asked."""
        self.label.text = label
        words = f"Give a number from {figure(low)}" + (f" to {figure(high)}." if high is not None else " up.")
        self.validators = [Optional(), NumberRange(low, high, message=words)]
        self.process_errors = [words] if self.process_errors else []


class RuleForm(_Sent):
    """Which rule."""

    rule = SelectField("Rule", validate_choice=False)

    def __init__(self, choices: list[tuple[str, str]], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.rule.choices = [SelectChoice(key, words) for key, words in choices]


class SettingsForm(_Sent):
    """How a rule is changed; only what fits its item is asked."""

    alert_class = RadioField("Class", choices=[SelectChoice(key, key.capitalize()) for key in CLASSES])
    at_least = _Number()
    rise_from_last = _Number()
    rise_from_reference = _Number()
    any_of = SelectMultipleField("Fires on any of", option_widget=CheckboxInput(), widget=ListWidget())
    off = BooleanField("Switch this rule off")

    def __init__(self, study: Study, rule: Rule, *args, **kwargs):
        stands = {name: getattr(rule, name) for name in (*NUMBERS, "any_of")} | {"alert_class": rule.class_}
        super().__init__(*args, data=stands, **kwargs)
        item = study.items[rule.item]
        self.rule = rule
        self.numbers = [self[name] for name in NUMBERS if item.kind in ("nrs", "number")]
        for name in NUMBERS:
            field = self[name]
            if field not in self.numbers:
                del self[name]
                continue
            field.bounded(_LABELS[name], 0 if name == "at_least" else 1, _HIGHEST.get(item.kind, item.high))
        if item.choices:
            language = study.study.default_language
            self.any_of.choices = [
                SelectChoice(choice.key, study.words(choice.text, language))
                for choice in item.choices
                if choice.key != item.none
            ]
        else:
            del self.any_of

    def settings(self) -> dict | None:
        """The rule's fields as they are wanted; None for off."""
        if self.off.data:
            return None
        found = {"class_": self.alert_class.data} | {field.name: field.data for field in self.numbers}
        if "any_of" in self:
            item_order = [choice.value for choice in self.any_of.choices]
            chosen = sorted(self.any_of.data or [], key=item_order.index)
            same = set(chosen) == set(self.rule.any_of)
            found["any_of"] = self.rule.any_of if same else tuple(chosen)
        return found


class FileForm(FlaskForm):
    """A study file as a whole, pasted or uploaded."""

    file = FileField("Study file")
    text = TextAreaField("Or its text")

    def given(self) -> str | None:
        """The text of the file; None where there is none that can be read, which is told."""
        data = self.file.data.read() if self.file.data else b""
        try:
            text = data.decode("utf-8-sig") if data else (self.text.data or "").replace("\r\n", "\n")
        except UnicodeDecodeError:
            text = ""
        if not text.strip():
            self.text.errors = [*self.text.errors, "Choose the study file, a text in UTF-8, or paste it."]
        return text if text.strip() else None


def tell(form: FlaskForm, faults: list[Fault]) -> None:
    """Put what is wrong with the rules above the form."""
    form.form_errors = [*form.form_errors, *(f"{place}: {remedy}" for place, remedy in faults)]
