"""The web process dies by SIGKILL, again and again, while people send their reports: no thanked report is lost."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request

from prom.store import reports
from tests.double import DIRECT
from tests.drills.place import Place

SCREENS = {"red_flags": "none", "nrs_average": "", "nrs_worst": "", "med_any": "no", "comment": "",
           "urgency": "can_wait", "who": "self"}  # fmt: skip
AT_ONCE, PATIENCE_SECONDS = 8, 120


@dataclass(frozen=True)
class Figures:
    """thanked: reports answered with the thank-you page. lost: of these, not in the database, or not as answered.
    cut: requests that met a dead server."""

    people: int
    kills: int
    thanked: int
    lost: int
    cut: int
    seconds: float

    def __str__(self):
        return (
            f"{self.people} people, {self.kills} times SIGKILL: {self.thanked} thanked, {self.lost} of them lost; "
            f"{self.cut} requests cut; {self.seconds:.1f} s"
        )


class Person:
    """Somebody with a link, who tries again when the page does not come."""

    def __init__(self, place: Place, path: str, cut: list):
        self.address, self.cut = place.means.base_url + path, cut
        self.nrs = random.randint(0, 10)

    def reports(self) -> bool:
        """Answer every screen and send; whether the thank-you page came."""
        for step, value in SCREENS.items():
            self._post({"step": step, step: value or str(self.nrs)})
        return "Thank you" in self._post({"send": "1"})

    def _post(self, form: dict) -> str:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                request = Request(self.address, data=urlencode(form).encode())
                with DIRECT.open(request, timeout=10) as answer:
                    return answer.read().decode()
            except HTTPError as error:
                raise AssertionError(f"{error.code} to {form}") from None
            except (OSError, HTTPException) as error:
                self.cut.append(type(error).__name__)
                assert time.monotonic() < end, "the server did not come back"
                time.sleep(0.1)


def drill(place: Place, people: int, kills: int) -> Figures:
    """Enrol, let all report at once, kill and restart the web server on the way, then look into the database."""
    place.enrol(people)
    links = place.links()
    cut: list[str] = []
    everybody = {visit_id: Person(place, path, cut) for visit_id, path in links.items()}
    thanked: dict[str, bool] = {}

    def sit(visit_id: str) -> None:
        thanked[visit_id] = everybody[visit_id].reports()

    over = threading.Event()
    killed: list[int] = []
    began = time.monotonic()
    server = place.web()
    killer = threading.Thread(target=_kill, args=(place, server, people, kills, thanked, killed, over))
    killer.start()
    try:
        with ThreadPoolExecutor(AT_ONCE) as crowd:
            list(crowd.map(sit, everybody))
    finally:
        over.set()
        killer.join()
    seconds = time.monotonic() - began
    lost = [visit_id for visit_id, yes in thanked.items() if yes and not _kept(place, visit_id, everybody[visit_id])]
    return Figures(people, len(killed), sum(thanked.values()), len(lost), len(cut), seconds)


def _kill(place: Place, server, people: int, kills: int, thanked: dict, killed: list, over) -> None:
    """Kill the server at even shares of the crowd's way, each time in the middle of its work."""
    for number in range(1, kills + 1):
        while len(thanked) < number * people / (kills + 1) and not over.is_set():
            time.sleep(0.005)
        if over.is_set():
            return
        place.kill(server)
        killed.append(server.pid)
        server = place.web()


def _kept(place: Place, visit_id: str, person: Person) -> bool:
    report = reports.response_of(place.db, visit_id)
    return report is not None and report["answers"]["nrs_average"] == person.nrs
