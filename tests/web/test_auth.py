"""Log-in, its limits, and the end of a session."""

import re
from pathlib import Path

import pytest

from prom.actions.sign_in import TRIES
from prom.actions.staff import deactivate
from prom.store.connect import rows
from tests.study import PASSWORD, Study
from tests.web.browsing import Person, staff_at


@pytest.fixture
def stranger(clinic):
    return Person(clinic)


def cookie(person):
    """The session's cookie as it was set."""
    return person.client.get_cookie("__Host-staff", "prom.example.org")


def test_a_right_pair_starts_a_session(clinic, stranger):
    answer = stranger.logs_in("nina")
    assert answer.headers["Location"] == "/"
    assert "Log out" in stranger.opens("/care/alerts") and "Nina Example<" in stranger.page


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(stranger):
    answer = stranger.logs_in("nina")
    header = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith("__Host-staff="))
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in header
    assert "Domain" not in header and PASSWORD not in header


def test_the_database_does_not_hold_the_token(clinic, stranger):
    stranger.logs_in("nina")
    kept = rows(clinic.db, "select token_hash from session")
    assert len(kept) == 1 and kept[0]["token_hash"] != cookie(stranger).value


@pytest.mark.parametrize("login, password", [("nina", "wrong horse battery"), ("nobody", PASSWORD)])
def test_a_wrong_pair_is_refused_in_the_same_words(stranger, login, password):
    stranger.logs_in(login, password, status=400)
    assert "Login and password do not fit together" in stranger.page
    assert f'value="{login}"' in stranger.page and password not in stranger.page
    assert cookie(stranger) is None


def test_an_empty_form_says_what_to_give(stranger):
    stranger.logs_in("", "", status=400)
    assert "Give your login." in stranger.page and "Give your password." in stranger.page


def test_guessing_is_limited_and_the_limit_ends(clinic, stranger):
    for _ in range(TRIES):
        stranger.logs_in("nina", "wrong horse battery", status=400)
    stranger.logs_in("nina", PASSWORD, status=429)
    assert "Too many tries. Wait 15 minutes" in stranger.page
    Person(clinic).logs_in("noor")
    clinic.ticks(minutes=16)
    stranger.logs_in("nina")


def test_guessing_elsewhere_keeps_nobody_out(clinic, stranger):
    stranger.client.environ_base["REMOTE_ADDR"] = "198.51.100.1"
    for _ in range(TRIES):
        stranger.logs_in("nina", "wrong horse battery", status=400)
    stranger.logs_in("nina", PASSWORD, status=429)
    Person(clinic).logs_in("nina")


def test_a_form_without_its_token_is_refused(stranger):
    stranger.page = ""
    stranger.sends("/login", 400, login="nina", password=PASSWORD)
    assert cookie(stranger) is None


def test_log_out_ends_the_session_on_the_server(clinic):
    nina = staff_at(clinic, "nina")
    token = cookie(nina).value
    nina.opens("/care/alerts")
    nina.sends("/logout")
    assert cookie(nina) is None
    nina.client.set_cookie("__Host-staff", token, domain="prom.example.org", secure=True)
    assert nina.opens("/care/alerts", 302)
    assert "Your session has ended" in nina.opens("/login")


def test_a_session_left_alone_for_half_an_hour_ends(clinic):
    nina = staff_at(clinic, "nina")
    for _ in range(4):
        clinic.ticks(minutes=29)
        nina.opens("/care/alerts")
    clinic.ticks(minutes=31)
    nina.opens("/care/alerts", 302)


def test_a_list_that_reloads_itself_does_not_keep_the_session(clinic):
    nina = staff_at(clinic, "nina")
    clinic.ticks(minutes=20)
    nina.opens("/care/alerts?refresh=1")
    clinic.ticks(minutes=11)
    nina.opens("/care/alerts?refresh=1", 302)


def test_no_session_lives_longer_than_half_a_day(clinic):
    nina = staff_at(clinic, "nina")
    for _ in range(25):
        clinic.ticks(minutes=29)
        last = nina.client.get("/care/alerts", base_url=nina.base).status_code
    assert last == 302


def test_a_stranger_is_led_to_log_in_and_on(stranger):
    answer = stranger.client.get("/care/alerts?x=1", base_url=stranger.base)
    assert answer.headers["Location"] == "/login?next=/care/alerts?x%3D1"
    assert stranger.logs_in("nina", path=answer.headers["Location"]).headers["Location"] == "/care/alerts?x=1"


@pytest.mark.parametrize(
    "came_from, on",
    [
        ("/care/alerts/x", "/care/alerts/x"),
        ("/study/participants/P-001/contact/verify", "/study/participants/P-001"),  # it had come back with faults
        ("/care/reports?x=1", "/care/reports"),
        ("//evil.example", "/"),
    ],
)
def test_a_form_sent_too_late_leads_back_to_its_page(clinic, came_from, on):
    nina = staff_at(clinic, "nina")
    nina.opens("/care/alerts")
    token = re.search(r'name="csrf_token" value="([^"]+)"', nina.page).group(1)
    clinic.ticks(minutes=31)
    sent = {"csrf_token": token, "outcome": "advice"}
    header = {"Referer": f"{nina.base}{came_from}"}
    answer = nina.client.post("/care/alerts/x/close", data=sent, base_url=nina.base, headers=header)
    assert nina.logs_in("nina", path=answer.headers["Location"]).headers["Location"] == on


@pytest.mark.parametrize("came_from", ["http://evil.example/care/alerts", "http://127.0.0.1.evil.example/care", ""])
def test_a_form_from_another_site_leads_nowhere(tmp_path, came_from):
    """By http, where the Referer is not asked for."""
    client = Study(tmp_path, PROM_BASE_URL="http://127.0.0.1").app().test_client()
    page = client.get("/login", base_url="http://127.0.0.1").get_data(as_text=True)
    sent = {"csrf_token": re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)}
    answer = client.post("/care/reports", data=sent, base_url="http://127.0.0.1", headers={"Referer": came_from})
    assert answer.headers["Location"] == "/login"


def test_a_form_sent_too_late_is_said_to_be_lost(clinic):
    nina = staff_at(clinic, "nina")
    nina.opens("/care/alerts")
    clinic.ticks(minutes=31)
    answer = nina.sends("/care/reports", 302, one="x")
    assert "What you sent was not saved." in nina.opens(answer.headers["Location"])


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "/%09/evil.example", "evil.example", "\\\\evil", ""],
)
def test_log_in_leads_to_no_other_host(stranger, wanted):
    answer = stranger.logs_in("nina", path=f"/login?next={wanted}")
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    "login, first",
    [
        ("nina", "/care/alerts"),
        ("leda", "/care/alerts"),
        ("cora", "/study/participants"),
        ("adam", "/study/participants"),
    ],
)
def test_home_is_the_first_page_of_the_role(clinic, login, first):
    person = staff_at(clinic, login)
    assert person.client.get("/", base_url=person.base).headers["Location"] == first


@pytest.mark.parametrize("login", ["cora", "anna", "adam"])
def test_a_role_without_it_gets_no_care_page(clinic, login):
    person = staff_at(clinic, login)
    for path in ("/care/alerts", "/care/alerts/x", "/care/reports"):
        person.opens(path, 403)
        assert "Your role does not include this page" in person.page


def test_somebody_who_left_is_out_at_once(clinic):
    nina = staff_at(clinic, "nina")
    nina.opens("/care/alerts")
    deactivate(clinic.db, clinic.means, clinic.staff["nina"], clinic.now, by=clinic.staff["adam"])
    nina.opens("/care/alerts", 302)


def test_who_is_logged_in_is_not_asked_again(clinic):
    nina = staff_at(clinic, "nina")
    assert nina.client.get("/login", base_url=nina.base).headers["Location"] == "/"


# ---- what was typed


NOTE = "Zebra note <b>of\r\ntwo lines"


def test_what_was_typed_is_shown_once_the_log_in_has_run_out_and_again_after_it(clinic):
    nina = staff_at(clinic, "nina")
    nina.opens("/care/alerts")
    clinic.ticks(minutes=31)
    page = nina.client.post(
        "/care/alerts/x/close",
        data={"csrf_token": token_on(nina.page), "note": NOTE, "outcome": "advice", "password": "okapi"},
        base_url=nina.base,
        headers={"Referer": f"{nina.base}/care/alerts"},
    )
    told = page.get_data(as_text=True)
    assert page.status_code == 401 and "Zebra note &lt;b&gt;of" in told and "was not saved" in told
    assert "okapi" not in told and 'action="/login?next=/care/alerts"' in told and "Location" not in page.headers
    nina.page = told
    nina.sends("/login", 400, login="nina", password="wrong", kept=NOTE, next="/care/alerts")
    assert "Zebra note" in nina.page
    nina.sends("/login?next=/care/alerts", 200, login="nina", password=PASSWORD, kept=NOTE)
    assert "Zebra note" in nina.page and "You are logged in" in nina.page and 'href="/care/alerts"' in nina.page
    assert "Zebra" not in nina.opens("/care/alerts")
    stored = [Path(f"{clinic.db.path}{more}") for more in ("", "-wal")]
    assert not any(b"Zebra" in each.read_bytes() for each in stored if each.exists())


@pytest.mark.parametrize("field", ["note", "called", "why", "decide-decision", "undo-slip", "reason"])
def test_what_was_typed_is_shown_where_the_forms_token_is_gone(clinic, field):
    nina = staff_at(clinic, "nina")
    nina.page = ""
    nina.sends("/care/alerts/x/close", 400, **{field: NOTE, "outcome": "advice"})
    assert "open too long" in nina.page and "Zebra note" in nina.page


def test_what_another_site_sends_is_never_shown(tmp_path):
    base = "http://127.0.0.1"
    client = Study(tmp_path, PROM_BASE_URL=base).app().test_client()
    header = {"Referer": "http://evil.example/"}
    page = client.post("/care/alerts/x/close", data={"note": NOTE}, base_url=base, headers=header)
    assert "Zebra" not in page.get_data(as_text=True)


def token_on(page: str) -> str:
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)


# ---- one's own password

MINE, NEW = "/password", "a new and longer password"


def changes(person, status=302, **given):
    person.opens(MINE)
    return person.sends(MINE, status, **({"old": PASSWORD, "new": NEW, "again": NEW} | given))


@pytest.mark.parametrize("login", ["nina", "leda", "cora", "anna", "adam"])
def test_everybody_changes_their_own_password(clinic, login):
    person = staff_at(clinic, login)
    assert 'href="/password"' in person.opens(MINE)
    assert changes(person).headers["Location"] == "/"
    Person(clinic).logs_in(login, PASSWORD, status=400)
    Person(clinic).logs_in(login, NEW)
    kept = rows(clinic.db, "select actor from audit where action = 'own_password_changed'")
    assert [row["actor"] for row in kept] == [clinic.staff[login]]


def test_a_new_password_ends_every_other_session(clinic):
    here, elsewhere = staff_at(clinic, "nina"), staff_at(clinic, "nina")
    noor = staff_at(clinic, "noor")
    changes(here)
    assert "Your password is changed." in here.opens("/care/alerts")
    elsewhere.opens("/care/alerts", 302)
    noor.opens("/care/alerts")


@pytest.mark.parametrize(
    "given, field, words",
    [
        ({"old": "wrong horse battery"}, "old", "That is not your password."),
        ({"old": ""}, "old", "Give your password."),
        ({"again": "another"}, "again", "Give the same new password twice."),
        ({"new": "short", "again": "short"}, "new", "at least 12 characters"),
        ({"new": PASSWORD, "again": PASSWORD}, "new", "Give another one."),
        ({"new": "nina example", "again": "nina example"}, "new", "neither the login nor the name"),
        ({"new": "Nina-Example-2026", "again": "Nina-Example-2026"}, "new", "neither the login nor the name"),
        ({"new": "nina12345678", "again": "nina12345678"}, "new", "neither the login nor the name"),
        ({"new": "secret secret", "again": "secret secret"}, "new", "not one word again and again"),
        ({"new": "aaaaaaaaaaaa", "again": "aaaaaaaaaaaa"}, "new", "not one word again and again"),
        ({"new": "Winter-winter-WINTER", "again": "Winter-winter-WINTER"}, "new", "not one word again and again"),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(clinic, given, field, words):
    person = staff_at(clinic, "nina")
    changes(person, 400, **given)
    beside = re.search(rf'id="{field}-error">([^<]*)<', person.page)
    assert beside and words in beside.group(1)
    assert PASSWORD not in person.page
    Person(clinic).logs_in("nina", PASSWORD)


def test_guessing_the_password_of_somebody_who_is_logged_in_is_limited(clinic):
    person = staff_at(clinic, "nina")
    for _ in range(TRIES):
        changes(person, 400, old="wrong horse battery")
    changes(person, 429)
    assert "Too many tries" in person.page
    Person(clinic).logs_in("nina", PASSWORD)  # counted apart: a red alert may come
