"""With which earlier reports a report is compared: the last one, and the reference before its own procedure. Asked as
reports come in and once more when rules are rehearsed on them."""

from typing import Any
from zoneinfo import ZoneInfo

from prom.rules.study import Study
from prom.rules.visit import reference

Row = dict[str, Any]


def compared(
    study: Study, visit: Row, visits: list[Row], procedures: list[Row], zone: ZoneInfo
) -> tuple[Row | None, Row | None]:
    """(the visit of the last submitted report of any procedure, that of the reference before this visit's own
    procedure), each None where there is none. visits, procedures: the participant's, as they stand when the report is
    judged, the procedures in the order of their days; the visit itself may be among the visits."""
    earlier = [row for row in visits if row["submitted_at"] and row["id"] != visit["id"]]
    last = max(earlier, key=lambda row: row["submitted_at"], default=None)
    own = next(row for row in procedures if row["id"] == visit["procedure_id"])
    anchors = [row for row in procedures if row["status"] not in ("cancelled", "attempted")]
    first = bool(anchors) and anchors[0]["id"] == own["id"]
    return last, reference(study, own, first, earlier, zone)
