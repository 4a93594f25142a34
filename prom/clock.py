"""The two clocks. Nothing else in the house asks the machine for the time."""

from datetime import UTC, datetime


class Machine:
    """The machine's clock."""

    def now(self) -> datetime:
        """This instant, aware, UTC."""
        return datetime.now(UTC)


class Driven:
    """A clock that stands where it was set: tests, simulation and time travel."""

    def __init__(self, at: datetime):
        self.at = at

    def now(self) -> datetime:
        return self.at

    def set(self, at: datetime) -> None:
        """Move to an instant; time does not run backwards here."""
        if at < self.at:
            raise ValueError("a driven clock is never set back")
        self.at = at
