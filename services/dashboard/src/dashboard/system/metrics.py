"""Reads what a service shows at /metrics as the few figures that the page draws. Pure: text in, numbers out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

LONGEST = 2_000_000  # characters; no service of ours shows a tenth of that
# What asks how things are, and answers that go on for hours, say nothing of the work.
_NO_WORK = frozenset({"/metrics", "/readyz", "/healthz", "/activity", "/activity/stream", "/about", "/live"})
# Gauges and counters that stand for themselves: the name of the figure by that of the metric.
_PLAIN = {
    "process_resident_memory_bytes": "memory",
    "scanner_outbox_pending": "outbox",
    "scanner_unpriced_deals": "unpriced",
    "notifier_stream_lag": "stream",
    "notifier_stream_pending": "taken",
    "http_requests_in_flight": "in flight",
}


@dataclass(frozen=True)
class Reading:
    """One look at a service. `at`: monotonic seconds; `buckets`: answers by the longest they may have taken, cumulated."""

    at: float
    requests: float = 0.0
    errors: float = 0.0
    seconds: float = 0.0
    buckets: Mapping[float, float] = field(default_factory=dict)
    plain: Mapping[str, float] = field(default_factory=dict)


def read(text: str, at: float) -> Reading:
    """A look. ValueError for a text that is none, or is too long."""
    if len(text) > LONGEST:
        raise ValueError("too much at /metrics")
    plain, buckets = dict[str, float](), dict[float, float]()
    requests = errors = seconds = 0.0
    for sample in _samples(text):
        name, labels, value = sample
        if name in _PLAIN:
            plain[_PLAIN[name]] = value
        if labels.get("route", "") in _NO_WORK:
            continue
        if name == "http_requests_total":
            requests += value
            errors += value if labels.get("status", "").startswith("5") else 0.0
        elif name == "http_request_seconds_sum":
            seconds += value
        elif name == "http_request_seconds_bucket":
            upto = float(labels["le"])
            buckets[upto] = buckets.get(upto, 0.0) + value
    return Reading(at, requests, errors, seconds, buckets, plain)


def rate(before: Reading, now: Reading) -> float:
    """Requests a second between two looks; 0 where the service started anew in between."""
    passed = now.at - before.at
    return max(now.requests - before.requests, 0.0) / passed if passed > 0 else 0.0


def slow(before: Reading, now: Reading, share: float = 0.95) -> float | None:
    """Seconds within which `share` of the answers between two looks came, as the buckets tell; None where there was none."""
    grown = {upto: now.buckets[upto] - before.buckets.get(upto, 0.0) for upto in sorted(now.buckets)}
    total = max(grown.values(), default=0.0)
    if total <= 0:
        return None
    finite = [upto for upto in grown if upto != float("inf")]
    return next((upto for upto in finite if grown[upto] >= share * total), finite[-1] if finite else None)


def _samples(text: str) -> Iterable[tuple[str, Mapping[str, str], float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value
