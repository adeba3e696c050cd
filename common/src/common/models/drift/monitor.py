"""Counts of what was priced of late, fading: how far the estimates are from what the model learned from, how many are guesses.

Watches answers as they go out (common.models.live_pricer.Watches). Of this process and since its start.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from common.models.drift.metrics import DriftMetrics
from common.models.drift.stability import PriceBins
from common.pricing import PricedItem, PriceRequest, PriceResponse

HALF_LIFE = 1000  # prices after which one counts half
LEAST = 300  # prices below which nothing is told: chance alone then makes an index of 0.03
_FADE = 0.5 ** (1 / HALF_LIFE)


@dataclass(frozen=True)
class DriftFigures:
    """`n`: prices that count, faded. None: too few of them, or nothing to compare with. Shares are of 1."""

    n: int
    psi: float | None
    unknown_share: float | None
    degraded_share: float | None


class DriftMonitor:
    """Of one service. `bins`: of the model in use; None: it has none."""

    def __init__(self, metrics: DriftMetrics | None = None) -> None:
        self.metrics = metrics or DriftMetrics()
        self.bins: PriceBins | None = None
        self._counts: list[float] = []
        self._total = self._unknown = self._degraded = 0.0

    def follow(self, bins: PriceBins | None) -> None:
        """Compare with these from now on. Another model begins anew."""
        if bins != self.bins or not self._counts:
            self.bins, self._counts = bins, [0.0] * len(bins.shares if bins else ())
            self._total = self._unknown = self._degraded = 0.0
            self.metrics.show(self.figures)

    def __call__(self, requests: Sequence[PriceRequest], results: Sequence[PricedItem], seconds: float) -> None:
        """See common.models.live_pricer.Watches."""
        answers = [each for each in results if isinstance(each, PriceResponse) and 0 < each.price < math.inf]
        for each in answers:
            self._add(each)
        if answers:
            self.metrics.show(self.figures)

    def _add(self, answer: PriceResponse) -> None:
        self._total = self._total * _FADE + 1
        self._unknown = self._unknown * _FADE + (not answer.known)
        self._degraded = self._degraded * _FADE + bool(answer.degraded)
        if self.bins:
            self._counts = [count * _FADE for count in self._counts]
            self._counts[self.bins.place(answer.price)] += 1

    @property
    def figures(self) -> DriftFigures:
        """As they are now."""
        if self._total < LEAST:
            return DriftFigures(int(self._total), None, None, None)
        psi = round(self.bins.index(self._counts), 4) if self.bins else None
        return DriftFigures(int(self._total), psi, round(self._unknown / self._total, 4), round(self._degraded / self._total, 4))
