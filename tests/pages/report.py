"""What the checks of the pages found, as the one table that is printed at the end."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One figure. bound: what it must be, in words; "" for a figure that is only told. good: whether it is so."""

    check: str
    what: str
    figure: str
    bound: str = ""
    good: bool = True


def table(lines: list[Line]) -> str:
    """The lines in columns; one that is not as it must be says so."""
    cells = [(one.check, one.what, one.figure, one.bound, "" if one.good else "FAILS") for one in lines]
    widths = [max(len(row[place]) for row in cells) for place in range(4)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip()
        for row in cells
    )
