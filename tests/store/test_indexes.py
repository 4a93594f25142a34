"""Long lists are found by an index, however many messages and visits there are."""

import pytest

from prom.store import funnel, message_log
from prom.store.connect import rows
from prom.store.message_log import Asked


@pytest.mark.parametrize(
    "looks, index",
    [
        (lambda db: message_log.page(db, ("main",), Asked(status="failed"), 50), "message_by_status"),
        (lambda db: funnel.visits_due(db, "2026-02-10", "2026-02-20"), "visit_by_due"),
        (lambda db: funnel.texts_due(db, "2026-02-10", "2026-02-20"), "visit_by_due"),
    ],
    ids=["the log of one status", "the visits of a period", "their texts"],
)
def test_it_is_found_by_its_index_and_no_table_is_gone_through(clinic, looks, index):
    asked: list[str] = []
    clinic.db.conn.set_trace_callback(asked.append)
    looks(clinic.db)
    clinic.db.conn.set_trace_callback(None)
    (statement,) = asked
    plan = [step["detail"] for step in rows(clinic.db, f"explain query plan {statement}")]
    assert [step for step in plan if f"USING INDEX {index} " in step] != []
    assert [step for step in plan if step.startswith("SCAN")] == []
