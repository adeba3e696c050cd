"""A figure over time as the points of a small line. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDE, HIGH = 100.0, 24.0  # of the drawing's own units


@dataclass(frozen=True)
class SmallLine:
    """`pieces`: points of each unbroken piece, as SVG has them; lowest and highest of what is drawn."""

    pieces: list[str]
    lowest: float
    highest: float


def small_line(values: Sequence[float | None]) -> SmallLine | None:
    """None where there is nothing to draw. The axis begins at 0."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    top, step = max(*known, 1e-9), WIDE / (len(values) - 1)
    pieces: list[list[str]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append(f"{number * step:.2f},{HIGH - 1 - value / top * (HIGH - 2):.2f}")
    return SmallLine([" ".join(piece) for piece in pieces if len(piece) > 1], min(known), max(known))
