"""What the scanner counts beside HTTP itself: scans and their steps, feeds, deals that wait, and what went out."""

import math

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from scanner.deal_data import FeedReport, PricingReport, ScanReport

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
# Of one feed, or of some fifty deals; each pricer's own time the ensemble tells better.
_STEPS = frozenset(("wait", "fetch", "parse", "pages", "take in", "judge", "decide", "choose", "store"))


class ScannerMetrics:
    """Registered with the application's registry; without one they count for nobody."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self.scans = Counter("scanner_scans", "Scans by how they ended", ["state"], registry=registry)
        self.last_scan = Gauge("scanner_last_scan_timestamp_seconds", "When a scan was last done; 0: not yet", registry=registry)
        self.next_scan = Gauge(
            "scanner_next_scan_timestamp_seconds",
            "When a feed is due, in the past where one is late; 0: none ever",
            registry=registry,
        )
        self.seconds = Histogram("scanner_scan_seconds", "Time of a scan", buckets=_SECONDS, registry=registry)
        self.steps = Histogram("scanner_step_seconds", "Time of a scan's step", ["step"], buckets=_SECONDS, registry=registry)
        self.reads = Counter("scanner_feed_reads", "Readings of feeds: read, unchanged or failed", ["outcome"], registry=registry)
        self.failed_feeds = Gauge("scanner_failed_feeds", "Feeds that fail or are gone, and are not paused", registry=registry)
        self.unpriced = Gauge("scanner_unpriced_deals", "Deals that wait to be judged", registry=registry)
        self.alerts = Counter("scanner_alerts", "Opportunities put into the outbox", registry=registry)
        self.pending = Gauge("scanner_outbox_pending", "Opportunities that no notifier has stored yet", registry=registry)
        self.published = Counter("scanner_published", "Opportunities published", registry=registry)
        self.coverage = Gauge(
            "pricing_interval_coverage", "Share of found-out prices in the interval that was told", registry=registry
        )
        self.coverage.set(math.nan)
        self.leading = Gauge("scanner_leading", "1 where this process scans, of several on one database", registry=registry)
        self.stream_up = Gauge("scanner_stream_up", "1 where the last use of the stream succeeded", registry=registry)
        for state in ("done", "failed"):
            self.scans.labels(state)  # a rate needs the 0 before the first

    def scanned(self, state: str, done: ScanReport | None) -> None:
        """A scan ended; `done` is None where it failed as a whole."""
        self.scans.labels(state).inc()
        if done is None:
            return
        self.last_scan.set_to_current_time()
        self.seconds.observe(done.trace.now)
        for feed in done.feeds:
            self.reads.labels(_outcome(feed)).inc()
        for span in done.trace.spans:
            if span.step in _STEPS:
                self.steps.labels(span.step).observe(span.end - span.start)

    def priced(self, report: PricingReport) -> None:
        """What waited was judged, as far as that went."""
        self.unpriced.set(report.unpriced)
        self.alerts.inc(report.alerts)

    def leads_no_more(self) -> None:
        """What the work of a leader showed goes, as another shows it now: no feed is due here, and nothing waits."""
        for gauge in (self.leading, self.next_scan, self.failed_feeds, self.unpriced, self.pending, self.stream_up):
            gauge.set(0)

    def show_coverage(self, share: float | None) -> None:
        """NaN, which no rule takes for a value, where nothing was found out."""
        self.coverage.set(math.nan if share is None else share)


def _outcome(feed: FeedReport) -> str:
    return "failed" if feed.error is not None else "unchanged" if feed.status == 304 else "read"
