"""The circuit breaker lets a failing peer rest, and tries it again."""

from ensemble.breaker import CircuitBreaker


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> CircuitBreaker:
    breaker = CircuitBreaker(threshold=2, cooldown=3.0, clock=clock)
    breaker.failed()
    breaker.failed()
    return breaker


def test_it_stays_closed_below_the_threshold() -> None:
    breaker = CircuitBreaker(threshold=2)
    breaker.failed()
    assert breaker.allows()


def test_it_opens_at_the_threshold_and_allows_one_trial_a_cooldown() -> None:
    clock = Clock()
    breaker = opened(clock)
    assert not breaker.allows()
    clock.now = 3.0
    assert breaker.allows()
    assert not breaker.allows()


def test_a_success_closes_it() -> None:
    breaker = opened(Clock())
    breaker.succeeded()
    assert breaker.allows()


def test_failures_must_come_in_a_row() -> None:
    breaker = CircuitBreaker(threshold=2)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.allows()
