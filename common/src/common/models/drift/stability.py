"""The population stability index of estimates over bins of log-prices. Pure.

PSI = sum over bins of (actual - expected) * ln(actual / expected), shares of a bin in what is looked at and in the reference
(N. Siddiqi, Credit Risk Scorecards, Wiley 2006, chapter 10; it is Jeffreys' divergence of 1946). Its rules of thumb, 0.1 and 0.25,
are of one and the same population; its size under chance alone is (bins - 1) / n (B. Yurdakul, Statistical Properties of the
Population Stability Index, Western Michigan University, 2018).
"""

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.errors import ArtifactError

KEY = "price_bins"  # of meta.json
BINS = 10
LEAST_PRICES = 10 * BINS  # that bins are made of
_LEAST_SHARE = 1e-3  # of a bin: an empty one would make the index infinite


@dataclass(frozen=True)
class PriceBins:
    """`edges`: natural logarithms of prices in USD between the bins, ascending; `shares`: of the reference, one more than edges."""

    edges: Sequence[float]
    shares: Sequence[float]

    def place(self, price: float) -> int:
        """The bin of a price above 0."""
        return bisect.bisect_right(self.edges, math.log(price))

    def index(self, counts: Sequence[float]) -> float:
        """Of so many prices in each bin; they must not all be 0."""
        total = sum(counts)
        pairs = zip(counts, self.shares, strict=True)
        shares = [(max(count / total, _LEAST_SHARE), max(share, _LEAST_SHARE)) for count, share in pairs]
        return sum((actual - expected) * math.log(actual / expected) for actual, expected in shares)


def bins_of(prices: Sequence[float]) -> PriceBins:
    """BINS bins with about as many of these prices in each."""
    logs = sorted(math.log(price) for price in prices if 0 < price < math.inf)
    if len(logs) < LEAST_PRICES:
        raise ValueError(f"{len(logs)} prices are too few for {BINS} bins")
    edges = sorted({round(logs[len(logs) * number // BINS], 4) for number in range(1, BINS)})
    counts = [0] * (len(edges) + 1)
    for value in logs:
        counts[bisect.bisect_right(edges, value)] += 1
    return PriceBins(edges, [round(count / len(logs), 5) for count in counts])


def read_bins(meta: Mapping[str, Any]) -> PriceBins | None:
    """Those of an artifact; None where it has none; ArtifactError where it has something else in their place."""
    if KEY not in meta:
        return None
    try:
        found = PriceBins([float(each) for each in meta[KEY]["edges"]], [float(each) for each in meta[KEY]["shares"]])
        if len(found.shares) != len(found.edges) + 1 or sorted(found.edges) != found.edges or abs(sum(found.shares) - 1) > 0.01:
            raise ValueError("edges and shares do not belong together")
    except (KeyError, TypeError, ValueError) as exc:
        raise ArtifactError(f"meta.json has price_bins that cannot be used: {exc!r}") from exc
    return found
