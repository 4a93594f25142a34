"""Texts through the provider's real SDK while every third call goes wrong, receipts come late, doubled and out of
order, and the sender dies by SIGKILL again and again: none lost, none sent twice, each row right in the end."""

import os
import random
import signal
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.drills import sender
from tests.drills.place import Place, until

FAULTS = (
    ("hang", 2), ("429", 1), "500-before", "500-after", "reset", "reset-after", "html503", "garbage",
    ("code", 21211), ("code", 21610),
)  # fmt: skip
REFUSED = {21211: "21211", 21610: "opted_out"}  # the code of a refusal for good, and our reason
ENDS = (("delivered", "", 30), ("undelivered", "30003", 2), ("undelivered", "30001", 1), ("undelivered", "30005", 1),
        ("undelivered", "30007", 1))  # fmt: skip
PASSING = ("30003", "30001")  # the text goes again
OUTAGE_SECONDS = 5
FINAL = {"delivered", "undelivered", "failed", "dropped"}


@dataclass(frozen=True)
class Figures:
    """lost: people whose text neither went out nor was refused for good. twice: people with a further text though none
    before had failed. wrong: rows whose last state is not what the provider knows."""

    people: int
    kills: int
    calls: int
    faults: dict[str, int]
    receipts: int
    lost: int
    twice: int
    wrong: int
    states: dict[str, int]
    seconds: float

    def __str__(self):
        return (
            f"{self.people} texts, {self.kills} times SIGKILL, {self.calls} calls, of them {sum(self.faults.values())} "
            f"with a fault {self.faults}, {self.receipts} receipts: lost {self.lost}, sent twice {self.twice}, wrong "
            f"in the end {self.wrong}; rows {self.states}; {self.seconds:.0f} s"
        )


class Provider:
    """What the double of the provider does with each call, and the receipts that it sends afterwards."""

    def __init__(self, double, people: int):
        self.double, self.people = double, people
        self.receipts = 0
        self._outage: float | None = None
        self._chance = random.Random()
        self._over = threading.Event()
        double.faults = self.fault
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def fault(self, post):
        """A third of the calls go wrong; in the middle of it all the account is shut for some seconds."""
        if len(self.double.posts) > self.people / 2 and self._outage is None:
            self._outage = time.monotonic()
        if self._outage and time.monotonic() - self._outage < OUTAGE_SECONDS:
            return ("code", 20003, 401)
        if self._chance.random() > 1 / 3:
            return None
        return self._chance.choice(FAULTS)

    def _run(self):
        """Decide what becomes of each text that was created, and tell of it in disorder; of some, never."""
        seen, later = set(), []
        with ThreadPoolExecutor(4) as post_office:
            while not self._over.is_set():
                for post in self.double.created:
                    if post.sid not in seen:
                        seen.add(post.sid)
                        later += self._words(post)
                now = time.monotonic()
                for word in [each for each in later if each[0] <= now]:
                    later.remove(word)
                    self.receipts += 1
                    post_office.submit(self._tell, *word[1:])
                self._over.wait(0.02)

    def _words(self, post):
        """(when, post, status, code) of each receipt: doubled, in any order, late; none for one text in twenty."""
        status, code, _ = self._chance.choices(ENDS, weights=[each[2] for each in ENDS])[0]
        post.status, post.code = status, code  # this is what the list says
        if self._chance.random() < 0.05:
            return []
        words = [("queued", ""), ("sent", ""), (status, code), self._chance.choice([("sent", ""), (status, code)])]
        return [(time.monotonic() + self._chance.random() ** 2 * 4, post, *word) for word in words]

    def _tell(self, post, status, code):
        try:
            self.double.call_back(post, status, code)
        except OSError as error:
            self.double.callback_failures.append((post.sid, status, type(error).__name__))


def drill(place: Place, people: int, kills: int) -> Figures:
    """Enrol, let the texts go at a pace that leaves time for the kills, kill and start anew on the way, then wait until
    nothing moves any more."""
    numbers = place.enrol(people)
    environment = place.settings | {"PROM_SMS_PACE": str(max(1, people // kills))}
    place.web("tests.drills.sender:web()")
    context, killed = sender.starter(), 0
    began = time.monotonic()
    with Provider(place.double, people) as provider:
        while True:
            process = context.Process(target=sender.send, args=(environment,), daemon=True)
            process.start()
            if killed >= kills:
                break
            time.sleep(random.uniform(0.3, 1.8))
            assert process.is_alive(), place.log()
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            killed += 1
        try:
            until(lambda: len(_rows(place)) == people and _settled(place), 120 + people / 5)
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.join()
    return _figures(place, provider, numbers, killed, time.monotonic() - began)


def _rows(place: Place) -> list[dict]:
    return [message for message in place.messages() if message["lane"] == "participant"]


def _settled(place: Place) -> bool:
    return all(message["status"] in FINAL for message in _rows(place))


def _figures(place: Place, provider: Provider, numbers: list[str], kills: int, seconds: float) -> Figures:
    calls = defaultdict(list)
    for post in place.double.posts:
        calls[post.form["To"]].append(post)
    created = {number: [post for post in calls[number] if post.created] for number in numbers}
    rows = {_number(place, row): row for row in _rows(place)}
    faults = Counter(str(post.fault[1] if post.fault[0] == "code" else post.fault[0]) if isinstance(post.fault, tuple)
                     else post.fault for post in place.double.posts if post.fault)  # fmt: skip
    return Figures(
        people=len(numbers),
        kills=kills,
        calls=len(place.double.posts),
        faults=dict(faults),
        receipts=provider.receipts,
        lost=sum(not created[each] and not _refused(calls[each]) for each in numbers),
        twice=sum(any(post.code not in PASSING for post in created[each][:-1]) for each in numbers),
        wrong=sum(_expected(calls[each], created[each]) != _state(rows[each]) for each in numbers),
        states=dict(Counter(row["status"] for row in rows.values())),
        seconds=seconds,
    )


def _number(place: Place, row: dict) -> str:
    return place.number(row["participant_id"])


def _refused(calls: list) -> str | None:
    """Our reason, where the last call for somebody was refused for good. A refusal that met a dead sender was never
    read: the text was asked for, not found, and sent anew."""
    fault = calls[-1].fault if calls else None
    return REFUSED.get(fault[1]) if isinstance(fault, tuple) and fault[0] == "code" else None


def _expected(calls: list, created: list) -> tuple[str, str] | None:
    """What our row must say in the end: of the last text created, unless a further try was refused for good."""
    if refused := _refused(calls):
        return "failed", refused
    return (created[-1].status, created[-1].code) if created else None


def _state(row: dict) -> tuple[str, str]:
    return row["status"], "" if row["status"] == "delivered" else row["reason"]
