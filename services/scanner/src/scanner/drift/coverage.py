"""How often the price that was found out later lay in the interval that had been told. Pure.

Found out: what a person says that a deal is worth; else what a pushed product mostly cost later (see history/ledger.py). What was
pushed was chosen for being cheap, so that the share lies somewhat below that of all intervals, which is promised to be 80 %.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.history.ledger import Later, Push, wilson

LEAST_POINTS = 3  # days with an offer, from which on a later price says something


@dataclass(frozen=True)
class Coverage:
    """The share of `n` intervals that held the price, with a 95 % interval of its own; None of none."""

    n: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Found:
    """What something turned out to cost, and the interval that had been told of it, in USD."""

    price: float
    low: float
    high: float


def coverage_of(found: Iterable[Found]) -> Coverage:
    """Of all of them."""
    held = [each.low <= each.price <= each.high for each in found]
    if not held:
        return Coverage(0)
    low, high = wilson(sum(held), len(held))
    return Coverage(len(held), round(sum(held) / len(held), 4), low, high)


def found_later(pushes: Iterable[tuple[Push, Later]], said: frozenset[str]) -> list[Found]:
    """Of pushes of which nobody (`said`: by opportunity) told the worth."""
    return [
        Found(later.usual, *push.interval)
        for push, later in pushes
        if push.interval and later.usual is not None and later.points >= LEAST_POINTS and push.opportunity not in said
    ]
