"""Another language on the page: what changes, what stays, and what may not be chosen."""

import re
from dataclasses import replace

import pytest

from prom.actions import language, tasks, tick
from prom.errors import Refusal
from prom.rules.study import parse, part_hash
from prom.rules.times import stamp
from prom.store import audit, participants, studies
from prom.store.connect import rows, write
from tests.study import SHIPPED, Study, in_english
from tests.web.browsing import staff_at
from tests.web.filling import SHORT, Phone, saved

DUE = "2026-04-02T15:00:00Z"
HELD = re.compile(r"\?at=\d+&held=\w+$")


@pytest.fixture
def phone(clinic) -> Phone:
    return phone_of(clinic)


def phone_of(clinic: Study, code: str = "P-001", **given) -> Phone:
    """A phone with the link of the first follow-up."""
    clinic.enrol(code, status="performed", on="2026-03-02", **given)
    clinic.at(DUE)
    return Phone(clinic, clinic.token(clinic.visit(code, "1m")))


def language_of(clinic: Study) -> str:
    return rows(clinic.db, "select language from participant")[0]["language"]


def spoken(phone: Phone) -> str:
    return re.search(r'<html lang="([^"]+)" dir="ltr">', phone.page).group(1)


def test_a_page_names_the_other_languages_in_themselves(phone):
    phone.opens()
    buttons = r'<button name="language" value="([^"]+)" lang="\1" form="screen">([^<]+)</button>'
    assert re.findall(buttons, phone.page) == [("es", "Español"), ("zh-Hant", "中文 (繁體)")]


def test_the_form_goes_on_in_the_language_that_was_tapped(clinic, phone):
    phone.opens()
    phone.fills(SHORT["red_flags"])
    phone.fills({"language": "es"})
    assert (spoken(phone), phone.step) == ("es", "nrs_average")
    assert "su dolor entre los omóplatos" in phone.text and "Siguiente" in phone.text
    phone.fills({"language": "zh-Hant"})
    assert spoken(phone) == "zh-Hant" and "肩胛骨" in phone.text
    phone.answers(SHORT)
    assert "請檢查您的回答" in phone.text
    phone.posts(language="en", page="review")
    assert spoken(phone) == "en" and "Check your answers" in phone.text
    phone.posts(send="1")
    assert rows(clinic.db, "select language from response")[0]["language"] == "en"


def test_what_was_typed_and_not_saved_comes_along(clinic, phone):
    phone.opens()
    while phone.step != "comment":
        phone.fills(SHORT[phone.step])
    phone.fills({"comment": "Half a thought", "language": "es"})
    assert HELD.search(phone.at) and spoken(phone) == "es"
    assert "Half a thought" in phone.page and phone.errors == []
    assert "comment" not in saved(clinic, clinic.visit("P-001", "1m"))
    phone.fills("Half a thought, and the rest")
    assert saved(clinic, clinic.visit("P-001", "1m"))["comment"] == "Half a thought, and the rest"


def test_an_empty_screen_is_not_blamed(phone):
    phone.opens()
    phone.fills({"language": "es"})
    assert phone.at.endswith("?at=1") and phone.errors == []


def test_the_change_is_a_post_and_on_the_record_once(clinic, phone):
    phone.client.get(f"{phone.path}?language=es", base_url=phone.base)
    assert language_of(clinic) == "en"
    phone.opens()
    for _ in range(2):
        phone.posts(language="es")
    assert language_of(clinic) == "es"
    changes = [row for row in audit.of_subject(clinic.db, clinic.id("P-001")) if row["action"] == "language_changed"]
    assert len(changes) == 1 and "es" in str(changes[0])


@pytest.mark.parametrize("wished", ["fr", "", "../x"])
def test_a_language_that_the_study_has_not_is_refused(clinic, phone, wished):
    phone.opens()
    answer = phone.client.post(phone.path, data={"language": wished}, base_url=phone.base)
    assert answer.status_code == 400
    assert "This form is not there in that language." in answer.get_data(as_text=True)
    assert language_of(clinic) == "en"


def test_a_page_beside_the_form_stays_where_it_is(phone):
    phone.opens()
    phone.posts(language="es", page="stop")
    assert phone.at.endswith("/stop") and spoken(phone) == "es"
    phone.posts(language="en", page="//evil.example")
    assert phone.at == phone.path


def test_the_script_is_made_to_load_the_page_as_a_whole(clinic, phone):
    phone.opens()
    headers = {"X-Screen": "1"}
    fields = {"step": "red_flags", "language": "es"}
    answer = phone.client.post(phone.path, data=fields, headers=headers, base_url=phone.base)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{phone.path}?at=1&whole=1")
    page = phone.client.get(answer.headers["Location"], headers=headers, base_url=phone.base)
    assert "X-At" not in page.headers and '<html lang="es"' in page.get_data(as_text=True)


def test_a_study_of_one_language_offers_no_other(tmp_path):
    phone = phone_of(Study(tmp_path, study_text=in_english(SHIPPED.read_text(encoding="utf-8"))))
    phone.opens()
    assert 'name="language"' not in phone.page


# ---- languages that are not approved, where texts go to real people


def texting_for_real(tmp_path, *approved: str) -> Study:
    """A clinic whose texts go to real people, with a study file in which these languages are approved."""
    text = SHIPPED.read_text(encoding="utf-8")
    study = parse(text, SHIPPED.name)
    for each in approved:
        text += f'\n[approval.languages.{each}]\nby = "Dr. Example"\non = 2026-03-01\n'
        text += f'sha256 = "{part_hash(study, each)}"\n'
    clinic = Study(tmp_path, study_text=text)
    clinic.means = replace(clinic.means, live=True)
    clinic.installation = replace(clinic.installation, means=clinic.means)
    return clinic


def has_spanish(clinic: Study) -> None:
    """Somebody who has Spanish from before it mattered."""
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    with write(clinic.db):
        participants.set_language(clinic.db, clinic.id("P-001"), "es")


def test_a_language_that_is_not_approved_is_not_offered_and_not_taken(tmp_path):
    phone = phone_of(clinic := texting_for_real(tmp_path, "en", "zh-Hant"))
    phone.opens()
    assert re.findall(r'name="language" value="([^"]+)"', phone.page) == ["zh-Hant"]
    assert phone.client.post(phone.path, data={"language": "es"}, base_url=phone.base).status_code == 400
    assert language_of(clinic) == "en"


def test_nobody_is_enrolled_in_a_language_that_is_not_approved(tmp_path):
    clinic = texting_for_real(tmp_path, "en", "zh-Hant")
    with pytest.raises(Refusal) as refused:
        clinic.enrol("P-001", language="es")
    assert (refused.value.key, refused.value.values) == ("language_unknown", {"languages": "en, zh-Hant"})
    page = clinic.signed_in("cora").get("/study/participants/new", base_url=clinic.means.base_url)
    assert re.findall(r'<option [^>]*value="(en|es|zh-Hant)"', page.get_data(as_text=True)) == ["en", "zh-Hant"]


def test_who_has_a_language_that_is_not_approved_gets_the_studys_own_and_a_task_once(tmp_path):
    has_spanish(clinic := texting_for_real(tmp_path, "en"))
    clinic.ticks_until(DUE, every="day")
    assert [text.split(":")[1] for text in clinic.texts("P-001")] == [" your check-in is ready (about 5 min)"]
    message = clinic.messages("P-001")[0]
    assert message["language"] == "en"
    phone = Phone(clinic, clinic.token(clinic.visit("P-001", "1m")))
    assert "First, your safety" in phone.opens() and spoken(phone) == "en"
    assert len(clinic.open_tasks("language_unapproved")) == 1
    task = clinic.open_tasks("language_unapproved")[0]
    tasks.finish(clinic.db, task["id"], clinic.now, staff_id=clinic.staff["cora"], sites=("main",), outcome="done")
    clinic.ticks(days=3)
    assert clinic.open_tasks("language_unapproved") == []
    phone.answers(SHORT)
    phone.posts(send="1")
    assert rows(clinic.db, "select language from response")[0]["language"] == "en"


def test_the_task_ends_when_another_language_is_chosen(tmp_path):
    has_spanish(clinic := texting_for_real(tmp_path, "en"))
    clinic.ticks(days=1)
    assert clinic.open_tasks("language_unapproved")
    language.change(clinic.db, clinic.means, clinic.id("P-001"), "en", clinic.now, staff_id=clinic.staff["cora"])
    assert clinic.open_tasks("language_unapproved") == []


def test_the_task_ends_when_the_language_is_approved(tmp_path):
    has_spanish(clinic := texting_for_real(tmp_path, "en", "es"))
    clinic.means = replace(clinic.means, version=unapproved(clinic))
    clinic.ticks(days=1)
    assert clinic.open_tasks("language_unapproved")
    clinic.means = clinic.installation.means
    clinic.ticks(days=1)
    assert clinic.open_tasks("language_unapproved") == []


def unapproved(clinic: Study) -> str:
    """The version of the study file in which nothing is approved."""
    with write(clinic.db):
        return studies.keep(clinic.db, SHIPPED.read_text(encoding="utf-8"), "unapproved", stamp(clinic.now))


def test_where_no_text_is_real_every_language_is_spoken(clinic):
    has_spanish(clinic)
    clinic.ticks_until(DUE, every="day")
    assert clinic.texts("P-001")[0].startswith("Example Clinic: su cuestionario esta listo")
    assert clinic.open_tasks("language_unapproved") == []
    phone = Phone(clinic, clinic.token(clinic.visit("P-001", "1m")))
    phone.opens()
    assert spoken(phone) == "es"


def test_a_text_that_waits_goes_in_the_language_chosen_meanwhile(clinic):
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    clinic.at("2026-04-02T12:00:00Z")
    tick.tick(clinic.db, clinic.means, clinic.now)
    clinic.at("2026-04-02T14:30:00Z")
    tick.tick(clinic.db, clinic.means, clinic.now)
    waiting = [message for message in clinic.messages("P-001") if message["status"] == "queued"]
    assert [message["language"] for message in waiting] == ["en"]
    language.change(clinic.db, clinic.means, clinic.id("P-001"), "zh-Hant", clinic.now)
    clinic.tick()
    assert "您的問卷已備妥" in clinic.texts("P-001")[0]
    assert clinic.messages("P-001")[0]["language"] == "zh-Hant"


def test_a_coordinator_changes_the_language_on_the_participants_page(clinic):
    clinic.enrol("P-001", status="performed", on="2026-03-02")
    cora = staff_at(clinic, "cora")
    page = cora.opens("/study/participants/P-001")
    assert "English, America/New York" in page and "Chinese (Traditional)" in page
    cora.sends("/study/participants/P-001/language", **{"language-language": "zh-Hant"})
    assert "Chinese (Traditional), America/New York" in cora.opens("/study/participants/P-001")
    assert language_of(clinic) == "zh-Hant"
