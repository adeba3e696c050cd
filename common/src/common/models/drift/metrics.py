"""Drift as gauges. NaN, which no rule takes for a value, while too few prices were told."""

import math
from typing import Protocol

from prometheus_client import CollectorRegistry, Gauge


class Figures(Protocol):
    """What is shown; None: not known."""

    @property
    def psi(self) -> float | None:
        """Population stability index."""
        ...

    @property
    def unknown_share(self) -> float | None:
        """Of prices that are guesses."""
        ...

    @property
    def degraded_share(self) -> float | None:
        """Of prices that a part is missing of."""
        ...


class DriftMetrics:
    """Registered with the application's registry; without one they count for nobody."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self.psi = Gauge("pricing_drift_psi", "Population stability index of estimates against training", registry=registry)
        self.unknown = Gauge("pricing_unknown_share", "Share of prices near which nothing is known", registry=registry)
        self.degraded = Gauge("pricing_degraded_share", "Share of prices that a part is missing of", registry=registry)
        for each in (self.psi, self.unknown, self.degraded):
            each.set(math.nan)

    def show(self, figures: Figures) -> None:
        """As they are now."""
        pairs = ((self.psi, figures.psi), (self.unknown, figures.unknown_share), (self.degraded, figures.degraded_share))
        for gauge, value in pairs:
            gauge.set(math.nan if value is None else value)
