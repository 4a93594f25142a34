"""The public page that stops texts, and that of the link texted by it."""

import html
import re

import pytest

from tests.study import SHIPPED, Study
from tests.web.filling import everything

ONE_WAY = SHIPPED.read_text("utf-8").replace("two_way = true", "two_way = false")
ONE_WAY = re.sub(r"(?m)^sms_stop = .*$", 'sms_stop = "{sms_name} {phone}"', ONE_WAY)


@pytest.fixture
def clinic(clinic) -> Study:
    clinic.enrol("P-001", status="performed", on="2026-02-20", language="es")
    return clinic


class Visitor:
    """Somebody with a browser that keeps no cookie and runs no script."""

    def __init__(self, clinic: Study):
        self.clinic, self.base = clinic, clinic.means.base_url
        self.client = clinic.app().test_client(use_cookies=False)

    def opens(self, path: str, status: int = 200, **headers) -> str:
        answer = self.client.get(path, base_url=self.base, headers=headers)
        assert answer.status_code == status and "Set-Cookie" not in answer.headers
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer" and answer.headers["Cache-Control"] == "no-store"
        page = answer.get_data(as_text=True)
        assert "<script" not in page and "csrf" not in page
        return html.unescape(page)

    def sends(self, path: str, **fields) -> str:
        answer = self.client.post(path, data=fields, base_url=self.base)
        assert answer.status_code == 303 and "Set-Cookie" not in answer.headers
        return answer.headers["Location"]


def test_whatever_number_is_entered_the_page_says_the_same(clinic):
    visitor = Visitor(clinic)
    said = set()
    for typed in (clinic.number("P-001"), "+15550100011", "+15550109999", "+15550109999", "+442079460000"):
        where = visitor.sends("/stop", mobile=typed, language="en")
        assert where == "/stop?language=en&said=1"
        said.add(visitor.opens(where))
    assert len(said) == 1
    (page,) = said
    assert "If we text that number, a link is on its way to it." in page and clinic.study.clinic.phone in page


def test_nothing_entered_is_said_beside_the_field(clinic):
    visitor = Visitor(clinic)
    page = visitor.opens(visitor.sends("/stop", mobile="  ", language="en"))
    assert "Write your mobile number." in page and 'aria-invalid="true"' in page


@pytest.mark.parametrize("language, words", [("en", "Write the whole number"), ("es", "completo"), ("zh-Hant", "完整")])
@pytest.mark.parametrize("typed", ["abc", "12", "one"])
def test_what_cannot_be_a_whole_number_is_asked_for_again_with_an_example(clinic, language, words, typed):
    typed = clinic.number("P-001")[:-1] if typed == "one" else typed  # somebody's, a digit too few
    visitor, before = Visitor(clinic), everything(clinic)
    where = visitor.sends("/stop", mobile=typed, language=language)
    assert where == f"/stop?language={language}&odd=1"
    page = visitor.opens(where)
    assert words in page and "+1 201-555-0123" in page and 'aria-invalid="true"' in page
    assert everything(clinic) == before


def test_from_the_number_to_the_end_of_the_texts_and_back(clinic):
    visitor = Visitor(clinic)
    visitor.sends("/stop", mobile=clinic.number("P-001"))
    clinic.tick()
    link = re.search(r"https://prom\.example\.org(/stop/\w{22}) ", clinic.texts("P-001")[-1]).group(1)
    before = everything(clinic)
    assert "¿Parar los mensajes?" in visitor.opens(link) and 'lang="es"' in visitor.opens(link)
    assert everything(clinic) == before
    assert visitor.sends(link) == link
    page = visitor.opens(link)
    assert clinic.study.clinic.phone in page and 'name="again"' in page
    clinic.at("2026-03-20T14:00:00Z")
    clinic.tick()
    assert len(clinic.texts("P-001")) == 1  # the link alone: no invitation
    visitor.sends(link, again="1")
    assert "Los mensajes siguen" in visitor.opens(link)
    clinic.at("2026-03-21T14:00:00Z")
    clinic.tick()
    assert len(clinic.texts("P-001")) == 2


def test_opening_a_page_changes_nothing(clinic):
    visitor = Visitor(clinic)
    before = everything(clinic)
    for path in ("/stop", "/stop?language=es", "/stop?said=1", "/stop?missing=1", "/stop?odd=1"):
        visitor.opens(path)
    visitor.opens("/stop/" + "A" * 22, 404)
    assert everything(clinic) == before


def test_an_unknown_link_does_nothing(clinic):
    visitor, before = Visitor(clinic), everything(clinic)
    answer = visitor.client.post("/stop/" + "A" * 22, base_url=visitor.base)
    assert answer.status_code == 404 and everything(clinic) == before
    assert "Ask for a new one." in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "asked, accept, words",
    [
        ("", "", "Stop the texts"),
        ("", "es-MX", "Escriba el número"),
        ("?language=zh-Hant", "es", "請寫下"),
        ("?language=xx", "", "Write the number"),
    ],
)
def test_it_speaks_three_languages(clinic, asked, accept, words):
    assert words in Visitor(clinic).opens(f"/stop{asked}", **{"Accept-Language": accept})


def test_where_no_reply_arrives_none_is_asked_for(tmp_path):
    clinic = Study(tmp_path, study_text=ONE_WAY)
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    clinic.at("2026-03-20T14:00:00Z")
    clinic.tick()
    assert clinic.texts("P-001")[0].endswith("Stop: prom.example.org/stop")
    visitor = Visitor(clinic)
    assert "STOP" not in visitor.opens("/stop")
    visitor.sends("/stop", mobile=clinic.number("P-001"))
    clinic.tick()
    assert "/stop/" in clinic.texts("P-001")[-1]


def test_with_replies_the_page_names_them_too(clinic):
    assert "Or answer one of our texts with the word STOP." in Visitor(clinic).opens("/stop")
