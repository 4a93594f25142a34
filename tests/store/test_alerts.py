"""The lists of alerts: each site's own."""

from prom.store import alerts
from prom.store.connect import run, write


def test_the_alerts_closed_last_are_those_of_the_viewers_sites_however_many_others_were_closed_since(clinic):
    with write(clinic.db):
        run(clinic.db, "insert into site (id, name) values ('north', 'North')")
    for code, site in (("P-001", "main"), ("P-002", "north"), ("P-003", "north")):
        person = clinic.enrol(code, on="2026-03-05")
        with write(clinic.db):
            run(clinic.db, "update participant set site_id = :site where id = :id", {"site": site, "id": person})
            alert = alerts.raise_alert(clinic.db, person, None, "routine", "text", "2026-03-02T15:00:00Z")
            alerts.close(clinic.db, alert, f"2026-03-02T15:0{code[-1]}:00Z")

    def closed(sites, many):
        return [alert["code"] for alert in alerts.closed_alerts(clinic.db, sites, many)]

    assert closed(("main",), 1) == ["P-001"]
    assert closed(("north",), 1) == ["P-003"]
    assert closed(("main", "north"), 3) == ["P-003", "P-002", "P-001"]
    assert closed((), 3) == []
