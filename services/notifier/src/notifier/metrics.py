"""The notifier's own metrics: what was sent, what failed, what was buried, how far the stream is behind."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from notifier.notification import State
from notifier.stream_data import StreamLag


class NotifierMetrics:
    """Registered once for each application."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._finished = Counter("notifier_notifications", "Notifications by outcome", ["state"], registry=registry)
        self._retries = Counter("notifier_retries", "Further attempts planned", registry=registry)
        self._dead = Counter("notifier_dead_letters", "Entries moved to the dead-letter stream", registry=registry)
        self._unread = Gauge("notifier_stream_lag", "Stream entries that no consumer has had", registry=registry)
        self._pending = Gauge("notifier_stream_pending", "Stream entries had and not yet acknowledged", registry=registry)
        self._up = Gauge("notifier_channel_up", "1 where the last push to a channel was answered", ["channel"], registry=registry)
        for state in (State.SENT, State.FAILED, State.LOGGED, State.UNKNOWN):
            self._finished.labels(state.value)

    def finished(self, state: State) -> None:
        """A notification came to its end."""
        self._finished.labels(state.value).inc()

    def retried(self) -> None:
        """One more attempt is planned."""
        self._retries.inc()

    def channel(self, label: str, *, is_up: bool) -> None:
        """How the last push to a channel went."""
        self._up.labels(label).set(is_up)

    def buried(self) -> None:
        """An entry was moved to the dead letters."""
        self._dead.inc()

    def lag(self, lag: StreamLag) -> None:
        """The stream's state was measured."""
        self._unread.set(lag.unread)
        self._pending.set(lag.pending)
