"""A central bank's rates of a day, which of them are believed, and what a currency is worth by them. Pure: no clock, no network."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

OLDEST = timedelta(days=10)  # after which a rate counts no more: a bank keeps no holidays that long
JUMP = 0.20  # share by which a rate may differ from the one before


@dataclass(frozen=True)
class DayRates:
    """Dollars for one unit of each currency, as a bank told them for `day`; `fetched`: when, in seconds since the epoch."""

    day: date
    dollars: Mapping[str, float]
    fetched: float = 0.0

    def is_current(self, now: datetime) -> bool:
        """Whether they still say something."""
        return now.date() - self.day <= OLDEST


@dataclass(frozen=True)
class Rate:
    """What one unit of a currency is worth; `day`: of a central bank's rate, None of one that somebody set."""

    currency: str
    dollars: float
    day: date | None = None


def why_unbelievable(told: DayRates, now: datetime) -> str | None:
    """Why none of a bank's rates is believed; None where they are."""
    if not told.is_current(now):
        return f"its rates are of {told.day:%Y-%m-%d}, more than {OLDEST.days} days ago"
    if told.day > now.date() + timedelta(days=1):  # a day more: in the east it is tomorrow
        return f"its rates are of {told.day:%Y-%m-%d}, which is to come"
    if not all(math.isfinite(each) and each > 0 for each in told.dollars.values()):
        return "one of its rates is no number above 0"
    return None


def believable(told: DayRates, before: DayRates | None) -> tuple[DayRates, list[str]]:
    """What is believed of a bank's rates, and the currencies that jumped: those keep their former rate, while that is current."""
    former = before.dollars if before is not None else {}
    jumped = [name for name, rate in told.dollars.items() if name in former and abs(rate / former[name] - 1.0) > JUMP]
    return replace(told, dollars=dict(told.dollars) | {name: former[name] for name in jumped}), sorted(jumped)


@dataclass
class Rates(Mapping[str, float]):
    """Dollars for one unit of a currency, as they are now: the bank's while they are current, else those that somebody set."""

    fixed: Mapping[str, float] = field(default_factory=dict)
    of_day: DayRates | None = None

    def __getitem__(self, currency: str) -> float:
        return self.rate(currency).dollars

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self.fixed, *(self.of_day.dollars if self.of_day else ())}))

    def __len__(self) -> int:
        return len(set(iter(self)))

    def rate(self, currency: str) -> Rate:
        """What a currency is worth, and whose word that is. KeyError where nobody says so."""
        if self.of_day is not None and currency in self.of_day.dollars:
            return Rate(currency, self.of_day.dollars[currency], self.of_day.day)
        return Rate(currency, self.fixed[currency])

    def words(self, currency: str) -> str:
        """Whose rate of which day a conversion uses."""
        if currency not in self:
            return ""
        day = self.rate(currency).day
        return "the rate that is set" if day is None else f"the central bank's rate of {day:%Y-%m-%d}"
