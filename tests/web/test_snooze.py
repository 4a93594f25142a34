"""Snoozing by buttons: from the alert's page, as it stands on reports, and its end on the participant's page."""

from dataclasses import replace

import pytest

from prom.store import alerts, snoozes, studies
from prom.store.connect import rows, write
from tests.study import SHIPPED, stamp
from tests.web.browsing import staff_at
from tests.web.test_care import words

WHY = "Made-up reason: <b>known</b> since the fall"


@pytest.fixture
def written(clinic):
    """P-001, whose 1 month report of 1 May has a comment; 3 months opens at the end of May."""
    clinic.enrol("P-001", on="2026-03-03")
    clinic.answers(clinic.visit("P-001", "baseline"), nrs=7)
    clinic.at("2026-03-03T15:00:00Z")
    clinic.records("P-001", "performed", "2026-03-03")
    clinic.at("2026-05-01T15:00:00Z")
    clinic.tick()
    clinic.answers(clinic.visit("P-001", "1m"), nrs=3, comment="As always")
    return clinic


def page_of(clinic, rule="free_text"):
    return f"/care/alerts/{clinic.alerts('P-001')[0]['id']}/snooze/{rule}"


def snoozed(clinic, until="2026-06-01", login="noor"):
    """Noor at her page, having snoozed it."""
    noor = staff_at(clinic, login)
    noor.opens(page_of(clinic))
    noor.sends(page_of(clinic), until=until, reason=WHY)
    return noor


def test_a_reason_is_snoozed_from_the_alerts_page(written):
    path = page_of(written)
    noor = staff_at(written, "noor")
    assert f'href="{path}"' in noor.opens(path.partition("/snooze")[0])
    assert "Wrote a comment" in noor.opens(path)
    noor.sends(path, until="2026-06-01", reason=WHY)
    page = words(noor.opens(path.partition("/snooze")[0]))
    assert "Snoozed until 1 Jun 2026." in page and "A reason snoozed, Noor Example" in page
    assert f'href="{path}"' not in noor.page
    assert written.alerts("P-001")[0]["closed_at"] is None


def test_what_is_missing_is_said_at_its_field_and_what_was_written_stays(written):
    noor = staff_at(written, "noor")
    noor.opens(page_of(written))
    noor.sends(page_of(written), 400, until="2026-06-02", reason=WHY)
    page = words(noor.page)
    assert "Choose a last day from today to 31 days ahead." in page and "Write why" not in page
    assert "Made-up reason" in noor.page and 'value="2026-06-02"' in noor.page
    noor.sends(page_of(written), 400, until="soon", reason=" ")
    page = words(noor.page)
    assert "Choose a last day from today to 31 days ahead." in page and "Write why" in page
    noor.sends(page_of(written), 400, until="2026-06-01", reason="x" * 501)
    assert "500 characters at most" in noor.page
    assert rows(written.db, "select * from snooze") == []


def test_what_a_colleague_snoozed_meanwhile_is_said(written):
    nina = staff_at(written, "nina")
    nina.opens(page_of(written))
    snoozed(written)
    nina.sends(page_of(written), 409, until="2026-05-20", reason="Mine")
    assert "Another nurse has snoozed this" in nina.page and "Mine" in nina.page


def test_a_red_reason_has_no_such_button_and_no_such_page(clinic):
    clinic.enrol("P-001", on="2026-03-03")
    clinic.saves(clinic.visit("P-001", "baseline"), "red_flags", {"red_flags": ["chest"]})
    noor = staff_at(clinic, "noor")
    assert "/snooze/" not in noor.opens(f"/care/alerts/{clinic.alerts('P-001')[0]['id']}")
    for rule in ("red_flag", "free_text", "none"):
        noor.opens(page_of(clinic, rule), 404)
        noor.sends(page_of(clinic, rule), 404, until="2026-03-10", reason=WHY)
    noor.opens("/care/alerts/none/snooze/free_text", 404)


def test_a_reason_whose_rule_is_gone_from_the_study_file_keeps_its_words_and_is_not_snoozed(written):
    text = SHIPPED.read_text(encoding="utf-8")
    rule = text[text.index('[[rules]]\nkey = "free_text"') : text.index('[[rules]]\nkey = "care_text"')]
    with write(written.db):
        newer = studies.keep(written.db, text.replace(rule, ""), "newer.toml", stamp(written.now))
    written.installation = replace(written.installation, means=replace(written.means, version=newer))
    assert "free_text" not in [rule.key for rule in written.installation.means.study(written.db).rules]
    page = staff_at(written, "noor").opens(f"/care/alerts/{written.alerts('P-001')[0]['id']}")
    assert "Wrote a comment" in page and "/snooze/" not in page


def test_a_coordinator_cannot_snooze(written):
    cora = staff_at(written, "cora")
    cora.opens(page_of(written), 403)
    snoozed(written)
    (row,) = snoozes.of_participant(written.db, written.id("P-001"))
    page = cora.opens("/care/participants/P-001")
    assert "Wrote a comment" in page and "End it now" not in page
    cora.sends(f"/care/snoozes/{row['id']}/end", 403)


def test_what_it_kept_from_calling_stands_on_the_report_with_who_and_why(written):
    snoozed(written)
    written.at("2026-05-28T15:00:00Z")
    written.answers(written.visit("P-001", "3m"), nrs=5, comment="As always")
    noor = staff_at(written, "noor")
    told = "ROUTINE Wrote a comment : snoozed until 1 Jun 2026 by Noor Example: “Made-up reason: known since the fall”"
    alert = written.alerts("P-001")[0]
    for path in ("/care/reports", "/care/participants/P-001", f"/care/alerts/{alert['id']}"):
        assert told in words(noor.opens(path).replace("<b>", "").replace("</b>", "")), path
    assert [reason["rule"] for reason in alerts.reasons(written.db, alert["id"])] == ["nrs_rise"]


def test_a_snooze_stands_on_the_participants_page_until_somebody_ends_it(written):
    snoozed(written)
    nina = staff_at(written, "nina")
    page = words(nina.opens("/care/participants/P-001"))
    assert "Wrote a comment : until 1 Jun 2026. Snoozed Fri 1 May 2026, 11:00 by Noor Example" in page
    assert "Kept from calling: 0." in page
    (row,) = snoozes.of_participant(written.db, written.id("P-001"))
    nina.sends(f"/care/snoozes/{row['id']}/end")
    page = words(nina.opens("/care/participants/P-001"))
    assert "Wrote a comment : ended Fri 1 May 2026, 11:00 by Nina Example" in page and "End it now" not in page
    assert f'href="{page_of(written)}"' in nina.opens(page_of(written).partition("/snooze")[0])
    nina.sends("/care/snoozes/none/end", 404)


def test_a_snooze_whose_time_is_over_says_so(written):
    snoozed(written, until="2026-05-02")
    written.at("2026-05-03T15:00:00Z")
    page = words(staff_at(written, "nina").opens("/care/participants/P-001"))
    assert "Wrote a comment : over since 2 May 2026" in page and "End it now" not in page
