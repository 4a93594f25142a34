"""A form filled in as a phone does it, without scripts and without cookies; and what came of it in the database."""

import html
import re

from prom.store import reports
from prom.store.connect import rows
from tests.study import Study

SHORT = {
    "red_flags": "none", "nrs_average": "5", "nrs_worst": "7", "med_any": "no", "care_any": "no",
    "se_any": "no", "comment": "", "urgency": "can_wait", "who": "self",
}  # fmt: skip
LONG = SHORT | {
    "med_any": "yes",
    "med_classes": ["paracetamol", "opioid_weak"],
    "med_name/paracetamol": "Made-up 500",
    "med_strength/paracetamol": {"med_strength": "500", "med_unit": "mg"},
    "med_times/paracetamol": "2,5",
    "med_days/paracetamol": "7",
    "med_change/paracetamol": "same",
    "med_opioid/opioid_weak": "dont_know",
    "med_strength/opioid_weak": {"med_strength": ["", "_not_sure"], "med_unit": ""},
    "med_times/opioid_weak": "_declined",
    "med_days/opioid_weak": "0",
    "med_change/opioid_weak": "less",
    "med_more/opioid_weak": "no",
    "care_any": "emergency_room",
    "care_on": "2026-03-20",
    "care_for": "A fall",
    "se_any": "yes",
    "se_list": ["headache", "other"],
    "se_severity/headache": "light",
    "se_interference/headache": "a_bit",
    "se_care/headache": "no",
    "se_start/headache": "2026-03-10",
    "se_now/headache": "no",
    "se_end/headache": "2026-03-12",
    "se_text/other": "Ears ring",
    "se_severity/other": "strong",
    "se_interference/other": "a_lot",
    "se_care/other": "clinic",
    "se_start/other": ["", "_not_sure"],
    "se_now/other": "yes",
    "comment": "All good & <well>",
    "who": "helped",
}  # fmt: skip


# What no page says before it is known who reads it.
HIDDEN = ("none of these", "check your answers", "treatment", "shoulder", "injection", "synthetic", "ada")


class Phone:
    """A phone with a link: opens it, fills in the screen it sees."""

    def __init__(self, clinic: Study, token: str, app=None):
        self.base, self.link = clinic.means.base_url, f"/s/{token}"
        self.path = self.link  # where its forms go: the link, or with its pass
        self.client = (app or clinic.app()).test_client(use_cookies=False)
        self.page = self.status = self.at = None

    def opens(self, at: str = "", status: int = 200) -> str:
        self.at = f"{self.path}?at={at}" if at else self.path
        return self._keep(self.client.get(self.at, base_url=self.base), status)

    def goes(self, address: str) -> str:
        """Follow to an address of this link; its forms go there from now on."""
        self.at, self.path = address, address.partition("?")[0]
        return self._keep(self.client.get(address, base_url=self.base), None)

    def sees(self, address: str, status: int = 200) -> str:
        """What a person reads at an address, without staying there; "" where it leads elsewhere."""
        answer = self.client.get(address, base_url=self.base)
        assert answer.status_code == status, answer.status_code
        read = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)) if status == 200 else ""
        return " ".join(html.unescape(read).split())

    def posts(self, status: int = 200, **fields) -> str:
        """Send a form, and open what it leads to: that page has the status."""
        answer = self.client.post(self.path, data=fields, base_url=self.base)
        if status != 404:
            self._keep(answer, 303)
            self.at = answer.headers["Location"]
            answer = self.client.get(self.at, base_url=self.base)
        return self._keep(answer, status)

    def fills(self, given, status: int = 200) -> str:
        """Next on the screen it sees, with the hidden fields of the page."""
        fields = given if isinstance(given, dict) else {self.step.partition("/")[0]: given}
        hidden: dict[str, list[str]] = {}
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', self.page):
            hidden.setdefault(name, []).append(html.unescape(value))
        return self.posts(status, **hidden | fields)

    def goes_back(self, **fields) -> str:
        """Back, with what was typed or chosen meanwhile."""
        return self.fills({"back": re.search(r'name="back" value="(\w+)"', self.page).group(1)} | fields)

    def answers(self, all_of_them: dict) -> None:
        """Screen by screen until the review."""
        while self.step:
            self.fills(all_of_them[self.step])

    @property
    def step(self) -> str:
        found = re.search(r'name="step" value="([^"]+)"', self.page)
        return found.group(1) if found else ""

    @property
    def text(self) -> str:
        """What a person reads."""
        seen = re.sub(r"<style>.*?</style>|<div [^>]*hidden>.*?</div>", "", self.page, flags=re.S)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", seen)).split())

    @property
    def errors(self) -> list[str]:
        return [html.unescape(text) for text in re.findall(r'<p class="error"[^>]*>([^<]+)</p>', self.page)]

    def ticked(self) -> list[str]:
        return re.findall(r'name="\w+" value="([^"]*)"[^>]*? checked', self.page)

    def _keep(self, answer, status):
        assert status is None or answer.status_code == status, (answer.status_code, answer.get_data(as_text=True))
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        self.page, self.status = answer.get_data(as_text=True), answer.status_code
        return self.page


def everything(clinic: Study) -> dict:
    """Every row of every table."""
    tables = [row["name"] for row in rows(clinic.db, "select name from sqlite_master where type = 'table'", {})]
    return {table: rows(clinic.db, f"select * from {table}", {}) for table in tables}


def saved(clinic, visit) -> dict:
    return reports.answers(clinic.db, visit["id"])


def classes(clinic) -> list[str]:
    return [alert["class"] for alert in clinic.alerts("ADA")]


def held(clinic) -> int:
    return rows(clinic.db, "select count(*) as many from held_screen", {})[0]["many"]


def drafts(clinic, visit, step=None) -> int:
    return len([row for row in reports.screens(clinic.db, visit["id"]) if step in (None, row["step"])])


def gives(phone, year: str, **kept) -> str:
    """The year of birth, as typed; where it leads."""
    sent = phone.client.post(f"{phone.link}/year", data={"birth_year": year} | kept, base_url=phone.base)
    assert sent.status_code == 303
    phone.goes(sent.headers["Location"])
    return sent.headers["Location"]


def passes(phone, year="1950") -> str:
    """The address with its pass."""
    address = gives(phone, year)
    assert re.fullmatch(phone.link + "/[0-9A-Za-z]{22}", address)
    return address


def posts_to(phone, path: str, status: int = 200, **fields) -> str:
    """Send a form to a path under the link; where it leads, with that page's status."""
    sent = phone.client.post(phone.path + path, data=fields, base_url=phone.base)
    assert sent.status_code == 303, sent.status_code
    phone.goes(sent.headers["Location"])
    assert phone.status == status, phone.status
    return sent.headers["Location"]


def link_routes(clinic, token: str) -> list[str]:
    """Every address of a link, with a pass and without one."""
    rules = [rule for rule in clinic.app().url_map.iter_rules() if str(rule).startswith("/s/")]
    return [str(rule).replace("<token>", token).replace("<given>", "B" * 22) for rule in rules]
