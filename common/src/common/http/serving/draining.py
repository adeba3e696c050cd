"""uvicorn's server with a drain: told to stop, it goes on answering until those who send requests have noticed that it goes.

Who balances asks at /readyz every few seconds; a listener that closed at once would refuse what is sent meanwhile.
Knows neither probes nor apps: they ask `is_leaving`.
"""

import signal
import time
from types import FrameType

import structlog
import uvicorn

_CLOSE = (b"connection", b"close")


class DrainingServer(uvicorn.Server):
    """SIGTERM begins a drain of `drain_seconds`; a second one, or Ctrl-C, ends it at once. 0: stops as uvicorn does."""

    def __init__(self, config: uvicorn.Config, drain_seconds: float) -> None:
        super().__init__(config)
        self.drain_seconds = drain_seconds
        self._ends: float | None = None  # the drain, by the monotonic clock

    @property
    def is_leaving(self) -> bool:
        """Whether it was told to stop."""
        return self._ends is not None or self.should_exit

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came."""
        drains = sig == signal.SIGTERM and self.started and self.drain_seconds > 0 and not self.is_leaving
        super().handle_exit(sig, frame)
        if drains:
            self.should_exit = False
            self._ends = time.monotonic() + self.drain_seconds

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether to stop listening."""
        is_over = await super().on_tick(counter)
        if self._ends is None or is_over:
            return is_over
        self._close_after_answers()
        self.should_exit = time.monotonic() >= self._ends
        return self.should_exit

    def _close_after_answers(self) -> None:
        """A proxy's kept connections end with an answer of theirs, not under the request that comes next on them."""
        if _CLOSE not in self.server_state.default_headers:
            if _CLOSE not in self.config.encoded_headers:
                self.config.encoded_headers.append(_CLOSE)
                structlog.get_logger().info("draining", seconds=self.drain_seconds)
            self.server_state.default_headers = [*self.server_state.default_headers, _CLOSE]
