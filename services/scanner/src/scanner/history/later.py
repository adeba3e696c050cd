"""What the lowest offer of a day was."""

from typing import NamedTuple


class DayLow(NamedTuple):
    """`moment` of the day's first offer, in seconds since the epoch; the lowest `price` of the day, in USD."""

    moment: float
    price: float
