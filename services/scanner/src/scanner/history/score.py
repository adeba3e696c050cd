"""How a price stands in its product's own history, as a score of 0 to 10 and in words. Pure: no clock, store or network.

The share of the days that were dearer, a day at the same price counting half. A low is at least 9.5, unless that is what the
product costs on most days anyway.
"""

from collections.abc import Sequence
from statistics import median

from common.deals import PriceStanding
from scanner.deal_data import SAME_PRICE

ENOUGH = 14  # days with an offer, below which a score says little
LOW = 9.5  # the least score of a price that was never beaten
_VERDICTS = ((8.0, "a great price"), (6.0, "a good price"), (4.0, "about average"), (2.0, "a bit dear"))


def standing_of(price: float, lows: Sequence[float]) -> PriceStanding | None:
    """`lows`: the lowest price of each other day on which there was an offer, the oldest first; None where there is none."""
    if not lows:
        return None
    lowest, usual = min(lows), median(lows)
    is_lowest = price <= lowest + SAME_PRICE
    dearer = sum(low > price + SAME_PRICE for low in lows)
    same = sum(abs(low - price) <= SAME_PRICE for low in lows)
    score = 10 * (dearer + same / 2) / len(lows)
    if is_lowest and price < usual - SAME_PRICE:
        score = max(score, LOW)
    return PriceStanding(
        lowest=lowest,
        usual=round(usual, 2),
        last=lows[-1],
        points=len(lows),
        score=round(score, 1),
        is_lowest=is_lowest,
        low_confidence=len(lows) < ENOUGH,
    )


def verdict_of(score: float) -> str:
    """A score in words."""
    return next((words for least, words in _VERDICTS if score >= least), "dear: better wait")


def rank_of(standing: PriceStanding | None) -> float:
    """By what a list of best prices is sorted: those of which little is known come after all others."""
    if standing is None:
        return -1_000.0
    return standing.score - (100.0 if standing.low_confidence else 0.0)
