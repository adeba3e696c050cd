"""What is counted of a candidate. No label holds what callers say."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from common.models.shadow.comparison import Comparison


class ShadowMetrics:
    """Registered with the application's registry; without one they count for nobody."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self.items = Counter(
            "pricing_shadow_items",
            "Texts: compared, dropped (the candidate was busy) or failed",
            ["outcome"],
            registry=registry,
        )
        self.error = Gauge("pricing_shadow_log_error", "Mean of |ln(candidate / live)|", registry=registry)
        self.near = Gauge("pricing_shadow_within_20_share", "Share of texts on which both agree within 20 %", registry=registry)
        self.seconds = Gauge("pricing_shadow_seconds", "Mean seconds for a text, live and candidate", ["who"], registry=registry)

    def show(self, comparison: Comparison) -> None:
        """As it is now."""
        total = comparison.total
        if total.n:
            self.error.set(total.errors / total.n)
            self.near.set(total.near / total.n)
            self.seconds.labels("live").set(total.live_seconds / total.n)
            self.seconds.labels("candidate").set(total.candidate_seconds / total.n)
