"""Two processes tick and send at once on one database: every due invitation leaves once."""

import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.drills.place import Place, until


@dataclass(frozen=True)
class Figures:
    """texts: POSTs at the provider. twice, never: numbers. by_process: POSTs of each. seconds: first POST to last."""

    people: int
    texts: int
    twice: int
    never: int
    states: dict[str, int]
    by_process: list[int]
    seconds: float

    def __str__(self):
        return (
            f"{self.people} due invitations, two processes: {self.texts} texts, {self.twice} numbers twice, "
            f"{self.never} never; rows {self.states}; by process {self.by_process}; {self.seconds:.1f} s"
        )


def drill(place: Place, people: int) -> Figures:
    """Enrol, start both processes together, wait until all texts came and a while longer."""
    numbers = place.enrol(people)
    both = [place.scheduler(), place.scheduler("--beside")]
    ports: list[set[int]] = [set(), set()]

    def all_came() -> bool:
        for own, process in zip(ports, both, strict=True):
            own |= _ports(process.pid)
        return len(place.double.posts) >= people

    until(all_came, 60 + people / 5)
    time.sleep(3)  # what would come twice, comes now
    for process in both:
        place.end(process)
    posts = [post for post in place.double.posts if post.form["To"] in set(numbers)]
    many = Counter(post.form["To"] for post in posts)
    return Figures(
        people,
        len(posts),
        sum(count > 1 for count in many.values()),
        sum(number not in many for number in numbers),
        dict(Counter(message["status"] for message in place.messages())),
        [sum(post.port in own for post in posts) for own in ports],
        max(post.at for post in posts) - min(post.at for post in posts),
    )


def _ports(pid: int) -> set[int]:
    """The local TCP ports of a process, as Linux tells them."""
    try:
        held = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()}
        table = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    except OSError:
        return set()
    lines = [line.split() for line in table]
    return {int(line[1].rpartition(":")[2], 16) for line in lines if f"socket:[{line[9]}]" in held}
