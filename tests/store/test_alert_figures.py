"""Alerts are read some at a time, each with what is its own."""

from prom.store import alert_figures
from tests.report.test_alert_figures import comments, does, treated, warns

__all__ = ["treated"]
SPAN = ("2026-04-01T00:00:00Z", "2026-04-30T00:00:00Z")


def test_alerts_read_two_at_a_time_are_the_same(treated):
    alerts = [comments(treated, f"P-00{number}") for number in range(1, 5)]
    comments(treated, "TEST-1")
    alerts.append(warns(treated, "P-005"))
    for alert in alerts[:3]:
        does(treated, alert, "acknowledged")
    whole = list(alert_figures.raised(treated.db, *SPAN))
    assert list(alert_figures.raised(treated.db, *SPAN, many=2)) == whole
    assert [held.alert["number"] for held in whole] == [1, 2, 3, 4, 6]
    assert [[event["kind"] for event in held.events] for held in whole] == [
        *3 * [["raised", "acknowledged"]], ["raised"], ["raised", "notified"],
    ]  # fmt: skip
    assert [[reason["rule"] for reason in held.reasons] for held in whole] == [*4 * [["free_text"]], ["red_flag"]]


def test_the_instant_that_ends_a_period_is_not_in_it(treated):
    comments(treated)  # at 15:00
    assert list(alert_figures.raised(treated.db, SPAN[0], "2026-04-02T15:00:00Z")) == []
    assert len(list(alert_figures.raised(treated.db, "2026-04-02T15:00:00Z", SPAN[1]))) == 1
    assert alert_figures.submitted(treated.db, SPAN[0], "2026-04-02T15:00:00Z") == []
    assert len(alert_figures.submitted(treated.db, "2026-04-02T15:00:00Z", SPAN[1])) == 1
