"""A price index by category and week, of offers whose worth was estimated from their texts. Knows no store and no HTTP.

Other things are on offer each week, so that mean prices say nothing. Each price is therefore divided by what the pricers say of its
text, which does not know the price, and the mean of the logarithms of a week is compared with that of the first: hedonic
imputation (Eurostat, Handbook on Residential Property Price Indices, 2013, chapter 5), as a geometric mean (Jevons). It shows
how asked prices drift away from what the models have learned: a rise of all categories says that the models grow old.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from scanner.weeks import monday_of

LEAST = 10  # offers of a week that an index is told for
MOST_CATEGORIES = 12  # beside all together
ALL = "All categories"
_Z80 = 1.2816  # of the normal distribution, for an interval of 80 %
_WILD = math.log(20)  # an estimate this far off has not understood what is offered, and says nothing of prices


@dataclass(frozen=True)
class Asked:
    """An offer: its price and what the pricers say of its text, in USD."""

    category: str
    published: datetime
    price: float
    estimate: float


@dataclass(frozen=True)
class Level:
    """A category's level in the week that begins with `week`, a Monday: 100 in its first. low..high: 80 %; n: offers."""

    week: date
    index: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class CategoryLevels:
    """A category's weeks, the first first. `change`: of the index over all of them, as a share."""

    category: str
    change: float
    weeks: list[Level]


@dataclass
class _Sum:
    """Of logarithms of price over estimate."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        self.n, self.total, self.squares = self.n + 1, self.total + value, self.squares + value * value

    @property
    def mean(self) -> float:
        return self.total / self.n

    @property
    def error(self) -> float:
        """The variance of the mean."""
        return max(self.squares / self.n - self.mean**2, 0.0) / (self.n - 1)


def price_levels(offers: Iterable[Asked]) -> list[CategoryLevels]:
    """All together first, then the categories with the most offers; those without two weeks of LEAST offers are left out."""
    sums: dict[str, dict[date, _Sum]] = {}
    for each in offers:
        if each.price <= 0 or each.estimate <= 0 or abs(value := math.log(each.price / each.estimate)) > _WILD:
            continue
        for name in (ALL, each.category) if each.category else (ALL,):
            sums.setdefault(name, {}).setdefault(monday_of(each.published), _Sum()).add(value)
    found = [levels for name, weeks in sums.items() if (levels := _levels(name, weeks))]
    found.sort(key=lambda each: (each.category != ALL, -sum(level.n for level in each.weeks), each.category))
    return found[: MOST_CATEGORIES + 1]


def _levels(category: str, weeks: dict[date, _Sum]) -> CategoryLevels | None:
    whole = sorted((week, found) for week, found in weeks.items() if found.n >= LEAST)
    if len(whole) < 2:
        return None
    levels = _compared(whole)
    return CategoryLevels(category, round(levels[-1].index / 100 - 1, 4), levels)


def _compared(weeks: Sequence[tuple[date, _Sum]]) -> list[Level]:
    first = weeks[0][1]
    levels = []
    for week, found in weeks:
        is_first = found is first
        centre = found.mean - first.mean
        reach = 0.0 if is_first else _Z80 * math.sqrt(found.error + first.error)
        index, low, high = (round(100 * math.exp(value), 2) for value in (centre, centre - reach, centre + reach))
        levels.append(Level(week, index, low, high, found.n))
    return levels
