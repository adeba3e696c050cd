"""What products of the asked name cost, how surely, and how that joins the learned estimate. Logs are log(1 + price).

Knows nothing of how the products were found.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from frontier_rag.products import Neighbour

# How far (log, one standard deviation) the price of a thing lies from that of a match: of the product itself, of what the asked
# name is short for, of another variant. Of 12,411 titles and short names of held-out and dev rows 86, 32 and 200 have such a match;
# least error and coverage agree on these, see docs/decisions.md.
EXACT, SHORT, VARIANT = 0.2, 0.3, 0.6
SPREAD = 2.5  # ranges of a few matches' prices in one standard deviation
TENTH = 1.2816  # standard deviations from the middle of a normal distribution to its tenth and ninetieth percentile


@dataclass(frozen=True)
class Matched:
    """The mean log price of the best matches, and its standard deviation."""

    log: float
    deviation: float


def matched_of(found: Sequence[Neighbour]) -> Matched | None:
    """From the best kind of match among the neighbours; None where nothing matches."""
    exact = [each for each in found if each.match == "exact"]
    variants = [each for each in found if each.match == "model"]
    short = [each for each in variants if each.covers]
    for kind, deviation in ((exact, EXACT), (short, SHORT), (variants, VARIANT)):
        if kind:
            logs = [math.log1p(each.product.price) for each in kind]
            return Matched(sum(logs) / len(logs), math.hypot(deviation, (max(logs) - min(logs)) / SPREAD))
    return None


def joined(price: float, low: float, high: float, matched: Matched) -> tuple[float, float, float]:
    """Log price with its 80 % interval, from the learned ones and the matches: each counts as it is sure (inverse variance)."""
    own = max((high - low) / (2 * TENTH), 1e-6)
    weight = own**2 / (own**2 + matched.deviation**2)
    middle = weight * matched.log + (1 - weight) * price
    reach = TENTH * own * matched.deviation / math.hypot(own, matched.deviation)
    return middle, middle - reach, middle + reach
