"""How much narrower an interval becomes once an attribute is known, from the prices that its values would have. Pure.

What one does not know of a log price is what is left within each value plus what lies between the values and the price that is
told now (the law of total variance, taken about that price): to learn the value takes the second part away. Its share of the
whole is the first-order Sobol index, and to ask first for what has the largest is "factor prioritisation" (Saltelli and
Tarantola 2002, doi:10.1198/016214502388618447).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

SIGMAS = 2 * 1.2815515655446004  # width of a normal distribution's 80 % interval
# Most of a variance that one attribute takes away: prices that a model gives for words hold some noise of their own.
MOST_SHARE = 0.9


@dataclass(frozen=True)
class Narrowing:
    """`width`: expected ln(high / low) once it is known; `by`: by what share that is less; `spread`: dearest to cheapest."""

    width: float
    by: float
    spread: float


def narrowing(now: float, width: float, prices: Sequence[float], shares: Sequence[float]) -> Narrowing:
    """Of a price `now` and its interval's `width`, ln(high / low), by an attribute whose values have these prices and shares."""
    logs = [math.log(price) for price in prices]
    between = sum(share * (each - math.log(now)) ** 2 for share, each in zip(shares, logs, strict=True))
    whole = (width / SIGMAS) ** 2
    left = 1 - min(between / whole, MOST_SHARE) if whole > 0 else 1.0
    return Narrowing(width * math.sqrt(left), 1 - math.sqrt(left), math.exp(max(logs) - min(logs)))
