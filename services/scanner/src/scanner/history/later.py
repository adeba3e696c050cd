"""What the lowest offer of a day was."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DayLow:
    """`moment` of the day's first offer, in seconds since the epoch; the lowest `price` of the day, in USD."""

    moment: float
    price: float
