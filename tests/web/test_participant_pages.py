"""The list of the participant's pages leaves none out."""

import re
from html import unescape

import pytest
from flask import template_rendered
from werkzeug.exceptions import HTTPException

from prom.rules.study_check_instrument import RESERVED
from tests import catalogues
from tests.browser.participant_pages import PAGES, Reached, page_clinic
from tests.house.source import ROOT

CONTROL = re.compile(r'<(?:input|button|select|textarea)\b[^>]*?\sname="([^"]+)"')
TEMPLATES = re.compile("templates/(survey|macros)/")
LEAD_ON = {"survey.with_slash", "door.year"}  # never a page of its own
NO_PAGE = re.compile(r"sms_|staff_|operator_|optout|consent_sms$")  # texts, and what is read out when enrolling


class Seen:
    """What the pages of the list showed between them."""

    def __init__(self, folder):
        self.reached = Reached(page_clinic(folder))
        self.endpoints, self.forms, self.words, self.controls = set(), [], "", set()
        app, base = self.reached.app, self.reached.clinic.means.base_url
        with template_rendered.connected_to(self._rendered, app):
            for name in PAGES:
                address = self.reached.address(name)
                page = app.test_client().get(address, base_url=base).get_data(as_text=True)
                self.controls |= set(CONTROL.findall(page))
                self.words += " ".join(unescape(page).split())
                self.endpoints.add(self._endpoint(address.removeprefix(base)))
        self.templates = {name for _, name in app.jinja_env.cache}

    def _rendered(self, sender, template, context, **_):
        self.forms += [context["form"]] if "form" in context else []

    def _endpoint(self, path: str) -> str:
        try:
            return self.reached.app.url_map.bind("localhost").match(path.partition("?")[0])[0]
        except HTTPException:
            return ""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return Seen(tmp_path_factory.mktemp("seen"))


def test_every_template_of_the_survey_is_on_a_page(seen):
    assert {f"survey/{path.name}" for path in (ROOT / "templates/survey").iterdir()} - seen.templates == set()


def test_every_address_that_is_opened_under_a_link_is_a_page(seen):
    rules = [rule for rule in seen.reached.app.url_map.iter_rules() if rule.rule.startswith("/s/")]
    assert {rule.endpoint for rule in rules if "GET" in rule.methods} - seen.endpoints == LEAD_ON


def test_every_kind_of_control_is_on_a_page(seen):
    kinds = {item.kind for item in seen.reached.clinic.study.items.values()}
    shown = [field for form in seen.forms for field in form]
    assert kinds - {field.item.kind for field in shown} == set()


def test_no_item_may_be_called_as_another_control_of_a_page_is(seen):
    items = {field.name for form in seen.forms for field in form}
    assert seen.controls - items - set(RESERVED) == set(RESERVED) - seen.controls == set()


def test_every_text_of_the_study_file_for_pages_is_on_a_page(seen):
    texts = {key: text for key, text in seen.reached.clinic.study.texts["en"].items() if not NO_PAGE.match(key)}
    assert [key for key, text in texts.items() if _fixed(text) not in seen.words] == []


def test_every_word_of_the_templates_is_on_a_page(seen):
    found = catalogues.read(catalogues.FOLDER / "messages.pot")
    words = [str(one.id) for one in found if any(TEMPLATES.match(path) for path, _ in one.locations)]
    assert len(words) > 10 and [text for text in words if _fixed(text) not in seen.words] == []


def _fixed(text: str) -> str:
    """The longest piece of a text between what is filled in."""
    return max(re.split(r"\{\w+\}|%\(\w+\)s", text), key=len).strip()
