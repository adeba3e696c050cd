"""A circuit breaker: after some failures in a row a pricer is left alone for a moment, so that it does not delay every answer."""

import time
from collections.abc import Callable


class CircuitBreaker:
    """Opens after `threshold` failures in a row; after `cooldown` seconds one call may try whether the peer is back."""

    def __init__(self, threshold: int = 3, cooldown: float = 3.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.threshold, self.cooldown, self.clock = threshold, cooldown, clock
        self.failures = 0
        self._retry_at = 0.0

    def allows(self) -> bool:
        """Whether a call may go out now. While open, True once each cooldown: that call is the trial."""
        if self.failures < self.threshold:
            return True
        if self.clock() < self._retry_at:
            return False
        self._retry_at = self.clock() + self.cooldown
        return True

    def succeeded(self) -> None:
        """The peer answered: close."""
        self.failures = 0

    def failed(self) -> None:
        """The peer did not answer, or not sensibly."""
        self.failures += 1
        if self.failures >= self.threshold:
            self._retry_at = self.clock() + self.cooldown
