"""A rehearsal in figures: alerts by class under the rules in force and under the changed ones, and the reports on which
the two differ."""

from collections import Counter
from dataclasses import dataclass, field

from prom.rules.rehearsal import Judged
from prom.rules.times import instant

CHANGES = ("missed", "new", "risen", "lowered", "gone", "otherwise")
_WEEK_SECONDS = 7 * 24 * 3600


@dataclass
class Count:
    """What was judged. reports: those sent, imported ones among them; unsent: forms never sent for which there is an
    alert under either rules; of_class: alerts by (column, class), the columns being raised (the reports with an alert,
    by its most urgent class), before and after; differing: by `Judged.change`."""

    reports: int = 0
    unsent: int = 0
    imported: int = 0
    first_at: str = ""
    last_at: str = ""
    of_class: Counter = field(default_factory=Counter)
    differing: dict[str, list[Judged]] = field(default_factory=lambda: {change: [] for change in CHANGES})

    def add(self, judged: Judged) -> None:
        """Count one more report."""
        self.reports += judged.sent
        self.unsent += not judged.sent and bool(judged.before or judged.after)
        self.imported += judged.person["imported"]
        at = judged.visit["submitted_at"] or judged.at
        self.first_at = min(self.first_at or at, at)
        self.last_at = max(self.last_at, at)
        columns = (("raised", judged.class_raised), ("before", judged.class_before), ("after", judged.class_after))
        for column, alert_class in columns:
            if alert_class:
                self.of_class[column, alert_class] += 1
        change = judged.change
        if change:
            self.differing[change].append(judged)

    @property
    def weeks(self) -> float:
        """The weeks from the first report to the last, 1 at least."""
        if not self.first_at:
            return 1.0
        return max((instant(self.last_at) - instant(self.first_at)).total_seconds() / _WEEK_SECONDS, 1.0)

    def a_week(self, column: str, alert_class: str) -> float:
        """Alerts of a class a week."""
        return self.of_class[column, alert_class] / self.weeks
