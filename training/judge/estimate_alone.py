"""What the published systems and our own earlier policy do, for comparison: push where the estimate is far above the price.

Knows nothing of the judge.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from common.judging import MARGIN
from common.pricing import PriceResponse
from ensemble.judge.density import Floats
from training.judge.cases import Case
from training.judge.measure import PARTS, Flags, Outcome, scores

LEAST_DISCOUNT, LEAST_FRACTION = 50.0, 0.3  # USD, and share of the estimate, that a push took


def figures_alone(cases: Sequence[Case], answers: Sequence[PriceResponse]) -> dict[str, Any]:
    """Scores as the judge's: worth is the estimate, a chance is 1 or 0."""
    asked, market = np.array([(case.offer.price, case.market) for case in cases], np.float64).T
    price, low, high = np.array([(each.price, each.low, each.high) for each in answers], np.float64).T
    chance = (price >= (1 + MARGIN) * asked).astype(np.float64)
    pushed = np.array([_is_pushed(market * part, price, low) for part in PARTS]).T
    none = np.full(len(cases), np.nan)
    outcome = Outcome(asked, market, price, low, high, chance, price - asked, _is_pushed(asked, price, low), pushed, none)
    return scores(cases, outcome, {})


def _is_pushed(asked: Floats, price: Floats, low: Floats) -> Flags:
    return np.asarray((price - asked >= LEAST_DISCOUNT) & (asked <= price * (1 - LEAST_FRACTION)) & (asked < low))
