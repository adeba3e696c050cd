"""The notifier's own metrics: what was sent, what failed, what was buried, how far the stream is behind."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from notifier.notification import State
from notifier.stream_data import StreamLag

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_LONG = (1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 43_200.0, 86_400.0)  # quiet hours and digests included


class NotifierMetrics:
    """Registered once for each application."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._finished = Counter("notifier_notifications", "Notifications by outcome", ["state"], registry=registry)
        self._retries = Counter("notifier_retries", "Further attempts planned", registry=registry)
        self._dead = Counter("notifier_dead_letters", "Entries moved to the dead-letter stream", registry=registry)
        self._stream_up = Gauge("notifier_stream_up", "1 where the stream can be read", registry=registry)
        self._unread = Gauge("notifier_stream_lag", "Stream entries that no consumer has had", registry=registry)
        self._pending = Gauge("notifier_stream_pending", "Stream entries had and not yet acknowledged", registry=registry)
        self._up = Gauge("notifier_channel_up", "1 where the last push to a channel was answered", ["channel"], registry=registry)
        self._shown: dict[str, tuple[str, bool]] = {}  # name, and whether it is up, by the channel's key
        self._push = Histogram(
            "notifier_push_seconds", "Time until a push was answered, or given up", ["channel"], buckets=_SECONDS, registry=registry
        )
        self._way = Histogram(
            "notifier_delivery_seconds", "From when a deal was found until a channel had it", buckets=_LONG, registry=registry
        )
        for state in (State.SENT, State.FAILED, State.LOGGED, State.UNKNOWN):
            self._finished.labels(state.value)

    def finished(self, state: State) -> None:
        """A notification came to its end."""
        self._finished.labels(state.value).inc()

    def retried(self) -> None:
        """One more attempt is planned."""
        self._retries.inc()

    def pushed(self, label: str, seconds: float, found: float | None) -> None:
        """A push took so many seconds. `found`: how long ago that was, of a deal which the channel has now."""
        self._push.labels(label).observe(seconds)
        if found is not None:
            self._way.observe(max(found, 0.0))

    def channel(self, key: str, label: str, *, is_up: bool | None) -> None:
        """How the last push to a channel went, under its name of today; None: another serves it, or nobody does any more."""
        before = self._shown.pop(key, None)
        if is_up is not None:
            self._shown[key] = label, is_up
        if before == self._shown.get(key):
            return
        self._up.clear()
        for name, was_answered in self._shown.values():
            self._up.labels(name).set(was_answered)

    def buried(self) -> None:
        """An entry was moved to the dead letters."""
        self._dead.inc()

    def lag(self, lag: StreamLag) -> None:
        """The stream's state was measured."""
        self._unread.set(lag.unread)
        self._pending.set(lag.pending)

    def stream(self, *, is_up: bool) -> None:
        """Whether the stream can be read."""
        self._stream_up.set(is_up)
