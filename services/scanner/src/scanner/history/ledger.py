"""The ledger: what pushed products cost later, which pushes were right, and how often those of a rule, feed or pricer are. Pure.

A push is right where the product later mostly costs more by at least half of the saving that was claimed. A person's word goes
before that.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Literal, TypeAlias

from scanner.history.later import DayLow
from scanner.weeks import monday_of

HELD = 0.5  # share of the claimed saving
CHECKS = (7, 30, 90)  # days after a push
LONGEST = timedelta(days=180)  # after which nothing is looked for
ENOUGH = 20  # pushes, below which a share says little
_WITHIN = timedelta(days=90)  # in which later prices tell whether a push was right
_SPANS = tuple(zip(CHECKS, (*CHECKS[1:], LONGEST.days), strict=True))
_Z = 1.96  # of a 95 % interval
_RIGHT_WORDS, _WRONG_WORDS = frozenset({"right", "bought"}), frozenset({"wrong_price", "not_this_product", "not_worth_that"})

Outcome: TypeAlias = Literal["right", "wrong", "open"]


@dataclass(frozen=True)
class Push:
    """An alert. `saving`: as it was claimed; `asked_by`: rules and watches; `pricers`: what each said of its worth. In USD.

    `interval`: that of its worth, as it was told.
    """

    opportunity: str
    product: str | None
    title: str
    condition: str
    url: str
    retailer: str
    feed: str
    price: float
    saving: float
    pushed: datetime
    asked_by: tuple[str, ...] = ()
    pricers: Mapping[str, float] | None = None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Later:
    """What came after a push: the first offer for each of CHECKS, None where there was none; the usual price of `points` days."""

    firsts: tuple[DayLow | None, ...]
    usual: float | None
    points: int


@dataclass(frozen=True)
class Check:
    """What it cost so many days later, and when that was; `why` it is not known."""

    days: int
    price: float | None = None
    seen: datetime | None = None
    why: str | None = None


@dataclass(frozen=True)
class Entry:
    """A push with what came of it. `usual`: the later price, the median of `points` days; `held`: the saving by that."""

    push: Push
    later: tuple[Check, ...]
    usual: float | None
    points: int
    held: float | None
    verdict: Outcome
    why: str


@dataclass(frozen=True)
class Share:
    """How many of some pushes were right, of those of which that is known, with a 95 % interval. `few`: too few to say much."""

    name: str
    right: int
    wrong: int
    open: int
    share: float | None
    low: float | None
    high: float | None
    few: bool


def later_of(push: Push, lows: Sequence[DayLow]) -> Later:
    """`lows`: the lowest price of each day with an offer after the push, the oldest first."""
    end = (push.pushed + _WITHIN).timestamp()
    within = [day.price for day in lows if day.moment < end]
    firsts = tuple(_first(push, lows, *span) for span in _SPANS)
    return Later(firsts, round(median(within), 2) if within else None, len(within))


def entry_of(push: Push, later: Later, said: str | None, now: datetime) -> Entry:
    """`said`: a person's verdict, if there is one."""
    held = None if later.usual is None else round(later.usual - push.price, 2)
    verdict, why = _by_word(said) or _by_price(push, held)
    checks = tuple(_check(push, first, span, now) for first, span in zip(later.firsts, _SPANS, strict=True))
    return Entry(push, checks, later.usual, later.points, held, verdict, why)


def shares_of(entries: Sequence[Entry], names: Callable[[Push], Iterable[str]]) -> list[Share]:
    """The shares of right ones by name; `names`: those under which a push counts. Those with most pushes first."""
    by_name: dict[str, list[Outcome]] = {}
    for entry in entries:
        for name in dict.fromkeys(names(entry.push)):
            by_name.setdefault(name, []).append(entry.verdict)
    return [share_of(name, found) for name, found in sorted(by_name.items(), key=lambda item: (-len(item[1]), item[0]))]


def shares_by_week(entries: Sequence[Entry]) -> list[Share]:
    """The shares of right ones by the week in which they were pushed, named by its Monday, the oldest first."""
    return sorted(shares_of(entries, lambda push: [monday_of(push.pushed).isoformat()]), key=lambda share: share.name)


def share_of(name: str, outcomes: Sequence[Outcome]) -> Share:
    """The share of right ones among those that are not open."""
    right, wrong = outcomes.count("right"), outcomes.count("wrong")
    known = right + wrong
    low, high = wilson(right, known) if known else (None, None)
    return Share(name, right, wrong, outcomes.count("open"), round(right / known, 3) if known else None, low, high, known < ENOUGH)


def wilson(right: int, known: int) -> tuple[float, float]:
    """The 95 % interval of a share, after Wilson: it holds for few, and for none or all, too."""
    share, square = right / known, _Z**2 / known
    middle = (share + square / 2) / (1 + square)
    half = _Z * math.sqrt(share * (1 - share) / known + square / (4 * known)) / (1 + square)
    return round(max(0.0, middle - half), 3), round(min(1.0, middle + half), 3)


def supporting(push: Push) -> list[str]:
    """The pricers by whose own estimate the saving is at least half of the one that was claimed."""
    return [name for name, worth in (push.pricers or {}).items() if worth - push.price >= _least(push)]


def _least(push: Push) -> float:
    return HELD * max(push.saving, 0.0)


def _by_word(said: str | None) -> tuple[Outcome, str] | None:
    if said in _RIGHT_WORDS:
        return "right", f"a person said so: {said}"
    return ("wrong", f"a person said so: {said}") if said in _WRONG_WORDS else None


def _by_price(push: Push, held: float | None) -> tuple[Outcome, str]:
    if push.product is None:
        return "open", "its product is not known"
    if held is None:
        return "open", "it was not offered again yet"
    if held >= _least(push):
        return "right", f"of the claimed ${push.saving:,.2f} ${held:,.2f} held"
    return "wrong", f"of the claimed ${push.saving:,.2f} only ${max(held, 0.0):,.2f} held"


def _first(push: Push, lows: Sequence[DayLow], start: int, end: int) -> DayLow | None:
    """The first offer that came so many days later, and before the next check."""
    due, over = ((push.pushed + timedelta(days=days)).timestamp() for days in (start, end))
    return next((day for day in lows if due <= day.moment < over), None)


def _check(push: Push, found: DayLow | None, span: tuple[int, int], now: datetime) -> Check:
    days, end = span
    if found is not None:
        return Check(days, found.price, datetime.fromtimestamp(found.moment, push.pushed.tzinfo))
    if now < push.pushed + timedelta(days=days):
        return Check(days, why=f"{days} days are not over")
    if push.product is None:
        return Check(days, why="its product is not known")
    is_open = now < push.pushed + timedelta(days=end)
    return Check(days, why="it was not offered again since" if is_open else f"it was not offered between day {days} and day {end}")
