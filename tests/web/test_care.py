"""The nurse's pages: the order of the list, the story of an alert, its life by buttons, the reports to read."""

import re
from datetime import timedelta

import pytest

from prom.actions import contact, receive, staff
from prom.errors import LinkClosed
from prom.rules.times import stamp
from prom.sms.gateway import Inbound
from prom.store import alerts, audit
from prom.store.connect import add, write
from tests.web.browsing import staff_at

RED = {"red_flags": ["chest"]}
A_MONTH_LATER = "2026-04-03T15:00:00Z"  # 11:00 in New York
NAME, YEAR = "Synthetic P-001", "1960"


@pytest.fixture
def open_visit(clinic):
    """P-001 at home a month after the injection, with a form to fill."""
    enrolled(clinic, "P-001")
    clinic.at(A_MONTH_LATER)
    return clinic.visit("P-001", "1m")


def enrolled(clinic, code):
    """Somebody with a baseline of 7 and an injection."""
    clinic.enrol(code, on="2026-03-03", second_contact="Synthetic Sister, +1 555 010 0199", record_number="R-77")
    clinic.answers(clinic.visit(code, "baseline"), nrs=7)
    clinic.at("2026-03-03T15:00:00Z")
    clinic.records(code, "performed", "2026-03-03")


def red(clinic, code="P-001"):
    """A red alert of an unsent form."""
    clinic.saves(clinic.visit(code, "1m"), "red_flags", RED)
    return clinic.alerts(code)[0]


def nina_opens(clinic, path):
    """A page as a nurse sees it who has just logged in."""
    return staff_at(clinic, "nina").opens(path)


def words(page):
    """What a page says, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# ---- the list


def test_red_stands_first_though_it_came_last(clinic):
    for code in ("P-001", "P-002", "P-003"):
        enrolled(clinic, code)
    clinic.at(A_MONTH_LATER)
    clinic.answers(clinic.visit("P-001", "1m"), nrs=4, comment="Please call my sister")
    clinic.answers(clinic.visit("P-002", "1m"), nrs=10)
    red(clinic, "P-003")
    page = words(nina_opens(clinic, "/care/alerts"))
    places = [page.index(each) for each in ("RED P-003", "HIGH P-002", "ROUTINE P-001")]
    assert places == sorted(places)


def test_what_they_ask_for_orders_alerts_of_a_class_and_no_others(clinic):
    codes = ["P-001", "P-002", "P-003", "P-004", "P-005"]
    for code in codes:
        enrolled(clinic, code)
    clinic.at(A_MONTH_LATER)
    clinic.answers(clinic.visit("P-001", "1m"), nrs=4, comment="Hello", urgency="can_wait")
    clinic.answers(clinic.visit("P-002", "1m"), nrs=4, urgency="call", call_when="weekdays after 4 pm")
    clinic.answers(clinic.visit("P-003", "1m"), nrs=10, urgency="can_wait")
    clinic.answers(clinic.visit("P-004", "1m"), nrs=4, urgency="urgent")
    clinic.fills(clinic.visit("P-005", "1m"), red_flags=["chest"], urgency="can_wait")
    page = words(nina_opens(clinic, "/care/alerts"))
    ranks = ["RED P-005", "HIGH P-004", "HIGH P-003", "ROUTINE P-002", "ROUTINE P-001"]
    places = [page.index(each) for each in ranks]
    assert places == sorted(places)
    said = dict(zip(ranks, re.split("|".join(ranks), page)[1:], strict=True))
    assert "Asks for a call: “weekdays after 4 pm”" in said["ROUTINE P-002"]
    assert "can wait" not in said["RED P-005"] and "Says that it can wait" in said["ROUTINE P-001"]
    assert said["HIGH P-004"].count("Says that it is urgent") == 1


def test_a_call_that_was_asked_for_stands_with_the_alert_and_never_in_a_text(clinic, open_visit):
    clinic.answers(open_visit, nrs=10, urgency="call", call_when="After the <news> at 8")
    clinic.ticks(minutes=2, every="minute")
    page = staff_at(clinic, "nina").opens(f"/care/alerts/{clinic.alerts('P-001')[0]['id']}")
    assert "Asks for a call: " in " ".join(page.split()) and "“After the <news> at 8”" in page
    assert clinic.sms.sent and not any("news" in text for _, text, _ in clinic.sms.sent)


@pytest.mark.parametrize(
    "who, said",
    [("proxy", "Filled in by somebody else for them."), ("helped", "Filled in with somebody's help."), ("self", "")],
)
def test_the_nurse_sees_who_filled_it_in(clinic, open_visit, who, said):
    clinic.answers(open_visit, nrs=10, who=who)
    nina = staff_at(clinic, "nina")
    for path in (f"/care/alerts/{clinic.alerts('P-001')[0]['id']}", "/care/reports", "/care/participants/P-001"):
        page = nina.opens(path)
        assert said in page and ("Filled in" in page) is bool(said)


def test_the_list_says_why_since_when_and_that_nobody_has_it(clinic, open_visit):
    red(clinic)
    page = words(nina_opens(clinic, "/care/alerts"))
    assert "Warning sign: New chest pain" in page
    assert "Since Fri 3 Apr 2026, 11:00" in page and "America/New_York" in page
    assert "Nobody has it yet." in page and "OVERDUE" not in page


def test_an_alert_nobody_took_in_time_says_so(clinic, open_visit):
    red(clinic)
    clinic.clock.set(clinic.now + timedelta(minutes=65))
    assert "OVERDUE by 35 min" in nina_opens(clinic, "/care/alerts")


def test_the_list_reloads_itself_without_scripts(clinic):
    page = nina_opens(clinic, "/care/alerts")
    assert '<meta http-equiv="refresh" content="30; url=/care/alerts?refresh=1">' in page
    assert 'http-equiv="refresh"' not in nina_opens(clinic, "/care/alerts?still=1")


def test_what_is_not_approved_is_said_in_plain_words(clinic):
    unapproved = "alert rules, English texts, Spanish texts, Chinese (Traditional) texts"
    assert f"UNAPPROVED: {unapproved}<" in nina_opens(clinic, "/care/alerts")


def test_a_closed_alert_stands_apart(clinic, open_visit):
    alert = red(clinic)
    clinic.acknowledges(alert)
    clinic.closes(alert)
    page = words(nina_opens(clinic, "/care/alerts"))
    assert "No alert is open." in page
    assert "Closed alerts (the last 1)" in page and "by Nina Example: Advice given" in page


# ---- one alert


def test_the_page_tells_the_whole_story(clinic, open_visit):
    clinic.tick()
    clinic.saves(open_visit, "red_flags", RED)
    clinic.clock.set(clinic.now + timedelta(minutes=2))
    clinic.saves(open_visit, "red_flags", {"red_flags": ["none"]})
    clinic.saves(open_visit, "nrs_average", {"nrs_average": 9})
    clinic.tick()
    alert = clinic.alerts("P-001")[0]
    page = words(nina_opens(clinic, f"/care/alerts/{alert['id']}"))
    assert "Warning sign: New chest pain, or sudden very strong back pain" in page
    assert "rules version 1" in page
    assert "REASON Was: New chest pain" in page and "CHANGED BACK Fri 3 Apr 2026, 11:02" in page
    assert "REASON None" not in page
    assert "None of these" in page
    assert "Not sent. Last saved Fri 3 Apr 2026, 11:02" in page
    assert "Injection, baseline 2 Mar 2026 7" in page
    assert "Injection, 1 month 3 Apr 2026 9" in page and "started, not sent" in page
    assert "Text queued to Nina Example" in page
    assert "sent, not yet confirmed" in page
    assert "Invitation" in page


def test_the_scores_of_a_draft_that_was_never_sent_say_so(clinic, open_visit):
    clinic.saves(open_visit, "red_flags", {"red_flags": ["none"]})
    clinic.saves(open_visit, "nrs_average", {"nrs_average": 2})
    clinic.at("2026-05-29T15:00:00Z")
    clinic.tick()
    assert "Injection, 1 month 3 Apr 2026 2 missed, not sent" in words(nina_opens(clinic, "/care/participants/P-001"))


MANY = RED | {
    "se_any": "yes", "se_list": ["fever"], "se_severity/fever": "strong", "se_interference/fever": "a_lot",
    "se_care/fever": "nothing", "se_start/fever": {"not_sure": True}, "se_now/fever": "yes",
}  # fmt: skip


def test_what_there_is_to_do_stands_above_the_reasons_however_many_they_are(clinic, open_visit):
    clinic.answers(open_visit, nrs=9, **MANY)
    alert = clinic.alerts("P-001")[0]
    page = words(nina_opens(clinic, f"/care/alerts/{alert['id']}"))
    assert page.index("I have it") < page.index("Show name and number") < page.index("Why")
    assert "The fever or chills: Strong Snooze" in page and page.count("rules version") == 1
    listed = words(nina_opens(clinic, "/care/alerts"))
    assert "The fever or chills: Strong, stops usual things: A lot;" in listed
    assert "Says that it can wait" not in listed + page  # under a warning sign


def test_a_warning_sign_that_still_stands_keeps_its_mark(clinic, open_visit):
    clinic.saves(open_visit, "red_flags", {"red_flags": {"declined": True}})
    clinic.saves(open_visit, "red_flags", {"red_flags": ["chest", "faint"]})
    clinic.saves(open_visit, "red_flags", {"red_flags": ["faint"]})
    page = words(nina_opens(clinic, f"/care/alerts/{clinic.alerts('P-001')[0]['id']}"))
    assert "REASON Was: I prefer not to answer . CHANGED BACK" in page
    assert "REASON You fainted" in page and page.count("REASON") == 2


def test_the_reports_show_a_warning_sign_that_was_taken_back(clinic, open_visit):
    clinic.saves(open_visit, "red_flags", RED)
    clinic.answers(open_visit, nrs=3)
    page = words(nina_opens(clinic, "/care/reports"))
    assert "RED Open alert : Warning sign: New chest pain" in page
    assert "REASON Was: New chest pain" in page and "CHANGED BACK" in page


def test_the_pain_so_far_is_a_picture_with_the_same_in_words(clinic, open_visit):
    clinic.answers(open_visit, nrs=9)
    page = nina_opens(clinic, f"/care/alerts/{clinic.alerts('P-001')[0]['id']}")
    assert 'aria-label="Average pain, 0 to 10: 2 Mar 2026 7; 3 Apr 2026 9"' in page
    assert page.count("<circle") == 2 and page.count("<polyline") == 1
    assert '<text class="mark-words"' in page and ">Injection</text>" in page


def test_a_declined_score_leaves_a_gap(clinic, open_visit):
    clinic.answers(open_visit, nrs={"declined": True})
    clinic.at("2026-06-03T15:00:00Z")
    clinic.answers(clinic.visit("P-001", "3m"), nrs=8)
    page = nina_opens(clinic, "/care/participants/P-001")
    assert page.count("<circle") == 2 and "<polyline" not in page
    assert "I prefer not to answer" in page


def test_no_name_and_no_number_before_the_tap(clinic, open_visit):
    alert = red(clinic)
    for path in ("/care/alerts", f"/care/alerts/{alert['id']}", "/care/participants/P-001", "/care/reports"):
        page = nina_opens(clinic, path)
        for secret in (NAME, YEAR, clinic.number("P-001"), "Synthetic Sister", "R-77"):
            assert secret not in page, (path, secret)


@pytest.mark.parametrize("where", ["alert", "participant"])
def test_one_tap_shows_name_and_number_on_the_record(clinic, open_visit, where):
    alert = red(clinic)
    nina = staff_at(clinic, "nina")
    path = f"/care/alerts/{alert['id']}" if where == "alert" else "/care/participants/P-001"
    nina.opens(path)
    nina.sends(f"{path}/contact", 200)
    number = clinic.number("P-001")
    for shown in (NAME, YEAR, f'href="tel:{number}"', "Synthetic Sister, +1 555 010 0199", "R-77"):
        assert shown in nina.page
    kept = audit.of_subject(clinic.db, clinic.id("P-001"))
    assert [row["actor"] for row in kept if row["action"] == "contact_shown"] == [clinic.staff["nina"]]
    assert NAME not in nina.opens(path)


def test_every_view_is_on_the_record(clinic, open_visit):
    alert = red(clinic)
    nina = staff_at(clinic, "nina")
    nina.opens(f"/care/alerts/{alert['id']}")
    nina.opens("/care/participants/P-001")
    nina.opens("/care/participants/P-001")
    seen = {
        subject: [row["actor"] for row in audit.of_subject(clinic.db, subject) if row["action"] == "viewed"]
        for subject in (alert["id"], clinic.id("P-001"))
    }
    assert seen == {alert["id"]: [clinic.staff["nina"]], clinic.id("P-001"): [clinic.staff["nina"]] * 2}


def test_the_text_behind_an_alert_is_shown_after_the_number_changed(clinic, open_visit):
    incoming = Inbound("SM1", clinic.number("P-001"), "My chest hurts", "")
    receive.inbound(clinic.db, clinic.means, incoming, clinic.now)
    person = contact.Person("Synthetic Ada", "+15550107777", birth_year=1960)
    contact.change(clinic.db, clinic.means, clinic.id("P-001"), person, clinic.now, staff_id=clinic.staff["cora"])
    assert "My chest hurts" in nina_opens(clinic, f"/care/alerts/{clinic.alerts('P-001')[0]['id']}")


def test_an_unexpected_text_is_shown_to_the_nurse(clinic, open_visit):
    incoming = Inbound("SM1", clinic.number("P-001"), "My arm is numb <b>now</b>", "")
    receive.inbound(clinic.db, clinic.means, incoming, clinic.now)
    alert = clinic.alerts("P-001")[0]
    assert "Unexpected text" in nina_opens(clinic, "/care/alerts")
    nina = staff_at(clinic, "nina")
    raw = nina.client.get(f"/care/alerts/{alert['id']}", base_url=nina.base).get_data(as_text=True)
    assert "My arm is numb &lt;b&gt;now&lt;/b&gt;" in raw


# ---- its life


def test_from_acknowledged_to_closed(clinic, open_visit):
    alert = red(clinic)
    path = f"/care/alerts/{alert['id']}"
    nina = staff_at(clinic, "nina")
    assert "Close this alert" not in nina.opens(path)
    nina.sends(f"{path}/acknowledge")
    assert "You have this alert." in nina.opens(path) and "Nina Example has it" in words(nina.page)
    nina.sends(f"{path}/call", verb="call_tried", called="")
    nina.opens(path)
    nina.sends(f"{path}/call", verb="contacted", called="Pain is the old one.")
    page = nina.opens(path)
    assert "Call tried, no answer, Nina Example" in words(page) and "Pain is the old one." in page
    nina.sends(f"{path}/close", outcome="advice", note="Told to see the doctor.", texts="resume")
    page = words(nina.opens(path))
    assert "Closed Fri 3 Apr 2026, 11:00 by Nina Example: Advice given" in page
    assert "Told to see the doctor." in page and "texts may go on" in page
    assert "Close this alert" not in page and "I have it" not in page
    assert [event["kind"] for event in events(clinic, alert)] == [
        "raised", "notified", "acknowledged", "call_tried", "contacted", "closed",
    ]  # fmt: skip


def events(clinic, alert):
    return alerts.events(clinic.db, alert["id"])


def test_closing_red_without_the_choice_of_texts_is_refused_and_keeps_what_was_given(clinic, open_visit):
    alert = red(clinic)
    clinic.acknowledges(alert)
    path = f"/care/alerts/{alert['id']}"
    nina = staff_at(clinic, "nina")
    nina.opens(path)
    nina.sends(f"{path}/close", 400, outcome="emergency_room", note="Went by ambulance.")
    assert "Choose whether texts to this person may go on." in nina.page
    assert "Went by ambulance." in nina.page
    assert re.search(r'<input[^>]*checked[^>]*value="emergency_room"', nina.page)
    assert clinic.alerts("P-001")[0]["closed_at"] is None


@pytest.mark.parametrize(
    "given, fault",
    [
        ({"note": "x", "texts": "resume"}, "Choose an outcome."),
        ({"outcome": "party", "note": "x", "texts": "resume"}, "Choose one of the outcomes."),
        ({"outcome": "advice", "note": "  ", "texts": "resume"}, "Write a note"),
        ({"outcome": "advice", "note": "x" * 2001, "texts": "resume"}, "Make the note shorter."),
    ],
)
def test_a_close_that_lacks_something_says_what(clinic, open_visit, given, fault):
    alert = red(clinic)
    clinic.acknowledges(alert)
    nina = staff_at(clinic, "nina")
    nina.opens(f"/care/alerts/{alert['id']}")
    nina.sends(f"/care/alerts/{alert['id']}/close", 400, **given)
    assert fault in nina.page and clinic.alerts("P-001")[0]["closed_at"] is None


def test_an_alert_that_is_not_red_asks_nothing_about_texts(clinic, open_visit):
    clinic.answers(open_visit, nrs=10)
    alert = clinic.alerts("P-001")[0]
    clinic.acknowledges(alert)
    nina = staff_at(clinic, "nina")
    assert "May texts to this person go on?" not in nina.opens(f"/care/alerts/{alert['id']}")
    nina.sends(f"/care/alerts/{alert['id']}/close", outcome="visit", note="Comes on Monday.")
    assert clinic.alerts("P-001")[0]["closed_at"] == stamp(clinic.now)


def test_an_alert_nobody_took_cannot_be_closed(clinic, open_visit):
    alert = red(clinic)
    nina = staff_at(clinic, "nina")
    nina.opens(f"/care/alerts/{alert['id']}")
    nina.sends(f"/care/alerts/{alert['id']}/close", 409, outcome="advice", note="Called.", texts="resume")
    assert "Acknowledge the alert first" in nina.page and "Called.</textarea>" in nina.page


def test_the_second_nurse_is_told_who_has_it(clinic, open_visit):
    alert = red(clinic)
    nina, noor = staff_at(clinic, "nina"), staff_at(clinic, "noor")
    path = f"/care/alerts/{alert['id']}"
    nina.opens(path), noor.opens(path)
    noor.sends(f"{path}/acknowledge")
    nina.sends(f"{path}/acknowledge", 409)
    assert "Noor Example has this alert already." in words(nina.page)
    assert [event["kind"] for event in events(clinic, alert)].count("acknowledged") == 1


def test_acknowledging_twice_is_no_error_for_the_one_who_has_it(clinic, open_visit):
    alert = red(clinic)
    nina = staff_at(clinic, "nina")
    nina.opens(f"/care/alerts/{alert['id']}")
    nina.sends(f"/care/alerts/{alert['id']}/acknowledge")
    nina.sends(f"/care/alerts/{alert['id']}/acknowledge")
    assert [event["kind"] for event in events(clinic, alert)].count("acknowledged") == 1


def test_a_closed_alert_takes_nothing_more(clinic, open_visit):
    alert = red(clinic)
    nina = staff_at(clinic, "nina")
    path = f"/care/alerts/{alert['id']}"
    nina.opens(path)
    clinic.acknowledges(alert, "noor")
    clinic.closes(alert, "noor")
    before = len(events(clinic, alert))
    nina.sends(f"{path}/acknowledge", 409)
    nina.sends(f"{path}/call", 409, verb="contacted", called="We spoke.")
    assert "This alert is closed." in nina.page and "We spoke." in nina.page
    nina.sends(f"{path}/close", 409, outcome="advice", note="Again.", texts="resume")
    assert len(events(clinic, alert)) == before


def test_texts_that_stay_stopped_are_let_go_on_later(clinic, open_visit):
    alert = red(clinic)
    path = f"/care/alerts/{alert['id']}"
    nina = staff_at(clinic, "nina")
    assert "stay stopped." not in words(nina.opens(path))
    nina.sends(f"{path}/texts", 409)
    clinic.acknowledges(alert)
    clinic.closes(alert, texts="stay_stopped")
    assert "reminders to P-001 stay stopped." in words(nina.opens(path))
    nina.sends(f"{path}/texts")
    page = words(nina.opens(path))
    assert "Texts to this person may go on." in page and "reminders to P-001 stay stopped." not in page
    assert alerts.texts_waiting(clinic.db, clinic.id("P-001")) is False


def test_a_verb_that_there_is_not_is_refused(clinic, open_visit):
    alert = red(clinic)
    nina = staff_at(clinic, "nina")
    nina.opens(f"/care/alerts/{alert['id']}")
    nina.sends(f"/care/alerts/{alert['id']}/call", 400, verb="raised")
    assert [event["kind"] for event in events(clinic, alert)] == ["raised", "notified"]


def test_a_form_from_elsewhere_changes_nothing(clinic, open_visit):
    alert = red(clinic)
    nina = staff_at(clinic, "nina")
    nina.page = ""
    nina.sends(f"/care/alerts/{alert['id']}/acknowledge", 400)
    assert [event["kind"] for event in events(clinic, alert)] == ["raised", "notified"]


def test_closing_what_somebody_else_has_asks_whether_they_know(clinic, open_visit):
    alert = red(clinic)
    clinic.acknowledges(alert)
    path, given = f"/care/alerts/{alert['id']}", {"outcome": "advice", "note": "Spoke.", "texts": "resume"}
    nina, noor = staff_at(clinic, "nina"), staff_at(clinic, "noor")
    assert "knows that I close it" not in nina.opens(path)
    page = words(noor.opens(path))
    assert "Nina Example has it , since" in page and "Nina Example knows that I close it" in page
    noor.sends(f"{path}/close", 400, **given)
    assert "Tell them, then tick" in noor.page and clinic.alerts("P-001")[0]["closed_at"] is None
    noor.sends(f"{path}/close", agreed="y", **given)
    assert events(clinic, alert)[-1]["staff_name"] == "Noor Example"


# ---- what came in since a page was opened


def seen_on(page):
    """The hidden field by which a form says what its page showed: every form on it says the same."""
    (last,) = set(re.findall(r'name="seen" value="(\d+)"', page))
    return last


@pytest.fixture
def news(clinic, open_visit):
    """Nina has the alert and its page open; then a further warning sign comes in, and Noor takes the alert. The alert,
    its path, nina and what her page showed."""
    clinic.saves(open_visit, "red_flags", {"red_flags": ["faint"]})
    alert = clinic.alerts("P-001")[0]
    clinic.acknowledges(alert)
    path, nina = f"/care/alerts/{alert['id']}", staff_at(clinic, "nina")
    seen = seen_on(nina.opens(path))
    clinic.saves(open_visit, "red_flags", {"red_flags": ["faint", "chest"]})
    clinic.acknowledges(alert, "noor")
    return alert, path, nina, seen


def test_an_old_form_does_not_close_what_its_page_never_showed(clinic, news):
    alert, path, nina, seen = news
    given = {"outcome": "advice", "note": "Lay down, is well.", "texts": "resume", "agreed": "y"}
    nina.sends(f"{path}/close", 409, seen=seen, **given)
    assert clinic.alerts("P-001")[0]["closed_at"] is None
    assert "Something new came in. Read it, then decide." in nina.page and "New chest pain" in nina.page
    assert "Noor Example knows that I close it" in nina.page and not re.search(r"checked[^>]*agreed", nina.page)
    assert re.search(r"<textarea[^>]*>\s*Lay down, is well.</textarea>", nina.page)
    assert int(seen_on(nina.page)) > int(seen)


def test_a_close_that_a_further_reason_forestalled_says_so_and_loses_nothing(clinic, open_visit):
    clinic.saves(open_visit, "red_flags", {"red_flags": ["faint"]})
    alert = clinic.alerts("P-001")[0]
    clinic.acknowledges(alert)
    path, nina = f"/care/alerts/{alert['id']}", staff_at(clinic, "nina")
    seen = seen_on(nina.opens(path))
    clinic.at("2026-04-03T15:05:00Z")
    clinic.saves(open_visit, "red_flags", {"red_flags": ["faint", "chest"]})
    given = {"outcome": "advice", "note": "Lay down, is well.", "texts": "stay_stopped"}
    nina.sends(f"{path}/close", 409, seen=seen, **given)
    page = words(nina.page)
    refused = page[page.index("Something new came in. Read it, then decide. Warning sign:") : page.index("Raised")]
    assert "New chest pain" in refused and "Acknowledge the alert first" not in page
    assert "Lay down, is well.</textarea>" in nina.page
    for value in ("advice", "stay_stopped"):
        assert re.search(rf'<input[^>]*checked[^>]*value="{value}"', nina.page)
    nina.sends(f"{path}/close", seen=seen_on(nina.page), take="1", **given)
    assert clinic.alerts("P-001")[0]["closed_at"]
    assert [event["kind"] for event in events(clinic, alert)][-2:] == ["acknowledged", "closed"]


def test_who_spoke_to_them_is_told_that_a_colleague_has_the_alert(clinic, open_visit):
    alert = red(clinic)
    path, nina = f"/care/alerts/{alert['id']}", staff_at(clinic, "nina")
    seen = seen_on(nina.opens(path))
    clinic.acknowledges(alert, "noor")
    nina.sends(f"{path}/call", 409, seen=seen, verb="contacted")
    page = words(nina.page)
    assert "Noor Example has it, since" in page and "Acknowledged, Noor Example" in page[: page.index("Raised")]
    nina.sends(f"{path}/call", seen=seen_on(nina.page), verb="contacted")
    assert "Noted: spoke to them. Noor Example has the alert." in words(nina.opens(path))


def test_an_old_form_with_a_fault_in_it_stays_old(clinic, news):
    alert, path, nina, seen = news
    nina.sends(f"{path}/close", 400, seen=seen, outcome="advice", note="", texts="resume", agreed="y")
    nina.sends(
        f"{path}/close", 409, seen=seen_on(nina.page), outcome="advice", note="Well.", texts="resume", agreed="y"
    )
    assert "Something new came in." in nina.page


@pytest.mark.parametrize("verb", ["call_tried", "contacted", "unreachable"])
def test_an_old_form_notes_no_call_before_the_news_is_read(clinic, news, verb):
    alert, path, nina, seen = news
    before = events(clinic, alert)
    nina.sends(f"{path}/call", 409, seen=seen, verb=verb, called="Fainted once.")
    assert "Something new came in." in nina.page and "Fainted once.</textarea>" in nina.page
    assert events(clinic, alert) == before
    nina.sends(f"{path}/call", seen=seen_on(nina.page), verb=verb, called="Fainted once.")
    assert events(clinic, alert)[-1]["kind"] == verb


def test_an_alert_is_taken_with_every_reason_seen(clinic, open_visit):
    alert = red(clinic)
    path, nina = f"/care/alerts/{alert['id']}", staff_at(clinic, "nina")
    seen = seen_on(nina.opens(path))
    clinic.answers(open_visit, nrs=10, red_flags=["chest"])  # joins in silence: nobody has it yet
    nina.sends(f"{path}/acknowledge", 409, seen=seen)
    assert "Something new came in." in nina.page and "acknowledged" not in [e["kind"] for e in events(clinic, alert)]
    nina.sends(f"{path}/acknowledge", seen=seen_on(nina.page))
    assert events(clinic, alert)[-1]["kind"] == "acknowledged"


def test_what_one_did_oneself_and_texts_to_staff_are_no_news(clinic, open_visit):
    alert = red(clinic)
    path, nina = f"/care/alerts/{alert['id']}", staff_at(clinic, "nina")
    seen = seen_on(nina.opens(path))
    nina.sends(f"{path}/acknowledge", seen=seen)
    for _ in range(2):  # a tap twice on the same button is noted once
        nina.sends(f"{path}/call", seen=seen, verb="call_tried", called="")
    nina.sends(f"{path}/close", seen=seen, outcome="advice", note="Spoke.", texts="resume")
    kinds = [event["kind"] for event in events(clinic, alert)]
    assert kinds == ["raised", "notified", "acknowledged", "call_tried", "closed"]


# ---- name and number while calling


def test_name_and_number_stay_for_the_one_who_has_the_alert(clinic, open_visit):
    alert = red(clinic)
    clinic.acknowledges(alert)
    path, nina = f"/care/alerts/{alert['id']}", staff_at(clinic, "nina")
    assert 'name="shown"' not in nina.opens(path)
    nina.sends(f"{path}/contact", 200)
    assert nina.page.index(NAME) < nina.page.index(">Why<")
    for verb in ("call_tried", "contacted"):
        nina.sends(f"{path}/call", 200, seen=seen_on(nina.page), shown="1", verb=verb, called="")
        assert NAME in nina.page and "Noted: " in nina.page and 'name="shown" value="1"' in nina.page
    nina.sends(f"{path}/close", 400, shown="1", note="")
    assert NAME in nina.page
    shown = [row["action"] for row in audit.of_subject(clinic.db, clinic.id("P-001"))].count("contact_shown")
    assert shown == 4
    assert NAME not in nina.opens(path)


@pytest.mark.parametrize("holder", [None, "noor"])
def test_name_and_number_do_not_stay_for_anybody_else(clinic, open_visit, holder):
    alert = red(clinic)
    path, nina = f"/care/alerts/{alert['id']}", staff_at(clinic, "nina")
    if holder:
        clinic.acknowledges(alert, holder)
    nina.opens(path)
    nina.sends(f"{path}/contact", 200)
    nina.sends(f"{path}/call", 302, shown="1", verb="call_tried", called="")


def test_each_button_says_whether_it_takes_the_alert(clinic, open_visit):
    alert = red(clinic)
    path = f"/care/alerts/{alert['id']}"
    page = words(nina_opens(clinic, path))
    assert "Call tried, no answer Nobody has it yet: colleagues are still texted" in page
    assert "Could not be reached You have the alert then" in page and "Spoke to them You have the alert then" in page
    clinic.acknowledges(alert)
    assert "You have the alert then" not in nina_opens(clinic, path)


@pytest.mark.parametrize("form", ["acknowledge", "call", "call-back", "contact", "decide", "close", "texts"])
def test_the_address_of_a_form_leads_to_the_alert(clinic, open_visit, form):
    path = f"/care/alerts/{red(clinic)['id']}"
    answer = staff_at(clinic, "nina").client.get(f"{path}/{form}", base_url=clinic.means.base_url)
    assert (answer.status_code, answer.headers["Location"]) == (302, path)
    staff_at(clinic, "cora").opens(f"{path}/{form}", 403)


# ---- who may see


def test_a_nurse_of_another_site_finds_nothing(clinic, open_visit):
    alert = red(clinic)
    with write(clinic.db):
        add(clinic.db, "site", id="north", name="North")
    staff.add_staff(
        clinic.db, clinic.means, "nora", "Nora Example", ("nurse",), "correct horse battery", clinic.now,
        site_id="north",
    )  # fmt: skip
    nora = staff_at(clinic, "nora")
    assert "No alert is open." in nora.opens("/care/alerts")
    nora.opens(f"/care/alerts/{alert['id']}", 404)
    nora.opens("/care/participants/P-001", 404)
    nora.opens("/care/alerts")
    for path in (f"/care/alerts/{alert['id']}/acknowledge", f"/care/alerts/{alert['id']}/contact",
                 f"/care/alerts/{alert['id']}/close", "/care/participants/P-001/contact"):  # fmt: skip
        nora.sends(path, 404)
    clinic.answers(open_visit, red_flags=["chest"])
    assert "Everything is read." in nora.opens("/care/reports")
    nora.sends("/care/reports", one=open_visit["id"])
    assert "P-001" in nina_opens(clinic, "/care/reports")
    assert [event["kind"] for event in events(clinic, alert)][:2] == ["raised", "notified"]


def test_a_coordinator_sees_a_participant_but_no_alert(clinic, open_visit):
    alert = red(clinic)
    cora = staff_at(clinic, "cora")
    page = cora.opens("/care/participants/P-001")
    assert "Warning sign" in page and f"/care/alerts/{alert['id']}" not in page
    cora.opens(f"/care/alerts/{alert['id']}", 403)


def test_a_stranger_is_shown_nothing(clinic, open_visit):
    alert = red(clinic)
    client = clinic.app().test_client()
    for path in (f"/care/alerts/{alert['id']}", "/care/participants/P-001", "/care/reports"):
        assert client.get(path, base_url=clinic.means.base_url).status_code == 302


# ---- reading


def as_seen(page: str, visit: dict) -> str:
    """How a button or tick of the page of reports names one as it stands there."""
    return re.search(rf'value="({visit["id"]}\.\d+)"', page).group(1)


def test_what_came_in_since_the_page_was_opened_is_still_to_be_read(clinic, open_visit):
    clinic.saves(open_visit, "red_flags", {"red_flags": ["none"]})
    clinic.at("2026-06-20T15:00:00Z")
    nina = staff_at(clinic, "nina")
    seen = as_seen(nina.opens("/care/reports"), open_visit)
    with pytest.raises(LinkClosed):
        clinic.saves(open_visit, "comment", {"comment": "I can not breathe well"})
    nina.sends("/care/reports", one=seen)
    page = nina.opens("/care/reports")
    assert "P-001: something came in since you opened this page." in page and "I can not breathe well" in page
    assert "Marked as read" not in page


def test_a_report_stands_in_the_list_until_somebody_read_it(clinic, open_visit):
    clinic.answers(open_visit, nrs=3, nrs_worst=6)
    nina = staff_at(clinic, "nina")
    page = words(nina.opens("/care/reports"))
    assert "P-001 , Injection, 1 month" in page and "Average pain: 3 . Worst: 6" in page
    ids = re.findall(r'name="visit" value="([\w.]+)"', nina.page)
    assert as_seen(nina.page, open_visit) in ids and len(ids) == 2  # the baseline too
    nina.sends("/care/reports", visit=ids)
    assert "Marked as read: 2." in nina.opens("/care/reports") and "Everything is read." in nina.page
    assert any(row["action"] == "report_read" for row in audit.of_subject(clinic.db, open_visit["id"]))


def test_a_report_with_words_in_it_is_read_by_itself(clinic, open_visit):
    clinic.answers(open_visit, comment="The dog bit my leg")
    nina = staff_at(clinic, "nina")
    page = nina.opens("/care/reports")
    assert "The dog bit my leg" in page and "Something was written." in page
    assert f'name="visit" value="{open_visit["id"]}' not in page
    nina.sends("/care/reports", visit=[as_seen(nina.page, open_visit)])
    assert "The dog bit my leg" in nina.opens("/care/reports")
    nina.sends("/care/reports", one=as_seen(nina.page, open_visit))
    assert "The dog bit my leg" not in nina.opens("/care/reports")


def test_a_report_with_an_open_urgent_alert_is_read_by_itself(clinic, open_visit):
    clinic.answers(open_visit, nrs=10)
    nina = staff_at(clinic, "nina")
    page = nina.opens("/care/reports")
    assert f'name="visit" value="{open_visit["id"]}' not in page and page.count("<details open>") == 1
    nina.sends("/care/reports", visit=[as_seen(nina.page, open_visit)])
    assert open_visit["id"] in nina.opens("/care/reports")
    clinic.acknowledges(clinic.alerts("P-001")[0])
    clinic.closes(clinic.alerts("P-001")[0])
    assert f'name="visit" value="{open_visit["id"]}' in nina.opens("/care/reports")


def test_reports_are_read_by_their_alerts_then_by_what_was_asked_then_by_age(clinic):
    codes = ["P-001", "P-002", "P-003", "P-004", "P-005"]
    for code in codes:
        enrolled(clinic, code)
        clinic.tick()
    clinic.at(A_MONTH_LATER)
    given = [
        {"urgency": "can_wait"}, {"urgency": {"declined": True}}, {"urgency": "call", "call_when": "mornings"},
        {"urgency": "urgent"}, {"red_flags": ["chest"]},
    ]  # fmt: skip
    for code, each in zip(codes, given, strict=True):
        clinic.answers(clinic.visit(code, "1m"), nrs=3, **each)
        clinic.clock.set(clinic.now + timedelta(minutes=1))
    page = words(nina_opens(clinic, "/care/reports"))
    first = re.findall(r"(P-\d+) , Injection, 1 month", page)
    assert first == ["P-005", "P-004", "P-003", "P-001", "P-002"]
    assert "Asks for a call: “mornings”" in page


def test_an_unread_report_says_by_when_it_is_to_be_read(clinic, open_visit):
    clinic.answers(open_visit, nrs=3)  # on Friday, 11:00
    page = words(nina_opens(clinic, "/care/reports"))
    assert "To be read by Tue 7 Apr 2026, 11:00." in page
    clinic.at("2026-04-07T15:01:00Z")
    assert "OVERDUE: to be read by Tue 7 Apr 2026, 11:00" in words(nina_opens(clinic, "/care/reports"))


def test_a_draft_stands_in_the_list_as_soon_as_it_cannot_be_sent_any_more(clinic, open_visit):
    clinic.saves(open_visit, "red_flags", {"red_flags": ["none"]})
    ends = clinic.visit("P-001", "1m")["finish_by"]
    clinic.at(ends)
    assert open_visit["id"] in nina_opens(clinic, "/care/reports")


def test_a_report_that_a_colleague_has_just_read_says_so(clinic, open_visit):
    clinic.answers(open_visit, nrs=3, comment="Slept well")
    nina, noor = staff_at(clinic, "nina"), staff_at(clinic, "noor")
    nina.opens("/care/reports"), noor.opens("/care/reports")
    nina.sends("/care/reports", one=as_seen(nina.page, open_visit))
    noor.sends("/care/reports", one=as_seen(noor.page, open_visit))
    page = noor.opens("/care/reports")
    assert "P-001: Nina Example has read it." in page and "Tick the reports" not in page


def test_a_draft_that_went_unsent_is_read_too(clinic, open_visit):
    clinic.saves(open_visit, "red_flags", {"red_flags": ["none"]})
    clinic.saves(open_visit, "nrs_average", {"nrs_average": 6})
    assert open_visit["id"] not in nina_opens(clinic, "/care/reports")
    clinic.at("2026-05-25T15:00:00Z")
    page = words(nina_opens(clinic, "/care/reports"))
    assert "Not sent. Last saved Fri 3 Apr 2026, 11:00" in page and "Average pain: 6" in page


def test_nothing_ticked_marks_nothing(clinic, open_visit):
    clinic.answers(open_visit)
    nina = staff_at(clinic, "nina")
    nina.opens("/care/reports")
    nina.sends("/care/reports")
    assert "Tick the reports that you have read first." in nina.opens("/care/reports")
    assert open_visit["id"] in nina.page


# ---- the participant


def test_the_page_of_a_participant(clinic, open_visit):
    clinic.answers(open_visit, nrs=9)
    page = words(nina_opens(clinic, "/care/participants/P-001"))
    assert "Path: undecided" in page and "Contacted by text" in page
    assert "Injection done 3 Mar 2026 3 Mar 2026" in page
    assert "Injection, 1 month 3 Apr 2026 answered Fri 3 Apr 2026, 11:00" in page
    assert "Injection, 3 months 3 Jun 2026 not open yet" in page
    assert "Still open" in page


def test_an_unknown_participant_is_not_found(clinic):
    staff_at(clinic, "nina").opens("/care/participants/P-999", 404)


# ---- calls: whom they reached, and who decides where they reach nobody


def calls(person, path, verb, **given):
    person.opens(path)
    person.sends(f"{path}/call", verb=verb, called="", **given)
    return words(person.opens(path))


def test_the_failed_calls_are_counted_at_the_call_box_until_a_physician_was_asked_and_decided(clinic, open_visit):
    path = f"/care/alerts/{red(clinic)['id']}"
    nina, leda = staff_at(clinic, "nina"), staff_at(clinic, "leda")
    nina.opens(path)
    nina.sends(f"{path}/acknowledge")
    assert "0 of 3 calls within 60 minutes reached nobody; second contact not tried yet" in words(nina.opens(path))
    for _ in range(2):
        clinic.clock.set(clinic.now + timedelta(minutes=1))
        page = calls(nina, path, "call_tried")
    assert "2 of 3 calls within 60 minutes reached nobody; second contact not tried yet" in page
    page = calls(nina, path, "contacted", second="y")
    assert "Noted: spoke to the second contact. The participant is still to be reached." in page
    assert "Spoke to the second contact, Nina Example" in page and "To be spoken to by" in page
    assert "2 of 3 calls within 60 minutes reached nobody; second contact called" in page
    clinic.clock.set(clinic.now + timedelta(minutes=1))
    calls(nina, path, "call_tried")
    clinic.tick()
    page = words(nina.opens(path))
    assert "a physician was asked to decide" in page and "Record the decision" not in page
    assert "Record the decision" in words(leda.opens(path))
    leda.sends(f"{path}/decide", 400, decision=" ")
    assert "Write what was decided." in leda.page
    leda.opens(path)
    leda.sends(f"{path}/decide", decision="Ask the police to look in.")
    page = words(nina.opens(path))
    assert "A physician decided, Fri 3 Apr 2026, 11:03, Leda Example: Ask the police to look in." in page
    assert "a physician was asked" not in page and "Physician decided, Leda Example" in page
    assert "Record the decision" not in leda.opens(path)
    nina.sends(f"{path}/decide", 403, decision="x")


def test_nothing_says_that_calls_reach_nobody_once_somebody_was_spoken_to(clinic, open_visit):
    alert = red(clinic)
    path = f"/care/alerts/{alert['id']}"
    nina = staff_at(clinic, "nina")
    for second in ({}, {}, {"second": "y"}):
        clinic.clock.set(clinic.now + timedelta(minutes=1))
        calls(nina, path, "unreachable", **second)
    clinic.tick()
    assert "Calls reached nobody" in nina.opens(path)
    assert "Calls reached nobody" not in calls(nina, path, "contacted")


def test_spoke_to_them_is_taken_back_by_who_said_it(clinic, open_visit):
    path = f"/care/alerts/{red(clinic)['id']}"
    nina, noor = staff_at(clinic, "nina"), staff_at(clinic, "noor")
    page = calls(nina, path, "contacted")
    assert "To be closed by Mon 6 Apr 2026, 17:00" in page and "Take it back" in page
    assert "Take it back" not in noor.opens(path)
    noor.sends(f"{path}/call-back", 409, slip="Not so.")
    assert "Only who said that they spoke to them can take it back" in noor.page
    nina.sends(f"{path}/call-back", 400, slip="")
    assert "Write why." in nina.page
    nina.opens(path)
    nina.sends(f"{path}/call-back", slip="It was a slip.")
    page = words(nina.opens(path))
    assert "Acknowledged: Nina Example has it" in page and "To be spoken to by Fri 3 Apr 2026, 12:00" in page
    assert "Taken back: did not speak to them, Nina Example It was a slip." in page


def test_the_list_says_by_when_something_is_due_before_it_is_overdue(clinic, open_visit):
    path = f"/care/alerts/{red(clinic)['id']}"
    nina = staff_at(clinic, "nina")
    assert "Nobody has it yet. To be acknowledged by Fri 3 Apr 2026, 11:30." in words(nina.opens("/care/alerts"))
    nina.opens(path)
    nina.sends(f"{path}/acknowledge")
    assert "To be spoken to by Fri 3 Apr 2026, 12:00." in words(nina.opens("/care/alerts"))
    calls(nina, path, "contacted")
    assert "To be closed by Mon 6 Apr 2026, 17:00." in words(nina.opens("/care/alerts"))
