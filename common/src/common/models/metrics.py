"""What is counted of the models in use: their versions, and how reloads ended. Labels are names and versions of artifacts."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge


class ModelMetrics:
    """Registered with the application's registry; without one they count for nobody."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self.info = Gauge("model_info", "1 at each model in use, with its version", ["artifact", "version"], registry=registry)
        self.reloads = Counter("model_reloads", "Reloads: taken, unchanged or refused", ["outcome"], registry=registry)
        self.loaded = Gauge("model_loaded_timestamp_seconds", "When the models in use were loaded", registry=registry)
        for outcome in ("taken", "unchanged", "refused"):
            self.reloads.labels(outcome)

    def in_use(self, versions: Mapping[str, str | None], moment: float) -> None:
        """These, from now on, and no others."""
        self.info.clear()
        for name, version in versions.items():
            if version:
                self.info.labels(name, version).set(1)
        self.loaded.set(moment)
