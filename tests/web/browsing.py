"""A person at a browser without JavaScript: opens pages, sends their forms with the page's own token."""

import html
import re

from tests.study import PASSWORD, Study


class Person:
    """Somebody at a browser of their own, a stranger until they log in."""

    def __init__(self, clinic: Study):
        self.clinic = clinic
        self.base = clinic.means.base_url
        self.client = clinic.app().test_client()
        self.page = ""

    def opens(self, path: str, status: int = 200) -> str:
        """GET; the page's text."""
        return self._keep(self.client.get(path, base_url=self.base), status)

    def sends(self, path: str, status: int = 302, /, **fields):
        """POST a form with the token of the page last seen; the answer."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page)
        fields["csrf_token"] = found.group(1) if found else ""
        answer = self.client.post(path, data=fields, base_url=self.base, headers={"Referer": f"{self.base}/"})
        self._keep(answer, status)
        return answer

    def agrees(self, path: str, status: int = 302, /, **more):
        """On the page that shows what a change would do: record it so. more: another button, or another mark."""
        assert "Nothing is recorded yet" in self.page
        shown = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', self.page))
        return self.sends(path, status, **{name: value for name, value in shown.items() if name != "csrf_token"} | more)

    def logs_in(self, login: str, password: str = PASSWORD, path: str = "/login", status: int = 302):
        self.opens(path)
        return self.sends(path, status, login=login, password=password)

    def _keep(self, answer, status: int) -> str:
        page = html.unescape(answer.get_data(as_text=True))
        assert answer.status_code == status, (answer.status_code, answer.headers.get("Location"), page)
        if status != 302:
            self.page = page
        return page


def staff_at(clinic: Study, login: str) -> Person:
    """A member of staff, logged in."""
    person = Person(clinic)
    person.logs_in(login)
    person.opens("/login", 302)
    return person
