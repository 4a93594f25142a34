"""The form of one screen, made from the study file's items: an item added there needs no line here.

What an answer may be is `rules.answers.check`; this turns what a browser sent into what that reads, and a stored
answer back into what the controls show.
"""

from collections.abc import Mapping
from datetime import date

from wtforms import Field, ValidationError
from wtforms.form import BaseForm

from prom.rules.amounts import asked_again
from prom.rules.answers import DECLINED, NOT_SURE, AnswerFault, check, figure, is_declined, is_not_sure
from prom.rules.instrument import Step, answer_key, what
from prom.rules.study import Item, Study
from prom.rules.texts import spoken_day
from prom.rules.times import day_of
from prom.web.survey_words import fault as fault_words

# What a control sends for an answer without a value; a choice's own key has no such first letter.
MARKS = {"_not_sure": NOT_SURE, "_declined": DECLINED}
TYPED = ("number", "text", "date")  # the kinds that are written, with the marks as ticks below
MOST_VALUES, SPARE, MOST_HELD = 60, 200, 5000  # of a held field the values, the letters past its longest; of all
LONGEST_LINE = 100  # a text that may be longer gets a box of several lines


class AnswerField(Field):
    """One item. sent: the values of its controls as they were sent, or as a stored answer would send them.
    options: (value, words) of its radios or ticks, the marks among them. data: the checked answer."""

    def __init__(self, label, *, item: Item, options, marks, hint="", ends=("", ""), **kwargs):
        super().__init__(label, [_checked], **kwargs)
        self.item, self.options, self.marks, self.hint, self.ends = item, options, marks, hint, ends
        self.sent: list[str] = []

    def process_data(self, value) -> None:
        self.data, self.sent = value, as_sent(value)

    def process_formdata(self, valuelist) -> None:
        self.data, self.sent = None, list(valuelist)

    @property
    def control(self) -> str:
        """Which macro draws it."""
        if self.item.kind == "choice":
            return "select" if self.item.with_ else "radios"
        if self.item.kind == "text":
            return "lines" if self.item.longest > LONGEST_LINE else "line"
        return {"choices": "ticks", "nrs": "scale", "number": "figure", "date": "day"}[self.item.kind]

    @property
    def typed(self) -> str:
        """What stands in its input."""
        return next((value for value in self.sent if value not in MARKS), "")

    @property
    def described_by(self) -> str:
        """The ids of what describes it: its hint, its error."""
        parts = [("hint", self.hint), ("error", self.errors)]
        return " ".join(f"{self.id}-{name}" for name, there in parts if there)


class StepForm(BaseForm):
    """The form of one step. The class that `form_for` makes knows the step. prompted: what the page asked once more, in
    words: for an answer, so an empty one now means that it is declined, or whether one is right, so this one is; with
    what the page that follows asks. elsewhere: the answer in words that was saved from another page meanwhile, "" for
    none."""

    step: Step
    study: Study
    language: str
    values: dict
    today: date
    since: str

    def __init__(self, formdata=None):
        super().__init__(_fields(self))
        self.prompted: list[str] = formdata.getlist("prompted") if formdata else []
        self.elsewhere = ""
        keys = {item.key: answer_key(item.key, self.step.instance) for item in self.step.items}
        self.process(formdata, data={name: self.values.get(key) for name, key in keys.items()})

    def validate(self, extra_validators=None) -> bool:
        """Whether the screen can be kept. Each unusual amount is asked about once."""
        return super().validate(extra_validators) and not self._unusual()

    def _unusual(self) -> bool:
        answers, asks = self.values | self.answers, False
        for field in self:
            every = asked_again(self.study, field.item, self.step.instance, answers, self.language)
            words = next((words for words in every if words not in self.prompted), None)
            if words:
                field.errors, asks = [*field.errors, words], True
                self.prompted.append(words)
        return asks

    def filled(self, words: dict[str, str]) -> str:
        """Words of this screen in the form's language, {since} and {what} filled."""
        text = self.study.words(words, self.language)
        return text.format(since=self.since, what=what(self.study, self.step.screen, self.step.instance, self.language))

    def kept_of(self, sent: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """What is held of a screen that cannot be saved: of each field so many values and so long as an answer may
        need and a little more, so that what is too long can be made shorter; never more than MOST_HELD in all."""
        held: dict[str, list[str]] = {}
        left = MOST_HELD
        for name, values in sent.items():
            longest = SPARE + (self[name].item.longest if name in self else 0)
            held[name] = []
            for value in values[:MOST_VALUES]:
                held[name].append(value[: min(longest, left)])
                left -= len(held[name][-1])
        return held

    @property
    def answers(self) -> dict:
        """The checked answers by answer key."""
        return {answer_key(name, self.step.instance): field.data for name, field in self._fields.items()}

    def others(self) -> dict:
        """The answers of the same instance by item key, this screen's own as far as they are checked."""
        instance = self.step.instance
        earlier = {key: self.values.get(answer_key(key, instance), self.values.get(key)) for key in self.study.items}
        return earlier | {name: field.data for name, field in self._fields.items() if field.data is not None}


def form_for(step: Step, study: Study, language: str, values: dict, *, today: date, since: str) -> type[StepForm]:
    """The form class of a step. values: the answers so far, by answer key. today: in the participant's zone.
    since: what {since} stands for, in words."""
    known = {"step": step, "study": study, "language": language, "values": values, "today": today, "since": since}
    return type("ThisStepForm", (StepForm,), known)


def sent_answer(item: Item, sent: list[str]):
    """What the values of an item's controls say, as `check` reads it. Raises AnswerFault for something typed beside
    a ticked mark.

    A ticked choice, "none of these" too, counts before any mark; of the marks "not sure" before "declined"."""
    values = [value for value in sent if value not in MARKS and value.strip()]
    marked = next((answer for mark, answer in MARKS.items() if mark in sent), None)
    if values and marked and item.kind in TYPED:
        raise AnswerFault("keep_one")
    if item.kind == "choices" and (values or not marked):
        return values
    return marked or (values[0] if values else "")


def as_sent(value) -> list[str]:
    """What the controls of an item send for a stored answer; [] for None."""
    if value is None or value == "":
        return []
    if is_declined(value) or is_not_sure(value):
        return [mark for mark, answer in MARKS.items() if answer == value]
    if isinstance(value, list):
        return value
    return [value if isinstance(value, str) else figure(value)]


def _fields(form: StepForm) -> dict:
    return {item.key: _field(form, item) for item in form.step.items}


def _field(form: StepForm, item: Item):
    study, language = form.study, form.language
    offered = [(choice.key, study.words(choice.text, language)) for choice in item.choices]
    if item.kind == "nrs":
        offered = [(str(number), str(number)) for number in range(11)]
    marks = []
    if item.not_sure:
        marks.append(("_not_sure", study.text("not_sure", language)))
    if item.declinable and not item.optional and not item.with_:  # its partner's ticks speak for both
        marks.append(("_declined", study.text("skip", language)))
    ends = (study.words(item.low_anchor, language), study.words(item.high_anchor, language))
    return AnswerField(
        form.filled(item.text), item=item, options=offered, marks=marks, hint=form.filled(item.hint), ends=ends
    )


def _checked(form: StepForm, field: AnswerField) -> None:
    """The validator of every item: the rule says what is kept, the words of a fault are made here."""
    raw = None
    try:
        raw = _given(form, field)
        field.data = check(field.item, raw, today=form.today, others=form.others())
    except AnswerFault as fault:
        if raw == "" and field.item.soft_prompt:
            form.prompted.append(form.filled(field.item.soft_prompt))
            raise ValidationError(form.prompted[-1]) from None
        raise ValidationError(_fault_words(form, field, fault)) from None


def _given(form: StepForm, field: AnswerField):
    """What was given for an item: an empty one follows a partner without a value, or the prompt shown before."""
    raw = sent_answer(field.item, field.sent)
    if raw not in ("", []):
        return raw
    partner = form[field.item.with_] if field.item.with_ in form else None
    if partner is not None and (is_declined(partner.data) or is_not_sure(partner.data)):
        return NOT_SURE
    prompt = field.item.soft_prompt
    return DECLINED if prompt and form.filled(prompt) in form.prompted else raw


def _fault_words(form: StepForm, field: AnswerField, fault: AnswerFault) -> str:
    """What the error says: what to do."""
    item, language = field.item, form.language
    none = item.choice(item.none)
    key = "required_or_tick" if fault.key == "required" and field.marks else fault.key
    values = {name: _spoken(name, value, language) for name, value in fault.values.items()}
    values |= {
        "skip": form.study.text("skip", language),
        "none": form.study.words(none.text, language) if none else "",
    }
    return fault_words(key, **values)


def _spoken(name: str, value, language: str) -> str:
    if name in ("earliest", "latest"):
        return spoken_day(day_of(value), language, year=True)
    return "" if value is None else figure(value)
