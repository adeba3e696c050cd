"""A central bank's rates of a day, which of them are believed, and what a currency is worth by them. Pure: no clock, no network."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

OLDEST = timedelta(days=10)  # after which a rate counts no more: a bank keeps no holidays that long
JUMP = 0.20  # share by which a rate may differ from the one before


@dataclass(frozen=True)
class DayRates:
    """Dollars for one unit of each currency, as a bank told them for `day`; `fetched`: when, in seconds since the epoch.

    `former`: for what it told of some currencies then was not believed, day and moment of the rate that counts in its place.
    """

    day: date
    dollars: Mapping[str, float]
    fetched: float = 0.0
    former: Mapping[str, tuple[date, float]] = field(default_factory=dict)

    def day_of(self, currency: str) -> date:
        """Of which day its rate is."""
        return self.former[currency][0] if currency in self.former else self.day

    def current(self, now: datetime) -> "DayRates | None":
        """Those that still say something; None where none does."""
        if not is_current(self.day, now):
            return None
        return replace(self, dollars={name: rate for name, rate in self.dollars.items() if is_current(self.day_of(name), now)})


def is_current(day: date, now: datetime) -> bool:
    """Whether a rate of a day still says something."""
    return now.date() - day <= OLDEST


@dataclass(frozen=True)
class Rate:
    """What one unit of a currency is worth; `day`: of a central bank's rate, None of one that somebody set."""

    currency: str
    dollars: float
    day: date | None = None


def why_unbelievable(told: DayRates, now: datetime) -> str | None:
    """Why none of a bank's rates is believed; None where they are."""
    if not is_current(told.day, now):
        return f"its rates are of {told.day:%Y-%m-%d}, more than {OLDEST.days} days ago"
    if told.day > now.date() + timedelta(days=1):  # a day more: in the east it is tomorrow
        return f"its rates are of {told.day:%Y-%m-%d}, which is to come"
    if not all(math.isfinite(each) and each > 0 for each in told.dollars.values()):
        return "one of its rates is no number above 0"
    return None


def believable(told: DayRates, before: DayRates | None) -> tuple[DayRates, list[str]]:
    """What is believed of a bank's rates, and the currencies that jumped: those keep their former rate. `before`: what is current.

    What stays where it jumped to is believed once the former rate is not current any more.
    """
    if before is None:
        return told, []
    dollars = before.dollars
    jumped = sorted(name for name, rate in told.dollars.items() if name in dollars and abs(rate / dollars[name] - 1.0) > JUMP)
    former = {name: before.former.get(name, (before.day, before.fetched)) for name in jumped}
    return replace(told, dollars=dict(told.dollars) | {name: dollars[name] for name in jumped}, former=former), jumped


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
            return Rate(currency, self.of_day.dollars[currency], self.of_day.day_of(currency))
        return Rate(currency, self.fixed[currency])

    def words(self, currency: str) -> str:
        """Whose rate of which day a conversion uses."""
        if currency not in self:
            return ""
        day = self.rate(currency).day
        return "the rate that is set" if day is None else f"the central bank's rate of {day:%Y-%m-%d}"
