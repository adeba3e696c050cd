"""The circuit breaker leaves a failing peer alone until a probe found it alive, and then tries it with one call."""

from ensemble.peer.breaker import CircuitBreaker


def opened() -> CircuitBreaker:
    breaker = CircuitBreaker(threshold=2)
    breaker.failed()
    breaker.failed()
    return breaker


def half_open() -> CircuitBreaker:
    breaker = opened()
    breaker.found_alive()
    return breaker


def test_it_stays_closed_below_the_threshold() -> None:
    breaker = CircuitBreaker(threshold=2)
    breaker.failed()
    assert breaker.allows()
    assert breaker.state == "closed"


def test_it_opens_at_the_threshold() -> None:
    breaker = opened()
    assert breaker.state == "open"
    assert not breaker.allows()


def test_a_probe_that_is_answered_lets_one_trial_pass() -> None:
    breaker = half_open()
    assert [breaker.allows(), breaker.allows()] == [True, False]


def test_a_probe_changes_nothing_while_it_is_closed() -> None:
    breaker = CircuitBreaker()
    breaker.found_alive()
    assert breaker.state == "closed"


def test_the_trials_success_closes_it() -> None:
    breaker = half_open()
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.state == "closed"
    breaker.failed()
    assert breaker.allows(), "the failures of before must not count any more"


def test_the_trials_failure_opens_it_at_once() -> None:
    breaker = half_open()
    assert breaker.allows()
    breaker.failed()
    assert breaker.state == "open"


def test_a_trial_that_ended_without_telling_leaves_room_for_another() -> None:
    breaker = half_open()
    assert breaker.allows()
    breaker.ended()
    assert breaker.allows()


def test_failures_must_come_in_a_row() -> None:
    breaker = CircuitBreaker(threshold=2)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.allows()
