"""How much opioid a report comes to, in morphine milligram equivalents (MME), by the table in the study file.

Estimates for staff and analysts, never for switching one opioid to another. Source of the factors: [mme] of the study
file (CDC Clinical Practice Guideline, MMWR Recomm Rep 2022;71(3), DOI 10.15585/mmwr.rr7103a1).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from prom.rules.answers import given
from prom.rules.instrument import Step, answer_key, steps
from prom.rules.study import Mme, Study

RECALL_DAYS = 7  # the days of use are asked of the last 7

# Why there is no figure: the answer is missing; not sure, or preferred not to answer; which medicine is not known; the
# table has no factor for it; its unit does not turn into mg, or is not that of a patch; no dose on the days of use.
NOT_ANSWERED, NOT_KNOWN, MEDICINE = "not_answered", "not_known", "medicine"
NO_FACTOR, UNIT, NO_TIMES = "no_factor", "unit", "no_times"
REASONS = (NOT_ANSWERED, NOT_KNOWN, MEDICINE, NO_FACTOR, UNIT, NO_TIMES)


@dataclass(frozen=True)
class Dose:
    """MME a day. using_day: on a day of use; mean: over the last 7 days. Each is None where it cannot be told, and
    `reason` (one of REASONS) says why; "" where both are told. 0 is told only where no opioid was taken for certain."""

    using_day: float | None
    mean: float | None
    reason: str = ""


@dataclass(frozen=True)
class Opioids:
    """The opioids of a report. whole: all together, without a figure where any is without; of_each: by instance, such
    as `opioid_strong` or `opioid_strong.2`. table: which factors were used."""

    whole: Dose
    of_each: dict[str, Dose]
    table: str


NOTHING = Dose(0, 0)


def opioids(study: Study, timepoint_key: str, answers: dict) -> Opioids | None:
    """The opioids that a report's answers tell of; None where the study has no table or the timepoint does not ask.

    What was taken on the same day cannot be told, so all together on a day of use is the sum of each one's.
    """
    table = study.mme
    if table is None or table.kinds not in study.timepoint(timepoint_key).asks:
        return None
    shown = steps(study, timepoint_key, answers)
    live = {key: answers[key] for step in shown for key in step.answer_keys if key in answers}
    about = [step for step in shown if any(item.key == table.medicine for item in step.items)]
    doses = {step.instance: _dose(table, _answers(table, live, step.instance)) for step in about}
    beside = [Dose(None, None, reason) for reason in _beside(study, table, shown, live, doses)]
    return Opioids(_together([*doses.values(), *beside]), doses, table.table)


def _beside(study: Study, table: Mme, shown: tuple[Step, ...], live: dict, told_of: Collection[str]) -> Iterator[str]:
    """Why it is not certain that the opioids told of, by instance, are all that were taken."""
    screen = study.screen_of[table.kinds]
    asked = any(step.screen is screen for step in shown)
    kinds = live.get(screen.show_when.item if screen.show_when and not asked else table.kinds)
    if not given(kinds):
        yield _without(kinds)
    elif asked and set(kinds or ()) & set(table.unknown):
        yield MEDICINE
    for step in shown:
        for item in step.items:
            another = live.get(answer_key(item.key, step.instance))
            if item.again and step.instance in told_of and not given(another):
                yield _without(another)


def _answers(table: Mme, live: dict, instance: str) -> dict:
    """The answers about one medicine by the part that they play."""
    parts = ("medicine", "strength", "unit", "times", "days")
    return {part: live.get(answer_key(getattr(table, part), instance)) for part in parts}


def _dose(table: Mme, told: dict) -> Dose:
    """The MME of one medicine."""
    days = told["days"]
    if days == 0:
        return NOTHING
    found = _of_a_day(table, told)
    if isinstance(found, str):
        return Dose(None, None, found)
    if not given(days):
        return Dose(_rounded(found), None, _without(days))
    return Dose(_rounded(found), _rounded(found * days / RECALL_DAYS))


def _of_a_day(table: Mme, told: dict) -> float | str:
    """The MME of a day of use, or why there is none. A patch works all day, whatever the times a day."""
    medicine, strength, unit, times = (told[part] for part in ("medicine", "strength", "unit", "times"))
    if medicine in table.unknown:
        return MEDICINE
    if not given(medicine):
        return _without(medicine)
    patch = medicine in table.patches
    if not patch and medicine not in table.factors:
        return NO_FACTOR
    for needed in (strength, unit) if patch else (strength, unit, times):
        if not given(needed):
            return _without(needed)
    if patch:
        return strength * table.patches[medicine] if unit == table.patch_unit else UNIT
    if unit not in table.mg:
        return UNIT
    return strength * table.mg[unit] * times * table.factors[medicine] if times else NO_TIMES


def _without(value) -> str:
    return NOT_ANSWERED if value is None else NOT_KNOWN


def _together(doses: list[Dose]) -> Dose:
    using_day = [dose.using_day for dose in doses]
    mean = [dose.mean for dose in doses]
    reason = next((dose.reason for dose in doses if dose.reason), "")
    return Dose(_sum(using_day), _sum(mean), reason)


def _sum(figures: list[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return _rounded(sum(known)) if len(known) == len(figures) else None


def _rounded(figure: float) -> float:
    """To two places; a whole number stays one, and what is more than nothing never becomes 0."""
    kept = max(round(figure, 2), 0.01) if figure > 0 else 0
    return int(kept) if kept == int(kept) else kept
