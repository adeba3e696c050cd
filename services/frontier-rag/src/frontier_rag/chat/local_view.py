"""What a chat model's answer is held against: the local estimate as the API tells it, and whether the product is known here.

Knows neither estimator nor store, so that either may change; knows no chat model.
"""

import math
from dataclasses import dataclass

from common.pricing import PriceResponse

KNOWN = 0.8  # similarity of the nearest product from which on the local side is believed; bench/chat_bounds.py says what that costs
LEAST = 0.01  # dollars


@dataclass(frozen=True)
class LocalView:
    """Dollars with an 80 % interval. `is_known`: a product much like the one asked about is among those at hand."""

    price: float
    low: float
    high: float
    is_known: bool = False

    @classmethod
    def of(cls, response: PriceResponse) -> "LocalView":
        """From the local answer with the products that it shows."""
        is_known = any(each.similarity >= KNOWN or each.match != "similar" for each in response.similar)
        return cls(response.price, max(response.low, LEAST), response.high, is_known)

    @property
    def width(self) -> float:
        """ln(high / low)."""
        return math.log(max(self.high, LEAST) / self.low)

    def leaves_by(self, price: float) -> float:
        """By which factor a price lies outside the interval: at most 1 within it, infinite for what is no price."""
        if not (math.isfinite(price) and price > 0):
            return math.inf
        return max(self.low / price, price / max(self.high, LEAST))

    def clip(self, price: float, factor: float) -> float:
        """The price, pulled to at most `factor` times outside the interval."""
        return min(max(price, self.low / factor), self.high * factor)
