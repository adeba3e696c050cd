"""Leaves an endpoint alone that fails again and again, for longer each time, or for as long as it asked to be."""

import time
from collections.abc import Callable

THRESHOLD = 3  # failures in a row
COOLDOWN, LONGEST = 10.0, 300.0  # seconds: the first, and what doubling ends at
LONGEST_ASKED = 3600.0  # seconds, whatever Retry-After says


class Breaker:
    """Opens after THRESHOLD failures in a row; after the cooldown one call may try whether the endpoint is back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock, self.failures = clock, 0
        self._not_before, self._is_tried = 0.0, False

    def allows(self) -> bool:
        """Whether to ask now. While open, True once each cooldown: that call is the trial."""
        if self.clock() < self._not_before:
            return False
        if self.failures >= THRESHOLD:
            self._not_before, self._is_tried = self.clock() + self._cooldown(), True
        return True

    def succeeded(self) -> None:
        """It answered: close."""
        self.failures, self._not_before, self._is_tried = 0, 0.0, False

    def failed(self, pause: float | None = None) -> None:
        """It did not. `pause`: seconds for which it asks to be left alone. Calls that were under way when it opened count once."""
        now = self.clock()
        is_open = self.failures >= THRESHOLD and now < self._not_before and not self._is_tried
        self._is_tried = False
        if not is_open:
            self.failures += 1
            wait = self._cooldown() if self.failures >= THRESHOLD else 0.0
            self._not_before = max(self._not_before, now + wait)
        self._not_before = max(self._not_before, now + min(pause or 0.0, LONGEST_ASKED))

    def _cooldown(self) -> float:
        return float(min(COOLDOWN * 2 ** min(self.failures - THRESHOLD, 10), LONGEST))
