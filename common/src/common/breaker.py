"""A circuit breaker: a peer that fails again and again is left alone for a while, so that it delays nobody.

closed: all calls go out. open: none does. half-open: a trial may; its success closes, its failure opens again. When an open breaker
becomes half-open is its recovery's affair: a probe found the peer alive, or a cooldown is over. Knows no peer and no clock but one
that is plugged in. Must be used from one thread.
"""

import time
from collections.abc import Callable
from typing import Literal, Protocol

State = Literal["closed", "half-open", "open"]
Clock = Callable[[], float]
THRESHOLD = 3  # failures in a row
LONGEST_ASKED = 3600.0  # seconds, whatever a peer asks for


class Recovery(Protocol):
    """Says when an open breaker lets a trial pass."""

    @property
    def is_half_open(self) -> bool:
        """Whether a failure now would be news, and not that of a call which was under way when the breaker opened."""
        ...

    def opened(self, trials: int) -> None:
        """The breaker opened, after so many trials that failed."""
        ...

    def begin_trial(self) -> bool:
        """Whether the call that asks may be the trial."""
        ...

    def ended(self) -> None:
        """The trial ended in a way that says nothing about the peer."""
        ...


class ByProbe:
    """Somebody probes the peer and tells `found_alive`; from then on one call at a time is the trial."""

    def __init__(self) -> None:
        self.is_half_open, self._is_tried = False, False

    def opened(self, trials: int) -> None:
        """See Recovery."""
        self.is_half_open = self._is_tried = False

    def begin_trial(self) -> bool:
        """See Recovery. True must be followed by the breaker's succeeded, failed or ended, or there is no other trial."""
        may_try = self.is_half_open and not self._is_tried
        self._is_tried |= may_try
        return may_try

    def ended(self) -> None:
        """See Recovery: another call may be the trial."""
        self._is_tried = False

    def found_alive(self) -> None:
        """A probe was answered."""
        self.is_half_open = True


class ByCooldown:
    """After `first` seconds one call may try whether the peer is back, then one each cooldown; doubled by each trial that fails."""

    def __init__(self, first: float = 10.0, longest: float = 300.0, clock: Clock = time.monotonic) -> None:
        self.first, self.longest, self._clock = first, longest, clock
        self.is_half_open, self._cooldown, self._not_before = False, first, 0.0

    def opened(self, trials: int) -> None:
        """See Recovery."""
        self._cooldown = min(self.first * 2.0 ** min(trials, 20), self.longest)
        self.is_half_open, self._not_before = False, self._clock() + self._cooldown

    def begin_trial(self) -> bool:
        """See Recovery. A trial of which nothing is heard is followed by another after a cooldown."""
        if self._clock() < self._not_before:
            return False
        self.is_half_open, self._not_before = True, self._clock() + self._cooldown
        return True

    def ended(self) -> None:
        """See Recovery: the next trial may begin after the cooldown."""


class CircuitBreaker:
    """Opens after THRESHOLD failures in a row, and rests for as long as the peer asks to be left alone, open or not."""

    def __init__(self, recovery: Recovery, clock: Clock = time.monotonic) -> None:
        self._recovery, self._clock = recovery, clock
        self._failures = self._trials = 0
        self._rests_until = 0.0

    @property
    def state(self) -> State:
        """Where it stands."""
        if self._failures < THRESHOLD:
            return "closed"
        return "half-open" if self._recovery.is_half_open else "open"

    def allows(self) -> bool:
        """Whether a call may go out now. While not closed, True is the trial: it ends in one of the three methods below."""
        if self._clock() < self._rests_until:
            return False
        return self._failures < THRESHOLD or self._recovery.begin_trial()

    def succeeded(self) -> None:
        """The peer answered: close."""
        self._failures, self._rests_until = 0, 0.0

    def failed(self, pause: float | None = None) -> None:
        """The peer did not answer, or not sensibly. `pause`: seconds for which it asks to be left alone."""
        state = self.state
        if state == "closed":
            self._failures += 1
        if state == "half-open" or (state == "closed" and self._failures == THRESHOLD):
            self._trials = self._trials + 1 if state == "half-open" else 0
            self._recovery.opened(self._trials)
        self._rests_until = max(self._rests_until, self._clock() + min(pause or 0.0, LONGEST_ASKED))

    def ended(self) -> None:
        """The call ended in a way that says nothing about the peer."""
        self._recovery.ended()
