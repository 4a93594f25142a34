"""A study file that fits together has no fault; each way of not fitting is told with its place and remedy."""

import copy
import tomllib
from datetime import date

import pytest

from prom.errors import StudyFault
from prom.rules.study import Study
from prom.rules.study_check import check, parse_checked
from prom.rules.text_check import NEEDED, OWN_PLACEHOLDERS
from tests.rules.conftest import SHIPPED

GONE = object()
RAW = tomllib.loads(SHIPPED.read_text())
RED = "screens.red_flags.items.red_flags"
CHOICES = [{"key": "a", "text": {"en": "A"}}, {"key": "b", "text": {"en": "B"}}]
ASKS = {point["key"]: point["asks"] for point in RAW["timepoints"]}
FOLLOWS = RAW["follows"]
STEPS = RAW["alerts"]["red"]["ladder"]


def edited(path: str, value) -> Study:
    """The shipped study with one place changed. Lists of tables are walked by key; a number is an index;
    `+` at the end appends; GONE removes."""
    raw = copy.deepcopy(RAW)
    *way, last = path.split(".")
    part = raw
    for step in way:
        part = _step(part, step)
    if last == "+":
        part.append(value)
    elif isinstance(part, list):
        place = part.index(_step(part, last))
        part[place : place + 1] = [] if value is GONE else [value]
    elif value is GONE:
        del part[last]
    else:
        part[last] = value
    return Study.model_validate(raw)


def _step(part, step):
    if isinstance(part, dict):
        return part[step]
    return part[int(step)] if step.isdigit() else next(one for one in part if one["key"] == step)


def without(keys, *left_out):
    return [key for key in keys if key not in left_out]


def test_the_shipped_file_has_no_fault(study):
    assert check(study) == []
    assert parse_checked(SHIPPED.read_text(), "shipped") == study


@pytest.mark.parametrize(
    "found, instead, place, remedy",
    [
        ('title = "', 'title = "" #', "study.title", "is empty: give text"),
        ('version = "', 'version = " " #', "study.version", "is empty: give text"),
        ('title = "', "title = 7 #", "study.title", "give text in quotes"),
        ('birth_year = "shared"', 'birth_year = "never"', "survey.birth_year", "give 'shared' or 'always'"),
        ("show_pain = false", 'show_pain = "maybe"', "survey.show_pain", "give one of them"),
        ('open = "08:00"', 'open = "8 am"', "clinic.open", 'is no time of day: give one such as "08:00"'),
        ('open = "08:00"', "open = true", "clinic.open", 'is no time of day: give one such as "08:00"'),
        ('open = "08:00"', "open = 8", "clinic.open", 'is no time of day: give one such as "08:00"'),
        ("closed_on = []", 'closed_on = ["Christmas"]', "clinic.closed_on.0", "give one such as 2026-12-24"),
        ("closed_on = []", "closed_on = [2026-12-24T08:00:00]", "clinic.closed_on.0", "give the date alone"),
        ('days = ["mon"', 'days = ["Monday"', "clinic.days.0", "give 'mon', 'tue'"),
        ('languages = ["en", "es", "zh-Hant"]', "languages = []", "study.languages", "too short: give at least 1"),
        ("minimum_age = 18", "minimum_age = 180", "study.minimum_age", "is too large: give 120 or less"),
        ("stale_hours = 48", "stale_hours = 0", "texting.stale_hours", "is too small: give more than 0"),
        ("reference_days = 28", "reference_days = -1", "schedule.reference_days", "is too small: give 0 or more"),
        ("late_days = 30", "late_days = 30.5", "schedule.late_days", "is no whole number"),
        ('sms_name = "', 'sms_name = "0123456789012345678901234567890" #', "clinic.sms_name", "30 characters at most"),
        ('to = "lead"', 'to = "boss"', "alerts.red.ladder.2.to", "use on_call_1 to on_call_9, or lead"),
        ('key = "interscapular-pain"', 'key = "my pain"', "study.key", "use letters, digits, -, _ and ."),
        ('key = "interscapular-pain"', 'key = "my/pain"', "study.key", "use letters, digits, -, _ and ."),
        ('key = "interscapular-pain"', 'key = ""', "study.key", "use letters, digits, -, _ and ."),
        ('key = "entry_nrs"', 'key = "entry nrs"', "eligibility.0.key", "letters, digits and _"),
    ],
)
def test_a_part_of_another_shape_is_told_with_its_remedy(found, instead, place, remedy):
    text = SHIPPED.read_text()
    assert found in text
    with pytest.raises(StudyFault) as fault:
        parse_checked(text.replace(found, instead, 1), "odd")
    assert fault.value.faults[0][0] == place and remedy in fault.value.faults[0][1]


def test_a_study_file_that_says_nothing_of_the_survey_shows_and_asks_the_least():
    assert "[survey]" in SHIPPED.read_text()
    said = edited("survey", GONE).survey
    assert (said.birth_year, said.show_history, said.show_pain) == ("shared", False, False)


ABOUT = [
    ("study.default_language", "fr", "study.default_language", "name one of: en, es, zh-Hant"),
    ("study.languages", ["en", "en"], "study.languages", "name each language once"),
    ("study.languages", ["en", "xx"], "study.languages", "xx: days and times cannot be said in it"),
    ("study.languages", ["en", "xx"], f"{RED}.text", "is missing in: xx: add it"),
    ("study.languages", ["en", "xx"], "texts.xx.sms_invite", "is missing: add it"),
    ("study.zone", "America/Gotham", "study.zone", "is no time zone: name one such as"),
    ("study.zone", "../etc", "study.zone", "is no time zone"),
    ("clinic.close", "08:00", "clinic.open", "must be earlier than clinic.close"),
    ("clinic.days", ["mon", "mon"], "clinic.days", "name each day once"),
    ("clinic.holidays", "XX", "clinic.holidays", "give codes such as US, US-NY or TW"),
    ("clinic.holidays", "registry", "clinic.holidays", "is no country"),
    ("clinic.holidays", "US-", "clinic.holidays", "no part of one"),
    ("clinic.holidays", "us", "clinic.holidays", "'us' is no country"),
    ("clinic.holidays", "US-ZZ", "clinic.holidays", "give codes such as US, US-NY or TW"),
    ("clinic.phone", "ask us", "clinic.phone", "write it with + and its country code"),
    ("clinic.phone", "555 010 0100", "clinic.phone", "write it with + and its country code"),
    ("clinic.phone", "+1 55", "clinic.phone", "write it with + and its country code"),
    ("texts.zh-Hant.sms_invite", "{sms_name}：問卷備妥 {link} 。{optout}", "texts.zh-Hant.sms_invite", "cut in two"),
    ("texts.en.sms_for", "For you:", "texts.en.sms_for", "say for whom: name {call_name}"),
    ("texts.en.sms_for", "For the pain of {call_name}:", "texts.en.sms_for", "leave out the word: pain"),
    ("texts.en.sms_for", "For {call_name}, {link}:", "texts.en.sms_for", "{link} cannot be filled here"),
    ("texts.en.sms_for", "X" * 40 + "{call_name}:", "texts.en.sms_for", "before sms_invite: move {link}: it is cut"),
    ("texts.es.sms_for", "X" * 140 + "{call_name}:", "texts.es.sms_for", "before sms_remind: shorten it: "),
    ("texts.zh-Hant.sms_for", GONE, "texts.zh-Hant.sms_for", "is missing"),
    ("clinic.sms_name", "Spine Center", "clinic.sms_name", "leave out the word: spine"),
    ("texting.to", "09:00", "texting.from", "must be earlier than texting.to"),
    ("texting.send_at", "08:59", "texting.send_at", "choose a time from 09:00 until before 20:00"),
    ("texting.send_at", "20:00", "texting.send_at", "choose a time from 09:00"),
    ("texting.reminders", [5, 2], "texting.reminders", "must rise"),
    ("texting.reminders", [0, 2], "texting.reminders", "at least 1 day"),
    ("texting.call_task", 5, "texting.call_task", "must come after the last reminder"),
    ("texting.two_way", False, "texts.en.sms_stop", "do not ask for a reply"),
    ("eligibility.entry_nrs.high", 0, "eligibility.entry_nrs.low", "must be lower than high"),
    ("eligibility.pain_months.key", "entry_nrs", "eligibility.entry_nrs", "give each a key of its own"),
    ("texts.en.sms_invite", GONE, "texts.en.sms_invite", "is missing: add it"),
    ("texts.en.consent_sms", " ", "texts.en.consent_sms", "is missing: add it"),
    ("texts.en.sms_hello", "Hello", "texts.en.sms_hello", "remove it or mend its name"),
    ("texting.two_way", False, "texts.es.sms_stop", "do not ask for a reply"),
    ("texting.two_way", False, "texts.zh-Hant.sms_stop", "do not ask for a reply"),
    ("texts.es.used", GONE, "texts.es.used", "is missing: add it"),
    ("texts.fr", {"done": "Merci"}, "texts.fr", "add it to study.languages"),
    ("texts.en", GONE, "texts.en", "add the texts of the default language"),
    (
        "approval.languages",
        {"fr": {"by": "A", "on": "2026-01-01", "sha256": "0"}},
        "approval.languages.fr",
        "name one of: en, es, zh-Hant",
    ),
]

SCHEDULE = [
    ("schedule.baseline_due_days", 15, "schedule.baseline_due_days", "lower it"),
    ("timepoints.3m.key", "1m", "timepoints.1m", "give each a key of its own"),
    ("timepoints.baseline.baseline", False, "timepoints", "exactly one has baseline = true, not 0"),
    ("timepoints.1m.baseline", True, "timepoints", "exactly one has baseline = true, not 2"),
    ("timepoints.baseline.days", 3, "timepoints.baseline", "remove months and days"),
    ("timepoints.1m.months", 0, "timepoints.1m", "add months or days"),
    ("timepoints.1m.window_before", 28, "timepoints.1m.window_before", "lower it"),
    ("timepoints.1m.window_before", 29, "timepoints.1m.window_before", "lower it"),
    ("timepoints.1m.window_after", 45, "procedures.injection.timepoints", "1m and 3m overlap: shorten"),
    ("timepoints.6m.window_before", 75, "procedures.embolization.timepoints", "3m and 6m overlap: shorten"),
    ("timepoints.6m.months", 3, "procedures.injection.timepoints", "in the order of their time"),
    ("procedures.injection.timepoints", ["baseline", "3m", "1m"], "procedures.injection", "in the order of"),
    ("procedures.injection.timepoints", ["baseline", "2m"], "procedures.injection", "name one of: baseline, 1m"),
    ("procedures.injection.timepoints", ["1m", "baseline"], "procedures.injection", "the baseline comes first"),
    ("procedures.injection.timepoints", ["baseline", "1m", "1m"], "procedures.injection", "once"),
    ("procedures.injection.timepoints", ["baseline", "baseline"], "procedures.injection", "once"),
    ("path.decision", "TAE", "path.decision", "name the decision otherwise"),
    ("path.decision", "", "path.decision", "is the word for undecided"),
    ("follows.0.then", "surgery", "follows.0", "name one of: injection, embolization"),
    ("follows.+", FOLLOWS[0], "follows", "injection after injection is there 2 times"),
    ("follows.3", GONE, "follows", "what does injection after embolization do? add [[follows]]"),
    ("procedures.nerve_block", {"title": "B", "timepoints": []}, "follows", "nerve_block after nerve_block do?"),
]

INSTRUMENT = [
    ("screens.comment.items.comment.text.en", "Since {since!x}", "screens.comment.items.comment (en)", "only a name"),
    ("screens.comment.items.comment.text.en", "Since {since:d}", "screens.comment.items.comment (en)", "only a name"),
    ("screens.comment.items.comment.key", "seen", "screens.comment.items.seen", "give it another key"),
    ("instrument.primary", "nrs_now", "instrument.primary", "name one of: nrs_average, nrs_worst"),
    ("instrument.worst", "comment", "instrument.worst", "not of kind nrs: name one of: nrs_average"),
    ("instrument.red", "care_any", "instrument.red", "not of kind choices: name one of: red_flags"),
    ("instrument.red", "se_list", "screens.red_flags", "put se_list on the first screen"),
    ("instrument.red", "se_list", "screens.se_list.items.se_list.none", 'the choice that says "none of these"'),
    ("instrument.care", "comment", "instrument.care", "name one of: red_flags, med_same"),
    ("instrument.who", "nobody", "instrument.who", "there is no item nobody"),
    ("instrument.urgency", "comment", "instrument.urgency", "comment is not of kind choice"),
    ("instrument.urgency", "se_now", "instrument.urgency", "se_now offers yes: the choices may be urgent, call, can"),
    ("instrument.call_when", "who", "instrument.call_when", "who is not of kind text: name one of: med_opioid_name"),
    ("instrument.who", "se_any", "instrument.who", "se_any offers no: the choices may be self, helped, proxy"),
    (f"{RED}.none", GONE, f"{RED}.none", 'the choice that says "none of these"'),
    (f"{RED}.none", "nothing", f"{RED}.none", "name one of: chest, stroke"),
    (f"{RED}.optional", True, f"{RED}.optional", "remove it"),
    ("screens.red_flags.show_when", {"item": "who", "is": ["self"]}, "screens.red_flags", "always shown"),
    ("screens.comment.key", "who", "screens.who", "give each a key of its own"),
    ("screens.comment.items.comment.key", "who", "items.who", "give each a key of its own"),
    (f"{RED}.choices.stroke.key", "chest", "items.red_flags.choices.chest", "give each a key of its own"),
    ("timepoints.1m.asks", without(ASKS["1m"], "red_flags"), "timepoints.1m.asks", "add red_flags"),
    ("timepoints.baseline.asks", without(ASKS["baseline"], "who"), "timepoints.baseline.asks", "add who"),
    ("timepoints.1m.asks", [*ASKS["1m"], "mood"], "timepoints.1m.asks", "there is no item mood"),
    ("timepoints.3m.asks", without(ASKS["3m"], "se_list"), "timepoints.3m.asks", "add se_list"),
    ("timepoints.3m.asks", without(ASKS["3m"], "med_strength"), "timepoints.3m.asks", "add med_strength"),
    ("screens.med_name.for_each", "medicines", "screens.med_name.for_each", "not medicines"),
    ("screens.med_name.for_each", "se_list", "screens.med_name.for_each", "items on earlier screens"),
    ("screens.med_name.for_each", "med_any", "screens.med_name.for_each", "name an item of kind choices"),
    ("screens.se_list.show_when.item", "se_now", "screens.se_list.show_when", "items on earlier screens"),
    ("screens.se_list.show_when.item", "se_list", "screens.se_list.show_when", "items on earlier screens"),
    ("screens.se_list.show_when.is", ["maybe"], "screens.se_list.show_when", "name one of: no, yes"),
    ("screens.med_strength.items.med_unit.with", GONE, "items.med_unit", "put it on a screen of its own"),
    ("screens.med_opioid.items.med_opioid.choices.tramadol.only_for", ["pills"], "tramadol.only_for", "pills is no"),
    ("screens.med_more.items.med_more.choices.yes.key", "yeah", "items.med_more.again", 'add a choice "yes"'),
    ("screens.se_any.items.se_any.renews", True, "items.se_any.renews", "its screen needs for_each"),
    ("screens.se_any.items.se_any.again", True, "items.se_any.again", "its screen needs for_each"),
    ("screens.comment.show_when", {"item": "nrs_worst", "is": ["11"]}, "screens.comment.show_when", "no answer 11"),
    ("screens.comment.show_when", {"item": "care_for", "is": ["x"]}, "screens.comment.show_when", "no answer x"),
    ("screens.se_end.for_each", GONE, "screens.se_end.show_when", "add for_each here too"),
    ("screens.se_end.for_each", GONE, "screens.se_end.items.se_end.not_before", "add for_each here too"),
    ("screens.se_end.items.se_end.not_before", "se_now", "se_end.not_before", "earlier item of kind date"),
    ("screens.se_end.items.se_end.not_before", "se_begin", "se_end.not_before", "not se_begin"),
    ("screens.se_now.items.se_now.not_before", "se_start", "se_now.not_before", "earlier item of kind date"),
    ("screens.se_text.items.se_text.only_for", ["cough"], "se_text.only_for", "cough is no choice"),
    ("screens.comment.items.comment.only_for", ["other"], "comment.only_for", "the screen has no for_each"),
    ("screens.med_days.items.med_days.not_for", ["aspirin"], "med_days.not_for", "aspirin is no choice"),
    ("screens.comment.items.comment.not_for", ["other"], "comment.not_for", "the screen has no for_each"),
    ("screens.med_strength.items.med_unit.with", "med_any", "med_unit.with", "on the same screen, not med_any"),
    ("screens.med_strength.items.med_strength.with", "med_unit", "med_strength.with", "before it on the same"),
    ("screens.med_days.items.med_days.low", 7, "items.med_days", "add low and high"),
    ("screens.med_days.items.med_days.high", GONE, "items.med_days", "add low and high"),
    ("screens.nrs_worst.items.nrs_worst.low_anchor", GONE, "items.nrs_worst", "add low_anchor"),
    ("screens.who.items.who.choices", CHOICES[:1], "items.who.choices", "at least two choices"),
    ("screens.comment.items.comment.choices", CHOICES, "items.comment.choices", "has no choices: remove"),
    ("screens.who.items.who.none", "self", "items.who.none", "is no choice of it"),
    ("screens.care_any.items.care_any.text.en", "Since {sinse}?", "items.care_any (en)", "{sinse} cannot be"),
    ("screens.se_severity.title.en", "About {what", "screens.se_severity (en)", "close each brace"),
    ("screens.who.title.en", "", "screens.who.title", "is missing in: en"),
    ("screens.who.title.fr", "Qui", "screens.who.title", "a language that the study has not: fr"),
    (f"{RED}.hint", {"fr": "x"}, f"{RED}.hint", "is missing in: en"),
]

RULES = [
    ("alerts.red.ladder.0.after", 5, "alerts.red.ladder", "add a first step with after = 0"),
    ("alerts.red.ladder", [], "alerts.red.ladder", "add a first step with after = 0"),
    ("alerts.high.ladder.1.after", 480, "alerts.high.ladder", "put the steps in order"),
    ("alerts.red.ladder.1.after", 61, "alerts.red.ladder", "put the steps in order"),
    ("alerts.routine.ladder", STEPS, "alerts.routine.ladder", "remove the steps"),
    ("alerts.routine.repeat_minutes", 15, "alerts.routine.ladder", "remove the steps and repeat_minutes"),
    ("alerts.red.repeat_minutes", 4, "alerts.red.repeat_minutes", "must be at least 5, or 0 for no repetition"),
    ("alerts.outcomes.visit.key", "advice", "alerts.outcomes.advice", "give each a key of its own"),
    ("alerts.outcomes.visit.text", {}, "alerts.outcomes.visit.text", "is missing in: en"),
    ("rules.care.key", "free_text", "rules.free_text", "give each a key of its own"),
    ("rules.care.item", "hospital", "rules.care.item", "there is no item hospital"),
    ("rules.care.any_of", ["clinic"], "rules.care.any_of", "name one of: no, emergency_room"),
    ("rules.care.any_of", [], "rules.care", "add a condition"),
    ("rules.care.at_least", 3, "rules.care", "remove the conditions on numbers"),
    ("rules.care.rise_from_reference", 3, "rules.care", "remove the conditions on numbers"),
    ("rules.care.written", True, "rules.care.written", "is no text"),
    ("rules.free_text.any_of", ["a"], "rules.free_text.any_of", "name one of: none"),
    ("rules.opioid_more.instances", ["heroin"], "rules.opioid_more.instances", "name one of: paracetamol"),
    ("rules.care.instances", ["fever"], "rules.care.instances", "name one of: none"),
    ("rules.care.new_since_last", True, "rules.care.new_since_last", "a question with several"),
    ("rules.opioid_new.any_of", [], "rules.opioid_new.new_since_last", "name some in any_of"),
    ("rules.care.mme_at_least", 50, "rules.care.mme_at_least", "give that one, or remove it"),
    ("rules.care.mme_at_least", 50, "rules.care.words_partial", "is missing"),
    ("mme", GONE, "rules.opioid_mme.mme_at_least", "give that one, or remove it"),
    ("rules.opioid_mme.words_partial.en", "{dose}", "rules.opioid_mme.words_partial.en", "name one of: value, last"),
    ("silence.silence_pain.key", "care", "rules.care", "give each a key of its own"),
    ("silence.silence_pain.last_item", "nrs", "silence.silence_pain.last_item", "there is no item nrs"),
    ("silence.silence_pain.last_item", "comment", "silence.silence_pain.last_item", "is no number"),
    ("silence.silence_pain.last_item", "", "silence.silence_pain.at_least", "give both, or none"),
    ("silence.silence_pain.at_least", None, "silence.silence_pain.at_least", "give both, or none"),
    ("silence.silence_alert.last_class_at_least", None, "silence.silence_alert", "add a condition"),
    ("silence.silence_pain.timepoints", ["2m"], "silence.silence_pain.timepoints", "name one of: baseline, 1m"),
    ("silence.silence_pain.words.en", "{last}", "silence.silence_pain.words.en", "name one of: timepoint"),
    ("rules.care.timepoints", ["2m"], "rules.care.timepoints", "name one of: baseline, 1m"),
    ("rules.care.words.en", "{choice}", "rules.care.words.en", "name one of: value, last"),
    (f"{RED}.declinable", False, "rules.red_declined.declined", "cannot be declined"),
    ("rules.red_flag.any_of", ["chest"], "rules", "no red rule names stroke: add it"),
    ("rules.red_flag.class", "high", "rules", "no red rule names faint: add it"),
    ("rules.red_flag.timepoints", ["1m"], "rules", "no red rule names chest: add it"),
]

RECALL = "screens.med_same.recall"
COPIED = [screen for screen in RAW["screens"] if screen["key"] == "med_same"][0]["recall"]["items"]
RECALLS = [
    ("screens.med_same.for_each", "red_flags", f"{RECALL}.answer", "without for_each"),
    (f"{RECALL}.answer", "same", f"{RECALL}.answer", "name a choice of the one item of its screen, not same"),
    (f"{RECALL}.items", [*COPIED, "nrs_worst"], f"{RECALL}.items", "nrs_worst cannot be copied"),
    (f"{RECALL}.items", [*COPIED, "who"], f"{RECALL}.items", "who cannot be copied: name items on later screens"),
    (f"{RECALL}.items", [*COPIED, "med_dose"], f"{RECALL}.items", "med_dose cannot be copied"),
    (f"{RECALL}.items", without(COPIED, "med_classes"), f"{RECALL}.items", "add med_classes: other items are shown by"),
    (f"{RECALL}.items", without(COPIED, "med_strength"), f"{RECALL}.items", "add med_strength"),
    (f"{RECALL}.sets", {"urgency": "call"}, f"{RECALL}.sets", "urgency cannot be copied"),
    (f"{RECALL}.sets", {"med_change": "equal"}, f"{RECALL}.sets.med_change", "one of its choices"),
    (f"{RECALL}.sets", {"med_more": "no"}, f"{RECALL}.sets.med_more", "name an item that is not copied"),
    (f"{RECALL}.when_last", {"item": "comment", "is": ["yes"]}, f"{RECALL}.when_last", "name one of recall.items"),
    (f"{RECALL}.when_last", {"item": "med_any", "is": ["maybe"]}, f"{RECALL}.when_last", "and choices of it"),
    (f"{RECALL}.intro.en", "On {day}", f"{RECALL}.intro (en)", "{day} cannot be filled here: name one of: date"),
    ("screens.med_days.items.med_days.said.en", "{days}", "items.med_days.said (en)", "name one of: value"),
    ("timepoints.3m.asks", without(ASKS["3m"], "med_any"), "timepoints.3m.asks", "add med_any, or remove med_same"),
]

DAYS, TIMES = "screens.med_days.items.med_days", "screens.med_times.items.med_times"
AMOUNTS = [
    (f"{DAYS}.usual_high", 6, "med_days.usual_high", "add high_prompt to that number"),
    ("screens.care_any.items.care_any.choices.no.usual_high", 6, "care_any.usual_high", "is of a number, or of its"),
    (f"{TIMES}.high_prompt", {}, "med_times.usual_high", "add high_prompt"),
    (f"{TIMES}.high_prompt.en", "{unit}", "med_times.high_prompt (en)", "name one of: value"),
    (f"{TIMES}.times_of", "med_days", "med_times.times_of", "name a number on an earlier screen"),
    (f"{TIMES}.times_of", "med_unit", "med_times.times_of", "name a number on an earlier screen"),
    (f"{TIMES}.day_prompt", {}, "med_times.times_of", "add day_prompt"),
]

MME = [
    ("mme.kinds", "med_any", "mme.kinds", "med_any is no item of kind choices: name one of: red_flags, med_classes"),
    ("mme.strength", "med_power", "mme.strength", "med_power is no item of kind number: name one of: med_strength"),
    ("mme.medicine", "who", "mme.medicine", "who is not asked for each of med_classes"),
    ("screens.med_days.items.med_days.high", 14, "mme.days", "ask for at most so many"),
    ("timepoints.3m.asks", without(ASKS["3m"], "med_times"), "timepoints.3m.asks", "add med_times: [mme] reckons"),
    ("mme.unknown", ["dunno"], "mme.unknown", "dunno is no choice of it"),
    ("mme.unknown", ["tramadol"], "mme.unknown", "tramadol has a factor"),
    ("mme.factors.heroin", 3, "mme.factors", "heroin is no choice of it: name one of: tramadol"),
    ("mme.factors.buprenorphine", 0, "mme.factors.buprenorphine", "must be above 0: what has no figure is left out"),
    ("mme.factors.fentanyl_patch", 2, "mme.patches.fentanyl_patch", "keep one of them"),
    ("mme.mg.drops", 1, "mme.mg", "drops is no choice of it"),
    ("mme.patch_unit", "", "mme.patch_unit", "name the unit of a patch"),
    ("mme.patch_unit", "mcg", "mme.patch_unit", "one that is not in mme.mg"),
]


OF_MEDICINES = RECALLS + AMOUNTS + MME


@pytest.mark.parametrize("path, value, place, remedy", ABOUT + SCHEDULE + INSTRUMENT + RULES + OF_MEDICINES)
def test_each_fault_is_told_with_its_place_and_remedy(path, value, place, remedy):
    faults = check(edited(path, value))
    assert [fault for fault in faults if place in fault[0] and remedy in fault[1]], faults


@pytest.mark.parametrize(
    "path, value",
    [
        ("timepoints.1m.window_after", 28),
        ("timepoints.1m.window_before", 27),
        ("procedures.injection.timepoints", ["baseline", "1m", "6m"]),
        ("procedures.embolization.timepoints", ["1m", "3m"]),
        ("screens.comment.show_when", {"item": "nrs_worst", "is": ["0", "10"]}),
        ("clinic.sms_name", "X" * 17),
        ("rules.care.timepoints", ["1m"]),
        ("texting.reminders", []),
        ("alerts.high.ladder", []),
        ("mme.patches", {}),
    ],
)
def test_what_fits_is_let_be(path, value):
    assert check(edited(path, value)) == []


def test_a_study_may_have_no_table_of_opioids_and_no_rule_on_one():
    study = edited("rules.opioid_mme", GONE)
    assert check(study.model_copy(update={"mme": None, "scripts": ()})) == []
def test_a_day_that_is_named_as_open_and_as_closed_is_a_fault(study):
    both = study.clinic.model_copy(update={"open_on": (date(2026, 12, 24),), "closed_on": (date(2026, 12, 24),)})
    assert check(study.model_copy(update={"clinic": both})) == [
        ("clinic.open_on", "2026-12-24 stands in clinic.closed_on too: remove it from one of them")
    ]


def test_a_script_of_a_rule_that_is_none_is_a_fault():
    scripts = [{"rules": ["no_such"], "text": {"en": "Ask."}}]
    assert check(edited("scripts", scripts)) == [("scripts.0.rules", "there is no rule no_such: mend its name")]


def test_every_fault_of_a_file_is_told_at_once():
    text = SHIPPED.read_text().replace('zone = "America/New_York"', 'zone = "Mars"')
    text = text.replace("call_task = 8", "call_task = 1")
    with pytest.raises(StudyFault) as told:
        parse_checked(text, "my.toml")
    assert [place for place, _ in told.value.faults] == ["study.zone", "texting.call_task"]
    assert str(told.value).splitlines()[1] == (
        "my.toml: texting.call_task: must come after the last reminder: choose a later day"
    )


@pytest.mark.parametrize(
    "old, new, place, remedy",
    [
        ('key = "interscapular-pain"', 'key = "x"\nkee = "y"', "study.kee", "remove it or mend its name"),
        ('emergency = "911"', "", "clinic.emergency", "is missing: add it"),
        ("[study]", "[study", "the file", "is not valid TOML"),
        ('kind = "date"', 'kind = "day"', "screens", "give 'choice', 'choices', 'nrs'"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused(old, new, place, remedy):
    with pytest.raises(StudyFault) as told:
        parse_checked(SHIPPED.read_text().replace(old, new, 1), "my.toml")
    assert place in told.value.faults[0][0]
    assert remedy in told.value.faults[0][1]


def test_words_that_only_staff_read_need_the_default_language_alone():
    places = [place for place, _ in check(edited("study.languages", ["en", "fr"]))]
    assert "texts.fr.sms_invite" in places and "screens.who.items.who.choices.self.text" in places
    for_staff = ("rules.", "alerts.", "eligibility.", "texts.fr.staff_", "texts.fr.operator_")
    assert [place for place in places if place.startswith(for_staff)] == []
    words = edited("rules.care.words", {"fr": "Soins"})
    assert ("rules.care.words", "is missing in: en: add it") in check(words)


PLACES = [
    (language, key, name)
    for language in RAW["study"]["languages"]
    for key, names in NEEDED.items()
    if key in RAW["texts"][language]
    for name in names
]


@pytest.mark.parametrize("language, key, name", PLACES)
def test_a_text_without_what_it_is_there_to_say_is_told(language, key, name):
    text = RAW["texts"][language][key]
    assert f"{{{name}}}" in text
    without_it = edited(f"texts.{language}.{key}", text.replace(f"{{{name}}}", ""))
    assert (f"texts.{language}.{key}", f"add {{{name}}}: the text is there to say it") in check(without_it)


def test_every_text_that_may_hold_a_link_a_code_or_an_address_needs_it():
    may = {(key, name) for key, names in OWN_PLACEHOLDERS.items() for name in names}
    leads = {(key, name) for key, name in may if name in ("link", "code", "stop")}
    assert leads <= {(key, name) for key, names in NEEDED.items() for name in names}
    assert NEEDED.keys() <= OWN_PLACEHOLDERS.keys()
