"""How often an address was asked for that is no link: somebody guesses, or a text was cut. Counted in the memory of
this process alone, since a stranger's request writes nothing; no address and no token is kept."""

import os
from threading import Lock

_lock = Lock()
_count = 0


def note() -> None:
    """Count one."""
    global _count
    with _lock:
        _count += 1


def so_far() -> dict[str, float]:
    """{this process, by its number: how many since it began}."""
    return {str(os.getpid()): _count}
