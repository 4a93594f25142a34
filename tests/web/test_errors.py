"""What is shown when something goes wrong: to staff, to a participant, and to whoever asks by a wrong name."""

from io import BytesIO

import pytest

from prom.store import reports
from prom.store.connect import DatabaseError

LINK = "/s/AbCdEfGhIjKlMnOpQrStUv"


@pytest.fixture
def web(clinic):
    """The application as it is in service: an error is shown, not raised."""
    app = clinic.app()
    app.testing = False
    return app


def breaks(*args):
    raise DatabaseError("disk I/O error")


@pytest.mark.parametrize("path", ["/login", LINK, "/healthz", "/nowhere"])
@pytest.mark.parametrize("host", ["evil.example", "a b", ""])
def test_who_asks_by_a_wrong_name_gets_a_bare_answer(web, caplog, path, host):
    answer = web.test_client().get(path, headers={"Host": host})
    assert (answer.status_code, answer.get_data(as_text=True), answer.mimetype) == (400, "400", "text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["Cache-Control"] == "no-store"
    assert caplog.text == ""


def test_a_wrong_name_sends_no_form(web):
    assert web.test_client().post("/login", headers={"Host": "evil.example"}).get_data() == b"400"


def is_plain(page: str, clinic) -> bool:
    """Whether it is the participant's own look, with somebody to call."""
    return "<style>:root{" in page and "bootstrap" not in page and f"Call {clinic.study.clinic.phone}" in page


def test_a_participant_whose_form_breaks_is_told_whom_to_call(clinic, web, monkeypatch):
    monkeypatch.setattr("prom.actions.links.find", breaks)
    answer = web.test_client().get(LINK, base_url=clinic.means.base_url)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500 and is_plain(page, clinic)
    assert "Something went wrong on our side." in page


def test_a_participant_who_sends_too_much_is_told_whom_to_call(clinic, web):
    clinic.enrol(status="performed", on="2026-03-02")
    token = clinic.token(clinic.visits("P-001")[0])
    answer = web.test_client().post(f"/s/{token}", data={"x": "y" * 1_100_000}, base_url=clinic.means.base_url)
    assert answer.status_code == 413 and is_plain(answer.get_data(as_text=True), clinic)


def test_a_form_that_was_cut_off_on_its_way_is_not_taken_for_the_whole(clinic, web):
    """As gunicorn hands it on: the end of what came is the end."""
    clinic.enrol(status="performed", on="2026-03-02")
    clinic.at("2026-04-02T15:00:00Z")
    clinic.tick()
    visit = clinic.visit("P-001", "1m")
    clinic.saves(visit, "red_flags", {"red_flags": ["none"]})
    cut = b"step=nrs_average&nrs_average=1"  # and a 0
    answer = web.test_client().post(
        f"/s/{clinic.token(visit)}",
        base_url=clinic.means.base_url,
        input_stream=BytesIO(cut),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"CONTENT_LENGTH": str(len(cut) + 1), "wsgi.input_terminated": True},
    )
    assert answer.status_code == 400 and is_plain(answer.get_data(as_text=True), clinic)
    assert reports.answers(clinic.db, visit["id"]) == {"red_flags": ["none"]}


def test_a_page_that_is_none_of_the_survey_looks_like_it_all_the_same(clinic, web):
    answer = web.test_client().get(f"{LINK}/x/y", base_url=clinic.means.base_url)
    assert answer.status_code == 404 and is_plain(answer.get_data(as_text=True), clinic)


def test_without_a_database_the_participant_still_gets_words(clinic, web, monkeypatch):
    monkeypatch.setattr("prom.store.connect.Connections.here", breaks)
    answer = web.test_client().get(LINK, base_url=clinic.means.base_url)
    assert answer.status_code == 500
    assert answer.get_data(as_text=True).startswith("Something went wrong on our side.")


def test_staff_get_their_own_page(clinic, web, monkeypatch):
    nina = clinic.signed_in("nina")
    nina.application.testing = False
    monkeypatch.setattr("prom.web.alert_story.waiting", breaks)
    answer = nina.get("/care/alerts", base_url=clinic.means.base_url)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500 and "Something went wrong on our side." in page
    assert "Log out" in page and "Nina Example<" in page
