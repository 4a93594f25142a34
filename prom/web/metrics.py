"""The facts of the watch in the text format that Prometheus reads. No label of it names anybody or anything but a job,
a lane, a step, a kind of ailment or a process."""

from collections import Counter
from collections.abc import Iterator, Mapping

from prom.rules.ailing import Facts, ailing

_UNKNOWN = (
    "Requests for an address that is no link, by the web process that answers this, in its memory since it began: each "
    "process counts its own and tells of no other's, so add up their rates."
)
Samples = Mapping[str, float]  # {value of the one label: number}; {"": number} where there is no label


def text(facts: Facts, opted_out: Mapping[str, int], unknown_links: Samples) -> str:
    """Every metric with its meaning. opted_out: {whose: how many of their numbers}. unknown_links: {process: how
    many}."""
    return "".join(line + "\n" for line in _lines(facts, opted_out, unknown_links))


def _lines(facts: Facts, opted_out: Mapping[str, int], unknown_links: Samples) -> Iterator[str]:
    ran = {job: seconds for job, seconds in facts.jobs.items() if seconds is not None}
    rates = {lane: facts.failure_rate(lane) for lane in facts.sent}
    ails, faults = ailing(facts), Counter(step for step, _ in facts.faults)
    yield from _gauge("ails", "Things that ail the system; the names stand at /readyz.", {"": len(ails)})
    yield from _gauge("heartbeat_age_seconds", "Since a job last ran; none that never ran.", ran, "job")
    yield from _gauge("oldest_due_seconds", "How long a lane's longest due text has waited.", facts.waiting, "lane")
    yield from _gauge("sent_last_day", "Texts of the last day whose call has an outcome.", facts.sent, "lane")
    yield from _gauge("failed_last_day", "Of these, those that failed or did not arrive.", facts.failed, "lane")
    yield from _gauge("failure_rate_last_day", "The part of these that failed or did not arrive.", rates, "lane")
    yield from _gauge("unknown_messages", "Messages of unknown outcome.", {"": facts.unknown})
    yield from _gauge("opted_out_numbers", "Numbers that are opted out of texts.", opted_out, "whose")
    yield from _gauge("standing_faults", "Faults that have not ended, by the step that met them.", faults, "step")
    yield from _metric("unknown_links_total", "counter", _UNKNOWN, unknown_links, "process")


def _gauge(name: str, meaning: str, samples: Samples, label: str = "") -> Iterator[str]:
    return _metric(name, "gauge", meaning, samples, label)


def _metric(name: str, kind: str, meaning: str, samples: Samples, label: str) -> Iterator[str]:
    yield f"# HELP prom_{name} {meaning}"
    yield f"# TYPE prom_{name} {kind}"
    for value, number in samples.items():
        yield f'prom_{name}{{{label}="{value}"}} {number:.12g}' if label else f"prom_{name} {number:.12g}"
