"""What the ensemble counts beside HTTP itself. Labels are names of pricers and reasons, both few and fixed."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_ITEMS = (1, 2, 4, 8, 16, 32, 64, 128)
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
STATES = {"closed": 0, "half-open": 1, "open": 2}


class EnsembleMetrics:
    """Registered with the application's registry; without one they count for nobody."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self.seconds = Histogram(
            "ensemble_pricer_seconds", "Time of a call that was answered", ["pricer"], buckets=_SECONDS, registry=registry
        )
        self.items = Histogram("ensemble_pricer_batch_items", "Items of a call", ["pricer"], buckets=_ITEMS, registry=registry)
        self.prices = Counter(
            "ensemble_prices", "Prices asked of the pricers, by how many of them lack in the answer", ["lacking"], registry=registry
        )
        self.errors = Counter("ensemble_pricer_errors", "Calls, or items, without a price", ["pricer", "reason"], registry=registry)
        self.retries = Counter("ensemble_pricer_retries", "Calls that were sent again", ["pricer"], registry=registry)
        self.breaker = Gauge("ensemble_pricer_breaker_state", "0 closed, 1 half-open, 2 open", ["pricer"], registry=registry)
        self.lookups = Counter("ensemble_cache_lookups", "Answers looked for: hit, miss or failed", ["result"], registry=registry)
        self.cached_items = Gauge("ensemble_cache_items", "Answers held in memory", registry=registry)
        self.cached_bytes = Gauge("ensemble_cache_bytes", "Bytes of the answers held in memory", registry=registry)
        self.joins = Counter("ensemble_single_flight_joins", "Requests that waited for the same in flight", registry=registry)
