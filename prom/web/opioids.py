"""The opioids of a report as staff read them: morphine milligram equivalents (MME), or why there is no figure."""

from dataclasses import dataclass

from prom.rules import medicines
from prom.rules.answers import figure
from prom.rules.instrument import answer_key, plain, what
from prom.rules.medicines import Dose
from prom.rules.study import Study

_WHY = {
    medicines.NOT_ANSWERED: "not answered",
    medicines.NOT_KNOWN: "not sure, or preferred not to answer",
    medicines.MEDICINE: "which medicine it is is not known",
    medicines.NO_FACTOR: "the table has no factor for it",
    medicines.UNIT: "its unit cannot be turned into mg",
    medicines.NO_TIMES: "0 times a day, on days of use",
}


@dataclass(frozen=True)
class Opioids:
    """table: whose factors. whole: all together, in words. each: (name, its figures in words)."""

    table: str
    whole: str
    each: tuple[tuple[str, str], ...]


def told(study: Study, timepoint_key: str, answers: dict) -> Opioids | None:
    """The opioids of a report; None where the study has no table or the timepoint does not ask."""
    found = medicines.opioids(study, timepoint_key, answers)
    if found is None:
        return None
    each = [(_name(study, answers, instance), words(dose)) for instance, dose in found.of_each.items()]
    return Opioids(found.table, words(found.whole), tuple(each))


def words(dose: Dose) -> str:
    """A dose in words: "30 on a day of use, 8.57 a day on average"."""
    if dose.using_day is None:
        return f"no figure ({_WHY[dose.reason]})"
    if dose.mean is None:
        return f"{figure(dose.using_day)} on a day of use; no average ({_WHY[dose.reason]})"
    if dose.mean == dose.using_day:
        return f"{figure(dose.mean)} a day"
    return f"{figure(dose.using_day)} on a day of use, {figure(dose.mean)} a day on average"


def _name(study: Study, answers: dict, instance: str) -> str:
    """A medicine as it was told: "Strong opioid (2), Oxycodone"."""
    assert study.mme
    language = study.study.default_language
    kind = what(study, study.items[study.mme.medicine], instance, language)
    name = plain(study, study.mme.medicine, answers.get(answer_key(study.mme.medicine, instance)), language)
    return ", ".join(part for part in (kind[:1].upper() + kind[1:], name) if part)
