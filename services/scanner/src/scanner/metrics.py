"""What the scanner counts beside HTTP itself: scans, feeds that failed, deals that wait, and what went out."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class ScannerMetrics:
    """Registered with the application's registry; without one they count for nobody."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self.scans = Counter("scanner_scans", "Scans by how they ended", ["state"], registry=registry)
        self.failed_feeds = Gauge("scanner_failed_feeds", "Feeds that fail or are gone, and are not paused", registry=registry)
        self.unpriced = Gauge("scanner_unpriced_deals", "Deals that wait to be judged", registry=registry)
        self.alerts = Counter("scanner_alerts", "Opportunities put into the outbox", registry=registry)
        self.pending = Gauge("scanner_outbox_pending", "Opportunities that no notifier has stored yet", registry=registry)
        self.published = Counter("scanner_published", "Opportunities published", registry=registry)
        self.leading = Gauge("scanner_leading", "1 where this process scans, of several on one database", registry=registry)
        self.stream_up = Gauge("scanner_stream_up", "1 where the last use of the stream succeeded", registry=registry)
