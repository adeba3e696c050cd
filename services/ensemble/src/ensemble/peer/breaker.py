"""A circuit breaker: after some failures in a row a pricer is left alone until a probe found it alive, so that it delays nobody.

closed: all calls go out. open: none does. half-open: one at a time does, the trial; its success closes, its failure opens again.
"""

from typing import Literal

State = Literal["closed", "half-open", "open"]


class CircuitBreaker:
    """Opens after `threshold` failures in a row. Whoever probes the peer tells `found_alive`."""

    def __init__(self, threshold: int = 3) -> None:
        self.threshold = threshold
        self.state: State = "closed"
        self._failures = 0
        self._is_tried = False

    def allows(self) -> bool:
        """Whether a call may go out now. While half-open, True is the trial: it must end in one of the three methods below."""
        if self.state == "half-open" and not self._is_tried:
            self._is_tried = True
            return True
        return self.state == "closed"

    def succeeded(self) -> None:
        """The peer answered: close."""
        self.state, self._failures, self._is_tried = "closed", 0, False

    def failed(self) -> None:
        """The peer did not answer, or not sensibly."""
        self._failures += 1
        self._is_tried = False
        if self.state == "half-open" or self._failures >= self.threshold:
            self.state = "open"

    def ended(self) -> None:
        """The call ended in a way that says nothing about the peer: another may be the trial."""
        self._is_tried = False

    def found_alive(self) -> None:
        """A probe was answered: an open breaker lets a trial pass."""
        if self.state == "open":
            self.state, self._is_tried = "half-open", False
